//! Memory planned and used, items in batches, statistics of spikes, vectors by cosine, a measured
//! choice between devices: `cargo run --release -p isospike-train --example tools`.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_layer::{Layer, Rule, compute::Computer, neurons::Lif};
use isospike_train::{
    Adam, Crossover, Encoding, MemoryReport, Network, Run, StatisticalSnn, Stored, Tensor,
    VectorEngine, batch_process, encode, fit, plan,
};
use std::error::Error;

fn network(on: &Computer<f32>) -> Result<Network<f32>, isospike_train::TrainError> {
    let lif = Layer::new(&Lif::<false>);
    Network::new(on, &[64], 1).linear(256)?.neurons(lif.clone())?.linear(10)?.neurons(lif)
}

fn item(i: usize) -> Result<Tensor<f32>, isospike_train::TrainError> {
    let pixels = (0..64).map(|k| ((i + 3 * k) % 64) as f32 / 63.0).collect();
    encode::poisson(&Tensor::new(1, 1, &[64], pixels)?, 16, 1, i as u32)
}

fn main() -> Result<(), Box<dyn Error>> {
    let [one, all] = [Cpu::with_threads(1), Cpu::default()].map(CpuDevice::new);
    let [one, all] = [one?.computer(), all?.computer::<f32>()];

    // what training needs at most, and what of it fits into three quarters
    let adam = || Box::new(Adam::default()) as _;
    let planned = plan(network, 16, 128, Run::Training(&adam))?;
    let fitting = fit(network, 16, 128, Run::Training(&adam), planned.all.peak * 3 / 4, true)?;
    println!("training with 128 items at once needs {} bytes", planned.all.peak);
    println!("three quarters are enough for {}: {:?}\n", fitting.items, fitting.storage);

    // a device with room for 20 items at once: batches are halved until they fit
    let planned = plan(network, 16, 20, Run::Inference)?;
    let small = one.limited(planned.all.peak);
    let mut on_one = network(&small)?;
    let which: Vec<usize> = (0..100).collect();
    let batches = batch_process(&mut on_one, &which, 64, item)?;
    batches
        .halved
        .iter()
        .for_each(|h| println!("{} items at once, not {}: {}", h.to, h.from, h.why));
    println!("{}\n", MemoryReport::new(&small, Some(planned)));
    let at_once = batch_process(&mut network(&all)?, &which, 100, item)?;
    assert_eq!(batches.outputs, at_once.outputs, "the same bits in any batch, on any device");

    // which device is faster for how many items
    let sample = item(0)?;
    let mut there = network(&one)?;
    println!("{}\n", Crossover::measure(&mut there, &sample, &[one, all.clone()], &[1, 16, 256])?);

    // what the spikes of an item are like
    let lif = Layer::new(&Lif::<false>).rule(Rule { threshold: 0.1, ..Rule::default() })?;
    let mut snn = StatisticalSnn::with_layers(&all, [64, 100, 5], [lif.clone(), lif], 1)?;
    let x = Tensor::new(1, 1, &[64], (0..64).map(|k| k as f32 / 4.0).collect())?;
    let statistics = &snn.process(&x)?[0];
    println!("decision {:?}, entropy {:?} bits", statistics.decision, statistics.entropy);
    println!("rates {:?}, CV {:?}\n", statistics.output.rates, statistics.output.cv);

    // vectors in a byte a number
    let engine = VectorEngine::new_random(&all, 10_000, 64, 1, Stored::I8)?;
    let query = engine.mean_pool(&[17, 4711])?;
    println!("{} bytes; nearest to the mean of 17 and 4711:", engine.bytes());
    engine.top_k(&query, 3)?.iter().for_each(|near| println!("  {near:?}"));
    let spikes = engine.encode(&query, 16, Encoding::Latency)?;
    println!("as {} spikes in {} steps", spikes.data.iter().sum::<f32>(), spikes.steps());
    Ok(())
}
