//! Trainable layers, one neuron and one step at a time: the graphs, interpreted.

use isospike_layer::{
    Backward, Firing, Forward, Layer, LayerError, Passes, Real, Shape, Slopes, Spikes, State,
    Stored, beyond, encode_beside, tree,
};
use isospike_model::Slots;
use isospike_trace::{Evaluator, Graph, Scalar};
use std::collections::BTreeMap;

/// Runs passes.
pub(super) struct PlainLayers;

impl Passes for PlainLayers {
    fn forward_f32(&self, layer: &Layer, pass: Forward<'_, f32>) -> Result<(), LayerError> {
        forward(layer, pass)
    }
    fn forward_f64(&self, layer: &Layer, pass: Forward<'_, f64>) -> Result<(), LayerError> {
        forward(layer, pass)
    }
    fn backward_f32(&self, layer: &Layer, pass: Backward<'_, f32>) -> Result<Vec<f32>, LayerError> {
        backward(layer, pass)
    }
    fn backward_f64(&self, layer: &Layer, pass: Backward<'_, f64>) -> Result<Vec<f64>, LayerError> {
        backward(layer, pass)
    }
}

/// A graph whose arguments and outputs are called by their names.
struct Function {
    evaluator: Evaluator,
    args: BTreeMap<String, usize>,
    outputs: BTreeMap<String, usize>,
}

impl Function {
    /// With the layer's constants and rule in place.
    fn new<F: Real + Scalar>(graph: &Graph, layer: &Layer) -> Function {
        let args = graph.args().iter().enumerate().map(|(i, a)| (a.name.clone(), i)).collect();
        let outputs = graph.outputs().iter().enumerate();
        let outputs = outputs.map(|(i, o)| (o.name.clone(), i)).collect();
        let mut function = Function { evaluator: Evaluator::new(graph), args, outputs };
        for (slot, x) in layer.neuron().consts().iter().zip(layer.consts::<F>()) {
            function.set(&format!("const.{}", slot.name), x);
        }
        let info = <Firing<F> as Slots<F>>::INFO;
        layer.firing::<F>().for_each(|k, x| function.set(&format!("rule.{}", info[k].name), x));
        function
    }
    /// Does nothing if there is no such argument.
    fn set<T: Scalar>(&mut self, name: &str, x: T) {
        if let Some(&arg) = self.args.get(name) {
            self.evaluator.set(arg, x);
        }
    }
    fn get<T: Scalar>(&self, name: &str) -> T {
        self.evaluator.get(self.outputs[name])
    }
}

/// `kind.NAME` of the slots of a neuron.
fn names(kind: &str, slots: &[isospike_model::SlotInfo]) -> Vec<String> {
    slots.iter().map(|slot| format!("{kind}.{}", slot.name)).collect()
}

fn wild<F: Real>(
    field: &'static str,
    x: F,
    step: usize,
    column: usize,
    shape: Shape,
) -> Result<(), LayerError> {
    if x.is_finite() {
        return Ok(());
    }
    Err(LayerError::not_finite(field, step, column, x.to_f64(), shape))
}

/// Rounded numbers of a step that are too large for their format.
fn overflow<F: Real>(
    field: &'static str,
    format: isospike_lane::Half,
    step: usize,
    row: &[F],
    bits: &[u16],
    shape: Shape,
) -> Result<(), LayerError> {
    match beyond(format, row, bits) {
        None => Ok(()),
        Some((column, value)) => {
            Err(LayerError::overflow(field, format, step, column, value, shape))
        }
    }
}

/// A step of all neurons, forwards.
struct Charge {
    step: Function,
    hidden: Vec<String>,
}

impl Charge {
    fn new<F: Real + Scalar>(layer: &Layer) -> Charge {
        let step = Function::new::<F>(&F::rows(layer.neuron()).forward_graph(), layer);
        Charge { step, hidden: names("hidden", layer.neuron().hidden()) }
    }

    /// Potentials before the reset, and spikes.
    fn row<F: Real + Scalar>(
        &mut self,
        layer: &Layer,
        x: &[F],
        state: &mut State<F>,
        (t, shape): (usize, Shape),
    ) -> Result<(Vec<F>, Vec<F>), LayerError> {
        let (mut potentials, mut spikes) = (Vec::new(), Vec::new());
        for (i, &x) in x.iter().enumerate() {
            self.step.set("x", x);
            self.step.set("v", state.v[i]);
            for (name, hidden) in self.hidden.iter().zip(&state.hidden) {
                self.step.set(name, hidden[i]);
            }
            self.step.evaluator.run();
            potentials.push(self.step.get::<F>("h"));
            spikes.push(F::from_f64(f64::from(u8::from(self.step.get::<bool>("spike")))));
            state.v[i] = self.step.get("v");
            for (name, hidden) in self.hidden.iter().zip(&mut state.hidden) {
                hidden[i] = self.step.get(name);
            }
        }
        for (i, &h) in potentials.iter().enumerate() {
            wild("h", h, t, i, shape)?;
        }
        for (slot, hidden) in layer.neuron().hidden().iter().zip(&state.hidden) {
            for (i, &x) in hidden.iter().enumerate() {
                wild(slot.name, x, t, i, shape)?;
            }
        }
        Ok((potentials, spikes))
    }
}

fn forward<F: Real + Scalar>(layer: &Layer, mut pass: Forward<'_, F>) -> Result<(), LayerError> {
    pass.check(layer)?;
    let (shape, width) = (pass.shape, pass.shape.width());
    if let Some(saved) = &mut pass.saved {
        saved.complete = false;
    }
    let mut charge = Charge::new::<F>(layer);
    let mut buffer = vec![F::default(); width];
    for t in 0..shape.steps {
        let row = t * width..(t + 1) * width;
        if let Some(saved) = pass.saved.as_mut().filter(|saved| t % saved.every == 0) {
            let slots = [&pass.state.v].into_iter().chain(&pass.state.hidden);
            let first = t / saved.every * (1 + pass.state.hidden.len()) * width;
            for (kept, now) in saved.states[first..].chunks_mut(width.max(1)).zip(slots) {
                kept.copy_from_slice(now);
            }
        }
        let x = pass.x.read(row.clone(), &mut buffer);
        let (potentials, spikes) = charge.row(layer, x, pass.state, (t, shape))?;
        if let Some(v) = &mut pass.v {
            v[row.clone()].copy_from_slice(&pass.state.v);
        }
        if let Some(to) = &mut pass.spikes {
            Spikes::store(to, t, shape, &spikes);
        }
        match pass.saved.as_mut().map(|saved| &mut saved.potentials) {
            Some(Stored::Full(all)) if !all.is_empty() => all[row].copy_from_slice(&potentials),
            Some(Stored::Half(format, all)) => {
                let threshold = layer.firing::<F>().threshold;
                encode_beside(*format, threshold, &potentials, &mut all[row.clone()]);
                overflow("h", *format, t, &potentials, &all[row], shape)?;
            }
            _ => {}
        }
    }
    if let Some(saved) = &mut pass.saved {
        saved.complete = true;
    }
    Ok(())
}

fn backward<F: Real + Scalar>(
    layer: &Layer,
    mut pass: Backward<'_, F>,
) -> Result<Vec<F>, LayerError> {
    pass.check(layer)?;
    let (shape, width, saved) = (pass.shape, pass.shape.width(), pass.saved);
    let neuron = layer.neuron();
    let mut step = Function::new::<F>(&F::rows(neuron).backward_graph(), layer);
    let slope = Slopes::<F>::slope_graph(F::slopes(layer.slope()));
    let mut slope = Function::new::<F>(&slope, layer);
    let (hidden, learned) = (names("hidden", neuron.hidden()), names("learned", neuron.learned()));
    let mut sums = vec![vec![F::default(); width]; learned.len()];
    let zeros = vec![F::default(); width];
    let [mut of_x, mut of_spikes, mut of_h, mut of_before] = [(); 4].map(|()| zeros.clone());
    for from in (0..shape.steps).step_by(saved.every).rev() {
        let end = shape.steps.min(from + saved.every);
        let kept = &saved.states[from / saved.every * (1 + hidden.len()) * width..];
        let mut segment = Vec::new();
        if saved.recomputes() {
            let mut state = State::zero(layer, shape.batch, shape.neurons);
            let slots = [&mut state.v].into_iter().chain(&mut state.hidden);
            for (now, kept) in slots.zip(kept.chunks(width.max(1))) {
                now.copy_from_slice(kept);
            }
            let mut charge = Charge::new::<F>(layer);
            for t in from..end {
                let x = pass.x.expect("checked").read(t * width..(t + 1) * width, &mut of_x);
                segment.push(charge.row(layer, x, &mut state, (t, shape))?.0);
            }
        }
        for t in (from..end).rev() {
            let row = t * width..(t + 1) * width;
            let potentials = saved.potentials.values();
            let h = match segment.get(t - from) {
                Some(h) => &h[..],
                None => potentials.read(row.clone(), &mut of_h),
            };
            let before = match (t == from, segment.get((t - from).wrapping_sub(1))) {
                (true, _) => &kept[..width],
                (false, Some(h)) => &h[..],
                (false, None) => potentials.read((t - 1) * width..t * width, &mut of_before),
            };
            let x = pass.x.map_or(&zeros[..], |all| all.read(row.clone(), &mut of_x));
            let by_spikes =
                pass.by_spikes.map_or(&zeros[..], |all| all.read(row.clone(), &mut of_spikes));
            let by_v = pass.by_v.map_or(&zeros[..], |all| &all[row.clone()]);
            let mut by_x = Vec::new();
            for i in 0..width {
                slope.set("h", h[i]);
                slope.evaluator.run();
                step.set("slope", slope.get::<F>("slope"));
                step.set("settled", t == from);
                for (name, x) in [
                    ("h", h[i]),
                    ("before", before[i]),
                    ("x", x[i]),
                    ("by.spike", by_spikes[i]),
                    ("by.v", by_v[i]),
                    ("carry", pass.by_state.v[i]),
                ] {
                    step.set(name, x);
                }
                let slots = [&mut pass.by_state.hidden, &mut sums];
                for (names, slots) in [&hidden, &learned].into_iter().zip(&slots) {
                    for (name, slot) in names.iter().zip(slots.iter()) {
                        step.set(name, slot[i]);
                    }
                }
                step.evaluator.run();
                by_x.push(step.get::<F>("x"));
                pass.by_state.v[i] = step.get("carry");
                for (names, slots) in [&hidden, &learned].into_iter().zip(slots) {
                    for (name, slot) in names.iter().zip(slots.iter_mut()) {
                        slot[i] = step.get(name);
                    }
                }
            }
            for (field, all) in
                [("the derivative by x", &by_x), ("the derivative by v", &pass.by_state.v)]
            {
                for (i, &x) in all.iter().enumerate() {
                    wild(field, x, t, i, shape)?;
                }
            }
            match &mut pass.by_x {
                None => {}
                Some(Stored::Full(all)) => all[row].copy_from_slice(&by_x),
                Some(Stored::Half(format, all)) => {
                    F::encode(*format, &by_x, &mut all[row.clone()]);
                    overflow("the derivative by x", *format, t, &by_x, &all[row], shape)?;
                }
            }
        }
    }
    let sums: Vec<F> = sums.iter().map(|all| tree::pairs(tree::blocks(all).collect())).collect();
    layer.learn(&sums)
}
