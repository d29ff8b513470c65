//! An array in a file, read piece by piece.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use zip::{CompressionMethod, ZipArchive};

/// An array of an archive, `.npz`. One without compression is never in memory as a whole.
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
