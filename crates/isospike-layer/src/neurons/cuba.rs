//! `cuba`: the leaky neuron with a synaptic current.

use crate::neuron::{At, Neuron};
use isospike_lane::Lane;
use isospike_model::{About, NoSlots, params, slots};

/// Current-based leaky integrate and fire: inputs go through a current that decays.
#[derive(Clone, Copy, Debug)]
pub struct Cuba;

params! {
    /// Parameters of `cuba`. SpikingJelly takes a threshold of 0.5 and a rectangle as surrogate.
    pub struct Params {
        c_decay: 0.5, "", Within(0.0, 1.0), "what is left of the current after a step";
        v_decay: 0.75, "", Within(0.0, 1.0), "what is left of the potential after a step";
    }
}

slots! {
    /// Constants of `cuba`.
    pub struct Const {
        c_decay: "", "what is left of the current after a step";
        v_decay: "", "what is left of the potential after a step";
    }
}

slots! {
    /// What `cuba` remembers beside its potential.
    pub struct Hidden {
        c: "", "current";
    }
}

impl Neuron for Cuba {
    const NAME: &'static str = "cuba";
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron with an exponential synaptic current.",
        equations: "c = c c_decay + x\nh = v v_decay + c",
        references: "Davies et al. (2018) IEEE Micro 38:82; SpikingJelly CUBALIFNode",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type Hidden<L: Copy> = Hidden<L>;
    type Learned<L: Copy> = NoSlots<L>;

    fn derive(p: &Params, _: f64) -> Const<f64> {
        Const { c_decay: p.c_decay, v_decay: p.v_decay }
    }

    #[inline(always)]
    fn charge<L: Lane>(c: &Const<L>, v: L, hidden: &mut Hidden<L>, x: L) -> L {
        hidden.c = hidden.c * c.c_decay + x;
        v * c.v_decay + hidden.c
    }

    #[inline(always)]
    fn back<L: Lane>(
        c: &Const<L>,
        _: &At<L>,
        gh: L,
        hidden: &mut Hidden<L>,
        _: &mut NoSlots<L>,
    ) -> (L, L) {
        let by_current = gh + hidden.c;
        hidden.c = by_current * c.c_decay;
        (by_current, gh * c.v_decay)
    }
}
