//! What `isospike size` says: connections and bytes by closed forms, every byte counted once, the
//! largest network that fits, and what would make one fit.

use isospike::backend::Measured;
use isospike::backend::memory::{Buffers, Group};
use isospike::backend::plan::{PlanOptions, Sizes};
use isospike::net::{Connector, Edges, Half, Loader, Scaling, WeightStorage};
use isospike::{Change, Count, ErrorKind, Network, Options, Plan, Room, Spikeometric, footprint};
use isospike_conformance::hand::{model, neurons, one_lane, projection};
use isospike_conformance::strategy::{config, networks};
use isospike_tests::bundled::load;
use proptest::prelude::*;
use std::sync::Arc;

fn measure(network: &Arc<Network>, buffers: Buffers) -> Measured {
    let options = PlanOptions { buffers, blocks: 2, threads: 2, ..PlanOptions::default() };
    Plan::measure(network.clone(), &options).unwrap_or_else(|e| panic!("{e}"))
}

/// Every byte is somebody's, once; every synapse too; and the plan that is made says the same.
fn add_up(network: &Network) {
    let network = Arc::new(network.clone());
    for buffers in [Buffers::Host, Buffers::Device, Buffers::Plain] {
        let m = measure(&network, buffers);
        let Sizes { populations, projections, shared_bytes } = &m.sizes;
        let total = m.memory.total_bytes();
        assert_eq!(m.sizes.total_bytes(), total, "{}", network.name);
        assert!(*shared_bytes <= total);
        let conns = |n: &mut dyn Iterator<Item = u64>| n.sum::<u64>();
        assert_eq!(conns(&mut projections.iter().map(|p| p.n_conns)), m.n_synapses);
        assert_eq!(conns(&mut populations.iter().map(|p| p.n_conns)), m.n_synapses);
        let by_group: u64 = Group::ALL.iter().map(|g| m.memory.group_bytes(*g)).sum();
        assert_eq!(by_group, total);
        let options = PlanOptions { buffers, blocks: 2, threads: 2, ..PlanOptions::default() };
        let plan = Plan::new(network.clone(), &options).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(plan.memory.total_bytes(), total, "{}", network.name);
        assert_eq!((&plan.sizes, &plan.phases), (&m.sizes, &m.phases), "{}", network.name);
        let p = m.phases;
        assert!(p.build.host_bytes >= p.run.host_bytes && p.record.host_bytes > p.run.host_bytes);
        match buffers {
            Buffers::Device => assert_eq!(p.run.device_bytes, total),
            _ => assert_eq!((p.run.host_bytes, p.run.device_bytes), (total, 0)),
        }
    }
}

#[test]
fn bundled_networks_add_up() {
    for (name, overrides) in [
        ("microcircuit", &["batch=2"][..]),
        ("hpc", &["variant=plastic"]),
        ("cuba", &["precision=\"f64\""]),
        ("brunel", &["projections[*].storage=i8", "*.state=bf16"]),
    ] {
        add_up(&load(name, 0.05, overrides));
    }
    add_up(&load("glm_ring", 1.0, &["batch=3"]));
}

/// 30 neurons to 50 and to themselves: one table for both, with one weight.
#[test]
fn closed_forms() {
    let populations =
        vec![neurons("A", "iaf_psc_delta", 30, &[]), neurons("B", "iaf_psc_delta", 50, &[])];
    let all = || Connector::AllToAll;
    let projections = vec![projection(0, 1, all(), 1.0, 1.0), projection(0, 0, all(), 1.0, 1.0)];
    let network = Arc::new(one_lane("two", populations, projections));
    let options = PlanOptions::default();
    let m = Plan::measure(network, &options).unwrap_or_else(|e| panic!("{e}"));
    let conns: Vec<_> = m.sizes.projections.iter().map(|p| p.n_conns).collect();
    assert_eq!(conns, [1500, 900]);
    // A target of two bytes; the row index, 8 bytes a row and its end, and 2 bytes a segment and
    // their end, belongs to both.
    let bytes: Vec<_> = m.sizes.projections.iter().map(|p| p.n_bytes).collect();
    assert_eq!(bytes, [3000, 1800]);
    let index = 8 * 31 + 2 * 30 * (1 + 1);
    let buffer = |b: &&isospike::backend::memory::Buffer| b.group == Group::Synapses;
    let synapses: u64 = m.memory.buffers.iter().filter(buffer).map(|b| b.bytes).sum();
    assert_eq!(synapses, 3000 + 1800 + index);
    let sizes: Vec<_> =
        m.sizes.populations.iter().map(|p| (&*p.name, p.n_neurons, p.n_conns)).collect();
    assert_eq!(sizes, [("A", 30, 900), ("B", 50, 1500)]);
}

fn room(limit: u64) -> Room {
    let options = Options { threads: Some(1), memory_limit: Some(limit), ..Options::default() };
    Room::of(&options).unwrap_or_else(|e| panic!("{e}"))
}

fn brunel(scale: f64) -> isospike::Result<Network> {
    Ok(Loader { scale: Some(scale), ..Loader::default() }.load("brunel")?)
}

#[test]
fn the_largest_scale_fits_and_the_next_does_not() {
    for limit in [1_000_000, 3_000_000, 20_000_000, 150_000_000] {
        let room = room(limit);
        let fit = room.largest_scale(brunel, None).expect("scalable").expect("something fits");
        let bytes = |scale: f64| {
            let m = room.measure(brunel(scale).expect("valid")).map(|m| m.memory.total_bytes());
            m.map_err(|e| e.kind())
        };
        assert_eq!(bytes(fit.scale), Ok(fit.total_bytes));
        assert!(fit.total_bytes <= limit);
        let mut unit = 1e-6;
        while fit.scale / unit >= 999.5 {
            unit *= 10.0;
        }
        assert_eq!(bytes(fit.scale + unit), Err(ErrorKind::MemoryLimit), "{fit:?}");
        let below = room.largest_scale(brunel, Some(fit.scale)).expect("scalable");
        assert!(below.is_some_and(|b| b.scale < fit.scale));
    }
    let one_size = |scale| {
        let listed = Edges { pre: vec![0], post: vec![1], ..Edges::default() };
        let built = Network::build("listed").population("n", 2, "iaf_psc_delta", |p| p);
        let mut network = built.project("n", "n", |c| c.edges(listed)).finish()?;
        network.scale(scale, &Scaling::default())?;
        Ok(network)
    };
    let error = room(1_000).largest_scale(one_size, None).expect_err("it has one size");
    assert!(error.to_string().contains("scale"), "{error}");
    // Connections with their weights are scaled as others are.
    let ring = |scale| Ok(Loader { scale: Some(scale), ..Loader::default() }.load("glm_ring")?);
    let fit = room(5_000_000).largest_scale(ring, None).expect("scalable").expect("something fits");
    assert!(fit.scale > 2.0 && fit.total_bytes <= 5_000_000, "{fit:?}");
    let unlimited = room(1).with_limit(None).largest_scale(brunel, None).expect_err("no limit");
    assert!(unlimited.to_string().contains("no memory limit"), "{unlimited}");
}

#[test]
fn scales_for_numbers_of_neurons_and_synapses() {
    let room = room(1).with_limit(None);
    for target in [1e5, 3e6, 1e8] {
        let scale = room.scale_for(brunel, Count::Synapses, target).expect("scalable");
        let network = Arc::new(brunel(scale).expect("valid"));
        let n = room.measure(network).expect("valid").n_synapses as f64;
        assert!((n / target - 1.0).abs() < 0.01, "{n} for {target}");
    }
    let scale = room.scale_for(brunel, Count::Neurons, 1234.0).expect("scalable");
    let n = brunel(scale).expect("valid").neurons() as f64;
    assert!((n / 1234.0 - 1.0).abs() < 0.01, "{n}");
}

/// Each remedy is planned and fits; what does not fit is not proposed; what fits needs none.
#[test]
fn remedies_fit() {
    let network = load("brunel", 0.2, &["precision=\"f64\"", "batch=8"]);
    let network = Arc::new(network);
    let total = |n: Network| {
        room(u64::MAX).measure(n).map(|m| m.memory.total_bytes()).map_err(|e| e.kind())
    };
    let all = total(Network::clone(&network)).expect("valid");
    assert!(room(all).remedies(&network).is_empty(), "it fits");
    let mut proposed = 0;
    for part in [0.99, 0.9, 0.7, 0.5, 0.3] {
        let limit = (all as f64 * part) as u64;
        for remedy in room(limit).remedies(&network) {
            proposed += 1;
            let changed = remedy.changes.iter().fold(Network::clone(&network), |n, c| c.of(&n));
            assert_eq!(total(changed), Ok(remedy.total_bytes), "{remedy:?}");
            assert!(remedy.total_bytes <= limit, "{remedy:?} {limit}");
        }
        let alone = total(Change::SinglePrecision.of(&network)).expect("valid") <= limit;
        let changes = vec![Change::SinglePrecision];
        assert_eq!(room(limit).remedies(&network).iter().any(|r| r.changes == changes), alone);
    }
    assert!(proposed >= 5, "{proposed}");
    // 16-bit state is computed in single precision: it is only proposed together with that.
    let alone = |r: &isospike::Remedy| r.changes == [Change::State(Half::BF16)];
    assert!(!room(all - 1).remedies(&network).iter().any(alone));
}

/// Weights that are plastic stay floats.
#[test]
fn plastic_weights_are_not_made_integers() {
    let network = load("hpc", 0.05, &["variant=plastic"]);
    let changed = Change::Weights(WeightStorage::I8).of(&network);
    for (p, q) in changed.projections.iter().zip(&network.projections) {
        let expected = if p.plasticity.is_some() { q.storage } else { WeightStorage::I8 };
        assert_eq!(p.storage, expected);
    }
    assert!(changed.projections.iter().any(|p| p.plasticity.is_some()));
}

/// What is far too large is refused before even the plan's own lists are made.
#[test]
fn the_limit_is_honoured_before_anything_is_allocated() {
    let network = load("brunel", 1.0, &[]);
    let populations = network.populations.into_iter();
    let populations = populations.map(|p| isospike::net::Population { size: 2_000_000_000, ..p });
    let network = Network { populations: populations.collect(), ..network };
    let error = room(1_000_000_000).measure(network).expect_err("far too large");
    assert_eq!(error.kind(), ErrorKind::MemoryLimit);
    let text = error.to_string();
    assert!(text.contains("at least") && text.contains("biggest: "), "{text}");
}

#[test]
fn what_is_measured_stands_beside_what_was_planned() {
    let network = load("brunel", 0.1, &[]);
    let options = Options { threads: Some(2), ..Options::default() };
    let f = footprint(network, &options, 50).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(f.allocated_bytes, f.planned_bytes);
    assert_eq!(f.phases.run.host_bytes, f.planned_bytes);
    assert!((1..=50).contains(&f.n_steps));
    if let Some(r) = f.resident {
        // How much more, `memory` says, where no other test runs beside.
        assert!(r.before_bytes > 0 && r.build_bytes >= r.before_bytes, "{r:?}");
        assert!(r.run_bytes > 0 && r.record_bytes > 0, "{r:?}");
    }
}

/// The equilibration is run before, and is not among the steps.
#[test]
fn what_is_measured_comes_after_the_equilibration() {
    let network = Network { equilibration_ms: 30.0, ..load("brunel", 0.1, &[]) };
    let options = Options { threads: Some(2), ..Options::default() };
    let f = footprint(network, &options, 50).unwrap_or_else(|e| panic!("{e}"));
    assert!((1..=50).contains(&f.n_steps), "{}", f.n_steps);
}

/// A Bernoulli network connected at random with itself, with filters of so many steps.
fn bernoulli(n: u32, window: f64) -> Arc<Network> {
    let params = [("coupling_window", window)];
    let population = neurons("n", "bernoulli_glm", n, &params);
    let to_itself = projection(0, 0, Connector::FixedProbability(0.5), 1.0, 1.0);
    Arc::new(one_lane("bernoulli", vec![population], vec![to_itself]))
}

/// A filter belongs to its population: a synapse has at most 8 bytes, however long it is.
#[test]
fn synapses_are_as_large_with_any_filter() {
    let bytes = [1.0, 10.0, 100.0].map(|window| {
        let measured = measure(&bernoulli(2236, window), Buffers::Host);
        let synapses = &measured.sizes.projections[0];
        assert!(synapses.n_bytes <= 8 * synapses.n_conns, "T = {window}: {synapses:?}");
        synapses.n_bytes
    });
    assert_eq!(bytes, [bytes[0]; 3]);
    // Half of 10,000 squared.
    let large = measure(&bernoulli(10_000, 100.0), Buffers::Host);
    assert!((large.n_synapses as f64 / 50e6 - 1.0).abs() < 0.01, "{}", large.n_synapses);
    assert!(large.memory.total_bytes() < 500_000_000, "{}", large.memory.total_bytes());
}

/// Our plan of a Bernoulli network with T = 100 beside what Spikeometric takes for it.
#[test]
fn spikeometric_is_compared_where_it_has_the_models() {
    let network = bernoulli(2236, 100.0);
    let m = measure(&network, Buffers::Host);
    let s = Spikeometric::of(&network, &m, 1000).expect("a GLM");
    assert_eq!((s.n_neurons, s.n_synapses, s.n_taps), (2236, m.n_synapses, 100));
    assert_eq!(s.n_refractory, 2236);
    let e = m.n_synapses + 2236;
    assert_eq!(s.documented_bytes(), 400 * e + 8 * m.n_synapses + 2236 * 1000);
    // 2.5 million synapses: at least 1 GB of filters there, under 150 MB here.
    assert!(s.filter_bytes() >= 990_000_000 && s.total_bytes() > 3_900_000_000);
    assert!(m.memory.total_bytes() < 150_000_000);
    // Synapses to itself stand for a filter of own spikes: where there is one.
    let glm = |history: Option<Vec<f64>>| {
        let mut population = neurons("n", "glm_exp_poisson", 10, &[]);
        let filters = history.map(|h| ("history".to_owned(), Arc::new(h)));
        model(&mut population).filters.extend(filters);
        let network = Arc::new(one_lane("glm", vec![population], vec![]));
        let s = Spikeometric::of(&network, &measure(&network, Buffers::Host), 1000);
        s.map(|s| (s.n_refractory, s.n_taps))
    };
    assert_eq!(glm(None), Some((0, 1)));
    assert_eq!(glm(Some(vec![-1.0; 7])), Some((10, 7)));
    let sam = vec![neurons("n", "rectified_sam", 10, &[])];
    let to_itself = vec![projection(0, 0, Connector::AllToAll, 1.0, 1.0)];
    let sam = Arc::new(one_lane("sam", sam, to_itself));
    let sam = Spikeometric::of(&sam, &measure(&sam, Buffers::Host), 1000).expect("a GLM");
    assert_eq!((sam.n_synapses, sam.n_filtered, sam.n_activations), (100, 0, 10));
    assert_eq!((sam.filter_bytes(), sam.weight_bytes()), (0, 400));
    let other = Arc::new(load("cuba", 0.1, &[]));
    assert_eq!(Spikeometric::of(&other, &measure(&other, Buffers::Host), 1000), None);
    let lanes = Network { lane_seeds: vec![1, 2, 3], ..Network::clone(&network) };
    let lanes = Arc::new(lanes);
    let three = Spikeometric::of(&lanes, &measure(&lanes, Buffers::Host), 1000).expect("a GLM");
    assert_eq!(three.documented_bytes(), 3 * s.documented_bytes());
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn random_networks_add_up(network in networks()) {
        add_up(&network);
    }
}
