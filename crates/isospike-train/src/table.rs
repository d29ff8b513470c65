//! Rows of numbers in four, two or one bytes each.

use crate::TrainError;
use isospike_lane::Half;
use isospike_layer::LayerError;

/// What the numbers of a table are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// As they are: 4 bytes.
    F32,
    /// 16-bit floats, to nearest, ties to even: 2 bytes, off by at most 2^-11 of the number where
    /// it is at least 2^-14.
    F16,
    /// Whole numbers n from -127 to 127 and a scale s for each row, 1/127 of its largest magnitude
    /// in f32: 1 byte. n is x / s to nearest, ties to even, and stands for n s: off by half a
    /// scale, and the rounding of that product.
    I8,
}

/// Rows of the same length.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    width: usize,
    numbers: Numbers,
    /// Of each row as it is stored: the square root of the sum of squares, columns upwards, in f64.
    norms: Vec<f64>,
}

#[derive(Clone, Debug)]
enum Numbers {
    F32(Vec<f32>),
    F16(Vec<u16>),
    I8 { numbers: Vec<i8>, scales: Vec<f32> },
}

/// The square root of the sum of squares, upwards, in f64.
pub(crate) fn norm(row: &[f32]) -> f64 {
    row.iter().fold(0.0, |sum, &x| sum + f64::from(x) * f64::from(x)).sqrt()
}

impl Table {
    pub(crate) fn new(width: usize, stored: Stored) -> Self {
        let numbers = match stored {
            Stored::F32 => Numbers::F32(Vec::new()),
            Stored::F16 => Numbers::F16(Vec::new()),
            Stored::I8 => Numbers::I8 { numbers: Vec::new(), scales: Vec::new() },
        };
        Table { width, numbers, norms: Vec::new() }
    }

    /// One more row at the end.
    ///
    /// # Errors
    /// If a number is not finite or beyond the format, or all are 0 as they are stored.
    pub(crate) fn push(&mut self, row: &[f32]) -> Result<(), TrainError> {
        let id = self.rows();
        let number = |column: usize, value: f32, what: &str| {
            let field = format!("row {id} of the table{what}");
            Err(LayerError::Number { field, index: column, value: value.into() }.into())
        };
        if let Some(column) = row.iter().position(|x| !x.is_finite()) {
            return number(column, row[column], "");
        }
        let mut stored = row.to_vec();
        match &mut self.numbers {
            Numbers::F32(all) => all.extend(row),
            Numbers::F16(all) => {
                let half = row.iter().map(|&x| Half::F16.encode(x));
                let from = all.len();
                all.extend(half);
                Half::F16.decode_all(&all[from..], &mut stored);
                if let Some(column) = stored.iter().position(|x| !x.is_finite()) {
                    all.truncate(from);
                    return number(column, stored[column], " stored as f16");
                }
            }
            Numbers::I8 { numbers, scales } => {
                let scale = row.iter().fold(0.0f32, |most, x| most.max(x.abs())) / 127.0;
                let from = numbers.len();
                // a scale of 0 is a row of zeros
                let whole = |x: f32| (x / scale).round_ties_even().clamp(-127.0, 127.0) as i8;
                numbers.extend(row.iter().map(|&x| whole(x)));
                scales.push(scale);
                scaled(&numbers[from..], scale, &mut stored);
            }
        }
        let norm = norm(&stored);
        if norm == 0.0 {
            self.truncate(id);
            let (field, allowed) =
                ("the norm of a row of the table", "must be > 0: a cosine needs a direction");
            return Err(TrainError::Value { field, value: 0.0, allowed });
        }
        self.norms.push(norm);
        Ok(())
    }

    fn truncate(&mut self, rows: usize) {
        match &mut self.numbers {
            Numbers::F32(all) => all.truncate(rows * self.width),
            Numbers::F16(all) => all.truncate(rows * self.width),
            Numbers::I8 { numbers, scales } => {
                numbers.truncate(rows * self.width);
                scales.truncate(rows);
            }
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.norms.len()
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn norm(&self, row: usize) -> f64 {
        self.norms[row]
    }

    /// A row, as it is stored.
    pub(crate) fn read(&self, row: usize, to: &mut [f32]) {
        let at = row * self.width..(row + 1) * self.width;
        match &self.numbers {
            Numbers::F32(all) => to.copy_from_slice(&all[at]),
            Numbers::F16(all) => Half::F16.decode_all(&all[at], to),
            Numbers::I8 { numbers, scales } => scaled(&numbers[at], scales[row], to),
        }
    }

    /// Bytes of the numbers and of the scales.
    pub(crate) fn bytes(&self) -> usize {
        match &self.numbers {
            Numbers::F32(all) => size_of_val(&all[..]),
            Numbers::F16(all) => size_of_val(&all[..]),
            Numbers::I8 { numbers, scales } => numbers.len() + size_of_val(&scales[..]),
        }
    }
}

fn scaled(numbers: &[i8], scale: f32, to: &mut [f32]) {
    to.iter_mut().zip(numbers).for_each(|(to, &n)| *to = f32::from(n) * scale);
}
