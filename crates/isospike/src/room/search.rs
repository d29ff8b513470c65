//! The largest of many sizes that fits: the one search of this crate.

/// What trying a size says.
pub(super) enum Tried<T> {
    /// It fits.
    Fits(T),
    /// It does not.
    TooLarge,
    /// There is no such size: it is too small, or, above one that fits, too large.
    Invalid,
}

/// The largest index below `n` that fits, by bisection: what fits lies below what is too large.
pub(super) fn largest<T>(
    n: usize,
    mut attempt: impl FnMut(usize) -> Tried<T>,
) -> Option<(usize, T)> {
    let (mut fits, mut from, mut to) = (None, 0, n);
    while from < to {
        let k = from + (to - from) / 2;
        match attempt(k) {
            Tried::Fits(t) => (fits, from) = (Some((k, t)), k + 1),
            Tried::Invalid if fits.is_none() => from = k + 1,
            Tried::TooLarge | Tried::Invalid => to = k,
        }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_that_fits_is_found() {
        for n in 0..20 {
            for (first, last) in [(0, 0), (0, 3), (2, 7), (0, 30), (5, 4)] {
                let attempt = |k| match k {
                    k if k < first => Tried::Invalid,
                    k if k <= last => Tried::Fits(()),
                    _ => Tried::TooLarge,
                };
                let expected = (first..=last).filter(|&k| k < n).max();
                let found = largest(n, attempt).map(|(k, ())| k);
                assert_eq!(found, expected, "{n} {first} {last}");
            }
        }
    }
}
