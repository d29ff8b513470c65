//! Dual numbers: a value and its derivative, carried through every operation. What is written for
//! [`Number`]s gives numbers with `f64` and derivatives with [`Dual`]: forward mode.

use isospike_lane::Math;
use isospike_lane::precise::exp;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What a closed form of parameters is made of.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A constant.
    fn lit(x: f64) -> Self;
    /// The value.
    fn value(self) -> f64;
    /// e^x.
    fn exp(self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
}

impl Number for f64 {
    fn lit(x: f64) -> f64 {
        x
    }
    fn value(self) -> f64 {
        self
    }
    fn exp(self) -> f64 {
        exp(self)
    }
    fn abs(self) -> f64 {
        f64::abs(self)
    }
}

/// A value and its derivative by whatever varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// Value.
    pub value: f64,
    /// Derivative.
    pub slope: f64,
}

impl Dual {
    /// A value that varies with what the derivative is taken by.
    pub fn new(value: f64, slope: f64) -> Dual {
        Dual { value, slope }
    }
    /// A function with this value here and this derivative.
    fn through(self, value: f64, derivative: f64) -> Dual {
        Dual { value, slope: derivative * self.slope }
    }
    /// The logistic function `1 / (1 + exp(-x))`.
    #[must_use]
    pub fn sigmoid(self) -> Dual {
        let y = Math::sigmoid(self.value);
        self.through(y, y * (1.0 - y))
    }
    /// `max(x, 0)`, with slope 0 where it is 0.
    #[must_use]
    pub fn relu(self) -> Dual {
        if self.value > 0.0 { self } else { Dual::lit(0.0) }
    }
    /// The normal distribution function.
    #[must_use]
    pub fn normal_cdf(self) -> Dual {
        use std::f64::consts::{FRAC_1_SQRT_2, TAU};
        let density = exp(-0.5 * self.value * self.value) / TAU.sqrt();
        self.through(0.5 * Math::erfc(-self.value * FRAC_1_SQRT_2), density)
    }
    /// The square root, with slope 0 where it is 0.
    #[must_use]
    pub fn sqrt(self) -> Dual {
        let y = self.value.sqrt();
        self.through(y, if y > 0.0 { 0.5 / y } else { 0.0 })
    }
}

impl Number for Dual {
    fn lit(x: f64) -> Dual {
        Dual { value: x, slope: 0.0 }
    }
    fn value(self) -> f64 {
        self.value
    }
    fn exp(self) -> Dual {
        let y = exp(self.value);
        self.through(y, y)
    }
    fn abs(self) -> Dual {
        if self.value < 0.0 { -self } else { self }
    }
}

impl Add for Dual {
    type Output = Dual;
    fn add(self, o: Dual) -> Dual {
        Dual::new(self.value + o.value, self.slope + o.slope)
    }
}

impl Sub for Dual {
    type Output = Dual;
    fn sub(self, o: Dual) -> Dual {
        Dual::new(self.value - o.value, self.slope - o.slope)
    }
}

impl Mul for Dual {
    type Output = Dual;
    fn mul(self, o: Dual) -> Dual {
        Dual::new(self.value * o.value, self.slope * o.value + self.value * o.slope)
    }
}

impl Div for Dual {
    type Output = Dual;
    fn div(self, o: Dual) -> Dual {
        let ratio = self.value / o.value;
        Dual::new(ratio, (self.slope - ratio * o.slope) / o.value)
    }
}

impl Neg for Dual {
    type Output = Dual;
    fn neg(self) -> Dual {
        Dual::new(-self.value, -self.slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_what_finite_differences_say() {
        type Function = fn(Dual) -> Dual;
        let functions: [(&str, Function); 9] = [
            ("exp", Number::exp),
            ("abs", Number::abs),
            ("sigmoid", Dual::sigmoid),
            ("relu", Dual::relu),
            ("normal_cdf", Dual::normal_cdf),
            ("sqrt", |x| (x * x + Dual::lit(0.5)).sqrt()),
            ("ratio", |x| (x + Dual::lit(2.0)) / (x * x + Dual::lit(1.0))),
            ("difference", |x| x * x * x - -x),
            ("constant", |_| Dual::lit(3.0)),
        ];
        for (name, f) in functions {
            for x in [-2.3, -0.4, 0.7, 1.9] {
                let h = 1e-6;
                let [above, below] = [x + h, x - h].map(|x| f(Dual::lit(x)).value);
                let slope = f(Dual::new(x, 1.0)).slope;
                let measured = (above - below) / (2.0 * h);
                assert!((slope - measured).abs() < 1e-8, "{name} at {x}: {slope}, {measured}");
            }
        }
    }
}
