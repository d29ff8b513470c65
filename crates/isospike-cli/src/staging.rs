//! A directory of results that appears at once or not at all.

use crate::failure::Failure;
use crate::{commands, interrupt, plot, spikes, states, summary};
use std::path::{Path, PathBuf};

/// Everything that isospike writes into a directory of results. The summary comes last: where it
/// is, the rest is.
const FILES: [&str; 13] = [
    spikes::FILE,
    states::FILE,
    plot::RASTER[0],
    plot::RASTER[1],
    plot::RATES[0],
    plot::RATES[1],
    plot::INTERVALS[0],
    plot::INTERVALS[1],
    plot::VARIATION[0],
    plot::VARIATION[1],
    commands::SWEEP[0],
    commands::SWEEP[1],
    summary::FILE,
];

/// Files on their way into a directory. They are written beside it under a temporary name; unless
/// [`Staging::finish`] or [`Staging::keep`] is reached they are removed, with the directories that
/// were made for them.
pub(crate) struct Staging {
    out: PathBuf,
    partial: Partial,
    finished: bool,
}

/// What must not stay behind unfinished.
#[derive(Clone)]
pub(crate) struct Partial {
    dir: PathBuf,
    /// Parents that did not exist, outermost first.
    created: Vec<PathBuf>,
}

impl Partial {
    /// Removes it, as far as that is possible.
    pub(crate) fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.dir);
        // Only those that are still empty.
        for parent in self.created.iter().rev() {
            let _ = std::fs::remove_dir(parent);
        }
    }
}

impl Staging {
    /// Makes room for the results of `out`.
    ///
    /// # Errors
    /// If `out` is something else than a directory, or cannot be written.
    pub(crate) fn new(out: &Path) -> Result<Staging, Failure> {
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
        let partial = Partial { dir, created };
        let staging = Staging { out: out.to_path_buf(), partial, finished: false };
        interrupt::unfinished(Some(staging.partial.clone()));
        std::fs::create_dir_all(&staging.partial.dir).map_err(|e| Failure::write(out, &e))?;
        Ok(staging)
    }

    /// The directory of results.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// Where a file is written until it is finished.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.partial.dir.join(name)
    }

    /// Moves everything into place, over what lies there from before. With `replace`, files of an
    /// earlier run that have no successor are removed.
    ///
    /// # Errors
    /// If a file cannot be moved.
    pub(crate) fn finish(&mut self, replace: bool) -> Result<(), Failure> {
        if !self.out.exists() {
            std::fs::rename(&self.partial.dir, &self.out)
                .map_err(|e| Failure::write(&self.out, &e))?;
        } else {
            let (new, old) = FILES.into_iter().partition::<Vec<_>, _>(|n| self.path(n).exists());
            for name in new {
                let to = self.out.join(name);
                std::fs::rename(self.path(name), &to).map_err(|e| Failure::write(&to, &e))?;
            }
            for name in old.into_iter().filter(|_| replace) {
                let _ = std::fs::remove_file(self.out.join(name));
            }
            let _ = std::fs::remove_dir_all(&self.partial.dir);
        }
        self.done();
        Ok(())
    }

    /// Leaves everything where it is, if a device or a file failed; the failure then says where. A
    /// request that cannot be fulfilled leaves nothing behind.
    pub(crate) fn keep(mut self, failure: Failure) -> Failure {
        if !failure.is_system() {
            return failure;
        }
        self.done();
        let dir = self.partial.dir.display();
        failure.help(format!("what was recorded until then is kept in {dir}"))
    }

    fn done(&mut self) {
        self.finished = true;
        interrupt::unfinished(None);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.finished {
            self.partial.remove();
            interrupt::unfinished(None);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_up_leaves_no_directory_behind() {
        let root = std::env::temp_dir().join(format!("isospike-staging-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        let staging = Staging::new(&root.join("a/b/c")).unwrap();
        std::fs::write(staging.path("spikes.step.tmp"), "x").unwrap();
        staging.partial.remove();
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0);
        drop(staging);
        std::fs::remove_dir(&root).unwrap();
    }

    #[test]
    fn new_files_are_there_before_old_ones_go() {
        let root = std::env::temp_dir().join(format!("isospike-finish-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        for name in [spikes::FILE, states::FILE, summary::FILE] {
            std::fs::write(root.join(name), "old").unwrap();
        }
        // A file that cannot be replaced ends it: nothing of the old results was removed before.
        std::fs::create_dir_all(root.join(plot::RASTER[0]).join("in the way")).unwrap();
        let mut staging = Staging::new(&root).unwrap();
        for name in [spikes::FILE, plot::RASTER[0], summary::FILE] {
            std::fs::write(staging.path(name), "new").unwrap();
        }
        let failure = staging.finish(true).unwrap_err();
        let failure = staging.keep(failure);
        assert!(failure.is_system());
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
        assert_eq!([spikes::FILE, states::FILE, summary::FILE].map(read), ["new", "old", "old"]);
        std::fs::remove_dir_all(root.join(plot::RASTER[0])).unwrap();
        let mut staging = Staging::new(&root).unwrap();
        std::fs::write(staging.path(summary::FILE), "new").unwrap();
        staging.finish(true).unwrap();
        assert!(!root.join(states::FILE).exists() && read(summary::FILE) == "new");
        std::fs::remove_dir_all(&root).unwrap();
    }
}
