//! Files of what was learned.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_layer::Layer;
use isospike_layer::compute::Computer;
use isospike_layer::neurons::{Lif, Plif};
use isospike_train::{Adam, Network, Tensor, TrainError, loss};
use std::path::PathBuf;

fn on() -> Computer<f32> {
    CpuDevice::new(Cpu::with_threads(1)).expect("a CPU").computer()
}

fn network(hidden: usize, seed: u64) -> Result<Network<f32>, TrainError> {
    let network = Network::new(&on(), &[6], seed).linear(hidden)?.batch_norm(1.0)?;
    let network = network.neurons(Layer::new(&Plif::<true>))?.linear(2)?;
    network.neurons(Layer::new(&Lif::<false>))
}

fn input() -> Tensor<f32> {
    let items: Vec<f32> = (0..24).map(|i| (i * 7 % 13) as f32 / 4.0).collect();
    Tensor::repeated(5, 4, &[6], &items).expect("four items")
}

/// A network after two steps of training: running statistics and parameters have moved.
fn trained() -> Network<f32> {
    let (mut network, mut adam) = (network(8, 1).expect("a network"), Adam::<f32>::default());
    for _ in 0..2 {
        network.reset();
        let spikes = network.forward(&input()).expect("it runs");
        let (_, by_spikes) = loss::rate_mse(&spikes, &[0, 1, 0, 1]).expect("a loss");
        network.backward(&by_spikes).expect("it goes back");
        network.step(&mut adam, 5e-2).expect("a step");
    }
    network.reset();
    network
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("isospike-train-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn all(network: &mut Network<f32>) -> Vec<Vec<u32>> {
    let on = on_of(network);
    let mut arrays = Vec::new();
    for (_, parameter) in network.parameters() {
        arrays.push(on.numbers(&parameter.value).expect("numbers"));
    }
    for (_, array) in network.statistics() {
        arrays.push(on.numbers(array).expect("numbers"));
    }
    arrays.into_iter().map(|all| all.into_iter().map(f32::to_bits).collect()).collect()
}

fn on_of(network: &Network<f32>) -> Computer<f32> {
    network.device().clone()
}

/// What is loaded is what was saved, bit for bit, and does the same.
#[test]
fn what_was_learned_comes_back() {
    let file = Scratch::new("learned.safetensors");
    let (mut learned, mut other) = (trained(), network(8, 2).expect("a network"));
    learned.save(&file.0).expect("it is written");
    assert_ne!(all(&mut learned), all(&mut other));
    other.load(&file.0).expect("it is read");
    assert_eq!(all(&mut learned), all(&mut other));
    assert_eq!(learned.infer(&input()).unwrap(), other.infer(&input()).unwrap());
}

/// The file is one that others read, with names and shapes as they are here.
#[test]
fn the_file_has_names_and_shapes() {
    let file = Scratch::new("names.safetensors");
    let mut learned = trained();
    learned.save(&file.0).expect("it is written");
    let bytes = std::fs::read(&file.0).expect("a file");
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("its format");
    let weight = tensors.tensor("0.linear.weight").expect("a parameter");
    assert_eq!((weight.shape(), weight.dtype()), (&[6, 8][..], safetensors::Dtype::F32));
    let mean = tensors.tensor("1.batch_norm.mean").expect("a statistic");
    assert_eq!(mean.shape(), [8]);
    assert_eq!(tensors.names().len(), learned.parameters().len() + 2);
}

/// What does not fit is refused, and nothing is changed.
#[test]
fn files_of_other_networks_are_refused() {
    let file = Scratch::new("refused.safetensors");
    trained().save(&file.0).expect("it is written");
    let refused = |mut network: Network<f32>| {
        let before = all(&mut network);
        let said = network.load(&file.0).expect_err("it does not fit").to_string();
        assert_eq!(all(&mut network), before);
        said
    };
    let mut wild = trained();
    let device = wild.device().clone();
    let first = &mut wild.parameters().swap_remove(0).1.value;
    device.write(first, 5, &[f32::NAN]).expect("it fits");
    wild.save(&file.0).expect("it is written");
    let said = refused(network(8, 1).expect("a network"));
    assert!(said.ends_with("0.linear.weight[5] is NaN; it must be finite"), "{said}");
    trained().save(&file.0).expect("it is written");
    let said = refused(network(9, 1).expect("a network"));
    assert!(said.ends_with("0.linear.weight is [6, 8]; [6, 9] is needed"), "{said}");
    let said = refused(Network::new(&on(), &[6], 1).linear(8).expect("a network"));
    assert!(said.contains("is nothing of this network, which has 0.linear.weight"), "{said}");
    let more = network(8, 1).and_then(|n| n.linear(2)).expect("a network");
    assert!(refused(more).ends_with("5.linear.weight is missing"));
    let double = CpuDevice::new(Cpu::with_threads(1)).expect("a CPU").computer::<f64>();
    let double = Network::new(&double, &[6], 1).linear(8).and_then(|n| n.batch_norm(1.0));
    let mut double = double.expect("a network");
    let narrow = Scratch::new("narrow.safetensors");
    let single = Network::new(&on(), &[6], 1).linear(8).and_then(|n| n.batch_norm(1.0));
    single.expect("a network").save(&narrow.0).expect("it is written");
    let said = double.load(&narrow.0).expect_err("another format").to_string();
    assert!(said.ends_with("0.linear.weight is F32; F64 is needed"), "{said}");
    std::fs::write(&narrow.0, b"no tensors").expect("it is written");
    assert!(double.load(&narrow.0).is_err());
    assert!(double.load(&Scratch::new("nothing").0).is_err());
}
