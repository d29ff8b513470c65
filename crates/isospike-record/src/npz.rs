//! NumPy's `.npz`, written piece by piece: an array never has to be in memory as a whole.

use crate::npy::{self, Element};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive without compression, as `numpy.savez` makes, on its way to a file.
pub struct NpzWriter {
    zip: ZipWriter<BufWriter<File>>,
}

impl NpzWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// From the file system.
    pub fn create(path: &Path) -> io::Result<NpzWriter> {
        Ok(NpzWriter {
            zip: ZipWriter::new(BufWriter::with_capacity(1 << 16, File::create(path)?)),
        })
    }

    /// Begins an array of `shape`, whose bytes (C order) follow through [`Write`].
    ///
    /// # Errors
    /// From the file system.
    pub fn begin(&mut self, name: &str, descr: &str, shape: &[u64]) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(&npy::header(descr, shape, 0))
    }

    /// A whole array.
    ///
    /// # Errors
    /// From the file system.
    pub fn array<T: Element>(&mut self, name: &str, shape: &[u64], values: &[T]) -> io::Result<()> {
        self.begin(name, T::DESCR, shape)?;
        let mut bytes = Vec::new();
        values.iter().for_each(|x| x.put(&mut bytes));
        self.zip.write_all(&bytes)
    }

    /// An array of strings, of the length of the longest.
    ///
    /// # Errors
    /// From the file system.
    pub fn strings(&mut self, name: &str, values: &[&str]) -> io::Result<()> {
        let longest = values.iter().map(|s| s.chars().count()).max().unwrap_or(0).max(1);
        self.begin(name, &format!("<U{longest}"), &[values.len() as u64])?;
        let mut bytes = Vec::new();
        for s in values {
            let chars = s.chars().map(u32::from).chain(std::iter::repeat(0));
            chars.take(longest).for_each(|c| c.put(&mut bytes));
        }
        self.zip.write_all(&bytes)
    }

    /// Completes the file.
    ///
    /// # Errors
    /// From the file system.
    pub fn finish(self) -> io::Result<()> {
        self.zip.finish()?.flush()
    }
}

impl Write for NpzWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.zip.write(buf)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}
