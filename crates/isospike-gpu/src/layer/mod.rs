//! Trainable layers: the loops over time are kernels, one item a neuron.
//!
//! Arrays of a pass lie on the host and go to the device and back with every pass, in full width:
//! numbers that are stored in 16 bits, bytes or bits are widened before and narrowed afterwards, by
//! the code that the CPU does it with. What a layer learns is summed on the host, by
//! [`isospike_layer::tree`].

mod backward;
mod forward;
mod text;

use crate::driver::{Arg, Driver, Size};
use crate::heap;
use isospike_backend::{Error, Result};
use isospike_layer::{Backward, Forward, Layer, LayerError, Passes, Real, Shape};
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

fn of_device(error: Error) -> LayerError {
    LayerError::Device(error.to_string())
}

/// A layer's kernels and constants on a device, for rows of so many neurons.
struct Bench<'a, D: Driver> {
    driver: &'a D,
    module: Arc<D::Module>,
    consts: D::Buffer,
    width: usize,
    hidden: usize,
    learned: usize,
    /// Where [`Found`]s are noted.
    trouble: D::Buffer,
    found: D::Buffer,
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
        let (text, names) = text::text::<F, D>(driver, layer);
        let module = driver.build(&text)?;
        let firing = layer.firing::<F>();
        let mut consts = layer.consts::<F>();
        isospike_model::Slots::for_each(firing, |_, x| consts.push(x));
        let width = shape.width();
        Ok(Bench {
            driver,
            module,
            consts: sent(driver, &consts)?,
            width,
            hidden: names.hidden(),
            learned: names.learned(),
            trouble: driver.allocate(8 * width)?,
            found: driver.allocate(size_of::<F>() * width)?,
        })
    }

    /// Room for rows.
    fn rows<F>(&self, rows: usize) -> Result<D::Buffer> {
        self.driver.allocate(rows.max(1) * self.width * size_of::<F>())
    }

    /// Runs a kernel over some steps.
    fn launch(
        &self,
        kernel: &str,
        steps: std::ops::Range<usize>,
        buffers: &[Option<&D::Buffer>],
    ) -> Result<()> {
        let word = |n: usize| Arg::Word(u32::try_from(n).expect("checked: it fits"));
        let numbers = [self.width, steps.start, steps.end].map(word).into_iter();
        let consts = [Some(&self.consts)].into_iter();
        let trouble = [Some(&self.trouble), Some(&self.found)].into_iter();
        let buffers = consts.chain(buffers.iter().copied()).chain(trouble);
        let args: Vec<_> = numbers.chain(buffers.map(Arg::Buffer)).collect();
        let groups = self.width.div_ceil(ITEMS as usize) as u32;
        let size = Size { groups, items: ITEMS };
        let launch = self.driver.bind(&self.module, kernel, &args, size)?;
        self.driver.enqueue(&mut [launch], 1)
    }

    /// What was not finite: of the step that `first` says is the first, the first number of the
    /// first column.
    fn found<F: Real>(&self, latest: bool) -> Result<Option<Found>> {
        let marks: Vec<u32> = received(self.driver, &self.trouble, 2 * self.width)?;
        let marked = marks.as_chunks::<2>().0.iter().enumerate().filter(|(_, m)| m[0] > 0);
        let key = |step: u32| if latest { u32::MAX - step } else { step };
        let first = marked.min_by_key(|(column, m)| (key(m[0]), m[1], *column));
        let Some((column, &[step, which])) = first else { return Ok(None) };
        let values: Vec<F> = received(self.driver, &self.found, self.width)?;
        let (step, which, value) = (step as usize - 1, which as usize, values[column].to_f64());
        Ok(Some(Found { step, which, column, value }))
    }
}

impl Found {
    fn error(&self, field: &'static str, shape: Shape) -> LayerError {
        LayerError::not_finite(field, self.step, self.column, self.value, shape)
    }
}

/// Numbers on the device.
fn sent<D: Driver, F: bytemuck::Pod>(driver: &D, all: &[F]) -> Result<D::Buffer> {
    let buffer = driver.allocate(size_of_val(all).max(1))?;
    heap::write(driver, Some(&buffer), 0, all)?;
    Ok(buffer)
}

/// Numbers from the device.
fn received<D: Driver, F: bytemuck::Pod>(driver: &D, from: &D::Buffer, n: usize) -> Result<Vec<F>> {
    heap::read(driver, Some(from), 0, n as u64)
}
