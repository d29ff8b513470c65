//! How a step is made of drifts.

use crate::equations::{along, bound, relax, twice};
use crate::pointwise::Pointwise;
use isospike_lane::Float;

/// How a step is made. Noise is added once to the new state of Euler's and of the fourth-order
/// scheme, and to all stages of the others; after every stage, values go back to their bounds.
///
/// | | |
/// |---|---|
/// | Euler | x' = x + dt f(x) + n |
/// | Heun | y = x + dt f(x) + n, x' = x + dt/2 (f(x) + f(y)) + n |
/// | RungeKutta4 | k1 = f(x), k2 = f(x + dt/2 k1), k3 = f(x + dt/2 k2), k4 = f(x + dt k3), x' = x + dt/6 (((k1 + 2 k2) + 2 k3) + k4) + n |
/// | Trapezoidal | y = x + dt f(x) + n, then ten times y = y + 2/3 (x + dt/2 (f(x) + f(y)) + n - y) |
///
/// The last is the implicit theta method with theta = 1/2, solved by weighted sweeps as vbjax does;
/// they converge while dt times the steepest slope of f stays above -4, twice as far as Heun's
/// method is stable.
///
/// With noise, Euler's is that of Euler and Maruyama. Noise that depends on the state is taken at
/// the beginning of the step, in Heun's too, as vbjax does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Integrator {
    /// Euler's method, or that of Euler and Maruyama.
    Euler,
    /// Heun's method.
    #[default]
    Heun,
    /// The classical Runge–Kutta method of fourth order.
    RungeKutta4,
    /// The trapezoidal rule: implicit, for stiff nodes.
    Trapezoidal,
}

/// Sweeps of the trapezoidal rule.
pub(crate) const SWEEPS: usize = 10;

impl Integrator {
    /// All of them.
    pub const ALL: [Integrator; 4] =
        [Integrator::Euler, Integrator::Heun, Integrator::RungeKutta4, Integrator::Trapezoidal];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Integrator::Euler => "euler",
            Integrator::Heun => "heun",
            Integrator::RungeKutta4 => "rk4",
            Integrator::Trapezoidal => "trapezoidal",
        }
    }

    /// How many drifts a step takes.
    pub fn stages(self) -> usize {
        match self {
            Integrator::Euler => 1,
            Integrator::Heun => 2,
            Integrator::RungeKutta4 => 4,
            Integrator::Trapezoidal => 1 + SWEEPS,
        }
    }

    /// Whether later stages are at the end of the step.
    pub fn looks_ahead(self) -> bool {
        matches!(self, Integrator::Heun | Integrator::Trapezoidal)
    }

    /// How many drifts are looked back to.
    pub(crate) fn drifts(self) -> usize {
        match self {
            Integrator::Euler => 0,
            Integrator::Heun | Integrator::Trapezoidal => 1,
            Integrator::RungeKutta4 => 4,
        }
    }
}

/// y = x + dt k
#[derive(Clone, Copy)]
pub(crate) struct Along<F>(pub(crate) F);

/// y = x + dt/6 (((k1 + 2 k2) + 2 k3) + k4)
#[derive(Clone, Copy)]
pub(crate) struct Simpson<F>(pub(crate) F);

/// The same, + n
#[derive(Clone, Copy)]
pub(crate) struct SimpsonNoisy<F>(pub(crate) F);

/// y = last + 2/3 (y - last)
#[derive(Clone, Copy)]
pub(crate) struct Relax;

/// Values beyond bounds go to the bound; NaN stays.
#[derive(Clone, Copy)]
pub(crate) struct Bound<F>(pub(crate) F, pub(crate) F);

#[inline(always)]
fn simpson<F: Float>(sixth: F, x: F, [k1, k2, k3, k4]: [F; 4]) -> F {
    along(x, sixth, twice(twice(k1, k2), k3) + k4)
}

impl<F: Float> Pointwise<F, 2, 1> for Along<F> {
    #[inline(always)]
    fn at(&self, [x, k]: [F; 2], _: [F; 1]) -> [F; 1] {
        [along(x, self.0, k)]
    }
}

impl<F: Float> Pointwise<F, 5, 1> for Simpson<F> {
    #[inline(always)]
    fn at(&self, [x, k1, k2, k3, k4]: [F; 5], _: [F; 1]) -> [F; 1] {
        [simpson(self.0, x, [k1, k2, k3, k4])]
    }
}

impl<F: Float> Pointwise<F, 6, 1> for SimpsonNoisy<F> {
    #[inline(always)]
    fn at(&self, [x, k1, k2, k3, k4, n]: [F; 6], _: [F; 1]) -> [F; 1] {
        [simpson(self.0, x, [k1, k2, k3, k4]) + n]
    }
}

impl<F: Float> Pointwise<F, 1, 1> for Relax {
    #[inline(always)]
    fn at(&self, [last]: [F; 1], [y]: [F; 1]) -> [F; 1] {
        [relax(last, y)]
    }
}

impl<F: Float> Pointwise<F, 0, 1> for Bound<F> {
    #[inline(always)]
    fn at(&self, _: [F; 0], [x]: [F; 1]) -> [F; 1] {
        [bound(self.0, self.1, x)]
    }
}
