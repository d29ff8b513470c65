//! A batch that was run in parts: the state of each part, kept aside, and the digest of the state
//! of the whole.
//!
//! Every part looks back as far as the whole: its filters are as long.
//!
//! What is kept is every slot in plan order, its length (u64) before it. Lanes are the innermost
//! index of every slot, so the parts are laid side by side while they are read, in pieces: nothing
//! is held that is as large as a state.

use crate::digest::SlotsDigest;
use crate::plan::Slot;
use crate::session_ext::is_of_floats;
use crate::{Error, ErrorKind, Plan, Result, Session, SessionExt};
use std::io::{self, Read, Write};

/// Writes the state of a session, for [`state_digest`].
///
/// # Errors
/// `Device` if the device failed, or if it cannot be written.
pub fn keep_state(session: &mut dyn Session, out: &mut dyn Write) -> Result<()> {
    let plan = session.plan().clone();
    for (_, slot) in plan.slots() {
        match plan.slot_bytes(slot)? {
            Some(length) => {
                let mut written = out.write_all(&(length as u64).to_le_bytes());
                session.stream(slot, &mut |piece| {
                    if written.is_ok() {
                        written = out.write_all(piece);
                    }
                })?;
                written.map_err(failed)?;
            }
            None => {
                let bytes = session.read(slot)?;
                let length = (bytes.len() as u64).to_le_bytes();
                out.write_all(&length).and_then(|()| out.write_all(&bytes)).map_err(failed)?;
            }
        }
    }
    out.flush().map_err(failed)
}

/// The [`SessionExt::state_digest`] of a whole batch. `parts` are what [`keep_state`] wrote of each
/// part, in the order of their lanes, with the number of them; `plan` is the plan of any part.
///
/// # Errors
/// `Device` if a part cannot be read, or is not of this network.
pub fn state_digest<R: Read>(plan: &Plan, parts: &mut [(usize, R)]) -> Result<String> {
    let mut digest = SlotsDigest::default();
    for (name, slot) in plan.slots() {
        join(plan, &name, slot, parts, &mut digest).map_err(failed)?;
    }
    Ok(digest.hex())
}

fn join<R: Read>(
    plan: &Plan,
    name: &str,
    slot: Slot,
    parts: &mut [(usize, R)],
    digest: &mut SlotsDigest,
) -> io::Result<()> {
    let lengths = parts.iter_mut().map(|(_, part)| Ok(u64::from_le_bytes(read(part)?)));
    let lengths = lengths.collect::<io::Result<Vec<u64>>>()?;
    let length = lengths.iter().sum::<u64>() as usize;
    let float = plan.float_bytes();
    let item = match slot {
        Slot::Clock => {
            // The same in all parts.
            let clocks = parts.iter_mut().map(|(_, part)| read::<8>(part));
            let clocks = clocks.collect::<io::Result<Vec<_>>>()?;
            digest.slot(name, 8);
            digest.bytes(clocks.first().map_or(&[], |clock| &clock[..]));
            return Ok(());
        }
        Slot::State { .. } | Slot::Past { .. } | Slot::Weights { .. } => float,
        Slot::PreTrace { .. } => 8 + float,
        Slot::Pending { .. } => 8,
        Slot::InFlight { .. } | Slot::Pushed { .. } => {
            let spikes = match slot {
                Slot::InFlight { .. } => spikes::<12>(parts, &lengths)?,
                _ => spikes::<16>(parts, &lengths)?,
            };
            // Where nothing was pushed, the slot for it does not count.
            if !(matches!(slot, Slot::Pushed { .. }) && spikes.is_empty()) {
                digest.slot(name, spikes.len());
                digest.bytes(&spikes);
            }
            return Ok(());
        }
        Slot::PostHistory { .. } => {
            digest.slot(name, length);
            let mut left = lengths;
            // A count and as many spikes for each neuron and lane.
            while left.iter().any(|&bytes| bytes > 0) {
                for ((lanes, part), left) in parts.iter_mut().zip(&mut left) {
                    for _ in 0..*lanes {
                        let count = read::<8>(part)?;
                        let bytes = u64::from_le_bytes(count).saturating_mul(8 + float as u64);
                        *left = left.checked_sub(8 + bytes).ok_or_else(wrong)?;
                        digest.bytes(&count);
                        digest.bytes(&read_vec(part, bytes)?);
                    }
                }
            }
            return Ok(());
        }
    };
    digest.slot(name, length);
    let rows: Vec<usize> = parts.iter().map(|(lanes, _)| lanes * item).collect();
    let row: usize = rows.iter().sum();
    let n_rows = length / row.max(1);
    if !lengths.iter().zip(&rows).all(|(&length, row)| length as usize == n_rows * row) {
        return Err(wrong());
    }
    /// Bytes that are read of each part at a time, about.
    const PIECE: usize = 1 << 18;
    let at_once = (PIECE / row.max(1)).max(1);
    let mut done = 0;
    while done < n_rows {
        let n = at_once.min(n_rows - done);
        let pieces = parts.iter_mut().zip(&rows);
        let pieces = pieces.map(|((_, part), row)| read_vec(part, (n * row) as u64));
        let pieces = pieces.collect::<io::Result<Vec<_>>>()?;
        let mut joined = Vec::with_capacity(n * row);
        for i in 0..n {
            for (piece, row) in pieces.iter().zip(&rows) {
                joined.extend_from_slice(&piece[i * row..(i + 1) * row]);
            }
        }
        match is_of_floats(slot) {
            true => digest.floats(&joined, plan.precision()),
            false => digest.bytes(&joined),
        }
        done += n;
    }
    Ok(())
}

/// The spikes of all parts, ascending, with the lanes of the whole: records of N bytes, a time, the
/// neuron (u32) and the lane (u32).
fn spikes<const N: usize>(
    parts: &mut [(usize, impl Read)],
    lengths: &[u64],
) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut first_lane = 0;
    for ((lanes, part), &length) in parts.iter_mut().zip(lengths) {
        for _ in 0..length / N as u64 {
            let record = read::<N>(part)?;
            let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |x, &b| x << 8 | u64::from(b));
            let [time, neuron, lane] =
                [&record[..N - 8], &record[N - 8..N - 4], &record[N - 4..]].map(number);
            all.push((time, neuron as u32, lane as u32 + first_lane));
        }
        first_lane += *lanes as u32;
    }
    all.sort_unstable();
    let mut bytes = Vec::with_capacity(N * all.len());
    for (time, neuron, lane) in all {
        bytes.extend_from_slice(&time.to_le_bytes()[..N - 8]);
        bytes.extend_from_slice(&neuron.to_le_bytes());
        bytes.extend_from_slice(&lane.to_le_bytes());
    }
    Ok(bytes)
}

fn read<const N: usize>(part: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    part.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_vec(part: &mut impl Read, bytes: u64) -> io::Result<Vec<u8>> {
    let mut v = Vec::new();
    match part.take(bytes).read_to_end(&mut v)? as u64 {
        n if n == bytes => Ok(v),
        _ => Err(wrong()),
    }
}

fn wrong() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not the state of a part of this network")
}

fn failed(e: io::Error) -> Error {
    Error::new(ErrorKind::Device, format!("the state of a part of the batch: {e}")).caused_by(e)
}
