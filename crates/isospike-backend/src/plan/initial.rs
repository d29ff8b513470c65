//! The state that neurons begin with.

use isospike_model::ModelRef;
use isospike_net::{Column, Dynamics, Network};
use std::ops::Range;

/// Neurons whose values are worked out at once.
const PART: usize = 4096;

/// The initial state of a population in a lane of the batch. It is worked out a few neurons at a
/// time, since all slots of all neurons in f64 would take more than a session in f32 has.
pub struct InitialState<'a> {
    network: &'a Network,
    model: ModelRef,
    population: usize,
    lane: usize,
}

impl<'a> InitialState<'a> {
    pub(super) fn new(network: &'a Network, population: usize, lane: usize) -> Option<Self> {
        match &network.populations[population].dynamics {
            Dynamics::Model(n) => Some(InitialState { network, model: n.model, population, lane }),
            Dynamics::Spikes(_) => None,
        }
    }

    /// Calls `each` with every neuron of a range, ascending, and its state as the model's `step`
    /// wants it, in slot order.
    pub fn each(&self, neurons: Range<usize>, mut each: impl FnMut(usize, &[f64])) {
        for first in neurons.clone().step_by(PART) {
            self.part(first..neurons.end.min(first + PART), &mut each);
        }
    }

    fn part(&self, neurons: Range<usize>, each: &mut impl FnMut(usize, &[f64])) {
        let params = self.network.param_part(self.population, self.lane, neurons.clone());
        let user = self.network.initial_part(self.population, self.lane, neurons.clone());
        let row =
            |columns: &[Column], k: usize| columns.iter().map(|c| c.at(k)).collect::<Vec<_>>();
        let of = |k: usize| self.model.from_user(&row(&params, k), &row(&user, k));
        let uniform = params.iter().chain(&user).all(|c| matches!(c, Column::Uniform(_)));
        let same = uniform.then(|| of(0));
        for (k, i) in neurons.enumerate() {
            match &same {
                Some(state) => each(i, state),
                None => each(i, &of(k)),
            }
        }
    }
}
