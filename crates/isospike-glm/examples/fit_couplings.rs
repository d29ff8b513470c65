//! Fits the couplings of a network to its own spikes, and draws true against fitted weights.
//!
//! `cargo run --release -p isospike-glm --example fit_couplings` writes
//! `out/fit_couplings/weights.svg`: points on the diagonal are weights that were found.

use isospike::net::Edges;
use isospike::{Network, Options, Simulation};
use isospike_glm::{Emission, FitOptions, Glm, Link, Trains};
use plotters::prelude::*;
use plotters::style::register_font;
use std::error::Error;
use std::ops::ControlFlow;

/// Neurons.
const N: u32 = 20;
/// Steps of 1 ms.
const STEPS: u64 = 100_000;
/// What a neuron would spike at without input: a probability of 1 / (1 + e^2.5) = 0.076 a step.
const BIAS: f64 = -2.5;

fn main() -> Result<(), Box<dyn Error>> {
    let glm = Glm {
        link: Link::Sigmoid,
        emission: Emission::Bernoulli,
        scale: 1.0,
        coupling: vec![1.0, 0.7, 0.5, 0.3, 0.2],
        history: vec![-8.0, -3.0, -1.0],
    };
    let edges = couplings();
    let network = Network::build("couplings")
        .dt(1.0)
        .seed(2)
        .population("n", N, "glm_sigmoid_bernoulli", |p| {
            p.param("b", BIAS)
                .filter("coupling", glm.coupling.clone())
                .filter("history", glm.history.clone())
        })
        .project("n", "n", |c| c.edges(edges.clone()).delay(1.0))
        .finish()?;
    let mut simulation = Simulation::new(network, &Options::default())?;
    let mut spikes = Vec::new();
    simulation.run_steps(STEPS, 10_000, |_, new| {
        spikes.extend(new.iter().map(|s| (s.step, s.id as usize)));
        ControlFlow::Continue(())
    })?;
    println!("{} spikes of {N} neurons in {STEPS} steps", spikes.len());

    let trains = Trains::new(N as usize, STEPS, spikes)?;
    let fit = glm.fit(&trains, &FitOptions::default())?;
    println!("log-likelihood {:.1} after {} iterations", fit.log_likelihood, fit.iterations);

    let mut truth = vec![0.0; (N * N) as usize];
    let weights = edges.weight.as_deref().unwrap_or_default();
    for ((i, j), w) in edges.pre.iter().zip(&edges.post).zip(weights) {
        truth[(i * N + j) as usize] = *w;
    }
    let pairs = (0..N * N).filter(|k| k / N != k % N);
    let points: Vec<(f64, f64)> = pairs
        .map(|k| (truth[k as usize], fit.couplings.weight((k / N) as usize, (k % N) as usize)))
        .collect();
    let rms = points.iter().map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / points.len() as f64;
    println!("fitted weights are off by {:.3} (rms)", rms.sqrt());
    assert!(rms.sqrt() < 0.1, "the weights that made the spikes are found again");
    draw(&points)
}

/// A third of all pairs, weights between -1 and 1.
fn couplings() -> Edges {
    let mut edges = Edges { weight: Some(Vec::new()), ..Edges::default() };
    for i in 0..N {
        for j in (0..N).filter(|&j| j != i && (i * 7 + j * 4) % 3 == 0) {
            edges.pre.push(i);
            edges.post.push(j);
            let w = (f64::from((i * 13 + j * 29) % 17) - 8.0) / 8.0;
            edges.weight.iter_mut().for_each(|all| all.push(w));
        }
    }
    edges
}

/// True weights to the right, fitted ones upwards, both from -1.5 to 1.5.
fn draw(points: &[(f64, f64)]) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all("out/fit_couplings")?;
    let path = "out/fit_couplings/weights.svg";
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| "the font cannot be read")?;
    let area = SVGBackend::new(path, (400, 400)).into_drawing_area();
    area.fill(&WHITE)?;
    let range = -1.5..1.5;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(range.clone(), range)?;
    let mut mesh = chart.configure_mesh();
    mesh.x_desc("true weight").y_desc("fitted weight").light_line_style(WHITE).draw()?;
    chart.draw_series(LineSeries::new([(-1.5, -1.5), (1.5, 1.5)], BLACK.mix(0.4)))?;
    chart.draw_series(points.iter().map(|&p| Circle::new(p, 2, BLUE.filled())))?;
    area.present()?;
    println!("written: {path}");
    Ok(())
}
