//! Bundled nodes.

mod balloon;
mod epileptor;
mod epileptor2d;
mod epileptor_vep;
mod generic_2d_oscillator;
mod jansen_rit;
mod kuramoto;
mod linear;
mod montbrio_pazo_roxin;
mod reduced_wong_wang;
mod reduced_wong_wang_exc_inh;
mod shared;
mod sup_hopf;
mod wilson_cowan;

pub use balloon::{Balloon, Params as BalloonParams, State as BalloonState, bold_signal};
pub use epileptor::Epileptor;
pub use epileptor_vep::EpileptorVep;
pub use epileptor2d::Epileptor2d;
pub use generic_2d_oscillator::Generic2dOscillator;
pub use jansen_rit::JansenRit;
pub use kuramoto::Kuramoto;
pub use linear::Linear;
pub use montbrio_pazo_roxin::MontbrioPazoRoxin;
pub use reduced_wong_wang::ReducedWongWang;
pub use reduced_wong_wang_exc_inh::ReducedWongWangExcInh;
pub use sup_hopf::SupHopf;
pub use wilson_cowan::WilsonCowan;

use crate::erased::NodeRef;

/// Every bundled node, by name.
pub static NODES: &[NodeRef] = &[
    &Balloon,
    &Epileptor,
    &Epileptor2d,
    &EpileptorVep,
    &Generic2dOscillator,
    &JansenRit,
    &Kuramoto,
    &Linear,
    &MontbrioPazoRoxin,
    &ReducedWongWang,
    &ReducedWongWangExcInh,
    &SupHopf,
    &WilsonCowan,
];

/// The bundled node of this name.
pub fn by_name(name: &str) -> Option<NodeRef> {
    NODES.iter().copied().find(|node| node.name() == name)
}
