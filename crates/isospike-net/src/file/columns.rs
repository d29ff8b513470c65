//! Named columns of numbers: the arrays of a `.npz` archive, or a `.csv` table.

use super::npy::{self, Number};
use crate::NetError;
use isospike_model::Shown;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;

/// The columns of one file.
pub(super) struct Columns<'a> {
    /// The field of the network that names the file.
    field: &'a str,
    file: &'a str,
    source: Source,
}

enum Source {
    Archive(ZipArchive<BufReader<File>>),
    Table(Vec<(String, Vec<f64>)>),
}

impl<'a> Columns<'a> {
    /// Opens a file all of whose columns must be among `known`, so that none is passed over in
    /// silence.
    ///
    /// # Errors
    /// If it cannot be read, is of another kind, or has other columns.
    pub(super) fn open(
        field: &'a str,
        base: &Path,
        file: &'a str,
        known: &[&str],
    ) -> Result<Columns<'a>, NetError> {
        let open = match file {
            _ if file.ends_with(".npz") => Columns::archive,
            _ if file.ends_with(".csv") => Columns::table,
            _ => {
                let allowed = "must be a .npz or .csv file";
                return Err(NetError::value(field, format!("`{file}`"), allowed));
            }
        };
        let columns = open(field, base, file)?;
        let (what, names) = columns.names();
        for (i, name) in names.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let path = format!("{field}: {file}");
                return Err(NetError::unknown(path, what, name, known.iter().copied()));
            }
            if names[..i].contains(name) {
                return Err(columns.error(format!("{name} stands twice")));
            }
        }
        Ok(columns)
    }

    /// Opens an archive, whatever it holds.
    pub(super) fn archive(
        field: &'a str,
        base: &Path,
        file: &'a str,
    ) -> Result<Columns<'a>, NetError> {
        let error = |e: &dyn std::fmt::Display| data_error(field, file, e);
        let opened = File::open(base.join(file)).map_err(|e| error(&e))?;
        let archive = ZipArchive::new(BufReader::new(opened)).map_err(|e| error(&e))?;
        Ok(Columns { field, file, source: Source::Archive(archive) })
    }

    fn table(field: &'a str, base: &Path, file: &'a str) -> Result<Columns<'a>, NetError> {
        let error = |e: &dyn std::fmt::Display| data_error(field, file, e);
        let opened = File::open(base.join(file)).map_err(|e| error(&e))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(opened);
        let head = reader.headers().map_err(|e| error(&e))?.clone();
        let mut columns: Vec<(String, Vec<f64>)> =
            head.iter().map(|name| (name.to_string(), Vec::new())).collect();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|e| error(&e))? {
            for ((name, values), text) in columns.iter_mut().zip(&record) {
                values.push(text.parse().map_err(|_| {
                    let line = record.position().map_or(0, csv::Position::line);
                    error(&format!("line {line}: {name} = `{text}` is not a number"))
                })?);
            }
        }
        Ok(Columns { field, file, source: Source::Table(columns) })
    }

    /// What the columns are called, and their names.
    fn names(&self) -> (&'static str, Vec<String>) {
        match &self.source {
            Source::Archive(zip) => {
                let stem = |name: &str| name.strip_suffix(".npy").unwrap_or(name).to_string();
                ("array", zip.file_names().map(stem).collect())
            }
            Source::Table(columns) => ("column", columns.iter().map(|c| c.0.clone()).collect()),
        }
    }

    /// An error that says where the file is named.
    pub(super) fn error(&self, message: impl std::fmt::Display) -> NetError {
        data_error(self.field, self.file, message)
    }

    /// The one column of `choices` that is there.
    pub(super) fn one_of<'k>(&self, choices: [&'k str; 2]) -> Result<&'k str, NetError> {
        let (_, names) = self.names();
        match choices.map(|c| names.iter().any(|n| n == c)) {
            [true, false] => Ok(choices[0]),
            [false, true] => Ok(choices[1]),
            [false, false] => Err(self.error(format!("needs one of {}", choices.join(", ")))),
            [true, true] => Err(self.error(format!("takes only one of {}", choices.join(", ")))),
        }
    }

    /// Takes a column out, if it is there, as what `convert` makes of each number, which may say
    /// what is allowed instead.
    ///
    /// # Errors
    /// If it cannot be read, or what `convert` says of a number.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        mut convert: impl FnMut(Number) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, NetError> {
        let values = match &mut self.source {
            Source::Archive(zip) => match zip.by_name(&format!("{name}.npy")) {
                Err(zip::result::ZipError::FileNotFound) => return Ok(None),
                Err(e) => Err(format!(": {e}")),
                Ok(mut entry) => npy::read(&mut entry, convert),
            },
            Source::Table(columns) => {
                let Some(i) = columns.iter().position(|c| c.0 == name) else { return Ok(None) };
                let column = std::mem::take(&mut columns[i].1).into_iter().enumerate();
                let convert = |(i, x): (usize, f64)| {
                    convert(x.into()).map_err(|allowed| format!("[{i}] = {}: {allowed}", Shown(x)))
                };
                column.map(convert).collect()
            }
        };
        values.map(Some).map_err(|e| self.error(format!("{name}{e}")))
    }

    /// What `read` makes of the array of an archive called `name`; there may be others.
    ///
    /// # Errors
    /// If it is not there, or messages of `read`, which go on from the name.
    pub(super) fn array<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut dyn Read) -> Result<T, String>,
    ) -> Result<T, NetError> {
        let value = match &mut self.source {
            Source::Archive(zip) => match zip.by_name(&format!("{name}.npy")) {
                Err(zip::result::ZipError::FileNotFound) => None,
                Err(e) => Some(Err(format!(": {e}"))),
                Ok(mut entry) => Some(read(&mut entry)),
            },
            Source::Table(_) => None,
        };
        let Some(value) = value else {
            let (what, names) = self.names();
            let path = format!("{}: {}", self.field, self.file);
            return Err(NetError::unknown(path, what, name, names.iter().map(String::as_str)));
        };
        value.map_err(|e| self.error(format!("{name}{e}")))
    }

    /// A column that must be there, as [`Columns::take`] takes it.
    pub(super) fn need<T>(
        &mut self,
        name: &str,
        convert: impl FnMut(Number) -> Result<T, String>,
    ) -> Result<Vec<T>, NetError> {
        self.take(name, convert)?.ok_or_else(|| self.error(format!("needs {name}")))
    }
}

/// An error of a data file.
pub(super) fn data_error(field: &str, file: &str, message: impl std::fmt::Display) -> NetError {
    NetError::Data { path: field.into(), file: file.into(), message: message.to_string() }
}
