//! What everybody who computes with arrays holds.

use super::map::Mapped;
use super::meter::{Held, Meter};
use super::{Array, Category, Compute, Elementwise, Format, MemoryUse, Pooling};
use crate::{LayerError, Real, Window};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

static DEVICES: AtomicU64 = AtomicU64::new(0);

/// A device that has arrays. Copies of it are the same device.
///
/// # Errors
/// All operations refuse arrays that do not fit together ([`LayerError::Array`]), arrays of another
/// device and arrays in few bits where full width is needed ([`LayerError::Device`],
/// [`LayerError::Packed`]), before anything is changed, and give back what the device says.
#[derive(Clone)]
pub struct Computer<F> {
    pub(super) compute: Arc<dyn Compute<F>>,
    meter: Arc<Meter>,
    device: u64,
}

impl<F> fmt::Debug for Computer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Computer({})", self.device)
    }
}

#[allow(clippy::missing_errors_doc)] // said once for all
impl<F: Real> Computer<F> {
    /// A device.
    pub fn new(compute: Arc<dyn Compute<F>>) -> Self {
        let device = DEVICES.fetch_add(1, Ordering::Relaxed);
        Computer { compute, meter: Arc::default(), device }
    }

    /// The same device for arrays of so many bytes in all: one that does not know the arrays there
    /// are, and whatever is beyond is [`LayerError::Memory`].
    pub fn limited(&self, bytes: u64) -> Self {
        let meter = Arc::new(Meter::limited(bytes));
        Computer { meter, ..Computer::new(self.compute.clone()) }
    }

    /// The device, as it calls itself.
    pub fn name(&self) -> String {
        self.compute.name()
    }

    /// Bytes of all arrays.
    pub fn memory(&self) -> MemoryUse {
        self.meter.now()
    }

    /// Begins to count peaks anew.
    pub fn forget_peaks(&self) {
        self.meter.forget_peaks();
    }

    /// Bytes the device has in all, and bytes that are free, where it says so; of a
    /// [limited](Computer::limited) one the limit, and what it leaves.
    pub fn capacity(&self) -> (Option<u64>, Option<u64>) {
        match self.meter.limit() {
            Some(limit) => (Some(limit), Some(limit - self.memory().all.now)),
            None => self.compute.memory(),
        }
    }

    /// An array whose numbers mean nothing until an operation has written them.
    pub fn room(&self, category: Category, len: usize) -> Result<Array<F>, LayerError> {
        self.packed_room(category, Format::Full, len)
    }

    /// The same in another format.
    pub fn packed_room(
        &self,
        category: Category,
        format: Format,
        len: usize,
    ) -> Result<Array<F>, LayerError> {
        let bytes = format.bytes(len, size_of::<F>());
        let held = Held::new(&self.meter, category, bytes as u64)?;
        let memory = self.compute.room(format, len)?;
        let held = held.made();
        Ok(Array { len, format, device: self.device, memory, held, numbers: PhantomData })
    }

    /// An array of zeros.
    pub fn zeros(&self, category: Category, len: usize) -> Result<Array<F>, LayerError> {
        let mut array = self.room(category, len)?;
        self.fill(&mut array, F::default())?;
        Ok(array)
    }

    /// An array of numbers.
    pub fn array(&self, category: Category, numbers: &[F]) -> Result<Array<F>, LayerError> {
        let mut array = self.room(category, numbers.len())?;
        self.write(&mut array, 0, numbers)?;
        Ok(array)
    }

    /// The same number everywhere.
    pub fn fill(&self, to: &mut Array<F>, x: F) -> Result<(), LayerError> {
        self.map(Fill, [x], [], [to])
    }

    /// Copies numbers to an array, from a place on.
    pub fn write(&self, to: &mut Array<F>, at: usize, numbers: &[F]) -> Result<(), LayerError> {
        self.own("what is written", to, None)?;
        inside("what is written", at, numbers.len(), to.len)?;
        self.compute.write(to, at, numbers)
    }

    /// Copies numbers from an array, from a place on, once all is [settled](Computer::settle).
    pub fn read(&self, from: &Array<F>, at: usize, numbers: &mut [F]) -> Result<(), LayerError> {
        self.own("what is read", from, None)?;
        inside("what is read", at, numbers.len(), from.len)?;
        self.settle()?;
        self.compute.read(from, at, numbers)
    }

    /// All numbers of an array.
    pub fn numbers(&self, from: &Array<F>) -> Result<Vec<F>, LayerError> {
        let mut numbers = vec![F::default(); from.len];
        self.read(from, 0, &mut numbers)?;
        Ok(numbers)
    }

    /// Copies `n` numbers from a place of one array to a place of another.
    pub fn copy(
        &self,
        (from, at): (&Array<F>, usize),
        (to, to_at): (&mut Array<F>, usize),
        n: usize,
    ) -> Result<(), LayerError> {
        self.own("what is copied", from, None)?;
        self.own("what is copied to", to, None)?;
        inside("what is copied", at, n, from.len)?;
        inside("what is copied to", to_at, n, to.len)?;
        if n == 0 { Ok(()) } else { self.compute.copy((from, at), (to, to_at), n) }
    }

    /// Some numbers of an array as an array.
    pub fn part(
        &self,
        category: Category,
        from: &Array<F>,
        at: usize,
        n: usize,
    ) -> Result<Array<F>, LayerError> {
        let mut part = self.room(category, n)?;
        self.copy((from, at), (&mut part, 0), n)?;
        Ok(part)
    }

    /// A copy of an array in few bits. Bits and bytes are exact if all numbers are 0 or 1; 16-bit
    /// floats are rounded to nearest, from f32 alone.
    ///
    /// # Errors
    /// [`LayerError::Number`] if a number is beyond a 16-bit format.
    pub fn pack(
        &self,
        category: Category,
        format: Format,
        from: &Array<F>,
    ) -> Result<Array<F>, LayerError> {
        self.own("what is packed", from, None)?;
        let mut packed = self.packed_room(category, format, from.len)?;
        match format {
            Format::Full => self.copy((from, 0), (&mut packed, 0), from.len)?,
            Format::Bytes | Format::Bits => self.compute.pack(from, &mut packed)?,
            Format::Half(_) if F::NAME != "f32" => return Err(only_f32::<F>()),
            Format::Half(half) => {
                self.compute.pack(from, &mut packed)?;
                let rounded = self.unpack(Category::Work, &packed)?;
                self.compute.finite(&format!("a number stored as {}", half.name()), &rounded)?;
            }
        }
        Ok(packed)
    }

    /// A copy of an array in full width.
    pub fn unpack(&self, category: Category, from: &Array<F>) -> Result<Array<F>, LayerError> {
        self.here("what is unpacked", from)?;
        let mut full = self.room(category, from.len)?;
        match from.format {
            Format::Full => self.copy((from, 0), (&mut full, 0), from.len)?,
            _ => self.compute.unpack(from, &mut full)?,
        }
        Ok(full)
    }

    /// A copy of an array of full width on another device.
    pub fn moved(&self, from: &Array<F>, to: &Computer<F>) -> Result<Array<F>, LayerError> {
        to.array(from.category(), &self.numbers(from)?)
    }

    /// Does something to each number of some arrays, all equally long. Of a shorter array that is
    /// read, number i is number i modulo its length.
    pub fn map<E, const P: usize, const R: usize, const C: usize>(
        &self,
        _: E,
        numbers: [F; P],
        reads: [&Array<F>; R],
        mut changes: [&mut Array<F>; C],
    ) -> Result<(), LayerError>
    where
        E: Elementwise<P, R, C>,
    {
        let n = changes.first().map_or(0, |first| first.len);
        for array in &changes {
            self.own("what a map changes", array, Some(n))?;
        }
        for array in &reads {
            self.own("what a map reads", array, None)?;
            if array.len == 0 || !n.is_multiple_of(array.len) {
                return Err(LayerError::array("what a map reads", array.len, n));
            }
        }
        match n {
            0 => Ok(()),
            _ => self.compute.map(&Mapped::<E, P, R, C>::new(), &numbers, &reads, &mut changes),
        }
    }

    /// What windows over pictures x, `[rows, height, width, channels]`, give with weights,
    /// `[inputs, outputs]`, and a bias, `[outputs]`: `[rows, down, across, outputs]`. Numbers must
    /// be finite.
    pub fn weigh(
        &self,
        window: &Window,
        x: &Array<F>,
        weights: &Array<F>,
        bias: Option<&Array<F>>,
        out: &mut Array<F>,
    ) -> Result<(), LayerError> {
        window.check()?;
        let rows = rows("what is weighed", x.len, window.seen())?;
        self.own("what is weighed", x, None)?;
        self.own("weights", weights, Some(window.inputs() * window.outputs))?;
        if let Some(bias) = bias {
            self.own("biases", bias, Some(window.outputs))?;
        }
        self.own("what weights give", out, Some(rows * window.given()))?;
        if rows == 0 { Ok(()) } else { self.compute.weigh(window, x, weights, bias, out) }
    }

    /// Derivatives by pictures from those by what windows over them gave.
    pub fn weigh_back(
        &self,
        window: &Window,
        by_out: &Array<F>,
        weights: &Array<F>,
        by_x: &mut Array<F>,
    ) -> Result<(), LayerError> {
        window.check()?;
        let rows = rows("derivatives", by_out.len, window.given())?;
        self.own("derivatives", by_out, None)?;
        self.own("weights", weights, Some(window.inputs() * window.outputs))?;
        self.own("derivatives by what was weighed", by_x, Some(rows * window.seen()))?;
        if rows == 0 { Ok(()) } else { self.compute.weigh_back(window, by_out, weights, by_x) }
    }

    /// Derivatives by weights from those by what they gave.
    pub fn weigh_learn(
        &self,
        window: &Window,
        x: &Array<F>,
        by_out: &Array<F>,
        by_weights: &mut Array<F>,
    ) -> Result<(), LayerError> {
        window.check()?;
        let rows = rows("what was weighed", x.len, window.seen())?;
        self.own("what was weighed", x, None)?;
        self.own("derivatives", by_out, Some(rows * window.given()))?;
        let weights = window.inputs() * window.outputs;
        self.own("derivatives by weights", by_weights, Some(weights))?;
        match rows {
            0 => self.fill(by_weights, F::default()),
            _ => self.compute.weigh_learn(window, x, by_out, by_weights),
        }
    }

    /// What a [`Pooling`] makes of each window over pictures, channel by channel: outputs of the
    /// window are its channels. `which` takes the place of each maximum in its window.
    pub fn pool(
        &self,
        window: &Window,
        pooling: Pooling,
        x: &Array<F>,
        y: &mut Array<F>,
        which: Option<&mut Array<F>>,
    ) -> Result<(), LayerError> {
        window.check()?;
        let rows = rows("what is pooled", x.len, window.seen())?;
        self.own("what is pooled", x, None)?;
        let given = rows * window.given();
        self.own("what a pool gives", y, Some(given))?;
        if let Some(which) = &which {
            self.own("the places of maxima", which, Some(given))?;
        }
        if rows == 0 { Ok(()) } else { self.compute.pool(window, pooling, x, y, which) }
    }

    /// Derivatives by what was pooled.
    pub fn pool_back(
        &self,
        window: &Window,
        pooling: Pooling,
        by_y: &Array<F>,
        which: Option<&Array<F>>,
        by_x: &mut Array<F>,
    ) -> Result<(), LayerError> {
        window.check()?;
        let rows = rows("derivatives", by_y.len, window.given())?;
        self.own("derivatives", by_y, None)?;
        match which {
            Some(which) => self.own("the places of maxima", which, Some(by_y.len))?,
            None if pooling == Pooling::Max => {
                let why = "derivatives go where it was";
                return Err(LayerError::Missing { field: "the place of a maximum", why });
            }
            None => {}
        }
        self.own("derivatives by what was pooled", by_x, Some(rows * window.seen()))?;
        if rows == 0 { Ok(()) } else { self.compute.pool_back(window, pooling, by_y, which, by_x) }
    }

    /// Sums over rows, of as many columns as there are sums: rows of a block of 256 from +0
    /// downwards, then blocks in pairs, as in [`tree`](crate::tree).
    pub fn column_sums(&self, x: &Array<F>, sums: &mut Array<F>) -> Result<(), LayerError> {
        self.own("what is summed", x, None)?;
        self.own("sums", sums, None)?;
        match rows("what is summed", x.len, sums.len)? {
            0 => self.fill(sums, F::default()),
            _ => self.compute.column_sums(x, sums),
        }
    }

    /// The sum of all numbers, in the order of [`column_sums`](Computer::column_sums).
    pub fn total(&self, x: &Array<F>) -> Result<F, LayerError> {
        let mut sum = self.room(Category::Work, 1)?;
        self.column_sums(x, &mut sum)?;
        Ok(self.numbers(&sum)?[0])
    }

    /// Refuses an array with a number in it that is not finite, now or when next something is read.
    pub fn finite(&self, field: &str, x: &Array<F>) -> Result<(), LayerError> {
        self.own("what must be finite", x, None)?;
        if x.len == 0 { Ok(()) } else { self.compute.finite(field, x) }
    }

    /// Waits for everything.
    ///
    /// # Errors
    /// The first of all that went wrong since the last call.
    pub fn settle(&self) -> Result<(), LayerError> {
        self.compute.settle()
    }

    fn here(&self, field: &'static str, array: &Array<F>) -> Result<(), LayerError> {
        match array.device == self.device {
            true => Ok(()),
            false => Err(LayerError::Device(format!(
                "{field} is an array of another device than {}: move it there",
                self.name()
            ))),
        }
    }

    /// Refuses an array of another device, in few bits or of another length.
    pub(super) fn own(
        &self,
        field: &'static str,
        array: &Array<F>,
        needed: Option<usize>,
    ) -> Result<(), LayerError> {
        self.here(field, array)?;
        match (array.format, needed) {
            (Format::Full, Some(n)) if array.len != n => {
                Err(LayerError::array(field, array.len, n))
            }
            (Format::Full, _) => Ok(()),
            _ => Err(LayerError::Packed { field }),
        }
    }
}

pub(super) fn only_f32<F: Real>() -> LayerError {
    LayerError::Device(format!("{} is not stored in 16 bits, only f32 is", F::NAME))
}

fn inside(field: &'static str, at: usize, n: usize, len: usize) -> Result<(), LayerError> {
    match at.checked_add(n) {
        Some(end) if end <= len => Ok(()),
        end => Err(LayerError::array(field, len, end.unwrap_or(usize::MAX))),
    }
}

fn rows(field: &'static str, len: usize, each: usize) -> Result<usize, LayerError> {
    match len.checked_div(each) {
        Some(rows) if rows * each == len => Ok(rows),
        _ => Err(LayerError::array(field, len, len.next_multiple_of(each.max(1)).max(each))),
    }
}

struct Fill;

impl Elementwise<1, 0, 1> for Fill {
    const NAME: &'static str = "fill";
    #[inline(always)]
    fn at<L: isospike_lane::Lane>([x]: [L; 1], []: [L; 0], _: [L; 1]) -> [L; 1] {
        [x]
    }
}
