//! Arrays of NumPy (`.npy`), read as numbers one by one.

use ndarray_npy::npy::header::Header;
use std::io::Read;
use std::ops::RangeInclusive;

/// Elements read at a time.
const CHUNK: usize = 1 << 13;

/// A number of a file, and the precision it was kept in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) value: f64,
    /// Spacing of the type's numbers at 1; that of `f64` for integers.
    pub(super) epsilon: f64,
}

impl From<f64> for Number {
    fn from(value: f64) -> Number {
        Number { value, epsilon: f64::EPSILON }
    }
}

/// What NumPy calls a dtype.
struct Dtype {
    bytes: usize,
    epsilon: f64,
    /// The value of an element, from its little-endian bytes.
    value: fn(&[u8]) -> f64,
}

macro_rules! dtype {
    ($t:ty, $epsilon:expr) => {
        Dtype {
            bytes: size_of::<$t>(),
            epsilon: $epsilon,
            value: |b| <$t>::from_le_bytes(b.try_into().expect("an element")) as f64,
        }
    };
    ($t:ty) => {
        dtype!($t, f64::EPSILON)
    };
}

/// The type without its byte order: `f8` of `<f8`.
fn dtype(code: &str) -> Option<Dtype> {
    Some(match code {
        "i1" => dtype!(i8),
        "i2" => dtype!(i16),
        "i4" => dtype!(i32),
        "i8" => dtype!(i64),
        "u1" => dtype!(u8),
        "u2" => dtype!(u16),
        "u4" => dtype!(u32),
        "u8" => dtype!(u64),
        "f2" => Dtype {
            bytes: 2,
            epsilon: half::f16::EPSILON.to_f64(),
            value: |b| half::f16::from_le_bytes(b.try_into().expect("an element")).to_f64(),
        },
        "f4" => dtype!(f32, f32::EPSILON.into()),
        "f8" => dtype!(f64),
        _ => return None,
    })
}

/// An array whose elements are yet to be read.
struct Array {
    shape: Vec<usize>,
    fortran: bool,
    big_endian: bool,
    dtype: Dtype,
}

impl Array {
    /// Opens one with so many dimensions.
    fn open(data: &mut impl Read, dimensions: RangeInclusive<usize>) -> Result<Array, String> {
        let header = Header::from_reader(data).map_err(|e| format!(": {e}"))?;
        let descr = header.type_descriptor.as_string();
        let known = descr.and_then(|d| Some((d.starts_with('>'), dtype(d.get(1..)?)?)));
        let shape = Some(header.shape.clone()).filter(|s| dimensions.contains(&s.len()));
        let (Some((big_endian, dtype)), Some(shape)) = (known, shape) else {
            let descr = descr.map_or_else(|| header.type_descriptor.to_string(), String::clone);
            let numbers = dimensions.map(|d| ["one", "two", "three", "four"][d - 1]);
            let numbers = numbers.collect::<Vec<_>>().join("-, ");
            return Err(format!(
                " has shape {} and type {descr}: must be a {numbers}-dimensional array of integers \
                 or floats (i1 to i8, u1 to u8, f2 to f8)",
                tuple(&header.shape)
            ));
        };
        Ok(Array { shape, fortran: header.layout.is_fortran(), big_endian, dtype })
    }

    /// Calls `each` with every element and its place in the file.
    fn read(
        self,
        data: &mut impl Read,
        mut each: impl FnMut(usize, Number) -> Result<(), String>,
    ) -> Result<(), String> {
        let len = self.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        let len = len.ok_or_else(|| format!(" has shape {}: too large", tuple(&self.shape)))?;
        let dtype = self.dtype;
        let mut buffer = vec![0; CHUNK.min(len) * dtype.bytes];
        let mut place = 0;
        while place < len {
            let n = CHUNK.min(len - place);
            let chunk = &mut buffer[..n * dtype.bytes];
            data.read_exact(chunk).map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    format!(": it ends before its {len} elements do")
                }
                _ => format!(": {e}"),
            })?;
            for element in chunk.chunks_exact_mut(dtype.bytes) {
                if self.big_endian {
                    element.reverse();
                }
                each(place, Number { value: (dtype.value)(element), epsilon: dtype.epsilon })?;
                place += 1;
            }
        }
        // Reading to the end also compares the checksum of an archive.
        match data.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(format!(": it goes on after its {len} elements")),
            Err(e) => Err(format!(": {e}")),
        }
    }
}

/// What `convert` makes of each number of an array, in memory for no more than these. Integers
/// beyond 2^53 are rounded.
///
/// # Errors
/// Messages that go on from the name of the array: it is not one-dimensional, holds no numbers, is
/// damaged, or what `convert` says of an element.
pub(super) fn read<T>(
    data: &mut impl Read,
    mut convert: impl FnMut(Number) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let array = Array::open(data, 1..=1)?;
    let len = array.shape[0];
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| format!(": no memory for {len} elements"))?;
    array.read(data, |i, number| {
        let value = convert(number);
        values.push(value.map_err(|allowed| format!("[{i}] = {}: {allowed}", number.value))?);
        Ok(())
    })?;
    Ok(values)
}

/// Calls `each` with row, column and value of every entry of a matrix whose shape `accept` accepts,
/// in the order of the file.
///
/// # Errors
/// Messages that go on from the name of the array, as of [`read`], or are those of `accept` and
/// `each`.
pub(super) fn read_matrix(
    data: &mut impl Read,
    accept: impl FnOnce([usize; 2]) -> Result<(), String>,
    mut each: impl FnMut(usize, usize, f64) -> Result<(), String>,
) -> Result<[usize; 2], String> {
    let accept = |shape: &[usize]| accept([shape[0], shape[1]]);
    let shape = read_array(data, 2..=2, accept, |at, x| each(at[0], at[1], x))?;
    Ok([shape[0], shape[1]])
}

/// The same for an array of so many dimensions: `each` gets the indices of every entry.
///
/// # Errors
/// As of [`read_matrix`].
pub(super) fn read_array(
    data: &mut impl Read,
    dimensions: RangeInclusive<usize>,
    accept: impl FnOnce(&[usize]) -> Result<(), String>,
    mut each: impl FnMut(&[usize], f64) -> Result<(), String>,
) -> Result<Vec<usize>, String> {
    let array = Array::open(data, dimensions)?;
    let (shape, fortran) = (array.shape.clone(), array.fortran);
    accept(&shape)?;
    let mut at = vec![0; shape.len()];
    array.read(data, |_, number| {
        each(&at, number.value)?;
        let next = |i: &usize| {
            at[*i] = (at[*i] + 1) % shape[*i];
            at[*i] > 0
        };
        match fortran {
            false => (0..shape.len()).rev().find(next),
            true => (0..shape.len()).find(next),
        };
        Ok(())
    })?;
    Ok(shape)
}

/// A shape as Python writes it.
pub(super) fn tuple(shape: &[usize]) -> String {
    match shape {
        [n] => format!("({n},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
