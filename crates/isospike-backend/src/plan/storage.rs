//! How wide a stored weight is.
//!
//! A weight w counts `rint(w 2^k)` units of its port's accumulator; a table stores `rint(w
//! 2^(k-s))` and adds it shifted left by s. `auto` takes the narrowest width that rounds the median
//! |w| by no more than 2^-13; `exact` the narrowest that changes nothing the accumulator can hold.
//! Neither takes 8 bits, which lie in an array of their own and cost delivery a line more.
//!
//! A 16-bit float h counts `rint(h 2^s)` units. Multiplying by a power of two and `rint` are exact
//! primitives, so what is added is decided here.

use super::scale::{pow2, rint, size};
use isospike_net::{Half, WeightStorage};

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

/// A storage format, without its arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Constant {
        weight: i64,
    },
    /// Weights of one sign.
    U8 {
        negative: bool,
    },
    I8,
    /// Weights of one sign.
    U16 {
        negative: bool,
    },
    I16,
    I32,
    I64,
    Half(Half),
}

/// Half a stored unit is at most 2^-13 of the median.
const MEDIAN_BITS: i32 = 12;

/// The powers of two that 16-bit floats are scaled by begin here: what needs a lower one rounds to
/// no unit at all.
const LEAST_SHIFT: i32 = -32;

impl Format {
    /// Largest stored magnitude.
    fn capacity(self) -> f64 {
        match self {
            Format::U8 { .. } => 255.0,
            Format::I8 => 127.0,
            Format::U16 { .. } => 65_535.0,
            Format::I16 => 32_767.0,
            Format::I32 => 2_147_483_647.0,
            // so that f16, too, has 29 powers of two below it before digits are lost
            Format::Half(_) => 32_768.0,
            // the proof that no sum overflows is the proof that every weight fits
            Format::Constant { .. } | Format::I64 => f64::INFINITY,
        }
    }

    /// The float format, if it is one.
    pub(super) fn half(self) -> Option<Half> {
        match self {
            Format::Half(half) => Some(half),
            _ => None,
        }
    }

    /// Smallest shift that makes the demand fit.
    pub(super) fn shift(self, d: &Demand) -> i32 {
        let largest = d.max.abs().max(d.min.abs());
        let least = if self.half().is_some() { LEAST_SHIFT } else { 0 };
        (least..63)
            .find(|&s| (largest * pow2(-s)).round_ties_even() <= self.capacity())
            .unwrap_or(63)
    }

    /// Whether weights may be stored so: what holds all alike holds them however they should be.
    fn is_asked(self, storage: WeightStorage) -> bool {
        match self {
            Format::Constant { .. } => true,
            Format::U8 { .. } | Format::I8 => storage == WeightStorage::I8,
            Format::U16 { .. } | Format::I16 => {
                storage == WeightStorage::I16 || Format::I32.is_asked(storage)
            }
            Format::I32 | Format::I64 => {
                matches!(storage, WeightStorage::Auto | WeightStorage::Exact)
            }
            Format::Half(half) => storage.half() == Some(half),
        }
    }

    /// Whether the demand may be stored in this format with this shift.
    pub(super) fn serves(self, d: &Demand, shift: i32) -> bool {
        let sign = match self {
            Format::U8 { negative: true } | Format::U16 { negative: true } => d.max <= 0.0,
            Format::U8 { negative: false } | Format::U16 { negative: false } => d.min >= 0.0,
            _ => true,
        };
        let (least, zeros) = (self.shift(d), d.zeros as i32);
        self.is_asked(d.storage)
            && sign
            && shift >= least
            && match d.storage {
                WeightStorage::Exact => shift <= zeros,
                WeightStorage::Auto => {
                    shift <= zeros || d.median * pow2(-shift) >= pow2(MEDIAN_BITS)
                }
                // as fine as it can be
                _ => shift == least,
            }
    }

    /// The narrowest format for a demand.
    pub(super) fn choose(d: &Demand) -> Format {
        if d.constant {
            return Format::Constant { weight: d.max.round_ties_even() as i64 };
        }
        let formats = [
            Format::U8 { negative: false },
            Format::U8 { negative: true },
            Format::I8,
            Format::U16 { negative: false },
            Format::U16 { negative: true },
            Format::I16,
            Format::I32,
            Format::Half(Half::F16),
            Format::Half(Half::BF16),
        ];
        formats.into_iter().find(|f| f.serves(d, f.shift(d))).unwrap_or(Format::I64)
    }

    /// What is stored for `x` = w 2^(k-s): an integer, or the bits of a float.
    #[inline]
    pub(super) fn store(self, x: f64) -> i64 {
        match self {
            Format::Half(half) => half.encode(half.nearest(x) as f32).into(),
            _ => rint(x),
        }
    }

    /// The units that what is stored counts in the proof.
    #[inline]
    pub(super) fn size(self, stored: i64, shift: i32) -> u64 {
        match self {
            Format::Half(half) => size(half_units(half.decode(stored as u16), shift)),
            _ => size(stored).saturating_mul(1 << shift),
        }
    }
}

/// The units that a stored 16-bit float adds.
pub(super) fn half_units(x: f32, shift: i32) -> i64 {
    rint(f64::from(x) * pow2(shift))
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

    #[test]
    fn what_is_asked_for_is_taken_on_the_finest_scale() {
        let d = demand(-3e5, 2e5, 1e4);
        let as_asked = |storage| {
            let d = Demand { storage, ..d };
            let format = Format::choose(&d);
            (format, format.shift(&d))
        };
        assert_eq!(as_asked(WeightStorage::I8), (Format::I8, 12));
        assert_eq!(as_asked(WeightStorage::I16), (Format::I16, 4));
        assert_eq!(as_asked(WeightStorage::F16), (Format::Half(Half::F16), 4));
        let small = Demand { storage: WeightStorage::BF16, ..demand(0.0, 3.0, 1.0) };
        assert_eq!(Format::Half(Half::BF16).shift(&small), -13);
        let one_sign = Demand { storage: WeightStorage::I8, ..demand(-255.4, 0.0, 10.0) };
        assert_eq!(Format::choose(&one_sign), Format::U8 { negative: true });
        assert!(!Format::U8 { negative: true }.serves(&one_sign, 1), "coarser than it must be");
        let constant = Demand { constant: true, ..one_sign };
        assert_eq!(Format::choose(&constant), Format::Constant { weight: 0 });
    }

    #[test]
    fn a_stored_float_counts_whole_units() {
        let f = Format::Half(Half::F16);
        for (x, shift, units) in [(1.5, 0, 2), (2.5, 0, 2), (2049.0, 1, 4096), (-3.0, -1, 2)] {
            assert_eq!(f.size(f.store(x), shift), units, "{x} at 2^{shift}");
        }
    }
}
