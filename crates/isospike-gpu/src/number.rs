//! Floats of the session's precision as bytes.

use isospike_net::Precision;

/// Bytes of a float.
pub(crate) fn float_bytes(precision: Precision) -> usize {
    match precision {
        Precision::F32 => 4,
        Precision::F64 => 8,
    }
}

/// Appends floats, rounded once to the precision.
pub(crate) fn push_floats(
    out: &mut Vec<u8>,
    precision: Precision,
    values: impl IntoIterator<Item = f64>,
) {
    match precision {
        Precision::F32 => {
            values.into_iter().for_each(|x| out.extend_from_slice(&(x as f32).to_le_bytes()));
        }
        Precision::F64 => {
            values.into_iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
        }
    }
}

/// Puts a float, rounded once to the precision, at the front of some bytes.
pub(crate) fn put_float(bytes: &mut [u8], precision: Precision, x: f64) {
    match precision {
        Precision::F32 => bytes[..4].copy_from_slice(&(x as f32).to_le_bytes()),
        Precision::F64 => bytes[..8].copy_from_slice(&x.to_le_bytes()),
    }
}

/// A float from its bytes.
pub(crate) fn float_at(bytes: &[u8], precision: Precision) -> f64 {
    match precision {
        Precision::F32 => f32::from_le_bytes(bytes.try_into().expect("four bytes")).into(),
        Precision::F64 => f64::from_le_bytes(bytes.try_into().expect("eight bytes")),
    }
}
