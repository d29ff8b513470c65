//! Planted bugs: each is put into a copy of the repository, and the conformance suite must fail.
//!
//! What they are, which cases must catch them and which must not, stands in the document: what is
//! checked is what people read.

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
    /// The test of the package that is run.
    test: String,
    /// A file that is added, and where.
    added: Option<(String, String)>,
    changes: Vec<Change>,
    /// Beginnings of the names of cases that must fail.
    caught_by: Vec<String>,
    /// Of cases that must pass all the same.
    spared: Vec<String>,
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
        if let Some((file, to)) = &bug.added {
            fs::copy(file, Path::new(COPY).join(to)).with_context(|| file.clone())?;
        }
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
            let test = "conformance".to_owned();
            bugs.push(Bug { title: title.to_owned(), test, ..Bug::default() });
        } else if line.starts_with("```") {
            inside = !inside;
        } else if let (true, Some(bug)) = (inside, bugs.last_mut()) {
            // a space after the colon; what follows counts, spaces too
            let (key, value) = line.split_once(':').with_context(|| format!("no colon: {line}"))?;
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            let names = |value: &str| value.split(", ").map(str::to_owned).collect();
            match key {
                "package" => bug.package = value,
                "test" => bug.test = value,
                "copy" => bug.added = Some((value, String::new())),
                "as" => bug.added.as_mut().context("a copy comes first")?.1 = value,
                "file" => bug.changes.push(Change { file: value, ..Change::default() }),
                "from" | "to" => {
                    let change = bug.changes.last_mut().context("a file comes first")?;
                    *(if key == "from" { &mut change.from } else { &mut change.to }) = value;
                }
                "caught by" => bug.caught_by = names(&value),
                "spared" => bug.spared = names(&value),
                other => bail!("{DOCUMENT}: {other:?} means nothing"),
            }
        }
    }
    let lacks = |b: &&Bug| {
        [b.changes.len(), b.package.len(), b.caught_by.len(), b.spared.len()].contains(&0)
    };
    match bugs.iter().find(lacks) {
        Some(bug) => bail!("{DOCUMENT}: {:?} lacks package, file, caught by or spared", bug.title),
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

/// An error if the bug got through a case that should catch it, or made one fail that has nothing
/// to do with it.
fn caught(bug: &Bug) -> Result<()> {
    for case in &bug.spared {
        match outcome(bug, case)?.failed.first() {
            None => println!("   {case} passes all the same"),
            Some(first) => bail!("{first} fails too, which it must not: more is broken than meant"),
        }
    }
    for case in &bug.caught_by {
        let failed = outcome(bug, case)?.failed;
        match failed.first() {
            Some(first) => {
                println!("   caught by {} cases of {case}, such as {first}", failed.len())
            }
            None => bail!("{case} did not fail"),
        }
    }
    Ok(())
}

/// What became of some cases.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    passed: usize,
    failed: Vec<String>,
}

impl Outcome {
    /// Reads `test cpu:0::net::self_loops::f32_i32 ... FAILED`, if it is of such a case.
    fn read(&mut self, line: &str, case: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["test", name, "...", end] if name.contains(&format!("::{case}")) => match end {
                "ok" => self.passed += 1,
                "FAILED" => self.failed.push(name.to_owned()),
                _ => {}
            },
            _ => {}
        }
    }
}

/// Runs the cases of the copy's suite whose names begin so: its harness takes one name at a time.
/// An error if none was run.
fn outcome(bug: &Bug, case: &str) -> Result<Outcome> {
    let manifest = format!("{COPY}/Cargo.toml");
    let cmd = Cmd::cargo(&format!("test --no-fail-fast --package {} --test", bug.package))
        .args([&bug.test, "--manifest-path", &manifest, "--", case].map(str::to_owned))
        .env("CARGO_TARGET_DIR", BUILD);
    println!("   {cmd}");
    let (mut outcome, mut said) = (Outcome::default(), Vec::new());
    cmd.lines(|line| {
        outcome.read(line, case);
        said.push(line.to_owned());
    })?;
    if outcome == Outcome::default() {
        bail!("no case of {case} was run:\n{}", said.join("\n"));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_read() {
        let text = "# Bugs\n\n## One\n\nwords\n\n```text\npackage: p\nfile: a.rs\nfrom:   x: y\nto: z\n\
                    caught by: net::a, ops\nspared: rng\n```\n";
        let change = Change { file: "a.rs".into(), from: "  x: y".into(), to: "z".into() };
        let bug = Bug {
            title: "One".into(),
            package: "p".into(),
            test: "conformance".into(),
            added: None,
            changes: vec![change],
            caught_by: vec!["net::a".into(), "ops".into()],
            spared: vec!["rng".into()],
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
            if let Some((file, to)) = bug.added {
                assert!(!read(&file).is_empty() && !root.join(&to).exists(), "{file} as {to}");
            }
        }
    }
    #[test]
    fn lines_of_other_cases_do_not_count() {
        let mut outcome = Outcome::default();
        for line in [
            "test opencl:0:0::net::a::f32 ... FAILED",
            "test opencl:0:0::net::a::f64          ... ok",
            "test opencl:0:0::net::b::f32 ... FAILED",
            "test opencl:0:0::net::a::f16 ... ignored (it lacks something)",
            "test result: FAILED. 1 passed; 1 failed",
        ] {
            outcome.read(line, "net::a");
        }
        assert_eq!((outcome.passed, outcome.failed.len()), (1, 1));
    }
}
