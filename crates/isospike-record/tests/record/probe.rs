//! State over time.

use crate::support::{Dir, header};
use isospike_net::Precision;
use isospike_record::{Probe, Selection};
use ndarray::{Array2, Array3};

#[test]
fn samples_are_those_of_the_selection() {
    let (dir, header) = (Dir::new(), header(&[5, 6], 3));
    let value = |step: u64, neuron: usize, lane: usize| {
        step as f64 + neuron as f64 / 10.0 + lane as f64 / 100.0
    };
    let selection = Selection::all(&header).ids([3, 6, 7, 10]).unwrap();
    let selection = selection.steps(4..20).unwrap().every(5).unwrap();
    let one = selection.clone().lanes(2..3).unwrap();
    let (a, b) = (dir.path("a.npy"), dir.path("b.npy"));
    let population = &header.populations[1];
    let mut all = Probe::create(&a, Precision::F64, population, 3, &selection).unwrap();
    let mut lane = Probe::create(&b, Precision::F32, population, 3, &one).unwrap();
    let mut step = 0;
    while let Some(n) = all.until_next(step) {
        step += n;
        let values: Vec<_> =
            (0..6).flat_map(|neuron| (0..3).map(move |lane| value(step, neuron, lane))).collect();
        all.sample(step, &values).unwrap();
        lane.sample(step, &values).unwrap();
    }
    let _ = (all.finish().unwrap(), lane.finish().unwrap());
    let columns = [1, 2, 5];
    let all: Array3<f64> = ndarray_npy::read_npy(a).unwrap();
    let expected = Array3::from_shape_fn((4, 3, 3), |(i, neuron, lane)| {
        value(4 + 5 * i as u64, columns[neuron], lane)
    });
    assert_eq!(all, expected);
    let lane: Array2<f32> = ndarray_npy::read_npy(b).unwrap();
    assert_eq!(lane, expected.index_axis(ndarray::Axis(2), 2).map(|x| *x as f32));
}

#[test]
fn samples_that_are_not_due_are_refused() {
    let (dir, header) = (Dir::new(), header(&[2, 1], 1));
    let selection = Selection::all(&header).steps(0..10).unwrap().every(8).unwrap();
    let probe = |population: usize, selection: &Selection| {
        let population = &header.populations[population];
        Probe::create(&dir.path("a.npy"), Precision::F64, population, 1, selection)
    };
    let mut probe_a = probe(0, &selection).unwrap();
    let message = |r: isospike_record::Result<()>| r.unwrap_err().to_string();
    assert_eq!(probe_a.until_next(0), Some(0));
    assert!(message(probe_a.sample(1, &[0.0; 2])).contains("due at 0"));
    assert!(message(probe_a.sample(0, &[0.0; 3])).contains("2 neurons x 1 lanes"));
    probe_a.sample(0, &[0.0; 2]).unwrap();
    assert_eq!(probe_a.until_next(3), Some(5));
    // One that was missed is not made up for.
    assert!(message(probe_a.sample(9, &[0.0; 2])).contains("due at 8"));
    probe_a.sample(8, &[0.0; 2]).unwrap();
    assert_eq!(probe_a.until_next(8), None);
    assert!(message(probe_a.sample(16, &[0.0; 2])).contains("no other"));
    let other = selection.populations(&header, &["b"]).unwrap();
    assert!(probe(0, &other).is_err_and(|e| e.to_string().contains("population = a")));
}
