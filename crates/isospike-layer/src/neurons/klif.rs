//! `klif`, `klif_undecayed`, `klif_scaled`, `klif_undecayed_scaled`: the leaky neuron that learns
//! how steeply it charges.

use super::leak;
use crate::neuron::{At, Neuron};
use crate::rule::Firing;
use isospike_lane::{Lane, Mask};
use isospike_model::{About, NoSlots, params, slots};

/// k-based leaky integrate and fire: h is a learned k times the charge, never below 0. If `SCALED`,
/// what the reset leaves is divided by k again (`scale_reset` in SpikingJelly).
#[derive(Clone, Copy, Debug)]
pub struct Klif<const DECAY: bool, const SCALED: bool>;

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

impl<L: Lane> Const<L> {
    /// u = h / k; where h is 0, k may be too.
    #[inline(always)]
    fn undo(&self, h: L) -> L {
        L::select(h.gt(L::lit(0.0)), h / self.k, h)
    }
}

impl<const DECAY: bool, const SCALED: bool> Neuron for Klif<DECAY, SCALED> {
    const NAME: &'static str = match (DECAY, SCALED) {
        (true, false) => "klif",
        (false, false) => "klif_undecayed",
        (true, true) => "klif_scaled",
        (false, true) => "klif_undecayed_scaled",
    };
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron whose layer learns the slope of its charge.",
        equations: "\
u = v + (x - (v - rest)) / tau, undecayed: (v - (v - rest) / tau) + x
h = k u where that is positive, else 0
scaled: the reset acts on h / k with threshold / k, else on h with threshold
rest: where a hard reset goes, else 0.",
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
    fn reset<L: Lane>(c: &Const<L>, firing: &Firing<L>, h: L) -> L {
        if !SCALED {
            return firing.reset(h);
        }
        let (kept, drop) = (c.undo(h), firing.drop / c.k);
        let down = L::select(firing.is_hard(), firing.to, kept - drop);
        L::select(firing.fires(h), down, kept)
    }

    #[inline(always)]
    fn reset_back<L: Lane>(
        c: &Const<L>,
        firing: &Firing<L>,
        at: &At<L>,
        gv: L,
        learned: &mut Learned<L>,
    ) -> L {
        if !SCALED {
            return gv * firing.keeps(at.h, at.slope);
        }
        let (zero, hard) = (L::lit(0.0), firing.is_hard());
        let (kept, drop) = (c.undo(at.h), firing.drop / c.k);
        let fired = firing.fires(at.h);
        // what of the potential after the reset is something divided by k
        let divided = L::select(fired, L::select(hard, zero, kept - drop), kept);
        learned.k = learned.k - gv * divided / c.k;
        let stays = L::select(fired.and(hard), zero, L::lit(1.0) / c.k);
        let jump = L::select(hard, firing.to - kept, -drop);
        gv * (stays + jump * (at.slope * firing.attached))
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
        learned.k = learned.k + gh * c.undo(at.h);
        leak::back::<DECAY, L>(gh * c.k, c.tau)
    }
}
