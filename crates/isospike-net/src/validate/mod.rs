//! Whether a network can be simulated, and if not, which field is wrong and what it may hold.

mod plasticity;
mod population;
mod projection;

use crate::{Distribution, NetError, Network, Shape};

/// Longest delay (steps).
pub const MAX_DELAY_STEPS: u32 = 1 << 20;

/// The least part of a distribution that must lie within its bounds when values outside are drawn
/// again.
pub const MIN_MASS: f64 = 1e-6;

impl Network {
    /// Checks everything that can be wrong with the description, except what only a device can
    /// know.
    ///
    /// # Errors
    /// The first thing found, with its path (`projections[3].weight`,
    /// `populations.L4E.params.tau_m`), its value and what is allowed.
    pub fn validate(&self) -> Result<(), NetError> {
        if !(self.dt_ms.is_finite() && self.dt_ms > 0.0) {
            return Err(NetError::value("dt", ms(self.dt_ms), "must be > 0 ms"));
        }
        if self.lane_seeds.is_empty() {
            return Err(NetError::value("lane_seeds", "[]", "must hold one seed per lane"));
        }
        if self.populations.is_empty() {
            return Err(NetError::value("populations", "none", "must hold at least one"));
        }
        for (i, p) in self.populations.iter().enumerate() {
            check_name(&p.name)?;
            if self.populations[..i].iter().any(|q| q.name == p.name) {
                let path = format!("populations[{i}].name");
                return Err(NetError::value(path, &p.name, "is taken: names must be unique"));
            }
            self.validate_population(i)?;
        }
        if self.neurons() > u64::from(u32::MAX) {
            let n = format!("{} neurons", self.neurons());
            return Err(NetError::value("populations", n, "must be < 2^32 together"));
        }
        (0..self.projections.len()).try_for_each(|i| self.validate_projection(i))
    }
}

fn check_name(name: &str) -> Result<(), NetError> {
    let letter = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(letter) {
        return Ok(());
    }
    let allowed = "must be a name of letters, digits, `_` and `-`";
    Err(NetError::value("populations", format!("`{name}`"), allowed))
}

/// A time for a message.
pub(crate) fn ms(x: f64) -> String {
    with_unit(x, "ms")
}

/// A number for a message.
pub(crate) fn with_unit(x: f64, unit: &str) -> String {
    if unit.is_empty() { x.to_string() } else { format!("{x} {unit}") }
}

/// Six digits of a drawn value, for a message.
pub(crate) fn short(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
}

/// Whether a time is a whole number of steps, but for rounding.
pub(crate) fn on_grid(ms: f64, dt_ms: f64) -> bool {
    let steps = ms / dt_ms;
    (steps - steps.round_ties_even()).abs() <= 1e-6
}

/// Checks the numbers of a distribution and that something can be drawn from it.
pub(crate) fn check_distribution(path: &str, d: &Distribution, unit: &str) -> Result<(), NetError> {
    let shown = || show(d, unit);
    let wrong = |allowed: &str| Err(NetError::value(path, shown(), allowed));
    let (a, b) = match d.shape {
        Shape::Constant(c) => (c, c),
        Shape::Uniform(a, b) | Shape::Normal(a, b) | Shape::LogNormal(a, b) => (a, b),
    };
    if !(a.is_finite() && b.is_finite()) {
        return wrong("must be finite");
    }
    match d.shape {
        Shape::Uniform(lo, hi) if lo > hi => {
            return wrong("the lower end must not exceed the upper");
        }
        Shape::Normal(_, sd) | Shape::LogNormal(_, sd) if sd < 0.0 => {
            return wrong("the standard deviation must be >= 0");
        }
        _ => {}
    }
    if d.min.is_nan() || d.max.is_nan() || d.min > d.max {
        return wrong("min must not exceed max");
    }
    if d.outside == crate::Outside::Redraw && d.mass_inside() < MIN_MASS {
        let mass = d.mass_inside();
        return wrong(&format!(
            "cannot be redrawn into its bounds, which hold {mass:e} of it; at least {MIN_MASS:e} \
             is needed"
        ));
    }
    let (lo, hi) = d.range();
    if lo.is_finite() && hi.is_finite() { Ok(()) } else { wrong("draws must be finite") }
}

/// A distribution for a message.
pub(crate) fn show(d: &Distribution, unit: &str) -> String {
    let number = |x| with_unit(x, unit);
    let shape = match d.shape {
        Shape::Constant(c) => number(c),
        Shape::Uniform(a, b) => format!("uniform in [{a}, {}]", number(b)),
        Shape::Normal(m, sd) => format!("normal ({m} ± {})", number(sd)),
        Shape::LogNormal(m, sd) => format!("lognormal ({m}, {sd})"),
    };
    if d.min == f64::NEG_INFINITY && d.max == f64::INFINITY {
        return shape;
    }
    let how = match d.outside {
        crate::Outside::Clip => "clipped to",
        crate::Outside::Redraw => "redrawn into",
    };
    format!("{shape} {how} [{}, {}]", d.min, number(d.max))
}
