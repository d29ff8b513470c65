//! Covariates: beside a closed form, and a recording beside the same fit by Newton's method in
//! NumPy (in double precision, to the last digit).

use isospike_glm::{Couplings, Emission, FitOptions, Glm, GlmError, Link, Trains};
use isospike_lane::precise::log;

fn glm(link: Link, emission: Emission) -> Glm {
    Glm { link, emission, scale: 1.0, coupling: vec![], history: vec![] }
}

/// Of conditions that exclude each other each has its own rate, so that the best fit is known:
/// bias + V_g = logit(n_g / N_g) for n_g spikes in the N_g steps of condition g, and the bias alone
/// where there is none.
#[test]
fn conditions_that_exclude_each_other_have_their_own_rates() {
    // (steps, spikes); without a condition first.
    const GROUPS: [(usize, usize); 4] = [(1000, 50), (400, 100), (300, 30), (700, 420)];
    let (mut spikes, mut group) = (Vec::new(), Vec::new());
    for (g, (steps, n)) in GROUPS.into_iter().enumerate() {
        spikes.extend((0..n).map(|i| ((group.len() + i) as u64, 0)));
        group.resize(group.len() + steps, g);
    }
    let mut trains = Trains::new(1, group.len() as u64, spikes).expect("a record");
    for g in 1..GROUPS.len() {
        let indicator = group.iter().map(|h| f64::from(u8::from(*h == g))).collect();
        trains = trains.with_covariate(indicator).expect("a covariate");
    }
    for (link, emission) in [(Link::Sigmoid, Emission::Bernoulli), (Link::Exp, Emission::Poisson)] {
        let options = FitOptions { tolerance: 1e-10, ..FitOptions::default() };
        let fit = glm(link, emission).fit(&trains, &options).expect("a fit");
        assert!(fit.converged, "{} iterations", fit.iterations);
        for (g, (steps, n)) in GROUPS.into_iter().enumerate() {
            let p = n as f64 / steps as f64;
            let known = if link == Link::Exp { log(p) } else { log(p / (1.0 - p)) };
            let own = if g == 0 { 0.0 } else { fit.couplings.covariate(g - 1, 0) };
            let found = fit.couplings.bias(0) + own;
            assert!((found - known).abs() < 1e-6, "{link:?}, {g}: {found}, {known}");
        }
    }
}

/// Steps of 1 ms that are looked back on.
const LAGS: usize = 12;

/// Log-likelihood of the best fit with a ridge of 1, and its bias.
const LOG_LIKELIHOOD: f64 = -789.7160170711209;
const BIAS: f64 = -0.310615645;
/// Weights of own spikes, then of the sound (10 dB above -12 dB), from 1 to 12 ms ago.
const WEIGHTS: [f64; 2 * LAGS] = [
    -5.479356922,
    -5.269791696,
    -2.837290075,
    -1.295975524,
    -0.641946746,
    -0.316943574,
    -0.195621605,
    -0.174310751,
    -0.036541776,
    -0.073470963,
    -0.114868154,
    0.169634669,
    0.02901136,
    -0.188458324,
    0.068539814,
    0.224671868,
    0.006510757,
    0.8570413,
    2.19251849,
    1.153313459,
    -1.027207853,
    -0.413410544,
    0.550667339,
    -0.609678945,
];

/// The first 4 s of the recording that the example fetches; none if it did not.
fn recording() -> Option<Trains> {
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../out/grasshopper/1.csv");
    let text = std::fs::read_to_string(FILE).ok()?;
    let rows = text.lines().filter(|l| !l.starts_with(['#', 's'])).take(4_000);
    let rows = rows.map(|l| l.split_once(',').expect("two columns"));
    let number = |x: &str| x.parse::<f64>().expect("a number");
    let (spikes, sound): (Vec<_>, Vec<_>) =
        rows.map(|(n, db)| (number(n), (number(db) + 12.0) / 10.0)).unzip();
    let at = (0..).zip(&spikes).filter(|(_, n)| **n > 0.0).map(|(t, _)| (t, 0));
    let mut trains = Trains::new(1, spikes.len() as u64, at).expect("a record");
    for values in [&spikes, &sound] {
        for lag in 1..=LAGS {
            let before = |t: usize| t.checked_sub(lag).map_or(0.0, |t| values[t]);
            let values = (0..values.len()).map(before).collect();
            trains = trains.with_covariate(values).expect("a covariate");
        }
    }
    Some(trains)
}

/// An auditory receptor of a grasshopper, from PyPI's nitime.
#[test]
fn a_recording_is_fitted_as_by_newtons_method() {
    let Some(trains) = recording() else {
        let how = "crates/isospike-glm/examples/grasshopper/fetch.py out/grasshopper";
        return println!("SKIPPED a_recording_is_fitted: it is not there; to have it: {how}");
    };
    assert_eq!((trains.steps(), trains.of(0).len()), (4_000, 421));
    let glm = glm(Link::Sigmoid, Emission::Bernoulli);
    let options = FitOptions { ridge: 1.0, tolerance: 1e-10, ..FitOptions::default() };
    let fit = glm.fit(&trains, &options).expect("a fit");
    assert!(fit.converged, "{} iterations", fit.iterations);
    let off = fit.log_likelihood - LOG_LIKELIHOOD;
    assert!(off.abs() < 1e-5, "{}, NumPy {LOG_LIKELIHOOD}", fit.log_likelihood);
    assert!((fit.couplings.bias(0) - BIAS).abs() < 1e-5, "{}", fit.couplings.bias(0));
    for (k, w) in WEIGHTS.iter().enumerate() {
        let ours = fit.couplings.covariate(k, 0);
        assert!((ours - w).abs() < 1e-5, "covariate {k}: {ours}, NumPy {w}");
    }
}

#[test]
fn covariates_must_fit_the_record() {
    let trains = Trains::new(1, 10, [(3, 0)]).expect("a record");
    let e = trains.clone().with_covariate(vec![0.0; 9]).expect_err("too short");
    assert_eq!(e.to_string(), "covariate = 9 values; must have one value per step");
    let e = trains.clone().with_covariate(vec![f64::NAN; 10]).expect_err("not finite");
    assert_eq!(e.to_string(), "covariate = NaN; every value must be finite");
    let glm = glm(Link::Exp, Emission::Poisson);
    let with = trains.with_covariate(vec![0.0; 10]).expect("a covariate");
    let e = glm.likelihood(&with, &Couplings::zero(1)).expect_err("without the covariate");
    assert!(matches!(e, GlmError::Shape { given: (1, 0), needed: (1, 1) }));
}
