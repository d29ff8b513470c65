//! What went wrong, for people and for scripts.

use isospike::ErrorKind;
use isospike::net::NetError;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use std::fmt;
use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
use std::io::IsTerminal;
use std::path::Path;

/// An error with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// The request cannot be fulfilled as it stands: exit code 2.
    pub(crate) fn user(message: impl Into<String>) -> Failure {
        Failure { code: 2, message: message.into(), help: None }
    }

    /// A device or a file failed: exit code 1.
    pub(crate) fn system(message: impl Into<String>) -> Failure {
        Failure { code: 1, message: message.into(), help: None }
    }

    /// A file could not be written.
    pub(crate) fn write(path: &Path, error: &std::io::Error) -> Failure {
        Failure::system(format!("{}: cannot be written: {error}", path.display()))
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }

    /// Whether a device or a file failed.
    pub(crate) fn is_system(&self) -> bool {
        self.code == 1
    }

    /// Exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// Shows it on stderr.
    pub(crate) fn report(&self) {
        let terminal = std::io::stderr().is_terminal();
        let colours = terminal && std::env::var_os("NO_COLOR").is_none();
        let theme =
            if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        // Lines are only broken for people: scripts look for whole messages.
        let handler = GraphicalReportHandler::new_themed(theme).with_wrap_lines(terminal);
        let mut text = String::new();
        match handler.render_report(&mut text, self) {
            Ok(()) => eprint!("{text}"),
            Err(_) => eprintln!("{self}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl Diagnostic for Failure {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as _)
    }
}

impl From<isospike::Error> for Failure {
    fn from(e: isospike::Error) -> Failure {
        let code = match e.kind() {
            ErrorKind::OutOfMemory | ErrorKind::Device => 1,
            _ => 2,
        };
        let help = match e.kind() {
            ErrorKind::MemoryLimit => Some("`isospike size` shows where the memory goes".into()),
            _ => None,
        };
        Failure { code, message: e.to_string(), help }
    }
}

impl From<isospike_record::Error> for Failure {
    fn from(e: isospike_record::Error) -> Failure {
        match e {
            isospike_record::Error::Write { .. } => Failure::system(e.to_string()),
            // What the system says, unless a file that was named is none.
            isospike_record::Error::Read { ref source, .. }
                if source.raw_os_error().is_some()
                    && !matches!(
                        source.kind(),
                        NotFound | IsADirectory | NotADirectory | PermissionDenied
                    ) =>
            {
                Failure::system(e.to_string())
            }
            isospike_record::Error::Session(e) => e.into(),
            _ => Failure::user(e.to_string()),
        }
    }
}

impl From<NetError> for Failure {
    fn from(e: NetError) -> Failure {
        let help = match &e {
            NetError::Unknown { what: "bundled network", .. } => {
                Some("a network of your own is a TOML file: isospike run my_network.toml".into())
            }
            _ => None,
        };
        Failure { help, ..Failure::user(e.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    /// What was asked for, and what a disk does, have exit codes of their own.
    #[test]
    fn a_disk_that_fails_is_no_mistake_of_the_user() {
        let code = |source: io::Error| {
            let path = "spikes.npz".into();
            Failure::from(isospike_record::Error::Read { path, source }).code()
        };
        // EIO; ENOENT.
        assert_eq!([5, 2].map(|e| code(io::Error::from_raw_os_error(e))), [1, 2]);
        assert_eq!(code(io::Error::new(io::ErrorKind::InvalidData, "cut short")), 2);
    }
}
