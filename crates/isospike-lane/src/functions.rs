//! Every function and distribution under a name, as a value that can be applied to lanes of any
//! kind: what the tables of known bits are made of, here and on any other device.

use crate::{Int, Lane, Math, distribution, poisson};

/// A function of two floats and a word, on any lane.
pub trait Function: Copy {
    /// Its value.
    fn apply<L: Lane>(self, x: L, y: L, u: L::U32) -> L;
}

/// What is done with each function.
pub trait Visit {
    /// Called once per function.
    fn visit<O: Function>(&mut self, name: &'static str, function: O);
}

macro_rules! functions {
    ($($name:ident |$x:ident, $y:ident, $u:ident| $e:expr;)*) => {
        /// Shows the functions to the visitor of which a compiler makes vectors in seconds, always
        /// in the same order.
        #[inline(always)]
        pub fn short(v: &mut impl Visit) {
            $({
                #[derive(Clone, Copy)]
                struct This;
                impl Function for This {
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

functions! {
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
}

/// Shows every function to the visitor, always in the same order.
#[inline(always)]
pub fn each(v: &mut impl Visit) {
    short(v);
    v.visit("poisson", Poisson);
}

#[derive(Clone, Copy)]
struct Poisson;

impl Function for Poisson {
    #[inline(always)]
    fn apply<L: Lane>(self, x: L, _: L, u: L::U32) -> L {
        poisson::poisson(x, u)
    }
}
