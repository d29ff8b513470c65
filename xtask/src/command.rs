//! Child processes: shown as the user would type them, streamed or captured line by line.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};

/// A command that can be printed for the user to repeat.
#[derive(Clone)]
pub(crate) struct Cmd {
    env: Vec<(&'static str, String)>,
    words: Vec<String>,
}

impl Cmd {
    /// The words of `line`, split at spaces.
    pub(crate) fn new(line: &str) -> Self {
        Self { env: Vec::new(), words: line.split_whitespace().map(str::to_owned).collect() }
    }

    /// `cargo` with the words of `line`.
    pub(crate) fn cargo(line: &str) -> Self {
        Self::new(&format!("cargo {line}"))
    }

    /// One more word, which may contain spaces.
    pub(crate) fn arg(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// More words.
    pub(crate) fn args(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.words.extend(words);
        self
    }

    /// The same, started by the command of `line`.
    pub(crate) fn under(self, line: &str) -> Self {
        let words = line.split_whitespace().map(str::to_owned).chain(self.words).collect();
        Self { words, ..self }
    }

    /// Sets an environment variable of the child.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs with the terminal of this process; an error when it does not succeed.
    pub(crate) fn run(&self) -> Result<()> {
        let status =
            self.command().status().with_context(|| format!("could not start `{self}`"))?;
        if !status.success() {
            bail!("{status}");
        }
        Ok(())
    }

    /// Standard output of a command that succeeded.
    pub(crate) fn output(&self) -> Result<String> {
        let output = self
            .command()
            .stderr(Stdio::piped())
            .output()
            .with_context(|| format!("could not start `{self}`"))?;
        if !output.status.success() {
            bail!("`{self}`: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).with_context(|| format!("output of `{self}`"))
    }

    /// Whether it starts and succeeds; what it prints is dropped.
    pub(crate) fn succeeds(&self) -> bool {
        self.command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Runs it, giving each line of both outputs to `line` as it comes; whether it succeeded.
    pub(crate) fn lines(&self, mut line: impl FnMut(&str)) -> Result<bool> {
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not start `{self}`"))?;
        let (sender, receiver) = mpsc::channel();
        let out = child.stdout.take().map(|out| forward(out, sender.clone()));
        let err = child.stderr.take().map(|err| forward(err, sender));
        for text in receiver {
            line(&text);
        }
        for reader in [out, err].into_iter().flatten() {
            let _ = reader.join();
        }
        Ok(child.wait()?.success())
    }
}

fn forward(
    source: impl Read + Send + 'static,
    lines: mpsc::Sender<String>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut source = BufReader::new(source);
        let mut bytes = Vec::new();
        while source.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            if lines.send(text).is_err() {
                return;
            }
            bytes.clear();
        }
    })
}

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |word: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+".contains(c);
            if word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
        };
        for (name, value) in &self.env {
            write!(f, "{name}={} ", quoted(value))?;
        }
        let words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_as_it_is_typed() {
        let cmd = Cmd::cargo("doc --no-deps").env("RUSTDOCFLAGS", "-D warnings").arg("a b");
        assert_eq!(cmd.to_string(), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'a b'");
    }
}
