//! Events, as archives and as records.

use crate::support::{Dir, bernoulli, header, stream};
use isospike_backend::Spike;
use isospike_record::{Header, Reader, Selection, Sink, SpikesNpy, SpikesNpz};
use ndarray::Array1;
use ndarray_npy::NpzReader;
use std::fs::File;

fn read(path: &std::path::Path) -> (Header, Vec<Spike>) {
    let reader = Reader::open(path).unwrap();
    let (header, mut spikes) = (reader.header.clone(), Vec::new());
    reader.for_each(|s| spikes.push(s)).unwrap();
    (header, spikes)
}

#[test]
fn an_archive_gives_back_what_went_in() {
    let dir = Dir::new();
    for batch in [1, 3] {
        let header = header(&[50, 20], batch);
        let spikes = bernoulli(&header, 1000, 0.02, 3);
        let path = dir.path("spikes.npz");
        let mut file = SpikesNpz::create(&path, &header, &Selection::all(&header)).unwrap();
        let _ = stream(&mut file, &spikes, 1000, 33);
        assert_eq!(dir.names(), ["spikes.npz", "spikes.npz.tmp"]);
        drop(file);
        assert_eq!(read(&path), (Header { n_steps: 1000, ..header }, spikes));
        // The temporary file is gone.
        assert_eq!(dir.names(), ["spikes.npz"]);
    }
}

/// Steps are u32 in the file as long as all fit, and u64 as soon as one does not.
#[test]
fn steps_have_no_limit() {
    let dir = Dir::new();
    let header = header(&[3], 1);
    let path = dir.path("spikes.npz");
    let far = 10_000_000_000u64;
    let steps = [0, 7, u64::from(u32::MAX), u64::from(u32::MAX) + 1, far - 1];
    let spikes = steps.map(|step| Spike { step, lane: 0, id: 2 });
    for n in [3, 5] {
        let mut file = SpikesNpz::create(&path, &header, &Selection::all(&header)).unwrap();
        let mut records = SpikesNpy::create(&dir.path("spikes.npy"), &Selection::all(&header));
        let both: [&mut dyn Sink; 2] = [&mut file, records.as_mut().unwrap()];
        for sink in both {
            sink.push(&spikes[..1], 1).unwrap();
            sink.push(&spikes[1..n], far).unwrap();
            let _ = sink.finish().unwrap();
        }
        drop(file);
        let (found, back) = read(&path);
        assert_eq!((found.n_steps, &back[..]), (far, &spikes[..n]));
        let mut npz = NpzReader::new(File::open(&path).unwrap()).unwrap();
        if n == 3 {
            let step: Array1<u32> = npz.by_name("step").unwrap();
            assert_eq!(step.to_vec(), [0, 7, u32::MAX]);
        } else {
            let step: Array1<u64> = npz.by_name("step").unwrap();
            assert_eq!(step.to_vec(), steps);
        }
        let time: Array1<f64> = npz.by_name("time_ms").unwrap();
        assert_eq!(
            time.to_vec(),
            steps[..n].iter().map(|t| (t + 1) as f64 * 0.1).collect::<Vec<_>>()
        );
        assert_eq!(dir.names(), ["spikes.npy", "spikes.npz"]);
    }
}

#[test]
fn records_stand_one_after_the_other() {
    let dir = Dir::new();
    let header = header(&[9], 2);
    let spikes = bernoulli(&header, 200, 0.1, 4);
    let path = dir.path("spikes.npy");
    let mut file = SpikesNpy::create(&path, &Selection::all(&header)).unwrap();
    let _ = stream(&mut file, &spikes, 200, 17);
    let bytes = std::fs::read(&path).unwrap();
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]])) + 10;
    let text = str::from_utf8(&bytes[10..length]).unwrap().trim();
    let n = spikes.len();
    assert_eq!(
        text,
        format!(
            "{{'descr': [('step', '<u8'), ('lane', '<u4'), ('id', '<u4')], 'fortran_order': \
             False, 'shape': ({n},), }}"
        )
    );
    assert_eq!(length % 64, 0);
    let records = bytes[length..].as_chunks::<16>().0.iter().map(|r| Spike {
        step: u64::from_le_bytes(r[..8].try_into().unwrap()),
        lane: u32::from_le_bytes(r[8..12].try_into().unwrap()),
        id: u32::from_le_bytes(r[12..].try_into().unwrap()),
    });
    assert!(records.eq(spikes) && bytes.len() == length + 16 * n);
}
