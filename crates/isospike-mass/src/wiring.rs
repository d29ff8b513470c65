//! Connections as tiles walk them.
//!
//! What a node sends is kept in a ring of as many slots as its latest reader needs, ring after
//! ring: `[source][slot][number][lane]`. Slot t mod depth holds what was sent at step t; it is
//! overwritten when no edge reaches back to it any more.
//!
//! A sum begins with +0 and takes edges by source, ascending, those with a delay first: one
//! product, one sum each. Edges of weight 0 fill up blocks; as a sum that began with +0 is never -0
//! and what is sent is finite, they change no bit.

use crate::connectome::Edge;
use crate::equations::term;
use crate::row::CHUNK;
use isospike_lane::Float;

/// The slots of a source at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ring {
    /// Slots before those of this source.
    offset: u32,
    /// How many it has: its largest delay; 0 where all that read it do so at once.
    depth: u32,
    /// The moment's own slot.
    head: u32,
}

impl Ring {
    /// The slot of so many steps before, from 1 to depth.
    #[inline(always)]
    fn slot(self, lag: u32) -> usize {
        let wrapped = if self.head < lag { self.depth } else { 0 };
        (self.offset + self.head + wrapped - lag) as usize
    }
}

/// The rings of all sources at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Rings {
    all: Vec<Ring>,
    slots: usize,
}

impl Rings {
    fn new(nodes: usize, edges: &[(Edge, u32)]) -> Self {
        let mut all = vec![Ring::default(); nodes];
        for (edge, lag) in edges {
            let depth = &mut all[edge.from as usize].depth;
            *depth = (*depth).max(*lag);
        }
        let mut slots = 0;
        for ring in &mut all {
            ring.offset = slots;
            slots += ring.depth;
        }
        Rings { all, slots: slots as usize }
    }

    /// Slots of all.
    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// Goes on by a step.
    pub(crate) fn advance(&mut self) {
        for ring in &mut self.all {
            ring.head += 1;
            if ring.head >= ring.depth {
                ring.head = 0;
            }
        }
    }

    /// Steps of the longest delay.
    pub(crate) fn longest(&self) -> u32 {
        self.all.iter().map(|ring| ring.depth).max().unwrap_or(0)
    }

    /// As they were so many steps before.
    pub(crate) fn before(&self, steps: u32) -> Self {
        let mut rings = self.clone();
        for ring in rings.all.iter_mut().filter(|ring| ring.depth > 0) {
            ring.head = (ring.head + ring.depth - steps % ring.depth) % ring.depth;
        }
        rings
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots == 0
    }

    /// Keeps what is sent at this moment, `[number][node][lane]`, rows of `places` numbers.
    pub(crate) fn keep<F: Float>(&self, ring: &mut [F], sent: &[F], places: usize, lanes: usize) {
        let numbers = sent.len() / places;
        for (node, at) in self.all.iter().enumerate().filter(|(_, at)| at.depth > 0) {
            let slot = (at.offset + at.head) as usize * numbers * lanes;
            for k in 0..numbers {
                ring[slot + k * lanes..][..lanes]
                    .copy_from_slice(&sent[k * places + node * lanes..][..lanes]);
            }
        }
    }

    /// Fills all slots with what is sent now.
    pub(crate) fn fill<F: Float>(&self, ring: &mut [F], sent: &[F], places: usize, lanes: usize) {
        let mut at = self.clone();
        for _ in 0..self.longest() {
            at.keep(ring, sent, places, lanes);
            at.advance();
        }
    }
}

/// Targets side by side when lanes fill vectors: enough sums to hide how long one takes.
const ROWS: usize = 4;

/// Targets with lists of their own, of equal length: the e-th edges of all.
#[derive(Clone, Debug, Default)]
struct Rows<F> {
    /// Whether all see the same sources at the same places.
    shared: bool,
    from: Vec<[u32; ROWS]>,
    lag: Vec<[u32; ROWS]>,
    weight: Vec<[F; ROWS]>,
}

/// Targets that see one source at a time, for tiles of one lane: they fill 1, 2 or 4 vectors.
#[derive(Clone, Debug)]
struct Columns<F> {
    vectors: usize,
    from: Vec<u32>,
    /// `[source][target]`
    lag: Vec<u32>,
    weight: Vec<F>,
}

/// Edges of one kind, delayed or not.
#[derive(Clone, Debug)]
pub(crate) struct Wires<F> {
    rows: Vec<Rows<F>>,
    columns: Vec<Columns<F>>,
}

impl<F: Float> Wires<F> {
    pub(crate) fn new(nodes: usize, edges: &[(Edge, u32)]) -> Self {
        Wires { rows: rows(nodes, edges), columns: columns(nodes, edges) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.iter().all(|block| block.from.is_empty())
    }

    pub(crate) fn bytes(&self) -> usize {
        let size = size_of::<u32>() + size_of::<F>();
        let rows = self.rows.iter().map(|b| b.from.len() * ROWS * (size + size_of::<u32>()));
        let columns = self.columns.iter();
        let columns = columns.map(|b| b.from.len() * size_of::<u32>() + b.lag.len() * size);
        rows.sum::<usize>() + columns.sum::<usize>()
    }
}

fn rows<F: Float>(nodes: usize, edges: &[(Edge, u32)]) -> Vec<Rows<F>> {
    let mut blocks: Vec<_> = (0..nodes.div_ceil(ROWS)).map(|_| Rows::default()).collect();
    let mut filled = vec![0; nodes];
    for (edge, lag) in edges {
        let (to, block): (_, &mut Rows<F>) =
            (edge.to as usize, &mut blocks[edge.to as usize / ROWS]);
        if filled[to] == block.from.len() {
            // whatever this one reads, the others may read too, with weight 0
            block.from.push([edge.from; ROWS]);
            block.lag.push([*lag; ROWS]);
            block.weight.push([F::default(); ROWS]);
        }
        let (e, r) = (filled[to], to % ROWS);
        block.from[e][r] = edge.from;
        block.lag[e][r] = *lag;
        block.weight[e][r] = F::from_f64(edge.weight);
        filled[to] += 1;
    }
    for block in &mut blocks {
        block.shared = block.from.iter().all(|from| from.iter().all(|f| *f == from[0]));
    }
    blocks
}

fn columns<F: Float>(nodes: usize, edges: &[(Edge, u32)]) -> Vec<Columns<F>> {
    let mut blocks = Vec::new();
    let mut first = 0;
    while first < nodes {
        let left = (nodes - first).div_ceil(CHUNK);
        let vectors = *[4, 2, 1].iter().find(|&&v| v <= left).expect("1 always is");
        let targets = vectors * CHUNK;
        let of = |edge: &Edge| (first..first + targets).contains(&(edge.to as usize));
        let mut own: Vec<_> = edges.iter().filter(|(edge, _)| of(edge)).collect();
        own.sort_by_key(|(edge, _)| edge.from);
        let mut block = Columns { vectors, from: vec![], lag: vec![], weight: vec![] };
        for (edge, lag) in own {
            if block.from.last() != Some(&edge.from) {
                block.from.push(edge.from);
                block.lag.extend(std::iter::repeat_n(*lag, targets));
                block.weight.extend(std::iter::repeat_n(F::default(), targets));
            }
            let at = (block.from.len() - 1) * targets + edge.to as usize - first;
            block.lag[at] = *lag;
            block.weight[at] = F::from_f64(edge.weight);
        }
        blocks.push(block);
        first += targets;
    }
    blocks
}

/// All connections, for lanes of the same speed of conduction.
#[derive(Clone, Debug)]
pub(crate) struct Wiring<F> {
    pub(crate) delayed: Wires<F>,
    pub(crate) instant: Wires<F>,
    pub(crate) rings: Rings,
    /// Sums of weights, by target.
    pub(crate) weights: Vec<F>,
}

impl<F: Float> Wiring<F> {
    /// Bytes of all connections.
    pub(crate) fn bytes(&self) -> usize {
        self.delayed.bytes() + self.instant.bytes()
    }

    pub(crate) fn new(nodes: usize, edges: &[(Edge, u32)]) -> Self {
        let (instant, delayed): (Vec<_>, Vec<_>) =
            edges.iter().copied().partition(|(_, lag)| *lag == 0);
        let mut weights = vec![0.0; nodes];
        for (edge, _) in edges {
            weights[edge.to as usize] += edge.weight;
        }
        Wiring {
            delayed: Wires::new(nodes, &delayed),
            instant: Wires::new(nodes, &instant),
            rings: Rings::new(nodes, &delayed),
            weights: weights.into_iter().map(F::from_f64).collect(),
        }
    }
}

/// Where numbers are read for sums.
#[derive(Clone, Copy)]
pub(crate) enum From<'a, F> {
    /// What was sent, so many steps before: a ring of `[source][slot][number][lane]`.
    Ring(&'a Rings, &'a [F]),
    /// What is sent now, `[number][place]`.
    Now(&'a [F]),
}

/// sums + w x. With N numbers of one vector and sums that began with a constant, the compiler keeps
/// them in a register.
#[inline(always)]
fn add<F: Float, const N: usize>(sums: &mut [F; N], w: F, x: &[F; N]) {
    for i in 0..N {
        sums[i] = term(sums[i], w, x[i]);
    }
}

#[inline(always)]
fn vector<F, const N: usize>(all: &[F], at: usize) -> &[F; N] {
    all[at..].first_chunk().expect("a whole vector")
}

/// # Safety
/// There are N numbers from `at` on.
#[inline(always)]
unsafe fn vector_of<F, const N: usize>(all: &[F], at: usize) -> &[F; N] {
    debug_assert!(at + N <= all.len());
    // SAFETY: as the caller says.
    unsafe { &*all.as_ptr().add(at).cast() }
}

#[inline(always)]
fn store<F: Float, const N: usize>(
    acc: &[[F; N]; ROWS],
    sums: &mut [F],
    lanes: usize,
    part: usize,
) {
    for (acc, sums) in acc.iter().zip(sums.chunks_exact_mut(lanes)) {
        *sums[part..].first_chunk_mut().expect("a whole vector") = *acc;
    }
}

/// Adds to sums, `[number][place]`, what arrives over wires, in tiles of 8 or 16 lanes.
#[inline(always)]
pub(crate) fn add_rows<F: Float, const N: usize>(
    wires: &Wires<F>,
    from: From<'_, F>,
    sums: &mut [F],
    (nodes, lanes, places): (usize, usize, usize),
) {
    let numbers = sums.len() / places;
    let room = match from {
        From::Ring(rings, ring) => ring.len() >= rings.slots * numbers * lanes,
        From::Now(sent) => sent.len() >= numbers * places,
    };
    assert!(room && places >= nodes * lanes && lanes.is_multiple_of(N));
    for k in 0..numbers {
        for (b, block) in wires.rows.iter().enumerate() {
            let targets = ROWS.min(nodes - b * ROWS);
            let sums = &mut sums[k * places + b * ROWS * lanes..][..targets * lanes];
            for part in (0..lanes).step_by(N) {
                // what there is, times 1, comes first: a sum is never -0
                let one = F::from_f64(1.0);
                let mut acc = [[F::default(); N]; ROWS];
                for (acc, sums) in acc.iter_mut().zip(sums.chunks_exact(lanes)) {
                    add(acc, one, vector(sums, part));
                }
                let edges = block.from.iter().zip(&block.lag).zip(&block.weight);
                match from {
                    From::Ring(rings, ring) => {
                        let at = |from: u32, lag: u32| {
                            let slot = rings.all[from as usize].slot(lag);
                            // SAFETY: a slot is one of its source's ring, and there is room for
                            // all of them.
                            unsafe { vector_of(ring, (slot * numbers + k) * lanes + part) }
                        };
                        for ((from, lag), weight) in edges {
                            add(&mut acc[0], weight[0], at(from[0], lag[0]));
                            add(&mut acc[1], weight[1], at(from[1], lag[1]));
                            add(&mut acc[2], weight[2], at(from[2], lag[2]));
                            add(&mut acc[3], weight[3], at(from[3], lag[3]));
                        }
                    }
                    From::Now(sent) => {
                        let sent = &sent[k * places..][..places];
                        // SAFETY: sources are below `nodes`, and there is room for all of them.
                        let at =
                            |from: u32| unsafe { vector_of(sent, from as usize * lanes + part) };
                        if block.shared {
                            for ((from, _), weight) in edges {
                                let x = at(from[0]);
                                add(&mut acc[0], weight[0], x);
                                add(&mut acc[1], weight[1], x);
                                add(&mut acc[2], weight[2], x);
                                add(&mut acc[3], weight[3], x);
                            }
                            store(&acc, sums, lanes, part);
                            continue;
                        }
                        for ((from, _), weight) in edges {
                            add(&mut acc[0], weight[0], at(from[0]));
                            add(&mut acc[1], weight[1], at(from[1]));
                            add(&mut acc[2], weight[2], at(from[2]));
                            add(&mut acc[3], weight[3], at(from[3]));
                        }
                    }
                }
                store(&acc, sums, lanes, part);
            }
        }
    }
}

/// The same in tiles of one lane: targets fill vectors.
#[inline(always)]
pub(crate) fn add_columns<F: Float, const N: usize>(
    wires: &Wires<F>,
    from: From<'_, F>,
    sums: &mut [F],
    places: usize,
) {
    let numbers = sums.len() / places;
    for k in 0..numbers {
        let mut rest = &mut sums[k * places..][..places];
        for block in &wires.columns {
            let (own, others) = rest.split_at_mut(block.vectors * CHUNK);
            let mut first = 0;
            while first < own.len() {
                let left = own.len() - first;
                first += if left >= 4 * N {
                    add_block::<F, N, 4>(block, from, &mut own[first..], (first, k, numbers))
                } else if left >= 2 * N {
                    add_block::<F, N, 2>(block, from, &mut own[first..], (first, k, numbers))
                } else {
                    add_block::<F, N, 1>(block, from, &mut own[first..], (first, k, numbers))
                };
            }
            rest = others;
        }
    }
}

/// V vectors of targets of a block, from the `first` on.
#[inline(always)]
fn add_block<F: Float, const N: usize, const V: usize>(
    block: &Columns<F>,
    from: From<'_, F>,
    sums: &mut [F],
    (first, k, numbers): (usize, usize, usize),
) -> usize {
    let targets = block.vectors * CHUNK;
    let mut acc = [[F::default(); N]; V];
    for (v, acc) in acc.iter_mut().enumerate() {
        add(acc, F::from_f64(1.0), vector(sums, v * N));
    }
    let weights = block.weight.chunks_exact(targets).zip(&block.from);
    match from {
        From::Now(sent) => {
            let sent = &sent[k * (sent.len() / numbers)..];
            for (weights, &from) in weights {
                let x = sent[from as usize];
                let weights = weights[first..][..V * N].as_chunks::<N>().0;
                for (acc, weights) in acc.iter_mut().zip(weights) {
                    add(acc, x, weights);
                }
            }
        }
        From::Ring(rings, ring) => {
            let lags = block.lag.chunks_exact(targets);
            for ((weights, &from), lags) in weights.zip(lags) {
                let at = rings.all[from as usize];
                let weights = weights[first..][..V * N].as_chunks::<N>().0;
                let lags = lags[first..][..V * N].as_chunks::<N>().0;
                for ((acc, weights), lags) in acc.iter_mut().zip(weights).zip(lags) {
                    let x = lags.map(|lag| ring[at.slot(lag) * numbers + k]);
                    for i in 0..N {
                        acc[i] = term(acc[i], weights[i], x[i]);
                    }
                }
            }
        }
    }
    for (acc, sums) in acc.iter().zip(sums.as_chunks_mut::<N>().0) {
        *sums = *acc;
    }
    V * N
}
