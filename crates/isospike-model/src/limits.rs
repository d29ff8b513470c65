//! How large a model can be.
//!
//! A step keeps the slices of all slots on the stack, so their number is bounded. A model beyond a
//! bound does not compile:
//!
//! ```compile_fail
//! use isospike_model::{About, Inputs, Model, ModelRef, NoSlots, Sign};
//!
//! isospike_model::params! { pub struct Params {} }
//! isospike_model::slots! { pub struct State { x: "", "what it does not need nine words for"; } }
//!
//! #[derive(Clone, Copy)]
//! struct Gambler;
//! impl Model for Gambler {
//!     const NAME: &'static str = "gambler";
//!     const ABOUT: About = About { summary: "", equations: "", references: "" };
//!     type Params = Params;
//!     type Const<L: Copy> = NoSlots<L>;
//!     type State<L: Copy> = State<L>;
//!     type Ports<L: Copy> = NoSlots<L>;
//!     const SIGNS: &'static [Sign] = &[];
//!     const DRAWS: usize = 9; // 8 compile
//!     fn derive(_: &Params, _: f64) -> NoSlots<f64> {
//!         isospike_model::Slots::from_fn(|_| 0.0)
//!     }
//!     fn initial(_: &Params) -> State<f64> {
//!         State { x: 0.0 }
//!     }
//!     fn step<L: isospike_lane::Lane>(
//!         _: &NoSlots<L>,
//!         s: &mut State<L>,
//!         _: &Inputs<'_, L, NoSlots<L>>,
//!     ) -> L::Mask {
//!         s.x.lt(s.x)
//!     }
//! }
//! let model: ModelRef = &Gambler;
//! ```

use crate::model::{Model, Of};
use crate::slots::Slots;

/// Most state slots, most constants and most ports of a model, each.
pub const MAX_SLOTS: usize = 64;

/// Most random words a model's step can use ([`Model::DRAWS`]). Those of a population's inputs do
/// not count.
pub const MAX_DRAWS: usize = 8;

/// Most filters of a model.
pub const MAX_FILTERS: usize = 4;

/// Most spikes of a neuron in one step.
pub const MAX_COUNT: u32 = 15;

/// Stops the compiler at a model that is too large or contradicts itself.
pub(crate) const fn check<M: Model>() {
    let state = <M::State<f64> as Slots<f64>>::INFO.len();
    let consts = <M::Const<f64> as Slots<f64>>::INFO.len();
    let ports = <M::Ports<f64> as Slots<f64>>::INFO.len();
    assert!(state <= MAX_SLOTS, "Model::State: at most MAX_SLOTS = 64 slots");
    assert!(consts <= MAX_SLOTS, "Model::Const: at most MAX_SLOTS = 64 slots");
    assert!(ports <= MAX_SLOTS, "Model::Ports: at most MAX_SLOTS = 64 slots");
    assert!(M::DRAWS <= MAX_DRAWS, "Model::DRAWS: at most MAX_DRAWS = 8 random words");
    assert!(M::SIGNS.len() == ports, "Model::SIGNS: one entry per port");
    assert!(M::FILTERS.len() <= MAX_FILTERS, "Model::FILTERS: at most MAX_FILTERS = 4 filters");
    let mut i = 0;
    while i < M::FILTERS.len() {
        match M::FILTERS[i].of {
            Of::Port(port) => assert!(port < ports, "Model::FILTERS: no such port"),
            Of::State(slot) => assert!(slot < state, "Model::FILTERS: no such state slot"),
        }
        i += 1;
    }
    if let Some(counts) = M::COUNTS {
        assert!(counts.slot < state, "Model::COUNTS: no such state slot");
        assert!(
            counts.most >= 1 && counts.most <= MAX_COUNT,
            "Model::COUNTS: at most MAX_COUNT = 15"
        );
    }
}
