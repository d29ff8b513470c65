//! Reading and writing a session's slots in their canonical layouts, which know no blocks.

use crate::number::Number;
use crate::plastic::PreTraces;
use crate::session::CpuSession;
use crate::update::BlockSums;
use isospike_backend::plan::Piece;
use isospike_backend::{Error, ErrorKind, Result, Slot, Spike};
use std::ops::Range;

/// Moves recorded spikes out, ascending by (step, lane, id).
pub(crate) fn drain<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, out: &mut Vec<Spike>) {
    let (start, batch) = (out.len(), s.plan.batch() as u32);
    let spike = |first_id: u32, step: u64, flat: u32| Spike {
        step,
        lane: flat % batch,
        id: first_id + flat / batch,
    };
    for state in s.blocks.iter_mut().flat_map(|b| &mut b.pieces) {
        let population = s.plan.layout().pieces[state.id].population;
        let first_id = s.plan.populations[population].first_id;
        let recorded = &state.record[..state.recorded];
        out.extend(recorded.iter().map(|e| spike(first_id, s.drained + (e >> 32), *e as u32)));
        state.recorded = 0;
    }
    for (train, p) in s.trains.iter().zip(&s.plan.populations) {
        let new = train.between(s.drained, s.step);
        out.extend(new.map(|(step, flat)| spike(p.first_id, step, flat)));
    }
    out[start..].sort_unstable();
    s.drained = s.step;
}

/// Adds spikes to source populations.
pub(crate) fn push_spikes<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    spikes: &[Spike],
) -> Result<()> {
    let batch = s.plan.batch() as u32;
    let mut by_population = vec![Vec::new(); s.plan.populations.len()];
    for spike in spikes {
        let p = s.plan.populations.partition_point(|p| p.first_id <= spike.id) - 1;
        let population = &s.plan.populations[p];
        let local = spike.id - population.first_id;
        let wrong = if local >= population.size || population.neurons.is_some() {
            "its neuron must be in a spike source"
        } else if spike.lane >= batch {
            "its lane must be in the batch"
        } else if spike.step < s.step {
            "its step must not have passed"
        } else {
            by_population[p].push((spike.step, local * batch + spike.lane));
            continue;
        };
        let message = format!("pushed spike {spike:?}: {wrong} (next step: {})", s.step);
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let new = by_population.into_iter().enumerate().filter(|(_, new)| !new.is_empty());
    let trains: Vec<_> = new.map(|(p, new)| (p, s.trains[p].with(&new))).collect();
    for (p, train) in &trains {
        let (now, most) = (train.multiplicity(), s.plan.populations[*p].multiplicity);
        if now > most {
            let message = format!(
                "pushed spikes: a source fires {now} times in one step; the accumulators are sized for {most}"
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
    }
    trains.into_iter().for_each(|(p, train)| s.trains[p] = train);
    Ok(())
}

/// Reads a slot.
pub(crate) fn read<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, slot: Slot) -> Vec<u8> {
    let mut out = Vec::new();
    transfer(s, slot, &mut Bytes::Out(&mut out));
    out
}

/// Writes a slot; nothing is changed when the bytes do not fit.
pub(crate) fn write<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    slot: Slot,
    bytes: &[u8],
) -> Result<()> {
    let wrong = |expected: usize| {
        let message = format!("{slot:?}: {} bytes were given; {expected} are needed", bytes.len());
        Err(Error::new(ErrorKind::Invalid, message))
    };
    match slot {
        Slot::InFlight { population } => {
            if !bytes.len().is_multiple_of(12) {
                return wrong(bytes.len().next_multiple_of(12));
            }
            set_in_flight(s, population, bytes);
            return Ok(());
        }
        Slot::PostHistory { .. } => {}
        _ => {
            let expected = read(s, slot).len();
            if bytes.len() != expected {
                return wrong(expected);
            }
        }
    }
    transfer(s, slot, &mut Bytes::In(bytes));
    Ok(())
}

/// The two directions of a transfer, so that a layout is written down once.
enum Bytes<'a> {
    Out(&'a mut Vec<u8>),
    In(&'a [u8]),
}

impl Bytes<'_> {
    fn float<F: Number>(&mut self, x: &mut F) {
        match self {
            Bytes::Out(v) => x.write_le(v),
            Bytes::In(b) => {
                let (now, later) = b.split_at(size_of::<F>());
                *x = F::read_le(now);
                *b = later;
            }
        }
    }
    fn word(&mut self, x: &mut u64) {
        match self {
            Bytes::Out(v) => v.extend_from_slice(&x.to_le_bytes()),
            Bytes::In(b) => {
                let (now, later) = b.split_at(8);
                *x = u64::from_le_bytes(now.try_into().expect("eight bytes"));
                *b = later;
            }
        }
    }
}

fn transfer<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, slot: Slot, io: &mut Bytes<'_>) {
    match slot {
        Slot::Clock => {
            io.word(&mut s.step);
            if matches!(io, Bytes::In(_)) {
                // another time: what was recorded belongs to the one that is left
                (s.drained, s.checked) = (s.step, s.step);
                let pieces = s.blocks.iter_mut().flat_map(|b| &mut b.pieces);
                pieces.for_each(|p| p.recorded = 0);
            }
        }
        Slot::State { population, slot } => {
            let batch = s.plan.batch();
            for state in s.blocks.iter_mut().flat_map(|b| &mut b.pieces) {
                let piece = &s.plan.layout().pieces[state.id];
                if piece.population == population {
                    state.state[slot][..piece.len * batch].iter_mut().for_each(|x| io.float(x));
                }
            }
        }
        Slot::InFlight { population } => in_flight(s, population, io),
        Slot::Weights { table } => weights(s, table, io),
        Slot::PreTrace { table } => pre_trace(s, table, io),
        Slot::PostHistory { rule, population } => post_history(s, rule, population, io),
        Slot::Pending { population } => pending(s, population, io),
    }
}

fn in_flight<F: Number, A: BlockSums>(s: &CpuSession<F, A>, population: usize, io: &mut Bytes<'_>) {
    let Bytes::Out(out) = io else { unreachable!("written by set_in_flight") };
    let batch = s.plan.batch() as u32;
    let longest = u64::from(s.plan.populations[population].max_delay).min(s.step);
    for age in 1..=longest {
        for &piece in s.plan.pieces_of(population) {
            // SAFETY: no run is going on.
            for flat in unsafe { s.flights[piece].get(s.step - age) } {
                for word in [age as u32, flat / batch, flat % batch] {
                    out.extend_from_slice(&word.to_le_bytes());
                }
            }
        }
    }
}

fn set_in_flight<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    population: usize,
    bytes: &[u8],
) {
    let batch = s.plan.batch() as u32;
    let word = |b: &[u8], i: usize| {
        u32::from_le_bytes(b[4 * i..4 * i + 4].try_into().expect("four bytes"))
    };
    let spikes: Vec<(u32, u32)> =
        bytes.chunks_exact(12).map(|b| (word(b, 0), word(b, 1) * batch + word(b, 2))).collect();
    let longest = u64::from(s.plan.populations[population].max_delay).min(s.step);
    for &id in s.plan.pieces_of(population) {
        let piece = &s.plan.layout().pieces[id];
        let mine = (piece.first as u32) * batch..((piece.first + piece.len) as u32) * batch;
        for age in 1..=longest {
            let of_age = spikes.iter().filter(|x| u64::from(x.0) == age && mine.contains(&x.1));
            // SAFETY: no run is going on.
            unsafe {
                s.flights[id].set(s.step - age, |out| {
                    let mut n = 0;
                    for (_, flat) in of_age {
                        out[n] = *flat;
                        n += 1;
                    }
                    n
                });
            }
        }
    }
}

fn weights<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, table: usize, io: &mut Bytes<'_>) {
    let (t, batch) = (&s.plan.tables()[table], s.plan.batch());
    let all = s.weights[table].as_mut().expect("a plastic table has weights").all();
    let ports = t.groups.iter().map(|g| g.1 + 1).max().unwrap_or(0);
    for source in 0..t.sources() {
        for delay in t.first_delay..t.first_delay + t.delays {
            for port in 0..ports {
                for group in (0..t.groups.len()).filter(|&g| t.groups[g].1 == port) {
                    let range = t.segment(source, group, delay);
                    all[range.start * batch..range.end * batch]
                        .iter_mut()
                        .for_each(|w| io.float(w));
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
        io.word(&mut first.done[i]);
        io.float(&mut first.trace[i]);
    }
    // every block keeps its own copy, and all are the same
    for other in others {
        other.last.copy_from_slice(&first.last);
        other.done.copy_from_slice(&first.done);
        other.trace.copy_from_slice(&first.trace);
    }
}

fn post_history<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    rule: usize,
    population: usize,
    io: &mut Bytes<'_>,
) {
    let plan = s.plan.clone();
    for block in &mut s.blocks {
        let history = &mut block.histories[rule];
        for piece in block.pieces.iter().map(|p| &plan.layout().pieces[p.id]) {
            if piece.population != population {
                continue;
            }
            for flat in flat_range(piece, plan.batch()) {
                let mut n = u64::from(history.count[flat]);
                io.word(&mut n);
                let n = n.min(history.room as u64);
                history.count[flat] = n as u32;
                for i in flat * history.room..flat * history.room + n as usize {
                    io.word(&mut history.time[i]);
                    io.float(&mut history.trace[i]);
                }
            }
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
                        for flat in flat_range(piece, plan.batch()) {
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

/// The neurons of a piece in the arrays of its block.
fn flat_range(piece: &Piece, batch: usize) -> Range<usize> {
    piece.offset * batch..(piece.offset + piece.len) * batch
}
