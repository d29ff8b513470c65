//! The two float formats, with what a model can be stepped in.

use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_model::{Block, ModelRef};

/// `f32` or `f64`.
pub(crate) trait Number: Float {
    fn step(model: ModelRef, isa: Isa, block: Block<'_, '_, Self>);
    fn write_le(self, out: &mut Vec<u8>);
    fn read_le(bytes: &[u8]) -> Self;
}

macro_rules! number {
    ($f:ident, $step:ident) => {
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
        }
    };
}
number!(f32, step_f32);
number!(f64, step_f64);
