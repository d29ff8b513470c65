//! NumPy's `.npy`, format version 1.0.

mod array;
mod growing;

pub(crate) use array::Array;
pub(crate) use growing::Growing;

/// A type an array can have.
pub trait Element: Copy {
    /// NumPy's name of the type, little-endian.
    const DESCR: &'static str;
    /// Its bytes.
    fn put(self, out: &mut Vec<u8>);
}

macro_rules! elements {
    ($($t:ty: $descr:literal),*) => {
        $(impl Element for $t {
            const DESCR: &'static str = $descr;
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        })*
    };
}
elements!(i8: "|i1", u32: "<u4", u64: "<u8", f32: "<f4", f64: "<f8");

/// What stands before the data: magic, version, length, and a dictionary of at least so many bytes.
/// `descr` is a name, or a list of fields with theirs.
pub(crate) fn header(descr: &str, shape: &[u64], at_least: usize) -> Vec<u8> {
    let quote = if descr.starts_with('[') { "" } else { "'" };
    let dims: Vec<_> = shape.iter().map(u64::to_string).collect();
    let comma = if dims.len() == 1 { "," } else { "" };
    let text = format!(
        "{{'descr': {quote}{descr}{quote}, 'fortran_order': False, 'shape': ({}{comma}), }}",
        dims.join(", ")
    );
    // Magic, version and length take 10 bytes; data begin at a multiple of 64.
    let length = (10 + text.len() + 1).max(at_least).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(length as u16).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(10 + length - 1, b' ');
    bytes.push(b'\n');
    bytes
}
