//! What a section has on a device.

use super::draft::Draft;
use super::sheet::Sheet;
use crate::driver::Driver;
use crate::heap;
use bytemuck::Pod;
use isospike_backend::Result;
use isospike_mass::Real;

/// What stands for no step: the lane runs.
pub(super) const RUNS: u64 = u64::MAX;

/// Everything on the device, as the kernels' arguments are called.
pub(super) struct Buffers<D: Driver> {
    pub(super) numbers: D::Buffer,
    pub(super) at: D::Buffer,
    pub(super) keys: D::Buffer,
    pub(super) counts: D::Buffer,
    pub(super) wires: Option<D::Buffer>,
    pub(super) weights: Option<D::Buffer>,
    pub(super) rings: D::Buffer,
    pub(super) heads: D::Buffer,
    pub(super) ring: Option<D::Buffer>,
    pub(super) late: Option<D::Buffer>,
    pub(super) now: Option<D::Buffer>,
    pub(super) state: D::Buffer,
    pub(super) work: Option<D::Buffer>,
    pub(super) clock: D::Buffer,
    pub(super) stopped: D::Buffer,
    pub(super) doomed: D::Buffer,
    /// On a sheet.
    pub(super) sheet: Option<SheetBuffers<D>>,
}

impl<D: Driver> Buffers<D> {
    pub(super) fn new<F: Real>(driver: &D, draft: &Draft<F>) -> Result<Self> {
        let zeros = |n: usize| match n {
            0 => Ok(None),
            n => driver.allocate(n * size_of::<F>()).map(Some),
        };
        let (w, rings) = (&draft.edges, &draft.rings);
        let lanes = draft.lanes.len();
        Ok(Buffers {
            numbers: sent(driver, &draft.numbers)?,
            at: sent(driver, &draft.at)?,
            keys: sent(driver, &draft.keys)?,
            counts: sent(driver, &w.counts)?,
            wires: if w.wires.is_empty() { None } else { Some(sent(driver, &w.wires)?) },
            weights: if w.weights.is_empty() { None } else { Some(sent(driver, &w.weights)?) },
            rings: sent(driver, &rings.rings)?,
            heads: sent(driver, &rings.heads)?,
            ring: zeros(draft.ring())?,
            late: zeros(draft.late())?,
            now: zeros(draft.now())?,
            state: sent(driver, &draft.state)?,
            work: zeros(draft.work())?,
            clock: sent(driver, &[0u64; 2])?,
            stopped: sent(driver, &vec![RUNS; lanes])?,
            doomed: sent(driver, &vec![0u32; lanes])?,
            sheet: draft
                .sheet
                .as_ref()
                .map(|sheet| SheetBuffers::new(driver, draft, sheet))
                .transpose()?,
        })
    }
}

/// What a sheet has beside that.
pub(super) struct SheetBuffers<D: Driver> {
    pub(super) region: D::Buffer,
    pub(super) begins: D::Buffer,
    pub(super) members: D::Buffer,
    pub(super) shares: D::Buffer,
    pub(super) counts: D::Buffer,
    pub(super) wires: Option<D::Buffer>,
    pub(super) weights: Option<D::Buffer>,
    pub(super) arrived: Option<D::Buffer>,
    pub(super) means: Option<D::Buffer>,
    /// What vertices show, read and written in turn.
    pub(super) shown: [Option<D::Buffer>; 2],
}

impl<D: Driver> SheetBuffers<D> {
    fn new<F: Real>(driver: &D, draft: &Draft<F>, sheet: &Sheet<F>) -> Result<Self> {
        let zeros = |n: usize| match n {
            0 => Ok(None),
            n => driver.allocate(n * size_of::<F>()).map(Some),
        };
        let near = &sheet.near;
        Ok(SheetBuffers {
            region: sent(driver, &sheet.region)?,
            begins: sent(driver, &sheet.begins)?,
            members: sent(driver, &sheet.members)?,
            shares: sent(driver, &sheet.shares)?,
            counts: sent(driver, &near.counts)?,
            wires: if near.wires.is_empty() { None } else { Some(sent(driver, &near.wires)?) },
            weights: if near.weights.is_empty() {
                None
            } else {
                Some(sent(driver, &near.weights)?)
            },
            arrived: zeros(draft.arrived())?,
            means: zeros(draft.means())?,
            shown: [zeros(draft.shown())?, zeros(draft.shown())?],
        })
    }
}

/// Numbers, at least one, on the device.
fn sent<D: Driver, T: Pod>(driver: &D, all: &[T]) -> Result<D::Buffer> {
    let buffer = driver.allocate(size_of_val(all))?;
    heap::write(driver, Some(&buffer), 0, all)?;
    Ok(buffer)
}
