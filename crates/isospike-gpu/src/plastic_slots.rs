//! The slots of plasticity: weights, traces, histories, and what is under way.

use crate::driver::Driver;
use crate::heap;
use crate::learning::{History, Learner};
use crate::number::{float_at, float_bytes};
use crate::session::GpuSession;
use crate::slots::{PORTION, pieces_of, portions, take};
use bytemuck::cast_slice;
use isospike_backend::plan::{Accumulator, Synapses, Table};
use isospike_backend::{Error, ErrorKind, Result};
use std::ops::Range;

/// Calls `f` with the synapses of some sources of a plastic table, range by range, in the order of
/// the slot.
fn each_range(t: &Table, sources: Range<usize>, mut f: impl FnMut(Range<usize>)) {
    let ports = t.groups.iter().map(|g| g.1 + 1).max().unwrap_or(0);
    for source in sources {
        for delay in t.first_delay..t.first_delay + t.delays {
            for port in 0..ports {
                for group in (0..t.groups.len()).filter(|&g| t.groups[g].1 == port) {
                    f(t.segment(source, group, delay));
                }
            }
        }
    }
}

/// First byte of a table's weights in their heap.
fn first_weight<D: Driver>(s: &GpuSession<D>, table: usize) -> u64 {
    s.layout.tables[table].weights * float_bytes(s.plan.precision()) as u64
}

/// As many sources at a time as have a portion of synapses, at least one.
pub(crate) fn weights<D: Driver>(
    s: &GpuSession<D>,
    table: usize,
    each: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    let t = &s.plan.tables()[table];
    let synapse = s.plan.batch() * float_bytes(s.plan.precision());
    let mut end = 0;
    while end < t.sources() {
        let (sources, first) = (end, t.row_start[end]);
        let fit = t.row_start.partition_point(|&start| start.saturating_sub(first) <= PORTION);
        end = (fit - 1).max(sources + 1);
        let bytes = (t.row_start[end] - first) * synapse as u64;
        let heap = s.memory.weights_plastic.as_ref();
        let at = first_weight(s, table) + first * synapse as u64;
        let stored: Vec<u8> = heap::read(&*s.driver, heap, at, bytes)?;
        let mut out = Vec::with_capacity(stored.len());
        each_range(t, sources..end, |r| {
            let [from, to] = [r.start, r.end].map(|i| (i - first as usize) * synapse);
            out.extend_from_slice(&stored[from..to]);
        });
        each(&out);
    }
    Ok(())
}

pub(crate) fn set_weights<D: Driver>(
    s: &GpuSession<D>,
    table: usize,
    bytes: &mut &[u8],
) -> Result<()> {
    let t = &s.plan.tables()[table];
    let synapse = s.plan.batch() * float_bytes(s.plan.precision());
    let mut stored = vec![0u8; bytes.len()];
    each_range(t, 0..t.sources(), |r| {
        let (now, later) = bytes.split_at(r.len() * synapse);
        stored[r.start * synapse..r.end * synapse].copy_from_slice(now);
        *bytes = later;
    });
    if let Synapses::Plastic { half: Some(format), .. } = t.synapses {
        for w in stored.as_chunks_mut().0 {
            *w = format.round(f32::from_le_bytes(*w)).to_le_bytes();
        }
    }
    heap::write(&*s.driver, s.memory.weights_plastic.as_ref(), first_weight(s, table), &stored)
}

/// What learns of a table: each has its own copy of the presynaptic traces, and all are the same.
fn learners<D: Driver>(s: &GpuSession<D>, table: usize) -> impl Iterator<Item = &Learner> {
    s.layout.learners.iter().filter(move |l| l.table == table as u64)
}

pub(crate) fn pre_trace<D: Driver>(s: &GpuSession<D>, table: usize) -> Result<Vec<u8>> {
    let (driver, m, float) = (&*s.driver, &s.memory, float_bytes(s.plan.precision()));
    let Some(l) = learners(s, table).next() else { return Ok(Vec::new()) };
    let times: Vec<u64> = heap::read(driver, m.pre_time.as_ref(), l.traces, l.sources)?;
    let (first, bytes) = (l.traces * float as u64, l.sources * float as u64);
    let traces: Vec<u8> = heap::read(driver, m.pre_trace.as_ref(), first, bytes)?;
    let mut out = Vec::with_capacity(times.len() * (8 + float));
    for (time, trace) in times.iter().zip(traces.chunks_exact(float)) {
        out.extend_from_slice(&time.to_le_bytes());
        out.extend_from_slice(trace);
    }
    Ok(out)
}

pub(crate) fn set_pre_trace<D: Driver>(
    s: &GpuSession<D>,
    table: usize,
    bytes: &mut &[u8],
) -> Result<()> {
    let (driver, m, float) = (&*s.driver, &s.memory, float_bytes(s.plan.precision()));
    let (mut times, mut traces) = (Vec::new(), Vec::new());
    for entry in bytes.chunks_exact(8 + float) {
        times.push(u64::from_le_bytes(take(&mut &entry[..8])));
        traces.extend_from_slice(&entry[8..]);
    }
    for l in learners(s, table) {
        heap::write(driver, m.pre_time.as_ref(), l.traces, &times)?;
        heap::write(driver, m.pre_trace.as_ref(), l.traces * float as u64, &traces)?;
    }
    Ok(())
}

/// Histories of a rule in the pieces of a population, ascending.
fn histories<D: Driver>(
    s: &GpuSession<D>,
    rule: usize,
    population: usize,
) -> impl Iterator<Item = &History> {
    let mine = pieces_of(s, population)
        .flat_map(|p| &s.layout.histories[p.first_history as usize..p.end_history as usize]);
    mine.filter(move |h| h.rule == rule as u64)
}

pub(crate) fn post_history<D: Driver>(
    s: &GpuSession<D>,
    rule: usize,
    population: usize,
    each: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    let (driver, m, float) = (&*s.driver, &s.memory, float_bytes(s.plan.precision()));
    for h in histories(s, rule, population) {
        let at_once = (PORTION / h.room).max(1);
        for first in (0..h.flat).step_by(at_once as usize) {
            let n = at_once.min(h.flat - first);
            let (entries, len) = (h.entries + first * h.room, n * h.room);
            let counts: Vec<u32> = heap::read(driver, m.post_count.as_ref(), h.counts + first, n)?;
            let times: Vec<u64> = heap::read(driver, m.post_time.as_ref(), entries, len)?;
            let (at, bytes) = (entries * float as u64, len * float as u64);
            let traces: Vec<u8> = heap::read(driver, m.post_trace.as_ref(), at, bytes)?;
            let mut out = Vec::new();
            for (neuron, &count) in counts.iter().enumerate() {
                out.extend_from_slice(&u64::from(count).to_le_bytes());
                let first = neuron * h.room as usize;
                for entry in first..first + count as usize {
                    out.extend_from_slice(&times[entry].to_le_bytes());
                    out.extend_from_slice(&traces[entry * float..][..float]);
                }
            }
            each(&out);
        }
    }
    Ok(())
}

pub(crate) fn set_post_history<D: Driver>(
    s: &GpuSession<D>,
    rule: usize,
    population: usize,
    bytes: &mut &[u8],
) -> Result<()> {
    let (driver, m, float) = (&*s.driver, &s.memory, float_bytes(s.plan.precision()));
    for h in histories(s, rule, population) {
        let entries = (h.flat * h.room) as usize;
        let mut counts = vec![0u32; h.flat as usize];
        let (mut times, mut traces) = (vec![0u64; entries], vec![0u8; entries * float]);
        for (neuron, n) in counts.iter_mut().enumerate() {
            *n = u64::from_le_bytes(take(bytes)) as u32;
            let first = neuron * h.room as usize;
            for entry in first..first + *n as usize {
                times[entry] = u64::from_le_bytes(take(bytes));
                let (trace, later) = bytes.split_at(float);
                traces[entry * float..][..float].copy_from_slice(trace);
                *bytes = later;
            }
        }
        heap::write(driver, m.post_count.as_ref(), h.counts, &counts)?;
        heap::write(driver, m.post_time.as_ref(), h.entries, &times)?;
        heap::write(driver, m.post_trace.as_ref(), h.entries * float as u64, &traces)?;
    }
    Ok(())
}

/// Calls `f` with each stretch of a population's pending accumulators, in the order of the slot:
/// its first element in the heap, its first in the slot, and its length.
fn pending_places<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    mut f: impl FnMut(u64, usize, usize) -> Result<()>,
) -> Result<()> {
    let p = &s.plan.populations[population];
    let neurons = p.neurons.as_ref().expect("sources have no ports");
    let (ports, batch) = (neurons.ports.len() as u64, s.plan.batch() as u64);
    for ahead in 0..u64::from(neurons.pending) {
        for port in 0..ports {
            for piece in pieces_of(s, population) {
                let slot = (s.step + ahead) % piece.pending_steps;
                let heap = piece.pending + (slot * ports + port) * piece.flat;
                let at = ((ahead * ports + port) * u64::from(p.size) + piece.first) * batch;
                f(heap, at as usize, piece.live as usize)?;
            }
        }
    }
    Ok(())
}

pub(crate) fn pending<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    each: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    let (driver, heap) = (&*s.driver, s.memory.pending.as_ref());
    pending_places(s, population, |first, _, len| {
        for (first, n) in portions(first, len as u64) {
            let units: Vec<i64> = match s.plan.accumulator {
                Accumulator::I32 => {
                    let narrow: Vec<i32> = heap::read(driver, heap, first, n)?;
                    narrow.into_iter().map(i64::from).collect()
                }
                Accumulator::I64 => heap::read(driver, heap, first, n)?,
            };
            each(cast_slice(&units));
        }
        Ok(())
    })
}

pub(crate) fn set_pending<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    bytes: &mut &[u8],
) -> Result<()> {
    let units: Vec<i64> = bytes.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)).collect();
    let (driver, heap) = (&*s.driver, s.memory.pending.as_ref());
    pending_places(s, population, |first, at, len| {
        let now = &units[at..at + len];
        match s.plan.accumulator {
            Accumulator::I32 => {
                let narrow: Vec<i32> = now.iter().map(|&x| x as i32).collect();
                heap::write(driver, heap, first, &narrow)
            }
            Accumulator::I64 => heap::write(driver, heap, first, now),
        }
    })
}

/// Names a weight that is not finite, if there is one.
pub(crate) fn check_weights<D: Driver>(s: &GpuSession<D>) -> Result<()> {
    let (plan, float) = (&s.plan, float_bytes(s.plan.precision()));
    let (batch, heap) = (plan.batch(), s.memory.weights_plastic.as_ref());
    for (table, t) in plan.tables().iter().enumerate().filter(|(_, t)| t.rule().is_some()) {
        let bytes = (t.len() * batch * float) as u64;
        let stored: Vec<u8> = heap::read(&*s.driver, heap, first_weight(s, table), bytes)?;
        let mut values = stored.chunks_exact(float).map(|b| float_at(b, plan.precision()));
        let Some(i) = values.position(|w| !w.is_finite()) else { continue };
        let w = float_at(&stored[i * float..][..float], plan.precision());
        let source = t.row_start.partition_point(|&s| s <= (i / batch) as u64) - 1;
        let message = format!(
            "a plastic weight from neuron {source} of {} became {w}; weights must stay finite: \
             check the plasticity rule's lambda and alpha",
            plan.populations[t.source].name
        );
        return Err(Error::new(ErrorKind::NotFinite, message)
            .with("lane", i % batch)
            .with("seen before step", s.step));
    }
    Ok(())
}
