//! The delivery loop: adds the spikes that arrive in a step to the accumulators of a block.
//!
//! At step t every table delivers, for each delay d, the segments of the sources that fired at t -
//! d. All adds of a step go into one accumulator array that stays in the second-level cache; the
//! synapses stream in from memory. Both the index entries and the segments are random reads, so
//! segments are first listed, a batch at a time, then walked with the ones ahead prefetched. Sums
//! are integers: the order of the walk is free.

use crate::stored::{Constant, Halves, Packed, Separate, Stored};
use isospike_backend::Plan;
use isospike_backend::plan::{Index, Synapses, Table, pow2};
use isospike_lane::{Float, Int};
use std::ops::Range;

/// An accumulator: `i32` or `i64`.
pub(crate) trait Acc: Int<Mask = bool> + bytemuck::Pod + Default + Send + Sync {
    fn from_i64(x: i64) -> Self;
    fn to_i64(self) -> i64;
    fn add(self, o: Self) -> Self;
    fn mul(self, o: Self) -> Self;
    fn to_float<F: Float>(self) -> F;
}
macro_rules! acc {
    ($t:ident, $to_float:ident) => {
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
            #[inline(always)]
            fn to_float<F: Float>(self) -> F {
                F::$to_float(self)
            }
        }
    };
}
acc!(i32, from_i32);
acc!(i64, from_i64);

/// Segments listed before they are walked.
const LIST: usize = 512;
/// Segments between the one that is walked and the one that is prefetched.
const AHEAD: usize = 12;

/// A static table that reaches a block.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// Which table.
    pub(crate) table: usize,
    /// Which of its groups ends in the block, and at which port.
    pub(crate) group: usize,
    pub(crate) port: usize,
}

/// One segment to walk: its synapses and the lane that fired.
#[derive(Clone, Copy, Default)]
struct Segment {
    start: u64,
    len: u32,
    lane: u32,
}

/// Segments that arrive at a block in a step, route after route.
pub(crate) struct List {
    /// Spikes of the route whose segments are yet to be looked up: flat id, and by how many steps
    /// the delay exceeds the table's shortest.
    spikes: [(u32, u32); LIST],
    waiting: usize,
    segments: [Segment; LIST],
    len: usize,
    /// Routes, and where their segments end.
    stops: Vec<(Route, usize)>,
}

impl List {
    pub(crate) fn new() -> Self {
        List {
            spikes: [(0, 0); LIST],
            waiting: 0,
            segments: [Segment::default(); LIST],
            len: 0,
            stops: Vec::new(),
        }
    }

    /// Lists the segments of the spikes that wait.
    #[inline(always)]
    fn look_up<I: Copy + Into<u32>>(
        &mut self,
        table: &Table,
        route: Route,
        index: &[I],
        batch: usize,
    ) {
        let (stride, first) = (table.stride(), route.group * table.delays as usize);
        for &(flat, age) in &self.spikes[..self.waiting] {
            let (source, lane) = (flat as usize / batch, flat % batch as u32);
            let at = source * stride + first + age as usize;
            let bounds = &index[at..at + 2];
            let (from, to): (u32, u32) = (bounds[0].into(), bounds[1].into());
            let start = table.row_start[source] + u64::from(from);
            // An empty one is overwritten by the next.
            self.segments[self.len] = Segment { start, len: to - from, lane };
            self.len += usize::from(from < to);
        }
        self.waiting = 0;
    }
}

/// Lists the segments that arrive at a block in a step and walks them.
pub(crate) struct Courier<'a, A> {
    plan: &'a Plan,
    /// Accumulators of the block, `[port][element][lane]`.
    sums: &'a mut [A],
    /// Accumulators of a port.
    flat: usize,
    batch: usize,
    list: &'a mut List,
}

impl<'a, A: Acc> Courier<'a, A> {
    #[inline]
    pub(crate) fn new(plan: &'a Plan, sums: &'a mut [A], flat: usize, list: &'a mut List) -> Self {
        Courier { plan, sums, flat, batch: plan.batch(), list }
    }

    /// Takes the spikes of a step that go a route, `age` steps beyond the table's shortest delay.
    #[inline]
    pub(crate) fn take(&mut self, route: Route, spikes: &[u32], age: u32) {
        for &flat in spikes {
            self.list.spikes[self.list.waiting] = (flat, age);
            self.list.waiting += 1;
            if self.list.waiting == LIST {
                self.look_up(route);
            }
        }
    }

    /// Lists the segments of the spikes that wait: apart from `take`, so that the reads of the
    /// index do not wait for one another behind branches nobody can guess.
    fn look_up(&mut self, route: Route) {
        if self.list.len + self.list.waiting > LIST {
            self.stop(route);
            self.walk();
        }
        let table = &self.plan.tables()[route.table];
        match (&table.index, self.batch) {
            (Index::U16(index), 1) => self.list.look_up(table, route, index, 1),
            (Index::U16(index), batch) => self.list.look_up(table, route, index, batch),
            (Index::U32(index), 1) => self.list.look_up(table, route, index, 1),
            (Index::U32(index), batch) => self.list.look_up(table, route, index, batch),
        }
    }

    /// Ends a route.
    #[inline]
    pub(crate) fn end(&mut self, route: Route) {
        self.look_up(route);
        self.stop(route);
    }

    /// Ends what is listed of a route, and asks for the synapses that its walk begins with.
    fn stop(&mut self, route: Route) {
        let List { segments, len, stops, .. } = &mut *self.list;
        let from = stops.last().map_or(0, |s| s.1);
        if from < *len {
            stops.push((route, *len));
            let ahead = &segments[from..(*len).min(from + AHEAD)];
            read::<A>(&self.plan.tables()[route.table].synapses, Prefetch(ahead));
        }
    }

    /// Walks what is listed.
    pub(crate) fn walk(&mut self) {
        let mut from = 0;
        for i in 0..self.list.stops.len() {
            let (route, to) = self.list.stops[i];
            let list = &self.list.segments[from..to];
            from = to;
            let batch = self.batch;
            let sums = &mut self.sums[route.port * self.flat..][..self.flat];
            read(&self.plan.tables()[route.table].synapses, Walk { list, sums, batch });
        }
        self.list.stops.clear();
        self.list.len = 0;
    }
}

/// Something to do with the synapses of a table, whatever their format.
trait Job<A> {
    fn run(self, stored: impl Stored<A>);
}

fn read<A: Acc>(synapses: &Synapses, job: impl Job<A>) {
    match synapses {
        Synapses::Constant { weight, targets } => {
            job.run(Constant { targets, weight: A::from_i64(*weight) });
        }
        Synapses::U8 { multiplier, targets, weights } => {
            job.run(Separate { targets, weights, multiplier: A::from_i64(*multiplier) });
        }
        Synapses::I8 { multiplier, targets, weights } => {
            job.run(Separate { targets, weights, multiplier: A::from_i64(*multiplier) });
        }
        Synapses::U16 { multiplier, packed } => {
            job.run(Packed::<A, false> { packed, multiplier: A::from_i64(*multiplier) });
        }
        Synapses::I16 { multiplier, packed } => {
            job.run(Packed::<A, true> { packed, multiplier: A::from_i64(*multiplier) });
        }
        Synapses::I32 { multiplier, targets, weights } => {
            job.run(Separate { targets, weights, multiplier: A::from_i64(*multiplier) });
        }
        Synapses::I64 { targets, weights } => {
            job.run(Separate { targets, weights, multiplier: A::from_i64(1) });
        }
        Synapses::Half { format, shift, packed } => {
            job.run(Halves { packed, format: *format, scale: pow2(*shift) as f32 });
        }
        Synapses::Plastic { .. } => unreachable!("plastic synapses are delivered by `plastic`"),
    }
}

/// Asks for the synapses of segments.
struct Prefetch<'a>(&'a [Segment]);

impl<A> Job<A> for Prefetch<'_> {
    #[inline(always)]
    fn run(self, stored: impl Stored<A>) {
        self.0.iter().for_each(|s| stored.prefetch(s.range().start, s.range().end));
    }
}

/// Adds the synapses of segments.
struct Walk<'a, A> {
    list: &'a [Segment],
    /// Accumulators of a port, `[element][lane]`.
    sums: &'a mut [A],
    batch: usize,
}

impl<A: Acc> Job<A> for Walk<'_, A> {
    #[inline(always)]
    fn run(self, stored: impl Stored<A>) {
        walk(self.list, self.sums, self.batch, stored);
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
