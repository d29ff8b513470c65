//! Some points at a time: they run side by side, and what they give can be kept.

use super::observe::{Sampling, Summary, What};
use super::points::Points;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Bars;
use isospike::mass::{MassError, Masses, Observation, Plan, Real};
use ndarray::{Array1, Array2};
use ndarray_npy::{NpzReader, NpzWriter};
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// What a sweep does with every point.
pub(super) struct Task<F> {
    pub(super) masses: Arc<dyn Masses<F>>,
    pub(super) whats: Vec<What>,
    pub(super) sampling: Sampling,
}

/// What some points gave.
pub(super) struct Block {
    pub(super) summaries: Vec<Summary>,
    /// The step after which a point was not finite; -1 for those that always were.
    pub(super) stopped: Vec<i64>,
}

impl<F: Real> Task<F> {
    /// Runs points; `None` if it was asked to stop meanwhile.
    ///
    /// # Errors
    /// If the device fails or has no room for them.
    pub(super) fn run(
        &self,
        points: &Points,
        range: Range<usize>,
        bars: &Bars,
    ) -> Result<Option<Block>, Failure> {
        /// Looks at whether to go on.
        const PORTIONS: u64 = 200;
        let plan = Plan::<F>::new(points.part(range.clone())?)?;
        let observations = self.observations()?;
        let mut run = self.masses.start(plan, &observations)?;
        let portion = self.sampling.all.div_ceil(PORTIONS).max(1);
        let mut done = 0;
        while done < self.sampling.all {
            let n = portion.min(self.sampling.all - done);
            run.run(n)?;
            done += n;
            bars.points(range.start, range.len(), done as f64 / self.sampling.all as f64);
            if interrupt::requested() {
                return Ok(None);
            }
        }
        let observed = run.observed()?;
        let summaries = self.whats.iter().zip(&observed);
        let stopped = run.stopped()?.into_iter().map(|step| step.map_or(-1, |step| step as i64));
        Ok(Some(Block {
            summaries: summaries
                .map(|(what, of)| what.summary(of, range.len(), self.sampling))
                .collect(),
            stopped: stopped.collect(),
        }))
    }

    /// How points are observed.
    ///
    /// # Errors
    /// If times do not fit.
    pub(super) fn observations(&self) -> Result<Vec<Observation>, Failure> {
        self.whats.iter().map(|what| what.observation(self.sampling)).collect()
    }
}

impl Block {
    /// Keeps it in a file, which appears at once.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn save(&self, path: &Path) -> Result<(), Failure> {
        let partial = path.with_extension("partial.tmp");
        let write = || -> Result<(), Box<dyn std::error::Error>> {
            let mut npz = NpzWriter::new(File::create(&partial)?);
            npz.add_array("stopped", &Array1::from_vec(self.stopped.clone()))?;
            for (i, summary) in self.summaries.iter().enumerate() {
                let (shape, data) = &summary.array;
                let lanes = self.stopped.len();
                let columns = Array2::from_shape_vec(
                    (summary.columns.len(), lanes),
                    summary.columns.concat(),
                )?;
                npz.add_array(format!("columns{i}"), &columns)?;
                let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
                npz.add_array(format!("shape{i}"), &Array1::from_vec(shape))?;
                npz.add_array(format!("array{i}"), &Array1::from_vec(data.clone()))?;
            }
            npz.finish()?.sync_all()?;
            Ok(std::fs::rename(&partial, path)?)
        };
        write().map_err(|e| Failure::system(format!("{}: cannot be written: {e}", path.display())))
    }

    /// One that was kept, of so many observations.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn load(path: &Path, whats: usize) -> Result<Block, Failure> {
        let read = || -> Result<Block, Box<dyn std::error::Error>> {
            let mut npz = NpzReader::new(File::open(path)?)?;
            let stopped: Array1<i64> = npz.by_name("stopped")?;
            let mut summaries = Vec::new();
            for i in 0..whats {
                let columns: Array2<f64> = npz.by_name(&format!("columns{i}"))?;
                let shape: Array1<u64> = npz.by_name(&format!("shape{i}"))?;
                let data: Array1<f64> = npz.by_name(&format!("array{i}"))?;
                summaries.push(Summary {
                    columns: columns.rows().into_iter().map(|row| row.to_vec()).collect(),
                    array: (shape.iter().map(|&n| n as usize).collect(), data.to_vec()),
                });
            }
            Ok(Block { summaries, stopped: stopped.to_vec() })
        };
        read().map_err(|e| Failure::system(format!("{}: cannot be read: {e}", path.display())))
    }
}

impl From<MassError> for Failure {
    fn from(e: MassError) -> Failure {
        match e {
            MassError::Device(_) => Failure::system(e.to_string()),
            _ => Failure::user(e.to_string()),
        }
    }
}
