//! `spikes.npz`: the spikes of a run, and who they belong to ([`isospike_record::SpikesNpz`] says
//! what is in it).

use crate::failure::Failure;
use isospike_record::Reader;
use std::path::Path;

/// Name of the file.
pub(crate) const FILE: &str = "spikes.npz";

/// Opens a file, or the one in a directory.
///
/// # Errors
/// If there is none, or if it is not a record of spikes.
pub(crate) fn open(path: &Path) -> Result<Reader, Failure> {
    let inside = path.join(FILE);
    Ok(Reader::open(if path.is_dir() { &inside } else { path })?)
}
