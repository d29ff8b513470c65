//! Arrays of NumPy (`.npy`), read as numbers one by one.

use ndarray_npy::npy::header::Header;
use std::io::Read;

/// The arrays that can be read, for messages.
const ALLOWED: &str =
    "must be a one-dimensional array of integers or floats (i1 to i8, u1 to u8, f2 to f8)";

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
    let header = Header::from_reader(data).map_err(|e| format!(": {e}"))?;
    let descr = header.type_descriptor.as_string();
    let known = descr.and_then(|d| Some((d.starts_with('>'), dtype(d.get(1..)?)?)));
    let (Some((big_endian, dtype)), &[len]) = (known, header.shape.as_slice()) else {
        let descr = descr.map_or_else(|| header.type_descriptor.to_string(), String::clone);
        return Err(format!(" has shape {} and type {descr}: {ALLOWED}", tuple(&header.shape)));
    };
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| format!(": no memory for {len} elements"))?;
    let mut buffer = vec![0; CHUNK.min(len) * dtype.bytes];
    while values.len() < len {
        let n = CHUNK.min(len - values.len());
        let chunk = &mut buffer[..n * dtype.bytes];
        data.read_exact(chunk).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => format!(": it ends before its {len} elements do"),
            _ => format!(": {e}"),
        })?;
        for element in chunk.chunks_exact_mut(dtype.bytes) {
            if big_endian {
                element.reverse();
            }
            let number = Number { value: (dtype.value)(element), epsilon: dtype.epsilon };
            let value = convert(number)
                .map_err(|allowed| format!("[{}] = {}: {allowed}", values.len(), number.value))?;
            values.push(value);
        }
    }
    // Reading to the end also compares the checksum of an archive.
    match data.read(&mut [0]) {
        Ok(0) => Ok(values),
        Ok(_) => Err(format!(": it goes on after its {len} elements")),
        Err(e) => Err(format!(": {e}")),
    }
}

/// A shape as Python writes it.
fn tuple(shape: &[usize]) -> String {
    match shape {
        [n] => format!("({n},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
