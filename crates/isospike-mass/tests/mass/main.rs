//! Tiles beside a plain loop, closed forms and published trajectories.

mod golden;
mod invariance;
mod linear;
mod observe;
mod path;
mod plain;
mod refusals;
mod surface;
