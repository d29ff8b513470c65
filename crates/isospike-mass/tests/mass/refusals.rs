//! What is refused, and what becomes of lanes that are not finite.

use isospike_lane::isa::Isa;
use isospike_lane::{Lane, Math};
use isospike_mass::{
    Connectome, Coupling, CouplingStage, Integrator, Network, Plan, Received, Source, Tile, Values,
    models::JansenRit, models::Linear, parameters,
};
use isospike_model::{About, ParamInfo};
use ndarray::{Array2, array};

fn two() -> Network {
    let (weights, lags) = (array![[0.0, 1.0], [1.0, 0.0]], array![[0, 2], [3, 0]]);
    let connectome = Connectome::with_lags(weights.view(), lags.view()).expect("square");
    Network::new(&JansenRit, connectome)
}

#[test]
fn bad_input_is_named() {
    let said = |result: Result<Network, isospike_mass::MassError>| {
        result.expect_err("refused").to_string()
    };
    assert_eq!(said(two().dt(0.0)), "dt = 0; it must be above 0, and finite");
    let unknown = said(two().param("tau", Values::from(1.0)));
    assert!(unknown.starts_with("jansen_rit has no parameter tau; there is A, B, a"), "{unknown}");
    assert_eq!(said(two().param("a", Values::from(-1.0))), "a = -1; it must be > 0");
    let source = Source { variable: 9, minus: None };
    let beyond = said(two().input("c", Some(source)));
    assert!(beyond.contains("below 6"), "{beyond}");
    assert!(said(two().noise("y4", Values::from(-0.1))).contains("0 or more"));
    assert!(said(two().lane_seeds(vec![])).contains("at least 1"));
    let short = two()
        .param("mu", Values::PerNode(vec![1.0]))
        .and_then(|n| Plan::<f32>::new(n).map(|plan| plan.network().clone()));
    assert_eq!(said(short), "mu has 1 values; 2 are needed (one per node)");
    let rk4 = two().integrator(Integrator::RungeKutta4, CouplingStage::Reevaluate);
    let error = Plan::<f32>::new(rk4).expect_err("it cannot be known").to_string();
    assert!(error.contains("CouplingStage::Hold"), "{error}");
    let weights = Array2::<f64>::zeros((2, 3));
    assert!(Connectome::new(weights.view()).is_err());
    let nan = array![[f64::NAN]];
    let error = Connectome::new(nan.view()).expect_err("NaN").to_string();
    assert_eq!(error, "weights[0, 0] = NaN; it must be finite");
}

#[test]
fn a_lane_that_is_not_finite_is_stopped_alone() {
    // x' = gamma x, which grows in one lane until it is infinite
    let network = Network::new(&Linear, Connectome::none(3))
        .lanes(9, 1)
        .and_then(|n| n.dt(1.0))
        .and_then(|n| {
            let mut gamma = vec![-0.5; 9];
            gamma[4] = 1e3;
            n.param("gamma", Values::PerLane(gamma))
        })
        .and_then(|n| n.initial("x", Values::from(1.0)))
        .expect("a network");
    for width in [1, 8, 16] {
        let plan = Plan::<f32>::with_width(network.clone(), width).expect("a plan");
        for index in 0..plan.tiles() {
            let mut tile = Tile::new(&plan, index, Isa::detect());
            tile.run(30, |_| ());
            let lanes = tile.lanes().len();
            for (l, (&lane, stopped)) in tile.lanes().iter().zip(tile.stopped()).enumerate() {
                let own: Vec<_> = tile.state(0)[l..].iter().step_by(lanes).collect();
                if lane == 4 {
                    assert_eq!(*stopped, Some(7), "{own:?}");
                    assert!(own.iter().all(|x| x.is_nan()));
                } else {
                    assert_eq!(*stopped, None);
                    assert!(own.iter().all(|x| x.is_finite()));
                }
            }
        }
    }
}

parameters! {
    /// Parameters of the square.
    pub struct SquareParams { a: 1.0, "", Any, "scale"; }
}

/// Sends the square, which is infinite before the value is, and takes no notice of how large it is.
#[derive(Clone, Copy)]
struct Square;

impl Coupling for Square {
    const NAME: &'static str = "square";
    const ABOUT: About = About { summary: "", equations: "", references: "" };
    type Params<L: Copy> = SquareParams<L>;
    const PARAMS: &'static [ParamInfo] = SquareParams::<f64>::TABLE;
    #[inline(always)]
    fn send<L: Lane>(_: &SquareParams<L>, x: L) -> [L; 2] {
        [x * x, x]
    }
    #[inline(always)]
    fn receive<L: Lane>(p: &SquareParams<L>, of: &Received<L>) -> L {
        p.a * of.sums[0].tanh()
    }
}

/// 0 times infinity would reach nodes that are not connected, in tiles of one lane alone.
#[test]
fn a_lane_that_sends_what_is_not_finite_is_stopped_in_every_tile() {
    for lag in [0, 2] {
        let weights = array![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        let lags = Array2::from_elem((3, 3), lag);
        let connectome = Connectome::with_lags(weights.view(), lags.view()).expect("square");
        let mut initial = vec![0.5; 17];
        (initial[3], initial[9]) = (1e18, 1e20);
        let network = Network::new(&Linear, connectome)
            .coupling(&Square)
            .lanes(17, 1)
            .and_then(|n| n.dt(1.0))
            .and_then(|n| n.param("gamma", Values::from(1.0)))
            .and_then(|n| n.initial("x", Values::PerLane(initial)))
            .expect("a network");
        for width in [1, 8, 16] {
            let plan = Plan::<f32>::with_width(network.clone(), width).expect("a plan");
            for index in 0..plan.tiles() {
                let mut tile = Tile::new(&plan, index, Isa::detect());
                tile.run(6, |_| ());
                let lanes = tile.lanes().len();
                for (l, &lane) in tile.lanes().iter().enumerate() {
                    let expected = [(3, 4), (9, 0)].iter().find(|(own, _)| *own == lane);
                    assert_eq!(
                        tile.stopped()[l],
                        expected.map(|(_, step)| *step),
                        "{width} {lane}"
                    );
                    let mut own = tile.state(0)[l..].iter().step_by(lanes);
                    assert!(own.all(|x| x.is_nan() == expected.is_some()), "{width} {lane}");
                }
            }
        }
    }
}
