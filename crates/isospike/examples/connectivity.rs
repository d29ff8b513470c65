//! Connectivity as data: networks under Dale's rule are drawn, written as matrices of weights, read
//! back from the folder in natural order and simulated, each with the spikes of the one that was
//! drawn.
//!
//! `cargo run --release -p isospike --example connectivity`

use isospike::net::{DatasetReader, Edges, Generator, NetworkBuilder, ProjectionBuilder};
use isospike::{Network, Options, Simulation, Spike};

const N: u32 = 100;

/// Noisy neurons that are connected somehow.
fn network(connect: impl FnOnce(ProjectionBuilder) -> ProjectionBuilder) -> NetworkBuilder {
    Network::build("recurrent")
        .population("N", N, "iaf_psc_delta", |p| p.poisson(9_000.0, 0.2))
        .project("N", "N", connect)
}

fn spikes(network: Network) -> isospike::Result<Vec<Spike>> {
    let mut simulation = Simulation::new(network, &Options::default())?;
    let mut spikes = Vec::new();
    simulation.run(500.0, |new| spikes.extend_from_slice(new))?;
    Ok(spikes)
}

fn main() -> isospike::Result<()> {
    let folder = std::env::temp_dir().join(format!("isospike-example-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the matrices");

    // Half of the neurons excite, half inhibit; a tenth of all pairs are connected. One seed, one
    // network, on every machine.
    let normal = Generator::Normal { mean: 0.0, std: 5.0, sparsity: 0.9, glorot: true };
    let drawn: Vec<Network> = (0..12)
        .map(|seed| network(|c| c.generator(normal)).seed(seed).lane_seeds(vec![1]).finish())
        .collect::<Result<_, _>>()?;
    for (i, network) in drawn.iter().enumerate() {
        // A row per source, a column per target, 0 where there is no synapse.
        let weights = network.weight_matrix(0)?;
        let line = |row: &[f64]| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        let text: Vec<String> = weights.rows().into_iter().map(|r| line(&r.to_vec())).collect();
        std::fs::write(folder.join(format!("{i}.csv")), text.join("\n")).expect("room for a file");
    }

    // 2.csv comes before 10.csv. What is not square, not finite or a self-loop would be an error.
    let read = DatasetReader::default().read_folder(&folder);
    std::fs::remove_dir_all(&folder).expect("the folder is there");
    for (data, drawn) in read?.into_iter().zip(drawn) {
        let weights = drawn.weight_matrix(0)?;
        assert_eq!(data.edges, Edges::from_matrix(&weights.view())?);
        let expected = spikes(drawn)?;
        let again = spikes(network(|c| c.edges(data.edges)).finish()?)?;
        assert!(!again.is_empty() && again == expected, "the same network, the same spikes");
        println!(
            "network {:>2}: {} synapses, {:.1} spikes/s",
            data.name,
            weights.iter().filter(|w| **w != 0.0).count(),
            again.len() as f64 / f64::from(N) / 0.5
        );
    }
    Ok(())
}
