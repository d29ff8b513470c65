//! Making rows: the synapses of one source, put on the grid of their ports, counted for the proof
//! and sorted into segments.

use super::build::{Draft, Member, Spec};
use super::place::{IndexOut, Out, Place};
use super::pow2;
use super::scale::{plastic_bound, size};
use super::storage::Format;
use super::sums::Sums;
use isospike_net::Row;
use std::ops::Range;

/// What one thread needs to make rows of a table.
pub(super) struct RowMaker<'d, 'n> {
    draft: &'d Draft<'n>,
    spec: &'d Spec,
    /// Group of (block, port), `usize::MAX` where there is none.
    group_of: Vec<usize>,
    ports: usize,
    /// What the rows made so far can bring.
    pub(super) sums: Sums,
    /// Spikes of a source in a step.
    times: u64,
    row: Row,
    packing: Packing,
    keys: Vec<u64>,
    spare: Vec<u64>,
    /// Stored weight by position, or the float of a plastic synapse.
    stored: Vec<i64>,
    floats: Vec<f64>,
}

impl<'d, 'n> RowMaker<'d, 'n> {
    pub(super) fn new(draft: &'d Draft<'n>, spec: &'d Spec) -> Self {
        let ports = spec.groups.iter().map(|g| g.1 + 1).max().unwrap_or(0);
        let mut group_of = vec![usize::MAX; draft.layout.blocks.len() * ports];
        for (i, &(block, port)) in spec.groups.iter().enumerate() {
            group_of[block * ports + port] = i;
        }
        let multiplicity = draft.populations[spec.source].multiplicity;
        RowMaker {
            draft,
            spec,
            group_of,
            ports,
            sums: Sums::new(&draft.layout),
            times: multiplicity.into(),
            row: Row::default(),
            packing: Packing::of(spec),
            keys: Vec::new(),
            spare: Vec::new(),
            stored: Vec::new(),
            floats: Vec::new(),
        }
    }

    /// Makes the rows of some sources.
    pub(super) fn make(&mut self, sources: Range<usize>, mut place: Place<'_>) {
        for source in sources {
            self.keys.clear();
            self.stored.clear();
            self.floats.clear();
            for &m in &self.spec.members {
                let member = &self.draft.members[m];
                member.wiring.row(source as u32, &mut self.row);
                self.add(member);
            }
            self.packing.sort(&mut self.keys, &mut self.spare);
            let (now, later) = place.split(self.keys.len(), self.spec.stride());
            self.write_index(now.index);
            self.write(now.synapses);
            place = later;
        }
    }

    /// Appends the row of one projection.
    fn add(&mut self, member: &Member<'_>) {
        let (spec, layout) = (self.spec, &self.draft.layout);
        let first = layout.first_element[member.target];
        let ports = &self.draft.neurons_of(member.target).ports;
        let units = member.ports.map(|p| pow2(ports[p].exponent - spec.shift));
        let plastic = spec.rule.map(|rule| {
            let (rule, precision) = (&self.draft.rules[rule], self.draft.network.precision);
            size(plastic_bound(rule, precision, ports[member.ports[0]].exponent))
        });
        let (first_delay, delays) = spec.delays;
        for i in 0..self.row.targets.len() {
            let (w, delay) = (self.row.weights[i], self.row.delays[i]);
            let (block, target) = layout.locate(first + self.row.targets[i] as usize);
            let sign = usize::from(w < 0.0);
            let port = member.ports[sign];
            let group = self.group_of[block * self.ports + port];
            let segment = (group * delays as usize) as u64 + u64::from(delay - first_delay);
            self.keys.push(self.packing.key(segment, target, self.keys.len()));
            let size = match plastic {
                Some(most) => {
                    self.floats.push(w);
                    most
                }
                None => {
                    let stored = spec.format.store(w * units[sign]);
                    self.stored.push(stored);
                    spec.format.size(stored, spec.shift)
                }
            };
            self.sums.add(block, port, target, size.saturating_mul(self.times));
        }
    }

    /// Writes where the segments of a sorted row begin.
    fn write_index(&self, mut index: IndexOut<'_>) {
        let mut next = 0; // next segment whose start is to be written
        for (at, &key) in self.keys.iter().enumerate() {
            let segment = self.packing.segment(key);
            while next <= segment {
                index.set(next, at);
                next += 1;
            }
        }
        while next < self.spec.stride() {
            index.set(next, self.keys.len());
            next += 1;
        }
    }

    /// Writes a sorted row.
    fn write(&self, out: Out<'_>) {
        let packing = self.packing;
        let synapses =
            self.keys.iter().map(|&k| (packing.target(k), packing.position(k))).enumerate();
        match out {
            Out::Constant(targets) => synapses.for_each(|(at, (t, _))| targets[at] = t),
            Out::Packed(packed) => synapses.for_each(|(at, (t, i))| {
                let weight = match self.spec.format {
                    Format::U16 { .. } => self.stored[i].unsigned_abs() as u16,
                    _ => self.stored[i] as u16,
                };
                packed[at] = u32::from(t) | u32::from(weight) << 16;
            }),
            Out::Bytes(targets, weights) => synapses.for_each(|(at, (t, i))| {
                let weight = match self.spec.format {
                    Format::U8 { .. } => self.stored[i].unsigned_abs() as u8,
                    _ => self.stored[i] as u8,
                };
                (targets[at], weights[at]) = (t, weight);
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

/// How a synapse is put into one word to be sorted: segment, target (16 bits), position in the row.
/// The position takes the bits that the longest row of the table needs.
#[derive(Clone, Copy)]
pub(super) struct Packing {
    position_bits: u32,
}

const TARGET_BITS: u32 = u16::BITS;

impl Packing {
    pub(super) fn of(spec: &Spec) -> Packing {
        let longest = spec.degrees.iter().copied().max().unwrap_or(0);
        Packing { position_bits: u32::BITS - longest.saturating_sub(1).leading_zeros() }
    }

    /// How many segments can be told apart: at least 2^16, and 2^32 where no row is longer than
    /// 65,536.
    pub(super) fn segments(self) -> u64 {
        1 << (u64::BITS - TARGET_BITS - self.position_bits)
    }

    #[inline]
    fn key(self, segment: u64, target: u16, position: usize) -> u64 {
        (segment << TARGET_BITS | u64::from(target)) << self.position_bits | position as u64
    }
    #[inline]
    fn segment(self, key: u64) -> usize {
        (key >> self.position_bits >> TARGET_BITS) as usize
    }
    #[inline]
    fn target(self, key: u64) -> u16 {
        (key >> self.position_bits) as u16
    }
    #[inline]
    fn position(self, key: u64) -> usize {
        (key & ((1 << self.position_bits) - 1)) as usize
    }

    /// Sorts a row whose positions ascend; long rows by radix on the bytes above the position that
    /// differ. Both ways give the same order.
    fn sort(self, keys: &mut Vec<u64>, spare: &mut Vec<u64>) {
        if keys.len() < 192 {
            keys.sort_unstable();
            return;
        }
        spare.resize(keys.len(), 0);
        let differ = keys.iter().fold(0, |d, k| d | (k ^ keys[0]));
        for shift in (self.position_bits..u64::BITS).step_by(8) {
            if differ >> shift & 0xff == 0 {
                continue;
            }
            let digit = |k: u64| (k >> shift & 0xff) as usize;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_what_is_put_in_and_sort_by_segment_then_target_then_position() {
        for position_bits in [0, 1, 12, 16, 32] {
            let packing = Packing { position_bits };
            let longest = 1u64 << position_bits;
            let mut x = 1u64;
            let mut draw = |below: u64| {
                x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                ((u128::from(x) * u128::from(below)) >> 64) as u64
            };
            for n in [longest.min(3), longest.min(1000)] {
                let rows: Vec<_> = (0..n as usize)
                    .map(|i| (draw(packing.segments()), draw(1 << 16) as u16, i))
                    .collect();
                let mut keys: Vec<_> = rows.iter().map(|r| packing.key(r.0, r.1, r.2)).collect();
                packing.sort(&mut keys, &mut Vec::new());
                let back =
                    |&k: &u64| (packing.segment(k) as u64, packing.target(k), packing.position(k));
                let mut sorted = rows.clone();
                sorted.sort_unstable();
                assert_eq!(keys.iter().map(back).collect::<Vec<_>>(), sorted);
            }
        }
    }
}
