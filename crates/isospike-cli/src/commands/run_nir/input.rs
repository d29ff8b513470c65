//! What the inputs of a graph are given: arrays of NumPy, or text.

use crate::failure::Failure;
use ndarray::ArrayD;
use ndarray_npy::{ReadNpyError, ReadableElement, read_npy};
use std::path::Path;

/// Numbers of an input, step after step.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) steps: usize,
    /// `[T, N]`
    pub(super) data: Vec<f32>,
}

impl Input {
    /// From a file: `.npy` with steps along the first axis, or `.csv` without names, a line for
    /// each step. `width` numbers are needed in a step.
    pub(super) fn read(name: &str, path: &Path, width: usize) -> Result<Input, Failure> {
        let said = |said: String| Failure::user(format!("{}: {said}", path.display()));
        let (steps, data) = match path.extension().and_then(|e| e.to_str()) {
            Some("npy") => npy(path).map_err(said)?,
            Some("csv") => csv(path).map_err(said)?,
            _ => return Err(said("an input is a .npy or a .csv".into())),
        };
        let each = data.len().checked_div(steps).unwrap_or(0);
        if steps > 0 && each != width {
            return Err(said(format!("it has {each} numbers for a step; {name} needs {width}")));
        }
        let single: Vec<f32> = data.iter().map(|&x| x as f32).collect();
        match single.iter().position(|x| !x.is_finite()) {
            Some(i) => {
                let (step, at, x) = (i / width, i % width, data[i]);
                Err(said(format!("number {at} of step {step} is {x}; it must be finite as f32")))
            }
            None => Ok(Input { name: name.to_owned(), steps, data: single }),
        }
    }
}

/// Steps and numbers of an array of any type of number.
fn npy(path: &Path) -> Result<(usize, Vec<f64>), String> {
    let mut last = String::new();
    let all = [of::<f32>, of::<f64>, of::<i64>, of::<i32>, of::<u8>, of::<i8>, flags];
    for read in all {
        match read(path) {
            Ok(array) if array.ndim() > 0 => {
                return Ok((array.shape()[0], array.iter().copied().collect()));
            }
            Ok(_) => return Err("it is a single number; steps go along the first axis".into()),
            Err(ReadNpyError::WrongDescriptor(e)) => last = format!("its type is {e}"),
            Err(e) => return Err(e.to_string()),
        }
    }
    Err(format!("{last}; floats, integers or booleans are needed"))
}

/// An array of one type.
fn of<T: ReadableElement + Copy + Number>(path: &Path) -> Result<ArrayD<f64>, ReadNpyError> {
    Ok(read_npy::<_, ArrayD<T>>(path)?.mapv(Number::number))
}

fn flags(path: &Path) -> Result<ArrayD<f64>, ReadNpyError> {
    Ok(read_npy::<_, ArrayD<bool>>(path)?.mapv(|yes| f64::from(u8::from(yes))))
}

/// A number of a file.
trait Number {
    fn number(self) -> f64;
}

macro_rules! numbers {
    ($($t:ty)*) => {
        $(impl Number for $t {
            fn number(self) -> f64 {
                self as f64
            }
        })*
    };
}

numbers!(f32 f64 i64 i32 u8 i8);

fn csv(path: &Path) -> Result<(usize, Vec<f64>), String> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_path(path);
    let (mut steps, mut data) = (0, Vec::new());
    for row in reader.map_err(|e| e.to_string())?.records() {
        steps += 1;
        for text in &row.map_err(|e| e.to_string())? {
            let number = text.trim().parse::<f64>();
            data.push(number.map_err(|_| format!("line {steps}: {text:?} is no number"))?);
        }
    }
    Ok((steps, data))
}
