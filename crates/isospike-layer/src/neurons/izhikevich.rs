//! `izhikevich`: the quadratic neuron with a recovery variable.

use super::square;
use crate::neuron::{At, Neuron};
use isospike_lane::Lane;
use isospike_model::{About, NoSlots, params, slots};

/// Quadratic integrate and fire with a recovery variable.
#[derive(Clone, Copy, Debug)]
pub struct Izhikevich;

params! {
    /// Parameters of `izhikevich`.
    pub struct Params {
        tau: 2.0, "steps", Above(1.0), "time constant";
        v_c: 0.8, "", Any, "critical potential, from which it rises by itself";
        a0: 1.0, "", Positive, "strength of the square";
        v_rest: -0.1, "", Any, "resting potential";
        tau_w: 2.0, "steps", Above(1.0), "time constant of the recovery";
        a: 0.0, "", Any, "what the potential adds to the recovery";
        b: 0.0, "", Any, "what a spike adds to the recovery";
    }
}

slots! {
    /// Constants of `izhikevich`.
    pub struct Const {
        tau: "steps", "time constant";
        v_c: "", "critical potential";
        a0: "", "strength of the square";
        v_rest: "", "resting potential";
        tau_w: "steps", "time constant of the recovery";
        a: "", "what the potential adds to the recovery";
        b: "", "what a spike adds to the recovery";
        rises: "", "a / tau_w";
        stays: "", "1 - 1 / tau_w";
    }
}

slots! {
    /// What `izhikevich` remembers beside its potential.
    pub struct Hidden {
        w: "", "recovery";
    }
}

impl Neuron for Izhikevich {
    const NAME: &'static str = "izhikevich";
    const ABOUT: About = About {
        summary: "Quadratic integrate-and-fire neuron with a recovery variable.",
        equations: "\
h = v + ((x + (a0 (v - v_rest)) (v - v_c)) - w) / tau
w = (w + (a (h - v_rest) - w) / tau_w) + b s, after firing, with h before the reset",
        references: "Izhikevich (2003) IEEE Trans. Neural Netw. 14:1569; SpikingJelly IzhikevichNode",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type Hidden<L: Copy> = Hidden<L>;
    type Learned<L: Copy> = NoSlots<L>;

    fn derive(p: &Params, _: f64) -> Const<f64> {
        Const {
            tau: p.tau,
            v_c: p.v_c,
            a0: p.a0,
            v_rest: p.v_rest,
            tau_w: p.tau_w,
            a: p.a,
            b: p.b,
            rises: p.a / p.tau_w,
            stays: 1.0 - 1.0 / p.tau_w,
        }
    }

    #[inline(always)]
    fn charge<L: Lane>(c: &Const<L>, v: L, hidden: &mut Hidden<L>, x: L) -> L {
        v + ((x + square::drive(v, c.a0, c.v_rest, c.v_c)) - hidden.w) / c.tau
    }

    #[inline(always)]
    fn settle<L: Lane>(c: &Const<L>, h: L, fired: L::Mask, hidden: &mut Hidden<L>) {
        let w = hidden.w;
        let jump = L::select(fired, c.b, L::lit(0.0));
        hidden.w = (w + (c.a * (h - c.v_rest) - w) / c.tau_w) + jump;
    }

    #[inline(always)]
    fn back<L: Lane>(
        c: &Const<L>,
        at: &At<L>,
        gh: L,
        hidden: &mut Hidden<L>,
        _: &mut NoSlots<L>,
    ) -> (L, L) {
        let gh = gh + hidden.w * (c.b * at.slope + c.rises);
        let part = gh / c.tau;
        hidden.w = hidden.w * c.stays - part;
        (part, gh * square::slope(at.v, c.a0, c.v_rest, c.v_c, c.tau))
    }
}
