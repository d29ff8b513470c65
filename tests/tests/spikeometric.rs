//! Spiking GLMs beside Spikeometric 1.0.3: its stored inputs and rates of five models, and closed
//! forms of their mean rates.

use isospike::lane::precise::exp;
use isospike::net::{Distribution, Edges, Precision, SumBits, WeightStorage};
use isospike::{Network, Options, Simulation, Tunable, Tuning};
use serde_json::Value;
use std::path::Path;

struct Fixture(Value);

impl Fixture {
    fn read(name: &str) -> Fixture {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/spikeometric").join(name);
        let text = std::fs::read_to_string(path).expect("a fixture");
        Fixture(serde_json::from_str(&text).expect("JSON"))
    }
    fn numbers(&self, key: &str) -> Vec<f64> {
        let list = self.0[key].as_array().unwrap_or_else(|| panic!("a list {key}"));
        list.iter().map(|x| x.as_f64().expect("a number")).collect()
    }
    fn ids(&self, key: &str) -> Vec<u32> {
        self.numbers(key).into_iter().map(|x| x as u32).collect()
    }
    /// Parameters by our names: all but the time step.
    fn params(&self) -> Vec<(&str, f64)> {
        let all = self.0["params"].as_object().expect("params").iter();
        all.filter(|(k, _)| *k != "dt")
            .map(|(k, v)| (k.as_str(), v.as_f64().expect("a number")))
            .collect()
    }
    fn dt(&self) -> f64 {
        self.0["params"]["dt"].as_f64().expect("dt")
    }
    fn edges(&self) -> Edges {
        let (pre, post) = (self.ids("pre"), self.ids("post"));
        Edges { pre, post, weight: Some(self.numbers("w0")), delay_ms: None }
    }
}

/// The state variables of the network's neurons after one step.
fn after_a_step<const N: usize>(network: Network, variables: [&str; N]) -> [Vec<f64>; N] {
    let mut s = Simulation::new(network, &Options::default()).expect("a session");
    s.run_steps(1, 1, |_, _| std::ops::ControlFlow::Continue(())).expect("a step");
    variables.map(|v| s.values("n", v).expect("a variable").iter().copied().collect())
}

fn close(ours: &[f64], theirs: &[f64], most: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len());
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= most, "{what} of neuron {i}: {a}, Spikeometric has {b}");
    }
}

/// Their models with memory of spikes: only the last column of their history is not zero, which is
/// a spike that arrives in the first step and a neuron that just spiked.
fn filtered(file: &str, model: &str, precision: Precision, sums: SumBits) -> [Vec<f64>; 2] {
    let f = Fixture::read(file);
    let last = f.numbers("state_last_column");
    let fired = last.iter().enumerate().filter(|(_, x)| **x > 0.0);
    let spikes = fired.map(|(i, _)| (0, i as u32)).collect();
    let network = Network::build(model)
        .dt(f.dt())
        .precision(precision)
        .sums(sums)
        .population("n", last.len() as u32, model, |p| {
            p.params(&f.params()).initial("spikes", last.clone())
        })
        .spikes("before", last.len() as u32, spikes)
        .project("before", "n", |c| c.edges(f.edges()).delay(0.0).storage(WeightStorage::Exact))
        .finish()
        .expect("a network");
    after_a_step(network, ["g", "rate"])
}

#[test]
fn inputs_and_rates_are_those_of_spikeometric() {
    // Their own errors, against an independent implementation in double precision, are 4e-6 and
    // 6e-8 for the Bernoulli GLM, 3e-9 and 6e-9 for the others.
    for (file, model, input, rate) in [
        ("bernoulli_glm.json", "bernoulli_glm", 8e-6, 2e-7),
        ("poisson_glm.json", "poisson_glm", 2e-8, 1e-8),
        ("rectified_lnp.json", "rectified_lnp", 2e-8, 2e-8),
    ] {
        let f = Fixture::read(file);
        for precision in [Precision::F32, Precision::F64] {
            let [g, expected] = filtered(file, model, precision, SumBits::Auto);
            // b is in our g and theirs
            close(&g, &f.numbers("expected_input"), input, &format!("{model} {precision}: input"));
            let rates = f.numbers("expected_rate");
            close(&expected, &rates, rate, &format!("{model} {precision}: rate"));
        }
    }
}

/// Largest difference, relative to numbers above 1.
fn apart(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let apart = |(a, b): (&f64, &f64)| (a - b).abs() / b.abs().max(1.0);
    ours.iter().zip(theirs).map(apart).fold(0.0, f64::max)
}

#[test]
fn with_long_sums_double_precision_is_the_formula() {
    for (file, model) in [
        ("bernoulli_glm.json", "bernoulli_glm"),
        ("poisson_glm.json", "poisson_glm"),
        ("rectified_lnp.json", "rectified_lnp"),
    ] {
        let f = Fixture::read(file);
        let params = f.params();
        let of = |name: &str| params.iter().find(|p| p.0 == name).map_or(0.0, |p| p.1);
        let fired = f.numbers("state_last_column");
        let mut coupled = vec![0.0; fired.len()];
        for ((j, i), w) in f.ids("pre").iter().zip(f.ids("post")).zip(f.numbers("w0")) {
            coupled[i as usize] += w * fired[*j as usize];
        }
        // lag 0 of every filter but the refractory one is 1
        let own = |i: usize| of("abs_ref_strength") * fired[i];
        let g: Vec<_> =
            coupled.iter().enumerate().map(|(i, c)| of("r") * (c + own(i)) + of("b")).collect();
        let rate = |g: &f64| {
            f.dt()
                * match model {
                    "bernoulli_glm" => sigmoid(g - of("theta")),
                    "poisson_glm" => exp(of("beta") * g) / of("alpha"),
                    _ => of("lambda_0") * (g - of("theta")).max(0.0),
                }
        };
        let rates: Vec<_> = g.iter().map(rate).collect();
        let [ours, expected] = filtered(file, model, Precision::F64, SumBits::I64);
        assert!(apart(&ours, &g) < 1e-12, "{model}: g is {:e} off", apart(&ours, &g));
        assert!(apart(&expected, &rates) < 1e-12, "{model}: {:e}", apart(&expected, &rates));
        // their own numbers, relative to their size
        let [theirs, their_rates] = ["expected_input", "expected_rate"].map(|k| f.numbers(k));
        let [single, expected] = filtered(file, model, Precision::F32, SumBits::I64);
        assert!(apart(&single, &theirs) < 1e-6, "{model}: {:e}", apart(&single, &theirs));
        assert!(apart(&expected, &their_rates) < 1e-6);
    }
}

#[test]
fn activations_give_the_inputs_of_spikeometric() {
    for (file, model) in
        [("rectified_sam.json", "rectified_sam"), ("threshold_sam.json", "threshold_sam")]
    {
        let f = Fixture::read(file);
        let s = f.numbers("state_last_column");
        let mut weighted = vec![0.0; s.len()];
        let (pre, post) = (f.ids("pre"), f.ids("post"));
        for ((j, i), w) in pre.iter().zip(&post).zip(f.numbers("w0")) {
            weighted[*i as usize] += w * s[*j as usize];
        }
        let threshold = model == "threshold_sam";
        for precision in [Precision::F64, Precision::F32] {
            let network = Network::build(model)
                .dt(f.dt())
                .precision(precision)
                .population("n", s.len() as u32, model, |p| {
                    let p = p.params(&f.params()).initial("activation", weighted.clone());
                    // their noise is put in by hand below
                    if threshold { p.param("sigma", 0.0) } else { p }
                })
                .finish()
                .expect("a network");
            let [mut g] = after_a_step(network.clone(), ["g"]);
            if threshold {
                let params = f.params();
                let of = |name: &str| params.iter().find(|p| p.0 == name).expect("a parameter").1;
                let noise = f.numbers("noise_normal_sigma").into_iter();
                for (g, (n, u)) in g.iter_mut().zip(noise.zip(f.numbers("uniform_mask_draw"))) {
                    *g += if u < of("rho") { of("b") * n * n } else { 0.0 };
                }
            } else {
                let [rate] = after_a_step(network, ["rate"]);
                close(&rate, &f.numbers("expected_rate"), 4e-9, model);
            }
            close(&g, &f.numbers("expected_input"), 2e-8, model);
        }
    }
}

/// What arrives through synapses is activation in the step in which it arrives.
#[test]
fn activations_are_the_formula_in_both_precisions() {
    for (file, model) in
        [("rectified_sam.json", "rectified_sam"), ("threshold_sam.json", "threshold_sam")]
    {
        let f = Fixture::read(file);
        let params = f.params();
        let of = |name: &str| params.iter().find(|p| p.0 == name).map_or(0.0, |p| p.1);
        let mut weights = vec![0.0; f.numbers("state_last_column").len()];
        for (i, w) in f.ids("post").into_iter().zip(f.numbers("w0")) {
            weights[i as usize] += w;
        }
        // every source fires once, so that sources have s = dt
        let g: Vec<f64> = weights.iter().map(|w| of("r") * w * f.dt() + of("b")).collect();
        let n = weights.len() as u32;
        for (precision, most) in [(Precision::F64, 1e-12), (Precision::F32, 1e-6)] {
            let network = Network::build(model)
                .dt(f.dt())
                .precision(precision)
                .sums(SumBits::I64)
                .population("n", n, model, |p| {
                    let p = p.params(&f.params()).initial("activation", 0.0);
                    if model == "threshold_sam" { p.param("sigma", 0.0) } else { p }
                })
                .spikes("sources", n, (0..n).map(|i| (0, i)).collect())
                .project("sources", "n", |c| {
                    c.edges(f.edges()).delay(0.0).storage(WeightStorage::Exact)
                })
                .finish()
                .expect("a network");
            let mut s = Simulation::new(network, &Options::default()).expect("a session");
            s.run_steps(1, 1, |_, _| std::ops::ControlFlow::Continue(())).expect("a step");
            let ours: Vec<f64> = s.values("n", "g").expect("g").iter().copied().collect();
            assert!(apart(&ours, &g) < most, "{model} {precision}: {:e}", apart(&ours, &g));
            if model == "rectified_sam" {
                let rate = |g: &f64| of("lambda_0") * (g - of("theta")).max(0.0) * f.dt();
                let rates: Vec<f64> = g.iter().map(rate).collect();
                let ours: Vec<f64> = s.values("n", "rate").expect("rate").iter().copied().collect();
                assert!(apart(&ours, &rates) < most, "{precision}: {:e}", apart(&ours, &rates));
            }
        }
    }
}

#[test]
fn the_refractory_filter_is_that_of_spikeometric() {
    let f = Fixture::read("bernoulli_glm.json");
    let model = isospike::model::by_name("bernoulli_glm").expect("a model");
    let given = f.params();
    let value = |name: &str| given.iter().find(|p| p.0 == name).map(|p| p.1);
    let params: Vec<f64> =
        model.params().iter().map(|p| value(p.name).unwrap_or(p.default)).collect();
    let kernel = model.kernel(&params, f.dt(), 1);
    close(&kernel, &f.numbers("ref_filter_lag0_first"), 4e-6, "refractory filter");
}

/// A mean rate (spikes/s) and its standard error, if every spike comes by itself; refractoriness
/// and inhibition only make it smaller.
struct Measured {
    rate: f64,
    error: f64,
}

impl Measured {
    fn of(count: u64, neurons: u32, ms: f64) -> Measured {
        let rate = count as f64 / f64::from(neurons) / ms * 1000.0;
        Measured { rate, error: rate / (count as f64).sqrt() }
    }

    /// Within three standard errors, `wider` where spikes call for spikes.
    fn agrees(&self, what: &str, theory: f64, wider: f64) {
        let off = (self.rate - theory) / (self.error * wider);
        assert!(
            off.abs() < 3.0,
            "{what}: {:.3} Hz, theory {theory:.3} Hz, {off:.2} errors",
            self.rate
        );
    }
}

/// Of uncoupled neurons, after a while.
fn rate(dt: f64, model: &str, params: &[(&str, f64)], filters: &[(&str, Vec<f64>)]) -> Measured {
    const N: u32 = 2_000;
    const SETTLE: u64 = 100;
    const STEPS: u64 = 6_000;
    let network = Network::build(model)
        .dt(dt)
        .seed(7)
        .population("n", N, model, |p| {
            let p = p.params(params);
            filters.iter().fold(p, |p, (name, kernel)| p.filter(name, kernel.clone()))
        })
        .finish()
        .expect("a network");
    let mut s = Simulation::new(network, &Options::default()).expect("a session");
    let mut count = 0u64;
    s.run_steps(SETTLE + STEPS, 100, |_, spikes| {
        count += spikes.iter().filter(|s| s.step >= SETTLE).count() as u64;
        std::ops::ControlFlow::Continue(())
    })
    .expect("a run");
    Measured::of(count, N, STEPS as f64 * dt)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The mean of a renewal process whose hazard at each lag is known, and constant later.
fn renewal(hazards: &[f64], later: f64) -> f64 {
    let (mut alive, mut mean) = (1.0, 0.0);
    for p in hazards {
        mean += alive;
        alive *= 1.0 - p;
    }
    1.0 / (mean + alive / later)
}

#[test]
fn rates_of_uncoupled_models_follow_their_closed_forms() {
    let model = isospike::model::by_name("bernoulli_glm").expect("a model");
    for (theta, window, [absolute, relative], beta, specified) in
        [(2.0, 20.0, [2.0, 7.0], 0.5, 56.971), (5.0, 10.0, [5.0, 5.0], 0.1, 6.273)]
    {
        let params = [("theta", theta), ("coupling_window", window), ("beta", beta)];
        let scales = [("abs_ref_scale", absolute), ("rel_ref_scale", relative)];
        let params = [&params[..], &scales].concat();
        let value = |p: &isospike::model::ParamInfo| {
            params.iter().find(|q| q.0 == p.name).map_or(p.default, |q| q.1)
        };
        let row: Vec<f64> = model.params().iter().map(value).collect();
        let kernel = model.kernel(&row, 1.0, 1);
        let hazards: Vec<_> = kernel.iter().map(|k| sigmoid(k - theta)).collect();
        let theory = 1000.0 * renewal(&hazards, sigmoid(-theta));
        let off = (theory / specified - 1.0).abs();
        assert!(off < 2e-3, "{theory}: the specification has {specified} Hz");
        rate(1.0, "bernoulli_glm", &params, &[]).agrees("bernoulli_glm", theory, 1.0);
    }

    let poisson = [("alpha", 16.0), ("beta", 0.4), ("b", 0.5)];
    let theory = 1000.0 * exp(0.4 * 0.5) / 16.0;
    rate(1.0, "poisson_glm", &poisson, &[]).agrees("poisson_glm", theory, 1.0);
    // where Spikeometric multiplies counts by dt
    rate(0.1, "poisson_glm", &poisson, &[]).agrees("poisson_glm, dt 0.1", theory, 1.0);

    let theory = 1000.0 * 9.8 * 0.003;
    rate(0.1, "rectified_lnp", &[], &[]).agrees("rectified_lnp", theory, 1.0);
    let theory = 1000.0 * 1.0861 * 0.0147;
    rate(0.1, "rectified_sam", &[], &[]).agrees("rectified_sam", theory, 1.0);
    // rho (2 - 2 Phi(sqrt(theta/b - 1) / sigma)) per step with the square of the noise
    let phi = |x: f64| isospike::lane::Math::erfc(-x / 2f64.sqrt()) / 2.0;
    let x = 0.378f64;
    let theory = 10_000.0 * 0.07 * 2.0 * (1.0 - phi(x.sqrt() / 0.3));
    let squared = [("squared", 1.0)];
    rate(0.1, "threshold_sam", &squared, &[]).agrees("threshold_sam, squared", theory, 1.0);
    let theory = 10_000.0 * 0.07 * (1.0 - phi(x / 0.3));
    rate(0.1, "threshold_sam", &[], &[]).agrees("threshold_sam", theory, 1.0);

    // the general form: a Poisson neuron whose own spikes raise its rate, a linear Hawkes process
    let history = vec![0.06, 0.04, 0.02];
    let sum: f64 = history.iter().sum();
    let params = [("b", 0.05)];
    let measured = rate(1.0, "glm_relu_poisson", &params, &[("history", history)]);
    measured.agrees("glm_relu_poisson", 1000.0 * 0.05 / (1.0 - sum), 1.0 / (1.0 - sum));
}

/// A ring with Mexican-hat-like sums: every neuron gets the same total weight, so in the linear
/// regime the mean rate is the fixed point mu = lambda_0 dt (b - theta + r w C mu).
#[test]
fn a_coupled_ring_settles_at_the_linear_fixed_point() {
    const N: u32 = 100;
    let (dt, tau, taps) = (0.1, 10.0, 20);
    let lambda_0 = 100.0;
    let mut edges = Edges { weight: Some(Vec::new()), ..Edges::default() };
    let mut total = 0.0;
    for i in 0..N {
        for j in (0..N).filter(|&j| j != i) {
            let d = f64::from(i.abs_diff(j).min(N - i.abs_diff(j)));
            let gauss = |s: f64| exp(-d * d / (2.0 * s * s));
            let w = gauss(6.98) - 1.0015 * gauss(7.0);
            edges.pre.push(i);
            edges.post.push(j);
            edges.weight.as_mut().expect("weights").push(w);
            total += w / f64::from(N);
        }
    }
    assert!((total - -0.0749525).abs() < 1e-6, "{total}: the specification has -0.0749525");
    let coupling: f64 = (0..taps).map(|k| exp(-f64::from(k) * dt / tau)).sum();
    for (theta, b, r, specified) in
        [(5e-5, 0.0013, 0.025, 93.19), (1e-4, 0.001, 0.025, 67.10), (1e-4, 0.001, 0.0025, 87.03)]
    {
        let mu = lambda_0 * dt * (b - theta) / (1.0 - lambda_0 * dt * r * total * coupling);
        let theory = mu / dt * 1000.0;
        let off = (theory - specified).abs();
        assert!(off < 0.02, "{theory}: the specification has {specified} Hz");
        let network = Network::build("hat")
            .dt(dt)
            .seed(3)
            .batch(20)
            .population("n", N, "rectified_lnp", |p| {
                p.params(&[("lambda_0", lambda_0), ("theta", theta), ("r", r), ("b", b)])
                    .params(&[("T", f64::from(taps)), ("tau", tau)])
                    .initial("spikes", Distribution::constant(0.0))
            })
            .project("n", "n", |c| c.edges(edges.clone()).delay(dt))
            .finish()
            .expect("a network");
        let mut s = Simulation::new(network, &Options::default()).expect("a session");
        let (settle, steps, mut count) = (500, 10_000, 0u64);
        s.run_steps(settle + steps, 500, |_, spikes| {
            count += spikes.iter().filter(|s| s.step >= settle).count() as u64;
            std::ops::ControlFlow::Continue(())
        })
        .expect("a run");
        Measured::of(count, 20 * N, steps as f64 * dt).agrees("Mexican hat", theory, 1.0);
    }
}

/// Spikeometric's figure for this (theta = 3.92) comes without the network it was seen on, so the
/// renewal theory of uncoupled neurons says what theta should be.
#[test]
fn tuning_finds_the_threshold_of_renewal_theory() {
    let (target, tolerance) = (20.0, 0.2);
    let model = isospike::model::by_name("bernoulli_glm").expect("a model");
    let defaults: Vec<f64> = model.params().iter().map(|p| p.default).collect();
    let kernel = model.kernel(&defaults, 1.0, 1);
    let theory = |theta: f64| {
        let hazards: Vec<f64> = kernel.iter().map(|k| sigmoid(k - theta)).collect();
        1000.0 * renewal(&hazards, sigmoid(-theta))
    };
    let network = Network::build("tuned")
        .dt(1.0)
        .seed(1)
        .population("n", 500, "bernoulli_glm", |p| p.param("theta", 6.0))
        .finish()
        .expect("a network");
    let parameter = Tunable { population: "n".into(), name: "theta".into(), low: 0.0, high: 10.0 };
    let tuning = Tuning {
        parameters: vec![parameter],
        rates_hz: vec![("n".into(), target)],
        tolerance_hz: tolerance,
        ..Tuning::default()
    };
    let tuned = isospike::tune(network, &tuning, &Options::default(), |_| {}).expect("tuned").1;
    let (theta, error) = (tuned.values[0], tuned.rates_hz[0].1);
    let reached = theory(theta);
    assert!((reached - target).abs() < tolerance + 3.0 * error, "{theta}: {reached} Hz, {tuned:?}");
    assert!(theory(6.0) < 5.0, "there was something to tune");
}
