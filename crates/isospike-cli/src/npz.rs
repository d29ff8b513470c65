//! NumPy's `.npz`, written and read piece by piece: an array never has to be in memory as a whole.
//!
//! An archive without compression (as `numpy.savez` makes) of `.npy` files of format version 1.0.
//! Compressed archives are read too, into memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// A type an array can have.
pub(crate) trait Element: Copy {
    /// NumPy's name of the type, little-endian.
    const DESCR: &'static str;
    /// Its bytes.
    fn put(self, out: &mut Vec<u8>);
}

macro_rules! elements {
    ($($t:ty: $descr:literal),*) => {
        $(impl Element for $t {
            const DESCR: &'static str = $descr;
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        })*
    };
}
elements!(i8: "|i1", u32: "<u4", u64: "<u8", f32: "<f4", f64: "<f8");

/// An archive on its way to a file.
pub(crate) struct NpzWriter {
    zip: ZipWriter<BufWriter<File>>,
}

impl NpzWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn create(path: &Path) -> io::Result<NpzWriter> {
        Ok(NpzWriter {
            zip: ZipWriter::new(BufWriter::with_capacity(1 << 16, File::create(path)?)),
        })
    }

    /// Begins an array of `shape`, whose bytes (C order) follow through [`Write`].
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn begin(&mut self, name: &str, descr: &str, shape: &[u64]) -> io::Result<()> {
        let dims: Vec<_> = shape.iter().map(u64::to_string).collect();
        let comma = if dims.len() == 1 { "," } else { "" };
        let mut header = format!(
            "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}{comma}), }}",
            dims.join(", ")
        );
        // Magic, version and length take 10 bytes; data begin at a multiple of 64.
        let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
        header.extend(std::iter::repeat_n(' ', padded - 1 - header.len()));
        header.push('\n');
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(b"\x93NUMPY\x01\x00")?;
        self.zip.write_all(&(header.len() as u16).to_le_bytes())?;
        self.zip.write_all(header.as_bytes())
    }

    /// A whole array.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn array<T: Element>(
        &mut self,
        name: &str,
        shape: &[u64],
        values: &[T],
    ) -> io::Result<()> {
        self.begin(name, T::DESCR, shape)?;
        let mut bytes = Vec::new();
        values.iter().for_each(|x| x.put(&mut bytes));
        self.zip.write_all(&bytes)
    }

    /// An array of strings, of the length of the longest.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn strings(&mut self, name: &str, values: &[&str]) -> io::Result<()> {
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
    pub(crate) fn finish(self) -> io::Result<()> {
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

/// An array in a file.
pub(crate) struct Array {
    /// NumPy's name of its type.
    pub(crate) descr: String,
    /// Its shape.
    pub(crate) shape: Vec<u64>,
    data: Box<dyn Read>,
}

impl Array {
    /// Opens an array of an archive.
    ///
    /// # Errors
    /// If there is no such file or array, or if it is not one.
    pub(crate) fn open(path: &Path, name: &str) -> io::Result<Array> {
        let mut zip = ZipArchive::new(BufReader::new(File::open(path)?))?;
        let mut entry = zip.by_name(&format!("{name}.npy")).map_err(|e| match e {
            zip::result::ZipError::FileNotFound => {
                invalid(format!("there is no array {name:?} in it"))
            }
            e => e.into(),
        })?;
        let mut data: Box<dyn Read> = match (entry.compression(), entry.data_start()) {
            (CompressionMethod::Stored, start) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(start))?;
                Box::new(BufReader::with_capacity(1 << 16, file.take(entry.size())))
            }
            _ => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                Box::new(Cursor::new(bytes))
            }
        };
        let (descr, shape) = header(&mut *data)?;
        Ok(Array { descr, shape, data })
    }

    /// Number of elements.
    pub(crate) fn count(&self) -> u64 {
        self.shape.iter().product()
    }

    /// The next `n` elements of an array of integers.
    ///
    /// # Errors
    /// If it has other elements, fewer, or negative ones.
    pub(crate) fn integers(&mut self, n: usize) -> io::Result<Vec<u64>> {
        fn each<const N: usize>(bytes: &[u8], f: impl Fn([u8; N]) -> i128) -> io::Result<Vec<u64>> {
            let values = bytes.as_chunks::<N>().0.iter().map(|b| u64::try_from(f(*b)));
            values.collect::<Result<_, _>>().map_err(|_| invalid("a negative number"))
        }
        match self.descr.as_str() {
            "|i1" => each(&self.bytes(n)?, |b| i8::from_le_bytes(b).into()),
            "|u1" => each(&self.bytes(n)?, |b| u8::from_le_bytes(b).into()),
            "<u2" => each(&self.bytes(2 * n)?, |b| u16::from_le_bytes(b).into()),
            "<i2" => each(&self.bytes(2 * n)?, |b| i16::from_le_bytes(b).into()),
            "<u4" => each(&self.bytes(4 * n)?, |b| u32::from_le_bytes(b).into()),
            "<i4" => each(&self.bytes(4 * n)?, |b| i32::from_le_bytes(b).into()),
            "<u8" => each(&self.bytes(8 * n)?, |b| u64::from_le_bytes(b).into()),
            "<i8" => each(&self.bytes(8 * n)?, |b| i64::from_le_bytes(b).into()),
            other => Err(invalid(format!("type {other}; integers are needed"))),
        }
    }

    /// The next `n` elements of an array of f64.
    ///
    /// # Errors
    /// If it has other elements, or fewer.
    pub(crate) fn floats(&mut self, n: usize) -> io::Result<Vec<f64>> {
        match self.descr.as_str() {
            "<f8" => Ok(self
                .bytes(8 * n)?
                .as_chunks()
                .0
                .iter()
                .map(|b| f64::from_le_bytes(*b))
                .collect()),
            other => Err(invalid(format!("type {other}; <f8 is needed"))),
        }
    }

    /// The next `n` bytes of an array of signs.
    ///
    /// # Errors
    /// If it has other elements, or fewer.
    pub(crate) fn signs(&mut self, n: usize) -> io::Result<Vec<i8>> {
        match self.descr.as_str() {
            "|i1" => Ok(self.bytes(n)?.into_iter().map(|b| b as i8).collect()),
            other => Err(invalid(format!("type {other}; |i1 is needed"))),
        }
    }

    /// The next `n` elements of an array of strings.
    ///
    /// # Errors
    /// If it has other elements, or fewer.
    pub(crate) fn strings(&mut self, n: usize) -> io::Result<Vec<String>> {
        let length = self.descr.strip_prefix("<U").and_then(|l| l.parse::<usize>().ok());
        let Some(length) = length else {
            return Err(invalid(format!("type {}; strings are needed", self.descr)));
        };
        let bytes = self.bytes(4 * n * length)?;
        let codes: Vec<u32> = bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
        let string =
            |c: &[u32]| c.iter().filter(|c| **c > 0).filter_map(|c| char::from_u32(*c)).collect();
        Ok(codes.chunks(length.max(1)).map(string).collect())
    }

    fn bytes(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.data).take(n as u64).read_to_end(&mut bytes)?;
        if bytes.len() < n { Err(invalid("it ends too early")) } else { Ok(bytes) }
    }
}

/// Type and shape.
fn header(data: &mut dyn Read) -> io::Result<(String, Vec<u64>)> {
    let mut start = [0; 8];
    data.read_exact(&mut start)?;
    let length = match (&start[..6], start[6]) {
        (b"\x93NUMPY", 1) => {
            let mut n = [0; 2];
            data.read_exact(&mut n)?;
            u64::from(u16::from_le_bytes(n))
        }
        (b"\x93NUMPY", 2 | 3) => {
            let mut n = [0; 4];
            data.read_exact(&mut n)?;
            u64::from(u32::from_le_bytes(n))
        }
        _ => return Err(invalid("it is not an array of NumPy")),
    };
    let mut text = String::new();
    data.take(length).read_to_string(&mut text)?;
    let after = |key: &str| text.split_once(key).map(|(_, rest)| rest.trim_start());
    let descr = after("'descr':").and_then(|r| r.strip_prefix('\'')?.split_once('\'')).map(|d| d.0);
    let shape = after("'shape':").and_then(|r| r.strip_prefix('(')?.split_once(')')).map(|s| s.0);
    let shape = shape.and_then(|s| {
        let dims = s.split(',').map(str::trim).filter(|d| !d.is_empty());
        dims.map(|d| d.parse().ok()).collect::<Option<Vec<u64>>>()
    });
    match (descr, shape, text.contains("'fortran_order': False")) {
        (Some(descr), Some(shape), true) => Ok((descr.into(), shape)),
        _ => Err(invalid(format!("its header is not understood: {}", text.trim()))),
    }
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}
