//! A former matrix beside this one.

use crate::measure::{Outcome, Spread};
use crate::report::{Report, Row};
use anyhow::{Context, Result};
use std::path::Path;

/// A former matrix.
pub struct Baseline(Report);

/// A time over that of the same cell of the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Of the medians.
    pub median: f64,
    /// Fastest repetition over the baseline's slowest: the lower end of the noise.
    pub low: f64,
    /// Slowest repetition over the baseline's fastest: the upper end of the noise.
    pub high: f64,
}

/// What a cell of the baseline says of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Against {
    /// The same work in another time.
    Ratio(Ratio),
    /// The baseline left another digest or ran another time: its time is one of other work.
    OtherWork,
    /// It has no number there.
    Nothing,
}

impl Ratio {
    fn of(now: Spread, then: Spread) -> Ratio {
        Ratio {
            median: now.median / then.median,
            low: now.min / then.max,
            high: now.max / then.min,
        }
    }

    /// For people: the ratio, its band, and whether the band leaves out 1.
    pub fn text(self) -> String {
        let Ratio { median, low, high } = self;
        let verdict = match () {
            () if high < 1.0 => " faster",
            () if low > 1.0 => " slower",
            () => "",
        };
        format!("{median:.2} ({low:.2}..{high:.2}){verdict}")
    }
}

impl Baseline {
    /// Reads the `matrix.json` of a former run.
    ///
    /// # Errors
    /// If the file cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Baseline> {
        let name = || format!("--baseline {}", path.display());
        let text = std::fs::read_to_string(path).with_context(name)?;
        let report = serde_json::from_str(&text).context("it is not a matrix.json");
        Ok(Baseline(report.with_context(name)?))
    }

    /// The same cell then.
    pub fn against(&self, row: &Row) -> Against {
        let then = self.0.rows.iter().find(|r| r.is_cell_of(row));
        match (&row.outcome, then.map(|r| &r.outcome)) {
            (Outcome::Measured(now), Some(Outcome::Measured(then))) => {
                match now.digest == then.digest && now.steps == then.steps {
                    true => Against::Ratio(Ratio::of(now.simulate_s, then.simulate_s)),
                    false => Against::OtherWork,
                }
            }
            _ => Against::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_only_outside_of_the_noise() {
        let spread = |min, median, max| Spread { median, min, max };
        let then = spread(0.9, 1.0, 1.2);
        let text = |now| Ratio::of(now, then).text();
        assert_eq!(text(spread(0.8, 1.1, 1.3)), "1.10 (0.67..1.44)");
        assert_eq!(text(spread(1.3, 1.5, 1.8)), "1.50 (1.08..2.00) slower");
        assert_eq!(text(spread(0.45, 0.5, 0.6)), "0.50 (0.38..0.67) faster");
    }
}
