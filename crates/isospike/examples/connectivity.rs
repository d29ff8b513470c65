//! Connectivity as data: networks under Dale's rule are drawn, written as matrices of weights, read
//! back from the folder in natural order, and simulated.
//!
//! `cargo run --release -p isospike --example connectivity`

use isospike::net::{DatasetReader, Edges, Generator, NetworkBuilder, ProjectionBuilder};
use isospike::{Network, Options, Simulation};

const N: u32 = 100;

/// Noisy neurons that are connected somehow.
fn network(connect: impl FnOnce(ProjectionBuilder) -> ProjectionBuilder) -> NetworkBuilder {
    Network::build("recurrent")
        .population("N", N, "iaf_psc_delta", |p| p.poisson(9_000.0, 0.2))
        .project("N", "N", connect)
}

fn main() -> isospike::Result<()> {
    let folder = std::env::temp_dir().join(format!("isospike-example-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the matrices");

    // Half of the neurons excite, half inhibit; a tenth of all pairs are connected. One seed, one
    // network, on every machine.
    let normal = Generator::Normal { mean: 0.0, std: 5.0, sparsity: 0.9, glorot: true };
    let mut drawn = Vec::new();
    for i in 0..12 {
        // A row per source, a column per target, 0 where there is no synapse.
        let weights = network(|c| c.generator(normal)).seed(i).finish()?.weight_matrix(0)?;
        let line = |row: &[f64]| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        let text: Vec<String> = weights.rows().into_iter().map(|r| line(&r.to_vec())).collect();
        std::fs::write(folder.join(format!("{i}.csv")), text.join("\n")).expect("room for a file");
        drawn.push(weights);
    }

    // 2.csv comes before 10.csv. What is not square, not finite or a self-loop would be an error.
    let read = DatasetReader::default().read_folder(&folder);
    std::fs::remove_dir_all(&folder).expect("the folder is there");
    let read = read?;
    assert_eq!(read.len(), drawn.len());
    for (data, drawn) in read.into_iter().zip(drawn) {
        assert_eq!(data.edges, Edges::from_matrix(&drawn.view())?, "what was written is read");
        let synapses = data.edges.pre.len();
        let network = network(|c| c.edges(data.edges)).finish()?;
        let mut simulation = Simulation::new(network, &Options::default())?;
        let mut spikes = 0;
        simulation.run(500.0, |new| spikes += new.len())?;
        let rate = spikes as f64 / f64::from(N) / 0.5;
        println!("network {:>2}: {synapses} synapses, {rate:.1} spikes/s", data.name);
        assert!((20.0..100.0).contains(&rate), "driven, and not out of hand");
    }
    Ok(())
}
