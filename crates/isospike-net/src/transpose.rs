//! Connections drawn by the targets (fixed in-degree), listed by source.
//!
//! The rows of a source are scattered over the draws of all targets, so a list needs memory: 4
//! bytes per synapse. It is made for a range of sources at a time; every range draws everything
//! again and keeps its own, which is cheap beside what follows.

use crate::distinct::Taken;
use crate::draw::{GROUP, Stream};
use crate::par;
use crate::sampler::Pick;
use crate::wiring::offsets;
use isospike_lane::isa::{Isa, dispatch};
use isospike_lane::{Draw, Purpose};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const SOURCE: Draw = Purpose::Source.draw(0);

/// What the targets draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByTarget {
    pub(crate) isa: Isa,
    pub(crate) stream: Stream,
    pub(crate) n_sources: u32,
    pub(crate) n_targets: u32,
    /// Sources per target.
    pub(crate) k: u32,
    pub(crate) no_autapses: bool,
    pub(crate) multapses: bool,
}

/// Targets of a range of sources.
#[derive(Debug)]
pub(crate) struct Listed {
    first_source: u32,
    /// Where each source's targets begin, and the end.
    first: Vec<u64>,
    targets: Vec<u32>,
}

impl Listed {
    /// Targets of a source, ascending.
    pub(crate) fn of(&self, source: u32) -> &[u32] {
        let i = source.checked_sub(self.first_source).expect("the source is in the open range");
        &self.targets[self.first[i as usize] as usize..self.first[i as usize + 1] as usize]
    }
}

impl ByTarget {
    /// Calls `each` with every target of a range and its sources.
    fn draw(&self, targets: Range<usize>, mut each: impl FnMut(u32, &[u32])) {
        let padded = (self.k as usize).next_multiple_of(GROUP);
        let (mut words, mut out) = (vec![0; padded], vec![0; padded]);
        let mut taken = Taken::default();
        let n = self.n_sources - u32::from(self.no_autapses);
        for target in targets.start as u32..targets.end as u32 {
            let skip = if self.no_autapses { target } else { u32::MAX };
            let fill = |w: &mut [u32]| self.stream.fill(self.isa, SOURCE, target, w);
            if self.multapses {
                fill(&mut words);
                dispatch(self.isa, Pick { words: &words, out: &mut out, n, skip });
            } else {
                taken.sample(n, self.k, &mut words, fill, &mut out);
                out.iter_mut().for_each(|s| *s += u32::from(*s >= skip));
            }
            each(target, &out[..self.k as usize]);
        }
    }

    /// How often each source of a range is drawn, per thread; thread t draws for the t-th part of
    /// the targets.
    fn counts(&self, sources: &Range<u32>, threads: usize) -> Vec<Vec<u32>> {
        par::chunks(self.n_targets as usize, threads, |_, targets| {
            let mut count = vec![0u32; sources.len()];
            self.draw(targets, |_, drawn| {
                for s in drawn {
                    if let Some(n) = count.get_mut(s.wrapping_sub(sources.start) as usize) {
                        *n += 1;
                    }
                }
            });
            count
        })
    }

    /// Synapses per source.
    pub(crate) fn degrees(&self, threads: usize) -> Vec<u32> {
        let counts = self.counts(&(0..self.n_sources), threads);
        (0..self.n_sources as usize).map(|s| counts.iter().map(|c| c[s]).sum()).collect()
    }

    /// The targets of a range of sources. Each thread writes behind those before it, so the targets
    /// of a source are ascending, however many threads there are.
    pub(crate) fn list(&self, sources: Range<u32>, degrees: &[u32], threads: usize) -> Listed {
        let counts = self.counts(&sources, threads);
        let first = offsets(&degrees[sources.start as usize..sources.end as usize]);
        let mut targets: Vec<AtomicU32> = Vec::new();
        targets.resize_with(first[sources.len()] as usize, AtomicU32::default);
        par::chunks(self.n_targets as usize, threads, |thread, range| {
            let before = |s: usize| counts[..thread].iter().map(|c| u64::from(c[s])).sum::<u64>();
            let mut next: Vec<u64> = (0..sources.len()).map(|s| first[s] + before(s)).collect();
            self.draw(range, |target, drawn| {
                for s in drawn {
                    if let Some(next) = next.get_mut(s.wrapping_sub(sources.start) as usize) {
                        targets[*next as usize].store(target, Relaxed);
                        *next += 1;
                    }
                }
            });
        });
        let targets = targets.into_iter().map(AtomicU32::into_inner).collect();
        Listed { first_source: sources.start, first, targets }
    }
}
