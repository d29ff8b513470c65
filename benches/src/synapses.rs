//! How many synaptic events spikes cause: every spike is delivered to all targets of its neuron.

use isospike::Plan;

/// Outgoing synapses of every neuron and source, by global id.
pub fn out_degrees(plan: &Plan) -> Vec<u64> {
    let mut degrees = vec![0; plan.n_neurons() as usize];
    for table in plan.tables() {
        let first = plan.populations[table.source].first_id as usize;
        for (degree, row) in degrees[first..].iter_mut().zip(table.row_start.windows(2)) {
            *degree += row[1] - row[0];
        }
    }
    degrees
}
