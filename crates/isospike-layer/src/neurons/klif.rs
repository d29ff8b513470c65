//! `klif`, `klif_undecayed`: the leaky neuron that learns how steeply it charges.

use super::leak;
use crate::neuron::{At, Neuron};
use isospike_lane::Lane;
use isospike_model::{About, NoSlots, params, slots};

/// k-based leaky integrate and fire: h is a learned k times the charge, never below 0.
#[derive(Clone, Copy, Debug)]
pub struct Klif<const DECAY: bool>;

params! {
    /// Parameters of `klif`.
    pub struct Params {
        tau: 2.0, "steps", Above(1.0), "time constant";
        k: 1.0, "", Any, "learned: slope of the charge";
    }
}

slots! {
    /// Constants of `klif`.
    pub struct Const {
        tau: "steps", "time constant";
        rest: "", "where the leak goes";
        k: "", "slope of the charge";
    }
}

slots! {
    /// What `klif` learns.
    pub struct Learned {
        k: "", "slope of the charge";
    }
}

impl<const DECAY: bool> Neuron for Klif<DECAY> {
    const NAME: &'static str = if DECAY { "klif" } else { "klif_undecayed" };
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron whose layer learns the slope of its charge.",
        equations: "\
u = v + (x - (v - rest)) / tau (klif), (v - (v - rest) / tau) + x (klif_undecayed)
h = k u where that is positive, else 0
rest: where a hard reset goes, else 0. The reset is not scaled by k.",
        references: "Jiang & Zhang (2023) arXiv:2302.09238; SpikingJelly KLIFNode",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type Hidden<L: Copy> = NoSlots<L>;
    type Learned<L: Copy> = Learned<L>;

    fn derive(p: &Params, rest: f64) -> Const<f64> {
        Const { tau: p.tau, rest, k: p.k }
    }

    #[inline(always)]
    fn charge<L: Lane>(c: &Const<L>, v: L, _: &mut NoSlots<L>, x: L) -> L {
        let h = c.k * leak::charge::<DECAY, L>(v, x, c.tau, c.rest);
        let zero = L::lit(0.0);
        // NaN stays
        L::select(h.le(zero), zero, h)
    }

    #[inline(always)]
    fn back<L: Lane>(
        c: &Const<L>,
        at: &At<L>,
        gh: L,
        _: &mut NoSlots<L>,
        learned: &mut Learned<L>,
    ) -> (L, L) {
        let zero = L::lit(0.0);
        let gh = L::select(at.h.gt(zero), gh, zero);
        // u = h / k; where h is not positive, k may be 0
        learned.k = learned.k + L::select(at.h.gt(zero), gh * (at.h / c.k), zero);
        leak::back::<DECAY, L>(gh * c.k, c.tau)
    }
}
