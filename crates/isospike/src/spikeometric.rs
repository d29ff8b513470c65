//! What Spikeometric 1.0.3 takes for a network of spiking GLMs, beside our plan.
//!
//! Its manual says `32 T E + 32 * 2 E + 8 N steps`, for `BernoulliGLM` `32 T N` more, for models
//! with an activation `32 N steps` more, and calls that bytes; they are bits. Put right it is
//! [`Spikeometric::documented_bytes`]. What PyTorch really holds is more: edge ids are 8 bytes
//! each, base weights are kept beside the filter, spikes are 4 bytes unless asked otherwise, and
//! every step gathers and multiplies all filters of all synapses. Those terms were read off its
//! tensors (version 1.0.3, PyTorch 1.13 on a CPU). Models with an activation have no filter: by
//! their equation they multiply it with the base weights, which are counted once.

use isospike_backend::Measured;
use isospike_backend::plan::PopulationSize;
use isospike_net::Network;
use serde::Serialize;

/// The size of a network for Spikeometric. A batch is so many networks side by side there, with
/// nothing shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Spikeometric {
    /// Neurons, in all lanes.
    pub n_neurons: u64,
    /// Synapses, in all lanes.
    pub n_synapses: u64,
    /// Those of them with a filter of their own: all but those to neurons with an activation.
    pub n_filtered: u64,
    /// Synapses from each neuron to itself that stand for its refractory filter.
    pub n_refractory: u64,
    /// Neurons with an activation instead of a filter.
    pub n_activations: u64,
    /// Entries of the filter that every synapse has a copy of.
    pub n_taps: u64,
    /// Steps of which all spikes are kept.
    pub n_steps: u64,
    /// Bytes of a spike count: 4 (`int32`) unless it was told otherwise.
    pub count_bytes: u64,
}

impl Spikeometric {
    /// Of a network that was measured and is to run for so many steps; `None` if some of its
    /// populations follow other models.
    pub fn of(network: &Network, measured: &Measured, n_steps: u64) -> Option<Spikeometric> {
        let populations = &measured.sizes.populations;
        let kinds: Vec<_> =
            populations.iter().map(|p| Some((p, Kind::of(p)?))).collect::<Option<_>>()?;
        let lanes = network.lane_seeds.len() as u64;
        let sum = |of: fn(&PopulationSize) -> u64, which: &[Kind]| {
            let counted = kinds.iter().filter(|(_, kind)| which.contains(kind));
            lanes * counted.map(|(p, _)| of(p)).sum::<u64>()
        };
        let size = |p: &PopulationSize| u64::from(p.n_neurons);
        let taps = populations.iter().flat_map(|p| p.n_taps.values());
        Some(Spikeometric {
            n_neurons: sum(size, &[Kind::Filtered, Kind::Refractory, Kind::Activation]),
            n_synapses: lanes * measured.n_synapses,
            n_filtered: sum(|p| p.n_conns, &[Kind::Filtered, Kind::Refractory]),
            n_refractory: sum(size, &[Kind::Refractory]),
            n_activations: sum(size, &[Kind::Activation]),
            n_taps: taps.max().map_or(1, |&n| n as u64).max(1),
            n_steps,
            count_bytes: 4,
        })
    }

    /// Its manual's formula, in bytes: 4 T E + 8 E + N steps, with E including the synapses of the
    /// refractory filter in the first term; 4 N steps more for activations.
    pub fn documented_bytes(&self) -> u64 {
        let steps = self.n_steps * (self.n_neurons + 4 * self.n_activations);
        4 * self.n_taps * self.edges() + 8 * self.n_synapses + steps
    }

    /// The filter of every synapse that has one, f32 `[E, T]`.
    pub fn filter_bytes(&self) -> u64 {
        4 * self.n_taps * self.filters()
    }

    /// Source and target of every synapse, int64 `[2, E]`.
    pub fn edge_bytes(&self) -> u64 {
        16 * self.edges()
    }

    /// Base weights, f32 `[E]`.
    pub fn weight_bytes(&self) -> u64 {
        4 * self.n_synapses
    }

    /// Spikes of all steps, `[N, steps + T]`; of models with an activation, which look back no
    /// further, `[N, steps]`, and the activation of now, f32 `[N]`.
    pub fn spike_bytes(&self) -> u64 {
        let filtered = self.n_neurons - self.n_activations;
        let counts = self.n_neurons * self.n_steps + filtered * self.n_taps;
        self.count_bytes * counts + 4 * self.n_activations
    }

    /// What comes and goes in every step: the spikes that each synapse sees, the product with its
    /// filter, and a copy between them; for an activation, f32, the same with the weight.
    pub fn passing_bytes(&self) -> u64 {
        let activated = self.n_synapses - self.n_filtered;
        (8 + self.count_bytes) * self.n_taps * self.filters() + 12 * activated
    }

    /// All of it.
    pub fn total_bytes(&self) -> u64 {
        let kept = self.filter_bytes() + self.edge_bytes() + self.weight_bytes();
        kept + self.spike_bytes() + self.passing_bytes()
    }

    fn edges(&self) -> u64 {
        self.n_synapses + self.n_refractory
    }

    fn filters(&self) -> u64 {
        self.n_filtered + self.n_refractory
    }
}

/// What a model is for Spikeometric.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Synapses with a filter.
    Filtered,
    /// And synapses of neurons to themselves, where there is a filter of own spikes.
    Refractory,
    /// An activation that decays.
    Activation,
}

impl Kind {
    fn of(population: &PopulationSize) -> Option<Kind> {
        let filtered = match population.n_taps.get("history") {
            None | Some(0) => Kind::Filtered,
            Some(_) => Kind::Refractory,
        };
        match population.model {
            "threshold_sam" | "rectified_sam" => Some(Kind::Activation),
            "bernoulli_glm" | "poisson_glm" | "rectified_lnp" => Some(filtered),
            model => model.starts_with("glm_").then_some(filtered),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tensors of Spikeometric 1.0.3 as PyTorch reports them: N = 200, E = 9,819, T = 20, 50 steps.
    const SEEN: Spikeometric = Spikeometric {
        n_neurons: 200,
        n_synapses: 9_819,
        n_filtered: 9_819,
        n_refractory: 0,
        n_activations: 0,
        n_taps: 20,
        n_steps: 50,
        count_bytes: 4,
    };

    #[test]
    fn tensors_that_were_seen() {
        assert_eq!(SEEN.filter_bytes(), 785_520);
        assert_eq!(SEEN.edge_bytes(), 157_104);
        assert_eq!(SEEN.weight_bytes(), 39_276);
        assert_eq!(SEEN.spike_bytes(), 56_000);
        let bernoulli = Spikeometric { n_refractory: 200, ..SEEN };
        assert_eq!((bernoulli.filter_bytes(), bernoulli.edge_bytes()), (801_520, 160_304));
        assert_eq!(Spikeometric { count_bytes: 1, ..SEEN }.spike_bytes(), 14_000);
    }

    /// The peak of a step was 11.98 bytes per synapse and tap with int32 counts, 8.78 with int8;
    /// with E = 10^6, T = 20 the process rose by 304 bytes per synapse above edges and weights.
    /// With E = 2.5 10^6, T = 100 it took 4.7 GB in all: the program and PyTorch are in that, which
    /// are not counted here and were not measured alone, so that it is a bound.
    #[test]
    fn peaks_that_were_seen() {
        let near = |x: f64, seen: f64, by: f64| assert!((x / seen - 1.0).abs() < by, "{x} {seen}");
        let per_tap = |s: Spikeometric| s.passing_bytes() as f64 / (s.n_taps * s.edges()) as f64;
        near(per_tap(SEEN), 11.98, 0.01);
        near(per_tap(Spikeometric { count_bytes: 1, ..SEEN }), 8.78, 0.03);
        let of = |n_synapses: u64, n_taps| {
            let n_neurons = (2.0 * n_synapses as f64).sqrt() as u64;
            let n_filtered = n_synapses;
            Spikeometric { n_neurons, n_synapses, n_filtered, n_taps, n_steps: 100, ..SEEN }
        };
        let million = of(1_000_000, 20);
        near((million.filter_bytes() + million.passing_bytes()) as f64 / 1e6, 304.0, 0.06);
        assert!(of(2_500_000, 100).total_bytes() < 4_700_000_000);
    }

    /// Base weights are all the weights that a model with an activation has: 4 bytes a synapse,
    /// once, and 12 that come and go, whatever a count takes.
    #[test]
    fn activations_have_no_filters() {
        let sam = Spikeometric { n_activations: 200, n_filtered: 0, n_taps: 1, ..SEEN };
        assert_eq!((sam.filter_bytes(), sam.passing_bytes()), (0, 12 * 9_819));
        let spikes = 4 * 200 * 50 + 4 * 200;
        assert_eq!(sam.total_bytes(), (16 + 4 + 12) * 9_819 + spikes);
        let small = Spikeometric { count_bytes: 1, ..sam };
        assert_eq!(small.total_bytes(), (16 + 4 + 12) * 9_819 + 200 * 50 + 4 * 200);
    }

    /// The manual's formula in its own units, for each kind of model.
    #[test]
    fn the_manual_says_bits() {
        let bits = |s: &Spikeometric| {
            let neurons = if s.n_refractory > 0 { s.n_neurons } else { 0 };
            32 * s.n_taps * s.n_synapses
                + 32 * 2 * s.n_synapses
                + 8 * s.n_neurons * s.n_steps
                + 32 * s.n_taps * neurons
                + 32 * s.n_activations * s.n_steps
        };
        let sam = Spikeometric { n_activations: 200, n_filtered: 0, n_taps: 1, ..SEEN };
        for s in [SEEN, Spikeometric { n_refractory: 200, ..SEEN }, sam] {
            assert_eq!(s.documented_bytes() * 8, bits(&s));
        }
    }
}
