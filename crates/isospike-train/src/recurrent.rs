//! Neurons that see each other's spikes.

use crate::maps::Add;
use crate::{Context, Module, Neurons, Parameter, Signal, TrainError, Weights};
use isospike_layer::compute::{Array, Category, Computer, Kept};
use isospike_layer::{Layer, Real, Window};

/// Neurons whose spikes, weighted, are added to their inputs one step later.
#[derive(Debug)]
pub struct Recurrent<F> {
    layer: Layer,
    learned: Vec<Parameter<F>>,
    feedback: Weights<F>,
    /// The items of the passes so far, what neurons remember of them, and what they gave last.
    state: Option<State<F>>,
    last: Option<Last<F>>,
}

#[derive(Debug)]
struct State<F> {
    items: usize,
    neurons: Array<F>,
    given: Array<F>,
}

/// What is kept of the last forward pass.
#[derive(Debug)]
struct Last<F> {
    /// What neurons kept of each step, and its input where it is read.
    steps: Vec<(Kept<F>, Option<Array<F>>)>,
    /// What neurons gave before each step.
    seen: Array<F>,
}

impl<F: Real> Recurrent<F> {
    /// So many neurons of a layer, all connected to all, drawn as in [`Weights::new`].
    ///
    /// # Errors
    /// If there are none, or the device has no room.
    pub fn new(
        on: &Computer<F>,
        layer: Layer,
        neurons: usize,
        seed: u64,
        module: u32,
    ) -> Result<Self, TrainError> {
        let all = Window::all(neurons, neurons);
        let feedback = Weights::new(on, all, seed, module)?.without_bias();
        let mut learned = Vec::new();
        for slot in layer.neuron().learned() {
            let value = F::from_f64(layer.value(slot.name)?);
            learned.push(Parameter::new(on, slot.name, &[1], &[value])?);
        }
        Ok(Recurrent { layer, learned, feedback, state: None, last: None })
    }

    fn neurons(&self) -> usize {
        self.feedback.window().outputs
    }
}

impl<F: Real> Module<F> for Recurrent<F> {
    fn name(&self) -> &'static str {
        "recurrent"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        match input.iter().product::<usize>() == self.neurons() {
            true => Ok(input.to_vec()),
            false => {
                let needed = format!("{} features", self.neurons());
                Err(TrainError::shape("the input of recurrent neurons", input, needed))
            }
        }
    }

    fn forward(&mut self, on: &Context<'_, F>, x: Signal<F>) -> Result<Signal<F>, TrainError> {
        self.output(x.features())?;
        Neurons::set(&mut self.layer, on.on, &self.learned)?;
        let (items, stride) = (x.items(), x.stride());
        if self.state.is_none() {
            let neurons = on.on.rest(&self.layer, stride)?;
            let given = on.on.zeros(Category::State, stride)?;
            self.state = Some(State { items, neurons, given });
        }
        let state = self.state.as_mut().expect("it was made");
        if state.items != items {
            let needed = format!("B = {}, as before; reset first", state.items);
            return Err(TrainError::shape("the input of recurrent neurons", &[items], needed));
        }
        let n = x.array.len();
        let reads = Neurons::<F>::reads_input(&self.layer, on.storage.neurons);
        let mut y = on.on.room(Category::Work, n)?;
        let mut seen = on.training.then(|| on.on.room(Category::Saved, n)).transpose()?;
        let mut steps = Vec::new();
        for t in 0..x.steps() {
            on.on.finite("what recurrent neurons give", &state.given)?;
            let mut input = x.single(self.feedback.weigh(on.on, &state.given)?);
            let own = x.step(on.on, t)?;
            on.on.map(Add, [], [&own.array], [&mut input.array])?;
            let (given, kept) = Neurons::forward_from(&self.layer, on, &input, &mut state.neurons)?;
            if let Some(seen) = &mut seen {
                on.on.copy((&state.given, 0), (seen, t * stride), stride)?;
            }
            on.on.copy((&given, 0), (&mut y, t * stride), stride)?;
            on.on.copy((&given, 0), (&mut state.given, 0), stride)?;
            if let Some(kept) = kept {
                steps.push((kept, reads.then(|| input.array.assigned(Category::Saved))));
            }
        }
        self.last = seen.map(|seen| Last { steps, seen });
        let readout = self.layer.firing::<F>().threshold.to_f64() == f64::INFINITY;
        Ok(x.with(x.features(), y).of_spikes(!readout))
    }

    fn backward(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<Signal<F>, TrainError> {
        let fits = |last: &Last<F>| last.seen.len() == by_y.array.len();
        let last = self.last.take().filter(fits);
        let mut last = last.ok_or(TrainError::NoForward { module: "recurrent" })?;
        let stride = by_y.stride();
        let slots = 1 + self.layer.neuron().hidden().len();
        let mut by_x = on.on.room(Category::Work, by_y.array.len())?;
        let mut by_state = on.on.zeros(Category::Work, slots * stride)?;
        let mut learned = vec![F::default(); self.learned.len()];
        let mut by_fed: Option<Array<F>> = None;
        for (t, (kept, x)) in last.steps.iter_mut().enumerate().rev() {
            let mut by_spikes = by_y.step(on.on, t)?;
            if let Some(by_fed) = by_fed.take() {
                on.on.map(Add, [], [&by_fed], [&mut by_spikes.array])?;
            }
            let x = x.as_ref();
            let (by_input, own) =
                Neurons::backward_from(&self.layer, on, &by_spikes, kept, x, &mut by_state)?;
            learned.iter_mut().zip(own).for_each(|(sum, own)| *sum = *sum + own);
            if t > 0 {
                by_fed = Some(self.feedback.back(on.on, &by_input)?);
            }
            on.on.copy((&by_input, 0), (&mut by_x, t * stride), stride)?;
        }
        for (p, sum) in self.learned.iter_mut().zip(learned) {
            on.on.write(&mut p.gradient, 0, &[sum])?;
        }
        on.on.finite("the derivative by what weights gave", &by_x)?;
        self.feedback.find(on.on, &last.seen, &by_x)?;
        Ok(by_y.with(by_y.features(), by_x))
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        self.learned.iter_mut().chain(self.feedback.parameters()).collect()
    }

    fn lasting(&mut self) -> Vec<(Option<&'static str>, &mut Array<F>)> {
        match &mut self.state {
            Some(State { neurons, given, .. }) => vec![(None, neurons), (None, given)],
            None => Vec::new(),
        }
    }

    fn forget(&mut self) {
        self.last = None;
    }

    fn reset(&mut self) {
        (self.state, self.last) = (None, None);
    }
}
