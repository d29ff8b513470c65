//! Exact binomial and hypergeometric counts from one uniform number.
//!
//! Inversion outward from the mode: the probability of the mode from Loader's saddle-point form
//! (accurate to ~1e-14 for any size), its neighbours by ratio. Takes about as many steps as the
//! count has standard deviations' worth of values, which is what splitting a total over a tree of
//! sources costs.

use isospike_lane::Math;

/// ln(n!) minus Stirling's approximation (n + 1/2) ln n - n + ln(2 pi)/2.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        // ln n! from the exact factorial, which fits into 53 bits up to 15!.
        let factorial = (1..=n as u64).fold(1.0, |f, k| f * k as f64);
        let half_ln_2pi = 0.918_938_533_204_672_8;
        return if n == 0.0 {
            0.0
        } else {
            Math::log(factorial) - (n + 0.5) * Math::log(n) + n - half_ln_2pi
        };
    }
    let q = 1.0 / (n * n);
    let series = 1.0 / 12.0 - q * (1.0 / 360.0 - q * (1.0 / 1260.0 - q * (1.0 / 1680.0)));
    series / n
}

/// x ln(x/m) + m - x without cancellation.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() < 0.1 * (x + m) {
        let v = (x - m) / (x + m);
        let (mut sum, mut term) = ((x - m) * v, 2.0 * x * v);
        let v2 = v * v;
        for j in 1..1000 {
            term *= v2;
            let next = sum + term / f64::from(2 * j + 1);
            if next == sum {
                break;
            }
            sum = next;
        }
        return sum;
    }
    x * Math::log(x / m) + m - x
}

/// Probability of k successes in n trials (Loader 2000, "Fast and accurate computation of binomial
/// probabilities").
pub(crate) fn binomial_pmf(k: f64, n: f64, p: f64) -> f64 {
    let q = 1.0 - p;
    if p == 0.0 || p == 1.0 {
        return f64::from(k == n * p);
    }
    if k == 0.0 {
        let l = if p < 0.1 { -deviance(n, n * q) - n * p } else { n * Math::log(q) };
        return Math::exp(l);
    }
    if k == n {
        let l = if q < 0.1 { -deviance(n, n * p) - n * q } else { n * Math::log(p) };
        return Math::exp(l);
    }
    let l = stirling_error(n)
        - stirling_error(k)
        - stirling_error(n - k)
        - deviance(k, n * p)
        - deviance(n - k, n * q);
    let tau = 2.0 * std::f64::consts::PI;
    Math::exp(l) * (n / (tau * k * (n - k))).sqrt()
}

/// The count whose cumulative probability, summed outward from the mode, first exceeds `u`.
/// `up(k)` is P(k+1)/P(k), `down(k)` is P(k-1)/P(k).
fn outward(
    u: f64,
    range: (u64, u64),
    mode: u64,
    p_mode: f64,
    up: impl Fn(f64) -> f64,
    down: impl Fn(f64) -> f64,
) -> u64 {
    let mut left = u - p_mode;
    if left < 0.0 {
        return mode;
    }
    let (mut hi, mut p_hi) = (mode, p_mode);
    let (mut lo, mut p_lo) = (mode, p_mode);
    loop {
        p_hi = if hi < range.1 { p_hi * up(hi as f64) } else { 0.0 };
        if p_hi > 0.0 {
            hi += 1;
            left -= p_hi;
            if left < 0.0 {
                return hi;
            }
        }
        p_lo = if lo > range.0 { p_lo * down(lo as f64) } else { 0.0 };
        if p_lo > 0.0 {
            lo -= 1;
            left -= p_lo;
            if left < 0.0 {
                return lo;
            }
        }
        // What is left is rounding error of the sum (~1e-12).
        if p_hi + p_lo < 1e-30 {
            return mode;
        }
    }
}

/// Successes in n trials of probability p, from a uniform number in [0, 1).
pub(crate) fn binomial(n: u64, p: f64, u: f64) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    let nf = n as f64;
    let mode = (((nf + 1.0) * p).floor() as u64).min(n);
    let odds = p / (1.0 - p);
    outward(
        u,
        (0, n),
        mode,
        binomial_pmf(mode as f64, nf, p),
        |k| (nf - k) / (k + 1.0) * odds,
        |k| k / ((nf - k + 1.0) * odds),
    )
}

/// Marked items among `draws` taken without replacement from `total` items of which `marked` are
/// marked, from a uniform number in [0, 1).
pub(crate) fn hypergeometric(total: u64, marked: u64, draws: u64, u: f64) -> u64 {
    let range = ((draws + marked).saturating_sub(total), draws.min(marked));
    if range.0 == range.1 {
        return range.0;
    }
    let (nt, nm, nd) = (total as f64, marked as f64, draws as f64);
    let mode = (((nd + 1.0) * ((nm + 1.0) / (nt + 2.0))).floor() as u64).clamp(range.0, range.1);
    let (k, p) = (mode as f64, nd / nt);
    let p_mode =
        binomial_pmf(k, nm, p) * binomial_pmf(nd - k, nt - nm, p) / binomial_pmf(nd, nt, p);
    let rest = nt - nm - nd;
    outward(
        u,
        range,
        mode,
        p_mode,
        |k| (nm - k) / (k + 1.0) * ((nd - k) / (rest + k + 1.0)),
        |k| k / (nm - k + 1.0) * ((rest + k) / (nd - k + 1.0)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binomial_pmf_known_values() {
        // 10 over 3 at 1/2, and a value from the exact rational sum.
        assert!((binomial_pmf(3.0, 10.0, 0.5) - 120.0 / 1024.0).abs() < 1e-15);
        assert!((binomial_pmf(0.0, 4.0, 0.25) - 81.0 / 256.0).abs() < 1e-15);
        assert!((binomial_pmf(4.0, 4.0, 0.25) - 1.0 / 256.0).abs() < 1e-16);
        for (n, p) in [(20u32, 0.3), (1000, 0.01), (5000, 0.77)] {
            let sum: f64 = (0..=n).map(|k| binomial_pmf(f64::from(k), f64::from(n), p)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{n} {p}: {sum}");
        }
    }

    fn moments(xs: impl Iterator<Item = u64>) -> (f64, f64) {
        let xs: Vec<f64> = xs.map(|x| x as f64).collect();
        let mean = xs.iter().sum::<f64>() / xs.len() as f64;
        (mean, xs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / xs.len() as f64)
    }

    #[test]
    fn binomial_moments() {
        // An equidistant grid of u integrates the quantile function almost exactly.
        let grid = 40_000u32;
        for (n, p) in [(10u64, 0.5), (1000, 0.013), (45_499_805, 0.5), (3_000, 0.999)] {
            let (m, v) =
                moments((0..grid).map(|i| binomial(n, p, (f64::from(i) + 0.5) / f64::from(grid))));
            let (mean, var) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((m - mean).abs() < 2e-3 * var.sqrt(), "{n} {p}: mean {m}");
            assert!((v / var - 1.0).abs() < 3e-3, "{n} {p}: variance {v}");
        }
        assert_eq!(binomial(7, 1.0, 0.3), 7);
        assert_eq!(binomial(7, 0.0, 0.3), 0);
        assert!(binomial(7, 0.5, 1.0 - f64::EPSILON) <= 7);
    }

    #[test]
    fn hypergeometric_moments() {
        let grid = 40_000u32;
        for (n, k, d) in [(100u64, 50u64, 10u64), (1_000_000, 500_000, 300_000), (50, 25, 40)] {
            let (m, v) = moments(
                (0..grid).map(|i| hypergeometric(n, k, d, (f64::from(i) + 0.5) / f64::from(grid))),
            );
            let (nf, kf, df) = (n as f64, k as f64, d as f64);
            let mean = df * kf / nf;
            let var = df * kf / nf * (1.0 - kf / nf) * (nf - df) / (nf - 1.0);
            assert!((m - mean).abs() < 2e-3 * var.sqrt(), "mean {m} {mean}");
            assert!((v / var - 1.0).abs() < 3e-3, "variance {v} {var}");
        }
        assert_eq!(hypergeometric(10, 5, 10, 0.7), 5);
        assert_eq!(hypergeometric(10, 10, 4, 0.7), 4);
    }
}
