//! The memory that a network may have: what is planned within it, and what fits.
//!
//! Everything here is planned, nothing is built: a [`Room`] asks [`Plan::measure`] again and again.

mod fit;
mod remedies;
mod search;

pub use fit::{Count, Fit};
pub use remedies::{Change, Remedy};

use crate::Options;
use isospike_backend::{Capability, Error, ErrorKind, Measured, Plan, PlanOptions, Result};
use isospike_net::Network;
use std::sync::Arc;

/// The memory that a network may have: a device and a limit.
pub struct Room {
    plan: PlanOptions,
    can: Capability,
}

impl Room {
    /// Of a device, with its memory as the limit where the options set none.
    ///
    /// # Errors
    /// As [`Options::open`].
    pub fn of(options: &Options) -> Result<Room> {
        let (device, plan) = options.open()?;
        Ok(Room { plan, can: device.capability() })
    }

    /// The same device with another limit (bytes), or with none.
    #[must_use]
    pub fn with_limit(self, memory_limit: Option<u64>) -> Room {
        Room { plan: PlanOptions { memory_limit, ..self.plan }, ..self }
    }

    /// The limit (bytes).
    pub fn limit_bytes(&self) -> Option<u64> {
        self.plan.memory_limit
    }

    /// Counts what a network takes, without making any synapse.
    ///
    /// # Errors
    /// `Invalid` for a network that is wrong, `MemoryLimit` if it is above the limit, `OutOfMemory`
    /// if a buffer is larger than the device allocates at once.
    pub fn measure(&self, network: impl Into<Arc<Network>>) -> Result<Measured> {
        let measured = Plan::measure(network.into(), &self.plan)?;
        self.can.holds(&measured.memory)?;
        Ok(measured)
    }
}

/// Whether an error says that a plan is too large.
pub(crate) fn is_too_large(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::MemoryLimit | ErrorKind::OutOfMemory)
}
