//! How wide a stored weight is.
//!
//! A weight w counts `rint(w 2^k)` units of its port's accumulator; a table stores `rint(w
//! 2^(k-s))` and adds it shifted left by s. `auto` takes the narrowest width that rounds the median
//! |w| by no more than 2^-13; `exact` the narrowest that changes nothing the accumulator can hold.

use super::scale::pow2;
use isospike_net::WeightStorage;

/// What a projection asks of its storage, in units of its port (after `2^k`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub(super) min: f64,
    pub(super) max: f64,
    /// Median |w|.
    pub(super) median: f64,
    /// All weights are the same.
    pub(super) constant: bool,
    /// Common power of two of all weights in units, when they are known; 0 otherwise.
    pub(super) zeros: u32,
    pub(super) storage: WeightStorage,
}

/// A storage format, without its arrays. Ordered from narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Format {
    Constant {
        weight: i64,
    },
    /// Weights of one sign.
    U16 {
        negative: bool,
    },
    I16,
    I32,
    I64,
}

/// Half a stored unit is at most 2^-13 of the median.
const MEDIAN_BITS: i32 = 12;

impl Format {
    /// Largest stored magnitude.
    fn capacity(self) -> f64 {
        match self {
            Format::U16 { .. } => 65_535.0,
            Format::I16 => 32_767.0,
            Format::I32 => 2_147_483_647.0,
            // the proof that no sum overflows is the proof that every weight fits
            Format::Constant { .. } | Format::I64 => f64::INFINITY,
        }
    }

    /// Smallest shift that makes the demand fit.
    pub(super) fn shift(self, d: &Demand) -> u32 {
        let largest = d.max.abs().max(d.min.abs());
        (0..63u32)
            .find(|&s| (largest * pow2(-(s as i32))).round_ties_even() <= self.capacity())
            .unwrap_or(63)
    }

    /// Whether the demand may be stored in this format with this shift.
    pub(super) fn serves(self, d: &Demand, shift: u32) -> bool {
        let sign = match self {
            Format::U16 { negative: true } => d.max <= 0.0,
            Format::U16 { negative: false } => d.min >= 0.0,
            _ => true,
        };
        sign && shift >= self.shift(d)
            && match d.storage {
                WeightStorage::Exact => shift <= d.zeros,
                WeightStorage::Auto => {
                    shift <= d.zeros || d.median * pow2(-(shift as i32)) >= pow2(MEDIAN_BITS)
                }
            }
    }

    /// The narrowest format for a demand.
    pub(super) fn choose(d: &Demand) -> Format {
        if d.constant {
            return Format::Constant { weight: d.max.round_ties_even() as i64 };
        }
        let formats = [
            Format::U16 { negative: false },
            Format::U16 { negative: true },
            Format::I16,
            Format::I32,
        ];
        formats.into_iter().find(|f| f.serves(d, f.shift(d))).unwrap_or(Format::I64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(min: f64, max: f64, median: f64) -> Demand {
        Demand { min, max, median, constant: false, zeros: 0, storage: WeightStorage::Auto }
    }

    #[test]
    fn the_narrowest_width_that_keeps_the_median_is_taken() {
        // microcircuit: 87.8 +- 6.3 sd of 8.78 pA at 2^12 units per pA
        let d = demand(32.0 * 4096.0, 143.0 * 4096.0, 87.8 * 4096.0);
        assert_eq!(Format::choose(&d), Format::U16 { negative: false });
        assert_eq!(Format::U16 { negative: false }.shift(&d), 4);
        // a median far below the maximum needs more bits
        assert_eq!(Format::choose(&demand(0.0, 1e9, 1e3)), Format::I32);
        assert_eq!(Format::choose(&demand(-30_000.0, 30_000.0, 10_000.0)), Format::I16);
        let exact = Demand { storage: WeightStorage::Exact, ..demand(1.0, 1e6, 5e5) };
        assert_eq!(Format::choose(&exact), Format::I32);
        assert_eq!(Format::choose(&Demand { zeros: 8, ..exact }), Format::U16 { negative: false });
    }
}
