//! Distributions: exactness at the edges, moments, and goodness of fit with fixed seeds.

// Powers of two, exact.
#![allow(clippy::disallowed_methods)]

use isospike_lane::distribution::{Bernoulli, bernoulli, exponential, normal, uniform, uniform53};
use isospike_lane::isa::Isa;
use isospike_lane::poisson::{PoissonTable, poisson, poisson_up_to};
use isospike_lane::{Float, Key, Lane, Math, Purpose, fill_draws, precise};

fn words(n: usize) -> Vec<u32> {
    let mut out = vec![0; n];
    fill_draws(Isa::detect(), &mut out, Key(20_261), 3, Purpose::Update.draw(1), 9, 128);
    out
}

/// Kolmogorov's statistic √n D of samples against a distribution function.
fn kolmogorov(mut samples: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let n = samples.len() as f64;
    let distance = |(i, &x): (usize, &f64)| {
        (cdf(x) - i as f64 / n).abs().max((cdf(x) - (i + 1) as f64 / n).abs())
    };
    samples.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

fn phi(z: f64) -> f64 {
    0.5 * Math::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

#[test]
fn bits_of_the_words_are_fair() {
    let words = words(1 << 20);
    for bit in 0..32 {
        let ones = words.iter().filter(|&&u| u >> bit & 1 == 1).count() as f64;
        assert!((ones - 524_288.0).abs() < 5.0 * 512.0, "bit {bit}: {ones}");
    }
    // Neighbouring elements, and a step or a stream later: chi-square over 256 × 256 pairs of
    // leading bytes.
    let mut later = vec![0; 1 << 20];
    fill_draws(Isa::detect(), &mut later, Key(20_261), 4, Purpose::Update.draw(1), 9, 128);
    let shifted = words[1..].iter().chain(&words[..1]);
    for others in [shifted.copied().collect::<Vec<_>>(), later] {
        let mut cells = vec![0u32; 1 << 16];
        for (a, b) in words.iter().zip(&others) {
            cells[(a >> 24 << 8 | b >> 24) as usize] += 1;
        }
        let chi: f64 = cells.iter().map(|&c| (f64::from(c) - 16.0).powi(2) / 16.0).sum();
        let z = (chi - 65_535.0) / (2.0f64 * 65_535.0).sqrt();
        assert!(z.abs() < 5.0, "{z}");
    }
}

#[test]
fn uniforms_are_exact() {
    assert_eq!(uniform::<f32>(u32::MAX), 1.0 - 2.0f32.powi(-24));
    assert_eq!(uniform::<f64>(u32::MAX), 1.0 - 2.0f64.powi(-24));
    assert_eq!(uniform53::<f64>(u32::MAX, u32::MAX), 1.0 - 2.0f64.powi(-53));
    assert_eq!(uniform53::<f64>(0, 64), 2.0f64.powi(-53));
    let u = words(1 << 16).into_iter().map(uniform::<f64>).collect();
    assert!(kolmogorov(u, |x| x) < 1.6);
}

#[test]
fn bernoulli_counts_words_exactly() {
    assert_eq!(Bernoulli::new(0.0).threshold(), 0);
    assert_eq!(Bernoulli::new(1.0).threshold(), 1 << 32);
    assert_eq!(Bernoulli::new(f64::NAN).threshold(), 0);
    assert!(Bernoulli::new(1.0).draw(u32::MAX) && !Bernoulli::new(0.0).draw(0u32));
    let half = Bernoulli::new(0.5);
    assert!(half.draw((1u32 << 31) - 1) && !half.draw(1u32 << 31));
    fn lanes<F: Float>() {
        let p = |x| F::from_f64(x);
        assert!(bernoulli(p(1.0), u32::MAX) && bernoulli(p(1.5), u32::MAX));
        assert!(!bernoulli(p(0.0), 0) && !bernoulli(p(-1.0), 0) && !bernoulli(p(f64::NAN), 0));
        // Small probabilities are resolved to 2^-32.
        let tiny = p(1000.0 * 2.0f64.powi(-32));
        assert!(bernoulli(tiny, 999) && !bernoulli(tiny, 1000));
    }
    lanes::<f32>();
    lanes::<f64>();
}

#[test]
fn normals_are_symmetric_quantiles() {
    for u in words(4096).into_iter().chain([0, 1, 2, (1 << 31) - 1, 1 << 31, u32::MAX]) {
        let z = normal::<f64>(u);
        assert_eq!(z, -normal::<f64>(!u));
        assert_eq!(normal::<f32>(u), -normal::<f32>(!u));
        let p = (f64::from(u) + 0.5) * 2.0f64.powi(-32);
        let same = |a: f64, b: f64, tol: f64| (a - b).abs() <= tol * b.abs();
        // In the upper half the nearer tail is the exact one.
        let reference =
            if u < 1 << 31 { Math::inverse_normal(p) } else { -Math::inverse_normal(1.0 - p) };
        assert!(same(z, reference, 2e-15), "{u}: {z} {reference}");
        assert!(same(f64::from(normal::<f32>(u)), z, 6e-7), "{u}: {} {z}", normal::<f32>(u));
    }
    assert!(normal::<f64>(0) > -6.34 && normal::<f64>(0) < -6.33);
}

#[test]
fn normals_and_exponentials_fit() {
    let words = words(1 << 18);
    let z: Vec<f64> = words.iter().map(|&u| normal(u)).collect();
    let n = z.len() as f64;
    let (mean, square) = (z.iter().sum::<f64>() / n, z.iter().map(|z| z * z).sum::<f64>() / n);
    let fourth = z.iter().map(|z| z.powi(4)).sum::<f64>() / n;
    assert!(mean.abs() < 0.008 && (square - 1.0).abs() < 0.012 && (fourth - 3.0).abs() < 0.08);
    assert!(kolmogorov(z, phi) < 1.6);
    let t: Vec<f64> = words.iter().map(|&u| exponential(u)).collect();
    assert!((t.iter().sum::<f64>() / n - 1.0).abs() < 0.008);
    assert!(kolmogorov(t, |t| -Math::expm1(-t)) < 1.6);
    for u in words[..4096].iter().copied().chain([0, 1, (1 << 31) - 1, 1 << 31, u32::MAX]) {
        let p = (f64::from(u) + 0.5) * 2.0f64.powi(-32);
        let want = if u < 1 << 31 { -precise::log(p) } else { -precise::log1p(p - 1.0) };
        assert!((exponential::<f64>(u) - want).abs() <= 3e-16 * want, "{u}");
        assert!((f64::from(exponential::<f32>(u)) - want).abs() <= 2e-7 * want, "{u}");
    }
}

/// P(X = 0), P(X = 1), ... by the series from an exact e^-rate.
fn poisson_pmf(rate: f64, terms: usize) -> Vec<f64> {
    let mut log = -rate;
    (0..terms)
        .map(|k| {
            if k > 0 {
                log += precise::log(rate / k as f64);
            }
            precise::exp(log)
        })
        .collect()
}

#[test]
fn poisson_tables_have_the_right_moments() {
    for rate in [1e-6, 1e-3, 0.1, 1.0, 1.8, 6.5, 30.0, 128.0, 1000.0, 20_000.0] {
        let table = PoissonTable::new(rate).expect("a valid rate");
        let (mean, variance) = (table.mean() / rate - 1.0, table.variance() / rate - 1.0);
        println!("rate {rate}: {} thresholds, {mean:e} {variance:e}", table.thresholds().len());
        // 2^-33 per threshold in the mean; relative to tiny rates that is the resolution of a word.
        let bound = table.thresholds().len() as f64 * 2.0f64.powi(-33) / rate;
        assert!(mean.abs() <= bound + 1e-9, "{rate}: {mean:e} beyond {bound:e}");
        assert!(variance.abs() <= 100.0 * bound + 3e-7, "{rate}: {variance:e}");
        let mut cdf = 0.0;
        for (k, p) in poisson_pmf(rate, 60).into_iter().enumerate() {
            cdf += p;
            if let Some(t) = table.thresholds().get(k).filter(|_| table.base() == 0) {
                let want = cdf * 2.0f64.powi(32);
                assert!((f64::from(*t) - want).abs() <= 0.51, "{rate} {k}: {t} {want}");
            }
        }
    }
    let none = PoissonTable::new(0.0).expect("zero is a rate");
    assert_eq!((none.max(), none.count(u32::MAX), none.mean()), (0, 0, 0.0));
    assert!(PoissonTable::new(-1.0).is_none() && PoissonTable::new(f64::NAN).is_none());
}

#[test]
fn poisson_counts_agree_however_found() {
    let mut words = words(4096);
    words.extend([0, 1, u32::MAX, 1 << 31]);
    for rate in [0.0, 0.01, 1.8, 7.0, 40.0, 300.0, 5000.0] {
        let table = PoissonTable::new(rate).expect("a valid rate");
        let edges = table.thresholds().iter().flat_map(|&t| [t, t - 1]);
        let words: Vec<u32> = words.iter().copied().chain(edges).collect();
        let want: Vec<i32> = words
            .iter()
            .map(|&u| {
                (table.base() as usize + table.thresholds().partition_point(|&t| t <= u)) as i32
            })
            .collect();
        for isa in Isa::ALL {
            let mut got = vec![7; words.len()];
            table.add(isa, &words, -3, &mut got);
            let want: Vec<i32> = want.iter().map(|n| 7 - 3 * n).collect();
            assert_eq!(got, want, "{rate} {isa:?}");
            let mut got = vec![7i64; words.len()];
            table.add(isa, &words, -3 << 33, &mut got);
            let want: Vec<i64> = want.iter().map(|n| (i64::from(n - 7) << 33) + 7).collect();
            assert_eq!(got, want, "{rate} {isa:?}");
        }
        let n = words.len() as f64;
        let mean = want.iter().map(|&n| f64::from(n)).sum::<f64>() / n;
        if rate > 0.0 && rate < 7.5 {
            assert!((mean - rate).abs() < 5.0 * (rate / n).sqrt() + 0.05 * rate, "{rate}: {mean}");
        }
    }
}

/// Distances of the count's distribution over a stratified set of words: total variation, mean,
/// variance.
fn poisson_errors<F: Float>(rate: f64) -> (f64, f64, f64) {
    const BITS: u32 = 18;
    let terms = (rate + 12.0 * rate.sqrt() + 30.0) as usize;
    let mut cells = vec![0.0; terms];
    for i in 0..1u32 << BITS {
        let u = (i << (32 - BITS)) + (1 << (31 - BITS));
        let n = poisson::<F>(F::from_f64(rate), u).to_f64();
        cells[n as usize] += 2.0f64.powi(-(BITS as i32));
    }
    let pmf = poisson_pmf(F::from_f64(rate).to_f64(), terms);
    let distance = cells.iter().zip(&pmf).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0;
    let moment = |p: i32, of: &[f64]| -> f64 {
        of.iter().enumerate().map(|(k, q)| (k as f64 - rate).powi(p) * q).sum()
    };
    let variance = moment(2, &cells) - moment(1, &cells).powi(2);
    (distance, moment(1, &cells) / rate, variance / rate - 1.0)
}

#[test]
fn poisson_with_a_lane_valued_rate_is_close() {
    for rate in [0.001, 0.1, 1.0, 3.0, 5.99, 6.01, 8.0, 15.0, 50.0, 400.0, 3000.0] {
        for (name, (distance, mean, variance)) in
            [("f32", poisson_errors::<f32>(rate)), ("f64", poisson_errors::<f64>(rate))]
        {
            println!(
                "rate {rate} {name}: distance {distance:.1e} mean {mean:+.1e} variance {variance:+.1e}"
            );
            assert!(distance < 2e-3 && mean.abs() < 1e-3 && variance.abs() < 2e-2, "{rate} {name}");
        }
    }
    assert_eq!(poisson(0.0f32, 0), 0.0);
    assert_eq!(poisson(-1.0f64, 0), 0.0);
    assert!(poisson(f64::NAN, 0).is_nan());
    assert_eq!(poisson(<f32 as Lane>::lit(1e-6), 4294), 1.0);
    assert_eq!(poisson(<f32 as Lane>::lit(1e-6), 4296), 0.0);
}

/// P(X > k) for k from 0 on, by sums from the small end.
fn poisson_tails(rate: f64, terms: usize) -> Vec<f64> {
    let mut above = 0.0;
    let pmf = poisson_pmf(rate, terms + 200);
    let mut tails: Vec<f64> = pmf.iter().rev().map(|p| (above += p, above).1).collect();
    tails.reverse();
    tails[1..=terms].to_vec()
}

#[test]
fn counts_that_stop_are_exact_up_to_where_they_stop() {
    fn check<F: Float>(rate: f64, tolerance: f64) {
        const BITS: u32 = 16;
        let mut cells = [0.0; 17];
        for i in 0..1u32 << BITS {
            let u = (i << (32 - BITS)) + (1 << (31 - BITS));
            let n = poisson_up_to::<F, 16>(F::from_f64(rate), u).to_f64();
            cells[n as usize] += 2.0f64.powi(-(BITS as i32));
        }
        let tails = poisson_tails(rate, 16);
        let mut above = 1.0;
        for (k, cell) in cells.iter().enumerate() {
            let next = tails.get(k).copied().unwrap_or(0.0);
            assert!((cell - (above - next)).abs() < tolerance, "{rate}: {k} has {cell}");
            above = next;
        }
    }
    for rate in [0.001, 0.1, 1.0, 5.0, 9.0, 14.0, 30.0, 80.0] {
        check::<f32>(rate, 4e-5);
        check::<f64>(rate, 4e-5);
    }
    assert_eq!(poisson_up_to::<f32, 16>(f32::INFINITY, 7), 16.0);
    assert_eq!(poisson_up_to::<f64, 16>(1e9, u32::MAX), 16.0);
    assert_eq!(poisson_up_to::<f32, 16>(f32::NAN, 0), 0.0);
    assert_eq!(poisson_up_to::<f32, 16>(-3.0, 0), 0.0);
}

#[test]
fn the_smallest_words_count_no_rounding_errors() {
    for rate in [1e-9, 1e-6, 3e-4, 0.009257, 0.1, 0.7] {
        let tails = poisson_tails(rate, 16);
        for u in 0..64u32 {
            let v = (f64::from(u) + 0.5) / 4_294_967_296.0;
            let counted = [
                poisson_up_to::<f32, 16>(rate as f32, u) as f64,
                poisson_up_to::<f64, 16>(rate, u),
            ];
            // a tail within the rounding of the largest one may be on either side
            let between = |slack: f64| tails.iter().filter(|t| v < **t + slack).count() as f64;
            for (n, rounding) in counted.into_iter().zip([2e-7 * rate, 4e-16 * rate]) {
                let (least, most) = (between(-rounding), between(0.0));
                assert!(n >= least && n <= most + 1.0, "{rate}, word {u}: {n}, {least} to {most}");
            }
        }
    }
}
