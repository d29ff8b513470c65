//! Plastic tables as the plan leaves them.

use isospike_backend::plan::Synapses;
use isospike_backend::{Plan, PlanOptions};
use isospike_net::{Column, Distribution, Network, Plasticity, Row, Wiring};
use std::sync::Arc;

/// Initial weights as planned and as drawn.
fn initial(sources: u32, weight: Distribution) -> (Column, Vec<f64>) {
    let network = Network::build("plastic")
        .population("a", sources, "iaf_psc_exp", |p| p)
        .population("b", sources, "iaf_psc_exp", |p| p)
        .project("a", "b", |c| {
            c.one_to_one().weight(weight).plasticity(Plasticity::pair(100.0)).delay(1.0)
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    let wiring = Wiring::new(&network, 0, 1).expect("valid");
    let mut row = Row::default();
    let mut drawn = Vec::new();
    for source in 0..sources {
        wiring.row(source, &mut row);
        drawn.extend_from_slice(&row.weights);
    }
    let plan = Plan::new(Arc::new(network.clone()), &PlanOptions::default()).expect("valid");
    let Synapses::Plastic { initial, .. } = &plan.tables()[0].synapses else { panic!("plastic") };
    (initial.clone(), drawn)
}

#[test]
fn drawn_weights_are_where_plasticity_begins() {
    for sources in [1, 2, 300] {
        let (initial, drawn) = initial(sources, Distribution::normal(50.0, 5.0));
        assert_eq!(initial, Column::Each(drawn), "{sources} synapses");
    }
}

#[test]
fn one_weight_for_all_is_kept_once() {
    for sources in [1, 2, 300] {
        assert_eq!(initial(sources, Distribution::constant(50.0)).0, Column::Uniform(50.0));
    }
}
