//! Counts and bits.

use crate::support::{Dir, bernoulli, bytes, header, stream};
use isospike_backend::Spike;
use isospike_record::{Bits, Counts, Filter, Selection};
use ndarray::Array2;

fn counted(spikes: &[Spike], lane: u32, rows: usize, neurons: usize, every: u64) -> Array2<u64> {
    let mut counts = Array2::zeros((rows, neurons));
    for s in spikes.iter().filter(|s| s.lane == lane) {
        counts[[(s.step / every) as usize, s.id as usize]] += 1;
    }
    counts
}

#[test]
fn counts_are_those_of_all_spikes() {
    let header = header(&[7, 4], 3);
    let spikes = bernoulli(&header, 103, 0.1, 1);
    let dir = Dir::new();
    for every in [1, 10] {
        let selection = Selection::all(&header).every(every).unwrap();
        let counts = Counts::create(&dir.path("counts.npy"), &selection).unwrap();
        let lost = stream(&mut Filter::new(&selection, counts), &spikes, 103, 9);
        assert_eq!((lost, dir.names().len()), (0, 3));
        for lane in 0..3 {
            let found = bytes(&dir.path(&format!("counts.lane{lane}.npy")));
            let rows = 103u64.div_ceil(every) as usize;
            assert_eq!(found.map(|n| u64::from(*n)), counted(&spikes, lane, rows, 11, every));
        }
    }
}

#[test]
fn what_a_byte_cannot_hold_is_counted() {
    let header = header(&[2], 1);
    let dir = Dir::new();
    let selection = Selection::all(&header);
    let spike = |step, id| Spike { step, lane: 0, id };
    let mut spikes = vec![spike(1, 0); 255];
    spikes.extend(vec![spike(1, 1); 300]);
    spikes.extend(vec![spike(2, 1); 256]);
    let mut counts = Counts::create(&dir.path("counts.npy"), &selection).unwrap();
    assert_eq!(stream(&mut counts, &spikes, 4, 4), 45 + 1);
    let expected = ndarray::array![[0, 0], [255, 255], [0, 255], [0, 0]];
    assert_eq!(bytes(&dir.path("counts.npy")), expected);
    let mut bits = Bits::create(&dir.path("bits.npy"), &selection).unwrap();
    assert_eq!(stream(&mut bits, &spikes, 4, 1), 254 + 299 + 255);
    let expected = ndarray::array![[0], [0b1100_0000], [0b0100_0000], [0]];
    assert_eq!(bytes(&dir.path("bits.npy")), expected);
}

#[test]
fn bits_are_in_the_order_of_numpy() {
    let header = header(&[19], 1);
    let spikes = bernoulli(&header, 50, 0.3, 2);
    let dir = Dir::new();
    let mut bits = Bits::create(&dir.path("bits.npy"), &Selection::all(&header)).unwrap();
    assert_eq!(stream(&mut bits, &spikes, 50, 7), 0);
    let found = bytes(&dir.path("bits.npy"));
    assert_eq!(found.dim(), (50, 3));
    let unpacked = Array2::from_shape_fn((50, 19), |(row, neuron)| {
        u64::from(found[[row, neuron / 8]] >> (7 - neuron % 8) & 1)
    });
    assert_eq!(unpacked, counted(&spikes, 0, 50, 19, 1));
}

/// Rows far apart, longer and shorter than what is left as a hole, and none at all.
#[test]
fn silence_is_zeros() {
    let header = header(&[1000], 1);
    let dir = Dir::new();
    let spikes: Vec<_> = [3, 4, 9, 200, 204].map(|step| Spike { step, lane: 0, id: 999 }).into();
    let path = dir.path("counts.npy");
    let mut counts = Counts::create(&path, &Selection::all(&header)).unwrap();
    let _ = stream(&mut counts, &spikes, 300, 10);
    let found = bytes(&path);
    assert_eq!(found.map(|n| u64::from(*n)), counted(&spikes, 0, 300, 1000, 1));
    assert_eq!(std::fs::metadata(&path).unwrap().len() % 64, 300_000 % 64);
    let mut counts = Counts::create(&path, &Selection::all(&header)).unwrap();
    let _ = stream(&mut counts, &[], 20, 10);
    assert_eq!(bytes(&path), Array2::<u8>::zeros((20, 1000)));
    let mut counts = Counts::create(&path, &Selection::all(&header)).unwrap();
    let _ = stream(&mut counts, &[], 0, 10);
    assert_eq!(bytes(&path).dim(), (0, 1000));
}
