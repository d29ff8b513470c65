//! What can go wrong with a record.

use std::io;
use std::path::{Path, PathBuf};

/// `Result` with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says what cannot be done, or which file failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A request that cannot be fulfilled as it stands, or spikes that are not those promised.
    #[error("{0}")]
    Invalid(String),
    /// A file could not be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// A session gives out no state, or does not take one back.
    #[error("{0}")]
    Session(#[from] isospike_backend::Error),
}

impl Error {
    /// Names the file that could not be written.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Error {
        |source| Error::Write { path: path.to_path_buf(), source }
    }

    /// Names the file that could not be read.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Error {
        |source| Error::Read { path: path.to_path_buf(), source }
    }
}
