//! The erased form's inner loop: one model over a block of neurons, SIMD by [`isospike_lane::isa`].

use crate::model::{Inputs, Model};
use crate::slots::Slots;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, Lane, M, W};
use std::array::from_fn;

/// A value per neuron, or one for all.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a, F> {
    /// The same for the whole block.
    Uniform(F),
    /// One per neuron of the block.
    Each(&'a [F]),
}

/// Sums of what arrived, as integers on the plan's grid. `step` reads and clears them.
pub enum Sums<'a> {
    /// 32-bit accumulators, one slice per port.
    I32(&'a mut [&'a mut [i32]]),
    /// 64-bit accumulators, one slice per port.
    I64(&'a mut [&'a mut [i64]]),
}

/// Neurons side by side: `len` elements, a multiple of 16, in every slice.
pub struct Block<'a, F: Float> {
    /// Elements, a multiple of [`ALIGN`].
    pub len: usize,
    /// One slice per state slot.
    pub state: &'a mut [&'a mut [F]],
    /// One column per constant.
    pub consts: &'a [Column<'a, F>],
    /// One accumulator per port.
    pub sums: Sums<'a>,
    /// The weight one unit of the accumulator stands for, per port: a power of two.
    pub scale: &'a [F],
    /// Injected current (pA).
    pub current: Column<'a, F>,
    /// One slice per random draw.
    pub draws: &'a [&'a [u32]],
    /// Set where a neuron spikes, cleared elsewhere.
    pub spiked: &'a mut [bool],
}

/// Blocks hold a multiple of this many elements.
pub const ALIGN: usize = 16;
/// Most ports, constants, state slots or draws a model can have.
pub const MAX_SLOTS: usize = 64;

trait Sum: Copy + Default {
    fn to_lane<L: Lane>(w: Self::Lanes<L>) -> L;
    type Lanes<L: Lane>;
    fn lanes<F: Float, const N: usize>(s: &[Self]) -> Self::Lanes<W<F, N>>;
}
impl Sum for i32 {
    type Lanes<L: Lane> = L::I32;
    #[inline(always)]
    fn to_lane<L: Lane>(w: L::I32) -> L {
        L::from_i32(w)
    }
    #[inline(always)]
    fn lanes<F: Float, const N: usize>(s: &[i32]) -> W<i32, N> {
        W::load(s)
    }
}
impl Sum for i64 {
    type Lanes<L: Lane> = L::I64;
    #[inline(always)]
    fn to_lane<L: Lane>(w: L::I64) -> L {
        L::from_i64(w)
    }
    #[inline(always)]
    fn lanes<F: Float, const N: usize>(s: &[i64]) -> W<i64, N> {
        W::load(s)
    }
}

struct Update<'a, 'b, Mo, F: Float, A> {
    len: usize,
    state: &'b mut [&'a mut [F]],
    consts: &'b [Column<'a, F>],
    sums: &'b mut [&'a mut [A]],
    scale: &'b [F],
    current: Column<'a, F>,
    draws: &'b [&'a [u32]],
    spiked: &'b mut [bool],
    model: std::marker::PhantomData<Mo>,
}

impl<Mo: Model, F: Float, A: Sum> Kernel for Update<'_, '_, Mo, F, A> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        if self.consts.iter().all(|c| matches!(c, Column::Uniform(_))) {
            let c = self.load_consts::<N>(0);
            for at in (0..self.len).step_by(N) {
                self.vector::<N>(at, &c);
            }
        } else {
            for at in (0..self.len).step_by(N) {
                let c = self.load_consts::<N>(at);
                self.vector::<N>(at, &c);
            }
        }
    }
}

impl<Mo: Model, F: Float, A: Sum> Update<'_, '_, Mo, F, A> {
    #[inline(always)]
    fn load_consts<const N: usize>(&self, at: usize) -> Mo::Const<W<F, N>> {
        Slots::from_fn(|k| column(self.consts[k], at))
    }

    #[inline(always)]
    fn vector<const N: usize>(&mut self, at: usize, c: &Mo::Const<W<F, N>>) {
        let mut s: Mo::State<W<F, N>> = Slots::from_fn(|k| W::load(&self.state[k][at..]));
        let ports = Slots::from_fn(|k| {
            let sum = &mut self.sums[k][at..at + N];
            let x = A::to_lane::<W<F, N>>(A::lanes::<F, N>(sum));
            sum.fill(A::default());
            x * W::splat(self.scale[k])
        });
        let draws: [W<u32, N>; MAX_DRAWS] =
            from_fn(|k| if k < Mo::DRAWS { W::load(&self.draws[k][at..]) } else { W([0; N]) });
        let inputs =
            Inputs { ports, current: column(self.current, at), draws: &draws[..Mo::DRAWS] };
        let M(spiked) = Mo::step(c, &mut s, &inputs);
        s.for_each(|k, x| x.store(&mut self.state[k][at..]));
        self.spiked[at..at + N].copy_from_slice(&spiked);
    }
}

/// Most random words per neuron and step.
pub const MAX_DRAWS: usize = 8;

#[inline(always)]
fn column<F: Float, const N: usize>(c: Column<'_, F>, at: usize) -> W<F, N> {
    match c {
        Column::Uniform(x) => W([x; N]),
        Column::Each(xs) => W::load(&xs[at..]),
    }
}

/// Advances a block by one step.
pub(crate) fn step<Mo: Model, F: Float>(isa: Isa, b: Block<'_, F>) {
    assert!(b.len.is_multiple_of(ALIGN), "a block holds a multiple of {ALIGN} elements");
    macro_rules! update {
        ($sums:expr) => {
            dispatch(
                isa,
                Update::<Mo, F, _> {
                    len: b.len,
                    state: b.state,
                    consts: b.consts,
                    sums: $sums,
                    scale: b.scale,
                    current: b.current,
                    draws: b.draws,
                    spiked: b.spiked,
                    model: std::marker::PhantomData,
                },
            )
        };
    }
    match b.sums {
        Sums::I32(s) => update!(s),
        Sums::I64(s) => update!(s),
    }
}
