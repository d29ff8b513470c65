//! Networks of neural masses: `mass::nodes`, ... The reference takes one lane after the
//! other; `isospike-mass` has tests that hold it against a plain loop.

use crate::target::Unsupported;
use crate::{Case, Outcome, Target};
use isospike_backend::{Device, ErrorKind, Result};
use isospike_lane::isa::Isa;
use isospike_lane::philox4x32_10;
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Masses, Network, NodeDef, NodeRef, Observation,
    Observed, Part, Plan, Profile, Real, Sink, Source, Stage, Surface, Values, assemble,
    assemble_state, couplings::COUPLINGS, models, predict,
};
use ndarray::Array2;
use std::sync::Arc;

/// `mass::nodes::f32`, ...
pub fn cases() -> Vec<Case> {
    fn both<F: On>(cases: &mut Vec<Case>) {
        let mut case = |name: &str, run: fn(&Target<'_>) -> Outcome| {
            cases.push(Case::new(format!("mass::{name}::{}", F::NAME), run));
        };
        case("nodes", nodes::<F>);
        case("couplings", coupling_functions::<F>);
        case("profiles", profiles::<F>);
        case("batches", batches::<F>);
        case("speeds", speeds::<F>);
        case("observed", observed::<F>);
        case("stopped", stopped::<F>);
        case("sheets", sheets::<F>);
        case("pieces", pieces::<F>);
        case("path", path::<F>);
    }
    let mut cases = Vec::new();
    both::<f32>(&mut cases);
    both::<f64>(&mut cases);
    cases
}

/// A float format with the devices that have it.
trait On: Real {
    fn masses(device: &dyn Device) -> Result<Arc<dyn Masses<Self>>>;
}

impl On for f32 {
    fn masses(device: &dyn Device) -> Result<Arc<dyn Masses<f32>>> {
        device.masses_f32()
    }
}

impl On for f64 {
    fn masses(device: &dyn Device) -> Result<Arc<dyn Masses<f64>>> {
        device.masses_f64()
    }
}

fn device<F: On>(target: &Target<'_>) -> std::result::Result<Arc<dyn Masses<F>>, Unsupported> {
    match F::masses(&*target.device) {
        Ok(masses) => Ok(masses),
        Err(error) if error.kind() == ErrorKind::Unsupported => Err(Unsupported(error.to_string())),
        Err(error) => panic!("{error}"),
    }
}

/// Bits, of which all that mean NaN are one.
fn bits<F: Real>(all: &[F]) -> Vec<u64> {
    let bits = |x: f64| if x.is_nan() { u64::MAX } else { x.to_bits() };
    all.iter().map(|x| bits(x.to_f64())).collect()
}

fn seen<F: Real>(all: &[Observed<F>]) -> Vec<(Vec<usize>, Vec<u64>)> {
    all.iter().map(|o| (o.shape.clone(), bits(&o.data))).collect()
}

/// A network does the same on the device, in portions, and on the reference.
fn same<F: On>(masses: &dyn Masses<F>, network: &Network, all: &[Observation], steps: u64) {
    let plan = Plan::<F>::new(network.clone()).expect("a plan");
    let mut there = masses.start(plan, all).expect("room");
    for part in [steps / 3, 0, steps - steps / 3] {
        there.run(part).expect("it runs");
    }
    let plan = Plan::<F>::with_width(network.clone(), 1).expect("a plan");
    let mut parts = Part::all(&plan, all, Isa::Baseline).expect("observations");
    Part::announce(&mut parts, steps).expect("room");
    parts.iter_mut().for_each(Part::run);
    let stopped: Vec<_> = parts.iter().map(|part| (part.tile().lanes()[0], part)).collect();
    let there_stopped = there.stopped().expect("they are known");
    let whole = stopped.iter().filter(|(_, part)| part.tile().stopped()[0].is_none()).count();
    assert!(2 * whole >= network.lane_count(), "{network:?}: most lanes must be finite");
    for (lane, part) in stopped {
        assert_eq!(there_stopped[lane], part.tile().stopped()[0], "{network:?}: lane {lane}");
    }
    for (k, slot) in network.node().state().iter().enumerate() {
        let given = there.state(k).expect("readable");
        let expected = assemble_state(&plan, &parts, k);
        assert!(bits(&given) == bits(&expected), "{network:?}: {}", slot.name);
    }
    let given = there.observed().expect("readable");
    assert!(
        seen(&given) == seen(&assemble(&plan, parts.iter().map(Part::watch))),
        "{network:?}: observations"
    );
}

/// Weights between -1 and 1, of which about a third is there, and delays below `most`.
fn connectome(nodes: usize, most: u32) -> Connectome {
    let word = |i: usize, j: usize| philox4x32_10([i as u32, j as u32, 0, 0], [7, 9]);
    let weight = |(i, j)| match word(i, j) {
        [there, x, ..] if there % 3 == 0 => f64::from(x) / f64::from(1u32 << 31) - 1.0,
        _ => 0.0,
    };
    let weights = Array2::from_shape_fn((nodes, nodes), weight);
    let lags = Array2::from_shape_fn((nodes, nodes), |(i, j)| word(i, j)[2] % most.max(1));
    Connectome::with_lags(weights.view(), lags.view()).expect("square")
}

/// A network with noise in each lane and parameters that differ.
fn network(node: NodeRef, nodes: usize, most: u32, lanes: usize) -> Network {
    let mut network = Network::new(node, connectome(nodes, most))
        .dt(0.02)
        .and_then(|n| n.lanes(lanes, 11))
        .and_then(|n| {
            let strengths = (0..lanes).map(|lane| 0.01 * lane as f64).collect();
            n.coupling_param("a", Values::PerLane(strengths))
        })
        .expect("a network");
    for (k, (slot, span)) in node.state().iter().zip(node.spans()).enumerate() {
        let (low, high) = span.range;
        let part = |i: usize| 0.3 + 0.4 * (i as f64 / nodes as f64);
        let values = (0..nodes).map(|i| low + (high - low) * part(i)).collect();
        network = network.initial(slot.name, Values::PerNode(values)).expect("finite");
        if k % 2 == 0 {
            network = network.noise(slot.name, Values::from(0.01)).expect("positive");
        }
    }
    network
}

fn nodes<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    for &node in models::NODES {
        for integrator in Integrator::ALL {
            let stage = match integrator {
                Integrator::RungeKutta4 => CouplingStage::Hold,
                _ => CouplingStage::Reevaluate,
            };
            let network = network(node, 7, 5, 9).integrator(integrator, stage);
            same(&*masses, &network, &[], 12);
        }
    }
    Ok(())
}

fn coupling_functions<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    for &coupling in COUPLINGS {
        for most in [0, 6] {
            let network = network(&models::SupHopf, 21, most, 3).coupling(coupling);
            let minus = Source { variable: 1, minus: Some(0) };
            let network = network.input(models::SupHopf.inputs()[0].name, Some(minus));
            same(&*masses, &network.expect("a source"), &[], 20);
        }
    }
    Ok(())
}

fn profiles<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    for profile in [Profile::Isospike, Profile::Tvb, Profile::Vbjax, Profile::Cubnm] {
        let network = network(&models::JansenRit, 13, 9, 2).profile(profile);
        same(&*masses, &network, &[], 25);
    }
    let undelayed = network(&models::JansenRit, 13, 0, 2)
        .integrator(Integrator::RungeKutta4, CouplingStage::Reevaluate);
    same(&*masses, &undelayed, &[], 25);
    Ok(())
}

/// Lanes in numbers around every tile, nodes around every vector.
fn batches<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    for (nodes, lanes) in [(1, 1), (15, 7), (16, 8), (17, 15), (33, 16), (5, 17), (2, 40), (70, 1)]
    {
        let network = network(&models::MontbrioPazoRoxin, nodes, 4, lanes);
        same(&*masses, &network, &[], 10);
    }
    Ok(())
}

/// Lanes with speeds of conduction of their own, and equal seeds.
fn speeds<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    let weights = Array2::from_shape_fn((6, 6), |(i, j)| if i == j { 0.0 } else { 0.3 });
    let lengths = Array2::from_shape_fn((6, 6), |(i, j)| (i * 5 + j) as f64);
    let connectome = Connectome::with_lengths(weights.view(), lengths.view()).expect("square");
    let network = Network::new(&models::Kuramoto, connectome)
        .lane_seeds(vec![5; 12])
        .and_then(|n| n.noise("theta", Values::from(0.2)))
        .and_then(|n| n.speed(Values::PerLane((0..12).map(|i| 1.0 + (i % 4) as f64).collect())));
    same(&*masses, &network.expect("a network"), &[], 80);
    Ok(())
}

fn observed<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    let network = network(&models::SupHopf, 6, 3, 10);
    let x = || Observation::samples(Source { variable: 0, minus: None });
    let gain = Arc::new(Array2::from_shape_fn((3, 6), |(s, i)| (s * 6 + i) as f64 / 7.0 - 1.0));
    let all = [
        x(),
        Observation::samples(Source { variable: 0, minus: Some(1) }).after(5),
        x().through(Stage::Average(3)).collect(Sink::Moments),
        x().through(Stage::Gain(gain)).through(Stage::Every(2)),
        x().through(Stage::Bold { dt: 1e-2 }).collect(Sink::Connectivity),
        x().collect(Sink::Crossings(0.0)),
        x().collect(Sink::Dynamics { window: 20, step: 9 }),
        x().collect(Sink::Power { frequencies: vec![0.0, 0.1, 0.5], window: 20 }),
        x().collect(Sink::Spectrum { window: 16, hop: 8, dt: 0.02 }),
    ];
    same(&*masses, &network, &all, 70);
    Ok(())
}

/// Vertices in regions, which see their neighbours, for every integrator.
fn sheets<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    let (regions, vertices) = (4, 19);
    for integrator in Integrator::ALL {
        let rk4 = integrator == Integrator::RungeKutta4;
        for (stage, most) in
            [(CouplingStage::Hold, 5), (CouplingStage::Reevaluate, if rk4 { 0 } else { 5 })]
        {
            let surface = Surface::new((0..vertices).map(|v| (3 * v + v / 7) % regions).collect());
            let near = (0..vertices as usize).flat_map(|v| [1, 5].map(|d| (v, (v + d) % 19, 0.1)));
            let near =
                if stage == CouplingStage::Hold && rk4 { Vec::new() } else { near.collect() };
            let surface = surface.local(near).expect("edges");
            let node = &models::Generic2dOscillator;
            let mut network = Network::new(node, connectome(regions as usize, most))
                .dt(0.02)
                .and_then(|n| n.surface(surface))
                .and_then(|n| n.lanes(11, 3))
                .and_then(|n| n.noise("V", Values::from(0.1)))
                .and_then(|n| n.coupling_param("a", Values::PerNode(vec![0.1, 0.2, 0.3, 0.4])))
                .expect("a network")
                .integrator(integrator, stage);
            let first = (0..vertices).map(|v| 0.1 * f64::from(v) - 1.0).collect();
            network = network.initial("V", Values::PerNode(first)).expect("finite");
            let v = Observation::samples(Source { variable: 0, minus: Some(1) });
            same(&*masses, &network, &[v], 14);
        }
    }
    // regions that see nobody, or all of them late
    let weights = Array2::from_elem((4, 4), 0.3);
    let late = Connectome::with_lags(weights.view(), Array2::from_elem((4, 4), 2).view());
    for connectome in [Connectome::none(4), late.expect("square")] {
        for integrator in [Integrator::Heun, Integrator::Trapezoidal] {
            let surface = Surface::new((0..vertices).map(|v| v % regions).collect());
            let surface = surface.local((1..19).map(|v| (v, v - 1, 0.2))).expect("edges");
            let network = Network::new(&models::SupHopf, connectome.clone())
                .integrator(integrator, CouplingStage::Reevaluate)
                .surface(surface)
                .and_then(|n| n.lanes(3, 1));
            same(&*masses, &network.expect("a surface"), &[], 9);
        }
    }
    let weights = connectome(regions as usize, 3);
    let surface = Surface::new((0..vertices).map(|v| v % regions).collect());
    let network = Network::new(&models::JansenRit, weights).profile(Profile::Tvb);
    let network = network.coupling(COUPLINGS[5]).surface(surface).expect("a surface");
    let rates = Values::PerNode((0..vertices).map(|v| 0.1 + 0.01 * f64::from(v)).collect());
    same(&*masses, &network.param("mu", rates).expect("rates"), &[], 20);
    Ok(())
}

/// A trajectory in pieces is the whole one.
fn pieces<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    let network = network(&models::SupHopf, 6, 3, 10);
    let x = || Observation::samples(Source { variable: 0, minus: Some(1) });
    let all = [x(), x().through(Stage::Average(4)), x().collect(Sink::Moments)];
    let start = || {
        let plan = Plan::<F>::new(network.clone()).expect("a plan");
        masses.start(plan, &all).expect("room")
    };
    let (mut whole, mut run) = (start(), start());
    whole.run(30).expect("it runs");
    let whole = whole.observed().expect("readable");
    let mut pieces = [Vec::new(), Vec::new()];
    for steps in [7, 0, 13, 10] {
        run.run(steps).expect("it runs");
        for (k, data) in pieces.iter_mut().enumerate() {
            data.extend_from_slice(&run.take(k).expect("samples").data);
        }
    }
    for (piece, whole) in pieces.iter().zip(&whole) {
        assert!(bits(piece) == bits(&whole.data), "pieces are not the whole");
    }
    assert!(run.take(2).is_err() && run.take(3).is_err(), "only samples can be taken");
    Ok(())
}

/// One step from every point of a path, on the device and one after the other.
fn path<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    let network = network(&models::MontbrioPazoRoxin, 5, 6, 1);
    let number = |i: usize| F::from_f64(0.01 * ((i * 37) % 101) as f64);
    let path: Vec<F> = (0..2 * 5 * 43).map(number).collect();
    let there = masses.predict(&network, &path).expect("a path");
    let here = predict(&network, &path).expect("a path");
    assert!(bits(&there.mean) == bits(&here.mean), "means");
    assert!(bits(&there.log_density) == bits(&here.log_density), "densities");
    Ok(())
}

/// Lanes that grow beyond all bounds stop where they should, and alone.
fn stopped<F: On>(target: &Target<'_>) -> Outcome {
    let masses = device::<F>(target)?;
    let rates = (0..18).map(|lane| if lane % 5 == 2 { 4e3 } else { -0.5 }).collect();
    let network = network(&models::Linear, 3, 4, 18).param("gamma", Values::PerLane(rates));
    let x = Observation::samples(Source { variable: 0, minus: None });
    same(&*masses, &network.expect("rates"), &[x], 400);
    Ok(())
}
