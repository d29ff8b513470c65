//! Encoders and decoders against values by hand.

use isospike_train::{Tensor, decode::first_spikes, encode};
use proptest::prelude::*;

fn numbers(all: &[f64]) -> Tensor<f64> {
    Tensor::new(1, 1, &[all.len()], all.to_vec()).expect("it fits")
}

#[test]
fn latencies() {
    let x = numbers(&[0.0, 0.25, 0.5, 1.0]);
    let linear = encode::latency(&x, 9).expect("in range");
    assert_eq!(first_spikes(&linear), [8, 6, 4, 0].map(Some));
    assert_eq!(linear.data.iter().sum::<f64>(), 4.0, "one spike each");
    // T - 1 - ln(a x + 1) = 4 - 0, ln(1 + 53.6 / 4) = 2.667, ln(1 + 26.8) = 3.325, 4
    let log = encode::latency_log(&x, 5).expect("in range");
    assert_eq!(first_spikes(&log), [4, 1, 1, 0].map(Some));
    assert!(encode::latency(&numbers(&[1.5]), 9).is_err());
    assert!(encode::latency(&x, 0).is_err());
}

#[test]
fn phases_are_binary_digits() {
    let x = numbers(&[0.8125, 0.0625]);
    let spikes = encode::weighted_phase(&x, 4, 6).expect("in range");
    assert_eq!(spikes.data, [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
    assert!(encode::weighted_phase(&numbers(&[0.95]), 4, 6).is_err());
}

#[test]
fn periods() {
    let given = Tensor::new(2, 1, &[1], vec![1.0, 0.0]).expect("it fits");
    let five = encode::periodic(&given, 5).expect("not empty");
    assert_eq!(five.data, [1.0, 0.0, 1.0, 0.0, 1.0]);
}

#[test]
fn populations_fire_most_where_they_like_it() {
    let x = numbers(&[0.5]);
    let spikes = encode::population(&x, 0.0..=1.0, 7, 50).expect("in range");
    let counts: Vec<f64> = (0..7).map(|i| (0..50).map(|t| spikes.step(t)[i]).sum()).collect();
    // neuron 3 likes 0.5: a current of 1 against 0.999
    assert_eq!(counts[3], 50.0);
    assert_eq!(counts[2], counts[4]);
    // exp(-(0.2 / (2/15))^2 / 2) = 0.3247 a step: 16 thresholds in 50
    assert_eq!(counts[2], 16.0);
    assert_eq!(spikes.features(), [1, 7]);
}

#[test]
fn changes() {
    let x = Tensor::new(4, 1, &[1], vec![0.0, 0.5, 0.5, 0.1]).expect("it fits");
    let spikes = encode::delta(&x, 0.3).expect("positive");
    assert_eq!(spikes.data, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(first_spikes(&spikes), [Some(1), Some(3)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() })]

    /// Rates are the numbers, and an item's spikes do not depend on the batch it is in.
    #[test]
    fn poisson(p in 0.0f64..=1.0, seed in any::<u64>()) {
        let three = Tensor::new(1, 3, &[4], vec![p; 12]).expect("it fits");
        let steps = 400;
        let spikes = encode::poisson(&three, steps, seed, 0).expect("in range");
        let n = spikes.data.len() as f64;
        let rate = spikes.data.iter().sum::<f64>() / n;
        prop_assert!((rate - p).abs() <= 6.0 * (p * (1.0 - p) / n).sqrt(), "{rate} of {p}");
        let last = Tensor::new(1, 1, &[4], vec![p; 4]).expect("it fits");
        let alone = encode::poisson(&last, steps, seed, 2).expect("in range");
        for t in 0..steps {
            prop_assert_eq!(alone.step(t), &spikes.step(t)[8..]);
        }
    }
}
