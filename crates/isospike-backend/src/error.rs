//! One error type for the seam: a kind to act on, a message to read, context to look up.

use std::fmt;

/// What went wrong, as far as a caller can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The network or an argument is wrong; nothing was started.
    Invalid,
    /// The device cannot run this plan.
    Unsupported,
    /// The plan needs more memory than it may use; the context says `requested` and `available`.
    MemoryLimit,
    /// The device could not allocate what the plan needs: for devices that say so. An operating
    /// system rather ends the process, so for the CPU only the memory limit is a protection.
    OutOfMemory,
    /// A state became NaN or infinite.
    NotFinite,
    /// The device or its driver failed.
    Device,
}

/// An error of a plan, a device or a session.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// `Result` with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a message that says what was asked, what is available and what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), context: Vec::new(), source: None }
    }
    /// Adds a named value.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.context.push((key, value.to_string()));
        self
    }
    /// Adds the error that caused this one.
    #[must_use]
    pub fn caused_by(mut self, e: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(e));
        self
    }
    /// What kind it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
    /// The named values.
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.context
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for (i, (key, value)) in self.context.iter().enumerate() {
            write!(f, "{}{key}: {value}", if i == 0 { " (" } else { ", " })?;
        }
        if self.context.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|e| e.as_ref() as _)
    }
}

impl From<isospike_net::NetError> for Error {
    fn from(e: isospike_net::NetError) -> Self {
        Error::new(ErrorKind::Invalid, e.to_string()).caused_by(e)
    }
}
