//! Bundled nodes: published values of their drifts, and the same bits however they are run.

use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_mass::models::{self, BalloonParams, BalloonState, NODES, bold_signal};
use isospike_mass::{Column, DriftRow, NodeRef, Real, drift_at};
use isospike_model::Range;
use isospike_trace::{Scalar, Value};

fn node(name: &str) -> NodeRef {
    models::by_name(name).unwrap_or_else(|| panic!("there is no node {name}"))
}

/// Default parameters, except for some: `"tau=2 eta=-4"`.
fn params(node: NodeRef, changed: &str) -> Vec<f64> {
    let mut values: Vec<f64> = node.params().iter().map(|p| p.default).collect();
    for (name, x) in changed.split_whitespace().filter_map(|c| c.split_once('=')) {
        let k = node.params().iter().position(|p| p.name == name);
        let k = k.unwrap_or_else(|| panic!("{} has no parameter {name}", node.name()));
        values[k] = x.parse().expect("a number");
    }
    values
}

/// Relative to the expected value alone: where terms cancel, what is lost is far below the
/// tolerance (most in `montbrio_pazo_roxin`, 7e-14, where 14 cancels to 0.03).
fn assert_close(what: &str, values: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(values.len(), expected.len(), "{what}");
    for (k, (x, e)) in values.iter().zip(expected).enumerate() {
        let error = if x == e { 0.0 } else { (x - e).abs() / e.abs() };
        assert!(error <= tolerance, "{what}: number {k} is {x:?}, not {e:?}: off by {error:e}");
    }
}

/// At a quarter, a half and three quarters of the ranges, with inputs 0.01 (k + 1) times 0, 1, 2:
/// `expected[place]`.
fn at_quarters(name: &str, expected: [&[f64]; 3]) {
    let node = node(name);
    for (i, expected) in expected.into_iter().enumerate() {
        let quarter = 0.25 * (i + 1) as f64;
        let state = node.spans().iter().map(|s| s.range.0 + (s.range.1 - s.range.0) * quarter);
        let state: Vec<f64> = state.collect();
        let inputs = (0..node.inputs().len()).map(|k| 0.01 * ((k + 1) * i) as f64);
        let inputs: Vec<f64> = inputs.collect();
        let drift = drift_at(node, &params(node, ""), &state, &inputs);
        assert_close(&format!("{name}, place {i}"), &drift, expected, 1e-12);
    }
}

/// Drifts of tvb-library 2.10.0 with its defaults, to 17 digits.
#[test]
fn drifts_are_those_of_the_virtual_brain() {
    at_quarters(
        "jansen_rit",
        [
            &[-3.0, -10.0, -250.0, 0.605_000_000_000_000_1, 4.5715, 25.062_500_663_836_24],
            &[0.0, 0.0, 0.0, 7.064_152_762_313_1e-5, 0.082_379_284_983_298_15, JR_MIDDLE],
            &[3.0, 10.0, 250.0, -0.603_375_000_000_000_1, -4.246_500_000_000_001, JR_HIGH],
        ],
    );
    at_quarters(
        "montbrio_pazo_roxin",
        [
            &[-0.806_690_113_816_209_3, 1.298_223_899_727_660_5],
            &[-0.181_690_113_816_209_3, 0.202_895_598_910_642_02],
            &[2.193_309_886_183_790_5, -4.295_984_902_451_057],
        ],
    );
    at_quarters(
        "epileptor",
        [
            &[-7.509375, 7.6875, -4.725e-4, 1.05, -0.05, 0.00375],
            &[-8.525, 8.75, 3.15e-4, -0.55, -0.1, -0.0005],
            &[-4.515625, 4.1875, 1.1025e-3, -0.65, -0.15, -0.00475],
        ],
    );
    at_quarters(
        "epileptor2d",
        [&[0.178125, -4.725e-4], &[0.225, 3.15e-4], &[-0.453125, 1.1025e-3]],
    );
    at_quarters("generic_2d_oscillator", [&[-0.0425, 0.12], &[0.0402, -0.24], &[0.1229, -0.6]]);
    at_quarters(
        "wilson_cowan",
        [
            &[-0.006_751_827_130_440_422, -0.024_150_548_440_805_143],
            &[-0.011_163_158_908_770_515, -0.048_528_016_839_226_24],
            &[-0.051_353_046_126_284_43, -0.073_553_200_748_521_2],
        ],
    );
    at_quarters("kuramoto", [&[1.0], &[1.01], &[1.02]]);
    at_quarters("sup_hopf", [&[35.0, 30.0], &[0.01, 0.02], &[-34.98, -29.96]]);
    at_quarters(
        "reduced_wong_wang",
        [
            &[-9.642_740_478_343_224e-4],
            &[-0.002_412_757_170_269_977],
            &[-0.004_935_576_309_783_285_5],
        ],
    );
    at_quarters(
        "reduced_wong_wang_exc_inh",
        [
            &[-0.002_499_366_691_268_908_3, -0.024_999_445_295_221_873],
            &[-0.004_999_999_948_467_945, -0.049_999_999_987_759_766],
            &[-0.007_499_999_999_997_551, -0.074_999_999_999_999_79],
        ],
    );
    at_quarters("linear", [&[5.0], &[0.01], &[-4.98]]);
}

const JR_MIDDLE: f64 = 0.008_069_436_040_026_887;
const JR_HIGH: f64 = -24.877_195_843_621_042;

/// The cases that the ranges above do not reach, with every parameter changed: computed with the
/// drift functions of tvb-library 2.10.0, those of `montbrio_pazo_roxin` from its equations.
#[test]
fn other_parameters_and_cases_are_those_of_the_virtual_brain() {
    let at = |name: &str, changed: &str, state: &[f64], inputs: &[f64], expected: &[f64]| {
        let node = node(name);
        let drift = drift_at(node, &params(node, changed), state, inputs);
        assert_close(name, &drift, expected, 1e-12);
    };
    let two = "x0=-2.1 Iext=2.9 a=1.1 b=2.8 slope=.7 tt=.9 c=1.2 d=4.5 r=.002 Kvf=.25 Ks=.6";
    let four = "Iext2=.5 Kf=.35 aa=5.5 bb=1.8 tau=9";
    let negative = [-0.7, -3.0, -1.25, 0.4, 0.3, 0.2];
    let positive = [0.6, -7.0, 3.3, -0.8, 1.2, -0.4];
    for (modification, z) in [
        (0, [0.013_512_306_884_765_627, 0.013_824_000_000_000_003]),
        (1, [-0.000_562_304_221_080_564_9, -0.003_996_090_187_677_979]),
    ] {
        let two = format!("{two} modification={modification}");
        at("epileptor2d", &two, &[-0.7, -1.25], &[0.3], &[4.47237, z[0]]);
        at("epileptor2d", &two, &[0.6, 3.3], &[0.3], &[-0.133_739_999_999_999_47, z[1]]);
        let all = format!("{two} {four}");
        let drift = [2.67687, 1.7955, z[0], 2.0259, 0.3275, -0.00243];
        at("epileptor", &all, &negative, &[0.3, -0.2], &drift);
        let drift = [-5.62374, 5.922, z[1], -1.5462, -0.12, 0.00414];
        at("epileptor", &all, &positive, &[0.3, -0.2], &drift);
    }
    let all = "c_ee=11 c_ei=5 c_ie=12 c_ii=9 tau_e=8 tau_i=12 a_e=1.3 b_e=2.5 c_e=1.1 theta_e=.2 \
               a_i=.9 b_i=3.5 theta_i=.3 c_i=.8 r_e=.7 r_i=.6 k_e=.95 k_i=1.2 P=.4 Q=.1 \
               alpha_e=1.4 alpha_i=.85";
    for (shift, drift) in [
        (0, [0.047_871_777_246_423_73, -0.003_173_936_686_971_477]),
        (1, [0.044_253_402_104_502_154, -0.006_132_508_717_404_957]),
    ] {
        let all = format!("{all} shift_sigmoid={shift}");
        at("wilson_cowan", &all, &[0.35, 0.2], &[0.3], &drift);
    }
    let all = "tau=1.5 I=.2 Delta=.7 J=14.5 eta=-4.6 cr=.9 cv=.3";
    let drift = [-0.860_970_257_631_709_8, 0.031_846_441_620_884_05];
    at("montbrio_pazo_roxin", all, &[0.8, -0.9], &[0.3, 0.6], &drift);
    let all = "a=.28 b=.11 d=150 gamma=.6 tau_s=90 w=.7 J_N=.25 I_o=.31";
    at("reduced_wong_wang", all, &[0.35], &[0.4], &[0.005_002_004_083_119_173]);
    let all = "a_e=300 b_e=120 d_e=.15 gamma_e=.0006 tau_e=90 w_p=1.5 W_e=.9 J_N=.16 a_i=600 \
               b_i=170 d_i=.09 gamma_i=.0011 tau_i=11 W_i=.75 J_i=.8 G=1.7 lambda=.3 I_o=.4 \
               I_ext=.05";
    let drift = [0.001_972_957_752_607_271_7, -0.017_803_597_834_730_227];
    at("reduced_wong_wang_exc_inh", all, &[0.35, 0.2], &[0.4], &drift);
    let all = "tau=1.2 I=.3 a=-1.5 b=-9 c=.7 d=.03 e=2.5 f=.8 g=.6 beta=.9 alpha=1.1 gamma=1.3";
    let drift = [0.070_466_399_999_999_98, -0.255425];
    at("generic_2d_oscillator", all, &[1.3, -2.0], &[0.4], &drift);
    at("sup_hopf", "a=.4 omega=.25", &[1.3, -2.0], &[0.4, 0.7], &[-5.977, 11.605]);
    // by hand
    let drift = [-0.625, -0.140625];
    at("epileptor_vep", "tau0=8 I1=2.5 x0=-2 K=.5", &[-1.5, 3.0], &[0.25], &drift);
}

/// Heun's method with a constant input: the state after `n` steps. Trajectories of networks are
/// compared in `mass/golden.rs`; this is for what has an input.
fn heun(node: NodeRef, dt: f64, state: &[f64], input: f64, n: usize) -> Vec<f64> {
    let (params, inputs) = (params(node, ""), vec![input; node.inputs().len()]);
    let step = |x: &[f64], d: &dyn Fn(usize) -> f64| -> Vec<f64> {
        x.iter().enumerate().map(|(k, x)| x + dt * d(k)).collect()
    };
    let mut x = state.to_vec();
    for _ in 0..n {
        let first = drift_at(node, &params, &x, &inputs);
        let guess = step(&x, &|k| first[k]);
        let second = drift_at(node, &params, &guess, &inputs);
        x = step(&x, &|k| 0.5 * (first[k] + second[k]));
    }
    x
}

/// vbjax's parameters, input 1, steps of a millisecond.
#[test]
fn blood_follows_neural_activity() {
    let signal = |x: &[f64]| {
        let state = BalloonState { s: x[0], f: x[1], v: x[2], q: x[3] };
        bold_signal(&BalloonParams::default(), &state)
    };
    let rest = [0.0, 1.0, 1.0, 1.0];
    assert_eq!(drift_at(node("balloon"), &params(node("balloon"), ""), &rest, &[0.0]), [0.0; 4]);
    assert_eq!(signal(&rest), 0.0);
    let x = heun(node("balloon"), 0.001, &rest, 1.0, 1000);
    let [s, f] = [0.333_317_097_694_083_6, 1.264_968_930_691_856_3];
    let [v, q] = [1.052_385_557_401_424, 0.987_120_327_899_238];
    assert_close("balloon", &x, &[s, f, v, q], 1e-12);
    assert_close("BOLD", &[signal(&x)], &[0.087_684_831_445_992_23], 1e-12);
    for (n, expected) in [(5000, 1.646_529_195_021_162), (20_000, 1.644_392_302_306_958_9)] {
        let x = heun(node("balloon"), 0.001, &rest, 1.0, n);
        assert_close("BOLD", &[signal(&x)], &[expected], 1e-12);
    }
}

/// u / (1 - exp(-d u)) at u = 0 and on both sides of where the series begins.
#[test]
fn a_removable_singularity_is_removed() {
    let node = node("reduced_wong_wang");
    let d = 128.0;
    for y in [0.0f64, 1e-300, -1e-9, 0.99e-4, -0.99e-4, 1.01e-4, -1.01e-4, 0.01] {
        // b = 0 and a = 1: u is the input, S = 0: the drift is the rate
        let changed = format!("a=1 b=0 d={d} gamma=1 I_o={}", y / d);
        let drift = drift_at(node, &params(node, &changed), &[0.0], &[0.0]);
        let series = 1.0 + y / 2.0 + y * y / 12.0 - y * y * y * y / 720.0;
        assert_close(&format!("y = {y}"), &drift, &[series / d], 1e-14);
    }
}

#[test]
fn tables_fit() {
    for (k, &node) in NODES.iter().enumerate() {
        let name = node.name();
        assert!(k == 0 || NODES[k - 1].name() < name, "{name} is not in alphabetical order");
        assert!(models::by_name(name).is_some());
        assert_eq!(node.spans().len(), node.state().len(), "{name}");
        assert_eq!(node.sends().len(), node.inputs().len(), "{name}");
        let variables = 0..node.state().len();
        assert!(node.sends().iter().all(|k| variables.contains(k)), "{name}");
        let (first, second) = node.shows();
        assert!(variables.contains(&first) && second.is_none_or(|k| variables.contains(&k)));
        for p in node.params() {
            assert!(p.range.contains(p.default), "{name}.{}", p.name);
        }
        for s in node.spans() {
            assert!(s.bounds.0 <= s.range.0 && s.range.0 < s.range.1 && s.range.1 <= s.bounds.1);
        }
    }
    assert!(models::by_name("nothing").is_none());
}

const PLACES: usize = 48;

/// Between -1 and 1, another one for every slot and place.
fn spread(slot: usize, place: usize) -> f64 {
    2.0 * ((slot * 31 + place * 7 + 1) as f64 * 0.618_033_988_749_894_9).fract() - 1.0
}

/// Parameters around their defaults, states in and somewhat beyond their ranges, inputs:
/// `[slot][place]`.
struct Case<F> {
    params: Vec<Vec<F>>,
    state: Vec<F>,
    inputs: Vec<F>,
}

impl<F: Float> Case<F> {
    fn of(node: NodeRef) -> Self {
        let row = |f: &dyn Fn(usize) -> f64| -> Vec<F> {
            (0..PLACES).map(|place| F::from_f64(f(place))).collect()
        };
        let params = node.params().iter().enumerate().map(|(k, p)| {
            row(&|place| match p.range {
                Range::Within(0.0, 1.0) => (place / 2 % 2) as f64,
                _ if p.default == 0.0 => 0.3 * spread(k, place),
                _ => p.default * (1.0 + 0.2 * spread(k, place)),
            })
        });
        let state = node.spans().iter().enumerate().flat_map(|(k, s)| {
            let half = 0.75 * (s.range.1 - s.range.0);
            row(&|place| (s.middle() + half * spread(k + 40, place)).clamp(s.bounds.0, s.bounds.1))
        });
        let inputs = (0..node.inputs().len()).flat_map(|k| row(&|place| spread(k + 80, place)));
        Case { params: params.collect(), state: state.collect(), inputs: inputs.collect() }
    }

    fn params_at(&self, place: usize) -> Vec<F> {
        self.params.iter().map(|p| p[place]).collect()
    }

    fn state_at(&self, place: usize) -> Vec<F> {
        self.state.iter().skip(place).step_by(PLACES).copied().collect()
    }

    fn inputs_at(&self, place: usize) -> Vec<F> {
        self.inputs.iter().skip(place).step_by(PLACES).copied().collect()
    }
}

fn same<F: Float>(a: F, b: F) -> bool {
    a.to_bits() == b.to_bits() || !(a.eq(a) || b.eq(b))
}

fn assert_graph_is_drift<F: Real + Scalar>() {
    for &node in NODES {
        let graph = F::drift(node).graph();
        let case = Case::<F>::of(node);
        for place in 0..PLACES {
            let (params, state) = (case.params_at(place), case.state_at(place));
            let inputs = case.inputs_at(place);
            let args = [&params[..], &state, &inputs].concat();
            let args: Vec<Value> = args.into_iter().map(Into::into).collect();
            let drift = drift_at::<F>(node, &params, &state, &inputs);
            assert!(drift.iter().all(|x| x.is_finite()), "{}, place {place}", node.name());
            let traced = graph.eval(&args);
            assert_eq!(traced.len(), drift.len());
            for ((&x, traced), info) in drift.iter().zip(traced).zip(node.state()) {
                let x: Value = x.into();
                let what = format!("{}, {}', place {place}", node.name(), info.name);
                assert!(x.same(traced), "{what}: {x}, traced {traced}");
            }
        }
        let names = |kind: &str, names: Vec<&str>| -> Vec<String> {
            names.into_iter().map(|n| format!("{kind}.{n}")).collect()
        };
        let args = [
            names("param", node.params().iter().map(|p| p.name).collect()),
            names("state", node.state().iter().map(|s| s.name).collect()),
            names("input", node.inputs().iter().map(|s| s.name).collect()),
        ];
        let traced: Vec<&str> = graph.args().iter().map(|a| &a.name[..]).collect();
        assert_eq!(traced, args.concat());
    }
}

#[test]
fn graphs_are_the_drifts_bit_for_bit() {
    assert_graph_is_drift::<f32>();
    assert_graph_is_drift::<f64>();
}

fn assert_rows_are_places<F: Real>() {
    for &node in NODES {
        let case = Case::<F>::of(node);
        for isa in Isa::ALL.into_iter().filter(|isa| isa.available()) {
            // a value per place, the same everywhere, every other one
            for uniform in [0, 1, 2] {
                let is_uniform = |k: usize| uniform == 1 || uniform == 2 && k.is_multiple_of(2);
                let columns = case.params.iter().enumerate().map(|(k, p)| match is_uniform(k) {
                    true => Column::uniform(p[0]),
                    false => Column::Each(p.clone()),
                });
                let columns: Vec<Column<F>> = columns.collect();
                let mut drift = vec![F::default(); case.state.len()];
                let (state, inputs) = (&case.state[..], &case.inputs[..]);
                let then = isospike_mass::Then::Nothing;
                let row = DriftRow { params: &columns, state, inputs, drift: &mut drift, then };
                F::drift(node).drift(isa, row);
                for place in 0..PLACES {
                    let params: Vec<F> = columns.iter().map(|c| c.at(place)).collect();
                    let (state, inputs) = (case.state_at(place), case.inputs_at(place));
                    let alone = drift_at::<F>(node, &params, &state, &inputs);
                    for (k, x) in alone.into_iter().enumerate() {
                        let y = drift[k * PLACES + place];
                        let what = format!("{} on {}, place {place}", node.name(), isa.name());
                        assert!(same(x, y), "{what}: variable {k} is {y}, alone {x}");
                    }
                }
            }
        }
    }
}

#[test]
fn instruction_sets_and_neighbours_change_no_bits() {
    assert_rows_are_places::<f32>();
    assert_rows_are_places::<f64>();
}
