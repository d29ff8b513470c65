//! A device that computes nothing: what would be allocated.

use super::{Array, ArrayBackward, ArrayForward, Compute, Computer, Format, MapDef, Pooling};
use crate::{Layer, LayerError, Real, Window};
use std::any::Any;
use std::sync::Arc;

/// Counts the bytes of arrays and does nothing else: whatever is read is 0. What runs on it without
/// looking at numbers needs, byte for byte, the same memory as on a device.
///
/// ```
/// use isospike_layer::compute::{Category, Counter};
///
/// let on = Counter::computer::<f32>();
/// let array = on.room(Category::Work, 1 << 40)?;
/// assert_eq!(on.memory().all.now, 1 << 42);
/// drop(array);
/// assert_eq!((on.memory().all.now, on.memory().all.peak), (0, 1 << 42));
/// # Ok::<(), isospike_layer::LayerError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Counter;

impl Counter {
    /// As a device.
    pub fn computer<F: Real>() -> Computer<F> {
        Computer::new(Arc::new(Counter))
    }
}

type Done = Result<(), LayerError>;

impl<F: Real> Compute<F> for Counter {
    fn name(&self) -> String {
        "counter".to_owned()
    }
    fn room(&self, _: Format, _: usize) -> Result<Box<dyn Any + Send>, LayerError> {
        Ok(Box::new(()))
    }
    fn write(&self, _: &mut Array<F>, _: usize, _: &[F]) -> Done {
        Ok(())
    }
    fn read(&self, _: &Array<F>, _: usize, numbers: &mut [F]) -> Done {
        numbers.fill(F::default());
        Ok(())
    }
    fn copy(&self, _: (&Array<F>, usize), _: (&mut Array<F>, usize), _: usize) -> Done {
        Ok(())
    }
    fn pack(&self, _: &Array<F>, _: &mut Array<F>) -> Done {
        Ok(())
    }
    fn unpack(&self, _: &Array<F>, _: &mut Array<F>) -> Done {
        Ok(())
    }
    fn map(&self, _: &dyn MapDef, _: &[F], _: &[&Array<F>], _: &mut [&mut Array<F>]) -> Done {
        Ok(())
    }
    fn weigh(
        &self,
        _: &Window,
        _: &Array<F>,
        _: &Array<F>,
        _: Option<&Array<F>>,
        _: &mut Array<F>,
    ) -> Done {
        Ok(())
    }
    fn weigh_back(&self, _: &Window, _: &Array<F>, _: &Array<F>, _: &mut Array<F>) -> Done {
        Ok(())
    }
    fn weigh_learn(&self, _: &Window, _: &Array<F>, _: &Array<F>, _: &mut Array<F>) -> Done {
        Ok(())
    }
    fn pool(
        &self,
        _: &Window,
        _: Pooling,
        _: &Array<F>,
        _: &mut Array<F>,
        _: Option<&mut Array<F>>,
    ) -> Done {
        Ok(())
    }
    fn pool_back(
        &self,
        _: &Window,
        _: Pooling,
        _: &Array<F>,
        _: Option<&Array<F>>,
        _: &mut Array<F>,
    ) -> Done {
        Ok(())
    }
    fn column_sums(&self, _: &Array<F>, _: &mut Array<F>) -> Done {
        Ok(())
    }
    fn forward(&self, _: &Layer, _: ArrayForward<'_, F>) -> Done {
        Ok(())
    }
    fn backward(&self, layer: &Layer, _: ArrayBackward<'_, F>) -> Result<Vec<F>, LayerError> {
        Ok(vec![F::default(); layer.neuron().learned().len()])
    }
    fn finite(&self, _: &str, _: &Array<F>) -> Done {
        Ok(())
    }
    fn settle(&self) -> Done {
        Ok(())
    }
}
