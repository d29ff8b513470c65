//! Spike-timing-dependent plasticity, all-to-all pairs: parameters and equations.
//!
//! A synapse of weight w is potentiated once for every postsynaptic spike that reaches it, with the
//! presynaptic trace K+ at that time, and depressed once for every presynaptic spike, with the
//! postsynaptic trace K- just before it. A trace jumps by 1 at each of its spikes and decays with
//! its time constant.
//!
//! | | pair rule (Guetig et al. 2003) | power law (Morrison et al. 2007) |
//! |---|---|---|
//! | potentiation | w + lambda w_max (1 - w/w_max)^mu_plus K+ | w + lambda w^mu_plus K+ |
//! | depression | w - alpha lambda w_max (w/w_max)^mu_minus K- | w - alpha lambda w K- |
//! | bounds | 0 and w_max | 0 |
//!
//! Which spike comes first, and what a spike carries while it is under way, is not said here: that
//! is the order in which a session calls these functions.

use isospike_lane::{Half, Lane, Math};
use std::array::from_fn;

/// A plasticity rule and its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plasticity {
    /// The rule.
    pub rule: StdpRule,
    /// Time constant of the presynaptic trace (ms).
    pub tau_plus: f64,
    /// Time constant of the postsynaptic trace (ms); a parameter of the target neuron in NEST.
    pub tau_minus: f64,
    /// Step of potentiation, in units of `w_max` (pair rule) or of weight^(1-mu) (power law).
    pub lambda: f64,
    /// Asymmetry of depression.
    pub alpha: f64,
    /// Weight dependence of potentiation.
    pub mu_plus: f64,
    /// Weight dependence of depression (pair rule only).
    pub mu_minus: f64,
    /// Largest weight: the bound of the pair rule, and what the accumulator's scale is chosen for.
    pub w_max: f64,
}

/// Spike-timing-dependent plasticity, all-to-all pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StdpRule {
    /// NEST `stdp_synapse` (Guetig et al. 2003).
    Pair,
    /// NEST `stdp_pl_synapse_hom` (Morrison et al. 2007): power-law potentiation, multiplicative
    /// depression.
    PowerLaw,
}

impl Plasticity {
    /// The pair rule with NEST's defaults: tau 20 ms, lambda 0.01, alpha 1, multiplicative in both
    /// directions (mu 1).
    pub const fn pair(w_max: f64) -> Plasticity {
        Plasticity {
            rule: StdpRule::Pair,
            tau_plus: 20.0,
            tau_minus: 20.0,
            lambda: 0.01,
            alpha: 1.0,
            mu_plus: 1.0,
            mu_minus: 1.0,
            w_max,
        }
    }

    /// The power law with NEST's defaults: tau 20 ms, lambda 0.1, alpha 1, mu 0.4.
    pub const fn power_law(w_max: f64) -> Plasticity {
        let rule = StdpRule::PowerLaw;
        Plasticity { rule, lambda: 0.1, mu_plus: 0.4, ..Plasticity::pair(w_max) }
    }
}

/// The equations of a rule, its constants rounded once to a lane's precision.
#[derive(Clone, Copy, Debug)]
pub struct Stdp<L> {
    rule: StdpRule,
    rate_plus: L,
    rate_minus: L,
    lambda: L,
    alpha_lambda: L,
    mu_plus: Power<L>,
    mu_minus: Power<L>,
    w_max: L,
    half: Option<Half>,
}

/// x^mu, without a function call for the two usual exponents.
#[derive(Clone, Copy, Debug)]
enum Power<L> {
    One,
    Linear,
    General(L),
}

impl<L: Lane> Power<L> {
    fn new(mu: f64) -> Self {
        match mu {
            0.0 => Power::One,
            1.0 => Power::Linear,
            mu => Power::General(L::lit(mu)),
        }
    }
    #[inline(always)]
    fn of<const N: usize>(self, mut x: [L; N]) -> [L; N] {
        match self {
            Power::One => [L::lit(1.0); N],
            Power::Linear => x,
            Power::General(mu) => {
                for x in &mut x {
                    *x = x.pow(mu);
                }
                x
            }
        }
    }
}

impl<L: Lane> Stdp<L> {
    /// The rule for steps of `dt_ms`.
    pub fn new(p: &Plasticity, dt_ms: f64) -> Self {
        Stdp {
            rule: p.rule,
            rate_plus: L::lit(-dt_ms / p.tau_plus),
            rate_minus: L::lit(-dt_ms / p.tau_minus),
            lambda: L::lit(p.lambda),
            alpha_lambda: L::lit(p.alpha * p.lambda),
            mu_plus: Power::new(p.mu_plus),
            mu_minus: Power::new(p.mu_minus),
            w_max: L::lit(p.w_max),
            half: None,
        }
    }

    /// The same with weights rounded to a 16-bit format after every change: those of `f32` lanes.
    #[must_use]
    pub fn stored_in(self, half: Option<Half>) -> Self {
        Stdp { half, ..self }
    }

    #[inline(always)]
    fn kept<const N: usize>(&self, w: [L; N]) -> [L; N] {
        match self.half {
            Some(half) => w.map(|w| half.round(w)),
            None => w,
        }
    }

    /// What is left of a presynaptic trace after so many steps.
    #[inline(always)]
    pub fn decay_plus(&self, steps: L) -> L {
        (steps * self.rate_plus).exp()
    }

    /// What is left of a postsynaptic trace after so many steps.
    #[inline(always)]
    pub fn decay_minus(&self, steps: L) -> L {
        (steps * self.rate_minus).exp()
    }

    /// Weights of N synapses after a postsynaptic spike of each, the presynaptic traces being
    /// `trace`.
    ///
    /// N at a time, because which equation it is has to be decided once for all before the compiler
    /// makes vectors of them.
    #[inline(always)]
    pub fn potentiate<const N: usize>(&self, w: [L; N], trace: [L; N]) -> [L; N] {
        let one = L::lit(1.0);
        let w = match self.rule {
            StdpRule::Pair => {
                let x: [L; N] = from_fn(|i| w[i] / self.w_max);
                let power: [L; N] = self.mu_plus.of(from_fn(|i| one - x[i]));
                from_fn(|i| {
                    let n = x[i] + self.lambda * power[i] * trace[i];
                    L::select(one.le(n), self.w_max, n * self.w_max)
                })
            }
            StdpRule::PowerLaw => {
                let power = self.mu_plus.of(w);
                from_fn(|i| w[i] + self.lambda * power[i] * trace[i])
            }
        };
        self.kept(w)
    }

    /// Weights of N synapses after a presynaptic spike of each, the postsynaptic traces being
    /// `trace`.
    #[inline(always)]
    pub fn depress<const N: usize>(&self, w: [L; N], trace: [L; N]) -> [L; N] {
        let zero = L::lit(0.0);
        let w = match self.rule {
            StdpRule::Pair => {
                let x: [L; N] = from_fn(|i| w[i] / self.w_max);
                let power = self.mu_minus.of(x);
                from_fn(|i| {
                    let n = x[i] - self.alpha_lambda * power[i] * trace[i];
                    L::select(n.le(zero), zero, n * self.w_max)
                })
            }
            StdpRule::PowerLaw => from_fn(|i| {
                let n = w[i] - self.alpha_lambda * w[i] * trace[i];
                L::select(n.le(zero), zero, n)
            }),
        };
        self.kept(w)
    }

    /// What a spike carries: the weight, but never more than `w_max`, for which the accumulators
    /// were sized.
    #[inline(always)]
    pub fn emitted(&self, w: L) -> L {
        self.w_max.min(w)
    }
}
