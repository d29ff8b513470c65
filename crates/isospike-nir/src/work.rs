//! What single nodes do on a device.

use crate::cells::{Cells, numbers};
use crate::delay::Delay;
use crate::kernels::{Scale, Threshold};
use crate::order::Order;
use crate::picture::{Picture, Slide, weights};
use crate::shapes::Shape;
use crate::{Kind, NirError, Options, Values};
use isospike_layer::compute::{Array, Category, Computer, Pooling};
use isospike_layer::{Real, Window};

/// A node's work in a step.
pub(crate) enum Work<F> {
    /// It is given from outside.
    Input,
    /// It gives what it is given.
    Pass,
    Weigh {
        picture: Picture<F>,
        weights: Array<F>,
        bias: Option<Array<F>>,
    },
    Pool(Picture<F>, Pooling),
    Scale(Array<F>),
    Threshold(Array<F>),
    Cells(Cells<F>),
    Delay {
        delay: Delay<F>,
        late: bool,
    },
}

/// What a node is made with.
pub(crate) struct Making<'a, F> {
    pub(crate) on: &'a Computer<F>,
    pub(crate) options: &'a Options,
    pub(crate) items: usize,
    pub(crate) name: &'a str,
    pub(crate) shape: &'a Shape,
    /// The order of what it is given.
    pub(crate) given: &'a Order,
}

impl<F: Real> Work<F> {
    pub(crate) fn new(kind: &Kind, with: &Making<'_, F>) -> Result<Self, NirError> {
        let Making { on, options, items, name, shape, given } = *with;
        let each =
            |field, values: &Values| numbers(on, name, field, &given.to_device(&values.data));
        Ok(match kind {
            Kind::Input { .. } | Kind::Output { .. } | Kind::Flatten { .. } => Work::Pass,
            Kind::Graph(_) => unreachable!("a graph without graphs in it"),
            Kind::Affine { weight, bias } => with.all(weight, Some(bias))?,
            Kind::Linear { weight } => with.all(weight, None)?,
            Kind::Conv1d(conv) | Kind::Conv2d(conv) => {
                let slide = Slide::conv(conv, &shape.input[1..]);
                Work::Weigh {
                    weights: numbers(on, name, "weight", &weights(conv, &slide))?,
                    bias: Some(numbers(on, name, "bias", &conv.bias.data)?),
                    picture: Picture::new(on, &slide, items)?,
                }
            }
            Kind::SumPool2d(pool) | Kind::AvgPool2d(pool) => {
                let pooling = match kind {
                    Kind::SumPool2d(_) => Pooling::Sum,
                    _ => Pooling::Average,
                };
                Work::Pool(Picture::new(on, &Slide::pool(pool, &shape.input), items)?, pooling)
            }
            Kind::Scale { scale } => Work::Scale(each("scale", scale)?),
            Kind::Threshold { threshold } => Work::Threshold(each("threshold", threshold)?),
            Kind::Neurons(neurons) => {
                Work::Cells(Cells::new(on, name, neurons, options, given, items)?)
            }
            Kind::Delay { delay } => {
                let steps = given.to_device(&delay_steps(name, delay, options)?);
                let late = Delay::<F>::is_late(&steps);
                Work::Delay { delay: Delay::new(on, &steps, items)?, late }
            }
        })
    }

    /// A step. There is no input yet for a delay that is late.
    pub(crate) fn step(
        &mut self,
        on: &Computer<F>,
        name: &str,
        x: Option<&Array<F>>,
        out: &mut Array<F>,
    ) -> Result<(), NirError> {
        let given = || x.expect("an input");
        match self {
            Work::Input => {}
            Work::Pass => on.copy((given(), 0), (out, 0), given().len())?,
            Work::Weigh { picture, weights, bias } => {
                on.finite(&format!("the input of {name}"), given())?;
                picture.run(on, given(), out, |window, x, out| {
                    Ok(on.weigh(window, x, weights, bias.as_ref(), out)?)
                })?;
            }
            Work::Pool(picture, pooling) => picture.run(on, given(), out, |window, x, out| {
                Ok(on.pool(window, *pooling, x, out, None)?)
            })?,
            Work::Scale(scale) => on.map(Scale, [], [scale, given()], [out])?,
            Work::Threshold(threshold) => on.map(Threshold, [], [threshold, given()], [out])?,
            Work::Cells(cells) => cells.step(on, given(), out)?,
            Work::Delay { delay, late } => {
                delay.emit(on, x, out)?;
                if !*late {
                    delay.push(on, given())?;
                }
            }
        }
        Ok(())
    }

    /// As it was made.
    pub(crate) fn reset(&mut self, on: &Computer<F>) -> Result<(), NirError> {
        match self {
            Work::Cells(cells) => cells.reset(on),
            Work::Delay { delay, .. } => delay.reset(on),
            _ => Ok(()),
        }
    }
}

impl<F: Real> Making<'_, F> {
    /// Weights from all to all, those of each of the leading axes on their own.
    fn all(&self, weight: &Values, bias: Option<&Values>) -> Result<Work<F>, NirError> {
        let (inputs, outputs) = (self.given.count(), self.shape.output.iter().product());
        let order = Order::channel_last(&self.shape.output);
        let axes = weight.shape.len();
        let [down, across] = [weight.shape[axes - 2], weight.shape[axes - 1]];
        let mut all = vec![0.0; inputs * outputs];
        // in the graph's order, [input, output], then each where the device has it
        let (mut from, mut to) = (vec![0; inputs], vec![0; outputs]);
        self.given.indices().iter().enumerate().for_each(|(at, &i)| from[i] = at);
        order.indices().iter().enumerate().for_each(|(at, &o)| to[o] = at);
        for (at, &w) in weight.data.iter().enumerate() {
            let (block, o, i) = (at / across / down, at / across % down, at % across);
            all[from[block * across + i] * outputs + to[block * down + o]] = w;
        }
        let bias =
            bias.map(|bias| numbers(self.on, self.name, "bias", &order.to_device(&bias.data)));
        let slide = Slide { channels: inputs, outputs, ..Slide::default() };
        Ok(Work::Weigh {
            weights: numbers(self.on, self.name, "weight", &all)?,
            bias: bias.transpose()?,
            picture: Picture::new(self.on, &slide, self.items)?,
        })
    }
}

/// Delays in whole steps, in the graph's order.
pub(crate) fn delay_steps(
    name: &str,
    delay: &Values,
    options: &Options,
) -> Result<Vec<usize>, NirError> {
    delay.data.iter().map(|&delay| options.steps(name, delay)).collect()
}

/// Puts numbers into another order.
pub(crate) struct Reorder<F>(Window, Array<F>);

impl<F: Real> Reorder<F> {
    /// Nothing is rounded: each sum is of one number and zeros.
    pub(crate) fn new(on: &Computer<F>, from: &Order, to: &Order) -> Result<Self, NirError> {
        let n = to.count();
        let mut places = vec![0; n];
        to.indices().iter().enumerate().for_each(|(at, &i)| places[i] = at);
        let mut weights = vec![F::default(); n * n];
        for (at, &i) in from.indices().iter().enumerate() {
            weights[at * n + places[i]] = F::from_f64(1.0);
        }
        Ok(Reorder(Window::all(n, n), on.array(Category::Weights, &weights)?))
    }

    pub(crate) fn run(
        &self,
        on: &Computer<F>,
        x: &Array<F>,
        out: &mut Array<F>,
    ) -> Result<(), NirError> {
        on.finite("what is put into another order", x)?;
        Ok(on.weigh(&self.0, x, &self.1, None, out)?)
    }
}
