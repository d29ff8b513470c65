//! Spike-timing-dependent plasticity, all-to-all pairs, in the order of NEST's `stdp_synapse`.
//!
//! A synapse is updated when its source fires. All of its delay is dendritic: a postsynaptic spike
//! at time p reaches it at p + d. At a presynaptic spike at time T it potentiates once for every
//! postsynaptic spike that reached it since it was last up to date, (done, T], then depresses once
//! with the postsynaptic trace just before T - d, and emits its weight, which arrives d later.
//! Postsynaptic spikes are kept in a short history. When a neuron's history is full, all synapses
//! are brought up to date (*consolidated*) and the past is forgotten; when that happens depends on
//! the spikes alone, so it is the same on every backend. Times are steps plus one: 0 means never.

use crate::deliver::Acc;
use isospike_backend::Plan;
use isospike_backend::plan::{Piece, Synapses, Table, pow2};
use isospike_lane::{Float, Math};
use isospike_net::{Plasticity, StdpRule};
use std::cell::UnsafeCell;

/// Weights of a plastic table, `[synapse][lane]`. Segments of different groups belong to different
/// blocks.
pub(crate) struct Weights<F>(UnsafeCell<Vec<F>>);

// SAFETY: `segment` is unsafe and names the discipline: a segment is touched by the owner of its
// block only.
unsafe impl<F: Send> Sync for Weights<F> {}

impl<F: Float> Weights<F> {
    pub(crate) fn new(table: &Table, batch: usize) -> Self {
        let Synapses::Plastic { initial, .. } = &table.synapses else {
            unreachable!("a plastic table")
        };
        let w = |i: usize| F::from_f64(initial.at(i / batch));
        Weights(UnsafeCell::new((0..table.len() * batch).map(w).collect()))
    }
    pub(crate) fn bytes(&mut self) -> u64 {
        size_of_val(&self.0.get_mut()[..]) as u64
    }
    pub(crate) fn all(&mut self) -> &mut Vec<F> {
        self.0.get_mut()
    }
    /// # Safety
    /// Only the worker that owns the segment's block calls this, and holds one segment at a time.
    #[expect(clippy::mut_from_ref)]
    unsafe fn segment(&self, range: std::ops::Range<usize>) -> &mut [F] {
        // SAFETY: in bounds, since ranges come from the table; not aliased, by this function's
        // contract.
        unsafe {
            let first = (*self.0.get()).as_mut_ptr().add(range.start);
            std::slice::from_raw_parts_mut(first, range.len())
        }
    }
}

/// What one block knows of the sources of a plastic table, `[source][lane]`.
pub(crate) struct PreTraces<F> {
    pub(crate) table: usize,
    pub(crate) group: usize,
    pub(crate) port: usize,
    pub(crate) rule: usize,
    /// One grid per piece of the block.
    grids: Vec<Grid<F>>,
    /// Time of the last spike.
    pub(crate) last: Vec<u64>,
    /// Up to when the synapses are up to date.
    pub(crate) done: Vec<u64>,
    /// Trace just after the last spike.
    pub(crate) trace: Vec<F>,
}

impl<F: Float> PreTraces<F> {
    /// Of a group of a table that follows a rule.
    pub(crate) fn new(plan: &Plan, table: usize, group: usize, rule: usize) -> Self {
        let (block, port) = plan.tables()[table].groups[group];
        let pieces = &plan.layout().pieces[plan.layout().blocks[block].pieces.clone()];
        let grids = pieces.iter().map(|p| Grid::new(plan, p, port, rule)).collect();
        let n = plan.tables()[table].sources() * plan.batch();
        let (last, done, trace) = (vec![0; n], vec![0; n], vec![F::default(); n]);
        PreTraces { table, group, port, rule, grids, last, done, trace }
    }
    pub(crate) fn bytes(&self) -> usize {
        self.trace.len() * (size_of::<F>() + 16)
    }
}

/// The last spikes of every neuron of a block, with the trace just after each,
/// `[element][lane][entry]`.
pub(crate) struct History<F> {
    pub(crate) room: usize,
    pub(crate) time: Vec<u64>,
    pub(crate) trace: Vec<F>,
    pub(crate) count: Vec<u32>,
}

impl<F: Float> History<F> {
    pub(crate) fn new(flat: usize, room: usize) -> Self {
        let (time, trace) = (vec![0; flat * room], vec![F::default(); flat * room]);
        History { room, time, trace, count: vec![0; flat] }
    }
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.time[..]) + size_of_val(&self.trace[..]) + size_of_val(&self.count[..])
    }
    /// Entries of a neuron, oldest first.
    fn of(&self, flat: usize) -> (&[u64], &[F]) {
        let (at, n) = (flat * self.room, self.count[flat] as usize);
        (&self.time[at..at + n], &self.trace[at..at + n])
    }
    /// Appends a spike; true when there is no room for another.
    pub(crate) fn push(&mut self, flat: usize, time: u64, decay: &Decay<F>) -> bool {
        let n = self.count[flat] as usize;
        let before = match n {
            0 => F::default(),
            n => {
                let (times, traces) = self.of(flat);
                traces[n - 1] * decay.over(time - times[n - 1])
            }
        };
        let at = flat * self.room + n;
        (self.time[at], self.trace[at]) = (time, before + F::lit(1.0));
        self.count[flat] += 1;
        n + 1 == self.room
    }
    /// Forgets what no synapse will ask for again: spikes up to `until`, but for the last of them.
    pub(crate) fn forget(&mut self, until: u64) {
        for flat in 0..self.count.len() {
            let (at, n) = (flat * self.room, self.count[flat] as usize);
            let gone = self.time[at..at + n].partition_point(|&t| t <= until).saturating_sub(1);
            self.time.copy_within(at + gone..at + n, at);
            self.trace.copy_within(at + gone..at + n, at);
            self.count[flat] = (n - gone) as u32;
        }
    }
}

/// exp(-steps dt / tau).
pub(crate) struct Decay<F> {
    rate: F,
}

impl<F: Float> Decay<F> {
    pub(crate) fn new(dt_ms: f64, tau_ms: f64) -> Self {
        Decay { rate: F::from_f64(-dt_ms / tau_ms) }
    }
    #[inline]
    fn over(&self, steps: u64) -> F {
        (F::from_i64(steps as i64) * self.rate).exp()
    }
}

/// A rule with its numbers in the session's precision.
pub(crate) struct Rule<F> {
    kind: StdpRule,
    pub(crate) plus: Decay<F>,
    pub(crate) minus: Decay<F>,
    lambda: F,
    alpha_lambda: F,
    mu_plus: Power<F>,
    mu_minus: Power<F>,
    w_max: F,
}

/// x^mu, without a function call for the two usual exponents.
enum Power<F> {
    One,
    Linear,
    General(F),
}

impl<F: Float> Power<F> {
    fn new(mu: f64) -> Self {
        match mu {
            0.0 => Power::One,
            1.0 => Power::Linear,
            mu => Power::General(F::from_f64(mu)),
        }
    }
    #[inline]
    fn of(&self, x: F) -> F {
        match *self {
            Power::One => F::lit(1.0),
            Power::Linear => x,
            Power::General(mu) => x.pow(mu),
        }
    }
}

impl<F: Float> Rule<F> {
    pub(crate) fn new(p: &Plasticity, dt_ms: f64) -> Self {
        Rule {
            kind: p.rule,
            plus: Decay::new(dt_ms, p.tau_plus),
            minus: Decay::new(dt_ms, p.tau_minus),
            lambda: F::from_f64(p.lambda),
            alpha_lambda: F::from_f64(p.alpha * p.lambda),
            mu_plus: Power::new(p.mu_plus),
            mu_minus: Power::new(p.mu_minus),
            w_max: F::from_f64(p.w_max),
        }
    }
    /// Potentiation by a postsynaptic spike (Guetig et al. 2003, Morrison et al. 2007).
    #[inline]
    fn potentiate(&self, w: F, trace: F) -> F {
        let one = F::lit(1.0);
        match self.kind {
            StdpRule::Pair => {
                let x = w / self.w_max;
                let n = x + self.lambda * self.mu_plus.of(one - x) * trace;
                if n < one { n * self.w_max } else { self.w_max }
            }
            StdpRule::PowerLaw => w + self.lambda * self.mu_plus.of(w) * trace,
        }
    }
    /// Depression by a presynaptic spike.
    #[inline]
    fn depress(&self, w: F, trace: F) -> F {
        let zero = F::default();
        match self.kind {
            StdpRule::Pair => {
                let x = w / self.w_max;
                let n = x - self.alpha_lambda * self.mu_minus.of(x) * trace;
                if n > zero { n * self.w_max } else { zero }
            }
            StdpRule::PowerLaw => {
                let n = w - self.alpha_lambda * w * trace;
                if n > zero { n } else { zero }
            }
        }
    }
}

/// The plastic synapses of one table that end in one block.
pub(crate) struct Learner<'a, F, A> {
    pub(crate) plan: &'a Plan,
    pub(crate) rule: &'a Rule<F>,
    pub(crate) weights: &'a Weights<F>,
    pub(crate) traces: &'a mut PreTraces<F>,
    pub(crate) history: &'a History<F>,
    /// `[step ahead][port][element][lane]`.
    pub(crate) pending: &'a mut [A],
    pub(crate) pending_steps: usize,
}

impl<F: Float, A: Acc> Learner<'_, F, A> {
    /// The sources that fired in a step, as flat ids.
    pub(crate) fn fire(&mut self, spikes: &[u32], step: u64) {
        let batch = self.plan.batch();
        for &flat in spikes {
            let (source, lane) = (flat as usize / batch, flat as usize % batch);
            self.row(source, lane, step, true);
            let (now, i) = (step + 1, flat as usize);
            let t = &mut *self.traces;
            t.trace[i] = t.trace[i] * self.rule.plus.over(now - t.last[i]) + F::lit(1.0);
            (t.last[i], t.done[i]) = (now, now);
        }
    }

    /// Brings all synapses up to date at the end of a step.
    pub(crate) fn consolidate(&mut self, step: u64) {
        let batch = self.plan.batch();
        for i in 0..self.traces.done.len() {
            self.row(i / batch, i % batch, step, false);
            self.traces.done[i] = step + 1;
        }
    }

    fn row(&mut self, source: usize, lane: usize, step: u64, fires: bool) {
        let table = &self.plan.tables()[self.traces.table];
        let Synapses::Plastic { targets, .. } = &table.synapses else { return };
        let (batch, now, i) = (self.plan.batch(), step + 1, source * self.plan.batch() + lane);
        let (last, done, pre) = (self.traces.last[i], self.traces.done[i], self.traces.trace[i]);
        let width = self.pending.len() / self.pending_steps;
        let flat = self.history.count.len();
        for delay in table.first_delay..table.first_delay + table.delays {
            let d = u64::from(delay);
            let range = table.segment(source, self.traces.group, delay);
            // SAFETY: this worker owns the group's block, and this is its only segment at the
            // moment.
            let weights = unsafe { self.weights.segment(range.start * batch..range.end * batch) };
            let slot = ((step + d) % self.pending_steps as u64) as usize;
            let out = &mut self.pending[slot * width + self.traces.port * flat..][..flat];
            for (target, w) in
                targets[range].iter().zip(weights.iter_mut().skip(lane).step_by(batch))
            {
                let post = usize::from(*target) * batch + lane;
                let (times, posts) = self.history.of(post);
                let from = times.partition_point(|&t| t + d <= done);
                let to = times.partition_point(|&t| t + d <= now);
                for &t in &times[from..to] {
                    *w = self.rule.potentiate(*w, pre * self.rule.plus.over(t + d - last));
                }
                if fires {
                    let before = times.partition_point(|&t| t + d < now);
                    let trace = match before {
                        0 => F::default(),
                        n => posts[n - 1] * self.rule.minus.over(now - d - times[n - 1]),
                    };
                    *w = self.rule.depress(*w, trace);
                    let units = Grid::of(&self.traces.grids, *target).units(*w);
                    out[post] = out[post].add(A::from_i64(units));
                }
            }
        }
    }
}

/// The accumulator grid of a piece's port.
struct Grid<F> {
    /// The piece's first element in its block.
    offset: usize,
    /// Units of a weight of 1.
    scale: F,
    /// The most units of one synapse, for which the accumulators were sized.
    most: i64,
}

impl<F: Float> Grid<F> {
    fn new(plan: &Plan, piece: &Piece, port: usize, rule: usize) -> Self {
        let neurons = plan.neurons_of(piece);
        // a model with fewer ports shares the block, but gets nothing from this table
        let Some(p) = neurons.ports.get(port) else {
            return Grid { offset: piece.offset, scale: F::default(), most: 0 };
        };
        Grid {
            offset: piece.offset,
            scale: F::from_f64(pow2(p.exponent)),
            most: plan.plastic_bound(rule, neurons, port),
        }
    }

    /// The grid of a target, given those of all pieces of its block.
    #[inline]
    fn of(grids: &[Self], target: u16) -> &Self {
        &grids[grids.partition_point(|g| g.offset <= usize::from(target)) - 1]
    }

    /// A weight in accumulator units.
    #[inline]
    fn units(&self, w: F) -> i64 {
        ((w * self.scale).rint().to_f64() as i64).clamp(-self.most, self.most)
    }
}
