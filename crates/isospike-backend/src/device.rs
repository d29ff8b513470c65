//! The seam: a backend finds devices, a device compiles a plan into a session, a session runs.
//!
//! | who | validates | errors that can come back |
//! |---|---|---|
//! | `Plan::new` | the whole network | `Invalid`, `MemoryLimit` |
//! | [`Backend::open`] | that the device exists and starts | `Invalid`, `Device`, `Unsupported` |
//! | [`Device::compile`] | [`Capability::admits`] | `Invalid`, `Unsupported`, `OutOfMemory`,
//! `Device` |
//! | [`Session`] methods | their own arguments only | `Invalid`, `NotFinite`, `Device` |
//!
//! None of them panics on a missing driver, and none decides anything that could change a result:
//! that is the plan's. An implementor needs these three traits and nothing else; everything
//! convenient is in [`crate::SessionExt`].
//!
//! The CPU's arithmetic is the reference. A backend whose compiler is not ours has to try every
//! primitive on adversarial inputs when it opens a device, and to refuse one that is not exact as
//! `Unsupported`: `isospike-gpu` has that sweep.

use crate::memory::{Buffers, MemoryPlan, human};
use crate::plan::{Plan, Slot};
use crate::{Error, ErrorKind, Result, Spike};
use isospike_layer::Passes;
use isospike_layer::compute::Computer;
use isospike_mass::Masses;
use serde::Serialize;
use std::sync::Arc;

/// A way of executing plans: a driver, or the CPU.
pub trait Backend: Send + Sync {
    /// `"cpu"`, `"opencl"`, `"cuda"`: the first part of a device's name on the command line.
    fn name(&self) -> &'static str;
    /// What there is. An empty list comes with a reason when a driver is missing, and a device that
    /// does not answer with its own, whatever others do.
    fn devices(&self) -> Devices;
    /// Opens the device with this index in the list.
    fn open(&self, index: usize) -> Result<Box<dyn Device>>;
}

/// The devices of a backend.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    /// What can be opened.
    pub list: Vec<DeviceInfo>,
    /// What was found beside it and does not answer.
    pub refused: Vec<Refused>,
    /// Why the list is empty, if it is.
    pub reason: Option<String>,
}

/// A device that was found and cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its address, as in [`DeviceInfo`].
    pub address: String,
    /// Why it cannot.
    pub reason: String,
}

impl Devices {
    /// No device, and why.
    pub fn none(reason: impl Into<String>) -> Self {
        Devices { reason: Some(reason.into()), ..Devices::default() }
    }

    /// What answers, and what does not: if nothing does, that is the reason.
    pub fn of(list: Vec<DeviceInfo>, refused: Vec<Refused>) -> Self {
        let each = refused.iter().map(|r| format!("{}: {}", r.address, r.reason));
        let why = || format!("no device answers: {}", each.collect::<Vec<_>>().join("; "));
        let reason = list.is_empty().then(why);
        Devices { list, refused, reason }
    }

    /// What a machine or a build lacks of a backend, by its name on the command line, and why: the
    /// devices that were refused, or the whole backend if none was even found.
    pub fn absent(&self, backend: &str) -> Vec<(String, String)> {
        let refused = |r: &Refused| (format!("{backend}:{}", r.address), r.reason.clone());
        let mut absent: Vec<_> = self.refused.iter().map(refused).collect();
        if self.list.is_empty() && absent.is_empty() {
            let reason = self.reason.clone().unwrap_or_else(|| "no device found".to_owned());
            absent.push((backend.to_owned(), reason));
        }
        absent
    }
}

/// How a device describes itself.
#[derive(Clone, Debug)]
pub struct DeviceInfo {
    /// What follows the backend's name and a colon on the command line: `"0"`, `"0:0"`.
    pub address: String,
    /// For people: "AMD EPYC, 2 threads, avx512".
    pub name: String,
    /// Memory it can use (bytes).
    pub memory_bytes: u64,
}

/// What a device can do. A field is true when the thing may be used; a plan that needs a field that
/// is false is refused at [`Device::compile`] with `Unsupported`, by [`Capability::admits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Capability {
    /// State in double precision.
    pub f64_state: bool,
    /// 64-bit accumulators.
    pub i64_accumulators: bool,
    /// Plastic projections.
    pub plasticity: bool,
    /// Models that filter what they get.
    pub filters: bool,
    /// Models that spike more than once in a step.
    pub counts: bool,
    /// Stimuli.
    pub stimuli: bool,
    /// Into how many blocks of targets the plan should cut the network for this device: its
    /// independent workers. Of the CPU these are the threads that were asked for, of a processor
    /// under OpenCL its compute units, which are its driver's; elsewhere there is one.
    pub blocks: usize,
    /// Which buffers its sessions allocate.
    pub buffers: Buffers,
    /// The most bytes of one allocation; `u64::MAX` where only its memory sets a limit.
    pub largest_buffer_bytes: u64,
}

/// What a plan needs of a device besides memory. Fields as in [`Capability`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// State in double precision.
    pub f64_state: bool,
    /// 64-bit accumulators.
    pub i64_accumulators: bool,
    /// Plastic projections.
    pub plasticity: bool,
    /// Models that filter what they get.
    pub filters: bool,
    /// Models that spike more than once in a step.
    pub counts: bool,
    /// Stimuli.
    pub stimuli: bool,
}

impl Capability {
    /// Refuses a plan that needs what is missing, or that counts the buffers of other sessions.
    /// Every [`Device::compile`] begins with it.
    ///
    /// # Errors
    /// `Invalid` if the plan was made for other buffers: its bytes, and what was checked against
    /// them, would be wrong here. Else as [`Capability::serves`] and [`Capability::holds`].
    pub fn admits(&self, plan: &Plan) -> Result<()> {
        let (counted, ours) = (plan.memory.whose, self.buffers);
        if counted != ours {
            let message = format!(
                "the plan counts the buffers of a {} session and this device has {} sessions: make \
                 it with PlanOptions {{ buffers: device.capability().buffers, .. }}",
                counted.name(),
                ours.name()
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        self.serves(plan.needs())?;
        self.holds(&plan.memory)
    }

    /// Refuses buffers of which more must lie side by side than the device allocates at once.
    ///
    /// # Errors
    /// `OutOfMemory`: names them, their bytes and the limit.
    pub fn holds(&self, memory: &MemoryPlan) -> Result<()> {
        let limit = self.largest_buffer_bytes;
        let Some((heap, bytes)) = memory.largest_heap().filter(|heap| heap.1 > limit) else {
            return Ok(());
        };
        let message = format!(
            "the plan needs {} in one buffer ({heap}) and the device allocates at most {} at once; \
             take a smaller network (--scale)",
            human(bytes),
            human(limit)
        );
        let e = Error::new(ErrorKind::OutOfMemory, message);
        Err(e.with("requested", bytes).with("available", limit))
    }

    /// Refuses needs of which one is missing: what [`Capability::admits`] will say of a plan that
    /// was only measured.
    ///
    /// # Errors
    /// `Unsupported`: says what is missing and what to do without it.
    pub fn serves(&self, needs: Needs) -> Result<()> {
        let needs = [
            (
                self.f64_state || !needs.f64_state,
                "state in double precision; precision = \"f32\" does without",
            ),
            (
                self.i64_accumulators || !needs.i64_accumulators,
                "64-bit accumulators; sums = \"auto\" does without, unless weights to one port lie \
                 too far apart",
            ),
            (
                self.plasticity || !needs.plasticity,
                "plastic projections; without plasticity their weights stay as they are",
            ),
            (self.filters || !needs.filters, "models with filters"),
            (self.counts || !needs.counts, "models that spike more than once in a step"),
            (self.stimuli || !needs.stimuli, "stimuli"),
        ];
        match needs.into_iter().find(|(served, _)| !served) {
            None => Ok(()),
            Some((_, what)) => {
                let message = format!("the device cannot run this plan: it has no {what}");
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }
}

/// An opened device.
pub trait Device: Send {
    /// How it describes itself.
    fn info(&self) -> DeviceInfo;
    /// What it can do.
    fn capability(&self) -> Capability;
    /// Whether it is the processors this program runs on, not a device beside them.
    fn is_processor(&self) -> bool {
        false
    }
    /// Operations that it computes in f64 and rounds to f32, because its own in f32 are not
    /// correctly rounded: `"division"`, `"square root"`.
    fn through_f64(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// What runs trainable layers, if it can.
    fn layers(&self) -> Option<Box<dyn Passes + '_>> {
        None
    }
    /// It as a device with arrays in f32, on which networks of layers are trained. Each call makes
    /// another one, which does not know the arrays of the others.
    ///
    /// # Errors
    /// `Unsupported` if it has none.
    fn computer_f32(&self) -> Result<Computer<f32>> {
        Err(no_arrays(self.info(), "f32"))
    }
    /// The same in f64.
    ///
    /// # Errors
    /// `Unsupported` if it has none.
    fn computer_f64(&self) -> Result<Computer<f64>> {
        Err(no_arrays(self.info(), "f64"))
    }
    /// It as a device for networks of neural masses in f32.
    ///
    /// # Errors
    /// `Unsupported` if it runs none.
    fn masses_f32(&self) -> Result<Arc<dyn Masses<f32>>> {
        Err(no_masses(self.info()))
    }
    /// The same in f64.
    ///
    /// # Errors
    /// `Unsupported` if it runs none.
    fn masses_f64(&self) -> Result<Arc<dyn Masses<f64>>> {
        Err(no_masses(self.info()))
    }
    /// Allocates what the plan names, and nothing else, and sets the initial state.
    fn compile(&self, plan: Arc<Plan>) -> Result<Box<dyn Session>>;
}

/// A compiled plan with its buffers on a device, at some step.
///
/// A state or plastic weight that becomes NaN or infinite is an error, `NotFinite`, that names it.
/// It comes from [`run`](Session::run) or, at the latest, from the next
/// [`drain_spikes`](Session::drain_spikes): a session may look only now and then. Until then slots
/// give out what is there; [`SessionExt::snapshot`](crate::SessionExt::snapshot) refuses to.
pub trait Session: Send {
    /// The plan it runs.
    fn plan(&self) -> &Arc<Plan>;
    /// The step that comes next: 0 at the start.
    fn step(&self) -> u64;
    /// Runs up to `steps` steps and says how many it did. Fewer means that the spike record is
    /// nearly full, or that a record which counts steps in 32 bits was not drained for 2^32 of
    /// them: drain it and go on. At least one step is done if the record was drained. Any number of
    /// steps may be asked for, at any step.
    fn run(&mut self, steps: u64) -> Result<u64>;
    /// Makes source populations fire, in addition to their given trains. Spikes must lie at or
    /// after the next step.
    fn push_spikes(&mut self, spikes: &[Spike]) -> Result<()>;
    /// Moves the recorded spikes out, ascending by (step, lane, id).
    fn drain_spikes(&mut self, out: &mut Vec<Spike>) -> Result<()>;
    /// Reads a slot in its canonical layout ([`Slot`]) and gives it out in order, in pieces of any
    /// length that end between two numbers; a slot may be as large as all synapses. Nothing that
    /// can be seen changes. ([`SessionExt::read`](crate::SessionExt::read) has it in one piece.)
    ///
    /// # Errors
    /// `Invalid` if the plan has no such slot.
    fn stream(&mut self, slot: Slot, each: &mut dyn FnMut(&[u8])) -> Result<()>;
    /// Writes a slot in its canonical layout.
    ///
    /// # Errors
    /// What [`Plan::check_slot`] says; nothing is changed then.
    fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<()>;
    /// Bytes allocated for the plan's buffers, counted where they are allocated, and for the spikes
    /// that were pushed.
    fn allocated_bytes(&self) -> u64;
}

fn no_masses(device: DeviceInfo) -> Error {
    let message = format!("{} does not run networks of neural masses", device.name);
    Error::new(ErrorKind::Unsupported, message)
}

fn no_arrays(device: DeviceInfo, format: &str) -> Error {
    let message = format!("{} has no arrays of {format} to train layers with", device.name);
    Error::new(ErrorKind::Unsupported, message)
}
