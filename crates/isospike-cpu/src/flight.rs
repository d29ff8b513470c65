//! Spikes under way: what each piece emitted in the last steps, written by its owner, read by all.

use std::cell::UnsafeCell;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The last `slots` steps of a piece's spikes, as flat ids (neuron * batch + lane), ascending
/// within a step.
pub(crate) struct Flight {
    slots: usize,
    room: usize,
    ids: Box<[UnsafeCell<u32>]>,
    counts: Box<[AtomicU32]>,
    /// One bit per slot: whether it holds spikes. Only the owner writes, a word at a time, and no
    /// reader looks at the bit that changes; atomic, because the other bits of the word are looked
    /// at.
    occupied: Vec<AtomicU64>,
}

// SAFETY: `set` and `get` are unsafe and name the discipline: the owner writes the slot of a step
// that no reader looks at before the next barrier.
unsafe impl Sync for Flight {}

impl Flight {
    /// Room for `room` spikes in each of `slots` steps; `slots` is at least 1.
    pub(crate) fn new(slots: usize, room: usize) -> Self {
        // Zeroed by the operating system where nobody has written yet.
        let ids = Box::into_raw(vec![0u32; slots * room].into_boxed_slice());
        // SAFETY: an `UnsafeCell` has the layout of what it holds.
        let ids = unsafe { Box::from_raw(ids as *mut [UnsafeCell<u32>]) };
        Flight {
            slots,
            room,
            ids,
            counts: (0..slots).map(|_| AtomicU32::new(0)).collect(),
            occupied: (0..slots.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        (4 * (self.slots * self.room + self.slots) + 8 * self.occupied.len()) as u64
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
        let ids = &self.ids[slot * self.room..][..self.room];
        // SAFETY: no other reference to this slot exists, by this function's contract, and its
        // cells may be written through a shared reference.
        let ids =
            unsafe { std::slice::from_raw_parts_mut(UnsafeCell::raw_get(ids.as_ptr()), ids.len()) };
        let n = fill(ids);
        self.counts[slot].store(n as u32, Ordering::Relaxed);
        let spikes = &ids[..n];
        let (word, bit) = (&self.occupied[slot / 64], 1 << (slot % 64));
        let others = word.load(Ordering::Relaxed) & !bit;
        word.store(others | if spikes.is_empty() { 0 } else { bit }, Ordering::Relaxed);
        spikes
    }

    /// Forgets all spikes.
    ///
    /// # Safety
    /// No other thread uses this.
    pub(crate) unsafe fn clear(&self) {
        for slot in 0..self.slots as u64 {
            // SAFETY: this function's contract.
            unsafe { self.set(slot, |_| 0) };
        }
    }

    /// The spikes of a step among the last `slots`.
    ///
    /// # Safety
    /// The owner does not write this slot before the next barrier.
    #[inline]
    pub(crate) unsafe fn get(&self, step: u64) -> &[u32] {
        // SAFETY: this function's contract.
        unsafe { self.slot((step % self.slots as u64) as usize) }
    }

    /// # Safety
    /// The owner does not write the slot before the next barrier.
    #[inline(always)]
    unsafe fn slot(&self, slot: usize) -> &[u32] {
        let n = self.counts[slot].load(Ordering::Relaxed) as usize;
        let ids = &self.ids[slot * self.room..][..n];
        // SAFETY: nobody writes these cells while the reference lives.
        unsafe { std::slice::from_raw_parts(UnsafeCell::raw_get(ids.as_ptr()), n) }
    }

    /// Calls `f` with the spikes of `newest`, the step before it, and so on, `steps` in all, and
    /// how many steps each lies before `newest`; steps without spikes are left out.
    ///
    /// # Safety
    /// As for `get`, for each of these steps.
    #[inline]
    pub(crate) unsafe fn back(&self, newest: u64, steps: usize, mut f: impl FnMut(u32, &[u32])) {
        debug_assert!(steps <= self.slots);
        let slot = (newest % self.slots as u64) as usize;
        let mut visit = |slots: Range<usize>, newest: usize| {
            self.occupied_in(slots, |slot| {
                // SAFETY: this function's contract.
                f((newest - slot) as u32, unsafe { self.slot(slot) });
            });
        };
        // The steps lie in the slots up to this one, and before that at the end of the ring.
        let here = steps.min(slot + 1);
        visit(slot + 1 - here..slot + 1, slot);
        visit(self.slots - (steps - here)..self.slots, slot + self.slots);
    }

    /// Calls `f` with each slot of a range that holds spikes, last first.
    #[inline(always)]
    fn occupied_in(&self, slots: Range<usize>, mut f: impl FnMut(usize)) {
        let mut end = slots.end;
        while end > slots.start {
            let word = (end - 1) / 64;
            let below = u64::MAX >> (63 - (end - 1) % 64);
            let mut bits = self.occupied[word].load(Ordering::Relaxed) & below;
            end = slots.start.max(word * 64);
            bits &= u64::MAX << (end - word * 64);
            while bits != 0 {
                let last = bits.ilog2();
                f(word * 64 + last as usize);
                bits ^= 1 << last;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_back_meets_every_step_with_spikes_once() {
        for slots in [1, 2, 63, 64, 65, 130] {
            let flight = Flight::new(slots, 1);
            for step in 0..300u64 {
                let fires = |step: u64| step * 7 % 5 < 2;
                // SAFETY: one thread.
                unsafe {
                    flight.set(step, |ids| {
                        ids[0] = step as u32;
                        usize::from(fires(step))
                    });
                    let steps = slots.min(step as usize + 1);
                    let mut seen = Vec::new();
                    flight.back(step, steps, |age, spikes| seen.push((age, spikes.to_vec())));
                    let want: Vec<_> = (0..steps as u64)
                        .filter(|age| fires(step - age))
                        .map(|age| (age as u32, vec![(step - age) as u32]))
                        .collect();
                    assert_eq!(seen, want, "{slots} slots, step {step}");
                }
            }
        }
    }
}
