//! An array on its way to a file, row by row.

use super::header;
use crate::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A `.npy` file whose first dimension grows, and which can be mapped into memory when it is
/// finished: C order, data from a multiple of 64 bytes on. Until then its header says 0 rows.
///
/// What lies there from before is overwritten with the first write, and not earlier, so that one
/// can go on with it instead.
///
/// Stretches of zeros of some length are not written but left as holes, which file systems that
/// have them do not store.
pub(crate) struct Growing {
    path: PathBuf,
    file: BufWriter<File>,
    descr: String,
    /// Shape of a row, and its bytes.
    row: Vec<u64>,
    row_bytes: u64,
    header_bytes: usize,
    /// Where the file is, in bytes of data; none before the first write.
    at: Option<u64>,
}

const BUFFER: usize = 1 << 16;

impl Growing {
    /// Creates the file; an element has so many bytes.
    pub(crate) fn create(
        path: &Path,
        descr: &str,
        element_bytes: u64,
        row: &[u64],
    ) -> Result<Growing> {
        // Room for any number of rows.
        let longest: Vec<_> = std::iter::once(u64::MAX).chain(row.iter().copied()).collect();
        let header_bytes = header(descr, &longest, 0).len();
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        Ok(Growing {
            path: path.to_path_buf(),
            file: BufWriter::with_capacity(BUFFER, file.map_err(Error::write(path))?),
            descr: descr.into(),
            row: row.to_vec(),
            row_bytes: element_bytes * row.iter().product::<u64>(),
            header_bytes,
            at: None,
        })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of data so far; the file is made anew if nothing was written yet.
    fn at(&mut self) -> Result<u64> {
        if let Some(at) = self.at {
            return Ok(at);
        }
        let header = self.header(0);
        self.file.get_ref().set_len(0).map_err(Error::write(&self.path))?;
        self.file.write_all(&header).map_err(Error::write(&self.path))?;
        self.at = Some(0);
        Ok(0)
    }

    /// Adds bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let at = self.at()?;
        self.at = Some(at + bytes.len() as u64);
        self.file.write_all(bytes).map_err(Error::write(&self.path))
    }

    /// Puts a row where it belongs, with zeros in those left out since the last.
    pub(crate) fn write_row(&mut self, row: u64, bytes: &[u8]) -> Result<()> {
        debug_assert_eq!(bytes.len() as u64, self.row_bytes);
        let at = self.at()?;
        let gap = row * self.row_bytes - at;
        let filled = match gap {
            0..=4096 => self.file.write_all(&[0; 4096][..gap as usize]),
            _ => self.file.seek(SeekFrom::Current(gap as i64)).map(|_| ()),
        };
        filled.map_err(Error::write(&self.path))?;
        self.at = Some(at + gap);
        self.write(bytes)
    }

    /// Brings everything to the disk; how many bytes of data that is.
    pub(crate) fn sync(&mut self) -> Result<u64> {
        let at = self.at()?;
        let mut sync = || {
            self.file.flush()?;
            self.file.get_ref().sync_data()
        };
        sync().map_err(Error::write(&self.path))?;
        Ok(at)
    }

    /// Goes on after so many bytes of data of the file that lies there; the rest is cut off.
    ///
    /// # Errors
    /// `Read` if it is not this array, or shorter.
    pub(crate) fn resume(&mut self, at: u64) -> Result<()> {
        let mut there = vec![0; self.header_bytes];
        let file = self.file.get_mut();
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut there));
        // Only the number of rows may be another; before the text there are 10 bytes.
        let rows = str::from_utf8(&there[10..]).ok().and_then(|text| {
            let (_, after) = text.split_once("'shape': (")?;
            after[..after.find(|c: char| !c.is_ascii_digit())?].parse().ok()
        });
        let end = self.header_bytes as u64 + at;
        let wrong = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        let header = rows.map(|rows| self.header(rows));
        let file = self.file.get_mut();
        let checked = match (read, header) {
            (Ok(()), Some(header)) if header == there => match file.metadata() {
                Ok(now) if now.len() >= end => Ok(()),
                Ok(_) => wrong("it is shorter than when it was saved"),
                Err(e) => Err(e),
            },
            _ => wrong("it is not the record that was saved"),
        };
        checked.map_err(Error::read(&self.path))?;
        let cut = file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end)));
        cut.map_err(Error::write(&self.path))?;
        self.at = Some(at);
        Ok(())
    }

    /// Reads the data of a finished file.
    pub(crate) fn data(&self) -> io::Result<BufReader<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.header_bytes as u64))?;
        Ok(BufReader::new(file))
    }

    /// Completes the file.
    pub(crate) fn finish(&mut self, rows: u64) -> Result<()> {
        self.at()?;
        let header = self.header(rows);
        let mut complete = || {
            self.file.flush()?;
            self.file.get_ref().set_len(self.header_bytes as u64 + rows * self.row_bytes)?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&header)?;
            self.file.flush()
        };
        complete().map_err(Error::write(&self.path))
    }

    fn header(&self, rows: u64) -> Vec<u8> {
        let shape: Vec<_> = std::iter::once(rows).chain(self.row.iter().copied()).collect();
        header(&self.descr, &shape, self.header_bytes)
    }
}
