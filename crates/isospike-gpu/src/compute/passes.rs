//! Passes over layers whose arrays are on the device.

use super::checks::Check;
use super::{GpuCompute, buffer};
use crate::driver::Driver;
use crate::heap;
use crate::layer::{DERIVATIVES, Stepper, Steps, constants, countable, of_device};
use isospike_backend::Result;
use isospike_layer::compute::{ArrayBackward, ArrayForward};
use isospike_layer::{Layer, LayerError, Real, Slopes};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Layers that are known by their kernels and constants.
const KNOWN: usize = 64;

/// Layers so far, by what makes them what they are.
pub(super) struct Steppers<D: Driver>(Mutex<HashMap<Key, Arc<Stepper<D>>>>);

/// Hashes of the graphs, and the bits of the constants.
type Key = ([u128; 3], Vec<u64>);

impl<D: Driver> Default for Steppers<D> {
    fn default() -> Self {
        Steppers(Mutex::default())
    }
}

impl<D: Driver> Steppers<D> {
    fn of<F: Real>(&self, driver: &D, layer: &Layer) -> Result<Arc<Stepper<D>>> {
        // names may be those of other neurons and surrogates, graphs are what they are
        let rows = F::rows(layer.neuron());
        let slope = Slopes::<F>::slope_graph(F::slopes(layer.slope()));
        let graphs = [rows.forward_graph(), rows.backward_graph(), slope];
        let graphs = graphs.map(|graph| graph.content_hash());
        let consts = constants::<F>(layer);
        let key = (graphs, consts.iter().map(|x| x.to_f64().to_bits()).collect());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stepper) = all.get(&key) {
            return Ok(stepper.clone());
        }
        if all.len() == KNOWN {
            all.clear();
        }
        let stepper = Arc::new(Stepper::new::<F>(driver, layer)?);
        all.insert(key, stepper.clone());
        Ok(stepper)
    }
}

impl<F: Real, D: Driver + 'static> GpuCompute<F, D> {
    pub(super) fn layer_forward(
        &self,
        layer: &Layer,
        pass: ArrayForward<'_, F>,
    ) -> std::result::Result<(), LayerError> {
        countable(pass.shape, 1 + layer.neuron().hidden().len())?;
        self.ahead(layer, &pass).map_err(of_device)
    }

    fn ahead(&self, layer: &Layer, pass: &ArrayForward<'_, F>) -> Result<()> {
        let (shape, width) = (pass.shape, pass.shape.width());
        let stepper = self.steppers.of::<F>(&self.driver, layer)?;
        let (kept, state) = (pass.kept.as_deref(), buffer::<F, D>(pass.state));
        let every = kept.map_or(shape.steps, |kept| kept.every);
        let potentials = kept.and_then(|kept| kept.potentials.as_ref());
        let arrays = [pass.spikes.as_deref(), pass.v.as_deref(), potentials];
        let [spikes, v, potentials] = arrays.map(|array| array.map(buffer::<F, D>));
        let buffers = [Some(buffer::<F, D>(pass.x)), Some(state), spikes, v, potentials];
        for from in (0..shape.steps).step_by(every) {
            if let Some(kept) = kept {
                let n = (1 + stepper.hidden) * width;
                let to = (buffer::<F, D>(&kept.states), from / every * n);
                self.copied((state, 0), to, n)?;
            }
            let steps = from..shape.steps.min(from + every);
            let over = Steps { width, steps, base: 0, buffers: &buffers };
            self.checks.with(Check::forward(shape, layer), width, |notes| {
                stepper.forward(&self.driver, &over, notes)
            })?;
        }
        Ok(())
    }

    pub(super) fn layer_backward(
        &self,
        layer: &Layer,
        pass: ArrayBackward<'_, F>,
    ) -> std::result::Result<Vec<F>, LayerError> {
        countable(pass.shape, DERIVATIVES.len().max(1 + layer.neuron().hidden().len()))?;
        let sums = self.back(layer, &pass).map_err(of_device)?;
        layer.learn(&sums)
    }

    /// Goes back; sums of what is learned, over neurons and steps.
    fn back(&self, layer: &Layer, pass: &ArrayBackward<'_, F>) -> Result<Vec<F>> {
        let (shape, width) = (pass.shape, pass.shape.width());
        let stepper = self.steppers.of::<F>(&self.driver, layer)?;
        let n = (1 + stepper.hidden) * width;
        let every = pass.kept.every;
        let states = buffer::<F, D>(&pass.kept.states);
        let learned = self.work(stepper.learned.max(1) * width)?;
        let bytes = stepper.learned * width * size_of::<F>();
        heap::clear(&*self.driver, Some(learned.buffer()), bytes as u64)?;
        let again = match &pass.kept.potentials {
            Some(_) => None,
            None => Some(self.work(every.min(shape.steps) * width)?),
        };
        let (kept, state) = (self.work(n)?, self.work(n)?);
        let arrays = [pass.x, pass.by_spikes, pass.by_v];
        let [x, by_spikes, by_v] = arrays.map(|array| array.map(buffer::<F, D>));
        for from in (0..shape.steps).step_by(every).rev() {
            let steps = from..shape.steps.min(from + every);
            self.copied((states, from / every * n), (kept.buffer(), 0), n)?;
            let (potentials, base) = match (&pass.kept.potentials, &again) {
                (Some(all), _) => (buffer::<F, D>(all), 0),
                (None, Some(again)) => {
                    self.copied((kept.buffer(), 0), (state.buffer(), 0), n)?;
                    let buffers = [x, Some(state.buffer()), None, None, Some(again.buffer())];
                    let over = Steps { width, steps: steps.clone(), base: from, buffers: &buffers };
                    self.checks.with(Check::forward(shape, layer), width, |notes| {
                        stepper.forward(&self.driver, &over, notes)
                    })?;
                    (again.buffer(), from)
                }
                (None, None) => unreachable!("one of them is there"),
            };
            let buffers = [
                Some(potentials),
                Some(kept.buffer()),
                x,
                by_spikes,
                by_v,
                Some(buffer::<F, D>(pass.by_state)),
                Some(learned.buffer()),
                Some(buffer::<F, D>(pass.by_x)),
            ];
            let over = Steps { width, steps, base, buffers: &buffers };
            self.checks.with(Check::Backward { shape }, width, |notes| {
                stepper.backward(&self.driver, &over, shape.steps, notes)
            })?;
        }
        let (row, sum) = (self.work(width)?, self.work(1)?);
        (0..stepper.learned)
            .map(|k| {
                self.copied((learned.buffer(), k * width), (row.buffer(), 0), width)?;
                self.sums(row.buffer(), width, 1, sum.buffer())?;
                Ok(heap::read(&*self.driver, Some(sum.buffer()), 0, 1)?[0])
            })
            .collect()
    }
}
