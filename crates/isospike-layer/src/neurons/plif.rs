//! `plif`, `plif_undecayed`: the leaky neuron that learns its time constant.

use crate::LayerError;
use crate::neuron::{At, Neuron};
use isospike_lane::{Lane, precise};
use isospike_model::{About, NoSlots, params, slots};

/// Parametric leaky integrate and fire: the leak q = 1/tau is the sigmoid of a learned w.
#[derive(Clone, Copy, Debug)]
pub struct Plif<const DECAY: bool>;

params! {
    /// Parameters of `plif`.
    pub struct Params {
        w: 0.0, "", Any, "learned: 1/tau is the sigmoid of it, so 0 is tau = 2 steps";
    }
}

slots! {
    /// Constants of `plif`.
    pub struct Const {
        exp_w: "", "exp(-w)";
        rest: "", "where the leak goes";
    }
}

slots! {
    /// What `plif` learns.
    pub struct Learned {
        w: "", "the time constant's parameter";
    }
}

/// The w of a time constant of `tau` steps: -log(tau - 1).
///
/// # Errors
/// If tau is not greater than 1, or not finite.
pub fn w_of_tau(tau: f64) -> Result<f64, LayerError> {
    match tau.is_finite() && tau > 1.0 {
        true => Ok(-precise::log(tau - 1.0)),
        false => Err(LayerError::value("tau", tau, "must be > 1, and finite")),
    }
}

/// q = 1/tau. Only the exponential comes from f64: PyTorch's sigmoid rounds after each operation.
#[inline(always)]
fn leak<L: Lane>(c: &Const<L>) -> L {
    let one = L::lit(1.0);
    one / (one + c.exp_w)
}

impl<const DECAY: bool> Neuron for Plif<DECAY> {
    const NAME: &'static str = if DECAY { "plif" } else { "plif_undecayed" };
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron whose layer learns its time constant.",
        equations: "\
q = 1 / (1 + exp(-w))
plif: h = v + (x - (v - rest)) q
plif_undecayed: h = (v - (v - rest) q) + x
rest: where a hard reset goes, else 0.",
        references: "Fang et al. (2021) ICCV, Incorporating learnable membrane time constant",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type Hidden<L: Copy> = NoSlots<L>;
    type Learned<L: Copy> = Learned<L>;
    const READS_INPUT: bool = DECAY;

    fn derive(p: &Params, rest: f64) -> Const<f64> {
        Const { exp_w: precise::exp(-p.w), rest }
    }

    #[inline(always)]
    fn charge<L: Lane>(c: &Const<L>, v: L, _: &mut NoSlots<L>, x: L) -> L {
        let (away, q) = (v - c.rest, leak(c));
        if DECAY { v + (x - away) * q } else { (v - away * q) + x }
    }

    #[inline(always)]
    fn back<L: Lane>(
        c: &Const<L>,
        at: &At<L>,
        gh: L,
        _: &mut NoSlots<L>,
        learned: &mut Learned<L>,
    ) -> (L, L) {
        let away = at.v - c.rest;
        let by_q = if DECAY { at.x - away } else { -away };
        learned.w = learned.w + gh * by_q;
        let part = gh * leak(c);
        (if DECAY { part } else { gh }, gh - part)
    }

    #[inline(always)]
    fn learn<L: Lane>(c: &Const<L>, sums: Learned<L>) -> Learned<L> {
        let q = leak(c);
        Learned { w: sums.w * q * (L::lit(1.0) - q) }
    }
}
