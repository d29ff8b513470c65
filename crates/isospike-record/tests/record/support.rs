//! Trains, a directory that goes away, and arrays back from files.

use isospike_backend::Spike;
use isospike_lane::{Key, Purpose, word};
use isospike_record::{Header, Population, Sink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Populations of these sizes, a, b, c, ..., with dt = 0.1 ms.
pub(crate) fn header(sizes: &[u32], batch: u32) -> Header {
    let mut populations: Vec<Population> = Vec::new();
    for (i, &size) in sizes.iter().enumerate() {
        let first_id = populations.last().map_or(0, |p| p.first_id + p.size);
        let name = char::from(b'a' + i as u8).to_string();
        populations.push(Population { name, first_id, size, sign: 0 });
    }
    Header { dt_ms: 0.1, n_steps: 0, batch, populations }
}

/// A uniform number below 1 with an address.
pub(crate) fn uniform(key: u64, step: u64, element: u32) -> f64 {
    let word = word(Key(key), step, Purpose::User.draw(0), 0, element);
    f64::from(word) / 4_294_967_296.0
}

/// Each neuron fires with probability p in each step, in each lane on its own.
pub(crate) fn bernoulli(header: &Header, steps: u64, p: f64, key: u64) -> Vec<Spike> {
    let mut spikes = Vec::new();
    for step in 0..steps {
        for lane in 0..header.batch {
            for id in 0..header.n_neurons() as u32 {
                if uniform(key + u64::from(lane), step, id) < p {
                    spikes.push(Spike { step, lane, id });
                }
            }
        }
    }
    spikes
}

/// Hands a stream over in chunks of so many steps, and completes it; says how many were lost.
pub(crate) fn stream(sink: &mut dyn Sink, spikes: &[Spike], steps: u64, chunk: u64) -> u64 {
    let (mut reached, mut rest) = (0, spikes);
    while reached < steps {
        reached = (reached + chunk).min(steps);
        let n = rest.partition_point(|s| s.step < reached);
        sink.push(&rest[..n], reached).unwrap();
        rest = &rest[n..];
    }
    assert!(rest.is_empty());
    sink.finish().unwrap().lost
}

/// A directory for one test, removed at the end.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Dir {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("isospike-record-{}-{n}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        Dir(dir)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Names of the files, ascending.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A `.npy` file of u8.
pub(crate) fn bytes(path: &Path) -> ndarray::Array2<u8> {
    ndarray_npy::read_npy(path).unwrap()
}
