//! The erased form's inner loop: one node's drift over many places, SIMD by [`isospike_lane::isa`].

use crate::equations::mean;
use crate::node::Node;
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_model::Slots;
use std::mem::MaybeUninit;

/// Places side by side are a multiple of this.
pub const CHUNK: usize = 16;

/// The most state variables of a node.
pub const MOST: usize = 8;

/// The most places at once.
pub(crate) const WIDE: usize = 2 * CHUNK;

/// A parameter: a value per place, or one for all.
#[derive(Clone, Debug)]
pub enum Column<F> {
    /// The same everywhere.
    Uniform([F; WIDE]),
    /// One per place.
    Each(Vec<F>),
}

impl<F: Float> Column<F> {
    /// The same everywhere.
    pub fn uniform(x: F) -> Self {
        Column::Uniform([x; WIDE])
    }
    /// The value at a place.
    pub fn at(&self, place: usize) -> F {
        match self {
            Column::Uniform(x) => x[0],
            Column::Each(all) => all[place],
        }
    }
    /// The values from a place on.
    #[inline(always)]
    pub(crate) fn chunk<const C: usize>(&self, at: usize) -> &[F; C] {
        match self {
            Column::Uniform(x) => x.first_chunk().expect("at most as wide"),
            Column::Each(all) => all[at..].first_chunk().expect("a whole chunk"),
        }
    }
}

/// Places side by side, variable after variable: `[variable][place]`.
pub struct DriftRow<'a, F> {
    /// One per parameter.
    pub params: &'a [Column<F>],
    /// State variables.
    pub state: &'a [F],
    /// Inputs.
    pub inputs: &'a [F],
    /// Where the drift of each state variable goes; empty if it need not be kept.
    pub drift: &'a mut [F],
    /// What is made of it at once.
    pub then: Then<'a, F>,
}

/// What is made of a drift while it is at hand. Nothing is added where `add` is empty.
pub enum Then<'a, F> {
    /// Nothing.
    Nothing,
    /// y = state + dt drift + add
    Along {
        /// dt
        dt: F,
        /// What noise adds.
        add: &'a [F],
        /// y
        y: &'a mut [F],
    },
    /// y = x + half (first + drift) + add
    Mean {
        /// dt / 2
        half: F,
        /// The state before the step.
        x: &'a [F],
        /// The drift of the first stage.
        first: &'a [F],
        /// What noise adds.
        add: &'a [F],
        /// y
        y: &'a mut [F],
    },
}

/// Runs a drift over a row.
///
/// # Panics
/// If slices are not as long as they must be.
pub(crate) fn run<No: Node, F: Float>(isa: Isa, row: DriftRow<'_, F>) {
    check::<No, F>(&row);
    dispatch(isa, Row::<No, F> { row, node: std::marker::PhantomData });
}

/// The loops read and write without looking at bounds.
fn check<No: Node, F: Float>(row: &DriftRow<'_, F>) {
    const {
        let variables = <No::State<F> as Slots<F>>::INFO.len();
        let inputs = <No::Inputs<F> as Slots<F>>::INFO.len();
        assert!(variables >= 1 && variables <= MOST, "a node has 1 to 8 state variables");
        assert!(No::SPANS.len() == variables, "a span for each state variable");
        assert!(No::SENDS.len() == inputs, "a sender for each input");
        let params = <No::Params<F> as Slots<F>>::INFO.len();
        assert!(No::PARAMS.len() == params, "an entry for each parameter");
        let mut k = 0;
        while k < inputs {
            assert!(No::SENDS[k] < variables, "a sender is a state variable");
            k += 1;
        }
    }
    let variables = <No::State<F> as Slots<F>>::INFO.len();
    let n = row.state.len();
    let places = n / variables;
    let whole = n == places * variables && places.is_multiple_of(CHUNK);
    assert!(whole, "a state of {n} numbers is not {variables} rows of whole chunks");
    let inputs = <No::Inputs<F> as Slots<F>>::INFO.len();
    assert_eq!(row.inputs.len(), inputs * places, "inputs of {}", No::NAME);
    assert_eq!(row.params.len(), No::PARAMS.len(), "parameters of {}", No::NAME);
    let as_many = |all: &[F]| all.len() == n;
    let or_none = |all: &[F]| all.is_empty() || all.len() == n;
    let fits = or_none(row.drift)
        && match &row.then {
            Then::Nothing => true,
            Then::Along { add, y, .. } => or_none(add) && as_many(y),
            Then::Mean { x, first, add, y, .. } => {
                as_many(x) && as_many(first) && or_none(add) && as_many(y)
            }
        };
    assert!(fits, "rows of {} that are not as long as its state", No::NAME);
}

struct Row<'a, No, F> {
    row: DriftRow<'a, F>,
    node: std::marker::PhantomData<No>,
}

impl<No: Node, F: Float> Kernel for Row<'_, No, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        let variables = <No::State<F> as Slots<F>>::INFO.len();
        let places = self.row.state.len() / variables;
        // two vectors at once where they fit: while one waits, the other works
        let mut begin = 0;
        if N == CHUNK && size_of::<F>() == 4 {
            begin = places / WIDE * WIDE;
            self.span::<WIDE>(0, begin, places);
        }
        self.span::<CHUNK>(begin, places, places);
    }
}

impl<No: Node, F: Float> Row<'_, No, F> {
    /// The places from `begin` to `end`, C at a time.
    #[inline(always)]
    fn span<const C: usize>(&mut self, begin: usize, end: usize, places: usize) {
        let variables = <No::State<F> as Slots<F>>::INFO.len();
        let input_rows = <No::Inputs<F> as Slots<F>>::INFO.len();
        let DriftRow { params, state, inputs, drift, then } = &mut self.row;
        let (state, inputs): (&[F], &[F]) = (state, inputs);
        let (h, x, first, add, y): (F, &[F], &[F], &[F], &mut [F]) = match then {
            Then::Nothing => (F::default(), &[], &[], &[], &mut []),
            Then::Along { dt, add, y } => (*dt, state, &[], add, y),
            Then::Mean { half, x, first, add, y } => (*half, x, first, add, y),
        };
        let uniform = params.iter().all(|p| matches!(p, Column::Uniform(_)));
        let one: No::Params<F> = Slots::from_fn(|k| params[k].at(0));
        let nothing = [F::from_f64(-0.0); C];
        for at in (begin..end).step_by(C) {
            let c: No::Inputs<&[F; C]> = Slots::from_fn(|k| {
                assert!(k < input_rows);
                // SAFETY: `check` has seen that there are so many rows.
                unsafe { chunk(inputs, k * places + at) }
            });
            let from = Made::<No, F, C> {
                state: row::<No, F, C>(state, &nothing, at, places),
                inputs: c,
                h,
                x: row::<No, F, C>(x, &nothing, at, places),
                first: row::<No, F, C>(first, &nothing, at, places),
                add: row::<No, F, C>(add, &nothing, at, places),
            };
            // written before they are read: zeros would be stored for nothing
            let mut new = [[[MaybeUninit::uninit(); C]; MOST]; 2];
            if uniform {
                each(&mut new, &from, |_| one);
            } else {
                let p: No::Params<&[F; C]> = Slots::from_fn(|k| params[k].chunk(at));
                each(&mut new, &from, |i| Slots::from_fn(|k| p.at(k)[i]));
            }
            for (new, to) in new.iter().zip([&mut **drift, &mut *y]) {
                if to.is_empty() {
                    continue;
                }
                for (k, new) in new[..variables].iter().enumerate() {
                    // SAFETY: `each` has written all numbers of all variables, and `MaybeUninit<F>`
                    // has the layout of F; `check` has seen that there are as many rows as
                    // variables, and `at` is a chunk of one of them.
                    unsafe { *chunk_mut(to, k * places + at) = *new.as_ptr().cast::<[F; C]>() };
                }
            }
        }
    }
}

/// What a chunk is made from. Where there is nothing to start from or to add it is -0, which
/// changes no sum, not even one of zeros.
struct Made<'a, No: Node, F: Float, const C: usize> {
    state: No::State<&'a [F; C]>,
    inputs: No::Inputs<&'a [F; C]>,
    h: F,
    x: No::State<&'a [F; C]>,
    first: No::State<&'a [F; C]>,
    add: No::State<&'a [F; C]>,
}

/// A chunk of each row, or nothing.
#[inline(always)]
fn row<'a, No: Node, F: Float, const C: usize>(
    all: &'a [F],
    nothing: &'a [F; C],
    at: usize,
    places: usize,
) -> No::State<&'a [F; C]> {
    Slots::from_fn(|k| {
        assert!(k < <No::State<F> as Slots<F>>::INFO.len());
        match all.is_empty() {
            true => nothing,
            // SAFETY: `check` has seen that what is not empty has as many rows as there are
            // variables; `at` is a chunk of one.
            false => unsafe { chunk(all, k * places + at) },
        }
    })
}

/// A chunk of drifts, and of x + h (first + drift) + add: all numbers of all variables are written.
/// The node runs on one-wide lanes in a loop of constant length, which the compiler turns into
/// vectors of whatever the instruction set has; what is made of drifts is in the same loop, since
/// the compiler takes a loop of its own apart.
#[inline(always)]
fn each<No: Node, F: Float, const C: usize>(
    [drift, y]: &mut [[[MaybeUninit<F>; C]; MOST]; 2],
    from: &Made<'_, No, F, C>,
    params: impl Fn(usize) -> No::Params<F>,
) {
    for i in 0..C {
        let state = Slots::from_fn(|k| from.state.at(k)[i]);
        let inputs = Slots::from_fn(|k| from.inputs.at(k)[i]);
        let new = No::drift(&params(i), &state, &inputs);
        for k in 0..<No::State<F> as Slots<F>>::INFO.len() {
            let d = *new.at(k);
            drift[k][i].write(d);
            let next = mean(from.x.at(k)[i], from.h, from.first.at(k)[i], d);
            y[k][i].write(next + from.add.at(k)[i]);
        }
    }
}

/// # Safety
/// There are C numbers from `at` on.
#[inline(always)]
unsafe fn chunk<F, const C: usize>(all: &[F], at: usize) -> &[F; C] {
    debug_assert!(at + C <= all.len());
    // SAFETY: as the caller says.
    unsafe { &*all.as_ptr().add(at).cast() }
}

/// # Safety
/// There are C numbers from `at` on.
#[inline(always)]
unsafe fn chunk_mut<F, const C: usize>(all: &mut [F], at: usize) -> &mut [F; C] {
    debug_assert!(at + C <= all.len());
    // SAFETY: as the caller says.
    unsafe { &mut *all.as_mut_ptr().add(at).cast() }
}
