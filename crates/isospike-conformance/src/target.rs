//! The device under test.

use isospike_backend::{Backend, Capability, Device, Plan, PlanOptions, Session};
use isospike_net::Network;
use std::sync::Arc;

/// A device of a backend, opened.
pub struct Target<'a> {
    /// Its backend.
    pub backend: &'a dyn Backend,
    /// Its place in the backend's list.
    pub index: usize,
    /// The device.
    pub device: Box<dyn Device>,
}

/// The device lacks, by its [`Capability`], what a case needs; says what.
#[derive(Clone, Debug)]
pub struct Unsupported(pub String);

/// How a case ends that does not panic.
pub type Outcome = Result<(), Unsupported>;

impl<'a> Target<'a> {
    /// Opens a device.
    ///
    /// # Panics
    /// If it does not open: what is listed must open, or be expected to fail.
    pub fn open(backend: &'a dyn Backend, index: usize) -> Target<'a> {
        let device = backend.open(index).unwrap_or_else(|e| panic!("it does not open: {e}"));
        Target { backend, index, device }
    }

    /// What the device can do.
    pub fn capability(&self) -> Capability {
        self.device.capability()
    }

    /// A network planned for the device, cut into as many blocks as it has workers.
    ///
    /// # Errors
    /// If the device says that it cannot run it.
    ///
    /// # Panics
    /// If the network is not valid.
    pub fn plan(&self, network: &Network) -> Result<Arc<Plan>, Unsupported> {
        self.plan_in_blocks(network, self.capability().blocks)
    }

    /// As [`Target::plan`], in so many blocks.
    ///
    /// # Errors
    /// As [`Target::plan`].
    pub fn plan_in_blocks(
        &self,
        network: &Network,
        blocks: usize,
    ) -> Result<Arc<Plan>, Unsupported> {
        let buffers = self.capability().buffers;
        let options = PlanOptions { blocks, spread: true, buffers, ..PlanOptions::default() };
        let plan = Plan::new(Arc::new(network.clone()), &options);
        let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", network.name));
        self.capability().admits(&plan).map_err(|e| Unsupported(e.to_string()))?;
        Ok(Arc::new(plan))
    }

    /// A session of a network.
    ///
    /// # Errors
    /// If the device says that it cannot run it.
    ///
    /// # Panics
    /// If it says that it can, and does not.
    pub fn session(&self, network: &Network) -> Result<Box<dyn Session>, Unsupported> {
        Ok(self.compile(self.plan(network)?))
    }

    /// A session of a plan that the device admits.
    ///
    /// # Panics
    /// If there is none.
    pub fn compile(&self, plan: Arc<Plan>) -> Box<dyn Session> {
        let name = plan.network.name.clone();
        self.device.compile(plan).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}
