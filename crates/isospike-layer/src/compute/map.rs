//! What is done to every number on its own.

use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, Lane};
use isospike_trace::{Graph, Sym, trace};
use std::any::TypeId;

/// A function of numbers at the same place of some arrays, written once for all lanes: it runs as
/// SIMD and is printed for devices. P numbers are the same everywhere, R arrays are read, C are
/// changed.
///
/// ```
/// use isospike_lane::Lane;
/// use isospike_layer::compute::Elementwise;
///
/// /// x = x + rate (target - x)
/// struct Approach;
///
/// impl Elementwise<1, 1, 1> for Approach {
///     const NAME: &'static str = "approach";
///     fn at<L: Lane>([rate]: [L; 1], [target]: [L; 1], [x]: [L; 1]) -> [L; 1] {
///         [x + rate * (target - x)]
///     }
/// }
/// ```
pub trait Elementwise<const P: usize, const R: usize, const C: usize>: 'static {
    /// Its name.
    const NAME: &'static str;
    /// What the changed arrays hold then. Mark it `#[inline(always)]` to have it as SIMD.
    fn at<L: Lane>(numbers: [L; P], read: [L; R], changed: [L; C]) -> [L; C];
}

/// An [`Elementwise`] function in a float format.
pub trait MapRows<F: Float>: Sync {
    /// Over slices that are equally long.
    fn run(&self, isa: Isa, numbers: &[F], reads: &[&[F]], changes: &mut [&mut [F]]);
    /// As a graph. Arguments: `number.K`, `read.K`, `change.K`; outputs: `change.K`.
    fn graph(&self) -> Graph;
}

/// An [`Elementwise`] function behind a pointer.
pub trait MapDef: MapRows<f32> + MapRows<f64> {
    /// Its name.
    fn name(&self) -> &'static str;
    /// What tells it from all others.
    fn key(&self) -> TypeId;
    /// How many numbers it is given, arrays it reads and arrays it changes.
    fn counts(&self) -> [usize; 3];
}

/// A function with its counts as a type.
pub(super) struct Mapped<E, const P: usize, const R: usize, const C: usize>(
    std::marker::PhantomData<fn(E)>,
);

impl<E, const P: usize, const R: usize, const C: usize> Mapped<E, P, R, C> {
    pub(super) fn new() -> Self {
        Mapped(std::marker::PhantomData)
    }
}

impl<E: Elementwise<P, R, C>, const P: usize, const R: usize, const C: usize> MapDef
    for Mapped<E, P, R, C>
{
    fn name(&self) -> &'static str {
        E::NAME
    }
    fn key(&self) -> TypeId {
        TypeId::of::<E>()
    }
    fn counts(&self) -> [usize; 3] {
        [P, R, C]
    }
}

impl<E, F, const P: usize, const R: usize, const C: usize> MapRows<F> for Mapped<E, P, R, C>
where
    E: Elementwise<P, R, C>,
    F: Float,
{
    fn run(&self, isa: Isa, numbers: &[F], reads: &[&[F]], changes: &mut [&mut [F]]) {
        let n = changes[0].len();
        let numbers = std::array::from_fn(|k| numbers[k]);
        let reads = std::array::from_fn(|k| &reads[k][..n]);
        let mut changes = changes.iter_mut();
        let changes = std::array::from_fn(|_| &mut changes.next().expect("one each")[..n]);
        dispatch(isa, Row::<E, F, P, R, C> { numbers, reads, changes, what: self.0 });
    }
    fn graph(&self) -> Graph {
        trace(|t| {
            let arg = |kind: &str, k: usize| -> Sym<F> { t.arg(&format!("{kind}.{k}")) };
            let numbers = std::array::from_fn(|k| arg("number", k));
            let read = std::array::from_fn(|k| arg("read", k));
            let changed = std::array::from_fn(|k| arg("change", k));
            for (k, x) in E::at(numbers, read, changed).into_iter().enumerate() {
                t.output(&format!("change.{k}"), x);
            }
        })
    }
}

const CHUNK: usize = 16;

struct Row<'a, E, F, const P: usize, const R: usize, const C: usize> {
    numbers: [F; P],
    reads: [&'a [F]; R],
    changes: [&'a mut [F]; C],
    what: std::marker::PhantomData<fn(E)>,
}

impl<E, F, const P: usize, const R: usize, const C: usize> Row<'_, E, F, P, R, C>
where
    E: Elementwise<P, R, C>,
    F: Float,
{
    /// Does the `K` numbers that begin at `i`.
    #[inline(always)]
    fn chunk<const K: usize>(&mut self, i: usize) {
        let load = |from: &[F]| -> [F; K] { *from[i..].first_chunk().expect("a whole chunk") };
        let reads: [[F; K]; R] = std::array::from_fn(|k| load(self.reads[k]));
        let mut changes: [[F; K]; C] = std::array::from_fn(|k| load(self.changes[k]));
        for j in 0..K {
            let read = std::array::from_fn(|k| reads[k][j]);
            let changed = std::array::from_fn(|k| changes[k][j]);
            for (all, x) in changes.iter_mut().zip(E::at(self.numbers, read, changed)) {
                all[j] = x;
            }
        }
        for (to, chunk) in self.changes.iter_mut().zip(&changes) {
            *to[i..].first_chunk_mut().expect("a whole chunk") = *chunk;
        }
    }
}

impl<E, F, const P: usize, const R: usize, const C: usize> Kernel for Row<'_, E, F, P, R, C>
where
    E: Elementwise<P, R, C>,
    F: Float,
{
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        let n = self.changes[0].len();
        let whole = n / CHUNK * CHUNK;
        for i in (0..whole).step_by(CHUNK) {
            self.chunk::<CHUNK>(i);
        }
        for i in whole..n {
            self.chunk::<1>(i);
        }
    }
}
