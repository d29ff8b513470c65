//! The delivery loop: adds the spikes that arrive in a step to the accumulators of a block.
//!
//! At step t every table delivers, for each delay d, the segments of the sources that fired at t -
//! d. All adds of a step go into one accumulator array that stays in the second-level cache; the
//! synapses stream in from memory. Both the index entries and the segments are random reads, so
//! segments are first listed, a batch at a time, then walked with the ones ahead prefetched. Sums
//! are integers: the order of the walk is free.

use crate::stored::{Constant, Halves, Packed, Separate, Stored};
use isospike_backend::plan::{Index, Synapses, Table, pow2};
use std::ops::Range;

/// An accumulator: `i32` or `i64`.
pub(crate) trait Acc: bytemuck::Zeroable + Copy + Default + Send + Sync + 'static {
    fn from_i64(x: i64) -> Self;
    fn to_i64(self) -> i64;
    fn add(self, o: Self) -> Self;
    fn mul(self, o: Self) -> Self;
}
macro_rules! acc {
    ($t:ident) => {
        impl Acc for $t {
            #[inline(always)]
            fn from_i64(x: i64) -> $t {
                x as $t
            }
            #[inline(always)]
            fn to_i64(self) -> i64 {
                i64::from(self)
            }
            // The plan proves that no sum overflows; wrapping only spares the check.
            #[inline(always)]
            fn add(self, o: $t) -> $t {
                self.wrapping_add(o)
            }
            #[inline(always)]
            fn mul(self, o: $t) -> $t {
                self.wrapping_mul(o)
            }
        }
    };
}
acc!(i32);
acc!(i64);

/// Segments listed before they are walked.
pub(crate) const LIST: usize = 512;
/// Segments between the one that is walked and the one that is prefetched.
const AHEAD: usize = 12;

/// One segment to walk: its synapses and the lane that fired.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    start: u64,
    len: u32,
    lane: u32,
}

/// Collects segments of one table for one accumulator array and walks them.
pub(crate) struct Courier<'a, A> {
    table: &'a Table,
    /// Accumulators of the table's block and port, `[element][lane]`.
    sums: &'a mut [A],
    batch: usize,
    group: usize,
    list: &'a mut Vec<Segment>,
}

impl<'a, A: Acc> Courier<'a, A> {
    /// `sums` are the accumulators of the table's group.
    #[inline]
    pub(crate) fn new(
        table: &'a Table,
        group: usize,
        sums: &'a mut [A],
        batch: usize,
        list: &'a mut Vec<Segment>,
    ) -> Self {
        Courier { table, sums, batch, group, list }
    }

    /// Takes the spikes of a step, to be delivered with the given delay.
    #[inline]
    pub(crate) fn take(&mut self, spikes: &[u32], delay: u32) {
        let t = self.table;
        let stride = t.stride();
        let at = self.group * t.delays as usize + (delay - t.first_delay) as usize;
        match &t.index {
            Index::U16(index) => {
                self.list_all(spikes, |s| {
                    (index[s * stride + at].into(), index[s * stride + at + 1].into())
                });
            }
            Index::U32(index) => {
                self.list_all(spikes, |s| (index[s * stride + at], index[s * stride + at + 1]));
            }
        }
    }

    #[inline(always)]
    fn list_all(&mut self, spikes: &[u32], bounds: impl Fn(usize) -> (u32, u32)) {
        for &flat in spikes {
            let (source, lane) = match self.batch {
                1 => (flat as usize, 0),
                b => (flat as usize / b, flat % b as u32),
            };
            let (from, to) = bounds(source);
            if from < to {
                let start = self.table.row_start[source] + u64::from(from);
                self.list.push(Segment { start, len: to - from, lane });
                if self.list.len() == LIST {
                    self.walk();
                }
            }
        }
    }

    /// Walks what is listed.
    pub(crate) fn walk(&mut self) {
        let list = &self.list[..];
        let (sums, batch) = (&mut *self.sums, self.batch);
        match &self.table.synapses {
            Synapses::Constant { weight, targets } => {
                walk(list, sums, batch, Constant { targets, weight: A::from_i64(*weight) });
            }
            Synapses::U8 { multiplier, targets, weights } => {
                let multiplier = A::from_i64(*multiplier);
                walk(list, sums, batch, Separate { targets, weights, multiplier });
            }
            Synapses::I8 { multiplier, targets, weights } => {
                let multiplier = A::from_i64(*multiplier);
                walk(list, sums, batch, Separate { targets, weights, multiplier });
            }
            Synapses::U16 { multiplier, packed } => {
                let multiplier = A::from_i64(*multiplier);
                walk(list, sums, batch, Packed::<A, false> { packed, multiplier });
            }
            Synapses::I16 { multiplier, packed } => {
                let multiplier = A::from_i64(*multiplier);
                walk(list, sums, batch, Packed::<A, true> { packed, multiplier });
            }
            Synapses::I32 { multiplier, targets, weights } => {
                let multiplier = A::from_i64(*multiplier);
                walk(list, sums, batch, Separate { targets, weights, multiplier });
            }
            Synapses::I64 { targets, weights } => {
                walk(list, sums, batch, Separate { targets, weights, multiplier: A::from_i64(1) });
            }
            Synapses::Half { format, shift, packed } => {
                let (format, scale) = (*format, pow2(*shift) as f32);
                walk(list, sums, batch, Halves { packed, format, scale });
            }
            Synapses::Plastic { .. } => unreachable!("plastic synapses are delivered by `plastic`"),
        }
        self.list.clear();
    }
}

/// Walks the list; with one lane the compiler drops the arithmetic of lanes.
#[inline(always)]
fn walk<A: Acc>(list: &[Segment], sums: &mut [A], batch: usize, stored: impl Stored<A>) {
    match batch {
        1 => walk_lanes(list, sums, 1, stored),
        batch => walk_lanes(list, sums, batch, stored),
    }
}

#[inline(always)]
fn walk_lanes<A: Acc>(list: &[Segment], sums: &mut [A], batch: usize, stored: impl Stored<A>) {
    let prefetch = |s: &Segment| stored.prefetch(s.range().start, s.range().end);
    list.iter().take(AHEAD).for_each(prefetch);
    for (i, segment) in list.iter().enumerate() {
        if let Some(ahead) = list.get(i + AHEAD) {
            prefetch(ahead);
        }
        let lane = segment.lane as usize;
        debug_assert!(segment.range().end <= stored.len());
        for i in segment.range() {
            // SAFETY: segments lie inside their table's arrays, and targets inside their block,
            // whose accumulators `sums` are, `batch` to an element: `Plan::tables` promises both.
            unsafe {
                let (target, weight) = stored.at(i);
                let at = usize::from(target) * batch + lane;
                debug_assert!(at < sums.len());
                let sum = sums.get_unchecked_mut(at);
                *sum = sum.add(weight);
            }
        }
    }
}

impl Segment {
    #[inline(always)]
    fn range(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}
