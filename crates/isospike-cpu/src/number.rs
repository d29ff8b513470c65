//! The two float formats, with what a model can be stepped in.

use isospike_lane::isa::Isa;
use isospike_lane::{Float, Half};
use isospike_model::{Block, ModelRef};

/// `f32` or `f64`.
pub(crate) trait Number: Float {
    fn step(model: ModelRef, isa: Isa, block: Block<'_, '_, Self>);
    fn write_le(self, out: &mut Vec<u8>);
    fn read_le(bytes: &[u8]) -> Self;
    /// Numbers from 16-bit ones.
    fn decode(format: Half, from: &[u16], to: &mut [Self]);
    /// The nearest 16-bit numbers.
    fn encode(format: Half, from: &[Self], to: &mut [u16]);
}

macro_rules! number {
    ($f:ident, $step:ident, $decode:expr, $encode:expr) => {
        impl Number for $f {
            #[inline]
            fn step(model: ModelRef, isa: Isa, block: Block<'_, '_, $f>) {
                model.$step(isa, block);
            }
            fn write_le(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn read_le(bytes: &[u8]) -> $f {
                $f::from_le_bytes(bytes.try_into().expect("as long as the float"))
            }
            fn decode(format: Half, from: &[u16], to: &mut [$f]) {
                $decode(format, from, to);
            }
            fn encode(format: Half, from: &[$f], to: &mut [u16]) {
                $encode(format, from, to);
            }
        }
    };
}
number!(f32, step_f32, Half::decode_all, Half::encode_all);
number!(
    f64,
    step_f64,
    |_, _: &[u16], _: &mut [f64]| unreachable!("16 bits go with single precision"),
    |_, _: &[f64], _: &mut [u16]| unreachable!("16 bits go with single precision")
);
