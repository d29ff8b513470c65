//! A network as the text of a network file.

use super::projection::{RULES, STORAGE};
use crate::{
    Connector, Course, Distribution, Dynamics, Edges, Generator, Input, Network, Neurons, Outside,
    Plasticity, Population, Projection, Shape, Stimulus, Value,
};
use ::toml::{Table, Value as Toml};
use std::collections::BTreeMap;

impl Network {
    /// The text of a network file that says the same: read back, it gives a network equal to this
    /// one, to the bit. Everything stands in the text itself, arrays too, so it is for small
    /// networks; and it must be a valid network of bundled models, since a file names no others.
    ///
    /// ```
    /// use isospike_net::{Network, NetworkFile};
    ///
    /// let network = Network::build("two")
    ///     .population("a", 2, "iaf_psc_exp", |p| p.param("I_e", 400.0))
    ///     .project("a", "a", |c| c.all_to_all().weight(20.0).delay(1.5))
    ///     .finish()?;
    /// let file = NetworkFile::parse("two", &network.to_toml(), "")?;
    /// assert_eq!(file.network()?, network);
    /// # Ok::<(), isospike_net::NetError>(())
    /// ```
    pub fn to_toml(&self) -> String {
        let mut top = Table::new();
        put(&mut top, "name", self.name.as_str());
        put(&mut top, "dt", self.dt_ms);
        put(&mut top, "seed", seed(self.seed));
        put(&mut top, "lane_seeds", array(self.lane_seeds.iter().map(|&s| seed(s))));
        put(&mut top, "precision", self.precision.to_string());
        put(&mut top, "sums", self.sums.to_string());
        if self.equilibration_ms != 0.0 {
            put(&mut top, "equilibration", self.equilibration_ms);
        }
        let populations = self.populations.iter().map(|p| (p.name.clone(), population(p).into()));
        put(&mut top, "populations", populations.collect::<Table>());
        if !self.projections.is_empty() {
            let projections = self.projections.iter().map(|p| projection(p, &self.populations));
            put(&mut top, "projections", array(projections));
        }
        ::toml::to_string(&top).expect("tables of numbers and names are TOML")
    }
}

fn put(table: &mut Table, key: &str, value: impl Into<Toml>) {
    table.insert(key.into(), value.into());
}

fn array<T: Into<Toml>>(items: impl IntoIterator<Item = T>) -> Toml {
    Toml::Array(items.into_iter().map(Into::into).collect())
}

fn floats(xs: &[f64]) -> Toml {
    array(xs.iter().copied())
}

/// A seed; one that does not fit into TOML's integers is a string.
fn seed(x: u64) -> Toml {
    i64::try_from(x).map_or_else(|_| Toml::String(x.to_string()), Toml::Integer)
}

fn population(p: &Population) -> Table {
    let mut t = Table::new();
    put(&mut t, "size", i64::from(p.size));
    match &p.dynamics {
        Dynamics::Model(n) => neurons(n, &mut t),
        Dynamics::Spikes(spikes) => {
            let mut given = Table::new();
            put(&mut given, "step", array(spikes.iter().map(|s| seed(s.0))));
            put(&mut given, "id", array(spikes.iter().map(|s| i64::from(s.1))));
            put(&mut t, "spikes", given);
        }
    }
    t
}

fn neurons(n: &Neurons, t: &mut Table) {
    put(t, "model", n.model.name());
    let variables: BTreeMap<u8, &Distribution> = n
        .params
        .values()
        .chain(n.initial.values())
        .filter_map(|v| match v {
            Value::Polynomial { variable, of, .. } => Some((*variable, of)),
            _ => None,
        })
        .collect();
    if let Some(&last) = variables.keys().last() {
        // a file counts them: numbers that nobody uses keep their place
        let entry = |v: u8| (variable(v), variables.get(&v).map_or(0.0.into(), |d| drawn(d)));
        put(t, "random", (0..=last).map(entry).collect::<Table>());
    }
    for (key, values) in [("params", &n.params), ("initial", &n.initial)] {
        if !values.is_empty() {
            let values = values.iter().map(|(name, v)| (name.clone(), value(v)));
            put(t, key, values.collect::<Table>());
        }
    }
    if !n.filters.is_empty() {
        let filters = n.filters.iter().map(|(name, kernel)| (name.clone(), floats(kernel)));
        put(t, "filters", filters.collect::<Table>());
    }
    if !n.inputs.is_empty() {
        put(t, "inputs", array(n.inputs.iter().map(input)));
    }
    n.state.iter().for_each(|format| put(t, "state", format.name()));
}

fn variable(number: u8) -> String {
    format!("x{number}")
}

fn value(v: &Value) -> Toml {
    match v {
        Value::Constant(x) => (*x).into(),
        Value::PerNeuron(xs) => floats(xs),
        Value::PerLane(xs) => {
            let mut t = Table::new();
            put(&mut t, "lanes", floats(xs));
            t.into()
        }
        Value::Random(d) => drawn(d),
        Value::Polynomial { coefficients, variable: number, .. } => {
            let mut t = Table::new();
            put(&mut t, "polynomial", floats(coefficients));
            put(&mut t, "of", variable(*number));
            t.into()
        }
    }
}

/// A distribution that is drawn from, even if it is constant.
fn drawn(d: &Distribution) -> Toml {
    let mut t = Table::new();
    match d.shape {
        Shape::Constant(x) => put(&mut t, "constant", x),
        Shape::Uniform(a, b) => put(&mut t, "uniform", floats(&[a, b])),
        Shape::Normal(mean, sd) => put(&mut t, "normal", floats(&[mean, sd])),
        Shape::LogNormal(mu, sigma) => put(&mut t, "lognormal", floats(&[mu, sigma])),
    }
    if d.min != f64::NEG_INFINITY {
        put(&mut t, "min", d.min);
    }
    if d.max != f64::INFINITY {
        put(&mut t, "max", d.max);
    }
    if d.outside == Outside::Redraw {
        put(&mut t, "outside", "redraw");
    }
    t.into()
}

fn input(i: &Input) -> Table {
    let mut t = Table::new();
    match i {
        Input::Poisson { rate_hz, weight, port } => {
            put(&mut t, "poisson", value(rate_hz));
            put(&mut t, "weight", *weight);
            port.iter().for_each(|port| put(&mut t, "port", port.as_str()));
        }
        Input::Stimulus(s) => return stimulus(s),
        Input::Noise { mean, std } => put(&mut t, "noise", floats(&[*mean, *std])),
        Input::Steps { times_ms, amplitudes } => {
            let steps = times_ms.iter().zip(amplitudes).map(|(t, a)| floats(&[*t, *a]));
            put(&mut t, "steps", array(steps));
        }
    }
    t
}

fn stimulus(s: &Stimulus) -> Table {
    let mut t = Table::new();
    let mut all = |numbers: &[(&str, f64)]| numbers.iter().for_each(|(k, x)| put(&mut t, k, *x));
    match &s.course {
        Course::Pulses { strength, period_ms, width_ms } => {
            all(&[("pulses", *strength), ("period", *period_ms), ("width", *width_ms)]);
        }
        Course::Sine { amplitude, period_ms, phase, baseline } => {
            all(&[("sine", *amplitude), ("period", *period_ms)]);
            all(&[("phase", *phase), ("baseline", *baseline)]);
        }
        Course::Events { strength, rate_hz, width_ms } => {
            all(&[("events", *strength), ("rate", *rate_hz), ("width", *width_ms)]);
        }
        Course::Intervals { strength, mean_ms, width_ms } => {
            all(&[("events", *strength), ("interval", *mean_ms), ("width", *width_ms)]);
        }
        Course::Samples(values) => put(&mut t, "samples", floats(values)),
        Course::Frames(values) => put(&mut t, "frames", floats(values)),
        // which no file can hold: reading it back says so
        Course::Function(f) => put(&mut t, "function", f.name.as_str()),
    }
    put(&mut t, "start", s.start_ms);
    if s.stop_ms.is_finite() {
        put(&mut t, "stop", s.stop_ms);
    }
    put(&mut t, "gain", value(&s.gain));
    s.lanes.iter().for_each(|l| put(&mut t, "lanes", array(l.iter().map(|&l| i64::from(l)))));
    t
}

fn projection(p: &Projection, populations: &[Population]) -> Table {
    let mut t = Table::new();
    put(&mut t, "from", populations[p.source].name.as_str());
    put(&mut t, "to", populations[p.target].name.as_str());
    match &p.connector {
        Connector::AllToAll => put(&mut t, "all_to_all", true),
        Connector::OneToOne => put(&mut t, "one_to_one", true),
        Connector::FixedProbability(p) => put(&mut t, "probability", *p),
        Connector::FixedInDegree(k) => put(&mut t, "in_degree", i64::from(*k)),
        Connector::FixedOutDegree(k) => put(&mut t, "out_degree", i64::from(*k)),
        Connector::FixedTotal(n) => put(&mut t, "total", seed(*n)),
        Connector::Generated(g) => put(&mut t, g.name(), generator(g)),
        Connector::Edges(e) => put(&mut t, "edges", edges(e)),
    }
    put(&mut t, "autapses", p.autapses);
    put(&mut t, "multapses", p.multapses);
    // What a connector gives every synapse may not be said twice.
    if p.connector.own_weights().is_none() {
        put(&mut t, "weight", drawn(&p.weight));
    }
    if !matches!(&p.connector, Connector::Edges(e) if e.delay_ms.is_some()) {
        put(&mut t, "delay", drawn(&p.delay_ms));
    }
    p.port.iter().for_each(|port| put(&mut t, "port", port.as_str()));
    let storage = STORAGE.iter().find(|s| s.1 == p.storage).expect("every storage has a name");
    put(&mut t, "storage", storage.0);
    p.plasticity.iter().for_each(|rule| put(&mut t, "plasticity", plasticity(rule)));
    t
}

fn generator(g: &Generator) -> Table {
    let mut t = Table::new();
    let mut numbers = |numbers: &[(&str, f64)]| {
        numbers.iter().for_each(|(key, x)| put(&mut t, key, *x));
    };
    match *g {
        Generator::Normal { mean, std, sparsity, glorot } => {
            numbers(&[("mean", mean), ("std", std), ("sparsity", sparsity)]);
            put(&mut t, "glorot", glorot);
        }
        Generator::Uniform { low, high, sparsity } => {
            numbers(&[("low", low), ("high", high), ("sparsity", sparsity)]);
        }
        Generator::MexicanHat { a, sigma_1, sigma_2 } => {
            numbers(&[("a", a), ("sigma_1", sigma_1), ("sigma_2", sigma_2)]);
        }
    }
    t
}

fn edges(e: &Edges) -> Table {
    let mut t = Table::new();
    put(&mut t, "pre", array(e.pre.iter().map(|&i| i64::from(i))));
    put(&mut t, "post", array(e.post.iter().map(|&i| i64::from(i))));
    e.weight.iter().for_each(|w| put(&mut t, "weight", floats(w)));
    e.delay_ms.iter().for_each(|d| put(&mut t, "delay", floats(d)));
    t
}

fn plasticity(p: &Plasticity) -> Table {
    let mut t = Table::new();
    let rule = RULES.iter().find(|r| r.1 == p.rule).expect("every rule has a name");
    put(&mut t, "rule", rule.0);
    let numbers = [
        ("w_max", p.w_max),
        ("tau_plus", p.tau_plus),
        ("tau_minus", p.tau_minus),
        ("lambda", p.lambda),
        ("alpha", p.alpha),
        ("mu_plus", p.mu_plus),
        ("mu_minus", p.mu_minus),
    ];
    numbers.into_iter().for_each(|(key, x)| put(&mut t, key, x));
    t
}
