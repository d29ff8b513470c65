//! A network of Jansen and Rit's columns for many strengths of coupling and mean inputs at once:
//! where does it oscillate? Every point is a lane; each lane's deviation of the signal an EEG sees
//! is computed while the network runs.
//!
//! ```sh
//! cargo run --release -p isospike --example masses
//! ```

use isospike::mass::{
    Axis, Connectome, Network, Observation, Plan, Sink, Source, Sweep, Values, models::JansenRit,
};
use isospike::{DeviceOptions, open};
use ndarray::Array2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 16 columns on a ring; signals travel 10 mm a step to the next one, at 3 mm/ms
    let n = 16;
    let steps = |i: usize, j: usize| i.abs_diff(j).min(n - i.abs_diff(j));
    let weights =
        Array2::from_shape_fn((n, n), |(i, j)| if i == j { 0.0 } else { 1.0 / steps(i, j) as f64 });
    let lengths = Array2::from_shape_fn((n, n), |(i, j)| 10.0 * steps(i, j) as f64);
    let lfp = Source { variable: 1, minus: Some(2) };

    let network =
        Network::new(&JansenRit, Connectome::with_lengths(weights.view(), lengths.view())?)
            .dt(0.5)?
            .from_zero()
            .input("c", Some(lfp))?
            .noise("y4", Values::from(1e-3))?;
    let (strengths, inputs) = (8, 10);
    let sweep = Sweep::grid(vec![
        Axis::linear("G", 0.0, 2e-3, strengths),
        Axis::linear("mu", 0.05, 0.35, inputs),
    ])?;
    let network = sweep.apply(network, 1)?;

    let plan = Plan::<f32>::new(network)?;
    println!("{} lanes, {} bytes", sweep.points(), plan.memory().total());
    let moments = Observation::samples(lfp).after(1000).collect(Sink::Moments);
    let device = open("cpu", &DeviceOptions::default())?;
    let mut run = device.masses_f32()?.start(plan, &[moments])?;
    run.run(4000)?;

    // [mean, deviation, least, most][column][lane]
    let seen = &run.observed()?[0];
    let deviation = |lane: usize| {
        (0..n).map(|i| seen.data[(n + i) * sweep.points() + lane]).sum::<f32>() / n as f32
    };
    println!("deviation of y1 - y2 in mV; G grows downwards, mu to the right");
    for g in 0..strengths {
        let row = (0..inputs).map(|k| format!("{:5.2}", deviation(g * inputs + k)));
        println!("{}", row.collect::<Vec<_>>().join(" "));
    }
    Ok(())
}
