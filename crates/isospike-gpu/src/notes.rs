//! Numbers that are not finite, as kernels note them.

use crate::driver::{Arg, Driver};
use crate::heap;
use bytemuck::Pod;
use isospike_backend::Result;

/// Where launches note what is not finite: `note.cl`.
pub(crate) struct Notes<D: Driver> {
    highest: D::Buffer,
    marks: D::Buffer,
    found: D::Buffer,
    slots: usize,
    columns: usize,
}

/// The first place of the first slot with one.
pub(crate) struct Noted<F> {
    pub(crate) slot: usize,
    pub(crate) place: u32,
    /// What each column met first.
    pub(crate) found: Vec<F>,
}

impl<D: Driver> Notes<D> {
    /// For so many launches over so many columns.
    pub(crate) fn new<F>(driver: &D, slots: usize, columns: usize) -> Result<Self> {
        Ok(Notes {
            highest: driver.allocate(4 * slots)?,
            marks: driver.allocate(4 * columns)?,
            found: driver.allocate(size_of::<F>() * columns)?,
            slots,
            columns,
        })
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// What a kernel is given.
    pub(crate) fn args(&self, slot: usize) -> [Arg<'_, D::Buffer>; 4] {
        let buffers = [&self.highest, &self.marks, &self.found].map(|b| Arg::Buffer(Some(b)));
        let [highest, marks, found] = buffers;
        [Arg::Word(slot as u32), highest, marks, found]
    }

    /// The first of all that was noted in some slots. It is forgotten then.
    pub(crate) fn take<F: Pod>(&self, driver: &D, slots: usize) -> Result<Option<Noted<F>>> {
        let highest: Vec<u32> = heap::read(driver, Some(&self.highest), 0, slots as u64)?;
        let Some(slot) = highest.iter().position(|&highest| highest > 0) else { return Ok(None) };
        let found = heap::read(driver, Some(&self.found), 0, self.columns as u64)?;
        driver.clear(&self.highest, 4 * self.slots)?;
        driver.clear(&self.marks, 4 * self.columns)?;
        Ok(Some(Noted { slot, place: u32::MAX - highest[slot], found }))
    }
}
