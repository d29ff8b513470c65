//! Numbers in messages.

use std::fmt;

/// A number as a message shows it: all its digits, but as a power of ten where zeros would fill the
/// line (`1e300`, `4e-25`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown(pub f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.0;
        if x == 0.0 || (1e-5..1e15).contains(&x.abs()) {
            write!(f, "{x}")
        } else {
            write!(f, "{x:e}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases = [
            (0.0, "0"),
            (-65.5, "-65.5"),
            (1e-5, "0.00001"),
            (4e-25, "4e-25"),
            (123_456_789.5, "123456789.5"),
            (-1e300, "-1e300"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (x, text) in cases {
            assert_eq!(Shown(x).to_string(), text);
        }
    }
}
