//! Functions for the host, in double-double: correctly rounded but for one argument in some 10^12,
//! so that derived constants are the same on every machine. Slow (a microsecond); not for lanes.
//!
//! Two doubles carry 106 bits. The error before the final rounding is below 2^-95 of the result,
//! and the result is wrong only if it lies that close to the middle between two neighbours.

use crate::math::poly::two_to as power_of_two;
use std::cell::Cell;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// An unevaluated sum of two doubles, the second below half an ulp of the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Double {
    pub(crate) hi: f64,
    pub(crate) lo: f64,
}

const LN2: Double =
    Double { hi: f64::from_bits(0x3FE6_2E42_FEFA_39EF), lo: f64::from_bits(0x3C7A_BC9E_3B39_803F) };

/// π/2 in four pieces.
const HALF_PI: [u64; 4] =
    [0x3FF9_21FB_5444_2D18, 0x3C91_A626_3314_5C07, 0xB91F_1976_B7ED_8FBC, 0x35B4_CF98_E804_177D];

fn two_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    let v = hi - a;
    Double { hi, lo: (a - (hi - v)) + (b - v) }
}

/// Exact for |a|, |b| below 2^996 and products in the normal range.
fn two_product(a: f64, b: f64) -> Double {
    let halves = |x: f64| {
        let t = x * 134_217_729.0;
        let hi = t - (t - x);
        (hi, x - hi)
    };
    let hi = a * b;
    let ((ah, al), (bh, bl)) = (halves(a), halves(b));
    Double { hi, lo: al * bl - (((hi - ah * bh) - al * bh) - ah * bl) }
}

impl From<f64> for Double {
    fn from(hi: f64) -> Double {
        Double { hi, lo: 0.0 }
    }
}

impl Neg for Double {
    type Output = Double;
    fn neg(self) -> Double {
        Double { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Double {
    type Output = Double;
    fn add(self, o: Double) -> Double {
        let (s, t) = (two_sum(self.hi, o.hi), two_sum(self.lo, o.lo));
        let u = two_sum(s.hi, s.lo + t.hi);
        two_sum(u.hi, u.lo + t.lo)
    }
}

impl Sub for Double {
    type Output = Double;
    fn sub(self, o: Double) -> Double {
        self + -o
    }
}

impl Mul for Double {
    type Output = Double;
    fn mul(self, o: Double) -> Double {
        let p = two_product(self.hi, o.hi);
        two_sum(p.hi, p.lo + (self.hi * o.lo + self.lo * o.hi))
    }
}

impl Div for Double {
    type Output = Double;
    fn div(self, o: Double) -> Double {
        let q1 = self.hi / o.hi;
        let r = self - o * Double::from(q1);
        let q2 = r.hi / o.hi;
        let r = r - o * Double::from(q2);
        two_sum(q1, q2) + Double::from(r.hi / o.hi)
    }
}

impl Double {
    /// Times a power of two that keeps both parts normal.
    fn scaled(self, by: f64) -> Double {
        Double { hi: self.hi * by, lo: self.lo * by }
    }
}

/// (e^r − 1) by its series, |r| below 0.5.
fn expm1_series(r: Double) -> Double {
    let mut sum = Double::from(0.0);
    for k in (1..=28).rev() {
        sum = (sum + Double::from(1.0)) * r / Double::from(f64::from(k));
    }
    sum
}

/// (n, y) with e^x = 2^n y, for |x| below 800.
pub(crate) fn exp_parts(x: Double) -> (i32, Double) {
    let n = (x.hi * std::f64::consts::LOG2_E).round_ties_even();
    let r = x - LN2 * Double::from(n);
    (n as i32, expm1_series(r) + Double::from(1.0))
}

/// 2^n y, rounded once.
fn round_scaled(n: i32, y: Double) -> f64 {
    if n > -1000 {
        // Two factors: 2^1024 is no double.
        return y.hi * power_of_two(n - 1) * 2.0;
    }
    // In units of the smallest subnormal; n is at least -1200 here.
    let units = y.scaled(power_of_two(n + 1074));
    let whole = units.hi.round_ties_even();
    let rest = (units.hi - whole) + units.lo;
    let up = if rest > 0.5 { 1.0 } else { 0.0 } - if rest < -0.5 { 1.0 } else { 0.0 };
    if whole + up >= 4_503_599_627_370_496.0 {
        return y.hi * power_of_two(-1000) * power_of_two(n + 1000);
    }
    f64::from_bits((whole + up) as u64)
}

/// log of a positive finite number given as a sum of two doubles.
pub(crate) fn log_double(x: Double) -> Double {
    // Into [√½, √2), away from subnormals first.
    let small = x.hi < f64::MIN_POSITIVE;
    let x = if small { x.scaled(power_of_two(600)) } else { x };
    let mut k = (x.hi.to_bits() >> 52) as i32 - 1023;
    let mut m = x.scaled(power_of_two(-k / 2)).scaled(power_of_two(-k + k / 2));
    if m.hi > std::f64::consts::SQRT_2 {
        m = m.scaled(0.5);
        k += 1;
    }
    let k = k - if small { 600 } else { 0 };
    let series = log1p_series(m - Double::from(1.0));
    if k == 0 { series } else { series + LN2 * Double::from(f64::from(k)) }
}

/// log(1 + f) = 2 atanh(f / (2 + f)), for f from −0.3 to 0.42.
fn log1p_series(f: Double) -> Double {
    let s = f / (f + Double::from(2.0));
    let z = s * s;
    let mut sum = Double::from(0.0);
    for k in (0..=24).rev() {
        sum = sum * z + Double::from(2.0) / Double::from(f64::from(2 * k + 1));
    }
    sum * s
}

pub(crate) fn log1p_double(x: f64) -> Double {
    if (-0.29..0.41).contains(&x) { log1p_series(x.into()) } else { log_double(two_sum(1.0, x)) }
}

pub(crate) fn expm1_double(x: f64) -> Double {
    if x.abs() < 0.4 {
        return expm1_series(x.into());
    }
    let (n, y) = exp_parts(x.into());
    y.scaled(power_of_two(n)) - Double::from(1.0)
}

/// e^x. The last few arguments of a thread are remembered: the constants of a population's neurons
/// repeat, whatever else differs between them.
pub fn exp(x: f64) -> f64 {
    thread_local! {
        static RECENT: Recent = const { Recent::new() };
    }
    RECENT.with(|recent| recent.value(x, exp_once))
}

/// A function's last arguments and values. It is pure, so this can be seen in its speed only.
struct Recent {
    pairs: [Cell<(u64, f64)>; Recent::LEN],
    oldest: Cell<usize>,
}

impl Recent {
    /// More than the exponentials of any bundled model's constants.
    const LEN: usize = 16;

    const fn new() -> Recent {
        // a NaN, whose exponential is one
        Recent {
            pairs: [const { Cell::new((u64::MAX, f64::NAN)) }; Recent::LEN],
            oldest: Cell::new(0),
        }
    }

    fn value(&self, x: f64, f: impl FnOnce(f64) -> f64) -> f64 {
        let known = self.pairs.iter().map(Cell::get).find(|(bits, _)| *bits == x.to_bits());
        if let Some((_, y)) = known {
            return y;
        }
        let (y, at) = (f(x), self.oldest.get());
        self.pairs[at].set((x.to_bits(), y));
        self.oldest.set((at + 1) % Recent::LEN);
        y
    }
}

fn exp_once(x: f64) -> f64 {
    match x {
        x if x.is_nan() => f64::NAN,
        x if x > 710.0 => f64::INFINITY,
        x if x < -746.0 => 0.0,
        x => {
            let (n, y) = exp_parts(x.into());
            round_scaled(n, y)
        }
    }
}

/// e^x − 1.
pub fn expm1(x: f64) -> f64 {
    match x {
        x if x.is_nan() || x.abs() < 1e-300 => x,
        x if x > 700.0 => exp(x),
        x if x < -50.0 => -1.0,
        x => expm1_double(x).hi,
    }
}

/// Natural logarithm; −∞ at zero, NaN below.
pub fn log(x: f64) -> f64 {
    match x {
        0.0 => f64::NEG_INFINITY,
        f64::INFINITY => x,
        x if x > 0.0 => log_double(x.into()).hi,
        _ => f64::NAN,
    }
}

/// log(1 + x); −∞ at −1, NaN below.
pub fn log1p(x: f64) -> f64 {
    match x {
        -1.0 => f64::NEG_INFINITY,
        f64::INFINITY => x,
        x if x.abs() < 1e-300 => x,
        x if x > -1.0 => log1p_double(x).hi,
        _ => f64::NAN,
    }
}

/// x^y for x ≥ 0; NaN for x < 0.
pub fn pow(x: f64, y: f64) -> f64 {
    if x == 1.0 || y == 0.0 {
        return 1.0;
    }
    if x.is_nan() || y.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 || x == f64::INFINITY {
        return if (x == 0.0) == (y > 0.0) { 0.0 } else { f64::INFINITY };
    }
    let log = log_double(x.into());
    match log.hi * y {
        p if p > 710.0 => f64::INFINITY,
        p if p < -746.0 => 0.0,
        // Too close to 1 to tell, and the product's error term would leave the range.
        p if p.abs() < 1e-100 => 1.0,
        _ => {
            let (n, r) = exp_parts(log * Double::from(y));
            round_scaled(n, r)
        }
    }
}

/// sin and cos of x, |x| up to 10^9.
pub(crate) fn sin_cos_double(x: f64) -> (Double, Double) {
    let n = (x * std::f64::consts::FRAC_2_PI).round_ties_even();
    let mut r = Double::from(x);
    for part in HALF_PI {
        r = r - two_product(n, f64::from_bits(part));
    }
    let z = r * r;
    let one = Double::from(1.0);
    let (mut sine, mut cosine) = (Double::from(0.0), Double::from(0.0));
    for k in (1..=15).rev() {
        let over = |a: i32| Double::from(f64::from(a * (a + 1)));
        sine = -((sine + one) * z) / over(2 * k);
        cosine = -((cosine + one) * z) / over(2 * k - 1);
    }
    let (sine, cosine) = ((sine + one) * r, cosine + one);
    match n.rem_euclid(4.0) as u8 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// Sine; NaN beyond 10^9.
pub fn sin(x: f64) -> f64 {
    match x.abs() {
        a if a < 1e-150 => x,
        a if a <= 1e9 => sin_cos_double(x).0.hi,
        _ => f64::NAN,
    }
}

/// Cosine; NaN beyond 10^9.
pub fn cos(x: f64) -> f64 {
    if x.abs() <= 1e9 { sin_cos_double(x).1.hi } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_values_are_not_computed_again() {
        let (recent, calls) = (Recent::new(), Cell::new(0));
        let value = |x: f64| {
            recent.value(x, |x| {
                calls.set(calls.get() + 1);
                1.0 / x
            })
        };
        for round in 0..3 {
            for x in [0.0, -0.0, 2.0, 3.0] {
                assert_eq!(value(x), 1.0 / x, "round {round}");
            }
        }
        assert_eq!(calls.get(), 4);
        (0..Recent::LEN).for_each(|k| assert_eq!(value(10.0 + k as f64), 1.0 / (10.0 + k as f64)));
        assert_eq!((value(2.0), calls.get()), (0.5, 5 + Recent::LEN));
    }
}
