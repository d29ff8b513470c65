//! How kernels are cut for a device cannot change a result: shared blocks with atomics against
//! owned ones, groups of any size, on whatever device there is.

use isospike_backend::{Backend, ErrorKind, Plan, PlanOptions, SessionExt, SpikeDigest};
use isospike_gpu::{Shape, Size};
use isospike_net::{Distribution, Loader, Network, Plasticity, Precision};
use isospike_opencl::OpenCl;
use std::ops::ControlFlow;
use std::sync::Arc;

const OWNED: Shape = Shape {
    owned: true,
    list_items: 1,
    deliver: Size { groups: 1, items: 1 },
    update_items: 64,
    short_poisson: 40,
};

/// Blocks that all groups share.
fn shared(list_items: u32, groups: u32, items: u32, update_items: u32) -> Shape {
    let deliver = Size { groups, items };
    Shape { owned: false, list_items, deliver, update_items, short_poisson: 0 }
}

/// What a cut leaves: spikes and state. `None` if there is no device, or it cannot run this.
fn run(network: &Network, shape: Shape, steps: u64) -> Option<(String, String)> {
    let backend = OpenCl { shape: Some(shape) };
    if let Some(reason) = backend.devices().reason {
        println!("SKIPPED shapes: {reason}");
        return None;
    }
    let device = backend.open(0).expect("it opens");
    let can = device.capability();
    let options =
        PlanOptions { blocks: 3, spread: true, buffers: can.buffers, ..PlanOptions::default() };
    let plan = Arc::new(Plan::new(Arc::new(network.clone()), &options).expect("valid"));
    let mut session = match device.compile(plan.clone()) {
        Err(e) if e.kind() == ErrorKind::Unsupported => {
            println!("SKIPPED shapes: {e}");
            return None;
        }
        session => session.expect("it compiles"),
    };
    assert_eq!(session.allocated_bytes(), plan.memory.total_bytes(), "planned is allocated");
    let mut digest = SpikeDigest::default();
    let ran = session.run_steps(steps, 100, |_, spikes| {
        digest.update(spikes);
        ControlFlow::Continue(())
    });
    ran.expect("it runs");
    Some((digest.hex(), session.state_digest().expect("readable")))
}

/// Two plastic projections with delays of all lengths, one of them from a source that fires twice
/// in a step, to neurons that fire so often that histories fill up.
fn plastic() -> Network {
    let delay = || Distribution::uniform(0.1, 3.0);
    let spikes = (0..300).flat_map(|t| [(t, 1), (t, (t % 7) as u32), (t, 1)]).collect();
    let power = Plasticity { lambda: 0.02, alpha: 0.3, ..Plasticity::power_law(40.0) };
    let network = Network::build("plastic")
        .batch(2)
        .precision(Precision::F64)
        .spikes("source", 7, spikes)
        .population("n", 150, "iaf_psc_exp", |p| p.param("t_ref", 0.0).param("I_e", 9_000.0))
        .population("m", 90, "iaf_psc_exp", |p| p.param("I_e", 900.0))
        .project("source", "n", |c| c.all_to_all().weight(20.0).delay(delay()).plasticity(power))
        .project("n", "m", |c| {
            c.in_degree(20).weight(10.0).delay(delay()).plasticity(Plasticity::pair(20.0))
        });
    network.finish().unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_cut_changes_nothing() {
    let load = |name: &str, scale: f64, set: &[&str]| {
        let overrides = set.iter().map(|s| (*s).to_owned()).collect();
        let loader =
            Loader { scale: (scale < 1.0).then_some(scale), overrides, ..Loader::default() };
        loader.load(name).expect("bundled")
    };
    let networks = [
        load("microcircuit", 0.02, &["batch=3"]),
        load("brunel_alpha", 0.05, &["precision=\"f64\""]),
        load("izhikevich2003", 1.0, &["precision=\"f64\""]),
        plastic(),
    ];
    for network in &networks {
        let Some(expected) = run(network, OWNED, 300) else { continue };
        for shape in [
            Shape { update_items: 16, short_poisson: 0, ..OWNED },
            Shape { update_items: 48, list_items: 8, ..OWNED },
            shared(1, 1, 1, 16),
            shared(64, 7, 32, 128),
            shared(256, 64, 8, 64),
        ] {
            let found = run(network, shape, 300).expect("as before");
            assert_eq!(found, expected, "{}: {shape:?}", network.name);
        }
    }
}

/// A thread's stack does not grow with the batch.
#[test]
fn a_batch_of_tens_of_thousands() {
    let network = Network::build("lanes")
        .batch(40_000)
        .population("n", 20, "iaf_psc_exp", |p| p.poisson(8_000.0, 200.0).noise(500.0, 100.0))
        .project("n", "n", |c| c.in_degree(3).weight(100.0).delay(0.1))
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    let Some(expected) = run(&network, shared(8, 3, 4, 32), 5) else { return };
    assert_eq!(run(&network, OWNED, 5).expect("as before"), expected);
}

/// Every kernel, in few steps: small enough for an interpreter that watches every access
/// (`cargo xtask opencl`).
#[test]
fn a_small_network_in_any_cut() {
    let rule = Plasticity::pair(900.0);
    let network = Network::build("small")
        .batch(2)
        .spikes("source", 3, (0..12).flat_map(|t| [(t, 0), (t, 0), (t, 2)]).collect())
        .population("n", 66, "iaf_psc_exp", |p| {
            p.poisson(20_000.0, 90.0).noise(20.0, 100.0).param("t_ref", 0.0).param("I_e", 30_000.0)
        })
        .population("m", 5, "iaf_psc_delta", |p| {
            p.param("I_e", vec![0.0, 5_000.0, 9e4, 0.0, 1e3]).steps(&[(0.5, 2_000.0), (2.0, 0.0)])
        })
        .project("source", "n", |c| c.all_to_all().weight(500.0).delay(0.3).plasticity(rule))
        .project("n", "m", |c| c.in_degree(9).weight(0.3).delay(Distribution::uniform(0.1, 1.0)))
        .project("n", "n", |c| {
            let weight = Distribution::uniform(0.0, 500.0);
            c.in_degree(4).weight(weight).delay(0.2).plasticity(Plasticity::power_law(900.0))
        })
        .project("m", "n", |c| {
            c.probability(0.5).weight(Distribution::normal(0.0, 60.0)).delay(0.2)
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    let Some(expected) = run(&network, OWNED, 12) else { return };
    for shape in [Shape { update_items: 16, list_items: 4, ..OWNED }, shared(8, 3, 4, 32)] {
        assert_eq!(run(&network, shape, 12).expect("as before"), expected, "{shape:?}");
    }
}
