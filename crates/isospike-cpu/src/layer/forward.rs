//! The loop over time, forwards.

use super::Layers;
use super::pieces::{self, PIECE, Rows, SpikeRows, StoredRows, Trouble, What, place, reach, wild};
use isospike_lane::Stream;
use isospike_layer::{
    Firing, Forward, ForwardRow, Layer, LayerError, Real, Shape, Stored, Values, beyond,
    encode_beside, spike_bits, spike_bytes,
};

pub(super) fn run<F: Real>(
    on: Layers<'_>,
    layer: &Layer,
    pass: Forward<'_, F>,
) -> Result<(), LayerError> {
    pass.check(layer)?;
    let Forward { shape, x, state, spikes, v, saved } = pass;
    let width = shape.width();
    let mut spikes = pieces::spikes(spikes, width);
    let mut v = pieces::full(v, width);
    let every = saved.as_ref().map_or(shape.steps, |saved| saved.every);
    let (states, potentials, complete) = match saved {
        None => (None, None, None),
        Some(saved) => {
            saved.complete = false;
            let potentials = saved.potentials.values_mut();
            (Some(&mut saved.states[..]), Some(potentials), Some(&mut saved.complete))
        }
    };
    let mut states = pieces::full(states, width);
    let mut potentials = pieces::stored(potentials, width);
    let pieces = pieces::state(state).into_iter().enumerate();
    let pieces = pieces.map(|(i, state)| Piece {
        first: i * PIECE,
        state,
        spikes: spikes.next(),
        v: v.next(),
        states: states.next(),
        potentials: potentials.next(),
    });
    let (consts, firing) = (layer.consts::<F>(), layer.firing::<F>());
    let run = Run { on, layer, consts: &consts, firing: &firing, shape, x, every };
    let work = |scratch: &mut Scratch<F>, piece: Piece<'_, F>| {
        reach::<F, _>(shape.count(), |far| run.piece(scratch, piece, far))
    };
    let found = on.each(pieces.collect(), || Scratch::new(width), work);
    if let Some(trouble) = found.into_iter().flatten().min_by_key(|t| (t.step, t.column)) {
        return Err(trouble.error(shape));
    }
    if let Some(complete) = complete {
        *complete = true;
    }
    Ok(())
}

/// What all pieces share.
struct Run<'a, F> {
    on: Layers<'a>,
    layer: &'a Layer,
    consts: &'a [F],
    firing: &'a Firing<F>,
    shape: Shape,
    x: Values<'a, F>,
    every: usize,
}

/// Neurons side by side, with their columns of every array.
struct Piece<'a, F> {
    first: usize,
    /// The potentials, then the hidden values.
    state: Rows<'a, F>,
    spikes: Option<SpikeRows<'a, F>>,
    v: Option<Rows<'a, F>>,
    states: Option<Rows<'a, F>>,
    potentials: Option<StoredRows<'a, F>>,
}

/// Rows of a piece that are not kept, or not in full width.
struct Scratch<F> {
    x: Vec<F>,
    h: Vec<F>,
    spikes: Vec<F>,
}

impl<F: Real> Scratch<F> {
    fn new(width: usize) -> Self {
        let row = || vec![F::default(); width.min(PIECE)];
        Scratch { x: row(), h: row(), spikes: row() }
    }
}

impl<F: Real> Run<'_, F> {
    /// Takes a piece through all steps.
    fn piece(
        &self,
        scratch: &mut Scratch<F>,
        mut piece: Piece<'_, F>,
        far: Option<Stream>,
    ) -> Option<Trouble> {
        let rows = F::rows(self.layer.neuron());
        let n = piece.state[0].len();
        for t in 0..self.shape.steps {
            if let Some(states) = piece.states.as_mut().filter(|_| t % self.every == 0) {
                let kept = &mut states[t / self.every * piece.state.len()..];
                for (kept, now) in kept.iter_mut().zip(&piece.state) {
                    kept.copy_from_slice(now);
                }
            }
            let from = t * self.shape.width() + piece.first;
            let x = self.x.read(from..from + n, &mut scratch.x);
            let h = place(piece.potentials.as_mut(), t, &mut scratch.h[..n], far);
            let kept = match &mut piece.spikes {
                Some(SpikeRows::Values(rows)) => Some(rows),
                _ => None,
            };
            let spikes = place(kept, t, &mut scratch.spikes[..n], far);
            let [v, hidden @ ..] = &mut piece.state[..] else { unreachable!("v is there") };
            let last = t + 1 == self.shape.steps;
            let next = if last { piece.first + PIECE } else { from + self.shape.width() };
            let ahead = far.and_then(|_| self.x.full(next..next + n)).unwrap_or_default();
            let row = ForwardRow { x, v, hidden, h, spikes, ahead };
            if !rows.forward(self.on.isa, self.consts, self.firing, row) {
                far.inspect(|far| far.fence());
                let h = place(piece.potentials.as_mut(), t, &mut scratch.h[..n], None);
                let found =
                    [("h", h.row())].into_iter().chain(hidden_rows(self.layer, &piece.state));
                return first_wild(found, t, piece.first);
            }
            if let Some(rows) = &mut piece.v {
                rows[t].copy_from_slice(piece.state[0]);
            }
            if let Some(rows) = &mut piece.spikes {
                rows.store(t, &scratch.spikes[..n]);
            }
            if let Some(Stored::Half(format, rows)) = &mut piece.potentials {
                let h = &scratch.h[..n];
                encode_beside(*format, self.firing.threshold, h, rows[t]);
                if let Some((i, value)) = beyond(*format, h, rows[t]) {
                    let what = What::Beyond("h", *format);
                    return Some(Trouble { step: t, column: piece.first + i, what, value });
                }
            }
        }
        None
    }
}

/// Hidden values with their names.
fn hidden_rows<'a, F>(
    layer: &Layer,
    state: &'a [&mut [F]],
) -> impl Iterator<Item = (&'static str, &'a [F])> {
    let names = layer.neuron().hidden().iter().map(|slot| slot.name);
    names.zip(state[1..].iter().map(|row| &**row))
}

/// The first of named rows of a step with something in it that is not finite.
fn first_wild<'a, F: Real>(
    mut rows: impl Iterator<Item = (&'static str, &'a [F])>,
    step: usize,
    first: usize,
) -> Option<Trouble> {
    let (field, (i, value)) = rows.find_map(|(field, row)| Some((field, wild(row)?)))?;
    Some(Trouble { step, column: first + i, what: What::Wild(field), value })
}

impl<F: Real> SpikeRows<'_, F> {
    /// Stores a row that was not computed in its place.
    fn store(&mut self, t: usize, spikes: &[F]) {
        match self {
            SpikeRows::Values(Stored::Full(_)) => {}
            SpikeRows::Values(Stored::Half(format, rows)) => F::encode(*format, spikes, rows[t]),
            SpikeRows::Bytes(rows) => spike_bytes(spikes, rows[t]),
            SpikeRows::Bits(rows) => spike_bits(spikes, rows[t]),
        }
    }
}
