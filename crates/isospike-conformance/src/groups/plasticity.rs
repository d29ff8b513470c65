//! Plastic synapses: `plasticity::<rule>::<precision>` and others.

use crate::hand::{Edge, edges, model, network, neurons, projection, set_param, source};
use crate::{Case, Outcome, Target, same};
use isospike_backend::SessionExt;
use isospike_net::{
    Connector, Distribution, Input, Network, Plasticity, Population, Precision, Projection,
    StdpRule, Value,
};

/// Both rules with every kind of exponent, in both precisions.
pub fn cases() -> Vec<Case> {
    let pair = [(0.0, 0.0), (1.0, 1.0), (0.4, 0.7)].map(|mu| rule(StdpRule::Pair, mu));
    let power = [(0.0, 1.0), (0.4, 1.0)].map(|mu| rule(StdpRule::PowerLaw, mu));
    let mut cases = Vec::new();
    for r in pair.into_iter().chain(power) {
        let kind = if r.rule == StdpRule::Pair { "pair" } else { "power_law" };
        for precision in [Precision::F32, Precision::F64] {
            let name = format!("plasticity::{kind}_{}_{}::{precision}", r.mu_plus, r.mu_minus);
            let network = Network { precision, ..feedforward(r, 2) };
            cases.push(Case::new(name, move |target| agrees(target, &network, 900)));
        }
    }
    for precision in [Precision::F32, Precision::F64] {
        let network = Network { precision, ..recurrent() };
        let other = network.clone();
        cases.push(Case::new(format!("plasticity::recurrent::{precision}"), move |target| {
            agrees(target, &network, 400)
        }));
        cases.push(Case::new(format!("plasticity::looking::{precision}"), move |target| {
            looking(target, &other)
        }));
    }
    cases
}

fn rule(kind: StdpRule, (mu_plus, mu_minus): (f64, f64)) -> Plasticity {
    let (lambda, alpha) = match kind {
        StdpRule::Pair => (0.01, 1.05),
        StdpRule::PowerLaw => (0.02, 0.3),
    };
    let (tau_plus, tau_minus, w_max) = (17.0, 31.0, 20.0);
    Plasticity { rule: kind, tau_plus, tau_minus, lambda, alpha, mu_plus, mu_minus, w_max }
}

/// Targets from silent to firing in every step, noisy, the noise different in every lane.
fn targets(size: u32) -> Population {
    let parameters = [("t_ref", 0.0), ("V_th", -55.0), ("V_reset", -60.0)];
    let mut p = neurons("target", "iaf_psc_exp", size, &parameters);
    let drives = [0.0, 450.0, 800.0, 3000.0, 9000.0, 60_000.0];
    set_param(&mut p, "I_e", (0..size).map(|i| drives[i as usize % 6]).collect());
    let rate_hz = Value::Constant(1500.0);
    model(&mut p).inputs = vec![Input::Poisson { rate_hz, weight: 40.0, port: None }];
    p
}

/// Sources, dense, sparse, silent, and twice in a step, with plastic synapses of 0.1 to 3 ms.
fn feedforward(rule: Plasticity, lanes: u64) -> Network {
    let sources = 8;
    let mut spikes = Vec::new();
    for t in 0..900u64 {
        for i in 0..sources {
            let every = [0, 5, 23, 211][i as usize % 4];
            if every > 0 && (t * 7 + u64::from(i) * 3) % every == 0 {
                spikes.extend([(t, i); 2].into_iter().take(1 + usize::from(t % 10 == 0)));
            }
        }
    }
    let plastic = Projection {
        weight: Distribution::uniform(0.0, 20.0),
        delay_ms: Distribution::uniform(0.1, 3.0),
        plasticity: Some(rule),
        ..projection(0, 1, Connector::FixedOutDegree(15), 1.0, 0.1)
    };
    let populations = vec![source("source", sources, spikes), targets(20)];
    let lane_seeds = (0..lanes).map(|l| 3 + l).collect();
    Network { lane_seeds, ..network(populations, vec![plastic]) }
}

/// Two populations that fire regularly, plastic within and across with different delays, static
/// beside it, with a source that is known beforehand; two lanes.
pub fn recurrent() -> Network {
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
