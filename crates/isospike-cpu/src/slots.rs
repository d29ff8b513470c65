//! Reading and writing a session's slots in their canonical layouts, which know no blocks.

use crate::number::Number;
use crate::plastic::{History, PreTraces};
use crate::session::CpuSession;
use crate::update::BlockSums;
use isospike_backend::plan::Piece;
use isospike_backend::{Result, Slot};
use std::ops::Range;

/// Gives a slot out in pieces.
pub(crate) fn stream<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    slot: Slot,
    each: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    s.plan.slot_bytes(slot)?;
    s.settle();
    let mut out = Bytes::Out(Pieces { bytes: Vec::with_capacity(PIECE), each });
    transfer(s, slot, &mut out);
    if let Bytes::Out(mut rest) = out {
        rest.flush();
    }
    Ok(())
}

/// Writes a slot; nothing is changed when the bytes do not fit.
pub(crate) fn write<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    slot: Slot,
    bytes: &[u8],
) -> Result<()> {
    s.plan.check_slot(slot, bytes, s.step)?;
    s.settle();
    transfer(s, slot, &mut Bytes::In(bytes));
    Ok(())
}

/// The two directions of a transfer, so that a layout is written down once. What comes in was
/// checked.
enum Bytes<'a> {
    Out(Pieces<'a>),
    In(&'a [u8]),
}

/// Bytes on their way out, handed on whenever there are enough of them.
struct Pieces<'a> {
    bytes: Vec<u8>,
    each: &'a mut dyn FnMut(&[u8]),
}

/// As much as stays in the first-level cache.
const PIECE: usize = 16 << 10;

impl Pieces<'_> {
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        // a number is at most 16 bytes long, so the buffer never grows
        if self.bytes.len() > PIECE - 16 {
            self.flush();
        }
    }

    fn flush(&mut self) {
        (self.each)(&self.bytes);
        self.bytes.clear();
    }
}

impl Bytes<'_> {
    fn float<F: Number>(&mut self, x: &mut F) {
        match self {
            Bytes::Out(out) => out.add(|v| x.write_le(v)),
            Bytes::In(b) => {
                let (now, later) = b.split_at(size_of::<F>());
                *x = F::read_le(now);
                *b = later;
            }
        }
    }
    fn word(&mut self, x: &mut u64) {
        match self {
            Bytes::Out(out) => out.add(|v| v.extend_from_slice(&x.to_le_bytes())),
            Bytes::In(b) => *x = u64::from_le_bytes(take(b)),
        }
    }
    /// A list of records whose number is not known beforehand.
    fn records<const N: usize>(
        &mut self,
        all: impl IntoIterator<Item = [u32; N]>,
    ) -> Option<Vec<[u32; N]>> {
        match self {
            Bytes::Out(out) => {
                for word in all.into_iter().flatten() {
                    out.add(|v| v.extend_from_slice(&word.to_le_bytes()));
                }
                None
            }
            Bytes::In(b) => {
                let n = b.len() / (4 * N);
                let record = |_| std::array::from_fn(|_| u32::from_le_bytes(take(b)));
                Some((0..n).map(record).collect())
            }
        }
    }
}

fn take<const K: usize>(b: &mut &[u8]) -> [u8; K] {
    let (now, later) = b.split_first_chunk().expect("the length was checked");
    *b = later;
    *now
}

fn transfer<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, slot: Slot, io: &mut Bytes<'_>) {
    match slot {
        Slot::Clock => {
            let mut step = s.step;
            io.word(&mut step);
            if matches!(io, Bytes::In(_)) {
                s.leave_for(step);
            }
        }
        Slot::State { population, slot } => {
            let batch = s.plan.batch();
            for state in s.blocks.iter_mut().flat_map(|b| &mut b.pieces) {
                let piece = &s.plan.layout().pieces[state.id];
                if piece.population == population {
                    for i in 0..piece.len * batch {
                        let mut x = state.state.at(slot, i);
                        io.float(&mut x);
                        state.state.set(slot, i, x);
                    }
                }
            }
        }
        Slot::Past { population, filter } => past(s, population, filter, io),
        Slot::InFlight { population } => in_flight(s, population, io),
        Slot::Pushed { population } => pushed(s, population, io),
        Slot::Weights { table } => weights(s, table, io),
        Slot::PreTrace { table } => pre_trace(s, table, io),
        Slot::PostHistory { rule, population } => post_history(s, rule, population, io),
        Slot::Pending { population } => pending(s, population, io),
    }
}

fn past<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    population: usize,
    filter: usize,
    io: &mut Bytes<'_>,
) {
    let plan = s.plan.clone();
    let neurons = plan.populations[population].neurons.as_ref().expect("filters are of neurons");
    for age in 1..=neurons.filters[filter].past() {
        for state in s.blocks.iter_mut().flat_map(|b| &mut b.pieces) {
            let piece = &plan.layout().pieces[state.id];
            if piece.population == population {
                for i in 0..piece.len * plan.batch() {
                    io.float(state.past[filter].at(s.step, age, i));
                }
            }
        }
    }
}

fn in_flight<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    population: usize,
    io: &mut Bytes<'_>,
) {
    let batch = s.plan.batch() as u32;
    let ages = 1..=u64::from(s.plan.populations[population].max_delay).min(s.step);
    let pieces = s.plan.pieces_of(population);
    let spikes = ages.clone().flat_map(|age| {
        let (flights, step) = (&s.flights, s.step - age);
        // SAFETY: no run is going on.
        let flat = pieces.iter().flat_map(move |&piece| unsafe { flights[piece].get(step) });
        flat.map(move |flat| [age as u32, flat / batch, flat % batch])
    });
    let Some(spikes) = io.records(spikes) else { return };
    let spikes: Vec<_> = spikes.iter().map(|s| (u64::from(s[0]), s[1] * batch + s[2])).collect();
    for (id, piece) in pieces.iter().map(|&id| (id, &s.plan.layout().pieces[id])) {
        let mine = flat_range(piece.first, piece, s.plan.batch());
        for age in ages.clone() {
            let at = |flat: usize| spikes.partition_point(|s| *s < (age, flat as u32));
            let new = &spikes[at(mine.start)..at(mine.end)];
            // SAFETY: no run is going on.
            unsafe {
                s.flights[id].set(s.step - age, |out| {
                    out.iter_mut().zip(new).for_each(|(out, s)| *out = s.1);
                    new.len()
                });
            }
        }
    }
}

fn pushed<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    population: usize,
    io: &mut Bytes<'_>,
) {
    let batch = s.plan.batch() as u32;
    let from = s.step.saturating_sub(s.plan.populations[population].max_delay.into());
    let train = &mut s.trains[population];
    let record = |(t, flat): (u64, u32)| [t as u32, (t >> 32) as u32, flat / batch, flat % batch];
    if let Some(spikes) = io.records(train.pushed(from).map(record)) {
        let spike = |s: &[u32; 4]| (u64::from(s[1]) << 32 | u64::from(s[0]), s[2] * batch + s[3]);
        train.set_pushed(&spikes.iter().map(spike).collect::<Vec<_>>());
    }
}

fn weights<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, table: usize, io: &mut Bytes<'_>) {
    let (t, batch) = (&s.plan.tables()[table], s.plan.batch());
    let all = s.weights[table].as_mut().expect("a plastic table has weights");
    let ports = t.groups.iter().map(|g| g.1 + 1).max().unwrap_or(0);
    for source in 0..t.sources() {
        for delay in t.first_delay..t.first_delay + t.delays {
            for port in 0..ports {
                for group in (0..t.groups.len()).filter(|&g| t.groups[g].1 == port) {
                    let range = t.segment(source, group, delay);
                    let range = range.start * batch..range.end * batch;
                    for i in range {
                        let mut w = all.at(i);
                        io.float(&mut w);
                        all.put(i, w);
                    }
                }
            }
        }
    }
}

fn pre_trace<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, table: usize, io: &mut Bytes<'_>) {
    let mut copies: Vec<&mut PreTraces<F>> =
        s.blocks.iter_mut().flat_map(|b| &mut b.plastic).filter(|t| t.table == table).collect();
    let Some((first, others)) = copies.split_first_mut() else { return };
    for i in 0..first.last.len() {
        io.word(&mut first.last[i]);
        io.float(&mut first.trace[i]);
    }
    // every block keeps its own copy, and all are the same
    for other in others {
        other.last.copy_from_slice(&first.last);
        other.trace.copy_from_slice(&first.trace);
    }
}

fn post_history<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    rule: usize,
    population: usize,
    io: &mut Bytes<'_>,
) {
    let pieces = &s.plan.layout().pieces;
    let histories = s.blocks.iter_mut().flat_map(|b| &mut b.histories);
    let mine = |h: &&mut History<F>| h.rule == rule && pieces[h.piece].population == population;
    for history in histories.filter(mine) {
        for flat in 0..pieces[history.piece].len * s.plan.batch() {
            let (times, traces) = history.of(flat);
            let mut spikes: Vec<_> = times.iter().copied().zip(traces.iter().copied()).collect();
            let mut n = spikes.len() as u64;
            io.word(&mut n);
            spikes.resize(n as usize, (0, F::default()));
            for (time, trace) in &mut spikes {
                io.word(time);
                io.float(trace);
            }
            history.set(flat, spikes.into_iter());
        }
    }
}

fn pending<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    population: usize,
    io: &mut Bytes<'_>,
) {
    let plan = s.plan.clone();
    let neurons = plan.populations[population].neurons.as_ref().expect("sources have no ports");
    for ahead in 0..u64::from(neurons.pending) {
        for port in 0..neurons.ports.len() {
            for block in &mut s.blocks {
                let slot = ((s.step + ahead) % block.pending_steps.max(1) as u64) as usize;
                let at = slot * block.sums.len() + port * block.flat;
                for piece in block.pieces.iter().map(|p| &plan.layout().pieces[p.id]) {
                    if piece.population == population {
                        for flat in flat_range(piece.offset, piece, plan.batch()) {
                            let mut x = block.pending[at + flat].to_i64() as u64;
                            io.word(&mut x);
                            block.pending[at + flat] = A::from_i64(x as i64);
                        }
                    }
                }
            }
        }
    }
}

/// The neurons of a piece in an array where it begins at `first`.
fn flat_range(first: usize, piece: &Piece, batch: usize) -> Range<usize> {
    first * batch..(first + piece.len) * batch
}
