//! Constants of neurons whose parameters differ.

use isospike_backend::{Plan, PlanOptions};
use isospike_net::{Distribution, Network};
use std::sync::Arc;

fn network() -> Network {
    let network = Network::build("differ").population("n", 1000, "iaf_psc_exp", |p| {
        p.param("I_e", Distribution::uniform(5.0, 15.0))
            .param("tau_syn_ex", (0..1000).map(|i| 1.0 + f64::from(i % 30)).collect::<Vec<_>>())
    });
    network.finish().unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_neuron_has_those_of_its_own_parameters() {
    let network = network();
    let params = network.param_table(0, 0);
    let plan = |threads| {
        let options = PlanOptions { threads, ..PlanOptions::default() };
        let plan = Plan::new(Arc::new(network.clone()), &options).unwrap_or_else(|e| panic!("{e}"));
        plan.populations[0].neurons.clone().expect("neurons")
    };
    let one = plan(1);
    assert_eq!(one.consts, plan(3).consts);
    for i in 0..1000 {
        let row: Vec<f64> = params.iter().map(|c| c.at(i)).collect();
        let own: Vec<f64> = one.consts.iter().map(|c| c.at(i, 0)).collect();
        assert_eq!(own, one.model.derive(&row, network.dt_ms), "neuron {i}");
    }
    let uniform = one.consts.iter().filter(|c| c.uniform().is_some());
    assert_eq!(uniform.count(), one.consts.len() - 3, "I_e and the excitatory current's");
}
