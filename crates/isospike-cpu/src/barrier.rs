//! A barrier light enough to stand between the steps of a run.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Threads meet here; nobody sleeps unless the others are late.
pub(crate) struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    /// A thread panicked and will never arrive.
    broken: AtomicBool,
}

/// Spins before giving the core away: well above the skew of a balanced step, well below a time
/// slice.
const SPINS: u32 = 2_000;

impl Barrier {
    pub(crate) fn new(threads: usize) -> Self {
        let (arrived, round) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Barrier { threads, arrived, round, broken: AtomicBool::new(false) }
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
            self.round.store(round.wrapping_add(1), Ordering::Release);
            return true;
        }
        let mut spins = 0;
        while self.round.load(Ordering::Acquire) == round {
            if self.broken.load(Ordering::Relaxed) {
                return false;
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        true
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
            self.0.broken.store(true, Ordering::Relaxed);
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
