//! What every session can do, written once over `read` and `write`.

use crate::plan::Slot;
use crate::{Error, ErrorKind, Result, Session, Spike, digest};
use isospike_net::Precision;
use std::ops::ControlFlow;

/// A session's whole state: named slots in canonical layout. It does not depend on the device, the
/// number of threads or the cut into blocks, so it can be resumed anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Name and bytes of every slot, in plan order.
    pub slots: Vec<(String, Vec<u8>)>,
}

/// Snapshots, digests and typed reads for every [`Session`].
pub trait SessionExt: Session {
    /// Runs `steps` steps, at most `chunk` at a time; after each chunk `control` gets the step
    /// reached and the new spikes, ascending by (step, lane, id), and can end the run.
    ///
    /// # Errors
    /// `NotFinite` if a state became NaN or infinite, `Device` if the device failed.
    fn run_steps(
        &mut self,
        steps: u64,
        chunk: u64,
        mut control: impl FnMut(u64, &[Spike]) -> ControlFlow<()>,
    ) -> Result<()> {
        let end = self.step() + steps;
        let mut spikes = Vec::new();
        while self.step() < end {
            self.run(chunk.min(end - self.step()))?;
            spikes.clear();
            self.drain_spikes(&mut spikes)?;
            if control(self.step(), &spikes).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Copies the state out.
    fn snapshot(&mut self) -> Result<Snapshot> {
        let slots = self.plan().slots();
        let slots = slots
            .into_iter()
            .map(|(name, slot)| Ok((name, self.read(slot)?)))
            .collect::<Result<_>>()?;
        Ok(Snapshot { slots })
    }

    /// Puts a state back, taken from a session of the same network on any device. Spikes recorded
    /// and not drained are forgotten.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        let slots = self.plan().slots();
        let same = slots.len() == snapshot.slots.len()
            && slots.iter().zip(&snapshot.slots).all(|((a, _), (b, _))| a == b);
        if !same {
            return Err(Error::new(
                ErrorKind::Invalid,
                "snapshot: it was taken from another network; its slots must be those of this plan",
            ));
        }
        for ((_, slot), (_, bytes)) in slots.into_iter().zip(&snapshot.slots) {
            self.write(slot, bytes)?;
        }
        Ok(())
    }

    /// SHA-256 over all slots in plan order, NaN as one value.
    fn state_digest(&mut self) -> Result<String> {
        let mut snapshot = self.snapshot()?;
        let slots = self.plan().slots();
        let precision = self.plan().precision();
        for ((_, slot), (_, bytes)) in slots.iter().zip(&mut snapshot.slots) {
            if matches!(slot, Slot::State { .. } | Slot::Weights { .. }) {
                canonical_nan(bytes, precision);
            }
        }
        Ok(digest::slots_hex(snapshot.slots.iter().map(|(n, b)| (n.as_str(), b.as_slice()))))
    }

    /// A state slot as f64 values, `[neuron][lane]`, in the model's working form.
    fn read_values(&mut self, slot: Slot) -> Result<Vec<f64>> {
        let bytes = self.read(slot)?;
        Ok(match self.plan().precision() {
            Precision::F32 => {
                bytes.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
            }
            Precision::F64 => {
                bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
            }
        })
    }
}

impl<S: Session + ?Sized> SessionExt for S {}

fn canonical_nan(bytes: &mut [u8], precision: Precision) {
    match precision {
        Precision::F32 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|b| {
            if f32::from_le_bytes(*b).is_nan() {
                *b = f32::NAN.to_bits().to_le_bytes();
            }
        }),
        Precision::F64 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|b| {
            if f64::from_le_bytes(*b).is_nan() {
                *b = f64::NAN.to_bits().to_le_bytes();
            }
        }),
    }
}
