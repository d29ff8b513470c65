//! Projections: connectors, weights, delays, plasticity.

use super::population::check_port;
use super::{MAX_DELAY_STEPS, check_distribution, ms, on_grid, short, show};
use crate::{Connector, Dynamics, Edges, NetError, Network, Projection};

impl Network {
    /// Checks one projection: that of index `projection`, and that its populations exist.
    pub(crate) fn validate_projection(&self, projection: usize) -> Result<(), NetError> {
        let p = &self.projections[projection];
        let path = format!("projections[{projection}]");
        for (end, index) in [("source", p.source), ("target", p.target)] {
            if index >= self.populations.len() {
                let allowed = format!("must be below {}", self.populations.len());
                return Err(NetError::value(format!("{path}.{end}"), index, allowed));
            }
        }
        let target = &self.populations[p.target];
        let Dynamics::Model(neurons) = &target.dynamics else {
            let allowed = "emits given spikes and cannot receive any";
            return Err(NetError::value(format!("{path}.target"), &target.name, allowed));
        };
        self.check_connector(&path, p)?;
        let unit = neurons.model.ports().first().map_or("", |port| port.unit);
        check_distribution(&format!("{path}.weight"), &p.weight, unit)?;
        check_distribution(&format!("{path}.delay"), &p.delay_ms, "ms")?;
        let (mut weights, mut own_delays) = (p.weight.range(), false);
        if let Connector::Edges(edges) = &p.connector {
            if let Some(w) = edges.weight.as_ref().filter(|w| !w.is_empty()) {
                if let Some(i) = w.iter().position(|w| !w.is_finite()) {
                    let path = format!("{path}.edges.weight[{i}]");
                    return Err(NetError::value(path, w[i], "must be finite"));
                }
                weights = w.iter().fold((w[0], w[0]), |(a, b), &x| (a.min(x), b.max(x)));
            }
            if let Some(d) = &edges.delay_ms {
                own_delays = true;
                for (i, &d) in d.iter().enumerate() {
                    self.check_delay(&format!("{path}.edges.delay[{i}]"), d, p)?;
                }
            }
        }
        if !own_delays {
            self.check_delays(&path, p)?;
        }
        check_port(&path, neurons.model, p.port.as_deref(), weights)?;
        p.plasticity.map_or(Ok(()), |rule| self.check_plasticity(&path, &rule, weights))
    }

    /// The shortest delay of a projection, in steps: spikes that come from outside may arrive at
    /// once.
    fn min_steps(&self, p: &Projection) -> f64 {
        match self.populations[p.source].dynamics {
            Dynamics::Spikes(_) => 0.0,
            Dynamics::Model(_) => 1.0,
        }
    }

    fn check_delays(&self, path: &str, p: &Projection) -> Result<(), NetError> {
        let path = format!("{path}.delay");
        if let Some(d) = p.delay_ms.as_constant() {
            return self.check_delay(&path, d, p);
        }
        let (lo, hi) = p.delay_ms.range();
        let (shown_lo, shown_hi) = (short(lo), short(hi));
        let (dt, least) = (self.dt_ms, self.min_steps(p) * self.dt_ms);
        if lo < 0.5 * least || lo < 0.0 {
            let allowed = format!(
                "delays must be at least {}, but a draw can be {shown_lo} ms: set min, to {} or more, \
                 and outside = \"redraw\" or \"clip\"",
                ms(least),
                0.5 * least,
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

    fn check_delay(&self, path: &str, d: f64, p: &Projection) -> Result<(), NetError> {
        let dt = self.dt_ms;
        let (least, most) = (self.min_steps(p) * dt, f64::from(MAX_DELAY_STEPS) * dt);
        let allowed = if !d.is_finite() || d < least - 1e-6 * dt || d > most {
            let source = if least == 0.0 { "" } else { ", at least one step" };
            format!("must lie between {} and {}{source}", ms(least), ms(most))
        } else if !on_grid(d, dt) {
            format!("must be a multiple of dt = {}", ms(dt))
        } else {
            return Ok(());
        };
        Err(NetError::value(path, ms(d), allowed))
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
                    q,
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
            Connector::Edges(edges) => {
                check_edges(path, edges, p, no_autapses, n_sources, n_targets)
            }
        }
    }
}

fn check_edges(
    path: &str,
    edges: &Edges,
    p: &Projection,
    no_autapses: bool,
    n_sources: u32,
    n_targets: u32,
) -> Result<(), NetError> {
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
    for (name, ids, size) in [("pre", &edges.pre, n_sources), ("post", &edges.post, n_targets)] {
        if let Some(i) = ids.iter().position(|&id| id >= size) {
            let allowed = format!("must be below the size {size}");
            return Err(NetError::value(format!("{path}.edges.{name}[{i}]"), ids[i], allowed));
        }
    }
    let pairs = || edges.pre.iter().zip(&edges.post);
    if no_autapses && let Some(i) = pairs().position(|(a, b)| a == b) {
        let allowed = "connects a neuron to itself, which autapses = false forbids";
        return Err(NetError::value(format!("{path}.edges[{i}]"), edges.pre[i], allowed));
    }
    if !p.multapses {
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
