//! `eif`: the exponential integrate-and-fire neuron.

use crate::neuron::{At, Neuron};
use isospike_lane::{Lane, Math};
use isospike_model::{About, NoSlots, params, slots};

/// Exponential integrate and fire.
#[derive(Clone, Copy, Debug)]
pub struct Eif;

params! {
    /// Parameters of `eif`. SpikingJelly resets it to -0.1.
    pub struct Params {
        tau: 2.0, "steps", Above(1.0), "time constant";
        delta_T: 1.0, "", Positive, "sharpness of the rise";
        theta_rh: 0.8, "", Any, "rheobase threshold, from which it rises by itself";
        v_rest: 0.0, "", Any, "resting potential";
    }
}

slots! {
    /// Constants of `eif`.
    pub struct Const {
        tau: "steps", "time constant";
        delta_T: "", "sharpness of the rise";
        theta_rh: "", "rheobase threshold";
        v_rest: "", "resting potential";
    }
}

#[inline(always)]
fn rise<L: Lane>(c: &Const<L>, v: L) -> L {
    ((v - c.theta_rh) / c.delta_T).exp()
}

impl Neuron for Eif {
    const NAME: &'static str = "eif";
    const ABOUT: About = About {
        summary: "Exponential integrate-and-fire neuron.",
        equations: "h = v + (((x + v_rest) - v) + delta_T exp((v - theta_rh) / delta_T)) / tau",
        references: "Fourcaud-Trocme et al. (2003) J. Neurosci. 23:11628; SpikingJelly EIFNode",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type Hidden<L: Copy> = NoSlots<L>;
    type Learned<L: Copy> = NoSlots<L>;

    fn derive(p: &Params, _: f64) -> Const<f64> {
        Const { tau: p.tau, delta_T: p.delta_T, theta_rh: p.theta_rh, v_rest: p.v_rest }
    }

    #[inline(always)]
    fn charge<L: Lane>(c: &Const<L>, v: L, _: &mut NoSlots<L>, x: L) -> L {
        v + (((x + c.v_rest) - v) + c.delta_T * rise(c, v)) / c.tau
    }

    #[inline(always)]
    fn back<L: Lane>(
        c: &Const<L>,
        at: &At<L>,
        gh: L,
        _: &mut NoSlots<L>,
        _: &mut NoSlots<L>,
    ) -> (L, L) {
        let one = L::lit(1.0);
        (gh / c.tau, gh * (one + (rise(c, at.v) - one) / c.tau))
    }
}
