//! Arrays of NumPy (`.npy`), read as numbers one by one.

use ndarray_npy::npy::header::Header;
use std::io::Read;

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

/// An array of D dimensions whose elements are yet to be read.
struct Array<const D: usize> {
    shape: [usize; D],
    fortran: bool,
    big_endian: bool,
    dtype: Dtype,
}

impl<const D: usize> Array<D> {
    fn open(data: &mut impl Read) -> Result<Array<D>, String> {
        let header = Header::from_reader(data).map_err(|e| format!(": {e}"))?;
        let descr = header.type_descriptor.as_string();
        let known = descr.and_then(|d| Some((d.starts_with('>'), dtype(d.get(1..)?)?)));
        let (Some((big_endian, dtype)), Ok(shape)) = (known, header.shape.as_slice().try_into())
        else {
            let descr = descr.map_or_else(|| header.type_descriptor.to_string(), String::clone);
            let dimensional = ["one-dimensional", "two-dimensional"][D - 1];
            return Err(format!(
                " has shape {} and type {descr}: must be a {dimensional} array of integers or \
                 floats (i1 to i8, u1 to u8, f2 to f8)",
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
    let array = Array::<1>::open(data)?;
    let [len] = array.shape;
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
    let array = Array::<2>::open(data)?;
    let (shape, fortran) = (array.shape, array.fortran);
    accept(shape)?;
    array.read(data, |i, number| match fortran {
        false => each(i / shape[1], i % shape[1], number.value),
        true => each(i % shape[0], i / shape[0], number.value),
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
