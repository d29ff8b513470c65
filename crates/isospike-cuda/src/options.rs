//! Options of the kernel compiler, and the ones that are refused.

/// What is asked for in every compilation: one rounding per operation, subnormals kept, division
/// and square root correctly rounded (NUMERICS.md). Left unsaid, NVRTC would fuse.
const EXACT: &[&str] = &["--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true"];

/// What would let the compiler change a result, however many dashes stand before it.
const REFUSED: &[&str] = &[
    "fast_math",
    "fast-math",
    "fmad=true",
    "ftz=true",
    "prec-div=false",
    "prec-sqrt=false",
    "unsafe",
];

/// What to compile for, by compute capability, times ten: 90 is 9.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Machine code of this architecture.
    Binary(u32),
    /// PTX, which the driver compiles for a device that the compiler does not know yet.
    Ptx(u32),
}

impl Target {
    /// What suits a device of a compute capability, of what the compiler supports, ascending.
    /// Machine code where there is a choice: a driver may be too old for the compiler's PTX.
    ///
    /// # Errors
    /// What is too old.
    pub(crate) fn of(capability: u32, supported: &[u32]) -> Result<Target, String> {
        if supported.contains(&capability) {
            return Ok(Target::Binary(capability));
        }
        let said = |c: u32| format!("{}.{}", c / 10, c % 10);
        match supported.iter().rev().find(|&&s| s < capability) {
            Some(&newest) => Ok(Target::Ptx(newest)),
            None => Err(format!(
                "its compute capability is {}; this NVRTC compiles for {} and newer: an older \
                 NVRTC does better",
                said(capability),
                supported.first().map_or("nothing".to_owned(), |&oldest| said(oldest)),
            )),
        }
    }
}

/// The options for a target.
pub(crate) fn options(target: Target) -> Vec<String> {
    let architecture = match target {
        Target::Binary(capability) => format!("--gpu-architecture=sm_{capability}"),
        Target::Ptx(capability) => format!("--gpu-architecture=compute_{capability}"),
    };
    let mut options = vec![architecture, "--std=c++17".to_owned()];
    options.extend(EXACT.iter().map(|o| (*o).to_owned()));
    guard(&options);
    options
}

/// # Panics
/// If an option could change a result, or one that keeps results is missing: a mistake in this
/// crate.
fn guard(options: &[String]) {
    for option in options {
        let refused = REFUSED.iter().find(|refused| option.contains(**refused));
        assert!(refused.is_none(), "the option {option} changes results");
    }
    for exact in EXACT {
        assert!(options.iter().any(|o| o == exact), "the option {exact} is missing");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_compiled_exactly() {
        for (target, architecture) in
            [(Target::Binary(90), "sm_90"), (Target::Ptx(120), "compute_120")]
        {
            let options = options(target);
            assert!(options[0].ends_with(architecture), "{options:?}");
            assert!(EXACT.iter().all(|e| options.iter().any(|o| o == e)), "{options:?}");
        }
    }

    fn guarded(more: &str) {
        let mut options = options(Target::Ptx(75));
        options.push(more.to_owned());
        guard(&options);
    }

    #[test]
    #[should_panic(expected = "--use_fast_math changes results")]
    fn fast_math_is_refused() {
        guarded("--use_fast_math");
    }

    #[test]
    #[should_panic(expected = "-fmad=true changes results")]
    fn fusing_is_refused() {
        guarded("-fmad=true");
    }

    #[test]
    #[should_panic(expected = "--fmad=false is missing")]
    fn saying_nothing_of_fusing_is_refused() {
        guard(&EXACT[1..].iter().map(|o| (*o).to_owned()).collect::<Vec<_>>());
    }

    #[test]
    fn devices_get_machine_code_or_the_newest_ptx_below_them() {
        let supported = [50, 75, 80, 90];
        assert_eq!(Target::of(80, &supported), Ok(Target::Binary(80)));
        assert_eq!(Target::of(121, &supported), Ok(Target::Ptx(90)));
        assert_eq!(Target::of(86, &supported), Ok(Target::Ptx(80)));
        let old = Target::of(35, &supported).expect_err("too old");
        assert!(old.contains("3.5") && old.contains("5.0"), "{old}");
    }
}
