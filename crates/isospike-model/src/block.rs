//! The erased form's inner loop: one model over a block of neurons, SIMD by [`isospike_lane::isa`].

use crate::limits::{MAX_DRAWS, MAX_FILTERS};
use crate::model::{Inputs, Model};
use crate::slots::Slots;
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use std::array::from_fn;
use std::cell::Cell;

/// A value per neuron, or one for all.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a, F> {
    /// The same for the whole block.
    Uniform(F),
    /// One per neuron of the block.
    Each(&'a [F]),
}

/// Sums of what arrived, as integers on the plan's grid. `step` reads and clears them.
pub enum Sums<'a, 'b> {
    /// 32-bit accumulators, one slice per port.
    I32(&'b mut [&'a mut [i32]]),
    /// 64-bit accumulators, one slice per port.
    I64(&'b mut [&'a mut [i64]]),
}

/// Neurons side by side: `len` elements, a multiple of 16, in every slice. The slices live for
/// `'a`, the lists of them for `'b`.
pub struct Block<'a, 'b, F: Float> {
    /// Elements, a multiple of [`ALIGN`].
    pub len: usize,
    /// One slice per state slot.
    pub state: &'b mut [&'a mut [F]],
    /// One column per constant.
    pub consts: &'b [Column<'a, F>],
    /// One accumulator per port.
    pub sums: Sums<'a, 'b>,
    /// The weight one unit of the accumulator stands for, per port: a power of two.
    pub scale: &'b [F],
    /// One slice per filter.
    pub filtered: &'b [&'a [F]],
    /// Injected current (pA).
    pub current: Column<'a, F>,
    /// One slice per random draw.
    pub draws: &'b [&'a [u32]],
    /// Set where a neuron spikes, cleared elsewhere.
    pub spiked: &'b mut [bool],
}

/// Blocks hold a multiple of this many elements.
pub const ALIGN: usize = 16;

/// An accumulator's integer.
trait Sum: Copy + Default {
    fn to_float<F: Float>(self) -> F;
}
impl Sum for i32 {
    #[inline(always)]
    fn to_float<F: Float>(self) -> F {
        F::from_i32(self)
    }
}
impl Sum for i64 {
    #[inline(always)]
    fn to_float<F: Float>(self) -> F {
        F::from_i64(self)
    }
}

struct Update<'a, 'b, Mo, F: Float, A> {
    len: usize,
    state: &'b mut [&'a mut [F]],
    consts: &'b [Column<'a, F>],
    sums: &'b mut [&'a mut [A]],
    scale: &'b [F],
    filtered: &'b [&'a [F]],
    current: Column<'a, F>,
    draws: &'b [&'a [u32]],
    spiked: &'b mut [bool],
    model: std::marker::PhantomData<Mo>,
}

impl<Mo: Model, F: Float, A: Sum> Kernel for Update<'_, '_, Mo, F, A> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        // Twice the width keeps two vectors in flight and all new values in registers.
        if N < ALIGN {
            return self.chunks::<ALIGN>(0, self.len);
        }
        let whole = self.len / (2 * ALIGN) * (2 * ALIGN);
        self.chunks::<{ 2 * ALIGN }>(0, whole);
        self.chunks::<ALIGN>(whole, self.len);
    }
}

impl<Mo: Model, F: Float, A: Sum> Update<'_, '_, Mo, F, A> {
    /// Updates the elements from `begin` to `end`, a whole number of chunks.
    #[inline(always)]
    fn chunks<const C: usize>(&mut self, begin: usize, end: usize) {
        let n = (end - begin) / C;
        let mut states = self.state.iter_mut();
        let mut sums = self.sums.iter_mut();
        let chunks = Chunks::<Mo, F, A, C> {
            state: Slots::from_fn(|_| cells(states.next(), begin, n)),
            sums: Slots::from_fn(|_| cells(sums.next(), begin, n)),
            scale: Slots::from_fn(|k| self.scale[k]),
            filtered: from_fn(|k| match k < Mo::FILTERS.len() {
                true => &self.filtered[k][begin..].as_chunks().0[..n],
                false => &[],
            }),
            current: Stream::new(self.current, begin, n),
            draws: from_fn(|k| {
                if k < Mo::DRAWS { &self.draws[k][begin..].as_chunks().0[..n] } else { &[] }
            }),
            spiked: cells(Some(&mut self.spiked), begin, n),
        };
        let columns: Mo::Const<Stream<F, C>> =
            Slots::from_fn(|k| Stream::new(self.consts[k], begin, n));
        if self.consts.iter().all(|c| matches!(c, Column::Uniform(_))) {
            let c: Mo::Const<F> = Slots::from_fn(|k| columns.at(k).uniform[0]);
            for v in 0..n {
                chunks.step(v, |_| c);
            }
        } else {
            for v in 0..n {
                let c: Mo::Const<&[F; C]> = Slots::from_fn(|k| columns.at(k).at(v));
                chunks.step(v, |i| Slots::from_fn(|k| c.at(k)[i]));
            }
        }
    }
}

/// A block in chunks of C elements. Every slice has one known length, so that the loops check no
/// bounds.
///
/// The model runs on one-wide lanes in a loop of constant length, which the compiler turns into
/// vectors of whatever the instruction set has. Vectors spelled out as arrays end up as a mixture
/// of scalar and vector code where masks are involved. New values go to arrays on the stack first:
/// so the compiler sees that no store disturbs a load, and the arrays become registers.
struct Chunks<'a, Mo: Model, F: Float, A: Sum, const C: usize> {
    state: Mo::State<&'a [Cell<[F; C]>]>,
    sums: Mo::Ports<&'a [Cell<[A; C]>]>,
    scale: Mo::Ports<F>,
    filtered: [&'a [[F; C]]; MAX_FILTERS],
    current: Stream<'a, F, C>,
    draws: [&'a [[u32; C]]; MAX_DRAWS],
    spiked: &'a [Cell<[bool; C]>],
}

impl<Mo: Model, F: Float, A: Sum, const C: usize> Chunks<'_, Mo, F, A, C> {
    #[inline(always)]
    fn step(&self, v: usize, consts: impl Fn(usize) -> Mo::Const<F>) {
        let state: Mo::State<&[Cell<F>; C]> =
            Slots::from_fn(|k| self.state.at(k)[v].as_array_of_cells());
        let sums: Mo::Ports<&[Cell<A>; C]> =
            Slots::from_fn(|k| self.sums.at(k)[v].as_array_of_cells());
        let filtered: [&[F; C]; MAX_FILTERS] = from_fn(|k| match k < Mo::FILTERS.len() {
            true => &self.filtered[k][v],
            false => self.current.at(v),
        });
        let current = self.current.at(v);
        let draws: [&[u32; C]; MAX_DRAWS] =
            from_fn(|k| if k < Mo::DRAWS { &self.draws[k][v] } else { &[0; C] });
        let mut new: Mo::State<[F; C]> = Slots::from_fn(|_| [F::default(); C]);
        let mut spiked = [false; C];
        for i in 0..C {
            let mut s = Slots::from_fn(|k| state.at(k)[i].get());
            let ports = Slots::from_fn(|k| sums.at(k)[i].get().to_float::<F>() * *self.scale.at(k));
            let words: [u32; MAX_DRAWS] = from_fn(|k| draws[k][i]);
            let sums: [F; MAX_FILTERS] = from_fn(|k| filtered[k][i]);
            let inputs = Inputs {
                ports,
                filtered: &sums[..Mo::FILTERS.len()],
                current: current[i],
                draws: &words[..Mo::DRAWS],
            };
            spiked[i] = Mo::step(&consts(i), &mut s, &inputs);
            s.for_each(|k, x| new.at_mut(k)[i] = x);
        }
        new.for_each(|k, x| self.state.at(k)[v].set(x));
        self.sums.for_each(|_, sums| sums[v].set([A::default(); C]));
        self.spiked[v].set(spiked);
    }
}

/// A slot's slice as `n` chunks.
#[inline(always)]
fn cells<'a, T, const C: usize>(
    slice: Option<&'a mut &mut [T]>,
    begin: usize,
    n: usize,
) -> &'a [Cell<[T; C]>] {
    let slice = slice.expect("a slice per slot");
    Cell::from_mut(&mut slice[begin..].as_chunks_mut().0[..n]).as_slice_of_cells()
}

/// A [`Column`] as chunks: none when it is uniform.
#[derive(Clone, Copy)]
struct Stream<'a, F, const C: usize> {
    uniform: [F; C],
    each: &'a [[F; C]],
}

impl<'a, F: Float, const C: usize> Stream<'a, F, C> {
    #[inline(always)]
    fn new(c: Column<'a, F>, begin: usize, n: usize) -> Self {
        match c {
            Column::Uniform(x) => Stream { uniform: [x; C], each: &[] },
            Column::Each(xs) => {
                Stream { uniform: [F::default(); C], each: &xs[begin..].as_chunks().0[..n] }
            }
        }
    }
    #[inline(always)]
    fn at(&self, v: usize) -> &[F; C] {
        self.each.get(v).unwrap_or(&self.uniform)
    }
}

/// Advances a block by one step.
pub(crate) fn step<Mo: Model, F: Float>(isa: Isa, b: Block<'_, '_, F>) {
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
                    filtered: b.filtered,
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
