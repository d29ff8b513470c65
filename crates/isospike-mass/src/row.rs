//! The erased form's inner loop: one node's drift over many places, SIMD by [`isospike_lane::isa`].

use crate::node::Node;
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_model::Slots;

/// Places side by side are a multiple of this.
pub const CHUNK: usize = 16;

/// A parameter: a value per place, or one for all.
#[derive(Clone, Debug)]
pub enum Column<F> {
    /// The same everywhere.
    Uniform([F; CHUNK]),
    /// One per place.
    Each(Vec<F>),
}

impl<F: Float> Column<F> {
    /// The same everywhere.
    pub fn uniform(x: F) -> Self {
        Column::Uniform([x; CHUNK])
    }
    /// The value at a place.
    pub fn at(&self, place: usize) -> F {
        match self {
            Column::Uniform(x) => x[0],
            Column::Each(all) => all[place],
        }
    }
    #[inline(always)]
    pub(crate) fn chunk(&self, v: usize) -> &[F; CHUNK] {
        match self {
            Column::Uniform(x) => x,
            Column::Each(all) => all[v * CHUNK..].first_chunk().expect("a whole chunk"),
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
    /// Where the drift of each state variable goes.
    pub drift: &'a mut [F],
}

/// Runs a drift over a row.
pub(crate) fn run<No: Node, F: Float>(isa: Isa, row: DriftRow<'_, F>) {
    dispatch(isa, Row::<No, F> { row, node: std::marker::PhantomData });
}

struct Row<'a, No, F> {
    row: DriftRow<'a, F>,
    node: std::marker::PhantomData<No>,
}

/// A variable of a row as chunks.
type Chunks<'a, F> = &'a [[F; CHUNK]];

impl<No: Node, F: Float> Kernel for Row<'_, No, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let DriftRow { params, state, inputs, drift } = self.row;
        let variables = <No::State<F> as Slots<F>>::INFO.len();
        let chunks = state.len() / variables / CHUNK;
        let state: No::State<Chunks<'_, F>> =
            Slots::from_fn(|k| &state.as_chunks().0[k * chunks..][..chunks]);
        let inputs: No::Inputs<Chunks<'_, F>> =
            Slots::from_fn(|k| &inputs.as_chunks().0[k * chunks..][..chunks]);
        let mut drift = drift.as_chunks_mut().0.chunks_exact_mut(chunks.max(1));
        let mut drift: [Option<&mut [[F; CHUNK]]>; 16] = std::array::from_fn(|_| drift.next());
        let uniform = params.iter().all(|p| matches!(p, Column::Uniform(_)));
        let one: No::Params<F> = Slots::from_fn(|k| params[k].at(0));
        for v in 0..chunks {
            let mut new: No::State<[F; CHUNK]> = Slots::from_fn(|_| [F::default(); CHUNK]);
            let s: No::State<&[F; CHUNK]> = Slots::from_fn(|k| &state.at(k)[v]);
            let c: No::Inputs<&[F; CHUNK]> = Slots::from_fn(|k| &inputs.at(k)[v]);
            if uniform {
                each::<No, F>(&mut new, &s, &c, |_| one);
            } else {
                let p: No::Params<&[F; CHUNK]> = Slots::from_fn(|k| params[k].chunk(v));
                each::<No, F>(&mut new, &s, &c, |i| Slots::from_fn(|k| p.at(k)[i]));
            }
            new.for_each(|k, x| drift[k].as_mut().expect("a slice per variable")[v] = x);
        }
    }
}

/// A chunk. The node runs on one-wide lanes in a loop of constant length, which the compiler turns
/// into vectors of whatever the instruction set has.
#[inline(always)]
fn each<No: Node, F: Float>(
    new: &mut No::State<[F; CHUNK]>,
    s: &No::State<&[F; CHUNK]>,
    c: &No::Inputs<&[F; CHUNK]>,
    params: impl Fn(usize) -> No::Params<F>,
) {
    for i in 0..CHUNK {
        let state = Slots::from_fn(|k| s.at(k)[i]);
        let inputs = Slots::from_fn(|k| c.at(k)[i]);
        No::drift(&params(i), &state, &inputs).for_each(|k, x| new.at_mut(k)[i] = x);
    }
}
