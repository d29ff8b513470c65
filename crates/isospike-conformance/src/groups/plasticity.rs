//! Plastic synapses: `plasticity::<rule>::<precision>_<accumulator>` and others.

use crate::hand::{
    Edge, edges, network, neurons, projection, set_param, source, variant, variants,
};
use crate::plastic::{case, recurrent, rules};
use crate::{Case, Outcome, Target, same};
use isospike_backend::SessionExt;
use isospike_net::{Connector, Network, Plasticity, Projection, StdpRule, WeightStorage};

/// Longer than what a session remembers.
const STEPS: u64 = 700;

/// Both rules with every kind of exponent, networks that mix them and one whose weights are kept in
/// few bits: in both precisions where they can be, with sums of 32 and of 64 bits.
pub fn cases() -> Vec<Case> {
    networks().into_iter().flat_map(|named| each_variant(named, agrees)).chain(looks()).collect()
}

/// Name, network and steps worth running.
type Named = (String, Network, u64);

fn networks() -> Vec<Named> {
    let ruled = rules().into_iter().map(|rule| {
        let kind = if rule.rule == StdpRule::Pair { "pair" } else { "power_law" };
        let name = format!("{kind}_{}_{}", rule.mu_plus, rule.mu_minus);
        (name, case(rule, 2, STEPS), STEPS)
    });
    let others = [
        ("two_rules".to_owned(), recurrent(), STEPS),
        ("among_others".to_owned(), among_others(), 400),
        ("weights_in_f16".to_owned(), in_few_bits(WeightStorage::F16), 200),
        ("weights_in_bf16".to_owned(), in_few_bits(WeightStorage::BF16), 200),
    ];
    ruled.chain(others).collect()
}

fn looks() -> Vec<Case> {
    each_variant(("looking".to_owned(), among_others(), 0), |target, network, _| {
        looking(target, network)
    })
}

fn each_variant(
    (name, network, steps): Named,
    run: fn(&Target<'_>, &Network, u64) -> Outcome,
) -> Vec<Case> {
    let case = |network: Network| {
        let name = format!("plasticity::{name}::{}", variant(&network));
        Case::new(name, move |target| run(target, &network, steps))
    };
    variants(&network).into_iter().map(case).collect()
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

/// The same, with plastic weights in 16-bit floats.
fn in_few_bits(storage: WeightStorage) -> Network {
    let mut network = among_others();
    let plastic = network.projections.iter_mut().filter(|p| p.plasticity.is_some());
    plastic.for_each(|p| p.storage = storage);
    network
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

#[cfg(test)]
mod tests {
    use super::*;
    use isospike_backend::plan::Accumulator;
    use isospike_backend::{Plan, PlanOptions};
    use isospike_net::SumBits;
    use std::sync::Arc;

    #[test]
    fn every_network_has_sums_of_both_widths() {
        for (name, network, _) in networks() {
            for network in variants(&network) {
                let wide = network.sums == SumBits::I64;
                let plan = Plan::new(Arc::new(network), &PlanOptions::default());
                let accumulator = plan.unwrap_or_else(|e| panic!("{name}: {e}")).accumulator;
                assert_eq!(accumulator == Accumulator::I64, wide, "{name}");
            }
        }
    }
}
