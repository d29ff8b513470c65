//! Expected spikes and their derivatives, followed in forward mode, beside the models' own steps:
//! the same spikes and arrivals are stepped through with parameters a little larger and a little
//! smaller.

use isospike_lane::isa::Isa;
use isospike_model::{
    ALIGN, Block, Column, Dual, Forward, ModelDef, ModelRef, Number, Of, Seen, Sums, by_name,
};

const STEPS: usize = 60;
/// Arrivals are whole units of this.
const UNIT: f64 = 1.0 / 1024.0;

/// Numbers from 0 to 1 that anyone can repeat.
fn random(mut seed: u64) -> impl FnMut() -> f64 {
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as f64 / (1u64 << 31) as f64
    }
}

/// What happened, by step and element: nothing of it depends on parameters.
struct Fixed {
    arrived: Vec<Vec<f64>>,
    spikes: Vec<Vec<f64>>,
    injected: Vec<Vec<f64>>,
}

impl Fixed {
    fn new(injected: f64) -> Fixed {
        let mut next = random(5);
        let mut table = |f: &dyn Fn(f64) -> f64| -> Vec<Vec<f64>> {
            (0..STEPS).map(|_| (0..ALIGN).map(|_| f(next())).collect()).collect()
        };
        Fixed {
            arrived: table(&|u| (400.0 * (u - 0.5)).round() * UNIT),
            spikes: table(&|u| if u < 0.15 { 1.0 } else { 0.0 }),
            injected: table(&|u| injected * u),
        }
    }
}

/// A model with its parameters and the kernels that the network gives.
#[derive(Clone)]
struct Case {
    model: ModelRef,
    dt: f64,
    params: Vec<f64>,
    given: [Option<Vec<f64>>; 2],
}

impl Case {
    fn new(model: &str, dt: f64, params: &[(&str, f64)]) -> Case {
        let model = by_name(model).expect("a model");
        let value = |name: &str| params.iter().find(|p| p.0 == name).map(|p| p.1);
        let all = model.params().iter().map(|p| value(p.name).unwrap_or(p.default)).collect();
        Case { model, dt, params: all, given: [None, None] }
    }

    fn kernel(&self, filter: usize) -> Vec<f64> {
        let given = self.given[filter].clone();
        given.unwrap_or_else(|| self.model.kernel(&self.params, self.dt, filter))
    }

    /// Steps the model through what happened. Gives the mean of the `rate`, or of the probability
    /// of a spike at `g`, and what each step left.
    fn steps(&self, fixed: &Fixed, expected: &dyn Fn(&Case, f64, f64) -> f64) -> (f64, Vec<Left>) {
        let m = self.model;
        let slot = |name: &str| m.state().iter().position(|s| s.name == name);
        let mut state: Vec<Vec<f64>> =
            m.initial(&self.params).iter().map(|&x| vec![x; ALIGN]).collect();
        let consts: Vec<_> =
            m.derive(&self.params, self.dt).into_iter().map(Column::Uniform).collect();
        let kernels: Vec<_> = (0..m.filters().len()).map(|f| self.kernel(f)).collect();
        let (mut sum, mut left) = (0.0, Vec::new());
        for t in 0..STEPS {
            let filtered: Vec<Vec<f64>> = m
                .filters()
                .iter()
                .zip(&kernels)
                .map(|(info, kernel)| {
                    let (past, newest) = match info.of {
                        Of::Port(_) => (&fixed.arrived, t as i64),
                        Of::State(_) => (&fixed.spikes, t as i64 - 1),
                    };
                    let term = |k: usize, e: usize| match newest - k as i64 {
                        before if before < 0 => 0.0,
                        at => kernel[k] * past[at as usize][e],
                    };
                    let sum = |e| (0..kernel.len()).map(|k| term(k, e)).sum();
                    (0..ALIGN).map(sum).collect()
                })
                .collect();
            let mut sums: Vec<i64> =
                fixed.arrived[t].iter().map(|x| (x / UNIT).round() as i64).collect();
            let draws = [vec![0; ALIGN], vec![u32::MAX; ALIGN]];
            m.step_f64(
                Isa::detect(),
                Block {
                    len: ALIGN,
                    state: &mut state.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(),
                    consts: &consts,
                    sums: Sums::I64(&mut [&mut sums]),
                    scale: &[UNIT],
                    filtered: &filtered.iter().map(|f| &f[..]).collect::<Vec<_>>(),
                    current: Column::Each(&fixed.injected[t]),
                    draws: &draws.iter().take(m.draws()).map(|d| &d[..]).collect::<Vec<_>>(),
                    spiked: &mut [false; ALIGN],
                },
            );
            let of = |name| slot(name).map_or(vec![0.0; ALIGN], |s| state[s].clone());
            let (g, rate) = (of("g"), of("rate"));
            sum += g.iter().zip(&rate).map(|(&g, &r)| expected(self, g, r)).sum::<f64>();
            left.push(Left { g, activation: of("activation"), rate });
            state[slot("spikes").expect("spikes")].clone_from(&fixed.spikes[t]);
        }
        (sum / (STEPS * ALIGN) as f64, left)
    }

    fn forward(&self) -> Forward {
        let drives = (0..self.params.len()).map(|p| {
            let row = self.params.iter().enumerate();
            let row: Vec<_> =
                row.map(|(i, &x)| Dual::new(x, if i == p { 1.0 } else { 0.0 })).collect();
            let mut drive = self.model.drive(&row, self.dt).expect("a drive");
            for (kernel, given) in drive.kernels.iter_mut().zip(&self.given) {
                if let Some(given) = given {
                    *kernel = given.iter().map(|&k| Dual::lit(k)).collect();
                }
            }
            vec![drive]
        });
        Forward::new(drives.collect(), ALIGN, 1)
    }

    /// Compares values and derivatives by all parameters that can change a little.
    fn check(&self, fixed: &Fixed, expected: &dyn Fn(&Case, f64, f64) -> f64) {
        let name = self.model.name();
        let mut forward = self.forward();
        let (value, left) = self.steps(fixed, expected);
        for (t, Left { g, activation, .. }) in left.iter().enumerate() {
            let (spikes, arrived) = (&fixed.spikes[t], &fixed.arrived[t]);
            forward.step(&Seen { g, spikes, activation, arrived });
        }
        let (mean, gradient) = forward.take();
        assert!((mean - value).abs() <= 1e-12 * value, "{name}: {mean}, {value}");
        let rates: f64 = left.iter().flat_map(|l| &l.rate).sum();
        assert!(value > 1e-4 && (rates > 0.0 || name == "threshold_sam"), "{name}: {value}");
        for (p, info) in self.model.params().iter().enumerate() {
            if info.unit == "steps" || info.name == "squared" {
                continue;
            }
            let at = |x: f64| {
                let mut case = self.clone();
                case.params[p] = x;
                case.steps(fixed, expected).0
            };
            let (x, h) = (self.params[p], 1e-5 * self.params[p].abs().max(1e-3));
            let measured = (at(x + h) - at(x - h)) / (2.0 * h);
            let near = 1e-6 * measured.abs() + 1e-10 * value / h;
            let slope = gradient[p];
            assert!((slope - measured).abs() <= near, "{name}.{}: {slope}, {measured}", info.name);
            assert!(slope != 0.0, "{name}.{}: nothing depends on it", info.name);
        }
    }
}

/// State that a step left.
struct Left {
    g: Vec<f64>,
    activation: Vec<f64>,
    rate: Vec<f64>,
}

#[test]
fn derivatives_are_what_finite_differences_of_the_steps_say() {
    let fixed = Fixed::new(0.2);
    let rate = |_: &Case, _: f64, rate: f64| rate;
    let once = |_: &Case, _: f64, rate: f64| rate.min(1.0);
    let kernels = [("coupling_window", 6.0), ("abs_ref_scale", 2.0), ("rel_ref_scale", 3.0)];
    let gains =
        [("theta", 1.5), ("r", 0.8), ("abs_ref_strength", -3.0), ("rel_ref_strength", -2.0)];
    let bernoulli: Vec<_> = kernels.into_iter().chain(gains).collect();
    Case::new("bernoulli_glm", 0.5, &bernoulli).check(&fixed, &rate);
    let exponential =
        [("alpha", 8.0), ("beta", 1.3), ("r", 0.7), ("b", 0.3), ("T", 5.0), ("tau", 2.0)];
    Case::new("poisson_glm", 0.5, &exponential).check(&fixed, &rate);
    let linear =
        [("lambda_0", 0.4), ("theta", -0.2), ("r", 0.5), ("b", 0.1), ("T", 4.0), ("tau", 3.0)];
    Case::new("rectified_lnp", 0.5, &linear).check(&fixed, &rate);
    let activation = [("lambda_0", 0.4), ("theta", -0.2), ("r", 0.5), ("b", 0.1), ("tau", 3.0)];
    Case::new("rectified_sam", 0.5, &activation).check(&fixed, &rate);
    // the general form with every link, and a Bernoulli rate above 1 here and there
    for (model, scale) in [
        ("glm_sigmoid_bernoulli", 1.0),
        ("glm_exp_bernoulli", 0.9),
        ("glm_relu_bernoulli", 0.9),
        ("glm_sigmoid_poisson", 1.3),
        ("glm_exp_poisson", 1.3),
        ("glm_relu_poisson", 1.3),
    ] {
        let gains = [("theta", 0.1), ("b", 0.3), ("r", 0.9), ("beta", 1.1), ("scale", scale)];
        let mut case = Case::new(model, 0.5, &gains);
        case.given = [Some(vec![1.0, 0.5, 0.25, 0.1]), Some(vec![-1.0, -0.4])];
        case.check(&fixed, if model.ends_with("bernoulli") { &once } else { &rate });
    }
}

/// The probability that a threshold is passed, by the normal distribution.
fn passes(case: &Case, g: f64, _: f64) -> f64 {
    use isospike_lane::Math;
    let param = |name: &str| {
        let at = case.model.params().iter().position(|p| p.name == name);
        case.params[at.expect("a parameter")]
    };
    let missing = (param("theta") - g) / param("b");
    let above = |x: f64| 0.5 * Math::erfc(x / (2.0f64.sqrt() * param("sigma")));
    let with = match param("squared") == 1.0 {
        true if missing > 0.0 => 2.0 * above(missing.sqrt()),
        true => 1.0,
        false => above(missing),
    };
    let without = if missing < 0.0 { 1.0 } else { 0.0 };
    param("rho") * with + (1.0 - param("rho")) * without
}

#[test]
fn a_noisy_threshold_has_an_expectation_with_derivatives_too() {
    for squared in [0.0, 1.0] {
        let params = [("theta", 1.2), ("r", 1.5), ("b", 0.8), ("sigma", 0.6), ("rho", 0.3)];
        let mut case = Case::new("threshold_sam", 0.5, &params);
        let at = case.model.params().iter().position(|p| p.name == "squared");
        case.params[at.expect("a parameter")] = squared;
        case.check(&Fixed::new(0.0), &passes);
    }
}

#[test]
fn models_without_an_expectation_have_no_drive() {
    for name in ["iaf_psc_exp", "glm_threshold"] {
        let model = by_name(name).expect("a model");
        let row: Vec<_> = model.params().iter().map(|p| Dual::lit(p.default)).collect();
        assert!(ModelDef::drive(model, &row, 1.0).is_none(), "{name}");
    }
}

#[test]
fn means_begin_anew_when_they_are_taken() {
    let case = Case::new("rectified_lnp", 1.0, &[("b", 0.01)]);
    let mut forward = case.forward();
    let (zero, g) = (vec![0.0; ALIGN], vec![0.01; ALIGN]);
    assert!(forward.asks_arrived());
    let seen = Seen { g: &g, spikes: &zero, activation: &[], arrived: &zero };
    forward.step(&seen);
    let first = forward.take();
    forward.step(&seen);
    forward.step(&seen);
    let second = forward.take();
    assert!((first.0 - second.0).abs() < 1e-15 && first.0 > 0.0);
    assert_eq!(forward.take(), (0.0, vec![0.0; 6]));
}
