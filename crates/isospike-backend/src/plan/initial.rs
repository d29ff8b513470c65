//! The state that neurons begin with.

use isospike_model::ModelRef;
use isospike_net::{Column, Dynamics, Network};
use std::ops::Range;

/// The initial state of a population in a lane of the batch. It is worked out neuron by neuron,
/// since all slots of all neurons in f64 would take more than a session in f32 has.
pub struct InitialState {
    model: ModelRef,
    params: Vec<Column>,
    user: Vec<Column>,
}

impl InitialState {
    pub(super) fn new(network: &Network, population: usize, lane: usize) -> Option<Self> {
        let Dynamics::Model(neurons) = &network.populations[population].dynamics else {
            return None;
        };
        Some(InitialState {
            model: neurons.model,
            params: network.param_table(population, lane),
            user: network.initial_table(population, lane),
        })
    }

    /// Calls `each` with every neuron of a range, ascending, and its state as the model's `step`
    /// wants it, in slot order.
    pub fn each(&self, neurons: Range<usize>, mut each: impl FnMut(usize, &[f64])) {
        let row =
            |columns: &[Column], i: usize| columns.iter().map(|c| c.at(i)).collect::<Vec<_>>();
        let of = |i: usize| self.model.from_user(&row(&self.params, i), &row(&self.user, i));
        let uniform = self.params.iter().chain(&self.user).all(|c| matches!(c, Column::Uniform(_)));
        let same = uniform.then(|| of(0));
        for i in neurons {
            match &same {
                Some(state) => each(i, state),
                None => each(i, &of(i)),
            }
        }
    }
}
