//! A function of lanes as a graph.
//!
//! A model is a straight-line function generic over [`isospike_lane::Lane`]. Called once with
//! [`Sym`], the symbolic lane, it leaves behind a [`Graph`] of the operations it made, in the order
//! it made them. The graph is what the C printers print for the GPUs, and what [`Graph::eval`]
//! interprets in Rust: an oracle that needs no GPU, and that agrees with the function by
//! construction, because every node is evaluated by the scalar lane's own method.
//!
//! ```
//! use isospike_lane::Lane;
//! use isospike_trace::{Sym, Value, trace};
//!
//! fn leak<L: Lane>(v: L, current: L) -> (L, L::Mask) {
//!     let v = v * L::lit(0.5) + current;
//!     let spikes = v.ge(L::lit(1.0));
//!     (L::select(spikes, L::lit(0.0), v), spikes)
//! }
//!
//! let graph = trace(|t| {
//!     let (v, spikes) = leak::<Sym<f32>>(t.arg("v"), t.arg("current"));
//!     t.output("v", v);
//!     t.output("spikes", spikes);
//! });
//! let (v, spikes) = leak::<f32>(0.75, 0.5);
//! assert_eq!(graph.eval(&[0.75f32.into(), 0.5f32.into()]), [Value::F32(v), Value::Mask(spikes)]);
//! ```
//!
//! The tracer does no algebra: it shares equal nodes and drops dead ones, nothing else. Whatever a
//! C compiler may do with the printed statements, the order of roundings is already fixed here.
//!
//! Architecture invariant: this crate knows lanes and text. It must never know models or drivers.

mod apply;
mod builder;
mod display;
mod eval;
mod graph;
mod names;
mod op;
pub mod print;
mod reserved;
mod stats;
mod sym;
mod value;

pub use builder::{Tracer, trace};
pub use eval::Evaluator;
pub use graph::{Arg, Graph, Output};
pub use op::{Binary, Kind, Node, NodeId, Op, Shift, Type, Unary};
pub use stats::Stats;
pub use sym::{Sym, SymInt, SymMask, Symbol};
pub use value::{Scalar, Value};
