//! Pooling.

use crate::{Context, Module, Tensor, TrainError};
use isospike_layer::{Real, Window};

/// What is made of the places of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Average,
    /// The largest; the first of several.
    Max,
}

/// Makes one place of each window of `size` x `size` places, which do not overlap. Places that are
/// left over at the edges are not looked at.
#[derive(Clone, Debug)]
pub struct Pool {
    pooling: Pooling,
    size: usize,
    seen: Option<Seen>,
}

/// The shape of the last input, and for each output which of its window's places was the largest.
#[derive(Clone, Debug)]
struct Seen {
    features: Vec<usize>,
    largest: Vec<u32>,
}

impl Pool {
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

    fn window(&self, input: &[usize]) -> Result<Window, TrainError> {
        match *input {
            [height, width, channels] if height >= self.size && width >= self.size => Ok(Window {
                height,
                width,
                channels,
                kernel: [self.size; 2],
                stride: self.size,
                padding: 0,
                outputs: channels,
            }),
            _ => {
                let needed = format!("[height, width, channels] of at least {0} x {0}", self.size);
                Err(TrainError::shape("the input of a pool", input, needed))
            }
        }
    }
}

impl<F: Real> Module<F> for Pool {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        let window = self.window(input)?;
        let [down, across] = window.stops();
        Ok(vec![down, across, window.channels])
    }

    fn forward(&mut self, on: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let window = self.window(x.features())?;
        let features = Module::<F>::output(self, x.features())?;
        let mut y = Tensor::zeros(x.steps(), x.items(), &features);
        let (c, [down, across]) = (window.channels, window.stops());
        let mut seen = vec![F::default(); window.inputs()];
        let mut largest = Vec::new();
        let part = F::from_f64(1.0 / (self.size * self.size) as f64);
        let pictures = x.data.chunks(window.seen()).zip(y.data.chunks_mut(window.given()));
        for (picture, given) in pictures {
            for (stop, out) in given.chunks_mut(c).enumerate() {
                window.look(picture, [stop / across, stop % across], 0..seen.len(), &mut seen);
                for (channel, out) in out.iter_mut().enumerate() {
                    let mut places = seen.iter().skip(channel).step_by(c);
                    match self.pooling {
                        Pooling::Average => {
                            *out = part * places.fold(F::default(), |sum, &x| sum + x);
                        }
                        Pooling::Max => {
                            let first = (0, *places.next().expect("a window has a place"));
                            let (k, most) = places.enumerate().fold(first, |most, (k, &x)| {
                                if x > most.1 { (k + 1, x) } else { most }
                            });
                            *out = most;
                            largest.push(k as u32);
                        }
                    }
                }
            }
            debug_assert_eq!(given.len(), down * across * c);
        }
        let features = x.features().to_vec();
        self.seen = on.training.then_some(Seen { features, largest });
        Ok(y)
    }

    fn backward(&mut self, _: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let seen = self.seen.take().ok_or(TrainError::NoForward { module: "pool" })?;
        let window = self.window(&seen.features)?;
        let mut by_x = Tensor::zeros(by_y.steps(), by_y.items(), &seen.features);
        let (c, [_, across]) = (window.channels, window.stops());
        let part = F::from_f64(1.0 / (self.size * self.size) as f64);
        let mut largest = seen.largest.iter();
        let pictures = by_x.data.chunks_mut(window.seen()).zip(by_y.data.chunks(window.given()));
        for (picture, given) in pictures {
            for (i, &g) in given.iter().enumerate() {
                let (stop, channel) = (i / c, i % c);
                let (y, x) = (stop / across * self.size, stop % across * self.size);
                let at = |k: usize| {
                    let (y, x) = (y + k / self.size, x + k % self.size);
                    (y * window.width + x) * c + channel
                };
                match self.pooling {
                    Pooling::Average => {
                        (0..self.size * self.size).for_each(|k| picture[at(k)] = part * g);
                    }
                    Pooling::Max => {
                        let k = *largest.next().expect("one for each output");
                        picture[at(k as usize)] = g;
                    }
                }
            }
        }
        Ok(by_x)
    }

    fn reset(&mut self) {
        self.seen = None;
    }
}
