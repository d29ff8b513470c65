//! Rules about the text of one file: its length and width, and what it must not mention.

use super::File;

/// A Rust file is one concept.
const MAX_LINES: usize = 500;

/// Files that may be longer: path, their own limit, and why.
const LONG: &[(&str, usize, &str)] = &[];

/// Code is formatted to 100 columns; rustfmt leaves comments alone, so they are checked here. Rows
/// of tables may be longer, and so may string literals.
const MAX_WIDTH: usize = 100;

const MAX_BYTES: u64 = 1_000_000;

/// Folders of somebody's machine. Spelt in two parts, like the hosts, so that this file keeps its
/// own rule.
const MACHINE_PATHS: &[&str] = &[
    concat!("/", "home"),
    concat!("/", "root"),
    concat!("/", "work"),
    concat!("/", "workspace"),
    concat!("/", "tmp"),
    concat!("/", "Users"),
];

/// Hosts of package registries: packages are named, never where they are served.
const REGISTRY_HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.", "debian.org"),
    concat!("registry.", "npmjs.org"),
    concat!("proxy.", "golang.org"),
];

/// Checks one file, adding each broken rule to `broken`.
pub(super) fn check(file: &File, broken: &mut Vec<String>) {
    let path = &file.path;
    if file.bytes > MAX_BYTES {
        broken.push(format!("{path}: {} bytes, more than {MAX_BYTES}", file.bytes));
    }
    let Some(text) = &file.text else { return };
    let is_rust = path.ends_with(".rs");
    let n_lines = text.lines().count();
    let limit =
        LONG.iter().find(|(long, ..)| long == path).map_or(MAX_LINES, |&(_, limit, _)| limit);
    if is_rust && n_lines > limit {
        broken.push(format!("{path}: {n_lines} lines, more than {limit}: split it by concept"));
    }
    for (number, line) in text.lines().enumerate() {
        let mut say = |what: String| broken.push(format!("{path}:{}: {what}", number + 1));
        if let Some(found) = MACHINE_PATHS.iter().find(|needle| names_path(line, needle)) {
            say(format!("a path of one machine ({found})"));
        }
        // Cargo itself writes the registry's index into the lock file.
        let locked = path.ends_with("Cargo.lock");
        if let Some(host) = REGISTRY_HOSTS.iter().find(|host| !locked && line.contains(**host)) {
            say(format!("the host of a registry ({host})"));
        }
        if is_rust && is_prose(line) && line.chars().count() > MAX_WIDTH {
            say(format!("{} columns, more than {MAX_WIDTH}", line.chars().count()));
        }
        if is_rust && line.trim() == concat!("#[", "ignore]") {
            say("an ignored test says why: #[ignore = \"...\"]".to_owned());
        }
    }
}

/// A line of a comment that is not a row of a table.
fn is_prose(line: &str) -> bool {
    let comment = line.trim_start().strip_prefix("//");
    comment.is_some_and(|text| !text.trim_start_matches(['/', '!', ' ']).starts_with('|'))
}

/// The list of long files must not outlive its need.
pub(super) fn check_allow_list(files: &[File], broken: &mut Vec<String>) {
    for (path, limit, why) in LONG {
        let text = files.iter().find(|file| file.path == *path).and_then(|file| file.text.as_ref());
        let n_lines = text.map_or(0, |text| text.lines().count());
        if n_lines <= MAX_LINES {
            broken.push(format!("{path}: {n_lines} lines; take it off LONG ({limit}: {why})"));
        }
    }
}

/// Whether `line` names the folder `needle` at the root: not as a part of a longer path or word.
fn names_path(line: &str, needle: &str) -> bool {
    let part_of_path = |c: char| c.is_alphanumeric() || "._-*~})$".contains(c);
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + needle.len()..].chars().next();
        let starts = !before.is_some_and(|c| part_of_path(c) || c == '/');
        // The folder itself may be meant only when something in it is named.
        starts && after == Some('/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<String> {
        let mut broken = Vec::new();
        let file =
            File { path: path.to_owned(), bytes: text.len() as u64, text: Some(text.to_owned()) };
        check(&file, &mut broken);
        broken
    }

    #[test]
    fn machine_paths_are_found_only_at_the_root() {
        let home = MACHINE_PATHS[0];
        for bad in [format!("open(\"{home}/x\")"), format!("`{home}/me/x`"), format!("{home}/x")] {
            assert_eq!(broken("a.md", &bad).len(), 1, "{bad}");
        }
        for good in [format!("target{home}/x"), format!("${{A}}{home}/x"), format!("a {home} b")] {
            assert_eq!(broken("a.md", &good).len(), 0, "{good}");
        }
    }

    #[test]
    fn registry_hosts_are_found_except_in_the_lock_file() {
        let line = format!("see https://{}/x", REGISTRY_HOSTS[0]);
        assert_eq!(broken("README.md", &line).len(), 1);
        assert_eq!(broken("Cargo.lock", &line).len(), 0);
    }

    #[test]
    fn long_and_wide_rust_files_and_silent_ignores_are_found() {
        assert_eq!(broken("a.rs", &"\n".repeat(MAX_LINES)).len(), 0);
        assert_eq!(broken("a.rs", &"\n".repeat(MAX_LINES + 1)).len(), 1);
        assert_eq!(broken("a.py", &"\n".repeat(MAX_LINES + 1)).len(), 0);
        assert_eq!(broken("a.rs", &format!("//{}", "µ".repeat(MAX_WIDTH - 2))).len(), 0);
        assert_eq!(broken("a.rs", &format!("//{}", "µ".repeat(MAX_WIDTH - 1))).len(), 1);
        assert_eq!(broken("a.rs", &format!("// | {}", "µ".repeat(MAX_WIDTH))).len(), 0);
        assert_eq!(broken("a.rs", &"µ".repeat(MAX_WIDTH + 1)).len(), 0);
        assert_eq!(broken("a.rs", concat!("    #[", "ignore]")).len(), 1);
    }
}
