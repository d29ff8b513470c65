//! Networks made to break the bookkeeping: `net::<example>::<precision>_<accumulator>`.
//!
//! Sources that fire always or several times, delays as long as the ring, no delay, loops, nothing
//! at all, every connector, sums exactly at threshold, storage in few bits. Each is compared with
//! the reference, state and all, and what can be said beforehand is said by hand.

use crate::hand::{
    Edge, edges, model, network, neurons, projection, set_initial, set_param, source, variant,
    variants,
};
use crate::{Case, Outcome, Target, same};
use isospike_backend::Spike;
use isospike_backend::plan::pow2;
use isospike_net::{
    Connector, Distribution, Generator, Input, Network, Population, Projection, Value,
};
use std::sync::Arc;

/// A network and what is known of it.
pub struct Example {
    /// Name.
    pub name: &'static str,
    /// In f64, or in f32 if it cannot be.
    pub network: Network,
    /// Steps worth running.
    pub steps: u64,
    /// Panics if spikes are not what they must be, whatever the precision.
    pub holds: fn(&[Spike]),
}

/// Every example in the precisions it can be in, with the accumulators it needs and with 64-bit
/// ones.
pub fn cases() -> Vec<Case> {
    let each = |example: Example| {
        let Example { name, network, steps, holds } = example;
        let case = move |network: Network| {
            let name = format!("net::{name}::{}", variant(&network));
            Case::new(name, move |target| agrees(target, &network, steps, holds))
        };
        variants(&network).into_iter().map(case).collect::<Vec<_>>()
    };
    examples().into_iter().flat_map(each).collect()
}

fn agrees(target: &Target<'_>, network: &Network, steps: u64, holds: fn(&[Spike])) -> Outcome {
    let (mut device, mut reference) = (target.session(network)?, same::reference(network));
    let spikes = same::run(&mut *device, &mut *reference, steps);
    holds(&spikes.unwrap_or_else(|e| panic!("{e}")));
    Ok(())
}

/// All examples.
pub fn examples() -> Vec<Example> {
    [
        silence(),
        fires_often(),
        ring(1),
        ring(7),
        no_delay(),
        first_arrival(),
        self_loops(),
        multapses(),
        empty_parts(),
        connectors(),
        named_ports(),
        at_threshold(),
        cancelling(),
        subnormals(),
        boundaries(),
        many_poisson_spikes(),
        parameters_by_lane(),
    ]
    .into_iter()
    .chain(super::few_bits::examples())
    .collect()
}

/// Neurons that fire at different, regular intervals.
pub fn clocks(name: &str, size: u32) -> Population {
    let mut p = neurons(name, "iaf_psc_exp", size, &[("t_ref", 0.5)]);
    set_param(&mut p, "I_e", (0..size).map(|i| 400.0 + 97.0 * f64::from(i % 23)).collect());
    p
}

fn fired(spikes: &[Spike], id: u32) -> Vec<u64> {
    spikes.iter().filter(|s| s.id == id).map(|s| s.step).collect()
}

fn any(spikes: &[Spike]) {
    assert!(!spikes.is_empty(), "somebody fires");
}

fn silence() -> Example {
    let network = network(vec![neurons("n", "iaf_psc_exp", 3, &[])], Vec::new());
    let holds = |spikes: &[Spike]| assert!(spikes.is_empty());
    Example { name: "silence", network, steps: 50, holds }
}

fn fires_often() -> Example {
    let often =
        (0..150).flat_map(|t| [(t, 0), (t, 1), (t, 1), (t, 1)]).chain([(80, 2); 9]).collect();
    let list: Vec<Edge> =
        (0..3).flat_map(|s| (0..20).map(move |t| (s, t, 3.0 + f64::from(t), t % 4))).collect();
    let parts = vec![clocks("n", 20), source("source", 3, often)];
    let holds = |spikes: &[Spike]| {
        assert_eq!([20, 21, 22].map(|id| fired(spikes, id).len()), [150, 450, 9]);
    };
    let network = network(parts, vec![edges(1, 0, &list)]);
    Example { name: "a_source_that_fires_always_and_often", network, steps: 150, holds }
}

/// Run more than three times around the ring of the longest delay.
fn ring(shortest: u32) -> Example {
    let n = 24;
    let list: Vec<Edge> = (0..n)
        .flat_map(|i| {
            [shortest, 99, 100].map(|d| (i, (i * 7 + d) % n, 90.0 * f64::from(d % 2) - 20.0, d))
        })
        .collect();
    let network = network(vec![clocks("n", n)], vec![edges(0, 0, &list)]);
    let name = if shortest == 1 { "around_the_ring" } else { "around_the_ring_from_7" };
    Example { name, network, steps: 350, holds: any }
}

fn no_delay() -> Example {
    let network = network(
        vec![neurons("n", "iaf_psc_delta", 1, &[]), source("source", 1, vec![(4, 0)])],
        vec![edges(1, 0, &[(0, 0, 20.0, 0)])],
    );
    let holds = |spikes: &[Spike]| {
        let at = |id| Spike { step: 4, lane: 0, id };
        assert_eq!(spikes, [at(0), at(1)], "the target fires in the same step");
    };
    Example { name: "no_delay", network, steps: 10, holds }
}

/// A spike of step 0 arrives after each of the delays, and makes one neuron fire in that step.
fn first_arrival() -> Example {
    let delays = [1, 2, 5, 19, 20];
    let list: Vec<Edge> = (0..5).map(|i| (0, i, 20.0, delays[i as usize])).collect();
    let parts = vec![neurons("n", "iaf_psc_delta", 5, &[]), source("source", 1, vec![(0, 0)])];
    let holds = |spikes: &[Spike]| {
        assert_eq!([0, 1, 2, 3, 4].map(|id| fired(spikes, id)), [1, 2, 5, 19, 20].map(|d| vec![d]));
    };
    let network = network(parts, vec![edges(1, 0, &list)]);
    Example { name: "every_delay_arrives", network, steps: 30, holds }
}

fn self_loops() -> Example {
    let n = 17;
    let mut list: Vec<Edge> = (0..n).map(|i| (i, i, 60.0, 1)).collect();
    list.extend((0..n).map(|i| (i, i, -40.0, 4)));
    let network = network(vec![clocks("n", n)], vec![edges(0, 0, &list)]);
    Example { name: "self_loops", network, steps: 300, holds: any }
}

fn multapses() -> Example {
    let n = 17;
    let mut list: Vec<Edge> = Vec::new();
    for i in 0..n {
        list.extend([(i, i, 60.0, 1); 5]);
        list.extend([(i, (i + 1) % n, -15.0, 1), (i, (i + 1) % n, 15.0, 1)]);
        list.extend([(i, (i + 1) % n, 33.0, 3), (i, (i + 1) % n, 33.0, 3)]);
    }
    let network = network(vec![clocks("n", n)], vec![edges(0, 0, &list)]);
    let holds = |spikes: &[Spike]| assert!(spikes.len() > 100, "{} spikes", spikes.len());
    Example { name: "multapses", network, steps: 300, holds }
}

fn empty_parts() -> Example {
    let nothing = |source, target, connector| projection(source, target, connector, 2.0, 1.5);
    let populations = vec![
        clocks("alone", 3),
        neurons("quiet", "iaf_cond_exp", 70, &[]),
        source("never", 5, Vec::new()),
        neurons("poisson", "poisson_source", 4, &[]),
    ];
    let projections = vec![
        edges(0, 1, &[]),
        nothing(1, 1, Connector::FixedProbability(0.0)),
        nothing(2, 0, Connector::FixedTotal(0)),
        nothing(2, 1, Connector::FixedInDegree(3)),
        nothing(3, 1, Connector::FixedOutDegree(0)),
    ];
    let network = network(populations, projections);
    Example { name: "empty_parts", network, steps: 200, holds: any }
}

fn connectors() -> Example {
    let all = [
        Connector::AllToAll,
        Connector::OneToOne,
        Connector::FixedProbability(0.3),
        Connector::FixedInDegree(5),
        Connector::FixedOutDegree(6),
        Connector::FixedTotal(90),
    ];
    let populations = vec![clocks("a", 20), clocks("b", 20)];
    let drawn = |(i, connector): (usize, Connector)| Projection {
        weight: Distribution::normal(15.0, 9.0),
        delay_ms: Distribution::uniform(0.1, 2.0),
        autapses: i % 2 == 0,
        multapses: i % 3 != 0 || i < 2,
        ..projection(i % 2, (i / 2) % 2, connector, 1.0, 0.1)
    };
    let mut projections: Vec<_> = all.into_iter().enumerate().map(drawn).collect();
    let made = |(i, generator): (usize, Generator)| Projection {
        delay_ms: Distribution::uniform(0.1, 2.0),
        ..projection(i % 2, i % 2, Connector::Generated(generator), 1.0, 0.1)
    };
    let generators = [
        Generator::Normal { mean: 3.0, std: 15.0, sparsity: 0.6, glorot: false },
        Generator::Uniform { low: -20.0, high: 20.0, sparsity: 0.8 },
        Generator::Uniform { low: -10.0, high: 20.0, sparsity: 0.3 },
        Generator::MexicanHat { a: 0.8, sigma_1: 2.0, sigma_2: 5.0 },
    ];
    projections.extend(generators.into_iter().enumerate().map(made));
    projections.push(edges(1, 1, &[(0, 3, 40.0, 2), (19, 0, -40.0, 9)]));
    let network = network(populations, projections);
    Example { name: "every_connector", network, steps: 200, holds: any }
}

fn named_ports() -> Example {
    let n = 20;
    let both: Vec<Edge> =
        (0..n).flat_map(|i| [(i, (i + 3) % n, 80.0, 2), (i, (i + 5) % n, -30.0, 3)]).collect();
    let to = |port: &str| Projection { port: Some(port.into()), ..edges(0, 0, &both) };
    let projections = vec![to("ex"), to("inh"), edges(0, 0, &both)];
    let holds = |spikes: &[Spike]| assert!(spikes.len() > 50, "{} spikes", spikes.len());
    let network = network(vec![clocks("n", n)], projections);
    Example { name: "named_ports_take_both_signs", network, steps: 200, holds }
}

/// A potential that jumps and never leaks out of sight: weights in mV.
const JUMPS: &[(&str, f64)] =
    &[("E_L", 0.0), ("V_th", 15.0), ("V_reset", 0.0), ("t_ref", 0.2), ("tau_m", 10.0)];

fn at_threshold() -> Example {
    let quarters = |target: u32, n: usize| std::iter::repeat_n((0, target, 0.25, 0), n);
    let mut list: Vec<Edge> = quarters(0, 60).collect(); // 15 mV
    list.extend(quarters(1, 59).chain([(0, 1, 0.125, 0)])); // 14.875 mV
    list.extend(quarters(2, 61));
    list.extend([(0, 3, 20.0, 0), (0, 3, -5.0, 0)]); // 15 mV
    list.extend([(0, 4, 20.0, 0), (0, 4, -5.000_030_517_578_125, 0)]); // 2^-15 mV below
    let fires = source("source", 1, vec![(0, 0), (7, 0)]);
    let network =
        network(vec![fires, neurons("n", "iaf_psc_delta", 5, JUMPS)], vec![edges(0, 1, &list)]);
    let holds = |spikes: &[Spike]| {
        let first = |id| fired(spikes, id).first() == Some(&0);
        assert_eq!([1, 2, 3, 4, 5].map(first), [true, false, true, true, false]);
    };
    Example { name: "sums_at_threshold", network, steps: 8, holds }
}

/// Weights of every size and their opposites, in an order that a float sum would not survive.
fn cancelling() -> Example {
    let n = 300u32;
    let weight = |i: u32| 1e6 * (0.1 + f64::from(i.wrapping_mul(2_654_435_761)) * pow2(-32));
    let mut list: Vec<Edge> = Vec::new();
    for i in 0..n {
        for target in 0..3 {
            list.extend([(i, target, weight(i), 1), ((i * 7 + 3) % n, target, -weight(i), 1)]);
        }
    }
    list.push((5, 2, 1e6, 1));
    let every = (0..20).flat_map(|t| (0..n).map(move |i| (t, i))).collect();
    let targets = neurons("n", "iaf_psc_delta", 3, JUMPS);
    let holds = |spikes: &[Spike]| {
        let silent = |id: u32| fired(spikes, 300 + id).is_empty();
        assert!(silent(0) && silent(1) && !silent(2), "only one sum differs from 0");
    };
    let network = network(vec![source("source", n, every), targets], vec![edges(0, 1, &list)]);
    Example { name: "weights_that_cancel", network, steps: 20, holds }
}

/// Currents that decay through the subnormals of f32, and of f64.
fn subnormals() -> Example {
    let silent = [("E_L", 0.0), ("V_th", 10.0), ("V_reset", 0.0), ("tau_syn_ex", 0.5)];
    let mut p = neurons("n", "iaf_psc_exp", 20, &silent);
    let small = |i: u32| f64::from(i) * if i.is_multiple_of(2) { 1e-36 } else { 1e-305 };
    set_initial(&mut p, "I_syn_ex", (0..20).map(small).collect());
    let mut q = neurons("q", "aeif_cond_exp", 20, &[("tau_syn_ex", 0.5)]);
    set_initial(&mut q, "g_ex", (0..20).map(|i| 1e-36 * f64::from(i)).collect());
    let network = network(vec![p, q], Vec::new());
    let holds = |spikes: &[Spike]| assert!(spikes.is_empty());
    Example { name: "subnormals", network, steps: 250, holds }
}

/// Populations that end beside the boundaries of groups and blocks, with every kind of drive, in
/// three lanes.
fn boundaries() -> Example {
    let sizes = [1, 15, 16, 17, 63, 64, 65];
    let part = |(i, size): (usize, u32)| {
        let mut p = clocks(&format!("p{i}"), size);
        let rates = (0..size).map(|i| 3000.0 * f64::from(i % 5)).collect();
        let rate_hz = Value::PerNeuron(Arc::new(rates));
        model(&mut p).inputs = vec![
            Input::Poisson { rate_hz, weight: 20.0, port: None },
            Input::Noise { mean: 10.0, std: 50.0 },
            Input::Steps { times_ms: vec![0.5, 2.0], amplitudes: vec![150.0, -50.0] },
        ];
        let initial = Value::Random(Distribution::uniform(-70.0, -56.0));
        model(&mut p).initial.insert("V_m".into(), initial);
        p
    };
    let populations: Vec<_> = sizes.into_iter().enumerate().map(part).collect();
    let connect = |i: usize| Projection {
        delay_ms: Distribution::uniform(0.1, 2.0),
        weight: Distribution::normal(if i.is_multiple_of(3) { -60.0 } else { 30.0 }, 6.0),
        ..projection(i, (i * 3 + 1) % 7, Connector::FixedInDegree(5), 1.0, 0.1)
    };
    let projections = (0..7).map(connect).collect();
    let network = Network { lane_seeds: vec![77, 7, 5], ..network(populations, projections) };
    Example { name: "sizes_around_every_boundary", network, steps: 60, holds: any }
}

/// Poisson inputs of 50, of about 25 and of few spikes a step: counts that never are 0, found from
/// the guide, for all neurons and beside others in one population; two lanes.
fn many_poisson_spikes() -> Example {
    let with = |name: &str, size: u32, rate_hz: Value| {
        let mut p = neurons(name, "iaf_psc_exp", size, &[("t_ref", 0.5)]);
        model(&mut p).inputs = vec![Input::Poisson { rate_hz, weight: 2.0, port: None }];
        p
    };
    let each =
        |i: u32| [500_000.0, 3000.0, 250_000.0 + f64::from(i), 0.0, 40_000.0][i as usize % 5];
    let each = Value::PerNeuron(Arc::new((0..70).map(each).collect()));
    let populations = vec![
        with("often", 17, Value::Constant(500_000.0)),
        with("less", 65, Value::Constant(250_000.0)),
        with("each", 70, each),
    ];
    let list: Vec<Edge> = (0..65).map(|i| (i, i, -20.0, 1 + i % 7)).collect();
    let network = network(populations, vec![edges(1, 2, &list)]);
    let network = Network { lane_seeds: vec![6, 1006], ..network };
    Example { name: "many_poisson_spikes", network, steps: 60, holds: any }
}

/// An ordinary model whose parameters differ from lane to lane, some beside others that differ from
/// neuron to neuron; initial potentials too.
fn parameters_by_lane() -> Example {
    let lanes = |xs: [f64; 3]| Value::PerLane(Arc::new(xs.to_vec()));
    let mut a = clocks("a", 70);
    let params = &mut model(&mut a).params;
    params.insert("C_m".into(), lanes([250.0, 200.0, 251.0]));
    params.insert("tau_m".into(), lanes([10.0, 12.5, 7.0]));
    params.insert("t_ref".into(), lanes([0.5, 2.0, 0.0]));
    params.insert("tau_syn_ex".into(), lanes([2.0, 0.5, 1.0]));
    model(&mut a).initial.insert("V_m".into(), lanes([-60.0, -70.0, -58.0]));
    let mut b = neurons("b", "iaf_psc_exp", 65, &[]);
    model(&mut b).params.insert("I_e".into(), lanes([700.0, 300.0, 500.0]));
    model(&mut b).params.insert("V_th".into(), lanes([-55.0, -60.0, -56.0]));
    let near = |n: u32, to: u32| -> Vec<Edge> {
        (0..n).flat_map(|i| (1..4).map(move |k| (i, (i * k) % to, 30.0, k + i % 5))).collect()
    };
    let projections = vec![edges(0, 0, &near(70, 70)), edges(0, 1, &near(65, 65))];
    let network = network(vec![a, b], projections);
    let holds = |spikes: &[Spike]| {
        let of = |lane: u32| {
            let mine = spikes.iter().filter(|s| s.lane == lane);
            mine.map(|s| (s.step, s.id)).collect::<Vec<_>>()
        };
        let [a, b, c] = [0, 1, 2].map(of);
        assert!(!a.is_empty() && a != b && b != c && a != c, "lanes differ");
    };
    // one seed, so that lanes differ by nothing else
    let network = Network { lane_seeds: vec![4, 4, 4], ..network };
    Example { name: "parameters_by_lane", network, steps: 150, holds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike_backend::plan::Drive;
    use isospike_backend::{Plan, PlanOptions};

    #[test]
    fn many_poisson_spikes_begin_above_none() {
        let network = many_poisson_spikes().network;
        let plan = Plan::new(Arc::new(network), &PlanOptions::default()).expect("valid");
        let neurons = plan.populations.iter().flat_map(|p| &p.neurons);
        let tables = neurons.flat_map(|n| &n.drives).map(|Drive::Poisson(p)| &p.tables);
        let tables: Vec<Vec<_>> =
            tables.map(|t| t.iter().map(|t| t.base() > 0).collect()).collect();
        assert!(tables[0] == [true] && tables[1] == [true], "{tables:?}");
        assert!([true, false].iter().all(|base| tables[2].contains(base)), "{tables:?}");
    }
}
