//! A part of a stream.

use crate::sink::{Clock, Finished, Sink};
use crate::{Result, Resume, Saved, Selection};
use isospike_backend::Spike;

/// Hands a sink the spikes of a selection.
///
/// With more than one step to a row it holds the spikes of the row under way (16 bytes each), hands
/// over whole rows, and the last one, if it is shorter, at the end.
pub struct Filter<S> {
    selection: Selection,
    sink: S,
    clock: Clock,
    /// The row under way, and its spikes.
    row: u64,
    under_way: Vec<Spike>,
    /// What is handed over next.
    ready: Vec<Spike>,
}

impl<S: Sink> Filter<S> {
    /// In front of a sink that was made for the same selection.
    pub fn new(selection: &Selection, sink: S) -> Filter<S> {
        Filter {
            selection: selection.clone(),
            sink,
            clock: Clock::new(0),
            row: 0,
            under_way: Vec::new(),
            ready: Vec::new(),
        }
    }

    /// The sink.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Makes the row under way ready, stamped with the step before `end`.
    fn close(&mut self, end: u64) {
        for s in &mut self.under_way {
            s.step = end - 1;
        }
        self.under_way.sort_unstable();
        self.ready.append(&mut self.under_way);
    }
}

impl<S: Sink> Resume for Filter<S> {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        let under_way: Vec<_> = self.under_way.iter().map(|s| (s.step, s.lane, s.id)).collect();
        saved.put(&self.selection);
        saved.put(&(&self.clock, self.row, under_way));
        self.sink.save(saved)
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        let under_way: Vec<_>;
        (self.clock, self.row, under_way) = saved.take()?;
        let spike = |(step, lane, id)| Spike { step, lane, id };
        self.under_way = under_way.into_iter().map(spike).collect();
        self.sink.resume(saved)
    }
}

impl<S: Sink> Sink for Filter<S> {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        self.ready.clear();
        for &s in spikes {
            if self.selection.find(s).is_none() {
                continue;
            }
            if self.selection.steps_per_row() == 1 {
                self.ready.push(s);
                continue;
            }
            let row = self.selection.row(s.step);
            if row > self.row {
                self.close(self.selection.row_start(self.row + 1));
                self.row = row;
            }
            self.under_way.push(s);
        }
        let rows = self.selection.whole_rows(reached);
        if self.row < rows {
            self.close(self.selection.row_start(self.row + 1));
            self.row = rows;
        }
        self.sink.push(&self.ready, self.selection.row_start(rows))
    }

    fn finish(&mut self) -> Result<Finished> {
        self.clock.finish()?;
        let end = self.selection.inside(self.clock.reached());
        self.ready.clear();
        self.close(end);
        self.sink.push(&self.ready, end)?;
        self.sink.finish()
    }
}
