//! A barrier light enough to stand between the steps of a run.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Threads meet here; nobody sleeps unless the others are late.
pub(crate) struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    /// A thread panicked and will never arrive.
    broken: AtomicBool,
    /// Threads that have gone to sleep, or are about to.
    sleepers: AtomicUsize,
    bed: Mutex<()>,
    wake: Condvar,
}

/// Spins before going to sleep: well above the skew of a balanced step, well below a time slice.
/// Whoever is later than that has lost its core to another program, and a waker comes back sooner
/// than one who gave a slice away with every look.
const SPINS: u32 = 2_000;

impl Barrier {
    pub(crate) fn new(threads: usize) -> Self {
        Barrier {
            threads,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            bed: Mutex::new(()),
            wake: Condvar::new(),
        }
    }

    /// Returns true when all threads have called it: what each wrote before, all can read after.
    /// Returns false when one of them never will.
    #[inline]
    pub(crate) fn wait(&self) -> bool {
        if self.threads == 1 {
            return true;
        }
        let round = self.round.load(Ordering::Relaxed);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.arrived.store(0, Ordering::Relaxed);
            // In one order with `sleepers`: either who lies down sees the new round, or it is seen
            // lying.
            self.round.store(round.wrapping_add(1), Ordering::SeqCst);
            self.wake_all();
            return true;
        }
        for _ in 0..SPINS {
            if self.passed(round) {
                return true;
            }
            if self.broken.load(Ordering::Relaxed) {
                return false;
            }
            std::hint::spin_loop();
        }
        self.sleep(round)
    }

    fn passed(&self, round: usize) -> bool {
        self.round.load(Ordering::SeqCst) != round
    }

    #[cold]
    fn sleep(&self, round: usize) -> bool {
        let bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let waits = |_: &mut ()| !self.passed(round) && !self.broken.load(Ordering::SeqCst);
        drop(self.wake.wait_while(bed, waits).unwrap_or_else(PoisonError::into_inner));
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
        self.passed(round)
    }

    fn wake_all(&self) {
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            // Whoever counts as a sleeper and does not sleep yet has the lock.
            drop(self.bed.lock().unwrap_or_else(PoisonError::into_inner));
            self.wake.notify_all();
        }
    }

    /// To be held by every thread between its waits: a panic frees the others.
    pub(crate) fn watch(&self) -> Watch<'_> {
        Watch(self)
    }
}

/// Breaks its barrier when its thread panics.
pub(crate) struct Watch<'a>(&'a Barrier);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Ordering::SeqCst);
            self.0.wake_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_before_can_be_read_after() {
        let (barrier, count) = (Barrier::new(3), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for round in 1..=1000 {
                        count.fetch_add(1, Ordering::Relaxed);
                        assert!(barrier.wait());
                        assert_eq!(count.load(Ordering::Relaxed), 3 * round);
                        assert!(barrier.wait());
                    }
                });
            }
        });
    }

    #[test]
    fn who_sleeps_is_woken() {
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            let early = scope.spawn(|| (0..20).filter(|_| barrier.wait()).count());
            let rest = |_: &i32| std::thread::sleep(std::time::Duration::from_millis(2));
            assert_eq!((0..20).inspect(rest).filter(|_| barrier.wait()).count(), 20);
            assert_eq!(early.join().expect("it does not panic"), 20);
        });
    }

    #[test]
    fn a_panic_frees_the_others() {
        let barrier = Barrier::new(3);
        let wait = || {
            let _watch = barrier.watch();
            (0..10).take_while(|_| barrier.wait()).count()
        };
        let rounds = std::thread::scope(|scope| {
            let waiting = [scope.spawn(wait), scope.spawn(wait)];
            let panics = scope.spawn(|| {
                let _watch = barrier.watch();
                assert!(barrier.wait());
                // no message in the test's output
                std::panic::resume_unwind(Box::new("meant"));
            });
            assert!(panics.join().is_err());
            waiting.map(|t| t.join().expect("it does not panic itself"))
        });
        assert_eq!(rounds, [1, 1], "all leave after the round that was complete");
    }
}
