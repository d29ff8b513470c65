//! Temporary files with one number per spike.

use crate::{Error, Result};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Bare little-endian integers of one width, in a file that only grows.
pub(super) struct Column {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Column {
    /// Creates the file.
    pub(super) fn create(path: PathBuf) -> Result<Column> {
        let file = File::create(&path).map_err(Error::write(&path))?;
        Ok(Column { path, file: BufWriter::with_capacity(1 << 16, file) })
    }

    /// Adds a number.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::write(&self.path))
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it from the start, a whole number of elements at a time.
    pub(super) fn read(&mut self, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.file.flush()?;
        let mut file = BufReader::new(File::open(&self.path)?);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = read_full(&mut file, &mut buffer)?;
            if n == 0 {
                return Ok(());
            }
            each(&buffer[..n])?;
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match file.read(&mut buffer[n..])? {
            0 => break,
            k => n += k,
        }
    }
    Ok(n)
}

/// Steps, ascending: u32 as far as they go, u64 in a second file from there on.
pub(super) struct Steps {
    narrow: Column,
    wide: Option<Column>,
    wide_path: PathBuf,
}

impl Steps {
    /// Creates the first file; the second when it is needed.
    pub(super) fn create(narrow: PathBuf, wide: PathBuf) -> Result<Steps> {
        Ok(Steps { narrow: Column::create(narrow)?, wide: None, wide_path: wide })
    }

    /// Adds a step.
    pub(super) fn push(&mut self, step: u64) -> Result<()> {
        if let Ok(step) = u32::try_from(step) {
            return self.narrow.push(&step.to_le_bytes());
        }
        let wide = match &mut self.wide {
            Some(wide) => wide,
            empty => empty.insert(Column::create(self.wide_path.clone())?),
        };
        wide.push(&step.to_le_bytes())
    }

    /// NumPy's name of the narrowest type that holds all.
    pub(super) fn descr(&self) -> &'static str {
        if self.wide.is_some() { "<u8" } else { "<u4" }
    }

    /// Reads all, some at a time.
    pub(super) fn read(
        &mut self,
        mut each: impl FnMut(&[u64]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut steps = Vec::new();
        self.narrow.read(|bytes| {
            steps.clear();
            let narrow = bytes.as_chunks().0.iter();
            steps.extend(narrow.map(|b| u64::from(u32::from_le_bytes(*b))));
            each(&steps)
        })?;
        let Some(wide) = &mut self.wide else { return Ok(()) };
        wide.read(|bytes| {
            steps.clear();
            steps.extend(bytes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)));
            each(&steps)
        })
    }

    /// The files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.narrow.path()).chain(self.wide.as_ref().map(Column::path))
    }
}
