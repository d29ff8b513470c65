//! What a sweep gives: one table, as arrays, as text and as JSON.

use super::block::Block;
use super::observe::{Sampling, What};
use super::points::Points;
use crate::failure::Failure;
use crate::text;
use ndarray::{Array1, ArrayD, IxDyn};
use ndarray_npy::NpzWriter;
use serde::Serialize;
use std::fs::File;
use std::path::Path;

/// Columns over all points, and arrays.
pub(super) struct Results {
    /// What is varied, the seed aside.
    pub(super) axes: Vec<(String, Vec<f64>)>,
    pub(super) seeds: Vec<u64>,
    /// Numbers of every point.
    pub(super) columns: Vec<(&'static str, Vec<f64>)>,
    /// Which of them come first in an observation.
    firsts: Vec<usize>,
    /// Shapes end with points.
    arrays: Vec<(&'static str, ArrayD<f64>)>,
    /// What goes with arrays.
    frequencies: Option<Vec<f64>>,
    /// The time after which a point was not finite, ms; NaN for those that always were.
    pub(super) stopped: Vec<f64>,
}

/// `sweep.json` and `--json`.
#[derive(Serialize)]
pub(super) struct Json<'a> {
    pub(super) network: &'a str,
    pub(super) device: String,
    pub(super) precision: &'static str,
    pub(super) time_ms: f64,
    pub(super) n_points: usize,
    pub(super) n_stopped: usize,
    /// Points per second, of those that this process ran.
    pub(super) points_per_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) out: Option<String>,
    pub(super) columns: serde_json::Map<String, serde_json::Value>,
    pub(super) version: &'static str,
}

impl Results {
    /// From all blocks, in order.
    pub(super) fn new(
        points: &Points,
        whats: &[What],
        sampling: Sampling,
        blocks: &[Block],
    ) -> Results {
        let n = points.len();
        let (mut columns, mut firsts, mut arrays) = (Vec::new(), Vec::new(), Vec::new());
        for (i, what) in whats.iter().enumerate() {
            firsts.push(columns.len());
            for (k, name) in what.columns().iter().enumerate() {
                let all = blocks.iter().flat_map(|b| b.summaries[i].columns[k].iter().copied());
                columns.push((*name, all.collect()));
            }
            let shape = blocks.first().map_or(Vec::new(), |b| b.summaries[i].array.0.clone());
            let rows: usize = shape.iter().product();
            let mut whole = Vec::with_capacity(rows * n);
            for row in 0..rows {
                for block in blocks {
                    let lanes = block.stopped.len();
                    whole.extend_from_slice(&block.summaries[i].array.1[row * lanes..][..lanes]);
                }
            }
            let shape: Vec<usize> = shape.into_iter().chain([n]).collect();
            let array = ArrayD::from_shape_vec(IxDyn(&shape), whole).expect("rows of all points");
            arrays.push((what.name(), array));
        }
        let stopped = blocks.iter().flat_map(|b| b.stopped.iter().copied());
        let ms = |step: i64| if step < 0 { f64::NAN } else { step as f64 * sampling.dt };
        Results {
            axes: points.axes().iter().map(|a| (a.name.clone(), a.values.clone())).collect(),
            seeds: points.seeds.clone(),
            columns,
            firsts,
            arrays,
            frequencies: whats.iter().find_map(|what| what.frequencies(sampling)),
            stopped: stopped.map(ms).collect(),
        }
    }

    /// The first column of every observation.
    pub(super) fn first_columns(&self) -> Vec<(&'static str, &[f64])> {
        let all = self.firsts.iter().map(|&k| &self.columns[k]);
        all.map(|(name, column)| (*name, &column[..])).collect()
    }

    /// How many points were not finite.
    pub(super) fn n_stopped(&self) -> usize {
        self.stopped.iter().filter(|at| !at.is_nan()).count()
    }

    /// Names of all columns.
    fn headings(&self) -> Vec<&str> {
        let axes = self.axes.iter().map(|(name, _)| &**name);
        let columns = self.columns.iter().map(|(name, _)| *name);
        axes.chain(["seed"]).chain(columns).chain(["stopped_ms"]).collect()
    }

    /// A point's numbers, as text; nothing where there is none.
    fn row(&self, point: usize, show: fn(f64) -> String) -> Vec<String> {
        let number = |x: f64| if x.is_nan() { String::new() } else { show(x) };
        let axes = self.axes.iter().map(|(_, all)| all[point].to_string());
        let columns = self.columns.iter().map(|(_, all)| number(all[point]));
        let stopped = number(self.stopped[point]);
        axes.chain([self.seeds[point].to_string()]).chain(columns).chain([stopped]).collect()
    }

    /// `sweep.csv`
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn csv(&self, path: &Path) -> Result<(), Failure> {
        let write = || -> Result<(), csv::Error> {
            let mut csv = csv::Writer::from_path(path)?;
            csv.write_record(self.headings())?;
            for point in 0..self.seeds.len() {
                csv.write_record(self.row(point, |x| x.to_string()))?;
            }
            Ok(csv.flush()?)
        };
        write().map_err(|e| Failure::system(format!("{}: cannot be written: {e}", path.display())))
    }

    /// `sweep.npz`
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn npz(&self, path: &Path) -> Result<(), Failure> {
        let write = || -> Result<(), Box<dyn std::error::Error>> {
            let mut npz = NpzWriter::new(File::create(path)?);
            let one = |all: &[f64]| Array1::from_vec(all.to_vec());
            for (name, all) in &self.axes {
                npz.add_array(name.as_str(), &one(all))?;
            }
            npz.add_array("seed", &Array1::from_vec(self.seeds.clone()))?;
            for (name, all) in &self.columns {
                npz.add_array(*name, &one(all))?;
            }
            npz.add_array("stopped_ms", &one(&self.stopped))?;
            for (name, array) in &self.arrays {
                npz.add_array(*name, array)?;
            }
            if let Some(frequencies) = &self.frequencies {
                npz.add_array("frequency_hz", &one(frequencies))?;
            }
            Ok(npz.finish()?.sync_all()?)
        };
        write().map_err(|e| Failure::system(format!("{}: cannot be written: {e}", path.display())))
    }

    /// All columns for JSON, null where there is no number.
    pub(super) fn json(&self) -> serde_json::Map<String, serde_json::Value> {
        let axes = self.axes.iter().map(|(name, all)| (name.clone(), serde_json::json!(all)));
        let seeds = [("seed".to_owned(), serde_json::json!(self.seeds))];
        let columns = self.columns.iter().map(|(name, all)| (*name, all));
        let columns = columns.chain([("stopped_ms", &self.stopped)]);
        let columns = columns.map(|(name, all)| (name.to_owned(), serde_json::json!(all)));
        axes.chain(seeds).chain(columns).collect()
    }

    /// The first points for people.
    pub(super) fn page(&self) -> String {
        /// Rows that fit on a screen.
        const ROWS: usize = 20;
        let headings = self.headings();
        let right: Vec<usize> = (0..headings.len()).collect();
        let mut table = text::table(&headings, &right);
        let n = self.seeds.len();
        for point in 0..n.min(ROWS) {
            table.add_row(self.row(point, text::digits));
        }
        let rest = match n.saturating_sub(ROWS) {
            0 => String::new(),
            more => format!("... and {}\n", text::count(more as u64, "points")),
        };
        format!("{table}\n{rest}")
    }
}
