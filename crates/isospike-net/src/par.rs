//! Scoped threads over chunks of an index range.

use std::ops::Range;

/// Splits `0..len` into at most `threads` contiguous chunks, runs `f(chunk number, range)` on one
/// thread each and returns the results in order. What `f` computes must not depend on where the
/// chunks begin.
pub fn chunks<T: Send>(
    len: usize,
    threads: usize,
    f: impl Fn(usize, Range<usize>) -> T + Sync,
) -> Vec<T> {
    let n = threads.clamp(1, len.max(1));
    let range = |k: usize| (len * k / n)..(len * (k + 1) / n);
    if n == 1 {
        return vec![f(0, 0..len)];
    }
    std::thread::scope(|scope| {
        let f = &f;
        let handles: Vec<_> = (1..n).map(|k| scope.spawn(move || f(k, range(k)))).collect();
        let mut results = vec![f(0, range(0))];
        for h in handles {
            match h.join() {
                Ok(r) => results.push(r),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_the_range_in_order() {
        for (len, threads) in [(0, 4), (1, 4), (10, 3), (7, 7), (100, 1)] {
            let all: Vec<usize> =
                chunks(len, threads, |_, r| r.collect::<Vec<_>>()).into_iter().flatten().collect();
            assert_eq!(all, (0..len).collect::<Vec<_>>());
        }
    }
}
