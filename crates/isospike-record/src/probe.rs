//! State variables over time.

use crate::npy::{Element, Growing};
use crate::sink::Finished;
use crate::{Error, Population, Result, Resume, Saved, Selection};
use isospike_net::Precision;
use std::path::Path;

/// Samples of a state variable of one population as `.npy`: f32 or f64, `[samples, neurons]`, or
/// `[samples, neurons, lanes]` if there are several, which NumPy maps.
///
/// Of a selection it takes the neurons that are of the population, the lanes, the steps and every
/// how many of them: sample i is the state after `from + i every` steps, so the first can be the
/// initial state. Two probes are what two populations need.
pub struct Probe {
    selection: Selection,
    precision: Precision,
    /// Indices of the selected neurons in the population, and its size.
    columns: Vec<u32>,
    size: usize,
    /// Lanes of the run.
    batch: usize,
    file: Growing,
    /// Samples taken.
    n: u64,
    bytes: Vec<u8>,
}

impl Probe {
    /// Creates the file. `batch` is how many lanes the run has.
    ///
    /// # Errors
    /// `Invalid` if no neuron of the population is selected, `Write` if the file cannot be made.
    pub fn create(
        path: &Path,
        precision: Precision,
        population: &Population,
        batch: u32,
        selection: &Selection,
    ) -> Result<Probe> {
        let ids = population.first_id..population.first_id + population.size;
        let columns: Vec<_> = selection
            .neuron_ids()
            .filter(|id| ids.contains(id))
            .map(|id| id - population.first_id)
            .collect();
        if columns.is_empty() {
            let name = &population.name;
            return Err(Error::Invalid(format!(
                "population = {name}; no neuron of it is selected"
            )));
        }
        let (descr, bytes) = match precision {
            Precision::F32 => (f32::DESCR, 4),
            Precision::F64 => (f64::DESCR, 8),
        };
        let shape = [columns.len() as u64, selection.n_lanes() as u64];
        let shape = if selection.n_lanes() == 1 { &shape[..1] } else { &shape[..] };
        Ok(Probe {
            file: Growing::create(path, descr, bytes, shape)?,
            selection: selection.clone(),
            precision,
            columns,
            size: population.size as usize,
            batch: batch as usize,
            n: 0,
            bytes: Vec::new(),
        })
    }

    /// Steps from `step` to the next sample; 0 if it is due now, none if there is no other.
    pub fn until_next(&self, step: u64) -> Option<u64> {
        self.selection.nth(self.n).map(|next| next.saturating_sub(step))
    }

    /// Takes the sample of the state after `step` steps, which must be due: the variable of the
    /// whole population, `[neuron][lane]`, in any unit.
    ///
    /// # Errors
    /// `Invalid` if it is not due or not of this shape, `Write` if the file cannot be written.
    pub fn sample(&mut self, step: u64, values: &[f64]) -> Result<()> {
        let due = self.selection.nth(self.n);
        if due != Some(step) {
            return Err(Error::Invalid(match due {
                Some(due) => format!("step = {step}; the next sample is due at {due}"),
                None => format!("step = {step}; there is no other sample to take"),
            }));
        }
        if values.len() != self.size * self.batch {
            let (n, size, batch) = (values.len(), self.size, self.batch);
            let message =
                format!("values = {n} of them; {size} neurons x {batch} lanes are needed");
            return Err(Error::Invalid(message));
        }
        self.bytes.clear();
        for &column in &self.columns {
            let lanes = &values[column as usize * self.batch..][..self.batch];
            for lane in self.selection.lane_numbers() {
                let x = lanes[lane as usize];
                match self.precision {
                    Precision::F32 => (x as f32).put(&mut self.bytes),
                    Precision::F64 => x.put(&mut self.bytes),
                }
            }
        }
        self.file.write(&self.bytes)?;
        self.n += 1;
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// `Write` if it cannot be written.
    pub fn finish(mut self) -> Result<Finished> {
        self.file.finish(self.n)?;
        Ok(Finished { files: vec![self.file.path().to_path_buf()], lost: 0 })
    }
}

impl Resume for Probe {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&(&self.selection, &self.columns));
        saved.put(&(self.n, self.file.sync()?));
        Ok(())
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &(&self.selection, &self.columns))?;
        let at;
        (self.n, at) = saved.take()?;
        self.file.resume(at)
    }
}
