//! The loop over time, backwards.
//!
//! Kept states cut the steps into segments, taken from the last to the first. Within one,
//! potentials are read, or computed again from the state it begins with.

use super::Layers;
use super::pieces::{self, PIECE, Rows, StoredRows, Trouble, What, place, reach, wild};
use isospike_lane::Stream;
use isospike_layer::{
    Backward, BackwardRow, Firing, ForwardRow, Layer, LayerError, Out, Real, Saved, Shape, Stored,
    Values, beyond, tree,
};
use std::ops::Range;

pub(super) fn run<F: Real>(
    on: Layers<'_>,
    layer: &Layer,
    pass: Backward<'_, F>,
) -> Result<Vec<F>, LayerError> {
    pass.check(layer)?;
    let Backward { shape, saved, x, by_spikes, by_v, by_state, by_x } = pass;
    let mut by_x = pieces::stored(by_x, shape.width());
    let pieces = pieces::state(by_state).into_iter().enumerate();
    let pieces =
        pieces.map(|(i, by_state)| Piece { first: i * PIECE, by_state, by_x: by_x.next() });
    let (consts, firing) = (layer.consts::<F>(), layer.firing::<F>());
    let x = x.filter(|_| saved.recomputes() || layer.neuron().reads_input());
    let run = Run { on, layer, consts: &consts, firing: &firing, shape, saved, x, by_spikes, by_v };
    let work = |scratch: &mut Scratch<F>, piece: Piece<'_, F>| {
        reach::<F, _>(shape.count(), |far| run.piece(scratch, piece, far))
    };
    let found = on.each(pieces.collect(), || Scratch::new(layer, saved, shape.width()), work);
    let mut sums = vec![Vec::new(); layer.neuron().learned().len()];
    let mut first: Option<Trouble> = None;
    for found in found {
        match found {
            Ok(blocks) => sums.iter_mut().zip(blocks).for_each(|(all, some)| all.extend(some)),
            // backwards, the first step to go wrong is the latest
            Err(new) => {
                let earlier = first.as_ref().is_some_and(|old| old.step >= new.step);
                first = if earlier { first } else { Some(new) };
            }
        }
    }
    if let Some(trouble) = first {
        return Err(trouble.error(shape));
    }
    let sums: Vec<F> = sums.into_iter().map(tree::pairs).collect();
    layer.learn(&sums)
}

/// What all pieces share.
struct Run<'a, F> {
    on: Layers<'a>,
    layer: &'a Layer,
    consts: &'a [F],
    firing: &'a Firing<F>,
    shape: Shape,
    saved: &'a Saved<F>,
    /// Inputs, if something needs them.
    x: Option<Values<'a, F>>,
    by_spikes: Option<Values<'a, F>>,
    by_v: Option<&'a [F]>,
}

/// Neurons side by side, with their columns of what is written.
struct Piece<'a, F> {
    first: usize,
    /// Derivatives by the potentials, then by the hidden values.
    by_state: Rows<'a, F>,
    by_x: Option<StoredRows<'a, F>>,
}

/// Rows of a piece that are decoded, computed again, or not asked for.
struct Scratch<F> {
    zero: Vec<F>,
    x: Vec<F>,
    h: Vec<F>,
    before: Vec<F>,
    slope: Vec<F>,
    by_spikes: Vec<F>,
    by_x: Vec<F>,
    /// One array per learned parameter.
    learned: Vec<Vec<F>>,
    /// Potentials of a segment, `[step][neuron]`.
    segment: Vec<F>,
    /// The state while a segment is computed again, `[slot][neuron]`.
    state: Vec<F>,
}

impl<F: Real> Scratch<F> {
    fn new(layer: &Layer, saved: &Saved<F>, width: usize) -> Self {
        let row = |n: usize| vec![F::default(); n * width.min(PIECE)];
        let again = usize::from(saved.recomputes());
        Scratch {
            zero: row(1),
            x: row(1),
            h: row(1),
            before: row(1),
            slope: row(1),
            by_spikes: row(1),
            by_x: row(1),
            learned: vec![row(1); layer.neuron().learned().len()],
            segment: row(again * saved.every),
            state: row(again * (1 + layer.neuron().hidden().len())),
        }
    }
}

/// For each learned parameter its sums over the blocks of a piece.
type Blocks<F> = Vec<Vec<F>>;

impl<F: Real> Run<'_, F> {
    /// Takes a piece back through all steps.
    fn piece(
        &self,
        scratch: &mut Scratch<F>,
        mut piece: Piece<'_, F>,
        far: Option<Stream>,
    ) -> Result<Blocks<F>, Trouble> {
        let n = piece.by_state[0].len();
        scratch.learned.iter_mut().for_each(|sums| sums.fill(F::default()));
        for from in (0..self.shape.steps).step_by(self.saved.every).rev() {
            let steps = from..self.shape.steps.min(from + self.saved.every);
            if self.saved.recomputes() {
                self.again(scratch, piece.first, n, steps.clone());
            }
            for t in steps.rev() {
                self.step(scratch, &mut piece, t, from, far)?;
            }
        }
        let sums = scratch.learned.iter();
        Ok(sums.map(|sums| tree::blocks(&sums[..n]).collect()).collect())
    }

    /// Columns of a row of an array.
    fn row(&self, row: usize, first: usize, n: usize) -> Range<usize> {
        let from = row * self.shape.width() + first;
        from..from + n
    }

    /// A slot of the state with which a segment begins.
    fn kept(&self, from: usize, slot: usize, first: usize, n: usize) -> &[F] {
        let slots = 1 + self.layer.neuron().hidden().len();
        let row = from / self.saved.every * slots + slot;
        &self.saved.states[self.row(row, first, n)]
    }

    /// Computes the potentials of a segment again.
    fn again(&self, scratch: &mut Scratch<F>, first: usize, n: usize, steps: Range<usize>) {
        let rows = F::rows(self.layer.neuron());
        let from = steps.start;
        let mut slots =
            scratch.state.chunks_exact_mut(n).take(1 + self.layer.neuron().hidden().len());
        let v = slots.next().expect("potentials");
        let mut hidden: Vec<_> = slots.collect();
        v.copy_from_slice(self.kept(from, 0, first, n));
        for (k, hidden) in hidden.iter_mut().enumerate() {
            hidden.copy_from_slice(self.kept(from, 1 + k, first, n));
        }
        let x = self.x.expect("checked: inputs are there");
        for (h, t) in scratch.segment.chunks_exact_mut(n).zip(steps) {
            let x = x.read(self.row(t, first, n), &mut scratch.x);
            let (h, spikes) = (Out::near(h), Out::near(&mut scratch.slope[..n]));
            let row = ForwardRow { x, v, hidden: &mut hidden, h, spikes, ahead: &[] };
            rows.forward(self.on.isa, self.consts, self.firing, row);
        }
    }

    /// Takes a piece back by the step `t`, in the segment that begins with the step `from`.
    fn step(
        &self,
        scratch: &mut Scratch<F>,
        piece: &mut Piece<'_, F>,
        t: usize,
        from: usize,
        far: Option<Stream>,
    ) -> Result<(), Trouble> {
        let (first, n) = (piece.first, piece.by_state[0].len());
        let Scratch { zero, x, h, before, slope, by_spikes, by_x, learned, segment, .. } = scratch;
        let potentials = self.saved.potentials.values();
        let charged = |t: usize, buffer| match self.saved.recomputes() {
            true => &segment[(t - from) * n..][..n],
            false => potentials.read(self.row(t, first, n), buffer),
        };
        let settled = t == from;
        let h = charged(t, &mut h[..]);
        let before = match settled {
            true => self.kept(from, 0, first, n),
            false => charged(t - 1, &mut before[..]),
        };
        let ahead = [(Some(potentials), 2), (self.by_spikes, 1)].map(|(all, steps)| {
            let ahead = match t.checked_sub(steps) {
                Some(t) => Some((t, first)),
                None => (self.shape.steps + t).checked_sub(steps).map(|t| (t, first + PIECE)),
            };
            let row = far.and(ahead).map(|(t, first)| self.row(t, first, n));
            row.and_then(|row| all?.full(row)).unwrap_or_default()
        });
        let zero = &zero[..n];
        let now = self.row(t, first, n);
        let slope = &mut slope[..n];
        F::slopes(self.layer.slope()).slopes(self.on.isa, self.firing.threshold, h, slope);
        let [carry, hidden @ ..] = &mut piece.by_state[..] else { unreachable!("v is there") };
        let mut learned: Vec<_> = learned.iter_mut().map(|sums| &mut sums[..n]).collect();
        let row = BackwardRow {
            h,
            before,
            settled,
            x: self.x.map_or(zero, |all| all.read(now.clone(), x)),
            slope,
            by_spikes: self.by_spikes.map_or(zero, |all| all.read(now.clone(), by_spikes)),
            by_v: self.by_v.map_or(zero, |all| &all[now]),
            carry,
            hidden,
            learned: &mut learned,
            by_x: place(piece.by_x.as_mut(), t, &mut by_x[..n], far),
            ahead,
        };
        let trouble = |what, (i, value)| Trouble { step: t, column: first + i, what, value };
        let neuron = F::rows(self.layer.neuron());
        if !neuron.backward(self.on.isa, self.consts, self.firing, row) {
            far.inspect(|far| far.fence());
            let out = place(piece.by_x.as_mut(), t, &mut by_x[..n], None);
            let by_x = wild(out.row()).map(|at| trouble(What::Wild("the derivative by x"), at));
            let what = What::Wild("the derivative by v");
            return Err(by_x.or(wild(carry).map(|at| trouble(what, at))).expect("one is wild"));
        }
        if let Some(Stored::Half(format, rows)) = &mut piece.by_x {
            let by_x = &by_x[..n];
            F::encode(*format, by_x, rows[t]);
            if let Some(at) = beyond(*format, by_x, rows[t]) {
                return Err(trouble(What::Beyond("the derivative by x", *format), at));
            }
        }
        Ok(())
    }
}
