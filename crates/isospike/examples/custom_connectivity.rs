//! Your own wiring: a ring of neurons given edge by edge, with a weight and a delay per edge and a
//! threshold per neuron. One spike is put in; it goes round.
//!
//! `cargo run --release -p isospike --example custom_connectivity`

use isospike::net::Edges;
use isospike::{Network, Options, Precision, Simulation};

const N: u32 = 20;
const DT_MS: f64 = 0.1;

fn main() -> isospike::Result<()> {
    // Neuron i excites neuron i + 1; the delays grow round the ring: 1.0 ms, 1.1 ms, ...
    let delays_ms: Vec<f64> = (0..N).map(|i| 1.0 + 0.1 * f64::from(i)).collect();
    let ring = Edges {
        pre: (0..N).collect(),
        post: (0..N).map(|i| (i + 1) % N).collect(),
        weight: Some((0..N).map(|i| 16.0 + f64::from(i)).collect()),
        delay_ms: Some(delays_ms.clone()),
    };
    // Resting at -70 mV, a spike of 16 mV and more reaches a threshold of -55 mV at once. Neuron 15
    // has a higher one, so high that the 30 mV from neuron 14 do not reach it: there the wave ends.
    let mut thresholds = vec![-55.0; N as usize];
    thresholds[15] = -30.0;

    let network = Network::build("ring")
        .dt(DT_MS)
        .precision(Precision::F64)
        .spikes("kick", 1, vec![(99, 0)]) // step 99 ends at 10 ms
        .population("ring", N, "iaf_psc_delta", |p| p.param("V_th", thresholds))
        .project("kick", "ring", |c| {
            let edges = Edges { pre: vec![0], post: vec![0], ..Edges::default() };
            c.edges(edges).weight(20.0).delay(1.0)
        })
        .project("ring", "ring", |c| c.edges(ring))
        .finish()?;

    let mut simulation = Simulation::new(network, &Options::default())?;
    let ring = simulation.plan().populations[1].clone();
    let mut wave = Vec::new();
    simulation.run(100.0, |spikes| {
        let of_ring = spikes.iter().filter(|s| s.id >= ring.first_id);
        wave.extend(of_ring.map(|s| (s.id - ring.first_id, (s.step + 1) as f64 * DT_MS)));
    })?;

    let mut expected_ms = 11.0; // the kick and its delay
    for (i, &(neuron, time_ms)) in wave.iter().enumerate() {
        println!("neuron {neuron:2} at {time_ms:5.1} ms");
        assert_eq!(neuron, i as u32);
        assert!((time_ms - expected_ms).abs() < 1e-9, "expected at {expected_ms} ms");
        expected_ms += delays_ms[i];
    }
    assert_eq!(wave.len(), 15, "the wave ends before neuron 15");
    Ok(())
}
