//! Draws follow their distributions.

#![allow(clippy::disallowed_methods)] // the standard library is the oracle here

use isospike_net::*;

const N: u32 = 100_000;

fn drawn(d: Distribution) -> Vec<f64> {
    let network = Network::build("draws")
        .population("A", N, "iaf_psc_exp", |p| p.initial("V_m", d))
        .finish()
        .expect("valid");
    let columns = network.initial_table(0, 0);
    match &columns[0] {
        Column::Each(xs) => xs.clone(),
        Column::Uniform(_) => panic!("not drawn"),
    }
}

/// Phi by the series 1/2 + phi(x) (x + x^3/3 + x^5/15 + ...), independent of the library.
fn phi(x: f64) -> f64 {
    if x.abs() > 8.0 {
        return f64::from(x > 0.0);
    }
    let (mut sum, mut term, mut k) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        k += 2.0;
        term *= x * x / k;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Largest distance between the sample's distribution and `cdf`, times sqrt(n): above 1.95 once in
/// 1000 samples.
fn ks(mut xs: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    xs.sort_by(f64::total_cmp);
    let n = xs.len() as f64;
    let d = xs
        .iter()
        .enumerate()
        .map(|(i, &x)| (cdf(x) - (i as f64 + 0.5) / n).abs())
        .fold(0.0, f64::max);
    assert!(d * n.sqrt() < 1.95, "KS {}", d * n.sqrt());
}

#[test]
fn uniform() {
    ks(drawn(Distribution::uniform(-3.0, 5.0)), |x| ((x + 3.0) / 8.0).clamp(0.0, 1.0));
}

#[test]
fn normal() {
    ks(drawn(Distribution::normal(2.0, 3.0)), |x| phi((x - 2.0) / 3.0));
}

#[test]
fn lognormal() {
    ks(drawn(Distribution::lognormal(0.5, 0.8)), |x| phi((x.ln() - 0.5) / 0.8));
}

#[test]
fn redrawn_normal_is_the_truncated_one() {
    let (a, b) = (phi(-0.5), phi(2.0));
    let xs = drawn(Distribution::normal(1.0, 2.0).redrawn(0.0, 5.0));
    assert!(xs.iter().all(|x| (0.0..=5.0).contains(x)));
    ks(xs, |x| (phi((x - 1.0) / 2.0) - a) / (b - a));
}

#[test]
fn redrawn_uniform_and_lognormal() {
    ks(drawn(Distribution::uniform(0.0, 4.0).redrawn(1.0, 9.0)), |x| (x - 1.0) / 3.0);
    let top = phi((2.0f64.ln() - 0.5) / 0.8);
    ks(drawn(Distribution::lognormal(0.5, 0.8).redrawn(0.0, 2.0)), |x| {
        phi((x.ln() - 0.5) / 0.8) / top
    });
}

#[test]
fn clipped_values_become_the_bound() {
    let xs = drawn(Distribution::normal(0.0, 1.0).clipped(-1.0, 0.5));
    let at = |b: f64| xs.iter().filter(|&&x| x == b).count() as f64 / f64::from(N);
    assert!((at(-1.0) - phi(-1.0)).abs() < 0.01);
    assert!((at(0.5) - (1.0 - phi(0.5))).abs() < 0.01);
    assert!(xs.iter().all(|x| (-1.0..=0.5).contains(x)));
}

#[test]
fn moments_and_mean() {
    for d in [
        Distribution::normal(2.0, 3.0),
        Distribution::uniform(-1.0, 7.0),
        Distribution::lognormal(0.1, 0.4),
        Distribution::normal(1.5, 0.75).redrawn(0.05, f64::INFINITY),
        Distribution::normal(0.0, 1.0).clipped(0.0, 1.0),
    ] {
        let xs = drawn(d);
        let mean = xs.iter().sum::<f64>() / xs.len() as f64;
        let var = xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / xs.len() as f64;
        let error = (var / xs.len() as f64).sqrt();
        assert!((mean - d.mean()).abs() < 4.0 * error, "{d:?}: {mean} {}", d.mean());
    }
    assert!((Distribution::normal(2.0, 3.0).mean() - 2.0).abs() < 1e-12);
}

#[test]
fn ranges_are_exact() {
    for d in [
        Distribution::normal(2.0, 3.0),
        Distribution::uniform(-1.0, 7.0),
        Distribution::lognormal(0.1, 0.4),
        Distribution::normal(1.5, 0.75).redrawn(0.05, f64::INFINITY),
        Distribution::normal(0.0, 1.0).clipped(0.0, 1.0),
        Distribution::constant(3.0).clipped(0.0, 2.0),
    ] {
        let (lo, hi) = d.range();
        assert!(lo <= hi && lo >= d.min && hi <= d.max);
        if d.as_constant().is_none() {
            assert!(drawn(d).iter().all(|x| (lo..=hi).contains(x)));
        }
    }
    let (lo, hi) = Distribution::normal(0.0, 1.0).range();
    assert!(lo == -hi && (6.3..6.4).contains(&hi), "{hi}");
    assert_eq!(Distribution::constant(3.0).clipped(0.0, 2.0).range(), (2.0, 2.0));
}

#[test]
fn lanes_have_their_own_state_and_the_same_parameters() {
    let d = Distribution::normal(10.0, 1.0);
    let network = |batch| {
        Network::build("lanes")
            .batch(batch)
            .population("A", 10, "iaf_psc_exp", |p| p.initial("V_m", d).param("tau_m", d))
            .finish()
            .expect("valid")
    };
    let (one, three) = (network(1), network(3));
    assert_eq!(three.initial_table(0, 0), one.initial_table(0, 0));
    assert_ne!(three.initial_table(0, 0), three.initial_table(0, 1));
    assert_eq!(three.param_table(0, 0), one.param_table(0, 0));
    assert_ne!(three.initial_table(0, 0)[0], three.param_table(0, 2)[1]);
}

#[test]
fn polynomials_share_their_variable() {
    let r = Distribution::uniform(0.0, 1.0);
    let of = |coefficients: &[f64]| Value::Polynomial {
        coefficients: coefficients.to_vec(),
        variable: 0,
        of: r,
    };
    let network = Network::build("izhikevich")
        .population("E", 100, "iaf_psc_exp", |p| {
            p.param("E_L", of(&[-65.0, 0.0, 15.0])).param("V_reset", of(&[-66.0, 0.0, 6.0]))
        })
        .finish()
        .expect("valid");
    let (e, v) = (network.param(0, "E_L").unwrap(), network.param(0, "V_reset").unwrap());
    for i in 0..100 {
        let r2 = (e.at(i) + 65.0) / 15.0;
        assert!((0.0..=1.0).contains(&r2));
        assert!((v.at(i) - (-66.0 + 6.0 * r2)).abs() < 1e-12);
    }
    // The model's initial potential follows the parameter.
    assert_eq!(network.initial_table(0, 0)[0], e);
}
