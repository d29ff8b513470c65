//! A pass forwards.

use super::{Bench, carried, countable, of_device, received, sent};
use crate::driver::Driver;
use crate::heap;
use isospike_backend::Result;
use isospike_layer::{Forward, Layer, LayerError, Real, Shape, State, Stored};
use isospike_layer::{beyond, encode_beside};

pub(super) fn run<F: Real, D: Driver>(
    driver: &D,
    layer: &Layer,
    mut pass: Forward<'_, F>,
) -> std::result::Result<(), LayerError> {
    pass.check(layer)?;
    let shape = pass.shape;
    countable(shape, 1 + layer.neuron().hidden().len())?;
    if let Some(saved) = &mut pass.saved {
        saved.complete = shape.count() == 0;
    }
    if shape.count() == 0 {
        return Ok(());
    }
    let made = on_device(driver, layer, &mut pass).map_err(of_device)?;
    for t in 0..shape.steps {
        let row = t * shape.width()..(t + 1) * shape.width();
        if let Some(found) = made.found.as_ref().filter(|f| f.step == t) {
            return Err(found.error(carried(layer)[found.which], shape));
        }
        if let Some(spikes) = &mut pass.spikes {
            spikes.store(t, shape, &made.spikes[row.clone()]);
        }
        let Some(saved) = &mut pass.saved else { continue };
        if saved.every < shape.steps {
            continue;
        }
        match &mut saved.potentials {
            Stored::Full(all) if all.is_empty() => {}
            Stored::Full(all) => all[row.clone()].copy_from_slice(&made.potentials[row]),
            Stored::Half(format, all) => {
                let (h, bits) = (&made.potentials[row.clone()], &mut all[row]);
                encode_beside(*format, layer.firing::<F>().threshold, h, bits);
                if let Some((column, value)) = beyond(*format, h, bits) {
                    return Err(LayerError::overflow("h", *format, t, column, value, shape));
                }
            }
        }
    }
    if let Some(saved) = &mut pass.saved {
        saved.complete = true;
    }
    Ok(())
}

/// What the device has made beside states.
struct Made<F> {
    spikes: Vec<F>,
    potentials: Vec<F>,
    found: Option<super::Found>,
}

fn on_device<F: Real, D: Driver>(
    driver: &D,
    layer: &Layer,
    pass: &mut Forward<'_, F>,
) -> Result<Made<F>> {
    let (shape, width) = (pass.shape, pass.shape.width());
    let bench = Bench::new::<F>(driver, layer, shape)?;
    let x = sent_values(driver, pass.x, shape)?;
    let state = bench.rows::<F>(1 + bench.hidden)?;
    write_state(driver, &state, pass.state)?;
    let keeps = pass.saved.as_ref().is_some_and(|saved| !saved.recomputes());
    let rows = |wanted: bool| wanted.then(|| bench.rows::<F>(shape.steps)).transpose();
    let spikes = rows(pass.spikes.is_some())?;
    let after = rows(pass.v.is_some())?;
    let potentials = rows(keeps)?;
    let every = pass.saved.as_ref().map_or(shape.steps, |saved| saved.every);
    for from in (0..shape.steps).step_by(every) {
        if let Some(saved) = &mut pass.saved {
            let n = (1 + bench.hidden) * width;
            let kept = &mut saved.states[from / every * n..][..n];
            heap::read_to(driver, Some(&state), 0, kept)?;
        }
        let steps = from..shape.steps.min(from + every);
        let [spikes, after, potentials] = [&spikes, &after, &potentials].map(Option::as_ref);
        let buffers = [Some(&x), Some(&state), spikes, after, potentials];
        bench.forward(steps, &buffers, 0)?;
    }
    read_state(driver, &state, pass.state)?;
    if let (Some(v), Some(after)) = (&mut pass.v, &after) {
        heap::read_to(driver, Some(after), 0, v)?;
    }
    let all = |buffer: Option<D::Buffer>| match &buffer {
        Some(buffer) => received(driver, buffer, shape.count()),
        None => Ok(Vec::new()),
    };
    Ok(Made {
        spikes: all(spikes)?,
        potentials: all(potentials)?,
        found: bench.found::<F>(1 + bench.hidden)?,
    })
}

/// Numbers of a pass on the device, in full width.
pub(super) fn sent_values<F: Real, D: Driver>(
    driver: &D,
    all: isospike_layer::Values<'_, F>,
    shape: Shape,
) -> Result<D::Buffer> {
    let mut buffer = match all {
        Stored::Full(_) => Vec::new(),
        Stored::Half(..) => vec![F::default(); shape.count()],
    };
    sent(driver, all.read(0..shape.count(), &mut buffer))
}

/// Puts a state on the device: potentials, then hidden values.
pub(super) fn write_state<F: Real, D: Driver>(
    driver: &D,
    to: &D::Buffer,
    state: &State<F>,
) -> Result<()> {
    let rows = [&state.v].into_iter().chain(&state.hidden).enumerate();
    rows.into_iter()
        .try_for_each(|(k, row)| heap::write(driver, Some(to), (k * row.len()) as u64, row))
}

/// Reads a state back.
pub(super) fn read_state<F: Real, D: Driver>(
    driver: &D,
    from: &D::Buffer,
    state: &mut State<F>,
) -> Result<()> {
    let rows = [&mut state.v].into_iter().chain(&mut state.hidden).enumerate();
    rows.into_iter()
        .try_for_each(|(k, row)| heap::read_to(driver, Some(from), (k * row.len()) as u64, row))
}
