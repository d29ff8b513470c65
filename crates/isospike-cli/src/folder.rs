//! Directories: what lies in them, and who may work there.

use crate::failure::Failure;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Held by the process that works in a directory.
pub(crate) const LOCK: &str = "lock";

/// Names of the files in a directory.
pub(crate) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let files = std::fs::read_dir(dir)?.collect::<io::Result<Vec<_>>>()?;
    let files = files.into_iter().filter(|f| f.file_type().is_ok_and(|t| t.is_file()));
    Ok(files.filter_map(|f| f.file_name().into_string().ok()).collect())
}

/// The directory in which something lies.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Brings the names in a directory to the disk.
pub(crate) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Keeps other processes out of a directory for as long as the file is open.
pub(crate) fn lock(dir: &Path) -> Result<File, Failure> {
    let path = dir.join(LOCK);
    let file = File::create(&path).map_err(|e| Failure::write(&path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("{}: another process is at work there", dir.display());
            Err(Failure::user(message))
        }
        Err(TryLockError::Error(e)) => Err(Failure::write(&path, &e)),
    }
}

/// Refuses what cannot become a directory of results, before any work is done.
///
/// # Errors
/// If something else than a directory is in the way.
pub(crate) fn check(out: &Path) -> Result<(), Failure> {
    let in_the_way = out.ancestors().find(|p| p.exists() && !p.is_dir());
    match in_the_way {
        Some(file) => {
            let message = format!("out = {}: {} is not a directory", out.display(), file.display());
            Err(Failure::user(message)
                .help("give a directory that exists or can be made: --out DIR"))
        }
        None => Ok(()),
    }
}
