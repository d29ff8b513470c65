//! Planted bugs: each is put into a copy of the repository, and the conformance suite must fail.
//!
//! What they are, and which cases must catch them, stands in the document: what is checked is what
//! people read.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::Cmd;

const DOCUMENT: &str = "crates/isospike-conformance/PLANTED-BUGS.md";
/// Where the copy lies, and what is built of it.
const COPY: &str = "target/planted/copy";
const BUILD: &str = "target/planted/build";

/// A bug: a section of the document.
#[derive(Debug, Default, PartialEq)]
struct Bug {
    title: String,
    package: String,
    changes: Vec<Change>,
    /// Beginnings of the names of cases that must fail.
    caught_by: Vec<String>,
}

/// A line, or a part of one, that becomes another.
#[derive(Debug, Default, PartialEq)]
struct Change {
    file: String,
    from: String,
    to: String,
}

/// Plants every bug whose title contains `which`, one after the other.
pub(crate) fn run(which: &str) -> Result<()> {
    let text = fs::read_to_string(DOCUMENT).context(DOCUMENT)?;
    let bugs = parse(&text)?;
    let chosen: Vec<_> = bugs.iter().filter(|b| b.title.contains(which)).collect();
    if chosen.is_empty() {
        let all: Vec<_> = bugs.iter().map(|b| b.title.as_str()).collect();
        bail!("no bug is called {which:?}; there are: {}", all.join("; "));
    }
    let files = Cmd::new("git ls-files").output()?;
    let mut escaped = Vec::new();
    for bug in chosen {
        println!("── {}", bug.title);
        copy(files.lines())?;
        bug.changes.iter().try_for_each(plant)?;
        if let Err(e) = caught(bug) {
            println!("   NOT CAUGHT: {e:#}");
            escaped.push(bug.title.as_str());
        }
    }
    if escaped.is_empty() { Ok(()) } else { bail!("not caught: {}", escaped.join("; ")) }
}

fn parse(text: &str) -> Result<Vec<Bug>> {
    let mut bugs: Vec<Bug> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            bugs.push(Bug { title: title.to_owned(), ..Bug::default() });
        } else if line.starts_with("```") {
            inside = !inside;
        } else if let (true, Some(bug)) = (inside, bugs.last_mut()) {
            // a space after the colon; what follows counts, spaces too
            let (key, value) = line.split_once(':').with_context(|| format!("no colon: {line}"))?;
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match key {
                "package" => bug.package = value,
                "file" => bug.changes.push(Change { file: value, ..Change::default() }),
                "from" | "to" => {
                    let change = bug.changes.last_mut().context("a file comes first")?;
                    *(if key == "from" { &mut change.from } else { &mut change.to }) = value;
                }
                "caught by" => bug.caught_by = value.split(", ").map(str::to_owned).collect(),
                other => bail!("{DOCUMENT}: {other:?} means nothing"),
            }
        }
    }
    let complete =
        |b: &&Bug| b.package.is_empty() || b.changes.is_empty() || b.caught_by.is_empty();
    match bugs.iter().find(complete) {
        Some(bug) => bail!("{DOCUMENT}: {:?} lacks package, file or cases", bug.title),
        None => Ok(bugs),
    }
}

/// Brings the copy up to date; what is the same keeps its age, so that little is built again.
fn copy<'a>(files: impl Iterator<Item = &'a str>) -> Result<()> {
    for file in files.filter(|file| Path::new(file).is_file()) {
        let (now, to) =
            (fs::read(file).context("a file of the repository")?, Path::new(COPY).join(file));
        if fs::read(&to).is_ok_and(|old| old == now) {
            continue;
        }
        fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        fs::write(to, now)?;
    }
    Ok(())
}

fn plant(change: &Change) -> Result<()> {
    let path = Path::new(COPY).join(&change.file);
    let text = fs::read_to_string(&path).with_context(|| change.file.clone())?;
    match text.matches(&change.from).count() {
        1 => Ok(fs::write(path, text.replace(&change.from, &change.to))?),
        n => bail!("{}: {:?} stands there {n} times; it must once", change.file, change.from),
    }
}

/// Runs the suite on the copy; an error if the bug got through a case that should catch it.
fn caught(bug: &Bug) -> Result<()> {
    let manifest = format!("{COPY}/Cargo.toml");
    let cmd = Cmd::cargo(&format!("test --no-fail-fast --package {}", bug.package))
        .args(["--test", "conformance", "--manifest-path", &manifest, "--"].map(str::to_owned))
        .args(bug.caught_by.iter().cloned())
        .env("CARGO_TARGET_DIR", BUILD);
    println!("   {cmd}");
    let (mut failed, mut said) = (Vec::new(), Vec::new());
    let passed = cmd.lines(|line| {
        // `test cpu:0::net::self_loops::f32_i32 ... FAILED`
        let words: Vec<_> = line.split_whitespace().collect();
        if let ["test", name, .., "FAILED"] = words[..] {
            failed.push(name.to_owned());
        }
        said.push(line.to_owned());
    })?;
    if failed.is_empty() && !passed {
        bail!("the suite did not run:\n{}", said.join("\n"));
    }
    for case in &bug.caught_by {
        let by: Vec<_> = failed.iter().filter(|name| name.contains(&format!("::{case}"))).collect();
        match by.first() {
            Some(first) => println!("   caught by {} cases of {case}, such as {first}", by.len()),
            None => bail!("{case} did not fail"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_read() {
        let text = "# Bugs\n\n## One\n\nwords\n\n```text\npackage: p\nfile: a.rs\nfrom:   x: y\nto: z\n\
                    caught by: net::a, ops\n```\n";
        let change = Change { file: "a.rs".into(), from: "  x: y".into(), to: "z".into() };
        let bug = Bug {
            title: "One".into(),
            package: "p".into(),
            changes: vec![change],
            caught_by: vec!["net::a".into(), "ops".into()],
        };
        assert_eq!(parse(text).expect("readable"), [bug]);
        assert!(parse("## One\n```text\npackage: p\n```\n").is_err());
        assert!(parse("## One\n```text\nwhatever\n```\n").is_err());
    }

    #[test]
    fn every_bug_can_be_planted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let read = |file: &str| fs::read_to_string(root.join(file)).expect(file);
        for bug in parse(&read(DOCUMENT)).expect("readable") {
            for change in bug.changes {
                let times = read(&change.file).matches(&change.from).count();
                assert_eq!(times, 1, "{}: {:?} in {}", bug.title, change.from, change.file);
            }
        }
    }
}
