//! A directory of results that appears at once or not at all.

use crate::failure::Failure;
use crate::interrupt;
use std::path::{Path, PathBuf};

/// Everything that isospike writes into a directory of results.
pub const FILES: &[&str] = &[
    "spikes.npz",
    "state.npz",
    "raster.png",
    "raster.svg",
    "rates.png",
    "rates.svg",
    "isi.png",
    "isi.svg",
    "cv.png",
    "cv.svg",
    "summary.json",
];

/// Files on their way into a directory. They are written beside it under a temporary name; unless
/// [`Staging::finish`] is reached they are removed, with the directories that were made for them.
pub struct Staging {
    out: PathBuf,
    dir: PathBuf,
    /// Parents that did not exist, outermost first.
    created: Vec<PathBuf>,
    finished: bool,
}

impl Staging {
    /// Makes room for the results of `out`.
    ///
    /// # Errors
    /// If `out` is something else than a directory, or cannot be written.
    pub fn new(out: &Path) -> Result<Staging, Failure> {
        check(out)?;
        let partial = format!("partial-{}", std::process::id());
        let dir = match (out.is_dir(), out.file_name()) {
            (false, Some(name)) => out.with_file_name(format!(".{}.{partial}", name.display())),
            _ => out.join(format!(".{partial}")),
        };
        let parents = dir.ancestors().skip(1);
        let missing = parents.take_while(|p| !p.as_os_str().is_empty() && !p.exists());
        let mut created: Vec<_> = missing.map(Path::to_path_buf).collect();
        created.reverse();
        std::fs::create_dir_all(&dir).map_err(|e| Failure::write(out, &e))?;
        interrupt::unfinished(Some(dir.clone()));
        Ok(Staging { out: out.to_path_buf(), dir, created, finished: false })
    }

    /// Where a file is written until it is finished.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Moves everything into place. Of the [`FILES`] that lie there from before, those named in
    /// `stale` are removed.
    ///
    /// # Errors
    /// If a file cannot be moved.
    pub fn finish(mut self, stale: &[&str]) -> Result<(), Failure> {
        if !self.out.exists() {
            std::fs::rename(&self.dir, &self.out).map_err(|e| Failure::write(&self.out, &e))?;
        } else {
            for name in stale {
                let _ = std::fs::remove_file(self.out.join(name));
            }
            // The summary comes last: where it is, the rest is.
            for name in FILES.iter().filter(|n| self.path(n).exists()) {
                let to = self.out.join(name);
                std::fs::rename(self.path(name), &to).map_err(|e| Failure::write(&to, &e))?;
            }
            let _ = std::fs::remove_dir_all(&self.dir);
        }
        self.finished = true;
        interrupt::unfinished(None);
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_dir_all(&self.dir);
            // Only those that are still empty.
            for parent in self.created.iter().rev() {
                let _ = std::fs::remove_dir(parent);
            }
            interrupt::unfinished(None);
        }
    }
}

/// Refuses what cannot become a directory of results, before any work is done.
///
/// # Errors
/// If something else than a directory is in the way.
pub fn check(out: &Path) -> Result<(), Failure> {
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
