//! The TOML format says the same as the builder; overrides.

use isospike_net::*;

fn parse(text: &str) -> Network {
    NetworkFile::parse("test", text, "").and_then(|f| f.network()).unwrap_or_else(|e| panic!("{e}"))
}

const EVERYTHING: &str = r#"
name = "everything"
about = "A bit of everything."
dt = "200 us"
seed = 9
batch = 3
precision = "f64"

[templates.lif]
model = "iaf_psc_exp"
params = { C_m = "0.25 nF", tau_m = 12, V_th = "-0.05 V" }
initial = { V_m = { uniform = [-70, "-50 mV"] } }

[templates.strong]
weight = { normal = [20, 2], min = 0, outside = "redraw" }
delay = { lognormal = [0.4, 0.2], min = "0.2 ms", max = 10 }

[templates.stronger]
like = "strong"
in_degree = 3
weight = "0.04 nA"

[populations.B]
like = "lif"
size = 20
params = { tau_m = "20 ms", t_ref = { normal = [2, 0.1], min = 1, max = 3 } }
inputs = [
    { poisson = "0.5 kHz", weight = 10 },
    { poisson = { uniform = [10, 20] }, weight = -5, port = "inh" },
    { noise = [1, "2 pA"] },
    { steps = [[0, 0], ["10 ms", 100]] },
]

[populations.A]
like = "lif"
size = 4
random = { r = { uniform = [0, 1] } }
params.I_e = [1, 2, 3, 4]
params.E_L = { polynomial = [-65, 0, 15], of = "r" }
params.V_reset = { polynomial = [-66, 0, 1], of = "r" }

[populations.S]
size = 2
spikes = { time = [0.2, 1, 1], id = [0, 1, 1] }

[[projections]]
from = "B"
to = "A"
probability = 0.25
weight = 1.5
delay = 1

[[projections]]
from = "A"
to = "B"
like = "stronger"
autapses = false
multapses = false
storage = "exact"

[[projections]]
from = "B"
to = "B"
like = "stronger"
total = 100
weight = -3
port = "ex"

[[projections]]
from = "A"
to = "A"
one_to_one = true

[[projections]]
from = "A"
to = "A"
all_to_all = true
plasticity = { rule = "stdp", w_max = 2, lambda = 0.02, tau_plus = "0.015 s" }

[[projections]]
from = "B"
to = "A"
out_degree = 2
plasticity = { rule = "stdp_pl", w_max = 50 }

[[projections]]
from = "S"
to = "A"
edges = { pre = [0, 1], post = [3, 2], weight = [1, 2], delay = [0, 0.4] }
"#;

#[test]
fn toml_says_the_same_as_the_builder() {
    let v0 = Distribution::uniform(-70.0, -50.0);
    let lif = |p: NeuronsBuilder| {
        p.params(&[("C_m", 250.0), ("tau_m", 12.0), ("V_th", -50.0)]).initial("V_m", v0)
    };
    let delay = Distribution::lognormal(0.4, 0.2).clipped(0.2, 10.0);
    let r = Distribution::uniform(0.0, 1.0);
    let of = |coefficients: &[f64]| Value::Polynomial {
        coefficients: coefficients.to_vec(),
        variable: 0,
        of: r,
    };
    let built = Network::build("everything")
        .dt(0.2)
        .seed(9)
        .batch(3)
        .precision(Precision::F64)
        .population("B", 20, "iaf_psc_exp", |p| {
            lif(p)
                .param("tau_m", 20.0)
                .param("t_ref", Distribution::normal(2.0, 0.1).clipped(1.0, 3.0))
                .poisson(500.0, 10.0)
                .input(Input::Poisson {
                    rate_hz: Distribution::uniform(10.0, 20.0).into(),
                    weight: -5.0,
                    port: Some("inh".into()),
                })
                .noise(1.0, 2.0)
                .steps(&[(0.0, 0.0), (10.0, 100.0)])
        })
        .population("A", 4, "iaf_psc_exp", |p| {
            lif(p)
                .param("I_e", vec![1.0, 2.0, 3.0, 4.0])
                .param("E_L", of(&[-65.0, 0.0, 15.0]))
                .param("V_reset", of(&[-66.0, 0.0, 1.0]))
        })
        .spikes("S", 2, vec![(0, 0), (4, 1), (4, 1)])
        .project("B", "A", |c| c.probability(0.25).weight(1.5).delay(1.0))
        .project("A", "B", |c| {
            c.in_degree(3)
                .weight(40.0)
                .delay(delay)
                .autapses(false)
                .multapses(false)
                .storage(WeightStorage::Exact)
        })
        .project("B", "B", |c| c.total(100).weight(-3.0).delay(delay).port("ex"))
        .project("A", "A", |c| c.one_to_one())
        .project("A", "A", |c| {
            c.all_to_all().plasticity(Plasticity {
                lambda: 0.02,
                tau_plus: 15.0,
                ..Plasticity::pair(2.0)
            })
        })
        .project("B", "A", |c| c.out_degree(2).plasticity(Plasticity::power_law(50.0)))
        .project("S", "A", |c| {
            c.edges(Edges {
                pre: vec![0, 1],
                post: vec![3, 2],
                weight: Some(vec![1.0, 2.0]),
                delay_ms: Some(vec![0.0, 0.4]),
            })
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(parse(EVERYTHING), built);
}

#[test]
fn populations_keep_the_order_of_the_file() {
    let names: Vec<_> = parse(EVERYTHING).populations.into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["B", "A", "S"]);
}

#[test]
fn overrides() {
    let change = |overrides: &[&str]| {
        let mut file = NetworkFile::parse("test", EVERYTHING, "").unwrap();
        apply_overrides(&mut file, overrides).unwrap_or_else(|e| panic!("{e}"));
        file.network().unwrap_or_else(|e| panic!("{overrides:?}: {e}"))
    };
    let n = change(&["dt=0.1", "seed=4", "batch=2", "precision=f32", "name=other"]);
    assert_eq!((n.dt_ms, n.seed, n.lane_seeds.as_slice()), (0.1, 4, [4, 5].as_slice()));
    assert_eq!((n.precision, n.name.as_str()), (Precision::F32, "other"));
    let n =
        change(&["*.tau_m=15 ms", "B.tau_m = 0.016 s", "B.size=30", "A.V_m={ normal = [-60, 1] }"]);
    assert_eq!(n.param(0, "tau_m"), Some(Column::Uniform(16.0)));
    assert_eq!(n.param(1, "tau_m"), Some(Column::Uniform(15.0)));
    assert_eq!(n.populations[0].size, 30);
    let Dynamics::Model(a) = &n.populations[1].dynamics else { panic!() };
    assert_eq!(a.initial["V_m"], Value::Random(Distribution::normal(-60.0, 1.0)));
    let n = change(&["projections[0].weight=7", "projections[0].in_degree=2"]);
    assert_eq!(n.projections[0].weight, Distribution::constant(7.0));
    assert_eq!(n.projections[0].connector, Connector::FixedInDegree(2));
    let n = change(&["populations.B.params.tau_m=17"]);
    assert_eq!(n.param(0, "tau_m"), Some(Column::Uniform(17.0)));
}

#[test]
fn wrong_overrides() {
    let table = [
        ("tau_m", "--set = tau_m: must be name=value"),
        (
            "speed=3",
            "--set speed: unknown key `speed` (did you mean `seed`?); known: name, dt, seed, batch, lane_seeds, precision, sums, equilibration, scale, variant",
        ),
        ("C.tau_m=3", "--set C.tau_m: unknown population `C`; known: *, B, A, S"),
        (
            "B.tau_n=3",
            "--set B.tau_n: unknown parameter `tau_n` (did you mean `tau_m`?); known: size, model, spikes, inputs, state, C_m, tau_m, E_L, V_th, V_reset, t_ref, tau_syn_ex, tau_syn_in, I_e, V_m, I_syn_ex, I_syn_in, refractory",
        ),
        (
            "projections[9].weight=3",
            "--set projections[9].weight: unknown projection `9`; known: 0 to 6",
        ),
        ("variant=x", "variant: unknown variant `x`; known: none"),
    ];
    for (text, message) in table {
        let mut file = NetworkFile::parse("test", EVERYTHING, "").unwrap();
        let e = apply_overrides(&mut file, &[text]).expect_err(text);
        assert_eq!(e.to_string(), message);
    }
}

#[test]
fn loader_settings_win() {
    let loader = Loader {
        scale: Some(0.5),
        overrides: vec!["seed=3".into(), "lane_seeds=[1, 2]".into(), "E.tau_m=21".into()],
        dt_ms: Some(0.05),
        seed: Some(u64::MAX),
        batch: Some(2),
        precision: Some(Precision::F64),
    };
    let n = loader.load("cuba").unwrap();
    assert_eq!((n.neurons(), n.dt_ms, n.seed), (2000, 0.05, u64::MAX));
    assert_eq!(n.lane_seeds, [u64::MAX, 0]);
    assert_eq!(n.precision, Precision::F64);
    assert_eq!(n.param(0, "tau_m"), Some(Column::Uniform(21.0)));
    let e = Loader::default().load("cuda").unwrap_err().to_string();
    assert!(e.starts_with("network: unknown bundled network `cuda` (did you mean `cuba`?)"), "{e}");
    let e = Loader::default().load("nowhere.toml").unwrap_err().to_string();
    assert!(e.starts_with("nowhere.toml: "), "{e}");
}

#[test]
fn variants_are_laid_over() {
    let text = r#"
        [populations.A]
        model = "iaf_psc_exp"
        size = 4
        params = { tau_m = 12, t_ref = 3 }
        [[projections]]
        from = "A"
        to = "A"
        in_degree = 2
        [variants.more]
        seed = 5
        populations.A.params.tau_m = 13
        populations.B = { model = "iaf_psc_exp", size = 2 }
        [[variants.more.projections]]
        from = "A"
        to = "B"
        one_to_one = true
        [variants.fewer.populations.A]
        size = 2
    "#;
    let with = |names: &str| {
        let mut file = NetworkFile::parse("v", text, "").unwrap();
        apply_overrides(&mut file, &["A.t_ref=1", &format!("variant={names}")]).unwrap();
        file.network().unwrap()
    };
    let n = with("more, fewer");
    assert_eq!((n.seed, n.populations.len(), n.projections.len()), (5, 2, 2));
    assert_eq!(n.param(0, "tau_m"), Some(Column::Uniform(13.0)));
    assert_eq!(n.param(0, "t_ref"), Some(Column::Uniform(1.0)));
    assert_eq!(n.populations[0].size, 2);
}

/// Who connects to whom is said once, but only in a projection.
#[test]
fn populations_may_be_called_like_connectors() {
    let text = r#"
        variant = "large"
        [populations.normal]
        model = "iaf_psc_exp"
        size = 2
        [populations.matrix]
        model = "iaf_psc_exp"
        size = 3
        [variants.large.populations.normal]
        size = 5
        "#;
    let sizes: Vec<u32> = parse(text).populations.iter().map(|p| p.size).collect();
    assert_eq!(sizes, [5, 3]);
}

#[test]
fn the_example_of_the_documentation() {
    let text = include_str!("../FORMAT.md");
    let example = text.split("```toml").nth(1).and_then(|t| t.split("```").next()).unwrap();
    let n = parse(example);
    assert_eq!((n.neurons(), n.lane_seeds.len()), (1000, 8));
}

#[test]
fn few_bits() {
    let text = r#"
[populations.E]
model = "iaf_psc_exp"
size = 10
state = "bf16"
[populations.I]
model = "iaf_psc_exp"
size = 10
state = "full"
[[projections]]
from = "E"
to = "I"
total = 5
storage = "i8"
[[projections]]
from = "E"
to = "I"
total = 5
storage = "f16"
plasticity = { rule = "stdp", w_max = 2 }
"#;
    let built = Network::build("test")
        .population("E", 10, "iaf_psc_exp", |p| p.state(Half::BF16))
        .population("I", 10, "iaf_psc_exp", |p| p)
        .project("E", "I", |c| c.total(5).storage(WeightStorage::I8))
        .project("E", "I", |c| {
            c.total(5).storage(WeightStorage::F16).plasticity(Plasticity::pair(2.0))
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(parse(text), built);
}

#[test]
fn all_projections_and_all_states_at_once() {
    let with = |overrides: &[&str]| {
        let overrides = overrides.iter().map(|o| (*o).to_owned()).collect();
        Loader { overrides, ..Loader::default() }.load("microcircuit").unwrap()
    };
    let n = with(&["projections[*].storage=i8", "*.state=bf16"]);
    assert!(n.projections.len() > 50);
    assert!(n.projections.iter().all(|p| p.storage == WeightStorage::I8));
    let state = |p: &Population| match &p.dynamics {
        Dynamics::Model(n) => n.state,
        Dynamics::Spikes(_) => None,
    };
    assert!(n.populations.iter().all(|p| state(p) == Some(Half::BF16)));
    // A source of given spikes has no state.
    let mut file = NetworkFile::parse("test", EVERYTHING, "").unwrap();
    apply_overrides(&mut file, &["*.state=bf16"]).unwrap();
}
