//! Arrays from `.npy`, `.npz` and `.csv` files.

use crate::{Edges, NetError};
use ndarray::Array1;
use ndarray_npy::{NpzReader, ReadNpyExt};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Data files, found relative to the network file.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) base: PathBuf,
}

/// Named columns of equal length.
struct Columns {
    field: String,
    file: String,
    columns: Vec<(String, Vec<f64>)>,
}

/// Reads a one-dimensional array of any number type; `open` is called for each attempt.
fn any_number<E: std::fmt::Display>(
    mut f64s: impl FnMut() -> Result<Array1<f64>, E>,
    others: &mut [&mut dyn FnMut() -> Option<Vec<f64>>],
) -> Result<Vec<f64>, String> {
    match f64s() {
        Ok(a) => Ok(a.to_vec()),
        Err(e) => others.iter_mut().find_map(|read| read()).ok_or_else(|| e.to_string()),
    }
}

macro_rules! read_numbers {
    ($read:expr) => {
        any_number(
            || $read,
            &mut [
                read_numbers!(@ f32, $read),
                read_numbers!(@ i64, $read),
                read_numbers!(@ u64, $read),
                read_numbers!(@ i32, $read),
                read_numbers!(@ u32, $read),
                read_numbers!(@ i16, $read),
                read_numbers!(@ u16, $read),
                read_numbers!(@ i8, $read),
                read_numbers!(@ u8, $read),
            ],
        )
    };
    (@ $t:ty, $read:expr) => {
        &mut || {
            let array: Array1<$t> = $read.ok()?;
            Some(array.iter().map(|&x| x as f64).collect())
        }
    };
}

impl Files {
    /// Whether a string refers to one array: `file.npy` or `file.npz:array`.
    pub(super) fn is_array(text: &str) -> bool {
        text.ends_with(".npy") || text.contains(".npz:")
    }

    fn open(&self, field: &str, file: &str) -> Result<File, NetError> {
        File::open(self.path(file)).map_err(|e| data_error(field, file, e))
    }

    fn path(&self, file: &str) -> PathBuf {
        self.base.join(Path::new(file))
    }

    /// One array of numbers.
    pub(super) fn array(&self, field: &str, text: &str) -> Result<Vec<f64>, NetError> {
        match text.split_once(".npz:") {
            Some((stem, name)) => {
                let file = format!("{stem}.npz");
                let columns = self.npz(field, &file)?;
                columns.need(name).map(<[f64]>::to_vec)
            }
            None => {
                self.open(field, text)?;
                let path = self.path(text);
                let open = || File::open(&path);
                read_numbers!(
                    open()
                        .map_err(|e| e.to_string())
                        .and_then(|f| { ReadNpyExt::read_npy(f).map_err(|e| e.to_string()) })
                )
                .map_err(|e| data_error(field, text, e))
            }
        }
    }

    fn npz(&self, field: &str, file: &str) -> Result<Columns, NetError> {
        let error = |e: String| data_error(field, file, e);
        let mut npz = NpzReader::new(self.open(field, file)?).map_err(|e| error(e.to_string()))?;
        let names = npz.names().map_err(|e| error(e.to_string()))?;
        let mut columns = Vec::new();
        for name in names {
            let npz = std::cell::RefCell::new(&mut npz);
            let numbers = read_numbers!(npz.borrow_mut().by_name(&name));
            // Arrays of other types and shapes may lie beside those that are needed.
            if let Ok(numbers) = numbers {
                columns.push((name, numbers));
            }
        }
        Ok(Columns { field: field.into(), file: file.into(), columns })
    }

    fn csv(&self, field: &str, file: &str) -> Result<Columns, NetError> {
        let error = |e: String| data_error(field, file, e);
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(self.open(field, file)?);
        let head = reader.headers().map_err(|e| error(e.to_string()))?.clone();
        let mut columns: Vec<(String, Vec<f64>)> =
            head.iter().map(|name| (name.to_string(), Vec::new())).collect();
        for (i, record) in reader.records().enumerate() {
            let record = record.map_err(|e| error(e.to_string()))?;
            for (column, text) in columns.iter_mut().zip(&record) {
                let number = text.parse().map_err(|_| {
                    error(format!("line {}: {} = `{text}` is not a number", i + 2, column.0))
                })?;
                column.1.push(number);
            }
        }
        Ok(Columns { field: field.into(), file: file.into(), columns })
    }

    fn columns(&self, field: &str, file: &str) -> Result<Columns, NetError> {
        if file.ends_with(".npz") {
            self.npz(field, file)
        } else if file.ends_with(".csv") {
            self.csv(field, file)
        } else {
            Err(NetError::value(field, format!("`{file}`"), "must be a .npz or .csv file"))
        }
    }

    /// Synapses: `pre`, `post`, and `weight` and `delay` (ms) if they are there.
    pub(super) fn edges(&self, field: &str, file: &str) -> Result<Edges, NetError> {
        let c = self.columns(field, file)?;
        Ok(Edges {
            pre: c.ids("pre")?,
            post: c.ids("post")?,
            weight: c.get("weight").map(<[f64]>::to_vec),
            delay_ms: c.get("delay").map(<[f64]>::to_vec),
        })
    }

    /// Spikes: `id`, and `step` or `time` (ms).
    pub(super) fn spikes(
        &self,
        field: &str,
        file: &str,
        dt_ms: f64,
    ) -> Result<Vec<(u64, u32)>, NetError> {
        let c = self.columns(field, file)?;
        let ids = c.ids("id")?;
        let steps = match c.get("step") {
            Some(_) => c.whole("step", 1 << 48)?,
            None => steps_of(field, c.need("time")?, dt_ms)?,
        };
        if steps.len() != ids.len() {
            return Err(c.error(format!("{} ids but {} times", ids.len(), steps.len())));
        }
        Ok(steps.into_iter().zip(ids).collect())
    }
}

/// The steps whose spikes have these times: time (s + 1) dt belongs to step s.
pub(super) fn steps_of(field: &str, times: &[f64], dt_ms: f64) -> Result<Vec<u64>, NetError> {
    let step = |(i, &t): (usize, &f64)| {
        let s = (t / dt_ms).round_ties_even();
        if crate::validate::on_grid(t, dt_ms) && s >= 1.0 {
            return Ok(s as u64 - 1);
        }
        let allowed = format!("must be a multiple of dt = {dt_ms} ms, and at least one dt");
        Err(NetError::value(format!("{field}.time[{i}]"), format!("{t} ms"), allowed))
    };
    times.iter().enumerate().map(step).collect()
}

fn data_error(field: &str, file: &str, message: impl std::fmt::Display) -> NetError {
    NetError::Data { path: field.into(), file: file.into(), message: message.to_string() }
}

impl Columns {
    fn error(&self, message: String) -> NetError {
        data_error(&self.field, &self.file, message)
    }

    fn get(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| c.as_slice())
    }

    fn need(&self, name: &str) -> Result<&[f64], NetError> {
        self.get(name).ok_or_else(|| {
            let path = format!("{}: {}", self.field, self.file);
            NetError::unknown(path, "array", name, self.columns.iter().map(|(n, _)| n.as_str()))
        })
    }

    fn whole(&self, name: &str, most: u64) -> Result<Vec<u64>, NetError> {
        let convert = |(i, &x): (usize, &f64)| {
            if x.fract() == 0.0 && x >= 0.0 && x <= most as f64 {
                return Ok(x as u64);
            }
            Err(self.error(format!("{name}[{i}] = {x} must be a whole number >= 0")))
        };
        self.need(name)?.iter().enumerate().map(convert).collect()
    }

    fn ids(&self, name: &str) -> Result<Vec<u32>, NetError> {
        Ok(self.whole(name, u32::MAX.into())?.into_iter().map(|x| x as u32).collect())
    }
}
