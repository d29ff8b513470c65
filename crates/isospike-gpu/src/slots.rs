//! Reading and writing a session's slots in their canonical layouts, and moving spikes in and out.

use crate::driver::Driver;
use crate::number::float_bytes;
use crate::session::GpuSession;
use bytemuck::{cast_slice, cast_slice_mut};
use isospike_backend::{Error, ErrorKind, Result, Slot, Spike};
use isospike_net::Half;

/// Copies to a heap; nothing to a heap with nothing in it.
pub(crate) fn write<D: Driver>(
    driver: &D,
    heap: Option<&D::Buffer>,
    offset: usize,
    bytes: &[u8],
) -> Result<()> {
    match heap {
        Some(heap) if !bytes.is_empty() => driver.write(heap, offset, bytes),
        _ => Ok(()),
    }
}

/// Copies from a heap.
pub(crate) fn read<D: Driver>(
    driver: &D,
    heap: Option<&D::Buffer>,
    offset: usize,
    bytes: &mut [u8],
) -> Result<()> {
    match heap {
        Some(heap) if !bytes.is_empty() => driver.read(heap, offset, bytes),
        _ => Ok(()),
    }
}

/// Some u32 of a heap.
fn words<D: Driver>(driver: &D, heap: Option<&D::Buffer>, first: u64, n: u64) -> Result<Vec<u32>> {
    let mut words = vec![0u32; n as usize];
    read(driver, heap, 4 * first as usize, cast_slice_mut(&mut words))?;
    Ok(words)
}

/// Moves recorded spikes out, ascending by (step, lane, id).
pub(crate) fn drain<D: Driver>(s: &mut GpuSession<D>, out: &mut Vec<Spike>) -> Result<()> {
    let (start, batch) = (out.len(), s.plan.batch() as u32);
    let spike = |first_id: u32, step: u64, flat: u32| Spike {
        step,
        lane: flat % batch,
        id: first_id + flat / batch,
    };
    let n_pieces = s.layout.pieces.len();
    let recorded = words(&*s.driver, s.memory.recorded.as_ref(), 0, n_pieces as u64)?;
    for ((piece, &id), &n) in s.layout.pieces.iter().zip(&s.layout.plan_piece).zip(&recorded) {
        let mut entries = vec![0u64; n as usize];
        let bytes = cast_slice_mut(&mut entries);
        read(&*s.driver, s.memory.record.as_ref(), 8 * piece.record as usize, bytes)?;
        let first_id = s.plan.populations[s.plan.layout().pieces[id].population].first_id;
        out.extend(entries.iter().map(|e| spike(first_id, s.drained + (e >> 32), *e as u32)));
    }
    for train in &s.trains {
        let first_id = s.plan.populations[train.population].first_id;
        let new = train.between(s.drained, s.step);
        out.extend(new.map(|(step, flat)| spike(first_id, step, flat)));
    }
    out[start..].sort_unstable();
    forget_record(s)
}

/// Empties the record; what comes counts from now.
fn forget_record<D: Driver>(s: &mut GpuSession<D>) -> Result<()> {
    s.drained = s.step;
    let none = vec![0u32; s.layout.pieces.len()];
    write(&*s.driver, s.memory.recorded.as_ref(), 0, cast_slice(&none))?;
    s.write_clock()
}

/// Adds spikes to source populations.
pub(crate) fn push_spikes<D: Driver>(s: &mut GpuSession<D>, spikes: &[Spike]) -> Result<()> {
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
    for train in &mut s.trains {
        let mut pushed = std::mem::take(&mut by_population[train.population]);
        pushed.extend_from_slice(&train.pushed);
        pushed.sort_unstable();
        train.set_pushed(pushed, &s.plan.populations[train.population], batch as usize);
    }
    s.memory.set_trains(&*s.driver, &s.trains)?;
    s.bind()
}

/// Reads a slot.
pub(crate) fn read_slot<D: Driver>(s: &mut GpuSession<D>, slot: Slot) -> Result<Vec<u8>> {
    match slot {
        Slot::Clock => Ok(s.step.to_le_bytes().to_vec()),
        Slot::State { population, slot } => read_state(s, population, slot),
        Slot::InFlight { population } => in_flight(s, population),
        _ => Err(no_plasticity(slot)),
    }
}

/// Writes a slot; nothing is changed when the bytes do not fit.
pub(crate) fn write_slot<D: Driver>(s: &mut GpuSession<D>, slot: Slot, bytes: &[u8]) -> Result<()> {
    let wrong = |expected: usize| {
        let message = format!("{slot:?}: {} bytes were given; {expected} are needed", bytes.len());
        Err(Error::new(ErrorKind::Invalid, message))
    };
    match slot {
        Slot::Clock => match bytes.try_into() {
            Ok(bytes) => {
                // another time: what was recorded belongs to the one that is left
                s.step = u64::from_le_bytes(bytes);
                s.checked = s.step;
                forget_record(s)
            }
            Err(_) => wrong(8),
        },
        Slot::State { population, slot } => {
            let n = s.plan.populations[population].size as usize * s.plan.batch();
            let expected = n * float_bytes(s.plan.precision());
            if bytes.len() == expected {
                write_state(s, population, slot, bytes)
            } else {
                wrong(expected)
            }
        }
        Slot::InFlight { population } => match bytes.len() % 12 {
            0 => set_in_flight(s, population, bytes),
            _ => wrong(bytes.len().next_multiple_of(12)),
        },
        _ => Err(no_plasticity(slot)),
    }
}

fn no_plasticity(slot: Slot) -> Error {
    Error::new(ErrorKind::Invalid, format!("{slot:?}: the plan has no such slot"))
}

/// Place of a state slot in its heap and in the canonical layout, and length, in elements, piece by
/// piece.
fn state_places<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    slot: usize,
) -> impl Iterator<Item = (usize, usize, usize)> {
    let (batch, stream) = (s.plan.batch(), population as u64);
    s.layout.pieces.iter().filter(move |p| p.stream == stream).map(move |p| {
        let heap = (p.state + slot as u64 * p.flat) as usize;
        (heap, p.first as usize * batch, p.live as usize)
    })
}

/// The 16-bit format of a population's state, if it has one.
fn narrow<D: Driver>(s: &GpuSession<D>, population: usize) -> Option<Half> {
    s.plan.populations[population].neurons.as_ref().and_then(|n| n.state)
}

pub(crate) fn read_state<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    slot: usize,
) -> Result<Vec<u8>> {
    let n = s.plan.populations[population].size as usize * s.plan.batch();
    let (driver, places) = (&*s.driver, state_places(s, population, slot));
    if let Some(format) = narrow(s, population) {
        let (mut bits, mut values) = (vec![0u16; n], vec![0f32; n]);
        for (heap, at, len) in places {
            let mine = cast_slice_mut(&mut bits[at..at + len]);
            read(driver, s.memory.narrow.as_ref(), 2 * heap, mine)?;
        }
        format.decode_all(&bits, &mut values);
        return Ok(cast_slice(&values).to_vec());
    }
    let float = float_bytes(s.plan.precision());
    let mut bytes = vec![0; n * float];
    for (heap, at, len) in places {
        let mine = &mut bytes[at * float..(at + len) * float];
        read(driver, s.memory.state.as_ref(), heap * float, mine)?;
    }
    Ok(bytes)
}

pub(crate) fn write_state<D: Driver>(
    s: &GpuSession<D>,
    population: usize,
    slot: usize,
    bytes: &[u8],
) -> Result<()> {
    let (driver, places) = (&*s.driver, state_places(s, population, slot));
    if let Some(format) = narrow(s, population) {
        let values = bytes.as_chunks().0.iter().map(|b| format.encode(f32::from_le_bytes(*b)));
        let bits: Vec<u16> = values.collect();
        for (heap, at, len) in places {
            let mine = cast_slice(&bits[at..at + len]);
            write(driver, s.memory.narrow.as_ref(), 2 * heap, mine)?;
        }
        return Ok(());
    }
    let float = float_bytes(s.plan.precision());
    for (heap, at, len) in places {
        let mine = &bytes[at * float..(at + len) * float];
        write(driver, s.memory.state.as_ref(), heap * float, mine)?;
    }
    Ok(())
}

fn in_flight<D: Driver>(s: &GpuSession<D>, population: usize) -> Result<Vec<u8>> {
    let batch = s.plan.batch() as u32;
    let longest = u64::from(s.plan.populations[population].max_delay).min(s.step);
    let (driver, m) = (&*s.driver, &s.memory);
    let mut spikes = Vec::new();
    for p in s.layout.pieces.iter().filter(|p| p.stream == population as u64) {
        let counts = words(driver, m.counts.as_ref(), p.counts, p.slots)?;
        for age in 1..=longest {
            let slot = (s.step - age) % p.slots;
            let n = counts[slot as usize].into();
            let ids = words(driver, m.ring.as_ref(), p.ring + slot * p.live, n)?;
            spikes.extend(ids.into_iter().map(|flat| (age as u32, flat)));
        }
    }
    spikes.sort_unstable();
    let words = spikes.into_iter().flat_map(|(age, flat)| [age, flat / batch, flat % batch]);
    Ok(words.flat_map(u32::to_le_bytes).collect())
}

fn set_in_flight<D: Driver>(s: &GpuSession<D>, population: usize, bytes: &[u8]) -> Result<()> {
    let batch = s.plan.batch() as u32;
    let word = |b: &[u8], i: usize| {
        u32::from_le_bytes(b[4 * i..4 * i + 4].try_into().expect("four bytes"))
    };
    let spikes: Vec<(u64, u32)> = bytes
        .chunks_exact(12)
        .map(|b| (word(b, 0).into(), word(b, 1) * batch + word(b, 2)))
        .collect();
    let longest = u64::from(s.plan.populations[population].max_delay).min(s.step);
    let (driver, m) = (&*s.driver, &s.memory);
    for p in s.layout.pieces.iter().filter(|p| p.stream == population as u64) {
        let mine =
            (p.first * u64::from(batch)) as u32..(p.first * u64::from(batch) + p.live) as u32;
        let mut counts = vec![0u32; p.slots as usize];
        for age in 1..=longest {
            let of_age = spikes.iter().filter(|x| x.0 == age && mine.contains(&x.1));
            let ids: Vec<u32> = of_age.map(|x| x.1).collect();
            let slot = (s.step - age) % p.slots;
            counts[slot as usize] = ids.len() as u32;
            let at = 4 * (p.ring + slot * p.live) as usize;
            write(driver, m.ring.as_ref(), at, cast_slice(&ids))?;
        }
        write(driver, m.counts.as_ref(), 4 * p.counts as usize, cast_slice(&counts))?;
    }
    Ok(())
}
