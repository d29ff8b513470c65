//! Derivatives against central differences in f64, where there are no spikes in the way.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::philox4x32_10;
use isospike_layer::compute::{Computer, Pooling};
use isospike_layer::{Layer, Rule, neurons::Lif};
use isospike_train::loss::{Readout, cross_entropy, rate_mse};
use isospike_train::{Network, Tensor, TrainError};

fn numbers(seed: u32, n: usize) -> Vec<f64> {
    let word = |i: usize| philox4x32_10([i as u32, 0, 0, 0], [seed, 9])[0];
    (0..n).map(|i| f64::from(word(i)) / f64::from(1u32 << 31) - 1.0).collect()
}

fn readout() -> Layer {
    Layer::new(&Lif::<true>).rule(Rule::READOUT).expect("a readout")
}

/// All there is to a pass of a network that has begun: the loss, derivatives by the input, by
/// parameters.
fn pass(
    network: &mut Network<f64>,
    x: &Tensor<f64>,
    loss: impl Fn(&Tensor<f64>) -> Result<(f64, Tensor<f64>), TrainError>,
) -> (f64, Vec<Vec<f64>>) {
    let y = network.forward(x).expect("finite");
    let (loss, by_y) = loss(&y).expect("labels fit");
    let by_x = network.backward_to_input(&by_y).expect("finite");
    let mut all = vec![by_x.data];
    let on = network.device().clone();
    let gradients = network.parameters().into_iter().map(|(_, p)| on.numbers(&p.gradient));
    all.extend(gradients.map(|all| all.expect("numbers")));
    (loss, all)
}

/// A pass after so many steps of another one, which is taken for given.
fn checked_after(
    before: usize,
    make: impl Fn(&Computer<f64>) -> Result<Network<f64>, TrainError>,
    features: &[usize],
    readout: Option<Readout>,
) {
    let on = CpuDevice::new(Cpu::with_threads(2)).expect("threads start").computer();
    let input = |seed: u32, steps: usize| {
        let n = steps * 2 * features.iter().product::<usize>();
        Tensor::new(steps, 2, features, numbers(seed, n)).expect("it fits")
    };
    let x = input(1, 3);
    let begin = || {
        let mut network = make(&on).expect("it fits");
        if before > 0 {
            network.forward(&input(2, before)).expect("finite");
        }
        network
    };
    let mut network = begin();
    let labels = [1, 0];
    let loss = |y: &Tensor<f64>| match readout {
        Some(readout) => cross_entropy(y, &labels, readout),
        None => rate_mse(y, &labels),
    };
    let (_, derivatives) = pass(&mut network, &x, loss);
    let d = 1e-5;
    for (which, all) in derivatives.iter().enumerate() {
        for (i, &derivative) in all.iter().enumerate() {
            let at = |by: f64| {
                let mut network = begin();
                let mut x = x.clone();
                match which {
                    0 => x.data[i] += by,
                    _ => {
                        let value = &mut network.parameters().swap_remove(which - 1).1.value;
                        let x = on.numbers(value).expect("numbers")[i] + by;
                        on.write(value, i, &[x]).expect("it fits");
                    }
                }
                pass(&mut network, &x, loss).0
            };
            let difference = (at(d) - at(-d)) / (2.0 * d);
            let off = (difference - derivative).abs();
            assert!(off <= 1e-8, "{which}[{i}]: {derivative} and {difference}");
        }
    }
}

fn checked(
    make: impl Fn(&Computer<f64>) -> Result<Network<f64>, TrainError>,
    features: &[usize],
    readout: Option<Readout>,
) {
    checked_after(0, make, features, readout);
}

#[test]
fn linear_and_every_readout() {
    let make = |on: &Computer<f64>| {
        Network::new(on, &[5], 3).linear(4)?.neurons(readout())?.linear(3)?.neurons(readout())
    };
    for readout in [Readout::Count, Readout::Mean, Readout::Last, Readout::Max] {
        checked(make, &[5], Some(readout));
    }
    checked(make, &[5], None);
}

#[test]
fn convolution_normalisation_and_pools() {
    for (stride, padding) in [(1, 1), (2, 0), (2, 1)] {
        let make = |on: &Computer<f64>| {
            let conv = Network::new(on, &[6, 5, 2], 4).conv(3, 3, stride, padding)?;
            conv.batch_norm(1.0)?.pool(Pooling::Average, 2)?.linear(2)?.neurons(readout())
        };
        checked(make, &[6, 5, 2], Some(Readout::Mean));
    }
    let make = |on: &Computer<f64>| {
        Network::new(on, &[4, 4, 2], 5).pool(Pooling::Max, 2)?.delay(1)?.linear(2)
    };
    checked(make, &[4, 4, 2], Some(Readout::Count));
}

#[test]
fn dropout_and_recurrence() {
    let make = |on: &Computer<f64>| {
        let first = Network::new(on, &[4], 6).dropout(0.3)?.linear(3)?;
        first.recurrent(readout())?.linear(2)?.neurons(readout())
    };
    checked(make, &[4], Some(Readout::Last));
}

/// Truncated back-propagation through time: potentials, what is on its way and what neurons said
/// last are as the steps before left them, and no derivative goes back to these.
#[test]
fn truncated_in_time() {
    let make = |on: &Computer<f64>| {
        let first = Network::new(on, &[4], 7).linear(3)?.neurons(readout())?.delay(2)?.linear(3)?;
        first.recurrent(readout())?.linear(2)?.neurons(readout())
    };
    for before in [1, 2, 5] {
        checked_after(before, make, &[4], Some(Readout::Mean));
    }
}
