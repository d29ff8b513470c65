//! What every session can do, written once over `stream` and `write`.

use crate::digest::SlotsDigest;
use crate::plan::Slot;
use crate::{Error, ErrorKind, Result, Session, Spike};
use isospike_net::Precision;
use std::borrow::Cow;
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
        let end = self.step().saturating_add(steps);
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

    /// As [`Session::stream`], but refuses what no session would take back. What was given out
    /// before it comes to such a value is worth nothing.
    ///
    /// # Errors
    /// `Invalid` if the plan has no such slot, `NotFinite` if a state or weight in it is NaN or
    /// infinite.
    fn stream_finite(&mut self, slot: Slot, mut each: impl FnMut(&[u8])) -> Result<()> {
        let plan = self.plan().clone();
        let (mut n, mut wild) = (0, None);
        self.stream(slot, &mut |piece| {
            if is_of_floats(slot) {
                each_float(piece, plan.precision(), |x| {
                    if !x.is_finite() {
                        wild.get_or_insert((n, x));
                    }
                    n += 1;
                });
            }
            each(piece);
        })?;
        let Some((i, x)) = wild else { return Ok(()) };
        let name =
            plan.slots().into_iter().find(|(_, s)| *s == slot).map(|s| s.0).unwrap_or_default();
        let message = format!("snapshot: {name}[{i}] is {x}; every value must be finite");
        Err(Error::new(ErrorKind::NotFinite, message))
    }

    /// Copies the state out.
    ///
    /// # Errors
    /// `NotFinite` if a state or weight is NaN or infinite, so that no session would take it back.
    fn snapshot(&mut self) -> Result<Snapshot> {
        let plan = self.plan().clone();
        let read = |(name, slot): (String, Slot)| {
            let mut bytes = Vec::with_capacity(plan.slot_bytes(slot)?.unwrap_or(0));
            self.stream_finite(slot, |piece| bytes.extend_from_slice(piece))?;
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
        let names: Vec<_> = snapshot.slots.iter().map(|(name, _)| name.as_str()).collect();
        self.restore_from(&snapshot.plan, &names, |i| Ok(Cow::Borrowed(&snapshot.slots[i].1)))
    }

    /// [`SessionExt::restore`] of a state that is not in memory as a whole: the fingerprint of its
    /// plan, the names of its slots, and the bytes of each by its place among the names. They are
    /// asked for twice, slot by slot: all are looked at before one is written.
    ///
    /// # Errors
    /// As `restore`, and those of `bytes`, if they come in the first round; then the session is as
    /// before. What was given in the first round must not fail in the second.
    fn restore_from<'a>(
        &mut self,
        fingerprint: &[u8; 32],
        names: &[&str],
        mut bytes: impl FnMut(usize) -> Result<Cow<'a, [u8]>>,
    ) -> Result<()> {
        let plan = self.plan().clone();
        let slots = plan.slots();
        if *fingerprint != plan.fingerprint()
            || !slots.iter().map(|s| &*s.0).eq(names.iter().copied())
        {
            return Err(Error::new(
                ErrorKind::Invalid,
                "snapshot: it was taken from another network; its plan and slots must be those of \
                 this session",
            ));
        }
        let clock = bytes(0)?.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        let slots = || slots.iter().map(|s| s.1).enumerate();
        slots().try_for_each(|(i, slot)| plan.check_slot(slot, &bytes(i)?, clock))?;
        slots().try_for_each(|(i, slot)| self.write(slot, &bytes(i)?))
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
