//! The table of packages in ARCHITECTURE.md: who may use whom, and what each must never know.

use anyhow::{Context, Result, bail};

/// A package and what the table says of it.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// Its folder.
    pub(super) folder: String,
    /// Packages of this workspace, without `isospike-`, and guarded ones from outside.
    pub(super) may_use: Vec<String>,
    /// As its first documentation says it; empty if it may know everything.
    pub(super) never: String,
}

const HEADINGS: [&str; 4] = ["package", "may use", "knows", "must never know"];

/// The rows of the table in the text of ARCHITECTURE.md.
pub(super) fn table(text: &str) -> Result<Vec<Row>> {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim().trim_matches('|').split('|');
        cells.map(|cell| cell.replace('`', "").trim().to_owned()).collect()
    };
    let mut lines = text.lines().skip_while(|line| cells(line) != HEADINGS).skip(2);
    let rows: Vec<_> = lines.by_ref().take_while(|line| line.starts_with('|')).collect();
    if rows.is_empty() {
        bail!("ARCHITECTURE.md: has no table with the columns {}", HEADINGS.join(", "));
    }
    let row = |line: &&str| {
        let [folder, may_use, _, never]: [String; 4] = cells(line)
            .try_into()
            .ok()
            .with_context(|| format!("ARCHITECTURE.md: a row without four cells: {line}"))?;
        let may_use = may_use.split(',').map(|name| name.trim().to_owned());
        Ok(Row { folder, may_use: may_use.filter(|name| !name.is_empty()).collect(), never })
    };
    rows.iter().map(row).collect()
}

/// The name of the package in a folder.
pub(super) fn package(folder: &str) -> String {
    match folder.strip_prefix("crates/") {
        Some(name) => name.to_owned(),
        None if folder == "xtask" => folder.to_owned(),
        None => format!("isospike-{folder}"),
    }
}

impl Row {
    /// The name of the package.
    pub(super) fn package(&self) -> String {
        package(&self.folder)
    }

    /// Whether the table lets it use a package.
    pub(super) fn may_use(&self, package: &str) -> bool {
        let name = package.strip_prefix("isospike-").unwrap_or(package);
        self.may_use.iter().any(|allowed| allowed == name)
    }

    /// Whether the first documentation of a crate says what it must never know in these words.
    pub(super) fn is_said_in(&self, root: &str) -> bool {
        let docs = root.lines().map_while(|line| line.strip_prefix("//!"));
        let words = docs.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        let said = format!("must never know {}", self.never);
        self.never.is_empty() || words.replace('`', "").contains(&said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let text = "# A\n\n| package | may use | knows | must never know |\n|---|---|---|---|\n\
                    | `crates/isospike-a` | lane, `rayon` | numbers | threads or time |\n\
                    | `tests` | | all | |\n\nmore\n";
        let rows = table(text).expect("a table");
        assert_eq!(rows.len(), 2);
        assert!(rows[0].may_use("isospike-lane") && rows[0].may_use("rayon"));
        assert!(!rows[0].may_use("isospike-net") && !rows[1].may_use("rayon"));
        let names: Vec<_> = rows.iter().map(Row::package).collect();
        assert_eq!(names, ["isospike-a", "isospike-tests"]);
        assert!(
            rows[0].is_said_in("//! A.\n//! It must never know threads\n//! or time.\nmod a;\n")
        );
        assert!(!rows[0].is_said_in("//! It must never know threads.\n"));
        assert!(rows[1].is_said_in(""));
        assert!(table("# nothing").is_err());
    }
}
