//! Pooling.

use crate::{Context, Module, Signal, TrainError};
use isospike_layer::compute::{Array, Category, Pooling};
use isospike_layer::{Real, Window};

/// Makes one place of each window of `size` x `size` places, which do not overlap. Places that are
/// left over at the edges are not looked at.
#[derive(Debug)]
pub struct Pool<F> {
    pooling: Pooling,
    size: usize,
    seen: Option<Seen<F>>,
}

/// The shape of the last input, and which place of its window each maximum was.
#[derive(Debug)]
struct Seen<F> {
    features: Vec<usize>,
    which: Option<Array<F>>,
}

impl<F: Real> Pool<F> {
    /// Of windows of `size` x `size` places.
    ///
    /// # Errors
    /// If the size is 0.
    pub fn new(pooling: Pooling, size: usize) -> Result<Self, TrainError> {
        if size == 0 {
            let allowed = "must be at least 1";
            return Err(TrainError::Value { field: "the size of a pool", value: 0.0, allowed });
        }
        Ok(Pool { pooling, size, seen: None })
    }

    /// What it makes of a window.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Places of a window, down and across.
    pub fn size(&self) -> usize {
        self.size
    }

    fn window(&self, input: &[usize]) -> Result<Window, TrainError> {
        match *input {
            [height, width, channels] if height >= self.size && width >= self.size => Ok(Window {
                height,
                width,
                channels,
                kernel: [self.size; 2],
                stride: [self.size; 2],
                padding: [0; 2],
                outputs: channels,
            }),
            _ => {
                let needed = format!("[height, width, channels] of at least {0} x {0}", self.size);
                Err(TrainError::shape("the input of a pool", input, needed))
            }
        }
    }
}

impl<F: Real> Module<F> for Pool<F> {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        let window = self.window(input)?;
        let [down, across] = window.stops();
        Ok(vec![down, across, window.channels])
    }

    fn forward(&mut self, on: &Context<'_, F>, x: Signal<F>) -> Result<Signal<F>, TrainError> {
        let window = self.window(x.features())?;
        let features = self.output(x.features())?;
        let n = x.steps() * x.items() * window.given();
        if self.pooling == Pooling::Max {
            // NaN is no maximum
            on.on.finite("the input of a pool", &x.array)?;
        }
        let mut y = on.on.room(Category::Work, n)?;
        let mut which = match on.training && self.pooling == Pooling::Max {
            true => Some(on.on.room(Category::Saved, n)?),
            false => None,
        };
        on.on.pool(&window, self.pooling, &x.array, &mut y, which.as_mut())?;
        let y = x.with(&features, y).of_spikes(x.spikes && self.pooling == Pooling::Max);
        let features = x.features().to_vec();
        self.seen = on.training.then_some(Seen { features, which });
        Ok(y)
    }

    fn backward(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<Signal<F>, TrainError> {
        let Seen { features, which } =
            self.seen.take().ok_or(TrainError::NoForward { module: "pool" })?;
        let window = self.window(&features)?;
        let n = by_y.steps() * by_y.items() * window.seen();
        let mut by_x = on.on.room(Category::Work, n)?;
        on.on.pool_back(&window, self.pooling, &by_y.array, which.as_ref(), &mut by_x)?;
        Ok(by_y.with(&features, by_x))
    }

    fn forget(&mut self) {
        self.seen = None;
    }

    fn reset(&mut self) {
        self.seen = None;
    }
}
