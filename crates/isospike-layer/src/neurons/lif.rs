//! `lif`, `lif_undecayed`: the leaky integrate-and-fire neuron.

use super::leak;
use crate::neuron::{At, Neuron};
use isospike_lane::Lane;
use isospike_model::{About, NoSlots, params, slots};

/// Leaky integrate and fire. With `DECAY` the input decays like the potential, as in a circuit;
/// without, it is added as it is.
#[derive(Clone, Copy, Debug)]
pub struct Lif<const DECAY: bool>;

params! {
    /// Parameters of `lif`.
    pub struct Params {
        tau: 2.0, "steps", Above(1.0), "time constant";
    }
}

slots! {
    /// Constants of `lif`.
    pub struct Const {
        tau: "steps", "time constant";
        rest: "", "where the leak goes";
    }
}

impl<const DECAY: bool> Neuron for Lif<DECAY> {
    const NAME: &'static str = if DECAY { "lif" } else { "lif_undecayed" };
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron.",
        equations: "\
lif: h = v + (x - (v - rest)) / tau
lif_undecayed: h = (v - (v - rest) / tau) + x
rest: where a hard reset goes, else 0.",
        references: "Fang et al. (2023) Science Advances 9:eadi1480 (SpikingJelly LIFNode)",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type Hidden<L: Copy> = NoSlots<L>;
    type Learned<L: Copy> = NoSlots<L>;

    fn derive(p: &Params, rest: f64) -> Const<f64> {
        Const { tau: p.tau, rest }
    }

    #[inline(always)]
    fn charge<L: Lane>(c: &Const<L>, v: L, _: &mut NoSlots<L>, x: L) -> L {
        leak::charge::<DECAY, L>(v, x, c.tau, c.rest)
    }

    #[inline(always)]
    fn back<L: Lane>(
        c: &Const<L>,
        _: &At<L>,
        gh: L,
        _: &mut NoSlots<L>,
        _: &mut NoSlots<L>,
    ) -> (L, L) {
        leak::back::<DECAY, L>(gh, c.tau)
    }
}
