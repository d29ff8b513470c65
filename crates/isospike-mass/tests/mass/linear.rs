//! Linear nodes, whose steps are known: documented examples of vbjax, and noise that depends on the
//! state.

use isospike_lane::Key;
use isospike_lane::isa::Isa;
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Network, Plan, Tile, Values, models, noise_at,
};
use ndarray::array;

/// x' = gamma x, one node that sees itself so many steps late with a weight.
fn network(gamma: f64, weight: f64, lag: u32, dt: f64, first: f64) -> Network {
    let connectome = Connectome::with_lags(array![[weight]].view(), array![[lag]].view());
    let network = Network::new(&models::Linear, connectome.expect("square")).dt(dt);
    network
        .and_then(|n| n.coupling_param("a", Values::from(1.0)))
        .and_then(|n| n.param("gamma", Values::from(gamma)))
        .and_then(|n| n.initial("x", Values::from(first)))
        .expect("a network")
}

fn steps(network: Network, n: u64) -> Vec<f64> {
    let plan = Plan::<f64>::new(network).expect("a plan");
    let mut all = Vec::new();
    Tile::new(&plan, 0, Isa::detect()).run(n, |tile| all.push(tile.state(0)[0]));
    all
}

/// `make_ode(1, -x)` from 1, and `make_sdde(1, 2, -x[t - 2])` from 11.
#[test]
fn documented_examples() {
    assert_eq!(steps(network(-1.0, 0.0, 0, 1.0, 1.0), 4), [0.5, 0.25, 0.125, 0.0625]);
    let late = network(0.0, -1.0, 2, 1.0, 11.0).integrator(Integrator::Heun, CouplingStage::Hold);
    assert_eq!(steps(late, 3), [0.0, -11.0, -22.0]);
}

/// dx = sigma (slope x + offset) dW, x as it was at the beginning of the step, by every integrator
/// that takes noise.
#[test]
fn noise_that_depends_on_the_state() {
    let (seed, sigma, dt, slope, offset) = (5, 0.4, 0.25f64, -1.5, 0.5);
    for integrator in [Integrator::Euler, Integrator::Heun, Integrator::RungeKutta4] {
        let noisy = network(0.0, 0.0, 0, dt, 2.0)
            .integrator(integrator, CouplingStage::Hold)
            .lane_seeds(vec![seed])
            .and_then(|n| n.noise_times("x", Values::from(sigma), slope, offset))
            .expect("a variable");
        let mut x = 2.0;
        for (t, found) in steps(noisy, 40).into_iter().enumerate() {
            let z: f64 = noise_at(Key(seed), t as u64, 0, (0, 1));
            x += sigma * dt.sqrt() * (slope * x + offset) * z;
            assert!((found - x).abs() < 1e-12, "{integrator:?}, step {t}: {found}, not {x}");
            x = found;
        }
    }
}
