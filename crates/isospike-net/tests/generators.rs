//! Connections that come with their weights: what Spikeometric's documentation and its running
//! package say of them (version 1.0.3).

use isospike_net::*;
use ndarray::Array2;

const NORMAL: Generator = Generator::Normal { mean: 0.0, std: 1.0, sparsity: 0.5, glorot: false };
const SYMMETRIC: Generator = Generator::Uniform { low: -2.0, high: 2.0, sparsity: 0.7 };
const UNIFORM: Generator = Generator::Uniform { low: -1.0, high: 3.0, sparsity: 0.25 };
const HAT: Generator = Generator::MexicanHat { a: 1.0015, sigma_1: 6.98, sigma_2: 7.0 };

fn build(n: u32, generator: Generator) -> Result<Network, NetError> {
    Network::build("generated")
        .seed(11)
        .population("A", n, "iaf_psc_exp", |p| p)
        .project("A", "A", |c| c.generator(generator))
        .finish()
}

fn matrix(n: u32, generator: Generator) -> Array2<f64> {
    build(n, generator).and_then(|n| n.weight_matrix(0)).unwrap_or_else(|e| panic!("{e}"))
}

/// Mean and standard deviation.
fn moments(xs: &[f64]) -> (f64, f64) {
    let n = xs.len() as f64;
    let mean = xs.iter().sum::<f64>() / n;
    (mean, (xs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt())
}

fn weights(matrix: &Array2<f64>) -> Vec<f64> {
    matrix.iter().copied().filter(|w| *w != 0.0).collect()
}

fn assert_density(matrix: &Array2<f64>, expected: f64) {
    let pairs = (matrix.nrows() * (matrix.nrows() - 1)) as f64;
    let density = weights(matrix).len() as f64 / pairs;
    let sd = (expected * (1.0 - expected) / pairs).sqrt();
    assert!((density - expected).abs() < 5.0 * sd, "{density}, not {expected} ± {sd}");
}

/// One half excites, the other inhibits what its partner does not excite. Gives how many targets
/// partners have together.
fn assert_dale(matrix: &Array2<f64>) -> usize {
    let half = matrix.nrows() / 2;
    let mut targets = 0;
    for k in 0..half {
        for (&ex, &inh) in matrix.row(k).iter().zip(matrix.row(k + half)) {
            assert!(ex >= 0.0 && inh <= 0.0, "{ex} {inh}");
            assert!(ex == 0.0 || inh == 0.0, "partners share a target");
            targets += usize::from(ex != 0.0 || inh != 0.0);
        }
    }
    targets
}

#[test]
fn normal_weights_follow_dale() {
    let n = 400;
    let m = matrix(n, NORMAL);
    assert_dale(&m);
    assert_density(&m, 0.5);
    let (mean, sd) = moments(&weights(&m));
    assert!(mean.abs() < 0.05 && (sd - 1.0).abs() < 0.05, "{mean} {sd}");
    // Where everything is kept, partners share out all neurons but, at most, themselves.
    let half = n as usize / 2;
    for k in 0..half {
        for (j, (&ex, &inh)) in m.row(k).iter().zip(m.row(k + half)).enumerate() {
            assert!(ex != 0.0 || inh != 0.0 || j == k || j == k + half, "{k} {j}");
        }
    }
    assert!(m.diag().iter().all(|w| *w == 0.0));
}

#[test]
fn sparsity_mean_and_glorot() {
    let n = 400;
    for (sparsity, glorot) in [(0.8, false), (0.8, true), (0.95, true)] {
        let m = matrix(n, Generator::Normal { mean: 2.0, std: 3.0, sparsity, glorot });
        assert_dale(&m);
        assert_density(&m, 1.0 - sparsity);
        let (mean, sd) = moments(&weights(&m));
        let scale = if glorot { 20.0 } else { 1.0 };
        assert!((mean * scale - 2.0).abs() < 0.15, "{mean}");
        assert!((sd * scale / 3.0 - 1.0).abs() < 0.05, "{sd}");
        // P(H > 0) with mean 2 and standard deviation 3
        let excitatory = weights(&m).iter().filter(|w| **w > 0.0).count() as f64;
        let part = excitatory / weights(&m).len() as f64;
        assert!((part - 0.7475).abs() < 0.02, "{part}");
    }
    assert_eq!(
        weights(&matrix(
            n,
            Generator::Normal { mean: 0.0, std: 1.0, sparsity: 1.0, glorot: false }
        )),
        []
    );
}

#[test]
fn uniform_weights() {
    let n = 300;
    let m = matrix(n, SYMMETRIC);
    let targets = assert_dale(&m);
    assert_density(&m, 0.3);
    assert_eq!(targets, weights(&m).len());
    let (mean, sd) = moments(&weights(&m));
    assert!(mean.abs() < 0.05 && (sd - 2.0 / 3f64.sqrt()).abs() < 0.05, "{mean} {sd}");
    assert!(m.iter().all(|w| w.abs() < 2.0));

    let m = matrix(n, UNIFORM);
    assert_density(&m, 0.75);
    let (mean, sd) = moments(&weights(&m));
    assert!((mean - 1.0).abs() < 0.05 && (sd - 2.0 / 3f64.sqrt()).abs() < 0.05, "{mean} {sd}");
    assert!(m.iter().all(|w| (-1.0..3.0).contains(w)));
    assert!(m.row(0).iter().any(|w| *w < 0.0) && m.row(0).iter().any(|w| *w > 0.0));
    assert!(m.diag().iter().all(|w| *w == 0.0));

    let everyone = matrix(n, Generator::Uniform { low: 1.0, high: 2.0, sparsity: 0.0 });
    assert_eq!(weights(&everyone).len(), 300 * 299);
}

#[test]
fn the_mexican_hat_is_that_of_the_specification() {
    let m = matrix(100, HAT);
    assert_eq!(weights(&m).len(), 9900);
    assert!(m.iter().all(|w| *w <= 0.0));
    let min = m.iter().copied().fold(0.0, f64::min);
    assert!((min + 0.002_727_584_647_020_768).abs() < 3e-16, "{min}");
    for (column, row) in m.columns().into_iter().zip(m.rows()) {
        // Worked out in 50 digits; Spikeometric says -0.0749525, 99 differences of
        // numbers near 1 in single precision.
        assert!((column.sum() + 0.074_952_162_373_774_03).abs() < 1e-14, "{}", column.sum());
        assert!((column.sum() + 0.0749525).abs() < 99.0 * f64::from(f32::EPSILON / 2.0));
        assert!((row.sum() - column.sum()).abs() < 1e-14);
    }
    // Every row is the first one, turned.
    assert_eq!(m[[0, 1]].to_bits(), m[[99, 0]].to_bits());
    assert_eq!(m[[37, 30]].to_bits(), m[[0, 7]].to_bits());
    assert_eq!(m, m.t());

    // On an odd ring, and on one that is longer than the bells reach.
    let odd = matrix(7, HAT);
    assert_eq!(weights(&odd).len(), 42);
    assert_eq!(odd[[0, 3]], odd[[0, 4]]);
    let narrow = Generator::MexicanHat { a: 0.5, sigma_1: 1.0, sigma_2: 2.0 };
    let long = matrix(500, narrow);
    let reach = (0..250).filter(|&d| long[[250, 250 + d]] != 0.0).count();
    assert_eq!(weights(&long).len(), 500 * 2 * reach);
    // exp(-d²/8)/2 is above 2^-149 up to 28, below from 29 on
    assert_eq!(reach, 28);
    assert_eq!(weights(&matrix(1, HAT)), []);
}

#[test]
fn rows_do_not_depend_on_order_threads_or_history() {
    for generator in [NORMAL, SYMMETRIC, UNIFORM, HAT] {
        let network = build(150, generator).unwrap();
        let rows = |threads: usize, sources: &[u32]| {
            let wiring = Wiring::new(&network, 0, threads).unwrap();
            let mut row = Row::default();
            let mut rows = vec![None; 150];
            for &s in sources {
                wiring.row(s, &mut row);
                assert_eq!(row.len(), wiring.out_degrees()[s as usize] as usize);
                assert!(row.targets.is_sorted_by(|a, b| a < b));
                rows[s as usize] =
                    Some((row.targets.clone(), row.weights.clone(), row.delays.clone()));
            }
            rows
        };
        let forward: Vec<u32> = (0..150).collect();
        let reference = rows(1, &forward);
        for threads in [2, 3, 8] {
            let back: Vec<u32> = (0..150).rev().chain([3, 77, 3]).collect();
            assert_eq!(rows(threads, &back), reference, "{generator:?}");
        }
    }
}

/// The same on every machine: bits that were seen once.
#[test]
fn known_weights() {
    let first = |generator| {
        let m = matrix(20, generator);
        let (j, w) = m.row(3).into_iter().enumerate().find(|(_, w)| **w != 0.0).unwrap();
        (j, w.to_bits(), weights(&m).len())
    };
    assert_eq!(
        [NORMAL, SYMMETRIC, UNIFORM, HAT].map(first),
        [
            (0, 4613678983384214106, 195),
            (0, 4611650769091821568, 105),
            (0, 4613920193573289984, 310),
            (0, 13789542088183523328, 380),
        ]
    );
}

#[test]
fn files_say_the_same() {
    let table = [
        ("normal = { mean = 0, std = 1 }", NORMAL),
        (
            "normal = { mean = \"0.002 nA\", std = 5, sparsity = 0.9, glorot = true }",
            Generator::Normal { mean: 2.0, std: 5.0, sparsity: 0.9, glorot: true },
        ),
        ("uniform = { low = -2, high = 2, sparsity = 0.7 }", SYMMETRIC),
        ("uniform = { low = -1, high = 3, sparsity = 0.25 }", UNIFORM),
        ("mexican_hat = { a = 1.0015, sigma_1 = 6.98, sigma_2 = 7 }", HAT),
    ];
    let parse = |text: &str| NetworkFile::parse("generated", text, "").and_then(|f| f.network());
    for (text, generator) in table {
        let network = build(20, generator).unwrap();
        let text = format!(
            "seed = 11\n[populations.A]\nmodel = \"iaf_psc_exp\"\nsize = 20\n\
             [[projections]]\nfrom = \"A\"\nto = \"A\"\n{text}\n"
        );
        assert_eq!(parse(&text).unwrap(), network);
        assert_eq!(parse(&network.to_toml()).unwrap(), network);
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    let normal =
        |std: f64, sparsity: f64| Generator::Normal { mean: 0.0, std, sparsity, glorot: false };
    let uniform = |low: f64, high: f64, sparsity: f64| Generator::Uniform { low, high, sparsity };
    let hat = |a: f64, sigma_1: f64, sigma_2: f64| Generator::MexicanHat { a, sigma_1, sigma_2 };
    let dale = "half of them excite and half inhibit: must be an even number, at least 2";
    let half = "must lie between 0.5 and 1: by Dale's rule at most half of all pairs are connected";
    let table = [
        (21, NORMAL, format!("normal = 21 neurons: {dale}")),
        (1, SYMMETRIC, format!("uniform = 1 neurons: {dale}")),
        (20, normal(1.0, 0.4), format!("normal.sparsity = 0.4: {half}")),
        (20, normal(1.0, 1.5), format!("normal.sparsity = 1.5: {half}")),
        (20, normal(0.0, 0.5), "normal.std = 0: must be > 0".into()),
        (20, normal(f64::NAN, 0.5), "normal = normal (0 ± NaN pA): must be finite".into()),
        (20, uniform(-1.0, 1.0, 0.2), format!("uniform.sparsity = 0.2: {half}")),
        (20, uniform(0.0, 1.0, -0.1), "uniform.sparsity = -0.1: must lie between 0 and 1".into()),
        (20, uniform(2.0, 1.0, 0.5), "uniform = 2 and 1 pA: low must be below high".into()),
        (20, uniform(0.0, 0.0, 0.5), "uniform = 0 and 0 pA: low must be below high".into()),
        (
            20,
            uniform(0.0, f64::INFINITY, 0.5),
            "uniform = uniform in [0, inf pA]: must be finite".into(),
        ),
        (20, hat(f64::NAN, 1.0, 1.0), "mexican_hat.a = NaN: must be finite".into()),
        (20, hat(1.0, 0.0, 1.0), "mexican_hat.sigma_1 = 0: must be > 0".into()),
        (20, hat(1.0, 1.0, f64::INFINITY), "mexican_hat.sigma_2 = inf: must be > 0".into()),
    ];
    for (n, generator, expected) in table {
        let e = build(n, generator).unwrap_err().to_string();
        assert_eq!(e, format!("projections[0].{expected}"));
    }
}

#[test]
fn weights_are_said_once() {
    let with = |describe: fn(ProjectionBuilder) -> ProjectionBuilder| {
        let network = Network::build("twice")
            .population("A", 4, "iaf_psc_exp", |p| p)
            .population("B", 4, "iaf_psc_exp", |p| p)
            .project("A", "A", describe);
        network.finish().unwrap_err().to_string()
    };
    assert_eq!(
        with(|c| c.generator(HAT).weight(2.0)),
        "projections[0].weight = 2 pA: mexican_hat gives every synapse a weight: leave one of the two out"
    );
    assert_eq!(
        with(|c| {
            let edges =
                Edges { pre: vec![0], post: vec![1], weight: Some(vec![3.0]), delay_ms: None };
            c.edges(edges).weight(Distribution::uniform(1.0, 2.0))
        }),
        "projections[0].weight = uniform in [1, 2 pA]: edges gives every synapse a weight: leave one of the two out"
    );
    // plastic weights must start between 0 and w_max
    let e = with(|c| c.generator(NORMAL).plasticity(Plasticity::pair(100.0)));
    assert!(e.contains("plastic weights must start between 0 and w_max"), "{e}");
    let parse = |top: &str, body: &str| {
        let text = format!(
            "{top}\n[populations.A]\nmodel = \"iaf_psc_exp\"\nsize = 4\n\
             [populations.B]\nmodel = \"aeif_cond_exp\"\nsize = 4\n\
             [scaling]\n[[projections]]\n{body}\n"
        );
        let file = NetworkFile::parse("twice", &text, "");
        file.and_then(|f| f.network()).map(|_| ()).unwrap_err().to_string()
    };
    let hat = "mexican_hat = { a = 1, sigma_1 = 1, sigma_2 = 2 }";
    assert_eq!(
        parse("", &format!("from = \"A\"\nto = \"A\"\n{hat}\nweight = 1")),
        "projections[0].weight = 1: mexican_hat gives every synapse a weight: leave one of the two out"
    );
    assert_eq!(
        parse("", &format!("from = \"A\"\nto = \"B\"\n{hat}")),
        "projections[0].mexican_hat = A to B: connects a population with itself"
    );
    assert_eq!(
        parse("", "from = \"A\"\nto = \"A\"\nnormal = { mean = 1 }"),
        "projections[0].normal.std = missing: is needed"
    );
    assert_eq!(
        parse(
            "",
            "from = \"B\"\nto = \"B\"\nuniform = { low = 0.5, high = 1, sparsity = 0 }\nport = \"inh\""
        ),
        "projections[0].uniform = 0.5 nS: must be <= 0: port inh of aeif_cond_exp adds its absolute value to a conductance"
    );
}

/// The part of all pairs that is connected stays, or the number of synapses of a neuron does.
#[test]
fn scaled_networks() {
    let scaled = |generator, n: u32, factor, degrees| {
        let mut network = Network::build("scaled")
            .population("n", n, "bernoulli_glm", |p| p)
            .project("n", "n", |c| c.generator(generator).delay(1.0))
            .finish()
            .expect("a network");
        network.scale(factor, &Scaling { degrees, ..Scaling::default() }).expect("scaled");
        let Connector::Generated(generator) = network.projections[0].connector else {
            panic!("another connector")
        };
        network.validate().map(|()| (network.populations[0].size, generator))
    };
    let normal = |sparsity| Generator::Normal { mean: 0.0, std: 1.0, sparsity, glorot: true };
    // Half of the neurons inhibits, so there is an even number of them.
    assert_eq!(scaled(normal(0.5), 10, 0.75, Degrees::Scale).ok(), Some((8, normal(0.5))));
    assert_eq!(scaled(normal(0.5), 10, 0.01, Degrees::Scale).ok(), Some((2, normal(0.5))));
    assert_eq!(scaled(normal(0.5), 10, 2.0, Degrees::Keep).ok(), Some((20, normal(0.75))));
    let e = scaled(normal(0.5), 10, 0.5, Degrees::Keep).expect_err("more than all pairs");
    assert!(e.to_string().contains("sparsity = 0"), "{e}");
    let uniform = |sparsity| Generator::Uniform { low: 0.0, high: 1.0, sparsity };
    assert_eq!(scaled(uniform(0.2), 9, 3.0, Degrees::Scale).ok(), Some((27, uniform(0.2))));
    assert_eq!(scaled(uniform(0.5), 9, 2.0, Degrees::Keep).ok(), Some((18, uniform(0.75))));
    let hat = |width| Generator::MexicanHat { a: 1.1, sigma_1: width, sigma_2: 2.0 * width };
    assert_eq!(scaled(hat(3.0), 51, 2.0, Degrees::Scale).ok(), Some((102, hat(6.0))));
    assert_eq!(scaled(hat(3.0), 51, 2.0, Degrees::Keep).ok(), Some((102, hat(3.0))));
}
