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
    fn slot(self, lag: u32) -> u32 {
        let Ring { offset, depth, head } = self;
        // both are below 2^31. No branch, which would be as good as random: all bits of a negative
        // difference's sign.
        let back = head.wrapping_sub(lag);
        let wrapped = depth & ((back as i32) >> 31) as u32;
        offset.wrapping_add(back).wrapping_add(wrapped)
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

    /// Where something begins that a source sent so many steps before: from 1 to its depth.
    #[inline(always)]
    pub(crate) fn slot(&self, source: u32, lag: u32) -> usize {
        self.all[source as usize].slot(lag) as usize
    }

    /// Where it begins for many lags side by side, where a slot has so many numbers.
    #[inline(always)]
    pub(crate) fn slots_of<const N: usize>(
        &self,
        source: u32,
        lags: &[u32; N],
        numbers: usize,
    ) -> [u32; N] {
        let ring = self.all[source as usize];
        let mut slots = *lags;
        for slot in &mut slots {
            *slot = ring.slot(*slot) * numbers as u32;
        }
        slots
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
pub(crate) const ROWS: usize = 4;

/// Targets with lists of their own, of equal length: the e-th edges of all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows<F> {
    /// Whether all see the same sources at the same places, after the same time.
    pub(crate) shared: bool,
    pub(crate) from: Vec<[u32; ROWS]>,
    pub(crate) lag: Vec<[u32; ROWS]>,
    pub(crate) weight: Vec<[F; ROWS]>,
}

/// Targets that see one source at a time, for tiles of one lane: they fill 1, 2 or 4 vectors.
#[derive(Clone, Debug)]
pub(crate) struct Columns<F> {
    pub(crate) vectors: usize,
    pub(crate) from: Vec<u32>,
    /// `[source][target]`
    pub(crate) lag: Vec<u32>,
    pub(crate) weight: Vec<F>,
}

/// Edges of one kind, delayed or not.
#[derive(Clone, Debug)]
pub(crate) struct Wires<F> {
    pub(crate) rows: Vec<Rows<F>>,
    pub(crate) columns: Vec<Columns<F>>,
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
        let mut edges = block.from.iter().zip(&block.lag);
        block.shared = edges.all(|(from, lag)| {
            from.iter().all(|f| *f == from[0]) && lag.iter().all(|l| *l == lag[0])
        });
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
