//! A directory of results that appears at once or not at all; over an older one, file by file and
//! the summary last.

use crate::failure::Failure;
use crate::folder::{LOCK, check, lock, names, parent, sync};
use crate::{checkpoint, commands, interrupt, plot, spikes, summary};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What every run, sweep or picture may leave in a directory of results, besides what a summary
/// lists.
const FILES: [&str; 14] = [
    spikes::FILE,
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
    commands::ARRAYS,
    plot::MAP[0],
    plot::MAP[1],
];

/// What a directory of an unfinished run is called: that of its results, and this.
const UNFINISHED: &str = ".unfinished";
/// The summary of the results that are being replaced: it knows their files. No record and no
/// statistic can be called so.
const EARLIER: &str = "earlier.json";

/// Files on their way into a directory. They are written beside it under a temporary name; unless
/// [`Staging::finish`] or [`Staging::keep`] is reached they are removed, with the directories that
/// were made for them. But where a checkpoint lies, and in a directory that was there before, they
/// stay, whatever happens: a run can go on from them.
pub(crate) struct Staging {
    out: PathBuf,
    partial: Partial,
    /// Of a directory that outlives the process.
    lock: Option<File>,
    /// Nothing is removed when this goes.
    stays: bool,
}

/// What must not stay behind unfinished.
#[derive(Clone)]
pub(crate) struct Partial {
    dir: PathBuf,
    /// Parents that did not exist, outermost first.
    created: Vec<PathBuf>,
}

impl Partial {
    /// In a directory, which is not made yet.
    fn of(dir: PathBuf) -> Partial {
        let parents = dir.ancestors().skip(1);
        let missing = parents.take_while(|p| !p.as_os_str().is_empty() && !p.exists());
        let mut created: Vec<_> = missing.map(Path::to_path_buf).collect();
        created.reverse();
        Partial { dir, created }
    }

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
        let partial = Partial::of(dir);
        let staging = Staging { out: out.to_path_buf(), partial, lock: None, stays: false };
        interrupt::unfinished(Some(staging.partial.clone()));
        std::fs::create_dir_all(&staging.partial.dir).map_err(|e| Failure::write(out, &e))?;
        Ok(staging)
    }

    /// The same in a directory that outlives the process: `OUT.unfinished`. Until the first
    /// checkpoint is there it goes as any other.
    ///
    /// # Errors
    /// If a run lies there that was not finished, or is at work there.
    pub(crate) fn lasting(out: &Path) -> Result<Staging, Failure> {
        check(out)?;
        let Some(name) = out.file_name() else {
            let message = format!("out = {}; a run with checkpoints needs a name", out.display());
            return Err(Failure::user(message));
        };
        let dir = out.with_file_name(format!("{}{UNFINISHED}", name.display()));
        check(&dir)?;
        let partial = Partial::of(dir.clone());
        let ours = is_ours(&dir);
        let occupied = std::fs::read_dir(&dir).is_ok_and(|mut files| files.next().is_some());
        if occupied && !ours {
            let message = format!("{}: is in the way: it is no directory of a run", dir.display());
            return Err(Failure::user(message).help("remove it, or give another --out"));
        }
        std::fs::create_dir_all(&dir).map_err(|e| Failure::write(&dir, &e))?;
        let lock = lock(&dir)?;
        sync(parent(&dir)).map_err(|e| Failure::write(&dir, &e))?;
        if [checkpoint::FILE, summary::FILE].iter().any(|name| dir.join(name).exists()) {
            let message = format!("{}: holds a run that was not finished", dir.display());
            let file = dir.join(checkpoint::FILE);
            return Err(Failure::user(message).help(format!(
                "go on with it: isospike run --resume {}; or remove the directory",
                file.display()
            )));
        }
        // What a run left that ended before its first checkpoint.
        let left = names(&dir).map_err(|e| Failure::write(&dir, &e))?;
        for name in left.iter().filter(|name| *name != LOCK) {
            let _ = std::fs::remove_file(dir.join(name));
        }
        interrupt::unfinished(Some(partial.clone()));
        Ok(Staging { out: out.to_path_buf(), partial, lock: Some(lock), stays: false })
    }

    /// The directory of a run that was not finished, by the path of its checkpoint or its own.
    ///
    /// # Errors
    /// If it is none, or if a process is at work there.
    pub(crate) fn reopen(path: &Path) -> Result<Staging, Failure> {
        let dir = if path.is_dir() { path } else { parent(path) }.to_path_buf();
        let absolute = std::path::absolute(&dir).unwrap_or_else(|_| dir.clone());
        let name = absolute.file_name().map(|name| name.to_string_lossy().into_owned());
        let out = name.as_deref().and_then(|name| name.strip_suffix(UNFINISHED));
        let Some(out) = out.filter(|_| is_ours(&dir)) else {
            let named = path.display();
            let message = match path.exists() {
                false => format!("resume = {named}; there is no such file"),
                true => format!(
                    "resume = {named}; a checkpoint must lie where its run left it, beside its \
                     records, in OUT{UNFINISHED}"
                ),
            };
            return Err(Failure::user(message));
        };
        // As the path was given: absolute only if it was.
        let out = match dir.file_name() {
            Some(_) => dir.with_file_name(out),
            None => absolute.with_file_name(out),
        };
        let lock = Some(lock(&dir)?);
        Ok(Staging { out, partial: Partial { dir, created: Vec::new() }, lock, stays: true })
    }

    /// The directory of results.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// Where a file is written until it is finished.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.partial.dir.join(name)
    }

    /// Whether it outlives the process.
    pub(crate) fn is_lasting(&self) -> bool {
        self.lock.is_some()
    }

    /// Writes the summary, with which the results are complete: from now on they only have to be
    /// moved.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn complete(&self, summary: &str) -> Result<(), Failure> {
        let path = self.path(summary::FILE);
        let temporary = self.path(&format!("{}.tmp", summary::FILE));
        let write = || {
            std::fs::write(&temporary, summary)?;
            if self.is_lasting() {
                // Whatever ends this process, the checkpoint must not go before all this is there.
                for name in names(&self.partial.dir)? {
                    File::open(self.path(&name))?.sync_all()?;
                }
            }
            std::fs::rename(&temporary, &path)?;
            if self.is_lasting() { sync(&self.partial.dir) } else { Ok(()) }
        };
        write().map_err(|e| Failure::write(&path, &e))
    }

    /// Moves everything into place. Over results from before the summary comes last, and theirs is
    /// set aside first: where a summary lies, the rest of its run does. With `replace`, files of an
    /// earlier run that have no successor are removed.
    ///
    /// It can be done again where it was interrupted.
    ///
    /// # Errors
    /// If a file cannot be moved.
    pub(crate) fn finish(&mut self, replace: bool) -> Result<(), Failure> {
        // What is moved is no longer anybody's to remove.
        interrupt::unfinished(None);
        let dir = &self.partial.dir;
        let is_work = |n: &str| n == checkpoint::FILE || n == LOCK || n.ends_with(".tmp");
        let (work, new) = names(dir)
            .map_err(|e| Failure::write(dir, &e))?
            .into_iter()
            .partition::<Vec<_>, _>(|n| is_work(n));
        for name in work {
            let path = self.path(&name);
            std::fs::remove_file(&path).map_err(|e| Failure::write(&path, &e))?;
        }
        if self.out.exists() {
            self.move_over(new, replace)?;
            let _ = std::fs::remove_dir_all(dir);
        } else {
            let _ = std::fs::remove_file(self.path(EARLIER));
            std::fs::rename(dir, &self.out).map_err(|e| Failure::write(&self.out, &e))?;
        }
        self.done();
        Ok(())
    }

    /// Moves files into a directory that is there.
    fn move_over(&self, mut new: Vec<String>, replace: bool) -> Result<(), Failure> {
        let failure = |path: &Path, e| Failure::write(path, &e);
        new.retain(|name| name != EARLIER);
        // The summary comes last.
        new.sort_by_key(|name| name == summary::FILE);
        if let Some(to) = new.iter().map(|name| self.out.join(name)).find(|to| to.is_dir()) {
            return Err(failure(&to, io::ErrorKind::IsADirectory.into()));
        }
        let (earlier, old) = (self.path(EARLIER), self.out.join(summary::FILE));
        if replace && !earlier.exists() && old.exists() {
            std::fs::rename(&old, &earlier).map_err(|e| failure(&old, e))?;
        }
        let mut obsolete = listed(&earlier);
        obsolete.extend(FILES.map(str::to_owned));
        // What an attempt before has moved is as new as the rest.
        let ours = listed(&self.path(summary::FILE));
        obsolete.retain(|name| replace && !new.contains(name) && !ours.contains(name));
        for name in &new {
            if name == summary::FILE {
                obsolete.iter().for_each(|name| drop(std::fs::remove_file(self.out.join(name))));
                let _ = std::fs::remove_file(&earlier);
            }
            let to = self.out.join(name);
            std::fs::rename(self.path(name), &to).map_err(|e| failure(&to, e))?;
        }
        Ok(())
    }

    /// Removes a file of an earlier sweep that has no successor.
    ///
    /// # Errors
    /// If it is there and stays.
    pub(crate) fn drop_earlier(&self, name: &str) -> Result<(), Failure> {
        let path = self.out.join(name);
        match path.exists() && !self.path(name).exists() {
            true => std::fs::remove_file(&path).map_err(|e| Failure::write(&path, &e)),
            false => Ok(()),
        }
    }

    /// Leaves everything where it is, if a device or a file failed or if there is a checkpoint; the
    /// failure then says where. Else a request that cannot be fulfilled leaves nothing behind.
    pub(crate) fn keep(mut self, failure: Failure) -> Failure {
        let checkpoint = self.path(checkpoint::FILE);
        if self.is_lasting() && checkpoint.exists() {
            self.done();
            let file = checkpoint.display();
            return failure.help(format!("the last checkpoint is kept: --resume {file}"));
        }
        if !failure.is_system() {
            return failure;
        }
        self.done();
        let dir = self.partial.dir.display();
        failure.help(format!("what was recorded until then is kept in {dir}"))
    }

    fn done(&mut self) {
        self.stays = true;
        interrupt::unfinished(None);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let there = || [checkpoint::FILE, summary::FILE].iter().any(|n| self.path(n).exists());
        let kept = self.stays || (self.is_lasting() && there());
        if !kept {
            self.partial.remove();
            interrupt::unfinished(None);
        }
    }
}

/// What a summary says there is, but nothing outside its directory, whatever it says.
fn listed(summary: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(summary).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let names = summary["files"].as_array().into_iter().flatten();
    let names = names.filter_map(|name| name.as_str()).map(str::to_owned);
    names.filter(|name| Path::new(name).file_name() == Some(name.as_ref())).collect()
}

/// Whether a run of ours left this directory.
fn is_ours(dir: &Path) -> bool {
    [LOCK, checkpoint::FILE, summary::FILE, EARLIER].iter().any(|name| dir.join(name).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("isospike-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        root
    }

    #[test]
    fn giving_up_leaves_no_directory_behind() {
        let root = root("staging");
        let staging = Staging::new(&root.join("a/b/c")).unwrap();
        std::fs::write(staging.path("spikes.npz.tmp"), "x").unwrap();
        staging.partial.remove();
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0);
        drop(staging);
        std::fs::remove_dir(&root).unwrap();
    }

    #[test]
    fn new_files_are_there_before_old_ones_go() {
        let root = root("finish");
        for name in [spikes::FILE, "counts.npy", "mine.txt"] {
            std::fs::write(root.join(name), "old").unwrap();
        }
        let listed = "{\"files\": [\"counts.npy\", \"../mine.txt\"], \"old\": 1}";
        std::fs::write(root.join(summary::FILE), listed).unwrap();
        // A file that cannot be replaced ends it: nothing of the old results was removed before.
        std::fs::create_dir_all(root.join(plot::RASTER[0]).join("in the way")).unwrap();
        let mut staging = Staging::new(&root).unwrap();
        for name in [plot::RASTER[0], summary::FILE] {
            std::fs::write(staging.path(name), "new").unwrap();
        }
        let failure = staging.finish(true).unwrap_err();
        let failure = staging.keep(failure);
        assert!(failure.is_system());
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
        assert_eq!([spikes::FILE, "counts.npy"].map(read), ["old", "old"]);
        assert_eq!(read(summary::FILE), listed);
        std::fs::remove_dir_all(root.join(plot::RASTER[0])).unwrap();
        let mut staging = Staging::new(&root).unwrap();
        std::fs::write(staging.path("bits.npy"), "new").unwrap();
        staging.complete("new").unwrap();
        staging.finish(true).unwrap();
        assert!(!root.join(spikes::FILE).exists() && !root.join("counts.npy").exists());
        assert_eq!(["bits.npy", summary::FILE, "mine.txt"].map(read), ["new", "new", "old"]);
        std::fs::remove_dir_all(&root).unwrap();
    }

    /// A directory with results of a run that recorded counts, and a complete later one that did
    /// not.
    fn over_older_results(name: &str) -> (PathBuf, Staging) {
        let root = root(name);
        let out = root.join("o");
        std::fs::create_dir(&out).unwrap();
        for name in [spikes::FILE, "counts.npy", "mine.txt"] {
            std::fs::write(out.join(name), "old").unwrap();
        }
        let old = "{\"files\": [\"spikes.npz\", \"counts.npy\", \"summary.json\"]}";
        std::fs::write(out.join(summary::FILE), old).unwrap();
        let staging = Staging::lasting(&out).unwrap();
        for name in [spikes::FILE, "bits.npy"] {
            std::fs::write(staging.path(name), "new").unwrap();
        }
        let new = "{\"files\": [\"spikes.npz\", \"bits.npy\", \"summary.json\"]}";
        staging.complete(new).unwrap();
        (root, staging)
    }

    /// Where the process ends on the way makes no difference: what was moved stays, what is
    /// obsolete goes, and no summary stands beside results that are not its own.
    #[test]
    fn moving_over_older_results_can_be_interrupted() {
        for moved in [&[][..], &["bits.npy"], &[spikes::FILE], &["bits.npy", spikes::FILE]] {
            let (root, staging) = over_older_results(&format!("again-{}", moved.concat()));
            let (out, dir) = (staging.out().to_path_buf(), staging.partial.dir.clone());
            // As an attempt that was killed leaves it.
            std::fs::rename(out.join(summary::FILE), dir.join(EARLIER)).unwrap();
            for name in moved {
                std::fs::rename(dir.join(name), out.join(name)).unwrap();
            }
            drop(staging);
            Staging::reopen(&dir).unwrap().finish(true).unwrap();
            let mut there = names(&out).unwrap();
            there.sort();
            assert_eq!(there, ["bits.npy", "mine.txt", spikes::FILE, summary::FILE], "{moved:?}");
            for name in ["bits.npy", spikes::FILE] {
                assert_eq!(std::fs::read_to_string(out.join(name)).unwrap(), "new");
            }
            assert!(!dir.exists());
            std::fs::remove_dir_all(&root).unwrap();
        }
    }

    #[test]
    fn an_old_summary_is_set_aside_before_anything_is_moved() {
        let (root, mut staging) = over_older_results("aside");
        let out = staging.out().to_path_buf();
        // It ends with the second file, which is not there.
        let new = ["bits.npy", "absent.npy", summary::FILE].map(str::to_owned);
        staging.move_over(new.into(), true).unwrap_err();
        assert!(out.join("bits.npy").exists() && !out.join(summary::FILE).exists());
        staging.finish(true).unwrap();
        assert!(out.join(summary::FILE).exists() && !out.join("counts.npy").exists());
        std::fs::remove_dir_all(&root).unwrap();
    }

    /// Whatever is asked for: what was there before is not removed.
    #[test]
    fn a_directory_that_was_there_stays() {
        let root = root("stays");
        let dir = root.join("o.unfinished");
        std::fs::create_dir(&dir).unwrap();
        for name in [LOCK, "mine.npy"] {
            std::fs::write(dir.join(name), "x").unwrap();
        }
        drop(Staging::reopen(&dir).unwrap());
        let failure = Staging::reopen(&dir).unwrap().keep(Failure::user("no"));
        assert!(!failure.is_system() && dir.join("mine.npy").exists());
        std::fs::remove_dir_all(&root).unwrap();
    }

    /// Wherever a process ends, there is either a checkpoint, or the results are complete.
    #[test]
    fn a_lasting_directory_is_left_with_its_checkpoint() {
        let root = root("lasting");
        let out = root.join("o");
        let message = |r: Result<Staging, Failure>| r.err().map(|e| e.to_string()).unwrap();
        // Nothing worth keeping was written.
        drop(Staging::lasting(&out).unwrap());
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0);
        let staging = Staging::lasting(&out).unwrap();
        assert!(message(Staging::lasting(&out)).contains("at work"));
        std::fs::write(staging.path("left.npy"), "x").unwrap();
        // As if the process had been killed: nothing is dropped.
        let dir = staging.partial.dir.clone();
        staging.lock.as_ref().unwrap().unlock().unwrap();
        std::mem::forget(staging);
        let staging = Staging::lasting(&out).unwrap();
        assert!(!dir.join("left.npy").exists(), "there was no checkpoint");
        let checkpoint = staging.path(checkpoint::FILE);
        std::fs::write(&checkpoint, "x").unwrap();
        std::fs::write(staging.path("counts.npy"), "x").unwrap();
        std::fs::write(staging.path("spikes.npz.tmp"), "x").unwrap();
        drop(staging);
        assert!(message(Staging::lasting(&out)).contains("not finished"));
        for path in [&checkpoint, &dir] {
            let staging = Staging::reopen(path).unwrap();
            assert_eq!(staging.out(), out);
        }
        let mut staging = Staging::reopen(&checkpoint).unwrap();
        staging.complete("s").unwrap();
        staging.finish(true).unwrap();
        let mut there = names(&out).unwrap();
        there.sort();
        assert_eq!(there, ["counts.npy", summary::FILE]);
        assert!(!dir.exists());
        assert!(message(Staging::reopen(&checkpoint)).contains("no such file"));
        assert!(message(Staging::reopen(&out)).contains("OUT.unfinished"));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
