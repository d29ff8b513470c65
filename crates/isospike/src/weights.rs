//! The synapses of a projection with their weights.

use crate::Simulation;
use isospike_backend::plan::Synapses;
use isospike_backend::{Error, ErrorKind, Result, SessionExt, Slot};
use isospike_net::{Row, Wiring};
use ndarray::Array2;

/// The synapses of a projection, by source neuron, then by delay, then by target neuron.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Source neuron of each synapse, counted within its population.
    pub pre: Vec<u32>,
    /// Target neuron of each synapse, counted within its population.
    pub post: Vec<u32>,
    /// Delay of each synapse (ms).
    pub delay_ms: Vec<f64>,
    /// Weight in the unit of the target's port, [synapse, lane]. Lanes share synapses and delays;
    /// plastic weights are each lane's own.
    pub weight: Array2<f64>,
}

impl Simulation {
    /// The synapses of a projection, counted in the order of the network, with their weights now.
    ///
    /// Plastic weights are as of the next step, all postsynaptic spikes that have reached them
    /// counted ([`Slot::Weights`]). Weights without plasticity are those of the network, which
    /// delivery rounds to the plan's grid.
    ///
    /// # Errors
    /// `Invalid` if there is no such projection, `Device` if the device failed.
    pub fn weights(&mut self, projection: usize) -> Result<Weights> {
        let plan = self.plan().clone();
        let network = &plan.network;
        let Some(p) = network.projections.get(projection) else {
            let n = network.projections.len();
            let message = format!("projection {projection} does not exist; there are {n}");
            return Err(Error::new(ErrorKind::Invalid, message));
        };
        let mut all = Weights {
            pre: Vec::new(),
            post: Vec::new(),
            delay_ms: Vec::new(),
            weight: Array2::zeros((0, 0)),
        };
        let (sources, batch) = (network.populations[p.source].size, plan.batch());
        let wiring = Wiring::new(network, projection, 1)?;
        let (mut row, mut initial) = (Row::default(), Vec::new());
        for source in 0..sources {
            wiring.row(source, &mut row);
            let mut order: Vec<usize> = (0..row.len()).collect();
            order.sort_by_key(|&k| (row.delays[k], row.targets[k]));
            for k in order {
                all.pre.push(source);
                all.post.push(row.targets[k]);
                all.delay_ms.push(f64::from(row.delays[k]) * network.dt_ms);
                initial.push(row.weights[k]);
            }
        }
        let values = match p.plasticity {
            None => initial.iter().flat_map(|&w| std::iter::repeat_n(w, batch)).collect(),
            Some(_) => {
                // Each plastic projection has a table of its own, in the order of the network.
                let before = network.projections[..projection].iter();
                let nth = before.filter(|p| p.plasticity.is_some()).count();
                let tables = plan.tables().iter().enumerate();
                let mut plastic =
                    tables.filter(|(_, t)| matches!(t.synapses, Synapses::Plastic { .. }));
                let (table, _) = plastic.nth(nth).expect("a table for each plastic projection");
                self.session().read_values(Slot::Weights { table })?
            }
        };
        all.weight = Array2::from_shape_vec((initial.len(), batch), values)
            .expect("a value for each synapse and lane");
        Ok(all)
    }
}
