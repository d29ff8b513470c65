//! Links: from a linear predictor to a rate.

use crate::{Dual, Number};
use isospike_lane::{Lane, Math};

/// A link function.
pub trait Link: Copy + Send + Sync + 'static {
    /// Place in the names of [`super::Emission::NAMES`].
    const INDEX: usize;
    /// The rate, before it is scaled.
    fn rate<L: Lane>(x: L) -> L;
    /// The same with its derivative.
    fn dual(x: Dual) -> Dual;
}

/// `1 / (1 + exp(-x))`
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;

/// `exp(x)`
#[derive(Clone, Copy, Debug)]
pub struct Exp;

/// `max(x, 0)`
#[derive(Clone, Copy, Debug)]
pub struct Relu;

/// `x`; nothing is emitted at a negative rate.
#[derive(Clone, Copy, Debug)]
pub struct Identity;

impl Link for Sigmoid {
    const INDEX: usize = 0;
    #[inline(always)]
    fn rate<L: Lane>(x: L) -> L {
        x.sigmoid()
    }
    fn dual(x: Dual) -> Dual {
        x.sigmoid()
    }
}

impl Link for Exp {
    const INDEX: usize = 1;
    #[inline(always)]
    fn rate<L: Lane>(x: L) -> L {
        x.exp()
    }
    fn dual(x: Dual) -> Dual {
        Number::exp(x)
    }
}

impl Link for Relu {
    const INDEX: usize = 2;
    #[inline(always)]
    fn rate<L: Lane>(x: L) -> L {
        x.max(L::lit(0.0))
    }
    fn dual(x: Dual) -> Dual {
        x.relu()
    }
}

impl Link for Identity {
    const INDEX: usize = 3;
    #[inline(always)]
    fn rate<L: Lane>(x: L) -> L {
        x
    }
    fn dual(x: Dual) -> Dual {
        x
    }
}
