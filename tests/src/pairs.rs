//! Spike-timing-dependent plasticity of one synapse, event by event, from the published rules.
//!
//! Pair rule: R. Guetig, R. Aharonov, S. Rotter, H. Sompolinsky (2003) J. Neurosci. 23:3697. Power
//! law: A. Morrison, A. Aertsen, M. Diesmann (2007) Neural Comput. 19:1437. All pairs count; the
//! whole delay is dendritic, so a postsynaptic spike at p reaches the synapse at p + d. Order of
//! NEST's `stdp_synapse`: at a presynaptic spike, first potentiation by the postsynaptic spikes
//! that reached the synapse since the last one (one that arrives together with it included), then
//! depression by those strictly earlier. Traces are sums over all spikes so far, not recursions.
//! Times are steps.

use isospike::net::{Plasticity, StdpRule};

/// A synapse with everything it has seen.
pub struct Pair {
    rule: Plasticity,
    dt_ms: f64,
    delay: u64,
    /// The weight.
    pub weight: f64,
    /// Presynaptic spikes so far.
    pre: Vec<u64>,
    /// Up to when postsynaptic spikes have been taken into account (in time at the synapse).
    seen: u64,
}

impl Pair {
    /// A synapse with this delay (steps) before its first spike.
    pub fn new(rule: Plasticity, dt_ms: f64, delay: u64, weight: f64) -> Pair {
        Pair { rule, dt_ms, delay, weight, pre: Vec::new(), seen: 0 }
    }

    /// Potentiation by all postsynaptic spikes (ascending) that reach the synapse up to `until`.
    pub fn look(&mut self, post: &[u64], until: u64) {
        let from = post.partition_point(|p| p + self.delay <= self.seen);
        for p in post[from..].iter().take_while(|p| **p + self.delay <= until) {
            let at = p + self.delay;
            let trace = self.trace(&self.pre, at, self.rule.tau_plus);
            self.weight = self.potentiated(trace);
        }
        self.seen = until;
    }

    /// A presynaptic spike.
    pub fn fire(&mut self, post: &[u64], time: u64) {
        self.look(post, time);
        let earlier = post.partition_point(|p| p + self.delay < time);
        let shifted: Vec<u64> = post[..earlier].iter().map(|p| p + self.delay).collect();
        let trace = self.trace(&shifted, time, self.rule.tau_minus);
        self.weight = self.depressed(trace);
        self.pre.push(time);
    }

    /// Sum of exp(-(time - spike)/tau); what lies 60 time constants back is nothing.
    #[expect(clippy::disallowed_methods, reason = "an oracle, compared with a tolerance")]
    fn trace(&self, spikes: &[u64], time: u64, tau: f64) -> f64 {
        let age = |s: &u64| (time - s) as f64 * self.dt_ms / tau;
        spikes.iter().rev().map(age).take_while(|a| *a < 60.0).map(|a| (-a).exp()).sum()
    }

    #[expect(clippy::disallowed_methods, reason = "an oracle, compared with a tolerance")]
    fn potentiated(&self, trace: f64) -> f64 {
        let Plasticity { lambda, mu_plus, w_max, .. } = self.rule;
        match self.rule.rule {
            StdpRule::Pair => {
                let x = self.weight / w_max;
                (x + lambda * (1.0 - x).powf(mu_plus) * trace).min(1.0) * w_max
            }
            StdpRule::PowerLaw => self.weight + lambda * self.weight.powf(mu_plus) * trace,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "an oracle, compared with a tolerance")]
    fn depressed(&self, trace: f64) -> f64 {
        let Plasticity { lambda, alpha, mu_minus, w_max, .. } = self.rule;
        match self.rule.rule {
            StdpRule::Pair => {
                let x = self.weight / w_max;
                (x - alpha * lambda * x.powf(mu_minus) * trace).max(0.0) * w_max
            }
            StdpRule::PowerLaw => (self.weight * (1.0 - alpha * lambda * trace)).max(0.0),
        }
    }
}
