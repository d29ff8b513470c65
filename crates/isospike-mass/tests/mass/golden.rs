//! Trajectories published with vbjax and The Virtual Brain: f64, Heun, no coupling.

use isospike_lane::isa::Isa;
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Network, NodeRef, Plan, Tile, Values, models,
};

fn run(node: NodeRef, dt: f64, initial: &[f64], marks: &[(u64, &[f64])]) {
    let mut network = Network::new(node, Connectome::none(1)).dt(dt).expect("positive");
    for (slot, &x) in node.state().iter().zip(initial) {
        network = network.initial(slot.name, Values::from(x)).expect("finite");
    }
    let plan = Plan::<f64>::new(network).expect("a plan");
    let mut tile = Tile::new(&plan, 0, Isa::detect());
    for &(step, expected) in marks {
        tile.run(step - tile.step(), |_| ());
        for (k, &expected) in expected.iter().enumerate() {
            let x = tile.state(k)[0];
            let off = (x - expected).abs() / expected.abs();
            let name = node.state()[k].name;
            assert!(off <= 1e-12, "{} {name} after {step}: {x}, {expected}: {off:e}", node.name());
        }
    }
}

/// What a step of the trapezoidal rule makes of x' = gamma x, in closed form, up to what ten sweeps
/// leave; Euler's and Heun's methods grow at -3.
#[test]
fn the_trapezoidal_rule_is_stable_where_explicit_ones_are_not() {
    for (gamma, tolerance) in [(-0.1, 1e-6), (-1.0, 1e-14), (-3.0, 0.05)] {
        let network = Network::new(&models::Linear, Connectome::none(1))
            .dt(1.0)
            .and_then(|n| n.param("gamma", Values::from(gamma)))
            .and_then(|n| n.initial("x", Values::from(1.0)))
            .expect("a network")
            .integrator(Integrator::Trapezoidal, CouplingStage::Hold);
        let plan = Plan::<f64>::new(network).expect("a plan");
        let mut tile = Tile::new(&plan, 0, Isa::detect());
        tile.run(1, |_| ());
        let expected = (1.0 + 0.5 * gamma) / (1.0 - 0.5 * gamma);
        let x = tile.state(0)[0];
        assert!((x - expected).abs() <= tolerance, "{gamma}: {x}, {expected}");
        tile.run(100, |_| ());
        assert!(tile.state(0)[0].abs() < 1e-3);
    }
}

#[test]
fn jansen_rit() {
    let first = [
        3.5320763811565504e-05,
        0.03956464249164908,
        0.0040347180200134445,
        6.357737486081791e-05,
        0.07121635648496835,
        0.0076659642380255445,
    ];
    let last = [
        0.121210605976621,
        21.208262520900803,
        9.272445072599888,
        0.0023705637528967055,
        0.22711966811530376,
        0.20547236886529302,
    ];
    run(&models::JansenRit, 1.0, &[0.0; 6], &[(1, &first), (1000, &last)]);
}

#[test]
fn montbrio_pazo_roxin() {
    let first = [0.0031191185747149654, -2.009561267585362];
    let last = [0.08113444195011937, -1.9616199885831693];
    run(&models::MontbrioPazoRoxin, 0.01, &[0.0, -2.0], &[(1, &first), (5000, &last)]);
}

#[test]
fn generic_2d_oscillator() {
    let last = [-0.1886517527608047, -0.11348246961494611];
    run(&models::Generic2dOscillator, 0.1, &[1.0, 0.0], &[(10_000, &last)]);
}

#[test]
fn epileptor() {
    let last = [
        0.41223294456184045,
        -0.49013859212618804,
        3.4347853348374238,
        -0.5808077454600876,
        0.09336152432955931,
        0.024767136308514,
    ];
    let initial = [-1.5, -10.0, 3.5, -1.0, 0.0, 0.0];
    run(&models::Epileptor, 0.05, &initial, &[(20_000, &last)]);
}

#[test]
fn epileptor_vep() {
    let last = [-2.213493810952765, 5.146024639200796];
    run(&models::EpileptorVep, 0.1, &[-1.5, 3.0], &[(1000, &last)]);
}

#[test]
fn sup_hopf() {
    let last = [-0.0032634117045870505, -0.0021158898739021565];
    run(&models::SupHopf, 0.01, &[1.0, 0.0], &[(1000, &last)]);
}

#[test]
fn reduced_wong_wang() {
    run(&models::ReducedWongWang, 1.0, &[0.1], &[(1000, &[0.09802070447087383])]);
}

#[test]
fn wilson_cowan() {
    let last = [0.4624648970440016, 0.24336414281635552];
    run(&models::WilsonCowan, 0.1, &[0.5, 0.25], &[(1000, &last)]);
}
