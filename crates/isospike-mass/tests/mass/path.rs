//! One step from every point of a path is what the network itself does.

use isospike_lane::Key;
use isospike_lane::isa::Isa;
use isospike_lane::precise::log;
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Network, NodeDef, Plan, Source, Tile, Values, models,
    noise_at, predict,
};
use ndarray::Array2;

/// Times of the tests.
const TIMES: usize = 37;

/// Six oscillators, each of which sees all others, some of them late.
fn network(most: u32) -> Network {
    let weights = Array2::from_shape_fn((6, 6), |(i, j)| ((5 * i + 3 * j) % 7) as f64 / 7.0 - 0.4);
    let lags = Array2::from_shape_fn((6, 6), |(i, j)| ((4 * i + 7 * j) % 9) as u32 % (most + 1));
    let connectome = Connectome::with_lags(weights.view(), lags.view()).expect("square");
    let network = Network::new(&models::SupHopf, connectome).dt(0.02).expect("a step");
    let first = (0..6).map(|i| 0.1 + 0.1 * f64::from(i)).collect();
    let network = network.coupling_param("a", Values::from(0.3)).expect("a scale");
    network.initial("x", Values::PerNode(first)).expect("finite")
}

/// A path of a network, `[time][variable][node]`.
fn path(network: &Network) -> Vec<f64> {
    let plan = Plan::<f64>::new(network.clone()).expect("a plan");
    let mut tile = Tile::new(&plan, 0, Isa::detect());
    let variables = network.node().state().len();
    let state = |tile: &Tile<f64>| (0..variables).flat_map(|k| tile.state(k).to_vec()).collect();
    let mut path: Vec<Vec<f64>> = vec![state(&tile)];
    tile.run(TIMES as u64 - 1, |tile| path.push(state(tile)));
    path.concat()
}

#[test]
fn steps_of_a_path_are_steps_of_the_network() {
    for (integrator, most) in
        [(Integrator::Euler, 9), (Integrator::Heun, 9), (Integrator::RungeKutta4, 0)]
    {
        for stage in [CouplingStage::Hold, CouplingStage::Reevaluate] {
            let network = network(most).integrator(integrator, stage);
            let path = path(&network);
            let predicted = predict(&network, &path).expect("a path");
            let each = path.len() / TIMES;
            assert_eq!(
                predicted.mean[..path.len() - each],
                path[each..],
                "{integrator:?} {stage:?}"
            );
            assert_eq!(predicted.log_density, vec![0.0; TIMES - 1], "there is no noise");
        }
    }
}

/// With Euler's method a step's deviations are the variates that were drawn.
#[test]
fn densities_are_those_of_what_was_drawn() {
    let (seed, size, dt) = (9, 0.3, 0.02f64);
    let network = network(5)
        .integrator(Integrator::Euler, CouplingStage::Hold)
        .lane_seeds(vec![seed])
        .and_then(|n| n.noise("y", Values::from(size)))
        .expect("a variable");
    let predicted = predict(&network, &path(&network)).expect("a path");
    let deviation = size * dt.sqrt();
    for (t, found) in predicted.log_density.iter().enumerate() {
        let of = |node: u32| {
            let z: f64 = noise_at(Key(seed), t as u64, 1, (node, 6));
            -0.5 * z * z - log(deviation) - 0.5 * log(std::f64::consts::TAU)
        };
        let expected: f64 = (0..6).map(of).sum();
        assert!((found - expected).abs() < 1e-9, "step {t}: {found}, not {expected}");
    }
}

#[test]
fn what_is_no_path_is_refused() {
    let network = network(5);
    let said = |network: &Network, path: &[f32]| predict(network, path).unwrap_err().to_string();
    assert!(said(&network, &[0.0; 11]).contains("numbers of a path"));
    assert!(said(&network, &[]).contains("numbers of a path"));
    let mut wild = [0.0; 24];
    wild[13] = f32::NAN;
    assert!(said(&network, &wild).contains("time 1, x of node 1"));
    let two = network.lanes(2, 0).expect("two lanes");
    assert!(said(&two, &[0.0; 24]).contains("lanes = 2"));
}

/// What is sent may not be finite where the path is: whoever it could reach is NaN as a whole, at
/// every time that looks back to it.
#[test]
fn what_was_sent_and_is_not_finite_stops_whole_states() {
    let input = models::SupHopf.inputs()[0].name;
    let difference = Source { variable: 0, minus: Some(1) };
    // within a step nobody sees what others have become
    let network = network(5).integrator(Integrator::Euler, CouplingStage::Hold);
    let network = network.input(input, Some(difference)).expect("an input");
    let mut path = vec![0.1f32; 12 * TIMES];
    // of node 0 at time 9; both are finite, their difference is not
    (path[9 * 12], path[9 * 12 + 6]) = (3e38, -3e38);
    let predicted = predict(&network, &path).expect("a path");
    let mut stopped = Vec::new();
    for (time, state) in predicted.mean.chunks_exact(12).enumerate() {
        let nan = state.iter().filter(|x| x.is_nan()).count();
        assert!(nan == 0 || nan == 12, "time {time}: {state:?}");
        stopped.extend((nan > 0).then_some(time));
    }
    // the longest delay is 5 steps
    assert_eq!(stopped, (9..=14).collect::<Vec<_>>());
}
