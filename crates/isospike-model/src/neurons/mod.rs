//! The neuron models, one file each.

mod aeif_cond_exp;
pub mod glm;
mod hh_cond_exp_traub;
mod iaf_cond_exp;
mod iaf_psc_alpha;
mod iaf_psc_delta;
mod iaf_psc_exp;
mod izhikevich;
mod izhikevich2003;
mod poisson_source;
mod shared;

pub use aeif_cond_exp::AeifCondExp;
pub use hh_cond_exp_traub::HhCondExpTraub;
pub use iaf_cond_exp::IafCondExp;
pub use iaf_psc_alpha::IafPscAlpha;
pub use iaf_psc_delta::IafPscDelta;
pub use iaf_psc_exp::IafPscExp;
pub use izhikevich::Izhikevich;
pub use izhikevich2003::Izhikevich2003;
pub use poisson_source::PoissonSource;
