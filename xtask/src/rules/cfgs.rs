//! The rule about conditional compilation: what a build contains is decided in few places.

use super::File;

/// Fewer than this many `cfg`s in a thousand lines of Rust, over the whole repository; those of
/// tests do not count.
const MOST_PER_THOUSAND: f64 = 2.0;

/// Counts, adding the broken rule to `broken`.
pub(super) fn check(files: &[File], broken: &mut Vec<String>) {
    let (mut lines, mut cfgs) = (0, 0);
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let text = file.text.as_deref().unwrap_or_default();
        lines += text.lines().count();
        cfgs += text.lines().filter(|line| is_cfg(line)).count();
    }
    let per_thousand = 1000.0 * cfgs as f64 / lines.max(1) as f64;
    if per_thousand >= MOST_PER_THOUSAND {
        broken.push(format!(
            "{cfgs} `cfg`s in {lines} lines of Rust are {per_thousand:.2} in a thousand; fewer \
             than {MOST_PER_THOUSAND} are allowed: choose at run time, or in one registry"
        ));
    }
}

/// Whether code on this line is compiled under a condition that is not `test`.
fn is_cfg(line: &str) -> bool {
    let line = line.trim_start();
    let has = ["#[cfg(", "#![cfg(", "#[cfg_attr(", "#![cfg_attr(", "cfg!("];
    let of_tests = ["cfg(test)", "cfg_attr(test,"];
    !line.starts_with("//")
        && has.iter().any(|cfg| line.contains(cfg))
        && !of_tests.iter().any(|test| line.contains(test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_counted_except_for_tests() {
        for cfg in ["#[cfg(unix)]", "    #![cfg(windows)]", "if cfg!(debug_assertions) {"] {
            assert!(is_cfg(cfg), "{cfg}");
        }
        for other in ["#[cfg(test)]", "// #[cfg(unix)]", "let cfg = 1;"] {
            assert!(!is_cfg(other), "{other}");
        }
        let file = |n_cfgs: usize| {
            let text = "#[cfg(unix)]\n".repeat(n_cfgs) + &"\n".repeat(1000 - n_cfgs);
            File { path: "a.rs".to_owned(), bytes: 0, text: Some(text) }
        };
        let broken = |n_cfgs| {
            let mut broken = Vec::new();
            check(&[file(n_cfgs)], &mut broken);
            broken.len()
        };
        assert_eq!((broken(1), broken(2)), (0, 1));
    }
}
