//! A pass backwards.

use super::forward::{read_state, sent_values, write_state};
use super::{Bench, DERIVATIVES, Found, countable, of_device, received, sent};
use crate::driver::Driver;
use crate::heap;
use isospike_backend::Result;
use isospike_layer::{Backward, Layer, LayerError, Real, Stored, beyond, tree};

pub(super) fn run<F: Real, D: Driver>(
    driver: &D,
    layer: &Layer,
    mut pass: Backward<'_, F>,
) -> std::result::Result<Vec<F>, LayerError> {
    pass.check(layer)?;
    let (shape, width) = (pass.shape, pass.shape.width());
    countable(shape, DERIVATIVES.len().max(1 + layer.neuron().hidden().len()))?;
    let learned = layer.neuron().learned().len();
    let made = match shape.count() {
        0 => Made { by_x: Vec::new(), learned: Vec::new(), found: None },
        _ => on_device(driver, layer, &mut pass).map_err(of_device)?,
    };
    for t in (0..shape.steps).rev().filter(|_| width > 0) {
        let row = t * width..(t + 1) * width;
        if let Some(found) = made.found.as_ref().filter(|f| f.step == t) {
            return Err(found.error(DERIVATIVES[found.which], shape));
        }
        match &mut pass.by_x {
            None => {}
            Some(Stored::Full(all)) => all[row.clone()].copy_from_slice(&made.by_x[row]),
            Some(Stored::Half(format, all)) => {
                let (by_x, bits) = (&made.by_x[row.clone()], &mut all[row]);
                F::encode(*format, by_x, bits);
                if let Some((column, value)) = beyond(*format, by_x, bits) {
                    let field = "the derivative by x";
                    return Err(LayerError::overflow(field, *format, t, column, value, shape));
                }
            }
        }
    }
    let sum = |k: usize| match made.learned.is_empty() {
        true => F::default(),
        false => tree::pairs(tree::blocks(&made.learned[k * width..(k + 1) * width]).collect()),
    };
    let sums: Vec<F> = (0..learned).map(sum).collect();
    layer.learn(&sums)
}

/// What the device has made beside the derivative by the state.
struct Made<F> {
    by_x: Vec<F>,
    /// Sums over steps, `[parameter][neuron]`.
    learned: Vec<F>,
    found: Option<Found>,
}

fn on_device<F: Real, D: Driver>(
    driver: &D,
    layer: &Layer,
    pass: &mut Backward<'_, F>,
) -> Result<Made<F>> {
    let (shape, saved) = (pass.shape, pass.saved);
    let bench = Bench::new::<F>(driver, layer, shape)?;
    let values = |all: Option<isospike_layer::Values<'_, F>>| {
        all.map(|all| sent_values(driver, all, shape)).transpose()
    };
    let recomputes = saved.recomputes();
    let x = values(pass.x.filter(|_| recomputes || layer.neuron().reads_input()))?;
    let by_spikes = values(pass.by_spikes)?;
    let by_v = pass.by_v.map(|all| sent(driver, all)).transpose()?;
    let potentials = match recomputes {
        true => bench.rows::<F>(shape.steps)?,
        false => sent_values(driver, saved.potentials.values(), shape)?,
    };
    let slots = 1 + bench.hidden;
    let (kept, state) = (bench.rows::<F>(slots)?, bench.rows::<F>(slots)?);
    let carried = bench.rows::<F>(slots)?;
    write_state(driver, &carried, pass.by_state)?;
    let learned = bench.rows::<F>(bench.learned)?;
    let by_x = bench.rows::<F>(shape.steps)?;
    for from in (0..shape.steps).step_by(saved.every).rev() {
        let steps = from..shape.steps.min(from + saved.every);
        let n = slots * bench.width;
        let states = &saved.states[from / saved.every * n..][..n];
        heap::write(driver, Some(&kept), 0, states)?;
        if recomputes {
            heap::write(driver, Some(&state), 0, states)?;
            let buffers = [x.as_ref(), Some(&state), None, None, Some(&potentials)];
            bench.forward(steps.clone(), &buffers, 1)?;
        }
        let [x, by_spikes, by_v] = [&x, &by_spikes, &by_v].map(Option::as_ref);
        let given = [Some(&potentials), Some(&kept), x, by_spikes, by_v];
        let made = [Some(&carried), Some(&learned), Some(&by_x)];
        bench.backward(steps, &[&given[..], &made[..]].concat(), shape.steps)?;
    }
    read_state(driver, &carried, pass.by_state)?;
    let found = bench.found::<F>(DERIVATIVES.len())?;
    Ok(Made {
        by_x: received(driver, &by_x, shape.count())?,
        learned: received(driver, &learned, bench.learned * bench.width)?,
        found: found.map(|found| Found { step: shape.steps - 1 - found.step, ..found }),
    })
}
