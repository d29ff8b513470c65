//! What connectors promise: exact counts, forbidden pairs, distributions, and rows that depend on
//! nothing but their address.

#![allow(clippy::disallowed_methods)] // the standard library is the oracle here

use isospike_net::*;
use std::collections::HashSet;

fn network(
    n: u32,
    m: u32,
    describe: impl FnOnce(ProjectionBuilder) -> ProjectionBuilder,
) -> Network {
    let model = "iaf_psc_exp";
    Network::build("test")
        .seed(7)
        .population("A", n, model, |p| p)
        .population("B", m, model, |p| p)
        .project("A", "B", describe)
        .finish()
        .expect("valid")
}

/// A onto itself.
fn recurrent(n: u32, describe: impl FnOnce(ProjectionBuilder) -> ProjectionBuilder) -> Network {
    Network::build("test")
        .seed(7)
        .population("A", n, "iaf_psc_exp", |p| p)
        .project("A", "A", describe)
        .finish()
        .expect("valid")
}

fn rows(network: &Network, threads: usize) -> Vec<Row> {
    let wiring = Wiring::new(network, 0, threads).expect("valid");
    let n = network.populations[0].size;
    (0..n)
        .map(|s| {
            let mut row = Row::default();
            wiring.row(s, &mut row);
            assert_eq!(row.len(), wiring.out_degrees()[s as usize] as usize);
            assert_eq!((row.weights.len(), row.delays.len()), (row.len(), row.len()));
            row
        })
        .collect()
}

fn all_connectors() -> Vec<(&'static str, Network)> {
    let mut all = Vec::new();
    for autapses in [true, false] {
        for multapses in [true, false] {
            let mut add = |name, connector: Connector| {
                let spread = Distribution::normal(5.0, 2.0).redrawn(0.0, 20.0);
                let delay = Distribution::normal(1.5, 0.75).redrawn(0.05, f64::INFINITY);
                let c = |p: ProjectionBuilder| {
                    let p = p.connector(connector).weight(spread).delay(delay);
                    p.autapses(autapses).multapses(multapses)
                };
                all.push((name, recurrent(150, c)));
            };
            add("all_to_all", Connector::AllToAll);
            add("probability", Connector::FixedProbability(0.1));
            add("high probability", Connector::FixedProbability(0.9));
            add("in_degree", Connector::FixedInDegree(40));
            add("out_degree", Connector::FixedOutDegree(40));
            add("high out_degree", Connector::FixedOutDegree(149));
            add("total", Connector::FixedTotal(5000));
        }
    }
    all
}

#[test]
fn rows_do_not_depend_on_order_threads_or_history() {
    for (name, network) in all_connectors() {
        let reference = rows(&network, 1);
        for threads in [2, 3, 8] {
            let wiring = Wiring::new(&network, 0, threads).expect("valid");
            let mut row = Row::default();
            for s in (0..150).rev().chain([3, 77, 3]) {
                wiring.row(s, &mut row);
                let expected = &reference[s as usize];
                assert_eq!(row.targets, expected.targets, "{name}");
                assert_eq!(row.weights, expected.weights, "{name}");
                assert_eq!(row.delays, expected.delays, "{name}");
            }
        }
    }
}

#[test]
fn forbidden_pairs_never_occur() {
    for (name, network) in all_connectors() {
        let p = &network.projections[0];
        let mut autapses = 0;
        let mut multapses = 0;
        for (s, row) in rows(&network, 2).iter().enumerate() {
            assert!(row.targets.iter().all(|&t| t < 150));
            let different: HashSet<u32> = row.targets.iter().copied().collect();
            multapses += row.len() - different.len();
            autapses += row.targets.iter().filter(|&&t| t as usize == s).count();
        }
        assert!(p.autapses || autapses == 0, "{name}: {autapses} autapses");
        assert!(p.multapses || multapses == 0, "{name}: {multapses} multapses");
        let with_replacement = p.multapses
            && matches!(
                p.connector,
                Connector::FixedInDegree(_)
                    | Connector::FixedOutDegree(_)
                    | Connector::FixedTotal(_)
            );
        assert_eq!(with_replacement, multapses > 0, "{name}");
        assert_eq!(p.autapses, autapses > 0, "{name}");
    }
}

#[test]
fn counts_are_exact() {
    for (_, network) in all_connectors() {
        let p = &network.projections[0];
        let rows = rows(&network, 2);
        let candidates = 150 - usize::from(!p.autapses);
        let mut in_degrees = vec![0; 150];
        rows.iter().flat_map(|r| &r.targets).for_each(|&t| in_degrees[t as usize] += 1);
        let total: usize = rows.iter().map(Row::len).sum();
        match p.connector {
            Connector::AllToAll => assert!(rows.iter().all(|r| r.len() == candidates)),
            Connector::FixedInDegree(k) => assert!(in_degrees.iter().all(|&d| d == k)),
            Connector::FixedOutDegree(k) => assert!(rows.iter().all(|r| r.len() == k as usize)),
            Connector::FixedTotal(n) => assert_eq!(total as u64, n),
            Connector::FixedProbability(q) => {
                let pairs = (150 * candidates) as f64;
                let (mean, sd) = (q * pairs, (q * (1.0 - q) * pairs).sqrt());
                assert!((total as f64 - mean).abs() < 5.0 * sd, "{total} {mean}");
            }
            _ => unreachable!(),
        }
    }
}

#[test]
fn one_to_one_and_all_to_all() {
    for (s, row) in
        rows(&network(9, 9, |c| c.one_to_one().weight(3.0).delay(0.7)), 1).iter().enumerate()
    {
        assert_eq!(
            (&row.targets, &row.weights, &row.delays),
            (&vec![s as u32], &vec![3.0], &vec![7])
        );
    }
    for row in rows(&network(3, 5, |c| c.all_to_all().autapses(false)), 1) {
        assert_eq!(row.targets, [0, 1, 2, 3, 4]);
    }
}

#[test]
fn edges_keep_their_order_weights_and_delays() {
    let edges = Edges {
        pre: vec![2, 0, 2, 2],
        post: vec![1, 3, 0, 1],
        weight: Some(vec![1.0, 2.0, 3.0, 4.0]),
        delay_ms: Some(vec![0.1, 0.2, 0.3, 1.0]),
    };
    let network = network(3, 4, |c| c.edges(edges.clone()));
    let rows = rows(&network, 1);
    assert_eq!(rows[0].targets, [3]);
    assert!(rows[1].is_empty());
    assert_eq!(rows[2].targets, [1, 0, 1]);
    assert_eq!(rows[2].weights, [1.0, 3.0, 4.0]);
    assert_eq!(rows[2].delays, [1, 3, 10]);
    let wiring = Wiring::new(&network, 0, 1).expect("valid");
    assert_eq!(wiring.delay_range(), (1, 10));
}

/// Counts of how often each of `n` cells was hit, against equal expectation: chi-square within 5
/// sd.
fn uniform(counts: &[u32]) {
    let total: f64 = counts.iter().map(|&c| f64::from(c)).sum();
    let expected = total / counts.len() as f64;
    let chi2: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    assert!((chi2 - freedom).abs() < 5.0 * (2.0 * freedom).sqrt(), "chi2 {chi2} of {freedom}");
}

#[test]
fn ends_are_uniform() {
    let connectors = [
        Connector::FixedInDegree(300),
        Connector::FixedOutDegree(300),
        Connector::FixedTotal(60_000),
    ];
    for connector in connectors {
        let network = network(200, 170, |c| c.connector(connector.clone()));
        let (mut by_source, mut by_target) = (vec![0; 200], vec![0; 170]);
        for (s, row) in rows(&network, 2).iter().enumerate() {
            by_source[s] += row.len() as u32;
            row.targets.iter().for_each(|&t| by_target[t as usize] += 1);
        }
        if !matches!(connector, Connector::FixedOutDegree(_)) {
            uniform(&by_source);
        }
        if !matches!(connector, Connector::FixedInDegree(_)) {
            uniform(&by_target);
        }
    }
}

#[test]
fn total_gives_multinomial_out_degrees() {
    let network = network(2000, 50, |c| c.total(200_000));
    let wiring = Wiring::new(&network, 0, 1).expect("valid");
    let d: Vec<f64> = wiring.out_degrees().iter().map(|&k| f64::from(k)).collect();
    let var = d.iter().map(|k| (k - 100.0).powi(2)).sum::<f64>() / d.len() as f64;
    assert_eq!(d.iter().sum::<f64>(), 200_000.0);
    // Variance n p (1 - p) = 99.95; its estimate has a relative standard error of sqrt(2 / 2000).
    assert!((var / 99.95 - 1.0).abs() < 0.15, "{var}");
}

#[test]
fn total_without_multapses_gives_hypergeometric_out_degrees() {
    let network = network(2000, 50, |c| c.total(50_000).multapses(false));
    let wiring = Wiring::new(&network, 0, 1).expect("valid");
    let d: Vec<f64> = wiring.out_degrees().iter().map(|&k| f64::from(k)).collect();
    let var = d.iter().map(|k| (k - 25.0).powi(2)).sum::<f64>() / d.len() as f64;
    // Half of the 50 targets each: 50 * 1/4, less the finite population's share.
    assert!((var / 12.5 - 1.0).abs() < 0.15, "{var}");
}

#[test]
fn neighbours_and_projections_differ() {
    let network = Network::build("two")
        .population("A", 100, "iaf_psc_exp", |p| p)
        .project("A", "A", |c| c.out_degree(50))
        .project("A", "A", |c| c.out_degree(50))
        .finish()
        .expect("valid");
    let mut seen = HashSet::new();
    for p in 0..2 {
        let wiring = Wiring::new(&network, p, 1).expect("valid");
        let mut row = Row::default();
        for s in 0..100 {
            wiring.row(s, &mut row);
            assert!(seen.insert(row.targets.clone()));
        }
    }
}

#[test]
fn delays_are_whole_steps_within_the_range() {
    let delay = Distribution::normal(1.5, 0.75).redrawn(0.05, f64::INFINITY);
    let network = network(100, 100, |c| c.out_degree(1000).delay(delay));
    let wiring = Wiring::new(&network, 0, 1).expect("valid");
    let (lo, hi) = wiring.delay_range();
    assert_eq!((lo, hi), (1, 63));
    let all: Vec<u32> = rows(&network, 1).iter().flat_map(|r| r.delays.clone()).collect();
    assert!(all.iter().all(|d| (lo..=hi).contains(d)));
    // Mean of the normal truncated at 0.05 ms: 1.5 + 0.75 phi(a) / (1 - Phi(a)), a = -1.9333:
    // 1.5474 ms.
    let mean = all.iter().map(|&d| f64::from(d)).sum::<f64>() / all.len() as f64;
    assert!((mean - 15.474).abs() < 0.1, "{mean}");
}

#[test]
fn input_spikes_may_arrive_at_once() {
    let network = Network::build("input")
        .spikes("S", 4, vec![(0, 1)])
        .population("A", 4, "iaf_psc_exp", |p| p)
        .project("S", "A", |c| c.one_to_one().delay(0.0))
        .finish()
        .expect("valid");
    let wiring = Wiring::new(&network, 0, 1).expect("valid");
    assert_eq!(wiring.delay_range(), (0, 0));
}
