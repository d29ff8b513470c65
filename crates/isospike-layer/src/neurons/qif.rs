//! `qif`: the quadratic integrate-and-fire neuron.

use super::square;
use crate::neuron::{At, Neuron};
use isospike_lane::Lane;
use isospike_model::{About, NoSlots, params, slots};

/// Quadratic integrate and fire.
#[derive(Clone, Copy, Debug)]
pub struct Qif;

params! {
    /// Parameters of `qif`. SpikingJelly resets it to -0.1.
    pub struct Params {
        tau: 2.0, "steps", Above(1.0), "time constant";
        v_c: 0.8, "", Any, "critical potential, from which it rises by itself";
        a0: 1.0, "", Positive, "strength of the square";
        v_rest: 0.0, "", Any, "resting potential";
    }
}

slots! {
    /// Constants of `qif`.
    pub struct Const {
        tau: "steps", "time constant";
        v_c: "", "critical potential";
        a0: "", "strength of the square";
        v_rest: "", "resting potential";
    }
}

impl Neuron for Qif {
    const NAME: &'static str = "qif";
    const ABOUT: About = About {
        summary: "Quadratic integrate-and-fire neuron.",
        equations: "h = v + (x + (a0 (v - v_rest)) (v - v_c)) / tau",
        references: "Latham et al. (2000) J. Neurophysiol. 83:808; SpikingJelly QIFNode",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type Hidden<L: Copy> = NoSlots<L>;
    type Learned<L: Copy> = NoSlots<L>;

    fn derive(p: &Params, _: f64) -> Const<f64> {
        Const { tau: p.tau, v_c: p.v_c, a0: p.a0, v_rest: p.v_rest }
    }

    #[inline(always)]
    fn charge<L: Lane>(c: &Const<L>, v: L, _: &mut NoSlots<L>, x: L) -> L {
        v + (x + square::drive(v, c.a0, c.v_rest, c.v_c)) / c.tau
    }

    #[inline(always)]
    fn back<L: Lane>(
        c: &Const<L>,
        at: &At<L>,
        gh: L,
        _: &mut NoSlots<L>,
        _: &mut NoSlots<L>,
    ) -> (L, L) {
        (gh / c.tau, gh * square::slope(at.v, c.a0, c.v_rest, c.v_c, c.tau))
    }
}
