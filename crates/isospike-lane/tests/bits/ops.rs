//! Every function as a value that can be applied to lanes of any width.

use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, Int, Lane, Math, W, distribution, poisson};

/// A function of two floats and a word, on any lane.
pub(crate) trait Op: Copy {
    /// Its value.
    fn apply<L: Lane>(self, x: L, y: L, u: L::U32) -> L;
}

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

/// What a test does with each operation.
pub(crate) trait Visit {
    /// Called once per operation.
    fn visit<O: Op>(&mut self, name: &'static str, op: O);
}

macro_rules! ops {
    ($($name:ident |$x:ident, $y:ident, $u:ident| $e:expr;)*) => {
        /// Shows every operation to the visitor.
        pub(crate) fn each(v: &mut impl Visit) {
            $({
                #[derive(Clone, Copy)]
                struct This;
                impl Op for This {
                    #[inline(always)]
                    #[allow(unused_variables)]
                    fn apply<L: Lane>(self, $x: L, $y: L, $u: L::U32) -> L {
                        $e
                    }
                }
                v.visit(stringify!($name), This);
            })*
        }
    };
}

ops! {
    add |x, y, u| x + y;
    sub |x, y, u| x - y;
    mul |x, y, u| x * y;
    div |x, y, u| x / y;
    sqrt |x, y, u| x.sqrt();
    rint |x, y, u| x.rint();
    floor |x, y, u| x.floor();
    trunc |x, y, u| x.trunc();
    min |x, y, u| x.min(y);
    max |x, y, u| x.max(y);
    copysign |x, y, u| x.copysign(y);
    from_u32 |x, y, u| L::from_u32(u);
    exp |x, y, u| x.exp();
    expm1 |x, y, u| x.expm1();
    log |x, y, u| x.log();
    log1p |x, y, u| x.log1p();
    tanh |x, y, u| x.tanh();
    sigmoid |x, y, u| x.sigmoid();
    sin |x, y, u| x.sin();
    cos |x, y, u| x.cos();
    erf |x, y, u| x.erf();
    erfc |x, y, u| x.erfc();
    pow |x, y, u| x.pow(y);
    lgamma |x, y, u| x.lgamma();
    inverse_normal |x, y, u| x.inverse_normal();
    uniform |x, y, u| distribution::uniform(u);
    uniform53 |x, y, u| distribution::uniform53(u, u.xor(Int::lit(0x9E37_79B9)));
    normal |x, y, u| distribution::normal(u);
    exponential |x, y, u| distribution::exponential(u);
    bernoulli |x, y, u| L::select(distribution::bernoulli(x, u), L::lit(1.0), L::lit(0.0));
    poisson |x, y, u| poisson::poisson(x, u);
}
