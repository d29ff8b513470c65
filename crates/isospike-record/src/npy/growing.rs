//! An array on its way to a file, row by row.

use super::header;
use crate::{Error, Result};
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A `.npy` file whose first dimension grows, and which can be mapped into memory when it is
/// finished: C order, data from a multiple of 64 bytes on. Until then its header says 0 rows.
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
    /// Where the file is, in bytes of data.
    at: u64,
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
        let mut growing = Growing {
            path: path.to_path_buf(),
            file: BufWriter::with_capacity(BUFFER, File::create(path).map_err(Error::write(path))?),
            descr: descr.into(),
            row: row.to_vec(),
            row_bytes: element_bytes * row.iter().product::<u64>(),
            header_bytes,
            at: 0,
        };
        let header = growing.header(0);
        growing.file.write_all(&header).map_err(Error::write(path))?;
        Ok(growing)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        self.file.write_all(bytes).map_err(Error::write(&self.path))
    }

    /// Puts a row where it belongs, with zeros in those left out since the last.
    pub(crate) fn write_row(&mut self, row: u64, bytes: &[u8]) -> Result<()> {
        debug_assert_eq!(bytes.len() as u64, self.row_bytes);
        let gap = row * self.row_bytes - self.at;
        let filled = match gap {
            0..=4096 => self.file.write_all(&[0; 4096][..gap as usize]),
            _ => self.file.seek(SeekFrom::Current(gap as i64)).map(|_| ()),
        };
        filled.map_err(Error::write(&self.path))?;
        self.at += gap;
        self.write(bytes)
    }

    /// Completes the file.
    pub(crate) fn finish(&mut self, rows: u64) -> Result<()> {
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
