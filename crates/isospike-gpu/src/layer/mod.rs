//! Trainable layers: the loops over time are kernels, one item a neuron.
//!
//! Arrays of a pass lie on the host and go to the device and back with every pass, in full width:
//! numbers that are stored in 16 bits, bytes or bits are widened before and narrowed afterwards, by
//! the code that the CPU does it with. What a layer learns is summed on the host, by
//! [`isospike_layer::tree`].

mod backward;
mod forward;
mod text;

pub(crate) use text::head;

use crate::driver::{Arg, Driver, Size};
use crate::heap;
use crate::notes::Notes;
use isospike_backend::{Error, Result};
use isospike_layer::{Backward, Forward, Layer, LayerError, Passes, Real, Shape};
use std::ops::Range;
use std::sync::Arc;

/// Runs trainable layers on the device of a driver.
pub struct GpuLayers<D: Driver> {
    driver: Arc<D>,
    has_f64: bool,
}

/// Items of a group.
const ITEMS: u32 = 64;

impl<D: Driver> GpuLayers<D> {
    /// On a device that may have f64.
    pub fn new(driver: Arc<D>, has_f64: bool) -> Self {
        GpuLayers { driver, has_f64 }
    }

    fn need_f64(&self) -> std::result::Result<(), LayerError> {
        match self.has_f64 {
            true => Ok(()),
            false => Err(LayerError::Device("the device has no f64".to_owned())),
        }
    }
}

impl<D: Driver> Passes for GpuLayers<D> {
    fn forward_f32(
        &self,
        layer: &Layer,
        pass: Forward<'_, f32>,
    ) -> std::result::Result<(), LayerError> {
        forward::run(&*self.driver, layer, pass)
    }
    fn forward_f64(
        &self,
        layer: &Layer,
        pass: Forward<'_, f64>,
    ) -> std::result::Result<(), LayerError> {
        self.need_f64()?;
        forward::run(&*self.driver, layer, pass)
    }
    fn backward_f32(
        &self,
        layer: &Layer,
        pass: Backward<'_, f32>,
    ) -> std::result::Result<Vec<f32>, LayerError> {
        backward::run(&*self.driver, layer, pass)
    }
    fn backward_f64(
        &self,
        layer: &Layer,
        pass: Backward<'_, f64>,
    ) -> std::result::Result<Vec<f64>, LayerError> {
        self.need_f64()?;
        backward::run(&*self.driver, layer, pass)
    }
}

pub(crate) fn of_device(error: Error) -> LayerError {
    LayerError::Device(error.to_string())
}

/// A layer's kernels and constants on a device.
pub(crate) struct Stepper<D: Driver> {
    module: Arc<D::Module>,
    consts: D::Buffer,
    pub(crate) hidden: usize,
    pub(crate) learned: usize,
}

/// What a launch over neurons is: how many there are, which steps, what it reads and writes.
pub(crate) struct Steps<'a, D: Driver> {
    pub(crate) width: usize,
    pub(crate) steps: Range<usize>,
    /// The step of the first row of potentials.
    pub(crate) base: usize,
    pub(crate) buffers: &'a [Option<&'a D::Buffer>],
}

impl<D: Driver> Stepper<D> {
    pub(crate) fn new<F: Real>(driver: &D, layer: &Layer) -> Result<Self> {
        let (text, names) = text::text::<F, D>(driver, layer);
        let module = driver.build(&text)?;
        let consts = sent(driver, &constants::<F>(layer))?;
        Ok(Stepper { module, consts, hidden: names.hidden(), learned: names.learned() })
    }

    /// Runs steps forwards.
    pub(crate) fn forward(
        &self,
        driver: &D,
        over: &Steps<'_, D>,
        notes: [Arg<'_, D::Buffer>; 4],
    ) -> Result<()> {
        self.launch(driver, "layer_forward", over, None, notes)
    }

    /// Runs steps backwards, of a pass of so many.
    pub(crate) fn backward(
        &self,
        driver: &D,
        over: &Steps<'_, D>,
        all: usize,
        notes: [Arg<'_, D::Buffer>; 4],
    ) -> Result<()> {
        self.launch(driver, "layer_backward", over, Some(all), notes)
    }

    fn launch(
        &self,
        driver: &D,
        kernel: &str,
        over: &Steps<'_, D>,
        all: Option<usize>,
        notes: [Arg<'_, D::Buffer>; 4],
    ) -> Result<()> {
        let word = |n: usize| Arg::Word(n as u32);
        let numbers = [over.width, over.steps.start, over.steps.end, over.base].map(word);
        let buffers = [Some(&self.consts)].into_iter().chain(over.buffers.iter().copied());
        let args = numbers.into_iter().chain(buffers.map(Arg::Buffer)).chain(all.map(word));
        let args: Vec<_> = args.chain(notes).collect();
        let groups = over.width.div_ceil(ITEMS as usize) as u32;
        let launch = driver.bind(&self.module, kernel, &args, Size { groups, items: ITEMS })?;
        driver.enqueue(&mut [launch], 1)
    }
}

/// A layer's constants, then the numbers of its rule.
pub(crate) fn constants<F: Real>(layer: &Layer) -> Vec<F> {
    let mut consts = layer.consts::<F>();
    isospike_model::Slots::for_each(layer.firing::<F>(), |_, x| consts.push(x));
    consts
}

/// Names of what a step carries forwards: h, then hidden values.
pub(crate) fn carried(layer: &Layer) -> Vec<&'static str> {
    ["h"].into_iter().chain(layer.neuron().hidden().iter().map(|slot| slot.name)).collect()
}

/// What is refused backwards.
pub(crate) const DERIVATIVES: [&str; 2] = ["the derivative by x", "the derivative by v"];

/// Refuses passes whose places do not have numbers of 32 bits, `each` for a neuron in a step.
pub(crate) fn countable(shape: Shape, each: usize) -> std::result::Result<(), LayerError> {
    match (shape.count() as u64).checked_mul(each as u64) {
        Some(n) if n < u64::from(u32::MAX) => Ok(()),
        _ => Err(LayerError::Device(format!(
            "a pass of {shape} has too many numbers for a device: take fewer steps or items"
        ))),
    }
}

/// A pass over a layer whose arrays are on the host.
struct Bench<'a, D: Driver> {
    driver: &'a D,
    stepper: Stepper<D>,
    notes: Notes<D>,
    width: usize,
    hidden: usize,
    learned: usize,
}

/// A number that is not finite.
struct Found {
    step: usize,
    which: usize,
    column: usize,
    value: f64,
}

impl<'a, D: Driver> Bench<'a, D> {
    fn new<F: Real>(driver: &'a D, layer: &Layer, shape: Shape) -> Result<Self> {
        let (stepper, width) = (Stepper::new::<F>(driver, layer)?, shape.width());
        let (hidden, learned) = (stepper.hidden, stepper.learned);
        let notes = Notes::new::<F>(driver, 2, width)?;
        Ok(Bench { driver, stepper, notes, width, hidden, learned })
    }

    /// Room for rows.
    fn rows<F>(&self, rows: usize) -> Result<D::Buffer> {
        self.driver.allocate(rows.max(1) * self.width * size_of::<F>())
    }

    /// Runs steps forwards; `slot` 1 where a backward pass does.
    fn forward(
        &self,
        steps: Range<usize>,
        buffers: &[Option<&D::Buffer>],
        slot: usize,
    ) -> Result<()> {
        let over = Steps { width: self.width, steps, base: 0, buffers };
        self.stepper.forward(self.driver, &over, self.notes.args(slot))
    }

    /// Runs steps backwards, of so many.
    fn backward(
        &self,
        steps: Range<usize>,
        buffers: &[Option<&D::Buffer>],
        all: usize,
    ) -> Result<()> {
        let over = Steps { width: self.width, steps, base: 0, buffers };
        self.stepper.backward(self.driver, &over, all, self.notes.args(0))
    }

    /// What was not finite first, of `each` numbers of a neuron in a step; steps are counted in the
    /// order in which they were done.
    fn found<F: Real>(&self, each: usize) -> Result<Option<Found>> {
        let Some(noted) = self.notes.take::<F>(self.driver, 1)? else { return Ok(None) };
        let (row, column) = (noted.place as usize / self.width, noted.place as usize % self.width);
        let (step, which, value) = (row / each, row % each, noted.found[column].to_f64());
        Ok(Some(Found { step, which, column, value }))
    }
}

impl Found {
    fn error(&self, field: &'static str, shape: Shape) -> LayerError {
        LayerError::not_finite(field, self.step, self.column, self.value, shape)
    }
}

/// Numbers on the device.
pub(crate) fn sent<D: Driver, F: bytemuck::Pod>(driver: &D, all: &[F]) -> Result<D::Buffer> {
    let buffer = driver.allocate(size_of_val(all).max(1))?;
    heap::write(driver, Some(&buffer), 0, all)?;
    Ok(buffer)
}

/// Numbers from the device.
fn received<D: Driver, F: bytemuck::Pod>(driver: &D, from: &D::Buffer, n: usize) -> Result<Vec<F>> {
    heap::read(driver, Some(from), 0, n as u64)
}
