//! Equal digests, or no numbers: the same case in the same precision gives the same spikes and the
//! same state in every repetition, on every thread count and every device, and those that are
//! published, where it has an entry.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a run left: SHA-256 of its spikes and of its state at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Of the spikes.
    pub spikes: String,
    /// Of the state.
    pub state: String,
}

/// The digests seen so far: of each case and precision the first, and where it came from.
#[derive(Debug, Default)]
pub struct Digests(BTreeMap<(String, &'static str), (String, Digest)>);

/// Two runs of one case that differ.
#[derive(Debug)]
pub struct Mismatch {
    what: &'static str,
    one: (String, String),
    other: (String, String),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { what, one, other } = self;
        write!(f, "{what} {} on {}, {} on {}", other.1, other.0, one.1, one.0)
    }
}

impl Digests {
    /// Whether there is something to compare a run of the case with.
    pub fn know(&self, case: &str, precision: &'static str) -> bool {
        self.0.contains_key(&(case.to_owned(), precision))
    }

    /// Takes a run of a case as what others are compared with.
    pub fn add(&mut self, case: &str, precision: &'static str, run: &str, digest: Digest) {
        self.0.insert((case.to_owned(), precision), (run.to_owned(), digest));
    }

    /// Compares a run with the first of its case; `run` says where and which.
    ///
    /// # Errors
    /// The two that differ.
    pub fn check(
        &mut self,
        case: &str,
        precision: &'static str,
        run: &str,
        found: &Digest,
    ) -> Result<(), Mismatch> {
        let first = || (run.to_owned(), found.clone());
        let (place, known) = self.0.entry((case.to_owned(), precision)).or_insert_with(first);
        compare((place, known), (run, found))
    }
}

/// Compares what a run left with what stands in the published table, of which only the beginning is
/// kept there.
///
/// # Errors
/// The two that differ.
pub fn as_published(run: &str, found: &Digest, published: &Digest) -> Result<(), Mismatch> {
    let begin = |found: &str, known: &str| found.chars().take(known.len()).collect();
    let found = Digest {
        spikes: begin(&found.spikes, &published.spikes),
        state: begin(&found.state, &published.state),
    };
    compare(("tests/data/digests.txt", published), (run, &found))
}

fn compare(known: (&str, &Digest), found: (&str, &Digest)) -> Result<(), Mismatch> {
    let (one, other) = (known.1, found.1);
    let (what, one, other) = match () {
        () if one.spikes != other.spikes => ("spikes", &one.spikes, &other.spikes),
        () if one.state != other.state => ("state", &one.state, &other.state),
        () => return Ok(()),
    };
    let side = |place: &str, digest: &str| (place.to_owned(), digest.chars().take(24).collect());
    Err(Mismatch { what, one: side(known.0, one), other: side(found.0, other) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_repetitions_must_agree_and_precisions_need_not() {
        let mut seen = Digests::default();
        let digest = |spikes: &str, state: &str| Digest {
            spikes: spikes.to_owned(),
            state: state.to_owned(),
        };
        let mut check = |precision, run: &str, digest| {
            seen.check("net@1", precision, run, &digest).map_err(|e| e.to_string())
        };
        assert_eq!(check("f32", "cpu:0", digest("a", "s")), Ok(()));
        assert_eq!(check("f64", "cpu:0", digest("b", "t")), Ok(()));
        assert_eq!(check("f32", "cuda:0", digest("a", "s")), Ok(()));
        let spikes = check("f64", "cuda:0", digest("a", "t")).expect_err("differs");
        assert_eq!(spikes, "spikes a on cuda:0, b on cpu:0");
        let state = check("f32", "cuda:0, repetition 2", digest("a", "u")).expect_err("differs");
        assert_eq!(state, "state u on cuda:0, repetition 2, s on cpu:0");
    }
    #[test]
    fn published_digests_are_beginnings() {
        let digest = |spikes: &str, state: &str| Digest {
            spikes: spikes.to_owned(),
            state: state.to_owned(),
        };
        let check = |found| as_published("opencl:0:0", &found, &digest("abc", "st"));
        assert!(check(digest("abcdef", "stuv")).is_ok());
        let differs = check(digest("abcdef", "sxuv")).expect_err("differs").to_string();
        assert_eq!(differs, "state sx on opencl:0:0, st on tests/data/digests.txt");
        assert!(check(digest("abd", "stuv")).is_err());
    }
}
