//! Making the synapses: rows in parallel, each sorted into segments, each weight put on its grid
//! and summed for the proof that no accumulator overflows.

use super::build::{Draft, Member, Spec};
use super::storage::Format;
use super::{Index, Layout, PlanOptions, Synapses, Table, pow2};
use crate::big::huge_zeroed;
use isospike_net::Row;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Exact sums of |weight| per accumulator, in units.
pub(super) struct Sums {
    /// First entry of each block.
    start: Vec<usize>,
    units: Vec<u64>,
}

impl Sums {
    pub(super) fn new(layout: &Layout) -> Sums {
        let mut start = vec![0];
        for b in &layout.blocks {
            start.push(start[start.len() - 1] + b.ports * b.elements.len());
        }
        let units = vec![0; start[start.len() - 1]];
        Sums { start, units }
    }

    /// The largest sum at a port of a population.
    pub(super) fn most(&self, layout: &Layout, population: usize, port: usize) -> u64 {
        let pieces = layout.pieces_of(population).flat_map(|(_, piece)| {
            let width = layout.blocks[piece.block].elements.len();
            let at = self.start[piece.block] + port * width + piece.offset;
            &self.units[at..at + piece.len]
        });
        pieces.copied().max().unwrap_or(0)
    }

    fn merge(&mut self, o: &Sums) {
        self.units.iter_mut().zip(&o.units).for_each(|(a, b)| *a = a.saturating_add(*b));
    }
}

/// Makes all tables.
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
    let entries = spec.degrees.len() * spec.stride();
    let mut index = match spec.short() {
        true => Index::U16(huge_zeroed(entries)),
        false => Index::U32(huge_zeroed(entries)),
    };
    let mut synapses = empty(spec);
    let transposed = |draft: &Draft<'_>, m: usize| draft.members[m].wiring.is_transposed();
    let window = match spec.members.iter().any(|&m| transposed(draft, m)) {
        true => WINDOW.max(spec.synapses() / 20),
        false => u64::MAX,
    };
    let mut rest = (Out::of(&mut synapses), IndexOut::of(&mut index));
    let mut first = 0;
    while first < spec.degrees.len() {
        let rows = run(&row_start, first, window);
        for &m in &spec.members {
            draft.members[m].wiring.open(rows.start as u32..rows.end as u32, threads);
        }
        first = rows.end;
        let (now, later) = split(rest, &row_start, &rows, spec.stride());
        fill(draft, spec, threads, rows, &row_start, now, sums, report);
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

/// The arrays of a table, yet to be filled.
fn empty(spec: &Spec) -> Synapses {
    let n = spec.synapses() as usize;
    let multiplier = 1i64 << spec.shift;
    match (spec.rule, spec.format) {
        (Some(rule), _) => Synapses::Plastic {
            rule,
            targets: huge_zeroed(n),
            initial: vec![spec.initial.unwrap_or(0.0); if spec.initial.is_some() { 1 } else { n }],
        },
        (_, Format::Constant { weight }) => Synapses::Constant { weight, targets: huge_zeroed(n) },
        (_, Format::U16 { negative }) => Synapses::U16 {
            multiplier: if negative { -multiplier } else { multiplier },
            packed: huge_zeroed(n),
        },
        (_, Format::I16) => Synapses::I16 { multiplier, packed: huge_zeroed(n) },
        (_, Format::I32) => {
            Synapses::I32 { multiplier, targets: huge_zeroed(n), weights: huge_zeroed(n) }
        }
        (_, Format::I64) => Synapses::I64 { targets: huge_zeroed(n), weights: huge_zeroed(n) },
    }
}

/// The rows from `first` on that hold up to about `most` synapses, and at least one row.
fn run(row_start: &[u64], first: usize, most: u64) -> Range<usize> {
    let end = row_start[first].saturating_add(most);
    let last = first + 1 + row_start[first + 1..].partition_point(|&s| s < end);
    first..last.min(row_start.len() - 1)
}

/// Where rows go: synapses and index entries.
type Place<'a> = (Out<'a>, IndexOut<'a>);

/// Parts the place of some rows from that of the rows behind them.
fn split<'a>(
    (out, index): Place<'a>,
    row_start: &[u64],
    rows: &Range<usize>,
    stride: usize,
) -> (Place<'a>, Place<'a>) {
    let (out, out_later) = out.split((row_start[rows.end] - row_start[rows.start]) as usize);
    let (index, index_later) = index.split(rows.len() * stride);
    ((out, index), (out_later, index_later))
}

/// Makes some rows, in parallel.
#[expect(clippy::too_many_arguments, reason = "it is the body of one loop")]
fn fill(
    draft: &Draft<'_>,
    spec: &Spec,
    threads: usize,
    rows: Range<usize>,
    row_start: &[u64],
    mut place: Place<'_>,
    sums: &mut Sums,
    report: &(dyn Fn(u64) + Sync),
) {
    let mut jobs = Vec::new();
    let mut first = rows.start;
    while first < rows.end {
        let chunk = run(&row_start[..=rows.end], first, CHUNK);
        first = chunk.end;
        let (now, later) = split(place, row_start, &chunk, spec.stride());
        jobs.push((chunk, now));
        place = later;
    }
    jobs.reverse();
    let jobs = Mutex::new(jobs);
    let merged = Mutex::new(sums);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut filler = Filler::new(draft, spec);
                loop {
                    let job = jobs.lock().expect("no panics while locked").pop();
                    let Some((rows, (out, index))) = job else { break };
                    let made = row_start[rows.end] - row_start[rows.start];
                    filler.rows(rows, out, index);
                    report(made);
                }
                merged.lock().expect("no panics while locked").merge(&filler.sums);
            });
        }
    });
}

/// Where synapses of a run of rows go.
enum Out<'a> {
    Constant(&'a mut [u16]),
    Packed(&'a mut [u32]),
    I32(&'a mut [u16], &'a mut [i32]),
    I64(&'a mut [u16], &'a mut [i64]),
    Plastic(&'a mut [u16], Option<&'a mut [f64]>),
}

impl<'a> Out<'a> {
    fn of(s: &'a mut Synapses) -> Self {
        match s {
            Synapses::Constant { targets, .. } => Out::Constant(targets),
            Synapses::U16 { packed, .. } | Synapses::I16 { packed, .. } => Out::Packed(packed),
            Synapses::I32 { targets, weights, .. } => Out::I32(targets, weights),
            Synapses::I64 { targets, weights } => Out::I64(targets, weights),
            Synapses::Plastic { targets, initial, .. } => {
                let each = initial.len() == targets.len() && initial.len() != 1;
                Out::Plastic(targets, each.then_some(initial))
            }
        }
    }

    fn split(self, n: usize) -> (Self, Self) {
        match self {
            Out::Constant(t) => {
                let (a, b) = t.split_at_mut(n);
                (Out::Constant(a), Out::Constant(b))
            }
            Out::Packed(p) => {
                let (a, b) = p.split_at_mut(n);
                (Out::Packed(a), Out::Packed(b))
            }
            Out::I32(t, w) => {
                let ((ta, tb), (wa, wb)) = (t.split_at_mut(n), w.split_at_mut(n));
                (Out::I32(ta, wa), Out::I32(tb, wb))
            }
            Out::I64(t, w) => {
                let ((ta, tb), (wa, wb)) = (t.split_at_mut(n), w.split_at_mut(n));
                (Out::I64(ta, wa), Out::I64(tb, wb))
            }
            Out::Plastic(t, w) => {
                let (ta, tb) = t.split_at_mut(n);
                let (wa, wb) = w.map(|w| w.split_at_mut(n)).unzip();
                (Out::Plastic(ta, wa), Out::Plastic(tb, wb))
            }
        }
    }
}

enum IndexOut<'a> {
    U16(&'a mut [u16]),
    U32(&'a mut [u32]),
}

impl<'a> IndexOut<'a> {
    fn of(i: &'a mut Index) -> Self {
        match i {
            Index::U16(v) => IndexOut::U16(v),
            Index::U32(v) => IndexOut::U32(v),
        }
    }
    fn split(self, n: usize) -> (Self, Self) {
        match self {
            IndexOut::U16(v) => {
                let (a, b) = v.split_at_mut(n);
                (IndexOut::U16(a), IndexOut::U16(b))
            }
            IndexOut::U32(v) => {
                let (a, b) = v.split_at_mut(n);
                (IndexOut::U32(a), IndexOut::U32(b))
            }
        }
    }
    fn set(&mut self, at: usize, offset: usize) {
        match self {
            IndexOut::U16(v) => v[at] = offset as u16,
            IndexOut::U32(v) => v[at] = offset as u32,
        }
    }
}

/// What one thread needs to make rows.
struct Filler<'d, 'n> {
    draft: &'d Draft<'n>,
    spec: &'d Spec,
    /// Group of (block, port), `usize::MAX` where there is none.
    group_of: Vec<usize>,
    ports: usize,
    sums: Sums,
    multiplicity: u64,
    row: Row,
    /// (group, delay, target) above, position below.
    keys: Vec<u64>,
    spare: Vec<u64>,
    /// Stored weight by position: units >> shift, or the float of a plastic synapse.
    stored: Vec<i64>,
    floats: Vec<f64>,
}

impl<'d, 'n> Filler<'d, 'n> {
    fn new(draft: &'d Draft<'n>, spec: &'d Spec) -> Self {
        let ports = spec.groups.iter().map(|g| g.1 + 1).max().unwrap_or(0);
        let mut group_of = vec![usize::MAX; draft.layout.blocks.len() * ports];
        for (i, &(block, port)) in spec.groups.iter().enumerate() {
            group_of[block * ports + port] = i;
        }
        Filler {
            draft,
            spec,
            group_of,
            ports,
            sums: Sums::new(&draft.layout),
            multiplicity: u64::from(draft.populations[spec.source].multiplicity),
            row: Row::default(),
            keys: Vec::new(),
            spare: Vec::new(),
            stored: Vec::new(),
            floats: Vec::new(),
        }
    }

    fn rows(&mut self, rows: Range<usize>, mut out: Out<'_>, mut index: IndexOut<'_>) {
        for source in rows {
            self.keys.clear();
            self.stored.clear();
            self.floats.clear();
            for &m in &self.spec.members {
                let member = &self.draft.members[m];
                member.wiring.row(source as u32, &mut self.row);
                self.add(member);
            }
            sort(&mut self.keys, &mut self.spare);
            let (now, later) = out.split(self.keys.len());
            let (index_now, index_later) = index.split(self.spec.stride());
            self.place(now, index_now);
            (out, index) = (later, index_later);
        }
    }

    /// Appends the row of one projection.
    fn add(&mut self, member: &Member<'_>) {
        let (spec, layout) = (self.spec, &self.draft.layout);
        let first = layout.first_element[member.target];
        let neurons = self.draft.populations[member.target].neurons.as_ref();
        let ports = &neurons.expect("targets are neurons").ports;
        let units = member.ports.map(|p| pow2(ports[p].exponent - spec.shift as i32));
        let plastic = spec.rule.map(|rule| {
            let w_max = self.draft.rules[rule].w_max * pow2(ports[member.ports[0]].exponent);
            w_max.ceil() as u64
        });
        let (first_delay, delays) = spec.delays;
        for i in 0..self.row.targets.len() {
            let (w, delay) = (self.row.weights[i], self.row.delays[i]);
            let (block, target) = layout.locate(first + self.row.targets[i] as usize);
            let sign = usize::from(w < 0.0);
            let port = member.ports[sign];
            let group = self.group_of[block * self.ports + port];
            let segment = (group * delays as usize) as u64 + u64::from(delay - first_delay);
            self.keys.push((segment << 16 | u64::from(target)) << 32 | self.keys.len() as u64);
            let size = match plastic {
                Some(w_max) => {
                    self.floats.push(w);
                    w_max
                }
                None => {
                    let stored = round(w * units[sign]);
                    self.stored.push(stored);
                    stored.unsigned_abs() << spec.shift
                }
            };
            let width = layout.blocks[block].elements.len();
            let sum =
                &mut self.sums.units[self.sums.start[block] + port * width + usize::from(target)];
            *sum = sum.saturating_add(size * self.multiplicity);
        }
    }

    /// Writes a sorted row.
    fn place(&self, out: Out<'_>, mut index: IndexOut<'_>) {
        let mut next = 0; // next segment whose start is to be written
        for (at, key) in self.keys.iter().enumerate() {
            let segment = (key >> 48) as usize;
            while next <= segment {
                index.set(next, at);
                next += 1;
            }
        }
        while next < self.spec.stride() {
            index.set(next, self.keys.len());
            next += 1;
        }
        let synapses =
            self.keys.iter().map(|k| ((k >> 32) as u16, (k & 0xffff_ffff) as usize)).enumerate();
        match out {
            Out::Constant(targets) => synapses.for_each(|(at, (t, _))| targets[at] = t),
            Out::Packed(packed) => synapses.for_each(|(at, (t, i))| {
                let weight = match self.spec.format {
                    Format::U16 { .. } => self.stored[i].unsigned_abs() as u16,
                    _ => self.stored[i] as i16 as u16,
                };
                packed[at] = u32::from(t) | u32::from(weight) << 16;
            }),
            Out::I32(targets, weights) => synapses.for_each(|(at, (t, i))| {
                (targets[at], weights[at]) = (t, self.stored[i] as i32);
            }),
            Out::I64(targets, weights) => synapses.for_each(|(at, (t, i))| {
                (targets[at], weights[at]) = (t, self.stored[i]);
            }),
            Out::Plastic(targets, mut initial) => synapses.for_each(|(at, (t, i))| {
                targets[at] = t;
                if let Some(w) = &mut initial {
                    w[at] = self.floats[i];
                }
            }),
        }
    }
}

/// Nearest integer, ties to even; without a library call where the sum trick is exact.
fn round(x: f64) -> i64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
    if x.abs() < 2_251_799_813_685_248.0 {
        ((x + MAGIC) - MAGIC) as i64
    } else {
        x.round_ties_even() as i64
    }
}

/// Sorts by key; keys of long rows by radix on the bytes that differ. The low half (the position)
/// is ascending before and breaks ties, so both ways give the same order.
fn sort(keys: &mut Vec<u64>, spare: &mut Vec<u64>) {
    if keys.len() < 192 {
        keys.sort_unstable();
        return;
    }
    spare.resize(keys.len(), 0);
    let differ = keys.iter().fold(0, |d, k| d | (k ^ keys[0]));
    for byte in 4..8 {
        if differ >> (8 * byte) & 0xff == 0 {
            continue;
        }
        let digit = |k: u64| (k >> (8 * byte) & 0xff) as usize;
        let mut start = [0u32; 256];
        keys.iter().for_each(|&k| start[digit(k)] += 1);
        let mut sum = 0;
        for s in &mut start {
            (*s, sum) = (sum, sum + *s);
        }
        for &k in keys.iter() {
            let s = &mut start[digit(k)];
            spare[*s as usize] = k;
            *s += 1;
        }
        std::mem::swap(keys, spare);
    }
}
