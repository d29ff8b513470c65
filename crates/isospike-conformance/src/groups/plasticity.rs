//! Plastic synapses: `plasticity::<rule>::<precision>` and others.

use crate::hand::{Edge, edges, network, neurons, projection, set_param, source};
use crate::plastic::{case, recurrent, rules};
use crate::{Case, Outcome, Target, same};
use isospike_backend::SessionExt;
use isospike_net::{Connector, Network, Plasticity, Precision, Projection, StdpRule};

/// Longer than what a session remembers.
const STEPS: u64 = 700;

/// Both rules with every kind of exponent, in both precisions, and networks that mix them.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for rule in rules() {
        let kind = if rule.rule == StdpRule::Pair { "pair" } else { "power_law" };
        for precision in [Precision::F32, Precision::F64] {
            let network = Network { precision, ..case(rule, 2, STEPS) };
            let name =
                format!("plasticity::{kind}_{}_{}::{precision}", rule.mu_plus, rule.mu_minus);
            cases.push(Case::new(name, move |target| agrees(target, &network, STEPS)));
        }
    }
    for precision in [Precision::F32, Precision::F64] {
        let two_rules = Network { precision, ..recurrent() };
        cases.push(Case::new(format!("plasticity::two_rules::{precision}"), move |target| {
            agrees(target, &two_rules, STEPS)
        }));
        let network = Network { precision, ..among_others() };
        let other = network.clone();
        cases.push(Case::new(format!("plasticity::among_others::{precision}"), move |target| {
            agrees(target, &network, 400)
        }));
        cases.push(Case::new(format!("plasticity::looking::{precision}"), move |target| {
            looking(target, &other)
        }));
    }
    cases
}

/// Two populations that fire regularly, plastic within and across with different delays, static
/// beside it, with a source that is known beforehand; two lanes.
pub fn among_others() -> Network {
    let mut first = neurons("first", "iaf_psc_exp", 20, &[("t_ref", 0.5)]);
    set_param(&mut first, "I_e", (0..20).map(|i| 900.0 + 40.0 * f64::from(i)).collect());
    let second = neurons("second", "iaf_psc_exp", 70, &[("I_e", 900.0)]);
    let given = source("source", 3, vec![(5, 1), (12, 0), (12, 0), (300, 2)]);
    let list: Vec<Edge> = (0..60).map(|i| (i % 3, i % 20, 30.0, i % 25)).collect();
    let plastic = |from, to, delay_ms| Projection {
        plasticity: Some(Plasticity::pair(40.0)),
        ..projection(from, to, Connector::AllToAll, 10.0, delay_ms)
    };
    let power = Projection {
        plasticity: Some(Plasticity::power_law(40.0)),
        ..projection(1, 0, Connector::FixedInDegree(4), 5.0, 0.9)
    };
    let own: Vec<Edge> = (0..20).map(|i| (i, (i * 7 + 1) % 20, -20.0, 1 + i % 9)).collect();
    let projections =
        vec![edges(2, 0, &list), plastic(0, 0, 1.7), plastic(0, 1, 0.4), edges(0, 0, &own), power];
    Network { lane_seeds: vec![0, 1], ..network(vec![first, second, given], projections) }
}

fn agrees(target: &Target<'_>, network: &Network, steps: u64) -> Outcome {
    let (mut device, mut reference) = (target.session(network)?, same::reference(network));
    let spikes = same::run(&mut *device, &mut *reference, steps);
    assert!(spikes.unwrap_or_else(|e| panic!("{e}")).len() > 100, "somebody fires");
    Ok(())
}

/// Whenever somebody looks at the weights, they are what they would have been.
fn looking(target: &Target<'_>, network: &Network) -> Outcome {
    let (mut a, mut b) = (target.session(network)?, target.session(network)?);
    for steps in [1, 3, 16, 40, 7, 90] {
        let spikes = same::advance(&mut *a, steps, 1);
        assert_eq!(same::advance(&mut *b, steps, steps), spikes);
        a.state_digest().expect("readable");
    }
    same::states(&mut *a, &mut *b).unwrap_or_else(|e| panic!("{e}"));
    Ok(())
}
