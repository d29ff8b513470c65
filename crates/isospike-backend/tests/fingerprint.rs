//! The fingerprint follows everything that decides results, and nothing else.

use isospike_backend::{Plan, PlanOptions};
use isospike_net::{
    Connector, Distribution, Dynamics, Edges, Half, Input, Network, Plasticity, Precision, Value,
    WeightStorage,
};
use std::sync::Arc;

fn edges() -> Edges {
    Edges {
        pre: vec![0, 1, 2],
        post: vec![3, 4, 5],
        weight: Some(vec![1.0, 2.0, 3.0]),
        delay_ms: Some(vec![1.0, 2.0, 1.5]),
    }
}

fn network() -> Network {
    Network::build("a")
        .population("n", 300, "iaf_psc_exp", |p| {
            p.param("tau_m", 12.0)
                .param("I_e", vec![100.0; 300])
                .initial("V_m", Distribution::uniform(-70.0, -60.0))
                .poisson(800.0, 20.0)
                .noise(1.0, 2.0)
                .steps(&[(1.0, 5.0)])
        })
        .spikes("s", 6, vec![(3, 1), (4, 0)])
        .project("s", "n", |c| c.edges(edges()))
        .project("n", "n", |c| c.in_degree(10).weight(Distribution::normal(20.0, 2.0)).delay(1.5))
        .project("n", "n", |c| c.probability(0.1).plasticity(Plasticity::pair(50.0)).delay(1.5))
        .finish()
        .unwrap_or_else(|e| panic!("{e}"))
}

fn fingerprint(network: Network, blocks: usize) -> [u8; 32] {
    let options = PlanOptions { blocks, spread: true, ..PlanOptions::default() };
    let plan = Plan::new(Arc::new(network), &options).unwrap_or_else(|e| panic!("{e}"));
    plan.fingerprint()
}

fn neurons(network: &mut Network) -> &mut isospike_net::Neurons {
    match &mut network.populations[0].dynamics {
        Dynamics::Model(n) => n,
        Dynamics::Spikes(_) => panic!("neurons"),
    }
}

#[test]
fn what_decides_nothing_is_left_out() {
    let plain = fingerprint(network(), 1);
    assert_eq!(plain, fingerprint(network(), 3), "the cut into blocks");
    let mut other = network();
    other.name = "b".into();
    assert_eq!(plain, fingerprint(other, 1), "the name");
    let mut other = network();
    other.populations[1].dynamics = Dynamics::Spikes(Arc::new(vec![(4, 0), (3, 1)]));
    assert_eq!(plain, fingerprint(other, 1), "the order of given spikes");
    let mut other = network();
    neurons(&mut other).params.insert("C_m".into(), Value::Constant(250.0));
    assert_eq!(plain, fingerprint(other, 1), "a default that is written down");
}

#[test]
fn everything_else_counts() {
    type Change = (&'static str, fn(&mut Network));
    fn edit(n: &mut Network, f: fn(&mut Edges)) {
        let mut e = edges();
        f(&mut e);
        n.projections[0].connector = Connector::Edges(Arc::new(e));
    }
    let changes: &[Change] = &[
        ("dt", |n| n.dt_ms = 0.05),
        ("seed", |n| n.seed += 1),
        ("lane seeds", |n| n.lane_seeds[0] += 1),
        ("batch", |n| n.lane_seeds.push(7)),
        ("precision", |n| n.precision = Precision::F64),
        ("population name", |n| n.populations[0].name = "m".into()),
        ("size", |n| n.populations[1].size = 7),
        ("model", |n| neurons(n).model = isospike_model::by_name("iaf_psc_alpha").expect("one")),
        ("parameter", |n| *neurons(n).params.get_mut("tau_m").expect("set") = 13.0.into()),
        ("value of a neuron", |n| {
            let mut values = vec![100.0; 300];
            values[299] = 101.0;
            neurons(n).params.insert("I_e".into(), values.into());
        }),
        ("initial state", |n| {
            neurons(n).initial.clear();
        }),
        ("rate", |n| {
            neurons(n).inputs[0] =
                Input::Poisson { rate_hz: 801.0.into(), weight: 20.0, port: None };
        }),
        ("noise", |n| neurons(n).inputs[1] = Input::Noise { mean: 1.0, std: 2.5 }),
        ("inputs", |n| {
            neurons(n).inputs.pop();
        }),
        ("spikes", |n| {
            n.populations[1].dynamics = Dynamics::Spikes(Arc::new(vec![(3, 1), (4, 1)]))
        }),
        ("a source of an edge", |n| edit(n, |e| e.pre[2] = 3)),
        ("a target of an edge", |n| edit(n, |e| e.post[0] = 7)),
        ("a weight of an edge", |n| edit(n, |e| e.weight.as_mut().expect("given")[1] = 2.5)),
        ("a delay of an edge", |n| edit(n, |e| e.delay_ms.as_mut().expect("given")[1] = 2.1)),
        ("connector", |n| n.projections[1].connector = Connector::FixedOutDegree(10)),
        ("degree", |n| n.projections[1].connector = Connector::FixedInDegree(11)),
        ("weight", |n| n.projections[1].weight = Distribution::normal(20.0, 2.1)),
        ("delay", |n| n.projections[1].delay_ms = Distribution::constant(1.6)),
        ("bounds", |n| n.projections[1].weight = n.projections[1].weight.redrawn(0.0, 100.0)),
        ("autapses", |n| n.projections[1].autapses ^= true),
        ("multapses", |n| n.projections[1].multapses ^= true),
        ("storage", |n| n.projections[1].storage = WeightStorage::Exact),
        ("integers of few bits", |n| n.projections[1].storage = WeightStorage::I8),
        ("floats of few bits", |n| n.projections[1].storage = WeightStorage::F16),
        ("fewer digits", |n| n.projections[1].storage = WeightStorage::BF16),
        ("plastic weights", |n| n.projections[2].storage = WeightStorage::F16),
        ("state", |n| neurons(n).state = Some(Half::F16)),
        ("format of the state", |n| neurons(n).state = Some(Half::BF16)),
        ("port", |n| n.projections[1].port = Some("inh".into())),
        ("rule", |n| n.projections[2].plasticity = Some(Plasticity::power_law(50.0))),
        ("no rule", |n| n.projections[2].plasticity = None),
        ("no projection", |n| {
            n.projections.pop();
        }),
    ];
    let mut all = vec![("nothing", fingerprint(network(), 1))];
    for (what, change) in changes {
        let mut changed = network();
        change(&mut changed);
        let new = fingerprint(changed, 1);
        for (other, old) in &all {
            assert_ne!(new, *old, "changing {what} looks like changing {other}");
        }
        all.push((what, new));
    }
}
