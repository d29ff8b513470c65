//! Projections: connectors, weights, delays, plasticity.

use super::population::{check_signs, named_port};
use super::{MAX_DELAY_STEPS, check_distribution, ms, on_grid, short, show};
use crate::{Connector, Distribution, Dynamics, Edges, NetError, Network, Projection};
use isospike_model::{ModelRef, Shown};

impl Network {
    /// Checks one projection, that of index `projection`, but for what its list of edges holds:
    /// takes no longer for many synapses than for few.
    pub(crate) fn check_projection(&self, projection: usize) -> Result<(), NetError> {
        let p = &self.projections[projection];
        let path = format!("projections[{projection}]");
        for (end, index) in [("from", p.source), ("to", p.target)] {
            if index >= self.populations.len() {
                let allowed = format!("must be below {}", self.populations.len());
                return Err(NetError::value(format!("{path}.{end}"), index, allowed));
            }
        }
        let target = &self.populations[p.target];
        let Dynamics::Model(neurons) = &target.dynamics else {
            let allowed = "emits given spikes and cannot receive any";
            return Err(NetError::value(format!("{path}.to"), &target.name, allowed));
        };
        self.check_connector(&path, p)?;
        named_port(&path, neurons.model, p.port.as_deref())?;
        let unit = neurons.model.ports().first().map_or("", |port| port.unit);
        check_distribution(&format!("{path}.weight"), &p.weight, unit)?;
        if let Some(name) = p.connector.own_weights()
            && p.weight != Distribution::constant(1.0)
        {
            let allowed = format!("{name} gives every synapse a weight: leave one of the two out");
            return Err(NetError::value(format!("{path}.weight"), show(&p.weight, unit), allowed));
        }
        check_distribution(&format!("{path}.delay"), &p.delay_ms, "ms")?;
        p.plasticity.map_or(Ok(()), |rule| {
            self.check_plasticity(&path, &rule)?;
            self.check_storage(&path, p.storage, &rule)
        })?;
        if list(p).and_then(|e| own(&e.delay_ms)).is_none() {
            self.check_delays(&path, p)?;
        }
        if list(p).and_then(|e| own(&e.weight)).is_none() {
            let field = p.connector.own_weights().unwrap_or("weight");
            let range = self.synapse_weights(projection).range();
            check_weights(&path, field, neurons.model, p, range)?;
        }
        Ok(())
    }

    /// Checks what the list of edges of a projection holds, if it has one. Needs a projection that
    /// passed [`Network::check_projection`].
    pub(crate) fn check_edges(&self, projection: usize) -> Result<(), NetError> {
        let p = &self.projections[projection];
        let Some(edges) = list(p) else { return Ok(()) };
        let path = format!("projections[{projection}]");
        self.check_pairs(&path, p, edges)?;
        for (i, &d) in own(&edges.delay_ms).unwrap_or_default().iter().enumerate() {
            self.check_delay(|| format!("{path}.edges.delay[{i}]"), d, p)?;
        }
        let (Some(w), Some(neurons)) = (own(&edges.weight), self.model_of(p.target)) else {
            return Ok(());
        };
        if let Some(i) = w.iter().position(|w| !w.is_finite()) {
            let path = format!("{path}.edges.weight[{i}]");
            return Err(NetError::value(path, Shown(w[i]), "must be finite"));
        }
        let range = self.synapse_weights(projection).range();
        check_weights(&path, "edges.weight", neurons.model, p, range)
    }

    /// The shortest delay of a projection, in steps. Spikes that come from outside may arrive at
    /// once, but not through plastic synapses, which look back from the arrival.
    pub(crate) fn min_delay_steps(&self, p: &Projection) -> u32 {
        u32::from(!self.is_given(p.source) || p.plasticity.is_some())
    }

    fn is_given(&self, population: usize) -> bool {
        matches!(self.populations[population].dynamics, Dynamics::Spikes(_))
    }

    /// The shortest delay (ms), and for whom if it is longer than that of other given spikes.
    fn least_delay(&self, p: &Projection) -> (f64, &'static str) {
        let least = f64::from(self.min_delay_steps(p)) * self.dt_ms;
        let given = self.is_given(p.source) && p.plasticity.is_some();
        (least, if given { " where weights are plastic" } else { "" })
    }

    fn check_delays(&self, path: &str, p: &Projection) -> Result<(), NetError> {
        let path = format!("{path}.delay");
        if let Some(d) = p.delay_ms.as_constant() {
            return self.check_delay(|| path, d, p);
        }
        let (lo, hi) = p.delay_ms.range();
        let (shown_lo, shown_hi) = (short(lo), short(hi));
        let (dt, (least, plastic)) = (self.dt_ms, self.least_delay(p));
        if lo < 0.5 * least || lo < 0.0 {
            let allowed = format!(
                "delays must be at least {}{plastic}, but a draw can be {shown_lo} ms: set min, to \
                 {} or more, and outside = \"redraw\" or \"clip\"",
                ms(least),
                Shown(0.5 * least),
            );
            return Err(NetError::value(path, show(&p.delay_ms, "ms"), allowed));
        }
        if hi > dt * f64::from(MAX_DELAY_STEPS) {
            let most = dt * f64::from(MAX_DELAY_STEPS);
            let allowed =
                format!("delays must be at most {}, but a draw can be {shown_hi} ms", ms(most));
            return Err(NetError::value(path, show(&p.delay_ms, "ms"), allowed));
        }
        Ok(())
    }

    fn check_delay(
        &self,
        path: impl FnOnce() -> String,
        d: f64,
        p: &Projection,
    ) -> Result<(), NetError> {
        let dt = self.dt_ms;
        let (least, plastic) = self.least_delay(p);
        let most = f64::from(MAX_DELAY_STEPS) * dt;
        let allowed = if !d.is_finite() || d < least - 1e-6 * dt || d > most {
            let step = if least == 0.0 { "" } else { ", at least one step" };
            format!("must lie between {} and {}{step}{plastic}", ms(least), ms(most))
        } else if !on_grid(d, dt) {
            format!("must be a multiple of dt = {}", ms(dt))
        } else {
            return Ok(());
        };
        Err(NetError::value(path(), ms(d), allowed))
    }

    fn check_connector(&self, path: &str, p: &Projection) -> Result<(), NetError> {
        let [n_sources, n_targets] = [p.source, p.target].map(|i| self.populations[i].size);
        let no_autapses = p.source == p.target && !p.autapses;
        let (sources, targets) =
            (n_sources - u32::from(no_autapses), n_targets - u32::from(no_autapses));
        let rule = if no_autapses { " other than itself" } else { "" };
        let degree = |name: &str, k: u32, of: &str, available: u32| {
            if k == 0 || (if p.multapses { available > 0 } else { k <= available }) {
                return Ok(());
            }
            let allowed = if p.multapses {
                format!("there is no {of} to draw{rule}")
            } else {
                format!("at most {available}, the number of {of}s{rule}, without multapses")
            };
            Err(NetError::value(format!("{path}.{name}"), k, allowed))
        };
        match &p.connector {
            Connector::AllToAll => Ok(()),
            Connector::OneToOne if n_sources != n_targets => {
                let value = format!("{n_sources} to {n_targets} neurons");
                let path = format!("{path}.one_to_one");
                Err(NetError::value(path, value, "sizes must be equal"))
            }
            Connector::OneToOne if no_autapses => {
                let allowed = "connects each neuron to itself, which autapses = false forbids";
                Err(NetError::value(format!("{path}.one_to_one"), "a population", allowed))
            }
            Connector::OneToOne => Ok(()),
            Connector::FixedProbability(q) => match (0.0..=1.0).contains(q) {
                true => Ok(()),
                false => Err(NetError::value(
                    format!("{path}.probability"),
                    Shown(*q),
                    "must lie between 0 and 1",
                )),
            },
            Connector::FixedInDegree(k) => degree("in_degree", *k, "source", sources),
            Connector::FixedOutDegree(k) => degree("out_degree", *k, "target", targets),
            Connector::FixedTotal(total) => {
                let most = match p.multapses {
                    false => u64::from(n_sources) * u64::from(targets),
                    // Half of what a 32-bit degree holds, so that no draw of degrees comes near its
                    // end.
                    true if targets > 0 => u64::from(n_sources) << 31,
                    true => 0,
                };
                if *total <= most.min(1 << 52) {
                    return Ok(());
                }
                let why = if p.multapses { "" } else { ", the number of pairs, without multapses" };
                let allowed = format!("at most {}{why}", most.min(1 << 52));
                Err(NetError::value(format!("{path}.total"), total, allowed))
            }
            Connector::Generated(g) => self.check_generator(path, g, p),
            Connector::Edges(_) => Ok(()),
        }
    }

    /// Checks who is connected to whom by a list of edges, and that its columns are equally long.
    fn check_pairs(&self, path: &str, p: &Projection, edges: &Edges) -> Result<(), NetError> {
        let [n_sources, n_targets] = [p.source, p.target].map(|i| self.populations[i].size);
        let n = edges.pre.len();
        let lengths = [
            ("post", Some(edges.post.len())),
            ("weight", edges.weight.as_ref().map(Vec::len)),
            ("delay", edges.delay_ms.as_ref().map(Vec::len)),
        ];
        for (name, len) in lengths {
            if len.is_some_and(|len| len != n) {
                let value = format!("{} values", len.unwrap_or(0));
                let allowed = format!("one per entry of pre ({n}) is needed");
                return Err(NetError::value(format!("{path}.edges.{name}"), value, allowed));
            }
        }
        if n > u32::MAX as usize {
            let path = format!("{path}.edges");
            return Err(NetError::value(path, format!("{n} edges"), "must be < 2^32"));
        }
        for (name, ids, size) in [("pre", &edges.pre, n_sources), ("post", &edges.post, n_targets)]
        {
            if let Some(i) = ids.iter().position(|&id| id >= size) {
                let allowed = format!("must be below the size {size}");
                return Err(NetError::value(format!("{path}.edges.{name}[{i}]"), ids[i], allowed));
            }
        }
        let pairs = || edges.pre.iter().zip(&edges.post);
        if p.source == p.target
            && !p.autapses
            && let Some(i) = pairs().position(|(a, b)| a == b)
        {
            let allowed = "connects a neuron to itself, which autapses = false forbids";
            return Err(NetError::value(format!("{path}.edges[{i}]"), edges.pre[i], allowed));
        }
        if !p.multapses && !pairs().is_sorted_by(|a, b| a < b) {
            let mut sorted: Vec<(u32, u32)> = pairs().map(|(&a, &b)| (a, b)).collect();
            sorted.sort_unstable();
            if let Some(w) = sorted.windows(2).find(|w| w[0] == w[1]) {
                let value = format!("{} -> {} twice", w[0].0, w[0].1);
                let allowed = "multapses = false forbids that";
                return Err(NetError::value(format!("{path}.edges"), value, allowed));
            }
        }
        Ok(())
    }
}

/// The list of edges of a projection, if it has one.
fn list(p: &Projection) -> Option<&Edges> {
    match &p.connector {
        Connector::Edges(edges) => Some(edges),
        _ => None,
    }
}

/// Values that a list of edges gives its synapses in place of the projection's.
fn own(values: &Option<Vec<f64>>) -> Option<&[f64]> {
    values.as_deref().filter(|v| !v.is_empty())
}

/// Checks the range of weights, `field`, against the port and the rule of plasticity.
fn check_weights(
    path: &str,
    field: &str,
    model: ModelRef,
    p: &Projection,
    (lo, hi): (f64, f64),
) -> Result<(), NetError> {
    let most = match p.plasticity {
        None => hi,
        Some(r) if lo < 0.0 || hi > r.w_max => {
            let [w_max, lo, hi] = [r.w_max, lo, hi].map(Shown);
            let value = format!("{w_max} for weights in [{lo}, {hi}]");
            let allowed = "plastic weights must start between 0 and w_max";
            return Err(NetError::value(format!("{path}.plasticity.w_max"), value, allowed));
        }
        Some(r) => r.w_max,
    };
    let port = named_port(path, model, p.port.as_deref())?;
    check_signs(&format!("{path}.{field}"), model, port, (lo, most))
}
