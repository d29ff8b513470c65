//! What a network does, in numbers: rates, irregularity, synchrony.

use isospike::{Plan, Spike};

/// Spikes of some of a network's steps, with what is needed to make rates of them.
pub struct Activity {
    spikes: Vec<Spike>,
    /// Name, first id and size of each population.
    populations: Vec<(String, u32, u32)>,
    steps: std::ops::Range<u64>,
    dt_ms: f64,
}

impl Activity {
    /// The spikes of these steps.
    pub fn new(plan: &Plan, spikes: &[Spike], steps: std::ops::Range<u64>) -> Activity {
        let spikes = spikes.iter().filter(|s| steps.contains(&s.step)).copied().collect();
        let of = |p: &isospike::backend::plan::PopulationPlan| (p.name.clone(), p.first_id, p.size);
        let populations = plan.populations.iter().map(of).collect();
        Activity { spikes, populations, steps, dt_ms: plan.network.dt_ms }
    }

    fn seconds(&self) -> f64 {
        (self.steps.end - self.steps.start) as f64 * self.dt_ms * 1e-3
    }

    fn neurons(&self) -> u32 {
        self.populations.iter().map(|p| p.2).sum()
    }

    /// Mean rate of each population (spikes/s).
    pub fn rates(&self) -> Vec<(String, f64)> {
        let of = |(name, first, size): &(String, u32, u32)| {
            let mine =
                self.spikes.iter().filter(|s| (*first..first + size).contains(&s.id)).count();
            (name.clone(), mine as f64 / f64::from(*size) / self.seconds())
        };
        self.populations.iter().map(of).collect()
    }

    /// Mean rate of all neurons (spikes/s).
    pub fn rate(&self) -> f64 {
        self.spikes.len() as f64 / f64::from(self.neurons()) / self.seconds()
    }

    /// Mean coefficient of variation of the intervals between a neuron's spikes, over neurons with
    /// at least four of them.
    pub fn cv(&self) -> f64 {
        let mut times = vec![Vec::new(); self.neurons() as usize];
        self.spikes.iter().for_each(|s| times[s.id as usize].push(s.step as f64));
        let cvs: Vec<f64> = times
            .iter()
            .filter(|t| t.len() > 4)
            .map(|t| {
                let intervals: Vec<f64> = t.windows(2).map(|w| w[1] - w[0]).collect();
                let (mean, variance) = moments(&intervals);
                variance.sqrt() / mean
            })
            .collect();
        cvs.iter().sum::<f64>() / cvs.len() as f64
    }

    /// Variance over mean of the number of spikes of the whole network in bins: about 1 where
    /// neurons fire independently.
    pub fn synchrony(&self, bin_ms: f64) -> f64 {
        let (mean, variance) = moments(&self.counts(bin_ms));
        variance / mean
    }

    /// Share of the power of the spike count (bins of 1 ms, without its mean) in a band of
    /// frequencies (Hz).
    pub fn power(&self, band: std::ops::Range<f64>) -> f64 {
        let mut counts = self.counts(1.0);
        let (mean, _) = moments(&counts);
        counts.iter_mut().for_each(|c| *c -= mean);
        let n = counts.len();
        let (mut inside, mut all) = (0.0, 0.0);
        for k in 1..n / 2 {
            let power = fourier(&counts, k);
            all += power;
            if band.contains(&(k as f64 * 1000.0 / n as f64)) {
                inside += power;
            }
        }
        inside / all
    }

    /// Spikes in bins.
    fn counts(&self, bin_ms: f64) -> Vec<f64> {
        let width = (bin_ms / self.dt_ms).round() as u64;
        let mut counts = vec![0.0; ((self.steps.end - self.steps.start) / width) as usize];
        for s in &self.spikes {
            if let Some(c) = counts.get_mut(((s.step - self.steps.start) / width) as usize) {
                *c += 1.0;
            }
        }
        counts
    }
}

fn moments(x: &[f64]) -> (f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (mean, x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / x.len() as f64)
}

/// Squared magnitude of a Fourier coefficient.
#[expect(clippy::disallowed_methods, reason = "analysis of a result, compared loosely")]
fn fourier(x: &[f64], k: usize) -> f64 {
    let n = x.len();
    let (mut re, mut im) = (0.0, 0.0);
    for (i, x) in x.iter().enumerate() {
        let angle = std::f64::consts::TAU * ((i * k) % n) as f64 / n as f64;
        re += x * angle.cos();
        im += x * angle.sin();
    }
    re * re + im * im
}
