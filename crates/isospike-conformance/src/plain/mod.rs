//! The plainest backend there is, and the reference: one neuron, one synapse, one lane, one step at
//! a time, on one thread.
//!
//! It can be read as the definition of what a plan means: [`guide`](crate::guide) walks through it,
//! and names a smaller backend to begin with. With every other backend it shares what
//! the plan decides (tables, grids of weights, addresses of random words) and nothing of how that
//! is executed: models are interpreted as graphs, sums have 128 bits, plastic weights are up to
//! date after every step.
//!
//! `session` is the step; `learning` the plastic part of it; `slots` what can be read and written;
//! `layers` runs trainable layers, `arrays` has arrays and what is done to them.

mod arrays;
mod layers;
mod learning;
mod session;
mod slots;

use isospike_backend::memory::Buffers;
use isospike_backend::plan::Piece;
use isospike_backend::{
    Backend, Capability, Device, DeviceInfo, Devices, Error, ErrorKind, Plan, Result, Session,
};
use isospike_layer::Passes;
use isospike_layer::compute::Computer;
use isospike_net::Precision;
use session::PlainSession;
use std::sync::Arc;

/// The plain backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Backend for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn devices(&self) -> Devices {
        Devices { list: vec![PlainDevice.info()], ..Devices::default() }
    }

    fn open(&self, index: usize) -> Result<Box<dyn Device>> {
        if index > 0 {
            let message = format!("device plain:{index}: there is one plain device, plain:0");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(Box::new(PlainDevice))
    }
}

struct PlainDevice;

impl Device for PlainDevice {
    fn info(&self) -> DeviceInfo {
        let name = "one thread, step by step".to_owned();
        // it uses what the host has, and does not know how much that is
        DeviceInfo { address: "0".to_owned(), name, memory_bytes: u64::MAX }
    }

    fn capability(&self) -> Capability {
        Capability {
            f64_state: true,
            i64_accumulators: true,
            plasticity: true,
            filters: true,
            counts: true,
            stimuli: true,
            blocks: 1,
            buffers: Buffers::Plain,
            largest_buffer_bytes: u64::MAX,
        }
    }

    fn layers(&self) -> Option<Box<dyn Passes + '_>> {
        Some(Box::new(layers::PlainLayers))
    }

    fn computer_f32(&self) -> Result<Computer<f32>> {
        Ok(Computer::new(Arc::new(arrays::PlainArrays)))
    }

    fn computer_f64(&self) -> Result<Computer<f64>> {
        Ok(Computer::new(Arc::new(arrays::PlainArrays)))
    }

    fn compile(&self, plan: Arc<Plan>) -> Result<Box<dyn Session>> {
        self.capability().admits(&plan)?;
        Ok(match plan.precision() {
            Precision::F32 => Box::new(PlainSession::<f32>::new(plan, |m| m.graph_f32())),
            Precision::F64 => Box::new(PlainSession::<f64>::new(plan, |m| m.graph_f64())),
        })
    }
}

/// Population and neuron of a target, which a table counts from the block's first element.
pub fn neuron_at(plan: &Plan, block: usize, target: u16) -> (usize, usize) {
    let layout = plan.layout();
    let pieces = &layout.pieces[layout.blocks[block].pieces.clone()];
    let target = usize::from(target);
    let inside = |p: &&Piece| p.offset <= target && target < p.offset + p.len;
    let piece = pieces.iter().find(inside).expect("a target is a neuron");
    (piece.population, piece.first + target - piece.offset)
}
