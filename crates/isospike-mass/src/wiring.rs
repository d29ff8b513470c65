//! Connections as tiles walk them.
//!
//! What a node sends is kept in a ring of as many slots as its latest reader needs, ring after
//! ring: `[source][slot][number][lane]`. Slot t mod depth holds what was sent at step t; it is
//! overwritten when no edge reaches back to it any more.
//!
//! A sum begins with +0 and takes edges by source, ascending, those with a delay first: one product,
//! one sum each. Edges of weight 0 fill up blocks; as a sum that began with +0 is never -0 and what
//! is sent is finite, they change no bit.

use crate::connectome::Edge;
use crate::row::CHUNK;
use isospike_lane::{Float, Lane, W};

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
        for _ in 0..self.all.iter().map(|ring| ring.depth).max().unwrap_or(0) {
            at.keep(ring, sent, places, lanes);
            at.advance();
        }
    }
}

/// T targets side by side and the edges that reach them, one of each at a time.
#[derive(Clone, Debug)]
struct Block<F, const T: usize> {
    from: Vec<[u32; T]>,
    lag: Vec<[u32; T]>,
    weight: Vec<[F; T]>,
}

/// Targets side by side when lanes fill vectors: enough sums to hide how long one takes.
const ROWS: usize = 4;

/// Edges of one kind, delayed or not.
#[derive(Clone, Debug)]
pub(crate) struct Wires<F> {
    /// For tiles of several lanes.
    rows: Vec<Block<F, ROWS>>,
    /// For tiles of one lane: here a block has one source at a time.
    columns: Vec<Block<F, CHUNK>>,
}

impl<F: Float> Wires<F> {
    fn new(nodes: usize, edges: &[(Edge, u32)]) -> Self {
        Wires { rows: rows(nodes, edges), columns: columns(nodes, edges) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.iter().all(|block| block.from.is_empty())
    }

    pub(crate) fn bytes(&self) -> usize {
        let size = 2 * size_of::<u32>() + size_of::<F>();
        let rows: usize = self.rows.iter().map(|b| b.from.len() * ROWS).sum();
        let columns: usize = self.columns.iter().map(|b| b.from.len() * CHUNK).sum();
        (rows + columns) * size
    }
}

/// Blocks of targets with lists of their own, the shorter ones filled up.
fn rows<F: Float>(nodes: usize, edges: &[(Edge, u32)]) -> Vec<Block<F, ROWS>> {
    let mut blocks: Vec<_> = (0..nodes.div_ceil(ROWS))
        .map(|_| Block { from: Vec::new(), lag: Vec::new(), weight: Vec::new() })
        .collect();
    let mut filled = vec![0; nodes];
    for (edge, lag) in edges {
        let (to, block) = (edge.to as usize, &mut blocks[edge.to as usize / ROWS]);
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
    blocks
}

/// Blocks of targets that see one source at a time.
fn columns<F: Float>(nodes: usize, edges: &[(Edge, u32)]) -> Vec<Block<F, CHUNK>> {
    let mut blocks = Vec::new();
    for first in (0..nodes).step_by(CHUNK) {
        let mut own: Vec<_> = edges
            .iter()
            .filter(|(edge, _)| (first..first + CHUNK).contains(&(edge.to as usize)))
            .collect();
        own.sort_by_key(|(edge, _)| edge.from);
        let mut block = Block { from: Vec::new(), lag: Vec::new(), weight: Vec::new() };
        let mut last = None;
        for (edge, lag) in own {
            if last != Some(edge.from) {
                block.from.push([edge.from; CHUNK]);
                block.lag.push([*lag; CHUNK]);
                block.weight.push([F::default(); CHUNK]);
                last = Some(edge.from);
            }
            let (e, r) = (block.from.len() - 1, edge.to as usize - first);
            block.lag[e][r] = *lag;
            block.weight[e][r] = F::from_f64(edge.weight);
        }
        blocks.push(block);
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

/// Adds to sums, `[number][place]`, what arrives over wires, in tiles of 8 or 16 lanes.
#[inline(always)]
pub(crate) fn add_rows<F: Float, const L: usize>(
    wires: &Wires<F>,
    from: From<'_, F>,
    sums: &mut [F],
    (nodes, places): (usize, usize),
) {
    let numbers = sums.len() / places;
    for k in 0..numbers {
        let sums = &mut sums[k * places..][..places];
        for (b, block) in wires.rows.iter().enumerate() {
            let targets = ROWS.min(nodes - b * ROWS);
            let mut acc = [W([F::default(); L]); ROWS];
            for (r, acc) in acc.iter_mut().enumerate().take(targets) {
                *acc = W::load(&sums[(b * ROWS + r) * L..]);
            }
            let edges = block.from.iter().zip(&block.lag).zip(&block.weight);
            match from {
                From::Ring(rings, ring) => {
                    for ((from, lag), weight) in edges {
                        for r in 0..ROWS {
                            let slot = rings.all[from[r] as usize].slot(lag[r]);
                            let x = W::<F, L>::load(&ring[(slot * numbers + k) * L..]);
                            acc[r] = acc[r] + W::splat(weight[r]) * x;
                        }
                    }
                }
                From::Now(sent) => {
                    let sent = &sent[k * places..][..places];
                    for ((from, _), weight) in edges {
                        for r in 0..ROWS {
                            let x = W::<F, L>::load(&sent[from[r] as usize * L..]);
                            acc[r] = acc[r] + W::splat(weight[r]) * x;
                        }
                    }
                }
            }
            for (r, acc) in acc.into_iter().enumerate().take(targets) {
                acc.store(&mut sums[(b * ROWS + r) * L..]);
            }
        }
    }
}

/// The same in tiles of one lane: targets fill vectors.
#[inline(always)]
pub(crate) fn add_columns<F: Float>(
    wires: &Wires<F>,
    from: From<'_, F>,
    sums: &mut [F],
    places: usize,
) {
    let numbers = sums.len() / places;
    for k in 0..numbers {
        let sums = &mut sums[k * places..][..places];
        for (block, sums) in wires.columns.iter().zip(sums.chunks_exact_mut(CHUNK)) {
            let mut acc = W::<F, CHUNK>::load(sums);
            for ((from_, lag), weight) in block.from.iter().zip(&block.lag).zip(&block.weight) {
                let source = from_[0] as usize;
                let x = match from {
                    From::Ring(rings, ring) => {
                        let at = rings.all[source];
                        let mut x = [F::default(); CHUNK];
                        for i in 0..CHUNK {
                            x[i] = ring[at.slot(lag[i]) * numbers + k];
                        }
                        W(x)
                    }
                    From::Now(sent) => W::splat(sent[k * places + source]),
                };
                acc = acc + W(*weight) * x;
            }
            acc.store(sums);
        }
    }
}
