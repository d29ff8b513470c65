//! Planned bytes: what is in them, and what happens when they are too many.

use isospike_backend::memory::Group;
use isospike_backend::{ErrorKind, MemoryPlan, Plan, PlanOptions};
use isospike_net::{Distribution, Edges, Network};
use std::sync::Arc;

fn measured(network: &Network) -> MemoryPlan {
    let plan = Plan::measure(Arc::new(network.clone()), &PlanOptions::default());
    plan.unwrap_or_else(|e| panic!("{e}")).memory
}

fn unconnected(size: u32) -> Network {
    let network = Network::build("alone").population("n", size, "iaf_psc_exp", |p| p);
    network.finish().unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn neurons_without_synapses_need_little() {
    for size in [100, 10_000, 3_000_000] {
        let bytes = measured(&unconnected(size)).total_bytes();
        let (allowed, neurons) = (20_000_000, 64 * u64::from(size));
        assert!(bytes < allowed + neurons, "{size} neurons, {bytes} bytes");
    }
}

#[test]
fn what_was_given_is_counted() {
    let n = 1000u32;
    let edges = Edges {
        pre: (0..n).collect(),
        post: (0..n).collect(),
        weight: Some(vec![1.5; n as usize]),
        delay_ms: None,
    };
    let network = Network::build("given")
        .population("n", n, "iaf_psc_exp", |p| {
            p.param("tau_m", (0..n).map(|i| 10.0 + f64::from(i)).collect::<Vec<_>>())
        })
        .spikes("s", n, vec![(1, 1), (0, 0)])
        .project("s", "n", |c| c.edges(edges).delay(1.0))
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    let plan = measured(&network);
    // a time constant per neuron, pre, post, weight; two spikes, as given and sorted
    assert_eq!(plan.group_bytes(Group::Network), 1000 * (8 + 4 + 4 + 8) + 2 * 2 * 16);
}

fn refusal(network: &Network, limit: u64) -> isospike_backend::Error {
    let options = PlanOptions { memory_limit: Some(limit), ..PlanOptions::default() };
    let plan = Plan::new(Arc::new(network.clone()), &options);
    plan.err().unwrap_or_else(|| panic!("more than {limit} bytes"))
}

#[test]
fn a_refusal_says_requested_and_available() {
    let network = unconnected(100_000);
    let needed = measured(&network).total_bytes();
    let limit = needed * 9 / 10;
    let e = refusal(&network, limit);
    assert_eq!(e.kind(), ErrorKind::MemoryLimit);
    let values =
        [("requested", format!("{needed} bytes")), ("available", format!("{limit} bytes"))];
    assert_eq!(e.context(), values);
    // how the rest would shrink with it is not known here: the command tries
    assert!(!e.to_string().contains("would fit"), "no untrue advice: {e}");
}

#[test]
fn far_too_much_is_refused_before_it_is_spread_out() {
    let mut giant = Network::build("giant")
        .population("n", 20_000, "iaf_psc_exp", |p| {
            p.param("tau_m", Distribution::uniform(10.0, 20.0))
        })
        .project("n", "n", |c| c.in_degree(10_000).delay(1.0))
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    giant.populations[0].size = 1_000_000_000;
    let e = refusal(&giant, 1_000_000_000);
    assert!(e.kind() == ErrorKind::MemoryLimit && e.to_string().contains("at least"), "{e}");
}
