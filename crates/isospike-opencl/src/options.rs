//! Options of the kernel compiler, and the ones that are refused.

use crate::facts::Facts;

/// What would let a compiler change a result (NUMERICS.md).
const REFUSED: &[&str] = &[
    "fast-relaxed-math",
    "fast-math",
    "unsafe-math",
    "mad-enable",
    "finite-math",
    "no-signed-zeros",
    "denorms-are-zero",
    "single-precision-constant",
];

/// The options for a device.
pub(crate) fn options(facts: &Facts, through_f64: &[&str]) -> String {
    let mut options = "-cl-std=CL1.2".to_owned();
    if facts.exact_division {
        options.push_str(" -cl-fp32-correctly-rounded-divide-sqrt");
    }
    for function in through_f64 {
        options.push_str(&format!(" -DISOSPIKE_{function}_F32_THROUGH_F64"));
    }
    guard(&options);
    options
}

/// # Panics
/// If an option is one that could change a result: a mistake in this crate.
fn guard(options: &str) {
    for refused in REFUSED {
        assert!(!options.contains(refused), "the option {refused} changes results: {options}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "fast-relaxed-math")]
    fn options_that_change_results_are_refused() {
        guard("-cl-std=CL1.2 -cl-fast-relaxed-math");
    }
}
