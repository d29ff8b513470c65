//! What every session can do, written once over `stream` and `write`.

use crate::digest::SlotsDigest;
use crate::plan::Slot;
use crate::{Error, ErrorKind, Result, Session, Spike};
use isospike_net::Precision;
use std::ops::ControlFlow;

/// A session's whole state: named slots in canonical layout. It does not depend on the device, the
/// number of threads or the cut into blocks, so it can be resumed anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// [`Plan::fingerprint`](crate::Plan::fingerprint) of the plan it belongs to.
    pub plan: [u8; 32],
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

    /// Reads a slot whole.
    ///
    /// # Errors
    /// `Invalid` if the plan has no such slot.
    fn read(&mut self, slot: Slot) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.plan().slot_bytes(slot)?.unwrap_or(0));
        self.stream(slot, &mut |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }

    /// Copies the state out.
    ///
    /// # Errors
    /// `NotFinite` if a state or weight is NaN or infinite, so that no session would take it back.
    fn snapshot(&mut self) -> Result<Snapshot> {
        let plan = self.plan().clone();
        let read = |(name, slot): (String, Slot)| {
            let bytes = self.read(slot)?;
            if is_of_floats(slot) {
                check_finite(&name, &bytes, plan.precision())?;
            }
            Ok((name, bytes))
        };
        let slots = plan.slots().into_iter().map(read).collect::<Result<_>>()?;
        Ok(Snapshot { plan: plan.fingerprint(), slots })
    }

    /// Puts a state back, taken from a session of the same network on any device. Spikes recorded
    /// and not drained are forgotten, and so are those pushed since.
    ///
    /// # Errors
    /// `Invalid` if the snapshot is of another network, or was changed to what cannot be; the
    /// session is as before then.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        let plan = self.plan().clone();
        let slots = plan.slots();
        let names = slots.iter().map(|s| &s.0);
        if snapshot.plan != plan.fingerprint() || !names.eq(snapshot.slots.iter().map(|s| &s.0)) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "snapshot: it was taken from another network; its plan and slots must be those of \
                 this session",
            ));
        }
        let contents = || slots.iter().map(|s| s.1).zip(snapshot.slots.iter().map(|s| &s.1[..]));
        let clock = snapshot.slots[0].1.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        contents().try_for_each(|(slot, bytes)| plan.check_slot(slot, bytes, clock))?;
        contents().try_for_each(|(slot, bytes)| self.write(slot, bytes))
    }

    /// SHA-256 over all slots in plan order, NaN as one value. Where nothing was pushed, the slot
    /// for it does not count.
    fn state_digest(&mut self) -> Result<String> {
        let plan = self.plan().clone();
        let mut digest = SlotsDigest::default();
        for (name, slot) in plan.slots() {
            match plan.slot_bytes(slot)? {
                // Such slots can be as large as the plan, so they are never held whole.
                Some(length) => {
                    digest.slot(&name, length);
                    self.stream(slot, &mut |piece| match is_of_floats(slot) {
                        true => digest.floats(piece, plan.precision()),
                        false => digest.bytes(piece),
                    })?;
                }
                None => {
                    let bytes = self.read(slot)?;
                    if !(matches!(slot, Slot::Pushed { .. }) && bytes.is_empty()) {
                        digest.slot(&name, bytes.len());
                        digest.bytes(&bytes);
                    }
                }
            }
        }
        Ok(digest.hex())
    }

    /// A state slot as f64 values, `[neuron][lane]`, in the model's working form.
    fn read_values(&mut self, slot: Slot) -> Result<Vec<f64>> {
        let bytes = self.read(slot)?;
        let mut values = Vec::new();
        each_float(&bytes, self.plan().precision(), |x| values.push(x));
        Ok(values)
    }
}

impl<S: Session + ?Sized> SessionExt for S {}

/// Whether a slot consists of floats and nothing else.
pub(crate) fn is_of_floats(slot: Slot) -> bool {
    matches!(slot, Slot::State { .. } | Slot::Past { .. } | Slot::Weights { .. })
}

fn each_float(bytes: &[u8], precision: Precision, mut each: impl FnMut(f64)) {
    match precision {
        Precision::F32 => {
            bytes.as_chunks().0.iter().for_each(|b| each(f32::from_le_bytes(*b).into()));
        }
        Precision::F64 => bytes.as_chunks().0.iter().for_each(|b| each(f64::from_le_bytes(*b))),
    }
}

fn check_finite(name: &str, bytes: &[u8], precision: Precision) -> Result<()> {
    let (mut i, mut wild) = (0, None);
    each_float(bytes, precision, |x| {
        if !x.is_finite() {
            wild.get_or_insert((i, x));
        }
        i += 1;
    });
    match wild {
        None => Ok(()),
        Some((i, x)) => {
            let message = format!("snapshot: {name}[{i}] is {x}; every value must be finite");
            Err(Error::new(ErrorKind::NotFinite, message))
        }
    }
}
