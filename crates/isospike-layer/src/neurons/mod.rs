//! The bundled neurons.

mod cuba;
mod eif;
mod integrate;
mod izhikevich;
mod klif;
mod leak;
mod lif;
mod plif;
mod qif;
mod square;

pub use cuba::Cuba;
pub use eif::Eif;
pub use integrate::Integrate;
pub use izhikevich::Izhikevich;
pub use klif::Klif;
pub use lif::Lif;
pub use plif::{Plif, w_of_tau};
pub use qif::Qif;
