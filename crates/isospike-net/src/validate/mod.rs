//! Whether a network can be simulated, and if not, which field is wrong and what it may hold.

mod generator;
mod plasticity;
mod population;
mod projection;
mod stimulus;
mod storage;

use crate::{Distribution, NetError, Network, Population, Shape};
use isospike_model::Shown;

/// Longest delay (steps).
pub const MAX_DELAY_STEPS: u32 = 1 << 20;

/// The least part of a distribution that must lie within its bounds when values outside are drawn
/// again.
pub const MIN_MASS: f64 = 1e-6;

/// Most lanes of a batch: their seeds alone take 128 MiB.
pub const MAX_LANES: usize = 1 << 24;

/// Neurons of a population times lanes must be fewer.
const MAX_FLAT: u64 = 1 << 31;

impl Network {
    /// Checks everything that can be wrong with the description, except what only a device can
    /// know.
    ///
    /// # Errors
    /// The first thing found, with its path (`projections[3].weight`,
    /// `populations.L4E.params.tau_m`), its value and what is allowed.
    pub fn validate(&self) -> Result<(), NetError> {
        check_dt(self.dt_ms)?;
        check_equilibration(self.equilibration_ms, self.dt_ms)?;
        if self.lane_seeds.is_empty() {
            return Err(NetError::value("lane_seeds", "[]", "must hold one seed per lane"));
        }
        if self.populations.is_empty() {
            return Err(NetError::value("populations", "none", "must hold at least one"));
        }
        self.check_room(self.lane_seeds.len())?;
        for (i, p) in self.populations.iter().enumerate() {
            check_name(&p.name)?;
            if self.populations[..i].iter().any(|q| q.name == p.name) {
                let path = format!("populations.{}", p.name);
                return Err(NetError::value(path, "twice", "names must be unique"));
            }
            self.validate_population(i)?;
        }
        if self.neurons() > u64::from(u32::MAX) {
            let n = format!("{} neurons", self.neurons());
            return Err(NetError::value("populations", n, "must be < 2^32 together"));
        }
        (0..self.projections.len()).try_for_each(|i| {
            self.check_projection(i)?;
            self.check_edges(i)
        })
    }

    /// Makes the lanes of a batch, with seeds seed, seed + 1, ..., once it is known that there is
    /// room for them.
    pub(crate) fn set_batch(&mut self, lanes: usize) -> Result<(), NetError> {
        self.check_room(lanes)?;
        self.lane_seeds = (0..lanes as u64).map(|b| self.seed.wrapping_add(b)).collect();
        Ok(())
    }

    /// Whether the members of every population can be numbered over all lanes.
    fn check_room(&self, lanes: usize) -> Result<(), NetError> {
        if !(1..=MAX_LANES).contains(&lanes) {
            let allowed = format!("must lie between 1 and {MAX_LANES}");
            return Err(NetError::value("batch", lanes, allowed));
        }
        let too_many = |p: &&Population| u64::from(p.size) * lanes as u64 >= MAX_FLAT;
        let Some(p) = self.populations.iter().find(too_many) else { return Ok(()) };
        let lanes = if lanes == 1 { String::new() } else { format!(" in {lanes} lanes") };
        let path = format!("populations.{}.size", p.name);
        let allowed = format!("size times batch must be below 2^31 = {MAX_FLAT}");
        Err(NetError::value(path, format!("{} neurons{lanes}", p.size), allowed))
    }
}

/// Checks a time step.
pub(crate) fn check_dt(dt_ms: f64) -> Result<(), NetError> {
    if dt_ms.is_finite() && dt_ms > 0.0 {
        return Ok(());
    }
    Err(NetError::value("dt", ms(dt_ms), "must be > 0 ms"))
}

fn check_equilibration(time_ms: f64, dt_ms: f64) -> Result<(), NetError> {
    let wrong = |allowed| Err(NetError::value("equilibration", ms(time_ms), allowed));
    if !(time_ms.is_finite() && time_ms >= 0.0) {
        return wrong("must be >= 0 ms".to_owned());
    }
    match on_grid(time_ms, dt_ms) {
        true => Ok(()),
        false => wrong(format!("must be a multiple of dt = {}", ms(dt_ms))),
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
    let x = Shown(x);
    if unit.is_empty() { x.to_string() } else { format!("{x} {unit}") }
}

/// Six digits of a drawn value, for a message.
pub(crate) fn short(x: f64) -> Shown {
    Shown(format!("{x:.5e}").parse().unwrap_or(x))
}

/// How many steps a time is, if it is a whole number of them but for rounding: that of the
/// arithmetic that led to it, 1e-6 of a step, or that of the type it was kept in, 4 `epsilon` of
/// its value, but never more than a quarter of a step. `epsilon` is the spacing of the type's
/// numbers at 1, such as [`f32::EPSILON`]; a product of two rounded factors is off by 1 of it.
pub(crate) fn whole_steps(ms: f64, dt_ms: f64, epsilon: f64) -> Option<f64> {
    let steps = ms / dt_ms;
    let whole = steps.round_ties_even();
    let tolerance = (4.0 * epsilon * steps.abs()).clamp(1e-6, 0.25);
    ((steps - whole).abs() <= tolerance).then_some(whole)
}

/// Whether a time in double precision is a whole number of steps, but for rounding.
pub(crate) fn on_grid(ms: f64, dt_ms: f64) -> bool {
    whole_steps(ms, dt_ms, f64::EPSILON).is_some()
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
        Shape::Uniform(a, b) => format!("uniform in [{}, {}]", Shown(a), number(b)),
        Shape::Normal(m, sd) => format!("normal ({} ± {})", Shown(m), number(sd)),
        Shape::LogNormal(m, sd) => format!("lognormal ({}, {})", Shown(m), Shown(sd)),
    };
    if d.min == f64::NEG_INFINITY && d.max == f64::INFINITY {
        return shape;
    }
    let how = match d.outside {
        crate::Outside::Clip => "clipped to",
        crate::Outside::Redraw => "redrawn into",
    };
    format!("{shape} {how} [{}, {}]", Shown(d.min), number(d.max))
}
