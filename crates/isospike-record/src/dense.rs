//! A cell for every neuron and row.

use crate::npy::Growing;
use crate::sink::{Clock, Finished, Sink};
use crate::{Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Spike counts as `.npy`: u8 `[rows, neurons]`, which NumPy maps. A count above 255 stays 255, and
/// what it lacks is in [`Finished::lost`].
pub type Counts = Dense<Byte>;

/// Who fired, as `.npy`: bits `[rows, ceil(neurons / 8)]` in NumPy's order, so that
/// `numpy.unpackbits(a, axis=1, count=neurons)` is `[rows, neurons]`. A neuron that fires again in
/// a row is in [`Finished::lost`].
pub type Bits = Dense<Bit>;

/// How a spike is kept in a row.
pub trait Cell: Send {
    /// Bytes of a row.
    fn row_bytes(n_neurons: usize) -> usize;
    /// Adds a spike of a neuron; says whether its cell held it.
    fn add(row: &mut [u8], neuron: usize) -> bool;
}

/// A byte for a count.
pub enum Byte {}

/// A bit, the highest of a byte first.
pub enum Bit {}

impl Cell for Byte {
    fn row_bytes(n_neurons: usize) -> usize {
        n_neurons
    }
    fn add(row: &mut [u8], neuron: usize) -> bool {
        let room = row[neuron] < u8::MAX;
        row[neuron] += u8::from(room);
        room
    }
}

impl Cell for Bit {
    fn row_bytes(n_neurons: usize) -> usize {
        n_neurons.div_ceil(8)
    }
    fn add(row: &mut [u8], neuron: usize) -> bool {
        let bit = 0x80 >> (neuron % 8);
        let room = row[neuron / 8] & bit == 0;
        row[neuron / 8] |= bit;
        room
    }
}

/// A file per lane, a column per neuron of the selection, a row per [row](Selection::every) of it,
/// the last of which may stand for fewer steps. It holds a row of each lane in memory.
///
/// With one lane the file has the name given; with more, lane 7 of `counts.npy` is
/// `counts.lane7.npy`. Long silences are holes in the file (`ls -ls`).
pub struct Dense<C> {
    selection: Selection,
    clock: Clock,
    lanes: Vec<LaneFile>,
    /// The row under way.
    row: u64,
    lost: u64,
    cell: PhantomData<C>,
}

struct LaneFile {
    file: Growing,
    row: Vec<u8>,
    touched: bool,
}

impl<C: Cell> Dense<C> {
    /// Creates the files.
    ///
    /// # Errors
    /// `Write` if one cannot be made.
    pub fn create(path: &Path, selection: &Selection) -> Result<Dense<C>> {
        let n = C::row_bytes(selection.n_neurons());
        let lane = |lane: u32| {
            let file = Growing::create(&name(path, selection, lane), "|u1", 1, &[n as u64])?;
            Ok(LaneFile { file, row: vec![0; n], touched: false })
        };
        Ok(Dense {
            selection: selection.clone(),
            clock: Clock::new(selection.from()),
            lanes: selection.lane_numbers().map(lane).collect::<Result<_>>()?,
            row: 0,
            lost: 0,
            cell: PhantomData,
        })
    }

    /// Writes the row under way.
    fn store(&mut self) -> Result<()> {
        for lane in self.lanes.iter_mut().filter(|lane| lane.touched) {
            lane.file.write_row(self.row, &lane.row)?;
            lane.row.fill(0);
            lane.touched = false;
        }
        Ok(())
    }
}

fn name(path: &Path, selection: &Selection, lane: u32) -> PathBuf {
    match selection.n_lanes() {
        1 => path.to_path_buf(),
        _ => path.with_extension(format!("lane{lane}.npy")),
    }
}

impl<C: Cell> Resume for Dense<C> {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.selection);
        saved.put(&(&self.clock, self.row, self.lost));
        for lane in &mut self.lanes {
            saved.put(&(lane.file.sync()?, lane.touched, &lane.row));
        }
        Ok(())
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        (self.clock, self.row, self.lost) = saved.take()?;
        for lane in &mut self.lanes {
            let at;
            (at, lane.touched, lane.row) = saved.take()?;
            lane.file.resume(at)?;
        }
        Ok(())
    }
}

impl<C: Cell> Sink for Dense<C> {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for &s in spikes {
            let (lane, neuron) = self.selection.place(s)?;
            let row = self.selection.row(s.step);
            if row > self.row {
                self.store()?;
                self.row = row;
            }
            let lane = &mut self.lanes[lane];
            lane.touched = true;
            self.lost += u64::from(!C::add(&mut lane.row, neuron));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Finished> {
        self.clock.finish()?;
        self.store()?;
        let rows = self.selection.rows(self.clock.reached());
        let mut files = Vec::new();
        for lane in &mut self.lanes {
            lane.file.finish(rows)?;
            files.push(lane.file.path().to_path_buf());
        }
        Ok(Finished { files, lost: self.lost })
    }
}
