//! Normalisation over time and batch.

use crate::maps::Multiply;
use crate::{Context, Module, Parameter, Signal, TrainError};
use isospike_lane::Lane;
use isospike_layer::Real;
use isospike_layer::compute::{Array, Category, Computer, Elementwise};

/// Each channel to mean 0 and variance 1 over steps, items and places, then times a scale, plus a
/// shift, both learned. Where nothing is trained, mean and variance are those of the batches so
/// far: a moving average with momentum 0.1, of the unbiased variance. With a scale that begins at
/// the threshold of the neurons behind it, it is the threshold-dependent normalisation (tdBN).
#[derive(Debug)]
pub struct BatchNorm<F> {
    scale: Parameter<F>,
    shift: Parameter<F>,
    /// The means so far.
    mean: Array<F>,
    /// The variances so far.
    variance: Array<F>,
    seen: Option<Seen<F>>,
}

/// The normalised input, and the factor that made it, by channel.
#[derive(Debug)]
struct Seen<F> {
    normal: Array<F>,
    factor: Array<F>,
}

const MOMENTUM: f64 = 0.1;
const EPSILON: f64 = 1e-5;

impl<F: Real> BatchNorm<F> {
    /// Over so many channels, with a scale to begin with.
    ///
    /// # Errors
    /// If the device has no room.
    pub fn new(on: &Computer<F>, channels: usize, scale: f64) -> Result<Self, TrainError> {
        let all = |x: f64| vec![F::from_f64(x); channels];
        Ok(BatchNorm {
            scale: Parameter::new(on, "scale", &[channels], &all(scale))?,
            shift: Parameter::new(on, "shift", &[channels], &all(0.0))?,
            mean: on.array(Category::Weights, &all(0.0))?,
            variance: on.array(Category::Weights, &all(1.0))?,
            seen: None,
        })
    }

    /// Mean and factor of a batch, which also go into those of all batches. `work` is overwritten.
    fn statistics(
        &mut self,
        on: &Computer<F>,
        x: &Array<F>,
        work: &mut Array<F>,
    ) -> Result<[Array<F>; 2], TrainError> {
        let c = self.mean.len();
        let rows = x.len() / c;
        if rows < 2 {
            let needed = "at least 2 rows, to have a variance";
            return Err(TrainError::shape("the input of a normalisation", &[rows, c], needed));
        }
        let [n, unbiased] = [rows, rows - 1].map(|n| F::from_f64(n as f64));
        let [mut mean, mut square, mut factor] = [
            on.room(Category::Work, c)?,
            on.room(Category::Work, c)?,
            on.room(Category::Saved, c)?,
        ];
        on.column_sums(x, &mut mean)?;
        on.map(Divide, [n], [], [&mut mean])?;
        on.map(Deviation, [], [x, &mean], [work])?;
        on.column_sums(work, &mut square)?;
        let [old, new] = [1.0 - MOMENTUM, MOMENTUM].map(F::from_f64);
        let one = F::from_f64(1.0);
        on.map(Average, [old, new, one], [&mean], [&mut self.mean])?;
        on.map(Average, [old, new, unbiased], [&square], [&mut self.variance])?;
        on.map(Factor, [n, F::from_f64(EPSILON)], [&square], [&mut factor])?;
        Ok([mean, factor])
    }
}

impl<F: Real> Module<F> for BatchNorm<F> {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        match input.last() {
            Some(&c) if c == self.mean.len() => Ok(input.to_vec()),
            _ => {
                let needed = format!("[.., {}]", self.mean.len());
                Err(TrainError::shape("the input of a normalisation", input, needed))
            }
        }
    }

    fn forward(&mut self, on: &Context<'_, F>, mut x: Signal<F>) -> Result<Signal<F>, TrainError> {
        self.output(x.features())?;
        let (training, on) = (on.training, on.on);
        on.finite("the input of a normalisation", &x.array)?;
        self.seen = None;
        let mut y = on.room(Category::Work, x.array.len())?;
        let measured = match training {
            true => Some(self.statistics(on, &x.array, &mut y)?),
            false => None,
        };
        let factor = match &measured {
            Some(_) => None,
            None => {
                let mut factor = on.room(Category::Work, self.variance.len())?;
                let numbers = [F::from_f64(1.0), F::from_f64(EPSILON)];
                on.map(Factor, numbers, [&self.variance], [&mut factor])?;
                Some(factor)
            }
        };
        let (mean, own) = match (&measured, &factor) {
            (Some([mean, factor]), _) => (mean, factor),
            (None, Some(factor)) => (&self.mean, factor),
            (None, None) => unreachable!("one of them was made"),
        };
        on.map(Normalise, [], [mean, own], [&mut x.array])?;
        on.map(Affine, [], [&x.array, &self.scale.value, &self.shift.value], [&mut y])?;
        let y = x.with(x.features(), y);
        if let Some([_, factor]) = measured {
            self.seen = Some(Seen { normal: x.array.assigned(Category::Saved), factor });
        }
        Ok(y)
    }

    fn backward(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<Signal<F>, TrainError> {
        let seen = self.seen.take().ok_or(TrainError::NoForward { module: "batch_norm" })?;
        let Seen { normal, mut factor } = seen;
        let (on, mut by_y) = (on.on, by_y);
        let n = F::from_f64((by_y.array.len() / factor.len()) as f64);
        on.column_sums(&by_y.array, &mut self.shift.gradient)?;
        let mut products = on.room(Category::Work, by_y.array.len())?;
        on.map(Product, [], [&by_y.array, &normal], [&mut products])?;
        on.column_sums(&products, &mut self.scale.gradient)?;
        on.map(Multiply, [], [&self.scale.value], [&mut factor])?;
        let (shift, scale) = (&self.shift.gradient, &self.scale.gradient);
        on.map(Back, [n], [&normal, shift, scale, &factor], [&mut by_y.array])?;
        Ok(by_y)
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        vec![&mut self.scale, &mut self.shift]
    }

    fn lasting(&mut self) -> Vec<(Option<&'static str>, &mut Array<F>)> {
        vec![(Some("mean"), &mut self.mean), (Some("variance"), &mut self.variance)]
    }

    fn forget(&mut self) {
        self.seen = None;
    }

    fn reset(&mut self) {
        self.seen = None;
    }
}

struct Divide;

impl Elementwise<1, 0, 1> for Divide {
    const NAME: &'static str = "divide";
    #[inline(always)]
    fn at<L: Lane>([by]: [L; 1], []: [L; 0], [x]: [L; 1]) -> [L; 1] {
        [x / by]
    }
}

struct Deviation;

impl Elementwise<0, 2, 1> for Deviation {
    const NAME: &'static str = "deviation";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [x, mean]: [L; 2], _: [L; 1]) -> [L; 1] {
        [(x - mean) * (x - mean)]
    }
}

struct Average;

impl Elementwise<3, 1, 1> for Average {
    const NAME: &'static str = "average";
    #[inline(always)]
    fn at<L: Lane>([old, new, n]: [L; 3], [sum]: [L; 1], [so_far]: [L; 1]) -> [L; 1] {
        [old * so_far + new * (sum / n)]
    }
}

struct Factor;

impl Elementwise<2, 1, 1> for Factor {
    const NAME: &'static str = "factor";
    #[inline(always)]
    fn at<L: Lane>([n, epsilon]: [L; 2], [square]: [L; 1], _: [L; 1]) -> [L; 1] {
        [L::lit(1.0) / (square / n + epsilon).sqrt()]
    }
}

struct Normalise;

impl Elementwise<0, 2, 1> for Normalise {
    const NAME: &'static str = "normalise";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [mean, factor]: [L; 2], [x]: [L; 1]) -> [L; 1] {
        [(x - mean) * factor]
    }
}

struct Affine;

impl Elementwise<0, 3, 1> for Affine {
    const NAME: &'static str = "affine";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [x, scale, shift]: [L; 3], _: [L; 1]) -> [L; 1] {
        [x * scale + shift]
    }
}

struct Product;

impl Elementwise<0, 2, 1> for Product {
    const NAME: &'static str = "product";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [g, x]: [L; 2], _: [L; 1]) -> [L; 1] {
        [g * x]
    }
}

struct Back;

impl Elementwise<1, 4, 1> for Back {
    const NAME: &'static str = "normalise_back";
    #[inline(always)]
    fn at<L: Lane>([n]: [L; 1], read: [L; 4], [g]: [L; 1]) -> [L; 1] {
        let [x, shift, scale, factor] = read;
        [(g - (shift + x * scale) / n) * factor]
    }
}
