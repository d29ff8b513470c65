//! Reading and writing a session's slots in their canonical layouts, which know no blocks.

use crate::driver::Driver;
use crate::heap;
use crate::layout::Piece;
use crate::number::float_bytes;
use crate::plastic_slots as plastic;
use crate::session::GpuSession;
use bytemuck::cast_slice;
use isospike_backend::{Result, Slot};
use isospike_net::Half;

/// Elements that are read from the device at once where a slot is given out in pieces.
pub(crate) const PORTION: u64 = 1 << 16;

/// Reads a slot and gives it out in pieces.
pub(crate) fn stream<D: Driver>(
    s: &mut GpuSession<D>,
    slot: Slot,
    each: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    s.plan.slot_bytes(slot)?;
    s.settle()?;
    match slot {
        Slot::Clock => each(&s.step.to_le_bytes()),
        Slot::State { population, slot } => stream_state(s, population, slot, each)?,
        Slot::Past { population, filter } => stream_past(s, population, filter, each)?,
        Slot::InFlight { population } => each(&in_flight(s, population)?),
        Slot::Pushed { population } => each(&pushed(s, population)),
        Slot::Weights { table } => plastic::weights(s, table, each)?,
        Slot::PreTrace { table } => each(&plastic::pre_trace(s, table)?),
        Slot::PostHistory { rule, population } => {
            plastic::post_history(s, rule, population, each)?;
        }
        Slot::Pending { population } => plastic::pending(s, population, each)?,
    }
    Ok(())
}

/// A range in portions: where each begins, and its length.
pub(crate) fn portions(first: u64, len: u64) -> impl Iterator<Item = (u64, u64)> {
    let starts = (0..len).step_by(PORTION as usize);
    starts.map(move |start| (first + start, PORTION.min(len - start)))
}

/// Writes a slot; nothing is changed when the bytes do not fit.
pub(crate) fn write<D: Driver>(s: &mut GpuSession<D>, slot: Slot, bytes: &[u8]) -> Result<()> {
    s.plan.check_slot(slot, bytes, s.step)?;
    s.settle()?;
    let bytes = &mut &*bytes;
    match slot {
        Slot::Clock => s.leave_for(u64::from_le_bytes(take(bytes))),
        Slot::State { population, slot } => write_state(s, population, slot, bytes),
        Slot::Past { population, filter } => write_past(s, population, filter, bytes),
        Slot::InFlight { population } => set_in_flight(s, population, bytes),
        Slot::Pushed { population } => set_pushed(s, population, bytes),
        Slot::Weights { table } => plastic::set_weights(s, table, bytes),
        Slot::PreTrace { table } => plastic::set_pre_trace(s, table, bytes),
        Slot::PostHistory { rule, population } => {
            plastic::set_post_history(s, rule, population, bytes)
        }
        Slot::Pending { population } => plastic::set_pending(s, population, bytes),
    }
}

/// The next bytes of a slot that was checked.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (now, later) = bytes.split_first_chunk().expect("the length was checked");
    *bytes = later;
    *now
}

/// Pieces of a population, ascending.
pub(crate) fn pieces_of<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
) -> impl Iterator<Item = &Piece> {
    s.layout.pieces.iter().filter(move |p| p.stream == population as u64)
}

/// Place of a state slot in its heap and in the canonical layout, and length, in elements, piece by
/// piece.
pub(crate) fn state_places<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    slot: usize,
) -> impl Iterator<Item = (u64, usize, usize)> {
    let batch = s.plan.batch();
    pieces_of(s, population).map(move |p| {
        let heap = p.state + slot as u64 * p.flat;
        (heap, p.first as usize * batch, p.live as usize)
    })
}

/// The 16-bit format of a population's state, if it has one.
fn narrow<D: Driver>(s: &GpuSession<D>, population: usize) -> Option<Half> {
    s.plan.populations[population].neurons.as_ref().and_then(|n| n.state)
}

fn stream_state<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    slot: usize,
    each: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    let (driver, m, float) = (&*s.driver, &s.memory, float_bytes(s.plan.precision()) as u64);
    for (first, _, len) in state_places(s, population, slot) {
        for (first, n) in portions(first, len as u64) {
            if let Some(format) = narrow(s, population) {
                let bits: Vec<u16> = heap::read(driver, m.narrow.as_ref(), first, n)?;
                let mut values = vec![0f32; bits.len()];
                format.decode_all(&bits, &mut values);
                each(cast_slice(&values));
            } else {
                let bytes: Vec<u8> =
                    heap::read(driver, m.state.as_ref(), first * float, n * float)?;
                each(&bytes);
            }
        }
    }
    Ok(())
}

/// A state slot whole.
pub(crate) fn read_state<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    slot: usize,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream_state(s, population, slot, &mut |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

fn write_state<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    slot: usize,
    bytes: &[u8],
) -> Result<()> {
    let float = float_bytes(s.plan.precision());
    state_places(s, population, slot).try_for_each(|(first, at, len)| {
        write_piece(s, population, first, &bytes[at * float..(at + len) * float])
    })
}

/// Writes a state slot of one piece, at its place in the heap.
pub(crate) fn write_piece<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    first: u64,
    bytes: &[u8],
) -> Result<()> {
    let driver = &*s.driver;
    match narrow(s, population) {
        Some(format) => {
            let values = bytes.as_chunks().0.iter().map(|b| format.encode(f32::from_le_bytes(*b)));
            let bits: Vec<u16> = values.collect();
            heap::write(driver, s.memory.narrow.as_ref(), first, &bits)
        }
        None => {
            let float = float_bytes(s.plan.precision()) as u64;
            heap::write(driver, s.memory.state.as_ref(), first * float, bytes)
        }
    }
}

/// Place of what a filter looks back on in its heap, in the canonical layout, and length, in
/// elements, age by age and piece by piece.
fn past_places<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    filter: usize,
) -> impl Iterator<Item = (u64, usize, usize)> {
    let p = &s.plan.populations[population];
    let past = p.neurons.as_ref().map_or(0, |n| n.filters[filter].past());
    let (batch, flat) = (s.plan.batch(), p.size as usize * s.plan.batch());
    (1..=past).flat_map(move |age| {
        pieces_of(s, population).map(move |p| {
            let [first, _, steps, _] = s.layout.filters[p.filters as usize + filter];
            let slot = (s.step % steps + steps - age as u64) % steps;
            let at = (age - 1) * flat + p.first as usize * batch;
            (first + slot * p.flat, at, p.live as usize)
        })
    })
}

fn stream_past<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    filter: usize,
    each: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    let float = float_bytes(s.plan.precision()) as u64;
    for (first, _, len) in past_places(s, population, filter) {
        for (first, n) in portions(first, len as u64) {
            let heap = s.memory.past.as_ref();
            let bytes: Vec<u8> = heap::read(&*s.driver, heap, first * float, n * float)?;
            each(&bytes);
        }
    }
    Ok(())
}

fn write_past<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    filter: usize,
    bytes: &[u8],
) -> Result<()> {
    let float = float_bytes(s.plan.precision());
    for (first, at, len) in past_places(s, population, filter) {
        let mine = &bytes[at * float..(at + len) * float];
        heap::write(&*s.driver, s.memory.past.as_ref(), first * float as u64, mine)?;
    }
    Ok(())
}

fn in_flight<D: Driver>(s: &GpuSession<D>, population: usize) -> Result<Vec<u8>> {
    let batch = s.plan.batch() as u32;
    let longest = u64::from(s.plan.populations[population].max_delay).min(s.step);
    let (driver, m) = (&*s.driver, &s.memory);
    let mut spikes = Vec::new();
    for p in pieces_of(s, population) {
        let counts: Vec<u32> = heap::read(driver, m.counts.as_ref(), p.counts, p.slots)?;
        for age in 1..=longest {
            let slot = (s.step - age) % p.slots;
            let n = counts[slot as usize].into();
            let ids: Vec<u32> = heap::read(driver, m.ring.as_ref(), p.ring + slot * p.most, n)?;
            spikes.extend(ids.into_iter().map(|flat| (age as u32, flat)));
        }
    }
    spikes.sort_unstable();
    let words = spikes.into_iter().flat_map(|(age, flat)| [age, flat / batch, flat % batch]);
    Ok(words.flat_map(u32::to_le_bytes).collect())
}

fn set_in_flight<D: Driver>(s: &GpuSession<D>, population: usize, bytes: &mut &[u8]) -> Result<()> {
    let batch = s.plan.batch() as u32;
    let mut spikes = Vec::new();
    while !bytes.is_empty() {
        let [age, neuron, lane] = std::array::from_fn(|_| u32::from_le_bytes(take(bytes)));
        spikes.push((u64::from(age), neuron * batch + lane));
    }
    let longest = u64::from(s.plan.populations[population].max_delay).min(s.step);
    let (driver, m) = (&*s.driver, &s.memory);
    for p in pieces_of(s, population) {
        let first = (p.first as u32) * batch;
        let mut counts = vec![0u32; p.slots as usize];
        for age in 1..=longest {
            let at = |flat: u32| spikes.partition_point(|x| *x < (age, flat));
            let mine = &spikes[at(first)..at(first + p.live as u32)];
            let ids: Vec<u32> = mine.iter().map(|x| x.1).collect();
            let slot = (s.step - age) % p.slots;
            counts[slot as usize] = ids.len() as u32;
            heap::write(driver, m.ring.as_ref(), p.ring + slot * p.most, &ids)?;
        }
        heap::write(driver, m.counts.as_ref(), p.counts, &counts)?;
    }
    Ok(())
}

fn pushed<D: Driver>(s: &GpuSession<D>, population: usize) -> Vec<u8> {
    let batch = s.plan.batch() as u32;
    let from = s.step.saturating_sub(s.plan.populations[population].max_delay.into());
    let train = s.layout.train_of[population].expect("spikes are pushed to sources");
    let record = |&(t, flat): &(u64, u32)| [t as u32, (t >> 32) as u32, flat / batch, flat % batch];
    let words = s.trains[train].pushed(from).iter().flat_map(record);
    words.flat_map(u32::to_le_bytes).collect()
}

fn set_pushed<D: Driver>(
    s: &mut GpuSession<D>,
    population: usize,
    bytes: &mut &[u8],
) -> Result<()> {
    let batch = s.plan.batch() as u32;
    let mut spikes = Vec::new();
    while !bytes.is_empty() {
        let step = u64::from_le_bytes(take(bytes));
        let [neuron, lane] = std::array::from_fn(|_| u32::from_le_bytes(take(bytes)));
        spikes.push((step, neuron * batch + lane));
    }
    let train = s.layout.train_of[population].expect("spikes are pushed to sources");
    s.set_pushed(vec![(train, spikes)])
}
