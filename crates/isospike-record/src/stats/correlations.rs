//! Correlations of spike counts.

use super::finish;
use crate::sink::{Clock, Finished, Sink};
use crate::{Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use serde::{Deserialize, Serialize};

/// Pairwise correlations of the spike counts of the selected neurons: 16 bytes a pair, so 8 MB for
/// 1000 neurons. Time is spent on pairs that fire in the same bin of the same lane only.
///
/// A bin is a whole [row](Selection::every) of the selection in one lane: a shorter row at the end
/// is left out, and lanes are further observations of the same neurons. What is added up are
/// integers, exact as long as bins times the product of two neurons' spikes is below 2^127.
pub struct Correlations {
    selection: Selection,
    clock: Clock,
    /// The row under way, its counts `[lane][neuron]`, and where they are not 0.
    row: u64,
    counts: Vec<u64>,
    active: Vec<usize>,
    /// Sum of the counts of each neuron.
    sums: Vec<u64>,
    /// Sum of products, the pairs (0, 0), (0, 1), (1, 1), (0, 2), ...
    products: Vec<u128>,
}

/// Moments of counts over n bins: with S_i the sum of the counts of neuron i and S_ij that of the
/// products of its counts and those of j, D_ij = n S_ij - S_i S_j.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrelationMatrix {
    /// Global ids of the neurons.
    pub ids: Vec<u32>,
    /// Bins n.
    pub bins: u64,
    /// Means S_i / n, in spikes per bin; 0 if there are no bins.
    pub mean: Vec<f64>,
    /// Covariances D_ij / n², `[neuron][neuron]`; 0 if there are no bins.
    pub covariance: Vec<f64>,
    /// Pearson's coefficients D_ij / sqrt(D_ii D_jj), `[neuron][neuron]`; none where the counts of
    /// one of the two do not vary.
    pub correlation: Vec<Option<f64>>,
}

/// Place of a pair with i <= j.
fn pair(i: usize, j: usize) -> usize {
    j * (j + 1) / 2 + i
}

impl Correlations {
    /// Before any spike.
    pub fn new(selection: &Selection) -> Correlations {
        let n = selection.n_neurons();
        Correlations {
            selection: selection.clone(),
            clock: Clock::new(selection.from()),
            row: 0,
            counts: vec![0; n * selection.n_lanes()],
            active: Vec::new(),
            sums: vec![0; n],
            products: vec![0; n * (n + 1) / 2],
        }
    }

    /// The correlations so far.
    pub fn result(&self) -> CorrelationMatrix {
        let n = self.sums.len();
        let rows = self.selection.whole_rows(self.clock.reached());
        let bins = rows * self.selection.n_lanes() as u64;
        let moment = |i: usize, j: usize| {
            let product = self.products[pair(i.min(j), i.max(j))];
            (u128::from(bins) * product) as i128
                - (u128::from(self.sums[i]) * u128::from(self.sums[j])) as i128
        };
        let pairs = || (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        let per_bin = |x: f64| if bins == 0 { 0.0 } else { x / bins as f64 };
        CorrelationMatrix {
            ids: self.selection.neuron_ids().collect(),
            bins,
            mean: self.sums.iter().map(|s| per_bin(*s as f64)).collect(),
            covariance: pairs().map(|(i, j)| per_bin(per_bin(moment(i, j) as f64))).collect(),
            correlation: pairs()
                .map(|(i, j)| {
                    let both = moment(i, i) as f64 * moment(j, j) as f64;
                    (both > 0.0).then(|| moment(i, j) as f64 / both.sqrt())
                })
                .collect(),
        }
    }

    /// Adds the row under way.
    fn close(&mut self) {
        // Neurons of one lane side by side.
        self.active.sort_unstable();
        let n = self.sums.len();
        for lane in self.active.chunk_by(|a, b| a / n == b / n) {
            for (k, &b) in lane.iter().enumerate() {
                let count = self.counts[b];
                self.sums[b % n] += count;
                for &a in &lane[..=k] {
                    let product = u128::from(self.counts[a]) * u128::from(count);
                    self.products[pair(a % n, b % n)] += product;
                }
            }
        }
        for i in self.active.drain(..) {
            self.counts[i] = 0;
        }
    }
}

impl Resume for Correlations {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        let Correlations { selection, clock, row, counts, active, sums, products } = self;
        saved.put(selection);
        saved.put(&(clock, row, counts, active, sums, products));
        Ok(())
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        (self.clock, self.row, self.counts, self.active, self.sums, self.products) =
            saved.take()?;
        Ok(())
    }
}

impl Sink for Correlations {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for &s in spikes {
            let (lane, neuron) = self.selection.place(s)?;
            let row = self.selection.row(s.step);
            if row > self.row {
                self.close();
                self.row = row;
            }
            let i = lane * self.sums.len() + neuron;
            if self.counts[i] == 0 {
                self.active.push(i);
            }
            self.counts[i] += 1;
        }
        let rows = self.selection.whole_rows(reached);
        if self.row < rows {
            self.close();
            self.row = rows;
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<Finished> {
        finish(&mut self.clock)
    }
}
