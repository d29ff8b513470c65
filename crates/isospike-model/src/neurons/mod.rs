//! The neuron models, one file each.

mod iaf_psc_exp;

pub use iaf_psc_exp::IafPscExp;
