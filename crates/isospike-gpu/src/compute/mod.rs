//! Arrays on a device, and what is done to them: one launch each, or a few, in order. Nothing waits
//! but reading. Numbers that are not finite are noted by kernels and found when something is read.

mod checks;
mod map;
mod memory;
mod passes;
mod text;

use crate::driver::{Arg, Driver, Size};
use crate::heap;
use crate::layer::of_device;
use checks::{Check, Checks};
use isospike_backend::{ErrorKind, Result};
use isospike_lane::Half;
use isospike_layer::compute::{
    Array, ArrayBackward, ArrayForward, Compute, Format, MapDef, Pooling,
};
use isospike_layer::{Layer, LayerError, Real, Window, tree};
use memory::{Heap, Memory};
use std::any::Any;
use std::sync::Arc;

/// Items of a group.
const ITEMS: u32 = 64;

/// Places that an item of `weigh` and `weigh_back` works out.
const PLACES: usize = 4;

/// Items that keep a device busy.
const BUSY: usize = 1 << 18;

/// The device of a driver as a device with arrays in one format.
pub struct GpuCompute<F: Real, D: Driver + 'static> {
    driver: Arc<D>,
    name: String,
    heap: Arc<Heap<D>>,
    checks: Checks<F, D>,
    maps: map::Maps<D>,
    steppers: passes::Steppers<D>,
    kernels: Arc<D::Module>,
}

type Done = std::result::Result<(), LayerError>;

fn word<B>(n: usize) -> Arg<'static, B> {
    // arrays have fewer than 2^32 numbers: `room`
    Arg::Word(n as u32)
}

impl<F: Real, D: Driver + 'static> GpuCompute<F, D> {
    /// On a device with a name; it must have the format.
    ///
    /// # Errors
    /// If its kernels do not compile, or it has no memory.
    pub fn new(driver: Arc<D>, name: String) -> Result<Self> {
        let kernels = driver.build(&text::text::<F, D>(&driver))?;
        let heap = Arc::new(Heap::new(driver.clone()));
        let checks = Checks::new(driver.clone())?;
        let (maps, steppers) = (map::Maps::default(), passes::Steppers::default());
        Ok(GpuCompute { driver, name, heap, checks, maps, steppers, kernels })
    }

    fn launch(&self, kernel: &str, items: usize, args: &[Arg<'_, D::Buffer>]) -> Result<()> {
        launch(&*self.driver, &self.kernels, kernel, items, args)
    }

    /// Copies numbers within the device.
    fn copied(&self, from: (&D::Buffer, usize), to: (&D::Buffer, usize), n: usize) -> Result<()> {
        let [from, to] = [from, to].map(|(all, at)| [Arg::Buffer(Some(all)), word(at)]);
        self.launch("copy", n, &[&[word(n)], &from[..], &to[..]].concat())
    }

    /// Sums of columns, in the order of [`tree`].
    fn sums(&self, x: &D::Buffer, rows: usize, columns: usize, sums: &D::Buffer) -> Result<()> {
        let blocks = rows.div_ceil(tree::BLOCK);
        let parts = self.work(blocks * columns)?;
        let [x, parts, sums] = [x, parts.buffer(), sums].map(|all| Arg::Buffer(Some(all)));
        let args = [word(rows), word(columns), x, parts];
        self.launch("block_sums", blocks * columns, &args)?;
        self.launch("pair_sums", columns, &[word(blocks), word(columns), parts, sums])
    }

    /// Room for a moment.
    fn work(&self, n: usize) -> Result<Memory<D>> {
        self.heap.room(n * size_of::<F>())
    }

    /// A factor in memory, as kernels read it, or none.
    fn factor(&self, pooling: Pooling, places: usize) -> Result<Option<Memory<D>>> {
        if pooling == Pooling::Max {
            return Ok(None);
        }
        let factor = self.work(1)?;
        heap::write(&*self.driver, Some(factor.buffer()), 0, &[pooling.factor::<F>(places)])?;
        Ok(Some(factor))
    }
}

/// Runs a kernel over items.
fn launch<D: Driver>(
    driver: &D,
    module: &D::Module,
    kernel: &str,
    items: usize,
    args: &[Arg<'_, D::Buffer>],
) -> Result<()> {
    let groups = items.div_ceil(ITEMS as usize) as u32;
    let launch = driver.bind(module, kernel, args, Size { groups, items: ITEMS })?;
    driver.enqueue(&mut [launch], 1)
}

fn buffer<F, D: Driver + 'static>(array: &Array<F>) -> &D::Buffer {
    array.memory::<Memory<D>>().buffer()
}

fn arg<F, D: Driver + 'static>(array: &Array<F>) -> Arg<'_, D::Buffer> {
    Arg::Buffer(Some(buffer::<F, D>(array)))
}

/// The numbers of a window, in the order of `window.cl`.
fn window_args<B>(window: &Window) -> Vec<Arg<'static, B>> {
    let ([down, across], [kernel_y, kernel_x]) = (window.stops(), window.kernel);
    let ([stride_y, stride_x], [padding_y, padding_x]) = (window.stride, window.padding);
    let picture = [window.height, window.width, window.channels, kernel_y, kernel_x];
    let steps = [stride_y, stride_x, padding_y, padding_x, window.outputs, down, across];
    picture.into_iter().chain(steps).map(word).collect()
}

fn stops(window: &Window) -> usize {
    window.given() / window.outputs
}

impl<F: Real, D: Driver + 'static> Compute<F> for GpuCompute<F, D> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn room(
        &self,
        format: Format,
        len: usize,
    ) -> std::result::Result<Box<dyn Any + Send>, LayerError> {
        let bytes = format.bytes(len, size_of::<F>());
        let none = |said: String| LayerError::Memory { needed: bytes as u64, said };
        if len >= u32::MAX as usize {
            return Err(none("arrays of a device have fewer than 2^32 - 1 numbers".to_owned()));
        }
        match self.heap.room(bytes) {
            Ok(memory) => Ok(Box::new(memory)),
            Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(none(error.to_string())),
            Err(error) => Err(of_device(error)),
        }
    }

    fn write(&self, to: &mut Array<F>, at: usize, numbers: &[F]) -> Done {
        let to = Some(buffer::<F, D>(to));
        heap::write(&*self.driver, to, at as u64, numbers).map_err(of_device)
    }

    fn read(&self, from: &Array<F>, at: usize, numbers: &mut [F]) -> Done {
        let from = Some(buffer::<F, D>(from));
        heap::read_to(&*self.driver, from, at as u64, numbers).map_err(of_device)
    }

    fn copy(&self, from: (&Array<F>, usize), to: (&mut Array<F>, usize), n: usize) -> Done {
        let (from, to) = ((buffer::<F, D>(from.0), from.1), (buffer::<F, D>(to.0), to.1));
        self.copied(from, to, n).map_err(of_device)
    }

    fn pack(&self, from: &Array<F>, to: &mut Array<F>) -> Done {
        let n = from.len();
        let (kernel, items) = match to.format() {
            Format::Bits => ("pack_bits", n.div_ceil(32)),
            Format::Bytes => ("pack_bytes", n),
            Format::Half(Half::F16) => ("pack_f16", n),
            Format::Half(Half::BF16) => ("pack_bf16", n),
            Format::Full => unreachable!("it is copied"),
        };
        let args = [word(n), arg::<F, D>(from), arg::<F, D>(to)];
        if n == 0 { Ok(()) } else { self.launch(kernel, items, &args).map_err(of_device) }
    }

    fn unpack(&self, from: &Array<F>, to: &mut Array<F>) -> Done {
        let n = from.len();
        let kernel = match from.format() {
            Format::Bits => "unpack_bits",
            Format::Bytes => "unpack_bytes",
            Format::Half(Half::F16) => "unpack_f16",
            Format::Half(Half::BF16) => "unpack_bf16",
            Format::Full => unreachable!("it is copied"),
        };
        let args = [word(n), arg::<F, D>(from), arg::<F, D>(to)];
        if n == 0 { Ok(()) } else { self.launch(kernel, n, &args).map_err(of_device) }
    }

    fn map(
        &self,
        what: &dyn MapDef,
        numbers: &[F],
        reads: &[&Array<F>],
        changes: &mut [&mut Array<F>],
    ) -> Done {
        self.maps.run(&*self.driver, what, numbers, reads, changes).map_err(of_device)
    }

    fn weigh(
        &self,
        window: &Window,
        x: &Array<F>,
        weights: &Array<F>,
        bias: Option<&Array<F>>,
        out: &mut Array<F>,
    ) -> Done {
        let places = x.len() / window.seen() * stops(window);
        let bias = bias.map(buffer::<F, D>);
        let buffers = [arg::<F, D>(x), arg::<F, D>(weights), Arg::Buffer(bias), arg::<F, D>(out)];
        let args = [word(places)].into_iter().chain(window_args(window)).chain(buffers);
        let items = places.div_ceil(PLACES) * window.outputs;
        self.launch("weigh", items, &args.collect::<Vec<_>>()).map_err(of_device)
    }

    fn weigh_back(
        &self,
        window: &Window,
        by_out: &Array<F>,
        weights: &Array<F>,
        by_x: &mut Array<F>,
    ) -> Done {
        let run = || {
            let [taps, channels] = [window.kernel[0] * window.kernel[1], window.channels];
            let turned = self.work(weights.len())?;
            let turned = || Arg::Buffer(Some(turned.buffer()));
            let shape = [taps, channels, window.outputs].map(word).into_iter();
            let args: Vec<_> = shape.chain([arg::<F, D>(weights), turned()]).collect();
            self.launch("turn", weights.len(), &args)?;
            let places = by_x.len() / channels;
            let buffers = [arg::<F, D>(by_out), turned(), arg::<F, D>(by_x)];
            let args = [word(places)].into_iter().chain(window_args(window)).chain(buffers);
            let items = places.div_ceil(PLACES) * channels;
            self.launch("weigh_back", items, &args.collect::<Vec<_>>())
        };
        run().map_err(of_device)
    }

    fn weigh_learn(
        &self,
        window: &Window,
        x: &Array<F>,
        by_out: &Array<F>,
        by_weights: &mut Array<F>,
    ) -> Done {
        let run = || {
            let weights = by_weights.len();
            let places = by_out.len() / window.outputs;
            let blocks = places.div_ceil(tree::BLOCK);
            // parts of the tree: enough to keep the device busy, and no more
            let most = BUSY.div_ceil(weights).min(blocks);
            let own = blocks.div_ceil(most).next_power_of_two();
            let parts = blocks.div_ceil(own);
            let sums = self.work(parts * weights)?;
            let sums = || Arg::Buffer(Some(sums.buffer()));
            let buffers = [word(own), arg::<F, D>(x), arg::<F, D>(by_out), sums()];
            let args = [word(places)].into_iter().chain(window_args(window)).chain(buffers);
            self.launch("weigh_learn", parts * weights, &args.collect::<Vec<_>>())?;
            let args = [word(parts), word(weights), sums(), arg::<F, D>(by_weights)];
            self.launch("pair_sums", weights, &args)
        };
        run().map_err(of_device)
    }

    fn pool(
        &self,
        window: &Window,
        pooling: Pooling,
        x: &Array<F>,
        y: &mut Array<F>,
        which: Option<&mut Array<F>>,
    ) -> Done {
        let run = || {
            let factor = self.factor(pooling, window.kernel[0] * window.kernel[1])?;
            let factor = Arg::Buffer(factor.as_ref().map(Memory::buffer));
            let which = Arg::Buffer(which.as_deref().map(buffer::<F, D>));
            let buffers = [factor, arg::<F, D>(x), arg::<F, D>(y), which];
            let places = y.len() / window.outputs;
            let args = [word(places)].into_iter().chain(window_args(window)).chain(buffers);
            self.launch("pool", y.len(), &args.collect::<Vec<_>>())
        };
        run().map_err(of_device)
    }

    fn pool_back(
        &self,
        window: &Window,
        pooling: Pooling,
        by_y: &Array<F>,
        which: Option<&Array<F>>,
        by_x: &mut Array<F>,
    ) -> Done {
        let run = || {
            let factor = self.factor(pooling, window.kernel[0] * window.kernel[1])?;
            let factor = Arg::Buffer(factor.as_ref().map(Memory::buffer));
            let which = Arg::Buffer(which.map(buffer::<F, D>));
            let buffers = [factor, arg::<F, D>(by_y), which, arg::<F, D>(by_x)];
            let places = by_x.len() / window.channels;
            let args = [word(places)].into_iter().chain(window_args(window)).chain(buffers);
            self.launch("pool_back", by_x.len(), &args.collect::<Vec<_>>())
        };
        run().map_err(of_device)
    }

    fn column_sums(&self, x: &Array<F>, sums: &mut Array<F>) -> Done {
        let (x, columns, rows) = (buffer::<F, D>(x), sums.len(), x.len() / sums.len());
        self.sums(x, rows, columns, buffer::<F, D>(sums)).map_err(of_device)
    }

    fn forward(&self, layer: &Layer, pass: ArrayForward<'_, F>) -> Done {
        self.layer_forward(layer, pass)
    }

    fn backward(
        &self,
        layer: &Layer,
        pass: ArrayBackward<'_, F>,
    ) -> std::result::Result<Vec<F>, LayerError> {
        self.layer_backward(layer, pass)
    }

    fn finite(&self, field: &str, x: &Array<F>) -> Done {
        let items = x.len().min(BUSY);
        let run = || {
            let check = Check::Array { field: field.to_owned(), items };
            self.checks.with(check, items, |notes| {
                let args = [word(x.len()), word(items), arg::<F, D>(x)].into_iter();
                self.launch("look", items, &args.chain(notes).collect::<Vec<_>>())
            })
        };
        run().map_err(of_device)
    }

    fn settle(&self) -> Done {
        self.checks.settle()
    }

    fn memory(&self) -> (Option<u64>, Option<u64>) {
        self.driver.memory()
    }
}
