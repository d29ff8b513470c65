//! Digests: what two runs are compared by.

use crate::{Error, ErrorKind, Result, Spike};
use isospike_lane::Float;
use isospike_net::Precision;
use sha2::digest::common::hazmat::SerializableState;
use sha2::{Digest as _, Sha256};

/// SHA-256 over a spike stream: (step u64, id u32, lane u32, count u32), little-endian, ascending
/// by (step, lane, id); a neuron that fires n times in a step is one record with count n.
#[derive(Clone)]
pub struct SpikeDigest {
    hash: Sha256,
    pending: Option<(Spike, u32)>,
}

impl Default for SpikeDigest {
    fn default() -> Self {
        SpikeDigest { hash: Sha256::new(), pending: None }
    }
}

impl SpikeDigest {
    /// Adds spikes, which must not come before those already added.
    pub fn update(&mut self, spikes: &[Spike]) {
        for &s in spikes {
            match &mut self.pending {
                Some((p, count)) if *p == s => *count += 1,
                p => {
                    debug_assert!(p.is_none_or(|(p, _)| p < s), "spikes out of order");
                    if let Some(done) = p.replace((s, 1)) {
                        record(&mut self.hash, done);
                    }
                }
            }
        }
    }

    /// The digest so far, in hex; more spikes may follow.
    pub fn hex(&self) -> String {
        let mut hash = self.hash.clone();
        if let Some(p) = self.pending {
            record(&mut hash, p);
        }
        hex(&hash.finalize())
    }

    /// All that is needed to go on with it: the last spike, which may come again, as step u64, lane
    /// u32, id u32 and its count u32 (0 if there is none), then the state of SHA-256.
    pub fn to_bytes(&self) -> Vec<u8> {
        let none = (Spike { step: 0, lane: 0, id: 0 }, 0);
        let (spike, count) = self.pending.unwrap_or(none);
        let mut bytes = spike.step.to_le_bytes().to_vec();
        [spike.lane, spike.id, count].iter().for_each(|x| bytes.extend(x.to_le_bytes()));
        bytes.extend(self.hash.serialize());
        bytes
    }

    /// The digest that gave these bytes.
    ///
    /// # Errors
    /// `Invalid` if they are no digest's.
    pub fn from_bytes(bytes: &[u8]) -> Result<SpikeDigest> {
        let read = || {
            let (step, rest) = bytes.split_first_chunk()?;
            let (lane, rest) = rest.split_first_chunk()?;
            let (id, rest) = rest.split_first_chunk()?;
            let (count, rest) = rest.split_first_chunk()?;
            let hash = Sha256::deserialize(rest.try_into().ok()?).ok()?;
            let [lane, id, count] = [lane, id, count].map(|b| u32::from_le_bytes(*b));
            let spike = Spike { step: u64::from_le_bytes(*step), lane, id };
            Some(SpikeDigest { hash, pending: (count > 0).then_some((spike, count)) })
        };
        let message = format!("spike digest: {} bytes that no digest gives", bytes.len());
        read().ok_or_else(|| Error::new(ErrorKind::Invalid, message))
    }
}

fn record(hash: &mut Sha256, (s, count): (Spike, u32)) {
    hash.update(s.step.to_le_bytes());
    hash.update(s.id.to_le_bytes());
    hash.update(s.lane.to_le_bytes());
    hash.update(count.to_le_bytes());
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// SHA-256 over named slots, each with its name and length, NaN as one value.
#[derive(Default)]
pub struct SlotsDigest(Sha256);

impl SlotsDigest {
    /// Begins a slot of so many bytes, which must follow.
    pub fn slot(&mut self, name: &str, length: usize) {
        self.0.update((name.len() as u64).to_le_bytes());
        self.0.update(name.as_bytes());
        self.0.update((length as u64).to_le_bytes());
    }

    /// Adds bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds whole floats.
    pub fn floats(&mut self, bytes: &[u8], precision: Precision) {
        let nan = match precision {
            Precision::F32 => {
                bytes.as_chunks::<4>().0.iter().any(|b| f32::from_le_bytes(*b).is_nan())
            }
            Precision::F64 => {
                bytes.as_chunks::<8>().0.iter().any(|b| f64::from_le_bytes(*b).is_nan())
            }
        };
        match nan {
            false => self.bytes(bytes),
            true => self.bytes(&canonical_nan(bytes, precision)),
        }
    }

    /// Adds numbers.
    pub fn numbers<F: Float>(&mut self, all: &[F]) {
        let precision = if size_of::<F>() == 4 { Precision::F32 } else { Precision::F64 };
        self.floats(bytemuck::cast_slice(all), precision);
    }

    /// The digest, in hex.
    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

fn canonical_nan(bytes: &[u8], precision: Precision) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match precision {
        Precision::F32 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|b| {
            if f32::from_le_bytes(*b).is_nan() {
                *b = f32::NAN.to_bits().to_le_bytes();
            }
        }),
        Precision::F64 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|b| {
            if f64::from_le_bytes(*b).is_nan() {
                *b = f64::NAN.to_bits().to_le_bytes();
            }
        }),
    }
    bytes
}
