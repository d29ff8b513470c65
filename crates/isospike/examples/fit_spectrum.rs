//! Fits a column of Jansen and Rit to the spectrum of an EEG: a rhythm of 10 Hz on a background
//! that falls with frequency. Points of a Sobol sequence are lanes; after each round the best of
//! them say where the next ones lie.
//!
//! ```sh
//! cargo run --release -p isospike --example fit_spectrum
//! ```
//!
//! writes `out/fit_spectrum/spectrum.svg`.

use isospike::mass::{
    Connectome, Network, Observation, Plan, Sink, Source, Sweep, Values, models::JansenRit,
};
use isospike::{DeviceOptions, open};
use plotters::prelude::*;
use plotters::style::register_font;
use std::error::Error;

/// What is fitted, and between which bounds.
const AXES: [(&str, f64, f64); 7] = [
    ("mu", 0.05, 0.40),
    ("A", 2.0, 8.0),
    ("B", 10.0, 40.0),
    ("a", 0.05, 0.20),
    ("b", 0.02, 0.10),
    ("J", 80.0, 200.0),
    ("sigma", 0.005, 0.20),
];
const POINTS: usize = 2048;
const ROUNDS: usize = 5;
/// The best of a round span the next one.
const BEST: usize = 32;
/// ms
const SKIP: u64 = 2_000;
const STEPS: u64 = 34_000;
/// Samples of 1 ms.
const WINDOW: u64 = 1_024;
/// What is compared, Hz.
const BAND: std::ops::Range<f64> = 2.0..40.0;

/// The spectrum that is wanted, in any unit.
#[expect(clippy::disallowed_methods, reason = "a target, not a simulation")]
fn wanted(hz: f64) -> f64 {
    let background = 1.0 / (1.0 + (hz / 4.0).powi(2));
    let alpha = 0.8 * (-0.5 * ((hz - 10.0) / 1.2).powi(2)).exp();
    background + alpha
}

/// A point with its spectrum, and how far it is from the one that is wanted.
#[derive(Clone)]
struct Fit {
    error: f64,
    at: Vec<f64>,
    log_power: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let hz: Vec<f64> = (0..=WINDOW / 2).map(|k| 1000.0 * k as f64 / WINDOW as f64).collect();
    let band: Vec<usize> = (0..hz.len()).filter(|&k| BAND.contains(&hz[k])).collect();
    let target: Vec<f64> = band.iter().map(|&k| log10(wanted(hz[k]))).collect();
    let device = open("cpu", &DeviceOptions::default())?;
    let signal = Source { variable: 1, minus: Some(2) };
    let sink = Sink::Spectrum { window: WINDOW, hop: WINDOW / 2, dt: 1e-3 };
    let spectrum = Observation::samples(signal).after(SKIP).collect(sink);

    let mut bounds: Vec<_> = AXES.map(|(name, low, high)| (name.to_owned(), low, high)).into();
    let mut best: Vec<Fit> = Vec::new();
    for round in 1..=ROUNDS {
        let sweep = Sweep::sobol(bounds.clone(), POINTS)?;
        let column = Network::new(&JansenRit, Connectome::none(1))
            .dt(1.0)?
            .from_zero()
            .noise("y4", Values::from(0.01))?;
        let plan = Plan::<f32>::new(sweep.apply(column, round as u64)?)?;
        let mut run = device.masses_f32()?.start(plan, std::slice::from_ref(&spectrum))?;
        run.run(STEPS)?;
        let seen = &run.observed()?[0];
        for point in 0..POINTS {
            let power = |k: &usize| f64::from(seen.data[k * POINTS + point]);
            let log_power: Vec<f64> = band.iter().map(|k| log10(power(k))).collect();
            // an electrode says nothing of the unit: the mean may differ
            let n = band.len() as f64;
            let apart: Vec<f64> = log_power.iter().zip(&target).map(|(x, t)| x - t).collect();
            let mean = apart.iter().sum::<f64>() / n;
            let error = (apart.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / n).sqrt();
            let at = sweep.axes().iter().map(|axis| axis.values[point]).collect();
            let log_power = log_power.iter().map(|x| x - mean).collect();
            if error.is_finite() {
                best.push(Fit { error, at, log_power });
            }
        }
        best.sort_by(|a, b| a.error.total_cmp(&b.error));
        best.truncate(BEST);
        println!("round {round}: the best is {:.3} decades from the target", best[0].error);
        for (k, (_, low, high)) in bounds.iter_mut().enumerate() {
            let all = || best.iter().map(|fit| fit.at[k]);
            (*low, *high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
        }
    }
    let fit = &best[0];
    for ((name, ..), x) in AXES.iter().zip(&fit.at) {
        println!("{name:>6} = {x:.4}");
    }
    let axis: Vec<f64> = band.iter().map(|&k| hz[k]).collect();
    draw(&axis, &target, fit)
}

#[expect(clippy::disallowed_methods, reason = "a picture, not a simulation")]
fn log10(x: f64) -> f64 {
    x.log10()
}

fn draw(hz: &[f64], target: &[f64], fit: &Fit) -> Result<(), Box<dyn Error>> {
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| "the font is damaged")?;
    std::fs::create_dir_all("out/fit_spectrum")?;
    let path = "out/fit_spectrum/spectrum.svg";
    let root = SVGBackend::new(path, (800, 500)).into_drawing_area();
    root.fill(&WHITE)?;
    let all = || target.iter().chain(&fit.log_power).copied();
    let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
    let mut chart = ChartBuilder::on(&root)
        .caption("Jansen and Rit's column fitted to a spectrum", ("sans-serif", 22))
        .margin(15)
        .x_label_area_size(45)
        .y_label_area_size(60)
        .build_cartesian_2d(BAND, low - 0.1..high + 0.1)?;
    chart.configure_mesh().x_desc("frequency (Hz)").y_desc("log10 of power").draw()?;
    let lines = [("wanted", target, BLACK), ("fitted", &fit.log_power[..], RED)];
    for (name, all, colour) in lines {
        let points = hz.iter().copied().zip(all.iter().copied());
        let line = chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
        line.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
    }
    chart.configure_series_labels().border_style(BLACK).background_style(WHITE).draw()?;
    root.present()?;
    println!("{path}");
    Ok(())
}
