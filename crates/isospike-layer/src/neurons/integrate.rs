//! `if`: the integrate-and-fire neuron.

use crate::neuron::{At, Neuron};
use isospike_lane::Lane;
use isospike_model::{About, NoSlots, Slots, params};

/// Integrate and fire: h = v + x.
#[derive(Clone, Copy, Debug)]
pub struct Integrate;

params! {
    /// `if` has no parameters.
    pub struct Params {}
}

impl Neuron for Integrate {
    const NAME: &'static str = "if";
    const ABOUT: About = About {
        summary: "Integrate-and-fire neuron without leak.",
        equations: "h = v + x",
        references: "Lapicque (1907) J. Physiol. Pathol. Gen. 9:620",
    };
    type Params = Params;
    type Const<L: Copy> = NoSlots<L>;
    type Hidden<L: Copy> = NoSlots<L>;
    type Learned<L: Copy> = NoSlots<L>;

    fn derive(_: &Params, _: f64) -> NoSlots<f64> {
        NoSlots::from_fn(|_| 0.0)
    }

    #[inline(always)]
    fn charge<L: Lane>(_: &NoSlots<L>, v: L, _: &mut NoSlots<L>, x: L) -> L {
        v + x
    }

    #[inline(always)]
    fn back<L: Lane>(
        _: &NoSlots<L>,
        _: &At<L>,
        gh: L,
        _: &mut NoSlots<L>,
        _: &mut NoSlots<L>,
    ) -> (L, L) {
        (gh, gh)
    }
}
