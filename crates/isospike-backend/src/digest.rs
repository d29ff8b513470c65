//! Digests: what two runs are compared by.

use crate::Spike;
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

/// SHA-256 of named byte slots, each with its name and length.
pub fn slots_hex<'a>(slots: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in slots {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hex(&hash.finalize())
}
