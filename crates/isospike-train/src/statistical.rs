//! A network that says what its spikes are like.

use crate::{LayerStatistics, Network, Tensor, TrainError, decision, entropy};
use isospike_layer::compute::{ArrayForward, Category, Computer};
use isospike_layer::{Layer, Real, Shape, Window, neurons::Lif};

/// What the neurons did with an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Hidden neurons.
    pub hidden: LayerStatistics,
    /// Output neurons.
    pub output: LayerStatistics,
    /// How evenly spikes are spread over the outputs, in bits ([`entropy`]).
    pub entropy: Option<f64>,
    /// The output with the most spikes, the first of several; none if none fires.
    pub decision: Option<usize>,
}

/// Inputs, hidden neurons, output neurons, all to all: a [`Network`] that also gives statistics of
/// its spikes and potentials. They are the same on every device, since spikes are.
///
/// ```
/// use isospike_cpu::{Cpu, CpuDevice};
/// use isospike_train::{StatisticalSnn, Tensor};
///
/// let on = CpuDevice::new(Cpu::with_threads(1))?.computer::<f32>();
/// let mut snn = StatisticalSnn::new(&on, 4, 16, 3, 1)?.steps(30)?;
/// let two = Tensor::new(1, 2, &[4], vec![2.0, 3.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0])?;
/// for statistics in snn.process(&two)? {
///     println!("{:?}: {:?}", statistics.decision, statistics.output.rates);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StatisticalSnn<F> {
    network: Network<F>,
    widths: [usize; 3],
    layers: [Layer; 2],
    steps: usize,
    window: usize,
}

impl<F: Real> StatisticalSnn<F> {
    /// With weights that the seed decides about, as in [`Weights::new`](crate::Weights::new); an
    /// item is shown for 100 steps to leaky neurons (tau 2, threshold 1), and windows of the Fano
    /// factor have 10 steps.
    ///
    /// # Errors
    /// If there are no inputs, hidden neurons or outputs, or the device has no room.
    pub fn new(
        on: &Computer<F>,
        input: usize,
        hidden: usize,
        output: usize,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let lif = Layer::new(&Lif::<false>);
        StatisticalSnn::with_layers(on, [input, hidden, output], [lif.clone(), lif], seed)
    }

    /// With other hidden and output neurons.
    ///
    /// # Errors
    /// As [`StatisticalSnn::new`], and if a threshold is not finite: such neurons have no spikes.
    pub fn with_layers(
        on: &Computer<F>,
        widths: [usize; 3],
        layers: [Layer; 2],
        seed: u64,
    ) -> Result<Self, TrainError> {
        let thresholds = layers.iter().map(|layer| layer.firing::<F>().threshold.to_f64());
        if let Some(value) = thresholds.into_iter().find(|threshold| !threshold.is_finite()) {
            let (field, allowed) = ("the threshold", "must be finite, since spikes are counted");
            return Err(TrainError::Value { field, value, allowed });
        }
        let [input, hidden, output] = widths;
        let [first, second] = layers.clone();
        let network = Network::new(on, &[input], seed).linear(hidden)?.neurons(first)?;
        let network = network.linear(output)?.neurons(second)?;
        Ok(StatisticalSnn { network, widths, layers, steps: 100, window: 10 })
    }

    /// With so many steps for which an item is shown.
    ///
    /// # Errors
    /// If there are none.
    pub fn steps(self, steps: usize) -> Result<Self, TrainError> {
        Ok(StatisticalSnn { steps: at_least_1("steps", steps)?, ..self })
    }

    /// With windows of so many steps for the Fano factor.
    ///
    /// # Errors
    /// If they have none.
    pub fn window(self, steps: usize) -> Result<Self, TrainError> {
        Ok(StatisticalSnn { window: at_least_1("steps of a window", steps)?, ..self })
    }

    /// The network: to train it, to move it to another device.
    pub fn network(&mut self) -> &mut Network<F> {
        &mut self.network
    }

    /// Statistics of each item. Items are `[1, B, inputs]`, constant currents, or courses
    /// `[T, B, inputs]`. Every item begins at rest; the network forgets earlier passes.
    ///
    /// # Errors
    /// If there are no steps or other inputs, or something is not finite; those of the device.
    pub fn process(&mut self, x: &Tensor<F>) -> Result<Vec<Statistics>, TrainError> {
        if x.steps() == 0 || x.features() != self.network.input() {
            let given = [&[x.steps()], x.features()].concat();
            let needed = format!("[T >= 1, {}]", self.widths[0]);
            return Err(TrainError::shape("steps and features of items", &given, needed));
        }
        self.network.reset();
        let repeated = match x.steps() {
            1 => Some(Tensor::repeated(self.steps, x.items(), x.features(), &x.data)?),
            _ => None,
        };
        let [hidden, output] = self.pass(repeated.as_ref().unwrap_or(x))?;
        let both = hidden.into_iter().zip(output);
        let statistics = |(hidden, output): (_, LayerStatistics)| {
            let (entropy, decision) = (entropy(&output.counts), decision(&output.counts));
            Statistics { hidden, output, entropy, decision }
        };
        Ok(both.map(statistics).collect())
    }

    /// The same operations as [`Network::infer`], and potentials.
    fn pass(&mut self, x: &Tensor<F>) -> Result<[Vec<LayerStatistics>; 2], TrainError> {
        let on = self.network.device().clone();
        let parameters = self.network.parameters();
        let of = |name: String| {
            let found = parameters.iter().find(|(n, _)| *n == name);
            &found.expect("the network has it").1.value
        };
        let (steps, batch) = (x.steps(), x.items());
        let mut x = on.array(Category::Work, &x.data)?;
        let mut both = [const { Vec::new() }; 2];
        for (k, statistics) in both.iter_mut().enumerate() {
            let (layer, neurons) = (&mut self.layers[k], self.widths[k + 1]);
            for slot in layer.neuron().learned() {
                let value = on.numbers(of(format!("{}.neurons.{}", 2 * k + 1, slot.name)))?[0];
                layer.set(slot.name, value.to_f64())?;
            }
            let shape = Shape { steps, batch, neurons };
            let room = || on.room(Category::Work, shape.count());
            let (mut current, mut spikes, mut v) = (room()?, room()?, room()?);
            let [weight, bias] = ["weight", "bias"].map(|n| of(format!("{}.linear.{n}", 2 * k)));
            on.finite("the input of weights", &x)?;
            on.weigh(&Window::all(self.widths[k], neurons), &x, weight, Some(bias), &mut current)?;
            let mut state = on.rest(layer, shape.width())?;
            let (x_of, state) = (&current, &mut state);
            let (spikes_to, v_to) = (Some(&mut spikes), Some(&mut v));
            let pass =
                ArrayForward { shape, x: x_of, state, spikes: spikes_to, v: v_to, kept: None };
            on.forward(layer, pass)?;
            let host = |all| Tensor::new(steps, batch, &[neurons], on.numbers(all)?);
            *statistics = LayerStatistics::of(&host(&spikes)?, Some(&host(&v)?), self.window)?;
            x = spikes;
        }
        Ok(both)
    }
}

fn at_least_1(field: &'static str, n: usize) -> Result<usize, TrainError> {
    match n {
        0 => Err(TrainError::Value { field, value: 0.0, allowed: "must be at least 1" }),
        _ => Ok(n),
    }
}
