//! Every primitive and function as a value, applied to lanes of any width.

use isospike_lane::functions::{self, Function};
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::poisson::poisson_up_to;
use isospike_lane::{Float, Lane, W};

pub(crate) use isospike_lane::functions::{Function as Op, Visit};

/// Arguments for one call.
pub(crate) type Args<F> = (F, F, u32);

struct Run<'a, O, F> {
    op: O,
    args: &'a [Args<F>],
}

impl<O: Op, F: Float> Kernel for Run<'_, O, F> {
    type Output = Vec<F>;
    #[inline(always)]
    fn run<const N: usize>(self) -> Vec<F> {
        run::<O, F, N>(self.op, self.args)
    }
}

#[inline(always)]
fn run<O: Op, F: Float, const N: usize>(op: O, args: &[Args<F>]) -> Vec<F> {
    let mut out = vec![F::default(); args.len().next_multiple_of(N)];
    for (i, out) in out.chunks_exact_mut(N).enumerate() {
        let arg = |j: usize| args[(i * N + j).min(args.len() - 1)];
        let x = W::<F, N>(std::array::from_fn(|j| arg(j).0));
        let y = W::<F, N>(std::array::from_fn(|j| arg(j).1));
        let u = W::<u32, N>(std::array::from_fn(|j| arg(j).2));
        op.apply(x, y, u).store(out);
    }
    out.truncate(args.len());
    out
}

/// Applies the operation by the given instruction set.
pub(crate) fn on_isa<O: Op, F: Float>(isa: Isa, op: O, args: &[Args<F>]) -> Vec<F> {
    dispatch(isa, Run { op, args })
}

/// Applies it N wide with the baseline's instructions.
pub(crate) fn on_width<O: Op, F: Float, const N: usize>(op: O, args: &[Args<F>]) -> Vec<F> {
    run::<O, F, N>(op, args)
}

/// Applies it to scalars.
pub(crate) fn on_scalars<O: Op, F: Float>(op: O, args: &[Args<F>]) -> Vec<F> {
    args.iter().map(|&(x, y, u)| op.apply(x, y, u)).collect()
}

macro_rules! primitives {
    ($($name:ident |$x:ident, $y:ident| $e:expr;)*) => {
        /// Shows every operation to the visitor: primitives of floats, then short functions.
        pub(crate) fn each(v: &mut impl Visit) {
            $({
                #[derive(Clone, Copy)]
                struct This;
                impl Function for This {
                    #[inline(always)]
                    #[allow(unused_variables)]
                    fn apply<L: Lane>(self, $x: L, $y: L, _: L::U32) -> L {
                        $e
                    }
                }
                v.visit(stringify!($name), This);
            })*
            functions::short(v);
            v.visit("poisson_up_to", FewSpikes);
        }
    };
}

/// The first terms of a Poisson count, as all of it takes a compiler ten minutes in every width.
/// The others are the same again; groups `math` and `model` of the conformance suite have them all.
#[derive(Clone, Copy)]
struct FewSpikes;

impl Function for FewSpikes {
    #[inline(always)]
    fn apply<L: Lane>(self, x: L, _: L, u: L::U32) -> L {
        poisson_up_to::<L, 3>(x, u)
    }
}

primitives! {
    add |x, y| x + y;
    sub |x, y| x - y;
    mul |x, y| x * y;
    div |x, y| x / y;
    sqrt |x, y| x.sqrt();
    rint |x, y| x.rint();
    floor |x, y| x.floor();
    trunc |x, y| x.trunc();
    min |x, y| x.min(y);
    max |x, y| x.max(y);
    copysign |x, y| x.copysign(y);
}
