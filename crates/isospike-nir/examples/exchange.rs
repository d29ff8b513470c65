//! A graph of NIR, made here, written, read back and run.
//!
//! `cargo run --release -p isospike-nir --example exchange [FILE.nir]` writes a layer of 20 neurons
//! that excite each other to a file that Norse, snnTorch, Lava, Nengo and others read, reads it
//! back, runs it with both methods and prints how many spikes there are. Without a file it takes
//! one in the system's temporary directory, and removes it.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_nir::{
    Graph, Kind, Method, Model, NeuronKind, Neurons, Options, Values, Watch, read, write,
};
use std::error::Error;
use std::path::PathBuf;

const NEURONS: usize = 20;
const STEPS: usize = 2000;

/// Inputs, weights, neurons; and weights from each neuron to the next.
fn graph() -> Result<Graph, Box<dyn Error>> {
    let shape = [NEURONS];
    let tau: Vec<f64> = (0..NEURONS).map(|n| 0.01 + 0.001 * n as f64).collect();
    let neurons = Neurons::new(
        NeuronKind::CubaLif,
        [
            ("tau_syn", Values::filled(&shape, 0.005)),
            ("tau_mem", Values::f64(&shape, &tau)),
            ("r", Values::filled(&shape, 1.0)),
            ("v_leak", Values::filled(&shape, 0.0)),
            ("v_threshold", Values::filled(&shape, 1.0)),
        ],
    )?;
    let mut graph = Graph::chain([
        ("input", Kind::Input { shape: vec![1] }),
        ("drive", Kind::Linear { weight: Values::f32(&[NEURONS, 1], &[1.2; NEURONS]) }),
        ("neurons", Kind::Neurons(neurons)),
        ("output", Kind::Output { shape: vec![NEURONS] }),
    ]);
    let mut weight = vec![0.0; NEURONS * NEURONS];
    (0..NEURONS).for_each(|n| weight[(n + 1) % NEURONS * NEURONS + n] = 8.0);
    let next = Kind::Linear { weight: Values::f32(&[NEURONS, NEURONS], &weight) };
    graph.nodes.insert("to the next".into(), next.into());
    graph.edges.push(("neurons".into(), "to the next".into()));
    graph.edges.push(("to the next".into(), "neurons".into()));
    Ok(graph)
}

fn main() -> Result<(), Box<dyn Error>> {
    let given = std::env::args().nth(1).map(PathBuf::from);
    let temporary = std::env::temp_dir().join(format!("exchange-{}.nir", std::process::id()));
    let file = given.clone().unwrap_or_else(|| temporary.clone());
    write(&file, &graph()?)?;
    let graph = read(&file)?;
    if given.is_none() {
        std::fs::remove_file(&temporary)?;
    }
    let on = CpuDevice::new(Cpu::default())?.computer::<f32>();
    for method in [Method::Euler, Method::Exponential] {
        let options = Options { method, ..Options::default() };
        let mut model = Model::new(&on, &graph, &options, 1)?;
        let input = vec![1.0; STEPS];
        let watch = [Watch::Output("output")];
        let spikes = model.run(STEPS, &[("input", &input)], &watch)?.remove(0);
        let n = spikes.iter().filter(|z| **z == 1.0).count();
        println!("{method:?}: {n} spikes of {NEURONS} neurons in {STEPS} steps of 0.1 ms");
    }
    Ok(())
}
