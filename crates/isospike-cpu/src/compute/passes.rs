//! Passes over layers, from arrays.

use super::memory::{full, full_mut};
use crate::layer::Layers;
use isospike_layer::compute::{Array, ArrayBackward, ArrayForward, Kept};
use isospike_layer::{
    Backward, Forward, Layer, LayerError, Real, Saved, Shape, Spikes, State, Stored,
};

/// A state that lies in an array.
fn state<F: Real>(layer: &Layer, shape: Shape, from: &Array<F>) -> State<F> {
    let mut state = State::zero(layer, shape.batch, shape.neurons);
    let slots = [&mut state.v].into_iter().chain(&mut state.hidden);
    slots.zip(full(from).chunks(shape.width())).for_each(|(to, from)| to.copy_from_slice(from));
    state
}

fn put_state<F: Real>(state: &State<F>, shape: Shape, to: &mut Array<F>) {
    let slots = [&state.v].into_iter().chain(&state.hidden);
    slots
        .zip(full_mut(to).chunks_mut(shape.width()))
        .for_each(|(from, to)| to.copy_from_slice(from));
}

/// Takes the memory of what is kept, for a pass over it.
fn lend<F: Real>(shape: Shape, kept: &mut Kept<F>, complete: bool) -> Saved<F> {
    let states = std::mem::take(full_mut(&mut kept.states));
    let potentials = kept.potentials.as_mut().map(|all| std::mem::take(full_mut(all)));
    Saved::lent(shape, kept.every, states, potentials.unwrap_or_default(), complete)
}

fn give_back<F: Real>(saved: Saved<F>, kept: &mut Kept<F>) {
    *full_mut(&mut kept.states) = saved.states;
    if let (Some(potentials), Stored::Full(all)) = (&mut kept.potentials, saved.potentials) {
        *full_mut(potentials) = all;
    }
}

pub(super) fn forward<F: Real>(
    on: Layers<'_>,
    layer: &Layer,
    mut pass: ArrayForward<'_, F>,
) -> Result<(), LayerError> {
    let shape = pass.shape;
    let mut now = state(layer, shape, pass.state);
    let mut saved = pass.kept.as_mut().map(|kept| lend(shape, kept, false));
    let forward = Forward {
        shape,
        x: Stored::Full(full(pass.x)),
        state: &mut now,
        spikes: pass.spikes.map(|all| Spikes::Values(Stored::Full(&mut full_mut(all)[..]))),
        v: pass.v.map(|all| &mut full_mut(all)[..]),
        saved: saved.as_mut(),
    };
    let done = on.forward(layer, forward);
    if let (Some(kept), Some(saved)) = (pass.kept, saved) {
        give_back(saved, kept);
    }
    put_state(&now, shape, pass.state);
    done
}

pub(super) fn backward<F: Real>(
    on: Layers<'_>,
    layer: &Layer,
    pass: ArrayBackward<'_, F>,
) -> Result<Vec<F>, LayerError> {
    let shape = pass.shape;
    let mut by_state = state(layer, shape, pass.by_state);
    let saved = lend(shape, pass.kept, true);
    let backward = Backward {
        shape,
        saved: &saved,
        x: pass.x.map(|all| Stored::Full(full(all))),
        by_spikes: pass.by_spikes.map(|all| Stored::Full(full(all))),
        by_v: pass.by_v.map(|all| full(all)),
        by_state: &mut by_state,
        by_x: Some(Stored::Full(&mut full_mut(pass.by_x)[..])),
    };
    let learned = on.backward(layer, backward);
    give_back(saved, pass.kept);
    put_state(&by_state, shape, pass.by_state);
    learned
}
