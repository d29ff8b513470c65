//! A fit of a recording, beside the same fit by Newton's method in NumPy (in double precision, to
//! the
//! last digit): an auditory receptor of a grasshopper, see `data/grasshopper.csv`.

use isospike_glm::{Couplings, Emission, FitOptions, Glm, GlmError, Link, Trains};

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

fn recording() -> Trains {
    let text = include_str!("data/grasshopper.csv");
    let rows = text.lines().filter(|l| !l.starts_with(['#', 's']));
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
    trains
}

#[test]
fn a_recording_is_fitted_as_by_newtons_method() {
    let trains = recording();
    assert_eq!((trains.steps(), trains.of(0).len()), (4_000, 421));
    let (link, emission) = (Link::Sigmoid, Emission::Bernoulli);
    let glm = Glm { link, emission, scale: 1.0, coupling: vec![], history: vec![] };
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
    let (link, emission) = (Link::Exp, Emission::Poisson);
    let glm = Glm { link, emission, scale: 1.0, coupling: vec![], history: vec![] };
    let with = trains.with_covariate(vec![0.0; 10]).expect("a covariate");
    let e = glm.likelihood(&with, &Couplings::zero(1)).expect_err("without the covariate");
    assert!(matches!(e, GlmError::Shape { given: (1, 0), needed: (1, 1) }));
}
