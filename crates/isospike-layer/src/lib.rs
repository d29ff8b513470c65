//! Trainable neurons: what one does in a step, and the derivative of it in closed form.
//!
//! A layer of neurons runs over inputs x of the shape `[T, B, N]`: steps, items of a batch,
//! neurons. In each step
//!
//! | | |
//! |---|---|
//! | charge | h\[t\] = charge(v\[t-1\], x\[t\]): the [`Neuron`] |
//! | fire | s\[t\] = 1 if h\[t\] >= threshold, else 0 |
//! | reset | v\[t\] = h\[t\], and where s\[t\] = 1 as the [`Rule`] says |
//!
//! Backwards, from the last step to the first, the step function of firing has the slope of a
//! [`Surrogate`], g(h - threshold), and everything else its own derivative (back-propagation
//! through time). Only h is needed for that: spikes and potentials follow from it.
//!
//! The order of operations is SpikingJelly 2.0.0's on the CPU: division by time constants, one
//! rounding each, no fused multiply-add. So are the results, to the bit (of `eif` within what
//! rounding its exponential leaves). Time is
//! counted in steps, and potentials have no unit. State is f32 or f64: there is none in 16 bits.
//!
//! All equations are functions of [lanes](isospike_lane::Lane): the erased forms, [`NeuronDef`] and
//! [`SurrogateDef`], run them over a row of neurons as SIMD and give them out as graphs. A
//! [`Layer`] is a neuron with its parameters, its rule and its surrogate. [`Forward`] and
//! [`Backward`] say what a pass reads and writes and check it; `isospike-cpu` has the loops.
//!
//! ```
//! use isospike_layer::{Layer, Reset, Rule, neurons::Lif, surrogates::Sigmoid};
//!
//! let layer = Layer::new(&Lif::<true>)
//!     .param("tau", 3.0)?
//!     .rule(Rule { reset: Reset::Soft, ..Rule::default() })?
//!     .surrogate(Sigmoid { alpha: 4.0 })?;
//! assert!(layer.param("tau", 1.0).is_err(), "tau must be greater than 1");
//! # Ok::<(), isospike_layer::LayerError>(())
//! ```
//!
//! Architecture invariant: this crate knows equations, parameters and what arrays are asked for. It
//! must never know threads, drivers or networks.

pub mod compute;
mod erased;
mod error;
mod layer;
mod neuron;
pub mod neurons;
mod out;
mod pass;
mod passes;
mod real;
mod row;
mod rule;
mod saved;
mod step;
mod storage;
mod surrogate;
pub mod surrogates;
pub mod tree;
mod window;

pub use erased::{NeuronDef, NeuronRef, Rows};
pub use error::LayerError;
pub use layer::Layer;
pub use neuron::{At, Neuron};
pub use out::Out;
pub use pass::{Backward, Forward, Shape, State};
pub use passes::Passes;
pub use real::Real;
pub use row::{BackwardRow, ForwardRow};
pub use rule::{Firing, Reset, Rule};
pub use saved::{Keep, Saved};
pub use storage::{
    Spikes, Stored, Values, ValuesMut, beyond, encode_beside, spike_bits, spike_bytes,
};
pub use surrogate::{Slopes, Surrogate, SurrogateDef};
pub use window::Window;

use neurons::{Cuba, Eif, Integrate, Izhikevich, Klif, Lif, Plif, Qif};

/// All bundled neurons. A static, since every crate that used a constant would compile them again.
pub static NEURONS: &[NeuronRef] = &[
    &Integrate,
    &Lif::<true>,
    &Lif::<false>,
    &Plif::<true>,
    &Plif::<false>,
    &Qif,
    &Eif,
    &Izhikevich,
    &Cuba,
    &Klif::<true, false>,
    &Klif::<false, false>,
    &Klif::<true, true>,
    &Klif::<false, true>,
];

/// The bundled neuron with this name.
pub fn by_name(name: &str) -> Option<NeuronRef> {
    NEURONS.iter().copied().find(|n| n.name() == name)
}
