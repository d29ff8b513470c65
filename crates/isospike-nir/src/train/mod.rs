//! Networks that are trained, as graphs and back.
//!
//! A network counts time in steps and fires where h >= threshold; a graph has a unit of time, and
//! fires where v > v_threshold. With x the input of a step of length dt:
//!
//! | network | graph |
//! |---|---|
//! | `if` | `IF`, r = 1 / dt |
//! | `lif` | `LIF`, tau = dt tau, r = 1, v_leak where the leak goes |
//! | `lif_undecayed` | the same with r = tau |
//! | `cuba` | `CubaLIF`, tau = dt / (1 - decay), r = tau_mem / dt, w_in = tau_syn / dt |
//! | neurons that never fire | `I`, `LI`, `CubaLI` |
//! | threshold | v_threshold, the next smaller number of the format, so that > is >= |
//! | weights of all features | `Affine`, `Linear`, after a `Flatten` where they see a picture |
//! | a convolution, pools, a delay | `Conv2d`, `AvgPool2d`, `SumPool2d`, `Delay` |
//! | dropout | nothing: it does nothing once all is learned |
//!
//! The mapping of neurons is SpikingJelly's (`nir_exchange`). Spikes are the same as far as the
//! arithmetic is: to the bit for `if`, and for `lif` whose tau is a power of two, with a hard
//! reset. Else a step is rounded differently: networks divide by tau, where graphs multiply by
//! dt / tau, and a soft reset goes down by v_threshold, which is one rounding below the threshold.

mod export;
mod import;

pub use export::export;
pub use import::import;
