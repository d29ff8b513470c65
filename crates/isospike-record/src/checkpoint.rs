//! A run in a file, to be taken up again.

use crate::{Error, Result, Resume, Saved};
use isospike_backend::{ErrorKind, Session, SessionExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What every checkpoint begins with.
const MAGIC: &[u8; 8] = b"isospike";
/// Of the layout of the file, of slots and of what records save. Raised with any of them.
const VERSION: u32 = 1;
/// Names of the parts that hold the state: the plan's fingerprint, and slots by their names.
const PLAN: &str = "plan";
const SLOT: &str = "slot ";
/// A digest at the end.
const DIGEST_BYTES: u64 = 32;

/// A checkpoint on its way to a file: the state of a session, records under way, and values, each a
/// part with a name.
///
/// The file appears at once: it is written under another name (`NAME.tmp`), brought to the disk and
/// then renamed, over the checkpoint before it, which is there until then. So a process that ends
/// at any moment leaves the last checkpoint behind, whole. State goes through in pieces: no slot is
/// in memory as a whole.
///
/// | bytes | what |
/// |---|---|
/// | 8 | `isospike` |
/// | u32 | version of the layout |
/// | u16, so many | length of a part's name, its name |
/// | u32, so many | length of a piece of it, the piece; repeated until the length is 0 |
/// | | further parts, until the length of a name is 0 |
/// | 32 | SHA-256 of everything before |
///
/// Numbers are little-endian. A checkpoint holds no files of records but how long they were: they
/// must stay where they are.
///
/// ```
/// use isospike::{Network, Options, Simulation};
/// use isospike_record::stats::Rates;
/// use isospike_record::{Checkpoint, CheckpointWriter, Header, Selection, Sink};
/// use std::ops::ControlFlow;
///
/// let network = || {
///     let drive = |p: isospike::net::NeuronsBuilder| p.poisson(2800.0, 60.0);
///     Network::build("ten").population("e", 10, "iaf_psc_exp", drive).finish()
/// };
/// let path = std::env::temp_dir().join("isospike-doc-checkpoint");
/// let header = Header::of(&network()?);
/// let rates = || Rates::new(&header, &Selection::all(&header));
/// let run = |simulation: &mut Simulation, rates: &mut Rates, steps: u64| {
///     simulation.run_steps(steps, 100, |reached, spikes| {
///         rates.push(spikes, reached).expect("in order");
///         ControlFlow::Continue(())
///     })
/// };
///
/// let mut simulation = Simulation::new(network()?, &Options::default())?;
/// let mut counted = rates();
/// run(&mut simulation, &mut counted, 700)?;
/// let mut file = CheckpointWriter::create(&path)?;
/// file.state(simulation.session())?;
/// file.record("digest", simulation.spike_digest())?;
/// file.record("rates", &mut counted)?;
/// file.finish()?;
/// run(&mut simulation, &mut counted, 300)?;
///
/// // In another process, on another device, on any number of threads.
/// let mut again = Simulation::new(network()?, &Options::default())?;
/// let mut resumed = rates();
/// let mut checkpoint = Checkpoint::open(&path)?;
/// checkpoint.restore(again.session())?;
/// checkpoint.resume("digest", again.spike_digest())?;
/// checkpoint.resume("rates", &mut resumed)?;
/// assert_eq!(again.step(), 700);
/// run(&mut again, &mut resumed, 300)?;
/// assert_eq!(again.digest(), simulation.digest());
/// assert_eq!(resumed.result(), counted.result());
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CheckpointWriter {
    path: PathBuf,
    temporary: PathBuf,
    file: Hashed,
    finished: bool,
}

impl CheckpointWriter {
    /// Begins a checkpoint.
    ///
    /// # Errors
    /// `Write` if no file can be made beside it.
    pub fn create(path: &Path) -> Result<CheckpointWriter> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(Error::write(&temporary))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        let mut file = Hashed { file, hash: Sha256::new(), piece: Vec::new() };
        let begun = file.write(MAGIC).and_then(|()| file.write(&VERSION.to_le_bytes()));
        begun.map_err(Error::write(&temporary))?;
        Ok(CheckpointWriter { path: path.to_path_buf(), temporary, file, finished: false })
    }

    /// Adds the state of a session, with the spikes that were pushed to it and are under way.
    ///
    /// # Errors
    /// `Write`, and `Session` with those of [`SessionExt::stream_finite`].
    pub fn state(&mut self, session: &mut dyn Session) -> Result<()> {
        let plan = session.plan().clone();
        self.part(PLAN, |file| file.add(&plan.fingerprint()))?;
        for (name, slot) in plan.slots() {
            let mut streamed = Ok(());
            self.part(&format!("{SLOT}{name}"), |file| {
                let mut written = Ok(());
                streamed = session.stream_finite(slot, |piece| {
                    if written.is_ok() {
                        written = file.add(piece);
                    }
                });
                written
            })?;
            streamed?;
        }
        Ok(())
    }

    /// Adds a record under way, after bringing it to the disk.
    ///
    /// # Errors
    /// `Write`, and those of [`Resume::save`].
    pub fn record(&mut self, name: &str, record: &mut (impl Resume + ?Sized)) -> Result<()> {
        let mut saved = Saved::default();
        record.save(&mut saved)?;
        self.part(name, |file| file.add(saved.bytes()))
    }

    /// Adds a value.
    ///
    /// # Errors
    /// `Write`.
    pub fn value(&mut self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut saved = Saved::default();
        saved.put(value);
        self.part(name, |file| file.add(saved.bytes()))
    }

    /// Puts the checkpoint into place, on the disk.
    ///
    /// # Errors
    /// `Write`; then the checkpoint before it is still there.
    pub fn finish(mut self) -> Result<()> {
        let mut complete = || {
            self.file.write(&0u16.to_le_bytes())?;
            let digest = self.file.hash.clone().finalize();
            self.file.file.write_all(&digest)?;
            self.file.file.flush()?;
            self.file.file.get_ref().sync_all()
        };
        complete().map_err(Error::write(&self.temporary))?;
        let put = || {
            std::fs::rename(&self.temporary, &self.path)?;
            // The name is there after a power failure only if its directory was written too.
            let parent = self.path.parent().filter(|p| !p.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
        };
        put().map_err(Error::write(&self.path))?;
        self.finished = true;
        Ok(())
    }

    fn part(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut Hashed) -> io::Result<()>,
    ) -> Result<()> {
        let length = u16::try_from(name.len()).ok().filter(|n| *n > 0);
        let Some(length) = length else {
            let message = format!("part = {name:?}; its name must have 1 to 65535 bytes");
            return Err(Error::Invalid(message));
        };
        let file = &mut self.file;
        let all = || {
            file.write(&length.to_le_bytes())?;
            file.write(name.as_bytes())?;
            write(file)?;
            file.end()
        };
        all().map_err(Error::write(&self.temporary))
    }
}

impl Drop for CheckpointWriter {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

/// A file, the digest of what was written into it, and the piece under way.
struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    piece: Vec<u8>,
}

impl Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }

    /// Adds to the part under way, in pieces of a length of ours.
    fn add(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        const PIECE: usize = 1 << 16;
        while !bytes.is_empty() {
            let (now, rest) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = rest;
            if self.piece.len() == PIECE {
                self.put_piece()?;
            }
        }
        Ok(())
    }

    /// Ends the part under way.
    fn end(&mut self) -> io::Result<()> {
        if !self.piece.is_empty() {
            self.put_piece()?;
        }
        self.write(&0u32.to_le_bytes())
    }

    fn put_piece(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        self.write(&(piece.len() as u32).to_le_bytes())?;
        self.write(&piece)?;
        self.piece = piece;
        self.piece.clear();
        Ok(())
    }
}

/// A checkpoint in a file, whole and unchanged ([`CheckpointWriter`] says what is in it).
pub struct Checkpoint {
    path: PathBuf,
    file: BufReader<File>,
    /// Name of each part and where its pieces begin.
    parts: Vec<(String, u64)>,
}

impl Checkpoint {
    /// Opens a checkpoint and reads it once, to see that it is what was written.
    ///
    /// # Errors
    /// `Read` if there is none, or if it is of another version, cut short or changed.
    pub fn open(path: &Path) -> Result<Checkpoint> {
        let open = || {
            let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
            check(&mut file)?;
            let parts = parts(&mut file)?;
            Ok(Checkpoint { path: path.to_path_buf(), file, parts })
        };
        open().map_err(Error::read(path))
    }

    /// Names of the records and values, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.parts.iter().map(|(name, _)| name.as_str());
        names.filter(|name| *name != PLAN && !name.starts_with(SLOT))
    }

    /// Puts the state back into a session of the same network. One slot is in memory at a time.
    ///
    /// # Errors
    /// `Session` with those of [`SessionExt::restore`]: the plan is another, or the state is none
    /// of it. `Invalid` if no state was saved.
    pub fn restore(&mut self, session: &mut dyn Session) -> Result<()> {
        let plan = self.part(PLAN)?;
        let is_slot = |(name, at): &(String, u64)| Some((name.strip_prefix(SLOT)?.to_owned(), *at));
        let slots: Vec<_> = self.parts.iter().filter_map(is_slot).collect();
        let names: Vec<_> = slots.iter().map(|(name, _)| name.as_str()).collect();
        let fingerprint = *plan.first_chunk().unwrap_or(&[0; 32]);
        session.restore_from(&fingerprint, &names, |i| {
            let read = self.pieces(slots[i].1);
            let failed = |e| isospike_backend::Error::new(ErrorKind::Device, format!("{e}"));
            read.map(Cow::Owned).map_err(failed)
        })?;
        Ok(())
    }

    /// Goes on with a record that was saved under this name.
    ///
    /// # Errors
    /// `Invalid` if none was, and those of [`Resume::resume`].
    pub fn resume(&mut self, name: &str, record: &mut (impl Resume + ?Sized)) -> Result<()> {
        let mut saved = Saved::of(self.part(name)?);
        let named = |e| match e {
            Error::Invalid(what) => Error::Invalid(format!("{name}: {what}")),
            e => e,
        };
        record.resume(&mut saved).map_err(named)
    }

    /// A value that was saved under this name.
    ///
    /// # Errors
    /// `Invalid` if none was, or one of another type.
    pub fn value<T: DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        Saved::of(self.part(name)?).take()
    }

    fn part(&mut self, name: &str) -> Result<Vec<u8>> {
        let Some(&(_, at)) = self.parts.iter().find(|(n, _)| n == name) else {
            let message = format!("{}: there is no {name} in this checkpoint", self.path.display());
            return Err(Error::Invalid(message));
        };
        self.pieces(at)
    }

    fn pieces(&mut self, at: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut read = || {
            self.file.seek(SeekFrom::Start(at))?;
            loop {
                match number(&mut self.file)? {
                    0 => return Ok(()),
                    n => {
                        (&mut self.file).take(n).read_to_end(&mut bytes)?;
                    }
                }
            }
        };
        read().map_err(Error::read(&self.path))?;
        Ok(bytes)
    }
}

/// Reads the whole file and compares its digest.
fn check(file: &mut (impl Read + Seek)) -> io::Result<()> {
    let mut start = [0; 12];
    let (magic, version) = match file.read_exact(&mut start) {
        Ok(()) => start.split_at(MAGIC.len()),
        Err(_) => return Err(wrong("it is not a checkpoint of isospike")),
    };
    if magic != MAGIC {
        return Err(wrong("it is not a checkpoint of isospike"));
    }
    match version.first_chunk().map(|v| u32::from_le_bytes(*v)) {
        Some(VERSION) => {}
        version => {
            let version = version.unwrap_or_default();
            return Err(wrong(format!(
                "it is a checkpoint of version {version}; this isospike reads version {VERSION}"
            )));
        }
    }
    let length = file.seek(SeekFrom::End(0))?;
    let content = length.saturating_sub(DIGEST_BYTES);
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut bytes = vec![0; 1 << 16];
    let mut left = content;
    while left > 0 {
        let n = left.min(bytes.len() as u64) as usize;
        file.read_exact(&mut bytes[..n])?;
        hash.update(&bytes[..n]);
        left -= n as u64;
    }
    let mut found = Vec::new();
    file.take(DIGEST_BYTES).read_to_end(&mut found)?;
    match hash.finalize().as_slice() == found {
        true => Ok(()),
        false => Err(wrong("its checksum is wrong: it was cut short or changed")),
    }
}

/// Where the parts are.
fn parts(file: &mut BufReader<File>) -> io::Result<Vec<(String, u64)>> {
    let mut parts = Vec::new();
    file.seek(SeekFrom::Start(MAGIC.len() as u64 + 4))?;
    loop {
        let mut length = [0; 2];
        file.read_exact(&mut length)?;
        let mut name = vec![0; u16::from_le_bytes(length).into()];
        if name.is_empty() {
            return Ok(parts);
        }
        file.read_exact(&mut name)?;
        let name = String::from_utf8(name).map_err(|_| wrong("a part has no name"))?;
        parts.push((name, file.stream_position()?));
        loop {
            match number(file)? {
                0 => break,
                n => file.seek_relative(n as i64)?,
            }
        }
    }
}

fn number(file: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes).into())
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}
