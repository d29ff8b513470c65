//! The state of a piece between steps: floats of the plan's precision, or rounded to 16 bits.

use crate::lines::zeroed;
use crate::number::Number;
use isospike_backend::plan::NeuronPlan;
use isospike_lane::Half;
use isospike_lane::Lines;
use isospike_model::MAX_SLOTS;
use std::ops::Range;

/// One array per state slot, `[element][lane]`.
pub(crate) enum State<F> {
    /// As it is computed.
    Full(Vec<Lines<F>>),
    /// Rounded to nearest after every step, ties to even.
    Half(Half, Vec<Lines<u16>>),
}

impl<F: Number> State<F> {
    /// Zeros for so many elements times lanes.
    pub(crate) fn new(neurons: &NeuronPlan, flat: usize) -> Self {
        let slots = 0..neurons.model.state().len();
        match neurons.state {
            None => State::Full(slots.map(|_| zeroed(flat)).collect()),
            Some(format) => State::Half(format, slots.map(|_| zeroed(flat)).collect()),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            State::Full(slots) => slots.iter().map(|s| size_of_val(&s[..])).sum(),
            State::Half(_, slots) => slots.iter().map(|s| size_of_val(&s[..])).sum(),
        }
    }

    /// Whether a step needs [`State::widen`] and [`State::narrow`].
    pub(crate) fn is_narrow(&self) -> bool {
        matches!(self, State::Half(..))
    }

    pub(crate) fn at(&self, slot: usize, i: usize) -> F {
        match self {
            State::Full(slots) => slots[slot][i],
            State::Half(format, slots) => F::from_f64(format.decode(slots[slot][i]).into()),
        }
    }

    /// Rounds to what is stored.
    pub(crate) fn set(&mut self, slot: usize, i: usize, x: F) {
        match self {
            State::Full(slots) => slots[slot][i] = x,
            State::Half(format, slots) => slots[slot][i] = format.encode(x.to_f64() as f32),
        }
    }

    /// The first of `n` values of a slot that is not finite.
    pub(crate) fn first_wild(&self, slot: usize, n: usize) -> Option<usize> {
        match self {
            State::Full(slots) => {
                let values = &slots[slot][..n];
                // in one go, because there is none
                let any = values.iter().fold(false, |bad, x| bad | !x.is_finite());
                if any { values.iter().position(|x| !x.is_finite()) } else { None }
            }
            State::Half(format, slots) => {
                slots[slot][..n].iter().position(|x| !format.decode(*x).is_finite())
            }
        }
    }

    /// Copies some elements to `wide`, `[slot][element]`, if they are narrow.
    pub(crate) fn widen(&self, range: Range<usize>, wide: &mut [F]) {
        if let State::Half(format, slots) = self {
            for (slot, wide) in slots.iter().zip(wide.chunks_exact_mut(range.len())) {
                F::decode(*format, &slot[range.clone()], wide);
            }
        }
    }

    /// Takes back what [`State::widen`] copied.
    pub(crate) fn narrow(&mut self, range: Range<usize>, wide: &[F]) {
        if let State::Half(format, slots) = self {
            for (slot, wide) in slots.iter_mut().zip(wide.chunks_exact(range.len())) {
                F::encode(*format, wide, &mut slot[range.clone()]);
            }
        }
    }

    /// Some elements of every slot, to step them: in place, or where [`State::widen`] put them.
    pub(crate) fn slices<'a>(
        &'a mut self,
        range: Range<usize>,
        wide: &'a mut [F],
    ) -> arrayvec::ArrayVec<&'a mut [F], MAX_SLOTS> {
        match self {
            State::Full(slots) => slots.iter_mut().map(|all| &mut all[range.clone()]).collect(),
            State::Half(_, slots) => wide.chunks_exact_mut(range.len()).take(slots.len()).collect(),
        }
    }
}
