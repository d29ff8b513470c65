//! The commands, one file each.

mod devices;
mod diff;
mod models;
mod network;
mod networks;
mod plot;
mod run;
mod size;

pub use devices::devices;
pub use diff::diff;
pub use models::models;
pub use networks::networks;
pub use plot::plot;
pub use run::run;
pub use size::size;
