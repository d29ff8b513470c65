//! What one block knows of the sources of a plastic table.

use isospike_lane::Float;
use isospike_model::Stdp;

/// Last spikes and traces, `[source][lane]`. Every block that the table reaches has its own copy,
/// and all are the same.
pub(crate) struct PreTraces<F> {
    pub(crate) table: usize,
    /// The table's group that ends in the block, and its port.
    pub(crate) group: usize,
    pub(crate) port: usize,
    /// Time of the last spike.
    pub(crate) last: Vec<u64>,
    /// Trace just after the last spike.
    pub(crate) trace: Vec<F>,
    /// A weight became NaN or infinite.
    pub(crate) broken: bool,
}

impl<F: Float> PreTraces<F> {
    pub(crate) fn new(table: usize, group: usize, port: usize, n: usize) -> Self {
        let (last, trace) = (vec![0; n], vec![F::default(); n]);
        PreTraces { table, group, port, last, trace, broken: false }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.last[..]) + size_of_val(&self.trace[..])
    }

    /// A spike of a source. A trace is never larger than the number of spikes: it stays finite.
    pub(super) fn spike(&mut self, i: usize, now: u64, rule: &Stdp<F>) {
        let steps = F::from_i64((now - self.last[i]) as i64);
        self.trace[i] = self.trace[i] * rule.decay_plus(steps) + F::lit(1.0);
        self.last[i] = now;
    }

    /// As if nothing had ever fired.
    pub(crate) fn clear(&mut self) {
        self.last.fill(0);
        self.trace.fill(F::default());
    }
}
