//! Making the synapses: tables one after another, each in windows of rows, each window in parallel.

use super::build::{Draft, Spec};
use super::place::{Place, empty};
use super::rows::RowMaker;
use super::sums::Sums;
use super::{PlanOptions, Table};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes all tables and counts what they can bring.
pub(super) fn tables(draft: &mut Draft<'_>, options: &PlanOptions, sums: &mut Sums) -> Vec<Table> {
    let total = draft.specs.iter().map(Spec::synapses).sum();
    let done = AtomicU64::new(0);
    let report = |n: u64| {
        let now = done.fetch_add(n, Ordering::Relaxed) + n;
        if let Some(progress) = &options.progress {
            progress(now, total);
        }
    };
    let specs = std::mem::take(&mut draft.specs);
    let threads = options.threads.max(1);
    let tables = specs.iter().map(|s| table(draft, s, threads, sums, &report)).collect();
    draft.specs = specs;
    tables
}

/// Rows of about this many synapses are one piece of work.
const CHUNK: u64 = 1 << 17;
/// Rows that are a transpose are made ready for this many synapses at a time (40 MB), or for a
/// twentieth of the table: less than a tenth of its bytes.
const WINDOW: u64 = 10_000_000;

/// Synapses for which the rows of a table that are a transpose are made ready at a time.
pub(super) fn window(synapses: u64) -> u64 {
    WINDOW.max(synapses / 20)
}

fn table(
    draft: &mut Draft<'_>,
    spec: &Spec,
    threads: usize,
    sums: &mut Sums,
    report: &(dyn Fn(u64) + Sync),
) -> Table {
    let mut row_start = Vec::with_capacity(spec.degrees.len() + 1);
    row_start.push(0u64);
    for &d in &spec.degrees {
        row_start.push(row_start[row_start.len() - 1] + u64::from(d));
    }
    let (mut synapses, mut index) = empty(spec);
    let transposed = |draft: &Draft<'_>, m: usize| draft.members[m].wiring.is_transposed();
    let window = match spec.members.iter().any(|&m| transposed(draft, m)) {
        true => window(spec.synapses()),
        false => u64::MAX,
    };
    let mut rest = Place::of(&mut synapses, &mut index);
    let mut first = 0;
    while first < spec.degrees.len() {
        let rows = rows_up_to(&row_start, first, window);
        for &m in &spec.members {
            draft.members[m].wiring.open(rows.start as u32..rows.end as u32, threads);
        }
        first = rows.end;
        let team = Team { draft, spec, row_start: &row_start, threads, report };
        let (now, later) = team.part(rest, &rows);
        team.make(rows, now, sums);
        rest = later;
    }
    spec.members.iter().for_each(|&m| draft.members[m].wiring.open(0..0, 1));
    Table {
        source: spec.source,
        name: spec.name.clone(),
        groups: spec.groups.clone(),
        first_delay: spec.delays.0,
        delays: spec.delays.1,
        row_start,
        index,
        synapses,
    }
}

/// The rows from `first` on that hold up to about `most` synapses, and at least one row.
fn rows_up_to(row_start: &[u64], first: usize, most: u64) -> Range<usize> {
    let end = row_start[first].saturating_add(most);
    let last = first + 1 + row_start[first + 1..].partition_point(|&s| s < end);
    first..last.min(row_start.len() - 1)
}

/// Threads that make rows of one table.
struct Team<'a, 'n> {
    draft: &'a Draft<'n>,
    spec: &'a Spec,
    row_start: &'a [u64],
    threads: usize,
    /// Called with the number of synapses made since the last call.
    report: &'a (dyn Fn(u64) + Sync),
}

impl Team<'_, '_> {
    fn synapses(&self, rows: &Range<usize>) -> u64 {
        self.row_start[rows.end] - self.row_start[rows.start]
    }

    /// Parts the place of some rows from that of the rows behind them.
    fn part<'p>(&self, place: Place<'p>, rows: &Range<usize>) -> (Place<'p>, Place<'p>) {
        place.split(self.synapses(rows) as usize, rows.len() * self.spec.stride())
    }

    /// Makes some rows.
    fn make(&self, rows: Range<usize>, mut place: Place<'_>, sums: &mut Sums) {
        let mut jobs = Vec::new();
        let mut first = rows.start;
        while first < rows.end {
            let chunk = rows_up_to(&self.row_start[..=rows.end], first, CHUNK);
            first = chunk.end;
            let (now, later) = self.part(place, &chunk);
            jobs.push((chunk, now));
            place = later;
        }
        jobs.reverse();
        let jobs = Mutex::new(jobs);
        let merged = Mutex::new(sums);
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    let mut maker = RowMaker::new(self.draft, self.spec);
                    loop {
                        let job = jobs.lock().expect("no panics while locked").pop();
                        let Some((rows, place)) = job else { break };
                        let made = self.synapses(&rows);
                        maker.make(rows, place);
                        (self.report)(made);
                    }
                    merged.lock().expect("no panics while locked").merge(&maker.sums);
                });
            }
        });
    }
}
