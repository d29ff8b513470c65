//! A small network, a directory that goes away, and the command.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A balanced network that fires within milliseconds.
pub(crate) const NETWORK: &str = r#"
name = "small"
dt = 0.1
seed = 3

[templates.lif]
model = "iaf_psc_exp"
initial = { V_m = { uniform = [-70, -50] } }
inputs = [{ poisson = "8 kHz", weight = "60 pA" }]

[populations.E]
like = "lif"
size = 160

[populations.I]
like = "lif"
size = 40

[[projections]]
from = "E"
to = "E"
probability = 0.1
weight = { normal = [50, 5] }
delay = 1.5

[[projections]]
from = "E"
to = "I"
probability = 0.1
weight = 50
delay = 1.5

[[projections]]
from = "I"
to = "E"
probability = 0.1
weight = -250
delay = 1.0
"#;

/// A directory for one test, removed at the end.
pub(crate) struct Dir(PathBuf);

impl Dir {
    /// With `small.toml` in it.
    pub(crate) fn new() -> Dir {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("isospike-cli-{}-{n}", std::process::id());
        let dir = Dir(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&dir.0).unwrap();
        dir.write("small.toml", NETWORK);
        dir
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// The command, started here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut c = Command::new(env!("CARGO_BIN_EXE_isospike"));
        c.current_dir(&self.0).args(args);
        c
    }

    /// Runs the command.
    pub(crate) fn isospike(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs the command, which must succeed, and returns its stdout.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let out = self.isospike(args);
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{args:?}: {stderr}");
        String::from_utf8(out.stdout).unwrap()
    }

    /// The same with `--json`, whose output must be one object and nothing else.
    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        let text = self.ok(&[args, &["--json"]].concat());
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// What lies here besides the network.
    pub(crate) fn others(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|n| !n.ends_with(".toml")).collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
