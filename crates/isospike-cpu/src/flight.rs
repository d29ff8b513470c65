//! Spikes under way: what each piece emitted in the last steps, written by its owner, read by all.

use std::cell::UnsafeCell;

/// The last `slots` steps of a piece's spikes, as flat ids (neuron * batch + lane), ascending
/// within a step.
pub(crate) struct Flight {
    slots: usize,
    room: usize,
    ids: UnsafeCell<Vec<u32>>,
    counts: UnsafeCell<Vec<u32>>,
}

// SAFETY: `set` and `get` are unsafe and name the discipline: the owner writes the slot of a step
// that no reader looks at before the next barrier.
unsafe impl Sync for Flight {}

impl Flight {
    /// Room for `room` spikes in each of `slots` steps; `slots` is at least 1.
    pub(crate) fn new(slots: usize, room: usize) -> Self {
        Flight {
            slots,
            room,
            ids: UnsafeCell::new(vec![0; slots * room]),
            counts: UnsafeCell::new(vec![0; slots]),
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        4 * (self.slots * self.room + self.slots) as u64
    }

    /// Replaces the spikes of a step: `fill` writes them to the front of the slot and says how
    /// many.
    ///
    /// # Safety
    /// Only the piece's owner calls this, and no thread reads the same slot (step modulo slots)
    /// between the last barrier and the next. With `slots >= longest delay + steps between
    /// barriers` that holds in a run.
    #[inline]
    pub(crate) unsafe fn set(&self, step: u64, fill: impl FnOnce(&mut [u32]) -> usize) -> &[u32] {
        let slot = (step % self.slots as u64) as usize;
        // SAFETY: no other reference to this slot exists, by this function's contract; the slot
        // lies inside the two vectors, whose lengths never change.
        unsafe {
            let ids = (*self.ids.get()).as_mut_ptr().add(slot * self.room);
            let ids = std::slice::from_raw_parts_mut(ids, self.room);
            let n = fill(ids);
            *(*self.counts.get()).as_mut_ptr().add(slot) = n as u32;
            &ids[..n]
        }
    }

    /// The spikes of a step among the last `slots`.
    ///
    /// # Safety
    /// The owner does not write this slot before the next barrier.
    #[inline]
    pub(crate) unsafe fn get(&self, step: u64) -> &[u32] {
        let slot = (step % self.slots as u64) as usize;
        // SAFETY: the slot is not written while the reference lives, by this function's contract;
        // it lies inside.
        unsafe {
            let n = *(*self.counts.get()).as_ptr().add(slot) as usize;
            std::slice::from_raw_parts((*self.ids.get()).as_ptr().add(slot * self.room), n)
        }
    }

    /// Calls `f` with the spikes of `newest`, the step before it, and so on, `steps` in all, and
    /// how many steps each lies before `newest`; steps without spikes are left out.
    ///
    /// # Safety
    /// As for `get`, for each of these steps.
    #[inline]
    pub(crate) unsafe fn back(&self, newest: u64, steps: usize, mut f: impl FnMut(u32, &[u32])) {
        debug_assert!(steps <= self.slots);
        let mut slot = (newest % self.slots as u64) as usize;
        for age in 0..steps {
            // SAFETY: as in `get`; the slot is below `slots`.
            let spikes = unsafe {
                let n = *(*self.counts.get()).as_ptr().add(slot) as usize;
                std::slice::from_raw_parts((*self.ids.get()).as_ptr().add(slot * self.room), n)
            };
            if !spikes.is_empty() {
                f(age as u32, spikes);
            }
            slot = if slot == 0 { self.slots } else { slot } - 1;
        }
    }
}
