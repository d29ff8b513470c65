//! Surrogates: what stands in for the derivative of the step function of firing.

use crate::LayerError;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, Lane};
use isospike_trace::{Graph, Sym, trace};
use std::fmt::Debug;

/// A surrogate with its parameters; your own is a type with this one function:
///
/// ```
/// use isospike_lane::{Lane, Math};
/// use isospike_layer::{Layer, Surrogate, neurons::Lif};
///
/// #[derive(Clone, Copy, Debug)]
/// struct Bell {
///     width: f64,
/// }
///
/// impl Surrogate for Bell {
///     fn slope<L: Lane>(&self, x: L) -> L {
///         let z = x / L::lit(self.width);
///         (-(z * z)).exp()
///     }
/// }
///
/// let layer = Layer::new(&Lif::<true>).surrogate(Bell { width: 0.5 })?;
/// # Ok::<(), isospike_layer::LayerError>(())
/// ```
pub trait Surrogate: Copy + Debug + Send + Sync + 'static {
    /// The slope at x = h - threshold. Mark it `#[inline(always)]` to have it as SIMD.
    fn slope<L: Lane>(&self, x: L) -> L;

    /// Refuses parameters that make no sense.
    ///
    /// # Errors
    /// [`LayerError::Value`].
    fn check(&self) -> Result<(), LayerError> {
        Ok(())
    }
}

/// A surrogate over a row of neurons, in a float format.
pub trait Slopes<F: Float> {
    /// The slope at every h.
    fn slopes(&self, isa: Isa, threshold: F, h: &[F], out: &mut [F]);
    /// The slope as a graph: arguments `h` and `rule.threshold`, output `slope`.
    fn slope_graph(&self) -> Graph;
}

/// A surrogate behind a pointer. Implemented for every [`Surrogate`]; nobody implements it by hand.
pub trait SurrogateDef: Slopes<f32> + Slopes<f64> + Debug + Send + Sync {}

impl<S: Surrogate> SurrogateDef for S {}

struct Row<'a, S, F> {
    surrogate: S,
    threshold: F,
    h: &'a [F],
    out: &'a mut [F],
}

impl<S: Surrogate, F: Float> Kernel for Row<'_, S, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        for (out, &h) in self.out.iter_mut().zip(self.h) {
            *out = self.surrogate.slope(h - self.threshold);
        }
    }
}

impl<S: Surrogate, F: Float> Slopes<F> for S {
    fn slopes(&self, isa: Isa, threshold: F, h: &[F], out: &mut [F]) {
        dispatch(isa, Row { surrogate: *self, threshold, h, out });
    }
    fn slope_graph(&self) -> Graph {
        trace(|t| {
            let (h, threshold): (Sym<F>, Sym<F>) = (t.arg("h"), t.arg("rule.threshold"));
            t.output("slope", self.slope(h - threshold));
        })
    }
}
