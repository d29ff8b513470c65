//! Populations: parameters, initial state, inputs, spike trains.

use super::stimulus::most_stimulus;
use super::{check_distribution, ms, on_grid, short, show, with_unit};
use crate::draw::GROUP;
use crate::units::is_conductance;
use crate::{Distribution, Dynamics, Input, NetError, Network, Neurons, Precision, Value};
use isospike_lane::random::STEP_LIMIT;
use isospike_model::{ModelRef, Range, Shown, Sign};

/// Most inputs of a population.
const MAX_INPUTS: usize = 256;

/// Most steps that a filter looks back on.
const MAX_KERNEL: usize = 1 << 16;

/// Neurons whose parameters are checked at a time; a multiple of [`GROUP`].
const CHECKED: usize = 1024 * GROUP;

impl Network {
    /// Checks one population: that of index `population`.
    pub(crate) fn validate_population(&self, population: usize) -> Result<(), NetError> {
        let p = &self.populations[population];
        let path = format!("populations.{}", p.name);
        if p.size == 0 {
            return Err(NetError::value(format!("{path}.size"), "0 neurons", "must be >= 1"));
        }
        match &p.dynamics {
            Dynamics::Model(n) => self.check_neurons(population, &path, n),
            Dynamics::Spikes(spikes) => {
                for (i, &(step, neuron)) in spikes.iter().enumerate() {
                    if neuron >= p.size {
                        let path = format!("{path}.spikes[{i}]");
                        let allowed = format!("must be below the size {}", p.size);
                        return Err(NetError::value(path, format!("neuron {neuron}"), allowed));
                    }
                    if step >= STEP_LIMIT {
                        let path = format!("{path}.spikes[{i}]");
                        return Err(NetError::value(
                            path,
                            format!("step {step}"),
                            "must be < 2^48",
                        ));
                    }
                }
                Ok(())
            }
        }
    }

    fn check_neurons(&self, population: usize, path: &str, n: &Neurons) -> Result<(), NetError> {
        let size = self.populations[population].size;
        let table = n.model.params();
        for (name, value) in &n.params {
            let path = format!("{path}.params");
            let Some(info) = table.iter().find(|p| p.name == name) else {
                let known = table.iter().map(|p| p.name);
                return Err(NetError::unknown(path, "parameter", name, known));
            };
            let path = format!("{path}.{name}");
            let lanes = Some(self.lane_seeds.len());
            check_value(&path, value, info.unit, Allowed::In(info.range), size, lanes)?;
        }
        self.check_state(path, n)?;
        self.check_params(population, path, n)?;
        for (name, value) in &n.initial {
            let path = format!("{path}.initial");
            let Some(slot) = n.model.state().iter().find(|s| s.name == name) else {
                let known = n.model.state().iter().map(|s| s.name);
                return Err(NetError::unknown(path, "state", name, known));
            };
            let allowed = Allowed::FiniteIn(self.precision);
            let lanes = Some(self.lane_seeds.len());
            check_value(&format!("{path}.{name}"), value, slot.unit, allowed, size, lanes)?;
        }
        self.check_filters(path, n)?;
        if n.inputs.len() > MAX_INPUTS {
            let path = format!("{path}.inputs");
            return Err(NetError::value(path, n.inputs.len(), format!("at most {MAX_INPUTS}")));
        }
        for (i, input) in n.inputs.iter().enumerate() {
            self.check_input(&format!("{path}.inputs[{i}]"), input, n.model, size)?;
        }
        let most = n.inputs.iter().map(most_current).sum();
        self.precision.finite(most).map_err(|allowed| {
            let value = format!("currents of up to {} pA", short(most));
            NetError::value(format!("{path}.inputs"), value, allowed)
        })
    }

    fn check_filters(&self, path: &str, n: &Neurons) -> Result<(), NetError> {
        let path = format!("{path}.filters");
        for (name, kernel) in &n.filters {
            if !n.model.filters().iter().any(|f| f.name == name) {
                let known = n.model.filters().iter().map(|f| f.name);
                return Err(NetError::unknown(path, "filter", name, known));
            }
            let path = format!("{path}.{name}");
            if kernel.len() > MAX_KERNEL {
                let allowed = format!("at most {MAX_KERNEL} steps");
                return Err(NetError::value(path, format!("{} values", kernel.len()), allowed));
            }
            for (i, &k) in kernel.iter().enumerate() {
                self.precision
                    .finite(k)
                    .map_err(|e| NetError::value(format!("{path}[{i}]"), Shown(k), e))?;
            }
        }
        Ok(())
    }

    /// Conditions between parameters, for every neuron when they differ. Needs room for the
    /// parameters of [`CHECKED`] neurons, however many there are.
    fn check_params(&self, population: usize, path: &str, n: &Neurons) -> Result<(), NetError> {
        let size = self.populations[population].size as usize;
        let mut row = vec![0.0; n.model.params().len()];
        let lanes = if self.params_vary(population) { self.lane_seeds.len() } else { 1 };
        // one neuron speaks for all where none differs
        let parts = (0..lanes).flat_map(|l| (0..size).step_by(CHECKED).map(move |n| (l, n)));
        let mut checked = None;
        for (lane, first) in parts {
            if checked == Some(lane) {
                continue;
            }
            let columns = self.param_part(population, lane, first..size.min(first + CHECKED));
            let uniform = columns.iter().all(|c| matches!(c, crate::Column::Uniform(_)));
            let count = if uniform { 1 } else { CHECKED.min(size - first) };
            for i in 0..count {
                row.iter_mut().zip(&columns).for_each(|(x, c)| *x = c.at(i));
                if let Err(why) = n.model.check(&row) {
                    let path = format!("{path}.params");
                    let mut what = match uniform {
                        true => "values".into(),
                        false => format!("values of neuron {}", first + i),
                    };
                    if lanes > 1 {
                        what += &format!(" in lane {lane}");
                    }
                    return Err(NetError::value(path, what, why));
                }
                self.check_counts(path, n, &row)?;
            }
            if uniform {
                checked = Some(lane);
            }
        }
        Ok(())
    }

    fn check_input(
        &self,
        path: &str,
        input: &Input,
        model: ModelRef,
        size: u32,
    ) -> Result<(), NetError> {
        match input {
            Input::Poisson { rate_hz, weight, port } => {
                let rate = Allowed::In(Range::NonNegative);
                check_value(&format!("{path}.poisson"), rate_hz, "Hz", rate, size, None)?;
                let port = named_port(path, model, port.as_deref())?;
                let path = format!("{path}.weight");
                if !weight.is_finite() {
                    return Err(NetError::value(path, Shown(*weight), "must be finite"));
                }
                check_signs(&path, model, port, (*weight, *weight))
            }
            Input::Stimulus(s) => self.check_stimulus(path, s, size),
            Input::Noise { mean, std } => {
                let wrong = |i: u32, x: f64, allowed: &str| {
                    Err(NetError::value(format!("{path}.noise[{i}]"), with_unit(x, "pA"), allowed))
                };
                if let Err(allowed) = self.precision.finite(*mean) {
                    return wrong(0, *mean, &format!("the mean {allowed}"));
                }
                if !(std.is_finite() && *std >= 0.0) {
                    return wrong(1, *std, "the standard deviation must be >= 0 pA");
                }
                let rounded = self.precision.finite(*std);
                rounded
                    .or_else(|allowed| wrong(1, *std, &format!("the standard deviation {allowed}")))
            }
            Input::Steps { times_ms, amplitudes } => {
                if times_ms.len() != amplitudes.len() {
                    let value = format!("{} times", times_ms.len());
                    let allowed = format!("one per current ({}) is needed", amplitudes.len());
                    return Err(NetError::value(format!("{path}.steps"), value, allowed));
                }
                for (i, &t) in times_ms.iter().enumerate() {
                    let wrong = |allowed: &str| {
                        Err(NetError::value(format!("{path}.steps[{i}][0]"), ms(t), allowed))
                    };
                    if !(t.is_finite() && t >= 0.0) {
                        return wrong("must be >= 0 ms");
                    }
                    if !on_grid(t, self.dt_ms) {
                        return wrong(&format!("must be a multiple of dt = {}", ms(self.dt_ms)));
                    }
                    if i > 0 && t <= times_ms[i - 1] {
                        return wrong(&format!("must come after {}", ms(times_ms[i - 1])));
                    }
                }
                amplitudes.iter().enumerate().try_for_each(|(i, &a)| {
                    self.precision.finite(a).map_err(|allowed| {
                        let path = format!("{path}.steps[{i}][1]");
                        NetError::value(path, with_unit(a, "pA"), allowed)
                    })
                })
            }
        }
    }
}

/// The largest |current| that an input can add to a step (pA).
fn most_current(input: &Input) -> f64 {
    match input {
        Input::Poisson { .. } => 0.0,
        Input::Stimulus(s) => most_stimulus(s),
        Input::Noise { mean, std } => {
            let (least, most) = Distribution::normal(*mean, *std).range();
            least.abs().max(most.abs())
        }
        Input::Steps { amplitudes, .. } => amplitudes.iter().fold(0.0, |m, a| m.max(a.abs())),
    }
}

/// What a value per neuron may be.
#[derive(Clone, Copy)]
pub(super) enum Allowed {
    /// In the range of a parameter.
    In(Range),
    /// Anything that a state can hold.
    FiniteIn(Precision),
}

impl Allowed {
    fn contains(self, x: f64) -> bool {
        match self {
            Allowed::In(range) => range.contains(x),
            Allowed::FiniteIn(precision) => precision.finite(x).is_ok(),
        }
    }
}

/// Checks a value per neuron against what is allowed. It may differ between so many `lanes`, if at
/// all.
pub(super) fn check_value(
    path: &str,
    value: &Value,
    unit: &str,
    range: Allowed,
    size: u32,
    lanes: Option<usize>,
) -> Result<(), NetError> {
    let allowed = || match range {
        Allowed::FiniteIn(Precision::F32) => "must be finite in single precision".to_string(),
        Allowed::FiniteIn(_) | Allowed::In(Range::Any) => "must be finite".to_string(),
        Allowed::In(range @ Range::Within(..)) => with_unit_text(format!("must lie {range}"), unit),
        Allowed::In(range) => with_unit_text(format!("must be {range}"), unit),
    };
    match value {
        Value::Constant(x) if range.contains(*x) => Ok(()),
        Value::Constant(x) => Err(NetError::value(path, with_unit(*x, unit), allowed())),
        Value::PerNeuron(xs) | Value::PerLane(xs) => {
            let (needed, of) = match (value, lanes) {
                (Value::PerLane(_), Some(lanes)) => (lanes, "lane"),
                (Value::PerLane(_), None) => {
                    let allowed = "only parameters and initial state may differ from lane to lane";
                    return Err(NetError::value(path, "a value for each lane", allowed));
                }
                _ => (size as usize, "neuron"),
            };
            if xs.len() != needed {
                let allowed = format!("one per {of} ({needed}) is needed");
                return Err(NetError::value(path, format!("{} values", xs.len()), allowed));
            }
            match xs.iter().position(|x| !range.contains(*x)) {
                None => Ok(()),
                Some(i) => {
                    let path = format!("{path}[{i}]");
                    Err(NetError::value(path, with_unit(xs[i], unit), allowed()))
                }
            }
        }
        Value::Random(d) => {
            check_distribution(path, d, unit)?;
            let (lo, hi) = d.range();
            match [lo, hi].into_iter().find(|x| !range.contains(*x)) {
                None => Ok(()),
                Some(x) => {
                    let why =
                        format!("{}, but a draw can be {}: set min and max", allowed(), short(x));
                    Err(NetError::value(path, show(d, unit), why))
                }
            }
        }
        Value::Polynomial { coefficients, of, .. } => {
            check_distribution(&format!("{path}.of"), of, "")?;
            if coefficients.is_empty() || coefficients.iter().any(|c| !c.is_finite()) {
                let value = format!("polynomial {coefficients:?}");
                return Err(NetError::value(path, value, "needs finite coefficients"));
            }
            // The extremes of a polynomial may lie anywhere: try a fine grid of the variable's
            // range.
            let (lo, hi) = of.range();
            let at = |k: u32| {
                let x = lo + (hi - lo) * f64::from(k) / 1024.0;
                coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
            };
            match (0..=1024).map(at).find(|x| !range.contains(*x)) {
                None => Ok(()),
                Some(x) => {
                    let value = format!("polynomial {coefficients:?} of {}", show(of, ""));
                    Err(NetError::value(
                        path,
                        value,
                        format!("{}, but can be {}", allowed(), short(x)),
                    ))
                }
            }
        }
    }
}

fn with_unit_text(text: String, unit: &str) -> String {
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}

/// The port of this name, if one is given.
pub(super) fn named_port(
    path: &str,
    model: ModelRef,
    name: Option<&str>,
) -> Result<Option<usize>, NetError> {
    let Some(name) = name else { return Ok(None) };
    let names = || model.ports().iter().map(|p| p.name);
    let unknown = || NetError::unknown(format!("{path}.port"), "port", name, names());
    names().position(|n| n == name).ok_or_else(unknown).map(Some)
}

/// Checks the smallest and the largest weight: some port must take their sign. A port that is named
/// takes any, unless the wrong one would make its conductance negative.
pub(super) fn check_signs(
    path: &str,
    model: ModelRef,
    port: Option<usize>,
    weights: (f64, f64),
) -> Result<(), NetError> {
    let weights = [weights.0, weights.1];
    if let Some(port) = port {
        let (name, unit) = (model.ports()[port].name, model.ports()[port].unit);
        let sign = if is_conductance(unit) { model.signs()[port] } else { Sign::Any };
        let (wrong, bound, added): (fn(&f64) -> bool, _, _) = match sign {
            Sign::Any => return Ok(()),
            Sign::Positive => (|w| *w < 0.0, ">= 0", "it"),
            Sign::Negative => (|w| *w > 0.0, "<= 0", "its absolute value"),
        };
        let Some(w) = weights.into_iter().find(wrong) else { return Ok(()) };
        let allowed = format!(
            "must be {bound}: port {name} of {} adds {added} to a conductance",
            model.name()
        );
        return Err(NetError::value(path, with_unit(short(w).0, unit), allowed));
    }
    for w in weights {
        let takes = |s: &&Sign| match s {
            Sign::Any => true,
            Sign::Positive => w >= 0.0,
            Sign::Negative => w < 0.0,
        };
        let n = model.signs().iter().filter(takes).count();
        if n != 1 {
            let why = if n == 0 { "no port" } else { "more than one port" };
            let ports: Vec<_> = model.ports().iter().map(|p| p.name).collect();
            let allowed = format!(
                "{why} of {} takes weights of this sign by default: set port to one of {}",
                model.name(),
                ports.join(", ")
            );
            return Err(NetError::value(path, Shown(w), allowed));
        }
    }
    Ok(())
}
