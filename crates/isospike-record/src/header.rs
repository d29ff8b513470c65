//! What spikes belong to.

use isospike_net::Network;

/// A population as a record knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// Name.
    pub name: String,
    /// Global id of its first neuron.
    pub first_id: u32,
    /// Neurons.
    pub size: u32,
    /// 1 excitatory, -1 inhibitory, 0 neither or both.
    pub sign: i8,
}

/// What the spikes of a run belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Time step (ms).
    pub dt_ms: f64,
    /// Steps simulated. Sinks do not look at it: they see how far a run goes.
    pub n_steps: u64,
    /// Lanes.
    pub batch: u32,
    /// Populations in the order of ids; the first begins at 0, and there are no gaps.
    pub populations: Vec<Population>,
}

impl Header {
    /// Of a run of a network, before it began. Signs are 0: what a population does to others is not
    /// known here.
    pub fn of(network: &Network) -> Header {
        let mut first_id = 0;
        let population = |p: &isospike_net::Population| {
            let (name, size) = (p.name.clone(), p.size);
            first_id += size;
            Population { name, first_id: first_id - size, size, sign: 0 }
        };
        Header {
            dt_ms: network.dt_ms,
            n_steps: 0,
            batch: network.lane_seeds.len() as u32,
            populations: network.populations.iter().map(population).collect(),
        }
    }

    /// Time of a spike (ms).
    pub fn time_ms(&self, step: u64) -> f64 {
        (step + 1) as f64 * self.dt_ms
    }

    /// Length of the run (ms).
    pub fn duration_ms(&self) -> f64 {
        self.n_steps as f64 * self.dt_ms
    }

    /// Index of the population of a neuron.
    pub fn population_of(&self, id: u32) -> Option<usize> {
        let p = self.populations.partition_point(|p| p.first_id <= id).checked_sub(1)?;
        (id - self.populations[p].first_id < self.populations[p].size).then_some(p)
    }

    /// All neurons.
    pub fn n_neurons(&self) -> u64 {
        self.populations.iter().map(|p| u64::from(p.size)).sum()
    }
}
