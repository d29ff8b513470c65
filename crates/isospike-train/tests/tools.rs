//! Statistics of a network, vectors, a measured choice: the same on every device.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::{Half, isa::Isa, philox4x32_10};
use isospike_layer::compute::Computer;
use isospike_layer::{Layer, Rule, neurons::Lif, neurons::Plif};
use isospike_train::{
    Adam, Crossover, Encoding, LayerStatistics, Network, StatisticalSnn, Stored, Tensor,
    VectorEngine, loss,
};
use proptest::prelude::*;

fn device(threads: usize, isa: Isa) -> Computer<f32> {
    CpuDevice::new(Cpu { threads, isa }).expect("threads start").computer()
}

fn numbers(seed: u32, n: usize) -> Vec<f32> {
    let word = |i: usize| philox4x32_10([i as u32, 0, 0, 0], [seed, 9])[0];
    (0..n).map(|i| word(i) as f32 / (1u32 << 31) as f32 - 1.0).collect()
}

fn snn(on: &Computer<f32>) -> StatisticalSnn<f32> {
    let rule = Rule { threshold: 0.3, ..Rule::default() };
    let plif = Layer::new(&Plif::<false>).rule(rule).expect("finite");
    let lif = Layer::new(&Lif::<false>).rule(rule).expect("finite");
    let snn = StatisticalSnn::with_layers(on, [8, 30, 5], [plif, lif], 4).expect("it fits");
    snn.steps(40).and_then(|snn| snn.window(4)).expect("above 0")
}

#[test]
fn statistics_are_those_of_the_spikes_on_every_device() {
    let items = Tensor::new(1, 6, &[8], numbers(1, 48)).expect("it fits");
    let mut first = snn(&device(1, Isa::Baseline));
    // so that learned parameters are not those of the layer
    let course = Tensor::repeated(10, 6, &[8], &items.data).expect("it fits");
    let y = first.network().forward(&course).expect("finite");
    let by_y = loss::rate_mse(&y, &[0, 1, 2, 3, 4, 0]).expect("labels fit").1;
    first.network().backward(&by_y).expect("finite");
    first.network().step(&mut Adam::default(), 0.1).expect("finite");
    let all = first.process(&items).expect("finite");
    assert!(all.iter().any(|item| item.decision.is_some()), "something fires");

    let course = Tensor::repeated(40, 6, &[8], &items.data).expect("it fits");
    let spikes = first.network().infer(&course).expect("finite");
    let of_spikes = LayerStatistics::of(&spikes, None, 4).expect("they fit");
    for (item, expected) in all.iter().zip(of_spikes) {
        let given = LayerStatistics { mean_potentials: None, ..item.output.clone() };
        assert_eq!(given, expected);
    }
    assert_eq!(first.process(&course).expect("finite"), all, "a course of the same currents");
    for (i, expected) in all.iter().enumerate() {
        let alone = first.process(&items.item(i)).expect("finite");
        assert_eq!(alone[0], *expected, "item {i} alone");
    }
    for threads in [2, 3] {
        first.network().move_to(&device(threads, Isa::detect())).expect("room");
        assert_eq!(first.process(&items).expect("finite"), all, "{threads} threads");
    }
    assert!(first.process(&Tensor::zeros(1, 2, &[7])).is_err(), "7 inputs");
    assert!(snn(&device(1, Isa::Baseline)).steps(0).is_err());
    let lif = Layer::new(&Lif::<false>);
    let readout = lif.clone().rule(Rule::READOUT).expect("it may");
    let on = device(1, Isa::Baseline);
    assert!(StatisticalSnn::with_layers(&on, [2, 2, 2], [lif, readout], 1).is_err());
}

/// Cosines in f64, all of them.
fn cosines(engine: &VectorEngine, query: &[f32]) -> Vec<f64> {
    let ids: Vec<usize> = (0..engine.vectors()).collect();
    let rows = engine.gather(&ids).expect("they are there").data;
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).fold(0.0, |sum, (&a, &b)| sum + f64::from(a) * f64::from(b))
    };
    let cosine = |row| dot(row, query) / (dot(row, row) * dot(query, query)).sqrt();
    rows.chunks(engine.width()).map(cosine).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn nearest_are_those_of_all_cosines(
        vectors in 1usize..80,
        width in 1usize..20,
        k in 1usize..80,
        stored in prop::sample::select(vec![Stored::F32, Stored::F16, Stored::I8]),
        seed in any::<u32>(),
    ) {
        let k = k.min(vectors);
        let on = device(1, Isa::Baseline);
        let engine =
            VectorEngine::new_random(&on, vectors, width, seed.into(), stored).expect("it fits");
        let query = numbers(seed, width);
        let near = engine.top_k(&query, k).expect("it can be asked");
        let all = cosines(&engine, &query);
        // rounding of a product of `width` terms, relative to the norms
        let off = (width + 1) as f64 * f64::from(f32::EPSILON);
        for pair in near.windows(2) {
            prop_assert!(pair[0].cosine > pair[1].cosine
                || (pair[0].cosine == pair[1].cosine && pair[0].id < pair[1].id));
        }
        for near in &near {
            prop_assert!((near.cosine - all[near.id]).abs() <= off);
        }
        let last = near[k - 1].cosine;
        for (id, cosine) in all.iter().enumerate() {
            prop_assert!(near.iter().any(|n| n.id == id) || *cosine <= last + off);
        }
        let mut elsewhere = engine.clone();
        elsewhere.move_to(&device(3, Isa::detect()));
        prop_assert_eq!(elsewhere.top_k(&query, k).expect("it can be asked"), near);
    }

    #[test]
    fn what_is_stored_is_as_near_as_it_says(rows in 1usize..9, seed in any::<u32>()) {
        let given = numbers(seed, rows * 11);
        let on = device(1, Isa::Baseline);
        let ids: Vec<usize> = (0..rows).collect();
        let stored = |stored| {
            let engine = VectorEngine::from_rows(&on, 11, &given, stored).expect("it fits");
            (engine.gather(&ids).expect("they are there").data, engine.bytes())
        };
        prop_assert_eq!(stored(Stored::F32), (given.clone(), rows * 44));
        let rounded: Vec<f32> =
            given.iter().map(|&x| Half::F16.decode(Half::F16.encode(x))).collect();
        prop_assert_eq!(stored(Stored::F16), (rounded, rows * 22));
        let (whole, bytes) = stored(Stored::I8);
        prop_assert_eq!(bytes, rows * 15);
        for (row, whole) in given.chunks(11).zip(whole.chunks(11)) {
            let most = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            let bound = 0.5 * most / 127.0 + most * f32::EPSILON;
            for (x, y) in row.iter().zip(whole) {
                prop_assert!((x - y).abs() <= bound, "{} {} {}", x, y, bound);
            }
        }
    }
}

#[test]
fn vectors_are_found_in_order() {
    let on = device(2, Isa::detect());
    // exact in every format and product; 5,000 rows are more than are compared at once
    let rows: Vec<f32> = (0..5000).flat_map(|i| [(i % 10) as f32 - 4.0, 3.0]).collect();
    let engine = VectorEngine::from_rows(&on, 2, &rows, Stored::F16).expect("it fits");
    let ids = |near: Vec<isospike_train::Near>| near.iter().map(|n| n.id).collect::<Vec<_>>();
    let near = engine.top_k(&[0.0, 1.0], 502).expect("it can be asked");
    assert_eq!(near[0].cosine, 1.0);
    let mut expected: Vec<usize> = (0..500).map(|i| 10 * i + 4).collect();
    // (-1, 3) and (1, 3) are equally near
    expected.extend([3, 5]);
    assert_eq!(ids(near), expected);

    // the number of a random vector decides about it, not how many there are
    let random = |n| VectorEngine::new_random(&on, n, 6, 3, Stored::F32).expect("it fits");
    let (few, many) = (random(4), random(40));
    assert_eq!(few.gather(&[3, 0, 3]), many.gather(&[3, 0, 3]));
    assert_ne!(few.gather(&[0]), few.gather(&[1]));

    let rows =
        [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 1.0, 2.0], [0.0, 1.0, 0.0]];
    let engine = VectorEngine::from_rows(&on, 3, rows.as_flattened(), Stored::I8).expect("it fits");
    assert_eq!(ids(engine.analogy(0, 1, 2, 1).expect("it can be asked")), [3]);
    assert_eq!(engine.mean_pool(&[0, 1, 4]).expect("they are there"), [2.0 / 3.0, 2.0 / 3.0, 0.0]);
    let spikes = engine.encode(&[1.0, -1.0, 0.0], 5, Encoding::Latency).expect("it can be");
    let first = isospike_train::decode::first_spikes(&spikes);
    assert_eq!(first, [Some(0), Some(4), Some(2)]);
    let poisson = Encoding::Poisson { seed: 1, item: 7 };
    let spikes = engine.encode(&[1.0, -1.0, 0.0], 100, poisson).expect("it can be");
    let counts = &LayerStatistics::of(&spikes, None, 10).expect("they fit")[0].counts;
    assert_eq!((counts[0], counts[1]), (100, 0));
    let population = Encoding::Population { neurons: 4 };
    let spikes = engine.encode(&[1.0, -1.0, 0.0], 5, population).expect("it can be");
    assert_eq!(spikes.features(), [3, 4]);
}

#[test]
fn what_cannot_be_is_refused() {
    let on = device(1, Isa::Baseline);
    let rows = [1.0, 0.0, 0.0, 1.0];
    let engine = VectorEngine::from_rows(&on, 2, &rows, Stored::F32).expect("it fits");
    let says = |result: Result<(), isospike_train::TrainError>, what: &str| {
        let error = result.expect_err(what).to_string();
        assert!(error.contains(what), "{error}");
    };
    let ask = |query: &[f32], k| engine.top_k(query, k).map(drop);
    says(ask(&[1.0], 1), "the query is [1]; 2 numbers");
    says(ask(&[1.0, 1.0], 0), "k is [0]; 1 to 2");
    says(ask(&[1.0, 1.0], 3), "k is [3]; 1 to 2");
    says(ask(&[0.0, 0.0], 1), "the norm of the query = 0");
    says(ask(&[0.0, f32::NAN], 1), "the query[1] is NaN");
    says(engine.gather(&[0, 2]).map(drop), "the number of a vector = 2");
    says(engine.mean_pool(&[]).map(drop), "at least one vector");
    says(engine.analogy(0, 1, 0, 1).map(drop), "1 to 0");
    says(engine.encode(&[0.0, 0.0], 3, Encoding::Latency).map(drop), "must be > 0");
    says(engine.encode(&[1.0], 3, Encoding::Latency).map(drop), "the array is [1]");
    let make = |rows: &[f32], stored| VectorEngine::from_rows(&on, 2, rows, stored).map(drop);
    says(make(&[1.0, 2.0, 3.0], Stored::F32), "whole rows of 2");
    says(make(&[], Stored::F32), "at least one");
    says(make(&[1.0, 2.0, 0.0, 0.0], Stored::I8), "must be > 0");
    says(make(&[1.0, 1e6], Stored::F16), "row 0 of the table stored as f16[1] is inf");
    says(make(&[1e-9, 0.0], Stored::F16), "must be > 0");
    says(make(&[1.0, f32::INFINITY], Stored::I8), "row 0 of the table[1] is inf");
    says(VectorEngine::new_random(&on, 0, 2, 1, Stored::F32).map(drop), "the table is [0, 2]");
}

#[test]
fn a_network_comes_back_from_being_measured() {
    let (one, two) = (device(1, Isa::Baseline), device(2, Isa::detect()));
    let lif = Layer::new(&Lif::<false>);
    let mut network =
        Network::new(&one, &[4], 1).linear(8).and_then(|n| n.neurons(lif)).expect("it fits");
    let sample = Tensor::new(3, 2, &[4], numbers(2, 24)).expect("it fits");
    let before = network.infer(&sample).expect("finite");
    network.reset();
    // weights and their derivatives fit there, but nothing else
    let devices = [one.clone(), two.clone(), two.limited(2 * 4 * 40)];
    let found = Crossover::measure(&mut network, &sample, &devices, &[5, 1]).expect("finite");
    assert_eq!(found.devices().len(), 3);
    assert_eq!(found.measured().iter().map(|m| m.items).collect::<Vec<_>>(), [1, 5]);
    for m in found.measured() {
        assert!(m.seconds[0].is_some() && m.seconds[1].is_some() && m.seconds[2].is_none());
    }
    assert!(found.fastest(3).is_some_and(|device| device < 2));
    assert_eq!(network.infer(&sample).expect("finite"), before);
    assert!(Crossover::measure(&mut network, &sample, &[], &[1]).is_err());
    assert!(Crossover::measure(&mut network, &sample, &devices, &[0]).is_err());
}
