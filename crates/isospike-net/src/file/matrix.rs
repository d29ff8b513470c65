//! Files that hold a dense matrix of weights: `.npy`, or `.csv` without a line of names.

use super::columns::data_error;
use super::data::Files;
use super::npy::{self, tuple};
use crate::matrix::Entries;
use crate::{Edges, NetError};
use std::fs::File;
use std::io::BufReader;

impl Files<'_> {
    /// A matrix: its shape, which `accept` accepts or says what it must be, and the synapses that
    /// its entries other than 0 are, row by row. Rows and columns count from 0, as neurons do.
    pub(super) fn matrix(
        &self,
        field: &str,
        file: &str,
        accept: impl Fn([usize; 2]) -> Result<(), String>,
        autapses: bool,
    ) -> Result<([usize; 2], Edges), NetError> {
        let error = |e: String| data_error(field, file, e);
        let open = || File::open(self.base.join(file)).map_err(|e| error(e.to_string()));
        let mut entries = Entries::default();
        let mut add = |row: usize, column: usize, x: f64| {
            entries.add(row, column, x, autapses).map_err(|e| format!(": {e}"))
        };
        let accept = |shape: [usize; 2]| {
            accept(shape).map_err(|e| format!(" has shape {}: {e}", tuple(&shape)))
        };
        let shape = if file.ends_with(".npy") {
            npy::read_matrix(&mut BufReader::new(open()?), accept, &mut add)
        } else if file.ends_with(".csv") {
            table(open()?, accept, &mut add)
        } else {
            let allowed = "must be a .npy or .csv file";
            return Err(NetError::value(field, format!("`{file}`"), allowed));
        };
        let shape = shape.map_err(|e| error(format!("matrix{e}")))?;
        Ok((shape, entries.into_edges()))
    }

    /// Whether a `.csv` file is a matrix: its first line holds numbers only, no names.
    pub(super) fn is_matrix(&self, field: &str, file: &str) -> Result<bool, NetError> {
        let opened = File::open(self.base.join(file)).map_err(|e| data_error(field, file, e))?;
        let mut record = csv::StringRecord::new();
        let read = reader(opened).read_record(&mut record);
        read.map_err(|e| data_error(field, file, e))?;
        Ok(record.iter().all(|text| text.parse::<f64>().is_ok()))
    }
}

fn reader(file: File) -> csv::Reader<File> {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(file)
}

/// As [`npy::read_matrix`], for a table of numbers.
fn table(
    file: File,
    accept: impl FnOnce([usize; 2]) -> Result<(), String>,
    mut each: impl FnMut(usize, usize, f64) -> Result<(), String>,
) -> Result<[usize; 2], String> {
    let mut reader = reader(file);
    let mut record = csv::StringRecord::new();
    let [mut rows, mut columns] = [0, 0];
    while reader.read_record(&mut record).map_err(|e| format!(": {e}"))? {
        if rows == 0 {
            columns = record.len();
        }
        if record.len() != columns {
            let n = record.len();
            return Err(format!(": row {rows} has {n} columns where row 0 has {columns}"));
        }
        for (column, text) in record.iter().enumerate() {
            let x = text.parse();
            let x = x.map_err(|_| {
                format!(": row {rows}, column {column} = `{text}`: must be a number")
            })?;
            each(rows, column, x)?;
        }
        rows += 1;
    }
    accept([rows, columns])?;
    Ok([rows, columns])
}
