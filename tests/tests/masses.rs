//! Networks of neural masses end in states that are known, with any number of threads, in any
//! batch and on every device: the notebook of nfjax, with and without delays, and all that are
//! bundled.

use isospike::mass::{
    Connectome, CouplingStage, Integrator, MASSES, MassFile, Network, Plan, Real, Source, Values,
    models::JansenRit,
};
use isospike::{DeviceOptions, open};
use isospike_backend::Device;
use isospike_lane::{distribution, philox4x32_10};
use isospike_tests::devices::others;
use ndarray::Array2;

/// 32 columns of Jansen and Rit whose weights are normal variates, each sent y1 - y2 of all others,
/// with noise in all variables: what the notebook times, of which it is finite alone that is asked.
fn notebook(delays: std::ops::Range<u32>, stage: CouplingStage) -> Network {
    let word = |i: usize, j: usize, k: u32| philox4x32_10([i as u32, j as u32, k, 0], [42, 0])[0];
    let weights = Array2::from_shape_fn((32, 32), |(i, j)| distribution::normal(word(i, j, 0)));
    let span = delays.end - delays.start;
    let lags = Array2::from_shape_fn((32, 32), |(i, j)| delays.start + word(i, j, 1) % span);
    let connectome = Connectome::with_lags(weights.view(), lags.view()).expect("square");
    let mut network = Network::new(&JansenRit, connectome)
        .dt(1.0)
        .and_then(|n| n.input("c", Some(Source { variable: 1, minus: Some(2) })))
        .and_then(|n| n.coupling_param("a", Values::from(1e-2)))
        .and_then(|n| n.coupling_param("b", Values::from(0.0)))
        .expect("a network")
        .from_zero()
        .integrator(Integrator::Heun, stage);
    for variable in ["y0", "y1", "y2", "y3", "y4", "y5"] {
        network = network.noise(variable, Values::from(1e-3)).expect("a variable");
    }
    network
}

/// The bits of a lane's state, as 64 bits (FNV-1a).
fn digest<F: Real>(all: &[Vec<F>], lane: usize, lanes: usize) -> u64 {
    let bytes = |x: &F| x.to_f64().to_bits().to_le_bytes();
    let bytes = all.iter().flat_map(|row| row[lane..].iter().step_by(lanes).flat_map(bytes));
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    })
}

/// The state of every lane after some steps.
fn digests(device: &dyn Device, network: &Network, steps: u64) -> Vec<u64> {
    let plan = Plan::<f32>::new(network.clone()).expect("a plan");
    let mut run = device.masses_f32().map(|m| m.start(plan, &[])).expect("masses");
    let run = run.as_mut().expect("room");
    run.run(steps).expect("it runs");
    let variables = network.node().state().len();
    let all: Vec<_> = (0..variables).map(|k| run.state(k).expect("readable")).collect();
    let lanes = network.lane_count();
    assert_eq!(run.stopped().expect("known"), vec![None; lanes], "a lane is not finite");
    (0..lanes).map(|lane| digest(&all, lane, lanes)).collect()
}

/// What is run, for how many steps, and the digest of its first lane.
fn all() -> Vec<(String, Network, u64, u64)> {
    use CouplingStage::{Hold, Reevaluate};
    let bundled = |name: &str| MassFile::bundled(name).expect("bundled").network;
    let mut all = vec![
        ("notebook".to_owned(), notebook(0..1, Reevaluate), 1024, 0x7283_30B5_1AE1_F092),
        (
            "notebook, delays from 0".to_owned(),
            notebook(0..255, Reevaluate),
            1024,
            0xE9BC_98D7_A439_925A,
        ),
        ("notebook, delays from 1".to_owned(), notebook(1..255, Hold), 1024, 0xB7B2_F30A_10E0_DF60),
    ];
    let digests = [
        0xA972_501B_148A_5448,
        0xCA54_1AB9_5BA4_6D42,
        0x3F89_A23A_8730_482E,
        0x2015_88CD_A306_B77B,
    ];
    for ((name, _), digest) in MASSES.iter().zip(digests) {
        all.push(((*name).to_owned(), bundled(name), 300, digest));
    }
    all
}

/// Lanes in numbers around every tile; lane 0 is that of a network alone.
#[test]
fn states_are_known() {
    for (name, network, steps, known) in all() {
        let seed = network.seeds()[0];
        for (lanes, threads) in [(1, 1), (8, 2), (16, 1), (41, 3)] {
            let options = DeviceOptions { threads, ..DeviceOptions::default() };
            let device = open("cpu", &options).expect("the CPU opens");
            let network = network.clone().lanes(lanes, seed).expect("lanes");
            let found = digests(&*device, &network, steps);
            assert_eq!(found[0], known, "{name}: {lanes} lanes on {threads} threads: {found:#x?}");
        }
    }
}

#[test]
fn devices_agree() {
    let options = DeviceOptions::default();
    let cpu = open("cpu", &options).expect("the CPU opens");
    for name in others("masses::devices_agree") {
        let device = open(&name, &options).unwrap_or_else(|e| panic!("{name}: {e}"));
        for (of, network, steps, _) in all() {
            let network = network.lanes(5, 77).expect("lanes");
            let [here, there] = [&cpu, &device].map(|d| digests(&**d, &network, steps));
            assert_eq!(here, there, "{name}: {of}");
        }
    }
}
