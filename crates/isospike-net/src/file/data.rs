//! What a network takes from files: values per neuron, synapses, spikes.

use super::columns::{Columns, data_error};
use super::npy::{self, Number, tuple};
use crate::validate::{ms, whole_steps};
use crate::{Edges, NetError};
use ndarray::Array2;
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Data files, found relative to the network file, and the time step of the network that reads
/// them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files<'a> {
    pub(super) base: &'a Path,
    pub(super) dt_ms: f64,
}

impl Files<'_> {
    /// Whether a string refers to one array: `file.npy` or `file.npz:array`.
    pub(super) fn is_array(text: &str) -> bool {
        text.ends_with(".npy") || text.contains(".npz:")
    }

    /// One array of numbers.
    pub(super) fn array(&self, field: &str, text: &str) -> Result<Vec<f64>, NetError> {
        self.read_array(field, text, |mut data| npy::read(&mut data, |x| Ok(x.value)))
    }

    /// What `read` makes of an array, `file.npy` or `file.npz:array`.
    ///
    /// # Errors
    /// If there is none, or messages of `read`, which go on from its name.
    pub(super) fn read_array<T>(
        &self,
        field: &str,
        text: &str,
        read: impl FnOnce(&mut dyn Read) -> Result<T, String>,
    ) -> Result<T, NetError> {
        if let Some((stem, name)) = text.split_once(".npz:") {
            return Columns::archive(field, self.base, &format!("{stem}.npz"))?.array(name, read);
        }
        let file = File::open(self.base.join(text)).map_err(|e| data_error(field, text, e))?;
        read(&mut BufReader::new(file)).map_err(|e| data_error(field, text, format!("array{e}")))
    }

    /// A two-dimensional array with so many rows.
    pub(super) fn table(
        &self,
        field: &str,
        text: &str,
        rows: usize,
    ) -> Result<Array2<f64>, NetError> {
        let table = RefCell::new(Array2::zeros((0, 0)));
        let accept = |shape: [usize; 2]| match shape[0] == rows {
            true => {
                *table.borrow_mut() = Array2::zeros(shape);
                Ok(())
            }
            false => Err(format!(" has shape {}: must have {rows} rows", tuple(&shape))),
        };
        let set = |row: usize, column: usize, x: f64| {
            table.borrow_mut()[[row, column]] = x;
            Ok(())
        };
        self.read_array(field, text, |mut data| npy::read_matrix(&mut data, accept, set))?;
        Ok(table.into_inner())
    }

    /// Synapses: `pre`, `post`, and `weight` and `delay` (ms) if they are there.
    pub(super) fn edges(&self, field: &str, file: &str) -> Result<Edges, NetError> {
        let known = ["pre", "post", "weight", "delay"];
        let mut c = Columns::open(field, self.base, file, &known)?;
        Ok(Edges {
            pre: c.need("pre", id)?,
            post: c.need("post", id)?,
            weight: c.take("weight", finite)?,
            delay_ms: c.take("delay", |x| finite(x).map(|_| self.delay(x)))?,
        })
    }

    /// Spikes: `id`, and `time` (ms) or `step`.
    pub(super) fn spikes(&self, field: &str, file: &str) -> Result<Vec<(u64, u32)>, NetError> {
        let mut c = Columns::open(field, self.base, file, &["id", "time", "step"])?;
        let ids = c.need("id", id)?;
        let steps = match c.one_of(["time", "step"])? {
            "time" => c.need("time", |x| self.step_of(x))?,
            _ => c.need("step", |x| whole(x, STEPS))?,
        };
        if steps.len() != ids.len() {
            return Err(c.error(format!("{} ids but {} times", ids.len(), steps.len())));
        }
        Ok(steps.into_iter().zip(ids).collect())
    }

    /// The step whose spikes have a time: time (s + 1) dt belongs to step s.
    ///
    /// # Errors
    /// What is allowed, if the time is none.
    pub(super) fn step_of(&self, time: Number) -> Result<u64, String> {
        match whole_steps(time.value, self.dt_ms, time.epsilon) {
            Some(steps) if steps >= 1.0 => Ok(steps as u64 - 1),
            _ => Err(format!("must be a multiple of dt = {}, and at least one dt", ms(self.dt_ms))),
        }
    }

    /// A delay as it was meant: a type too narrow to tell the multiples of dt apart as well as
    /// `f64` does held the nearest it could to one. What is no multiple is left for
    /// [`crate::Network::validate`] to refuse.
    fn delay(&self, x: Number) -> f64 {
        match whole_steps(x.value, self.dt_ms, x.epsilon) {
            Some(steps) if x.epsilon > f64::EPSILON => steps * self.dt_ms,
            _ => x.value,
        }
    }
}

/// Largest step of a spike that is read; what it may be is checked with the network.
pub(super) const STEPS: u64 = 1 << 48;

fn whole(x: Number, most: u64) -> Result<u64, String> {
    if x.value.fract() == 0.0 && (0.0..=most as f64).contains(&x.value) {
        return Ok(x.value as u64);
    }
    Err(format!("must be a whole number between 0 and {most}"))
}

fn finite(x: Number) -> Result<f64, String> {
    if x.value.is_finite() { Ok(x.value) } else { Err("must be finite".into()) }
}

fn id(x: Number) -> Result<u32, String> {
    whole(x, u32::MAX.into()).map(|x| x as u32)
}
