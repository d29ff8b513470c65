//! Fits the strength of coupling and the noise of a network of Wong and Wang's populations to the
//! functional connectivity of the human cortex at rest: the correlations of BOLD between 100
//! regions, coupled by their tracts. Every point is a lane.
//!
//! ```sh
//! python3 crates/isospike/examples/fit_fc/fetch.py out/hcp
//! cargo run --release -p isospike --example fit_fc -- out/hcp
//! ```
//!
//! writes `out/fit_fc/fc.png`: correlations that were measured above the diagonal, those of the
//! best point below it; and how well every point does. It finds the edge at which the resting state
//! ends, G = 1.25, with a correlation of 0.23. More is not to be had of this model on these tracts:
//! they themselves correlate with the measured connectivity by 0.26, linear fluctuations on them by
//! 0.28.

use isospike::mass::{
    Connectome, Network, Observation, Plan, Sink, Source, Stage, Sweep, Values, matrix,
    models::ReducedWongWang,
};
use isospike::{DeviceOptions, open};
use ndarray::Array2;
use plotters::prelude::*;
use plotters::style::register_font;
use std::error::Error;

/// What is fitted, and between which bounds.
const AXES: [(&str, f64, f64); 2] = [("G", 0.0, 2.0), ("sigma", 0.0002, 0.006)];
/// Of a round.
const POINTS: usize = 32;
const ROUNDS: usize = 3;
/// The best of all span the next round.
const BEST: usize = 6;
/// Steps of 4 ms; correlations that are small take long to be known.
const STEPS: u64 = 750_000;
/// BOLD begins with a transient, ms.
const SKIP_MS: u64 = 30_000;
/// From one scan to the next, ms.
const TR: u64 = 720;

/// A point, how well it does, and its correlations.
struct Fit {
    score: f64,
    at: [f64; 2],
    fc: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else {
        println!("SKIPPED fit_fc: it needs a folder with what fetch.py fetches: fit_fc FOLDER");
        return Ok(());
    };
    let read = |name: &str| -> Result<Array2<f64>, Box<dyn Error>> {
        let path = format!("{folder}/{name}.txt");
        let text = std::fs::read_to_string(&path);
        let text =
            text.map_err(|e| format!("{path}: {e}; fetch.py beside this example makes it"))?;
        Ok(matrix(&path, &text)?)
    };
    let (mut weights, measured) = (read("weights")?, read("fc")?);
    let n = weights.nrows();
    if weights.dim() != (n, n) || measured.dim() != (n, n) || n < 2 {
        return Err("weights and correlations must be squares of one size".into());
    }
    let rows = weights.rows().into_iter().map(|row| row.sum());
    let most = rows.fold(0.0, f64::max);
    weights.mapv_inplace(|w| w / most);
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let target: Vec<f64> = pairs.iter().map(|&(i, j)| measured[[i, j]]).collect();
    let tracts: Vec<f64> = pairs.iter().map(|&(i, j)| weights[[i, j]]).collect();
    println!("{n} regions; tracts alone correlate with FC by {:.3}", pearson(&tracts, &target));

    let gating = Source { variable: 0, minus: None };
    let bold = Observation::samples(gating)
        .through(Stage::Average(5))
        .through(Stage::Bold { dt: 0.02 })
        .through(Stage::Every(TR / 20))
        .after(SKIP_MS / TR)
        .collect(Sink::Connectivity);
    let device = open("cpu", &DeviceOptions::default())?;
    let mut bounds: Vec<_> = AXES.map(|(name, low, high)| (name.to_owned(), low, high)).into();
    let mut all: Vec<Fit> = Vec::new();
    for round in 1..=ROUNDS {
        let sweep = Sweep::sobol(bounds.clone(), POINTS)?;
        let network = Network::new(&ReducedWongWang, Connectome::new(weights.view())?)
            .dt(4.0)?
            .param("w", Values::from(0.9))?
            .param("I_o", Values::from(0.3))?
            .coupling_param("b", Values::from(0.0))?
            .initial("S", Values::from(0.1))?
            .noise("S", Values::from(0.003))?;
        let plan = Plan::<f32>::new(sweep.apply(network, 1)?)?;
        let mut run = device.masses_f32()?.start(plan, std::slice::from_ref(&bold))?;
        run.run(STEPS)?;
        let seen = &run.observed()?[0];
        for point in 0..POINTS {
            let fc: Vec<f64> =
                (0..pairs.len()).map(|p| f64::from(seen.data[p * POINTS + point])).collect();
            let at = [0, 1].map(|k| sweep.axes()[k].values[point]);
            let score = pearson(&fc, &target);
            if score.is_finite() {
                all.push(Fit { score, at, fc });
            }
        }
        all.sort_by(|a, b| b.score.total_cmp(&a.score));
        let Some(Fit { score, at: [g, sigma], .. }) = all.first() else {
            return Err("no point stays finite".into());
        };
        println!("round {round}: G = {g:.4}, sigma = {sigma:.5}: correlation {score:.3}");
        for (k, (_, low, high)) in bounds.iter_mut().enumerate() {
            let best = || all[..BEST.min(all.len())].iter().map(|fit| fit.at[k]);
            (*low, *high) = (best().fold(f64::MAX, f64::min), best().fold(f64::MIN, f64::max));
        }
    }
    draw(&measured, &pairs, &all)
}

/// The correlation of two lists.
fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let mean = |all: &[f64]| all.iter().sum::<f64>() / n;
    let (mx, my) = (mean(x), mean(y));
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(a, b)| f(a - mx, b - my)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

fn draw(
    measured: &Array2<f64>,
    pairs: &[(usize, usize)],
    all: &[Fit],
) -> Result<(), Box<dyn Error>> {
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| "the font is damaged")?;
    std::fs::create_dir_all("out/fit_fc")?;
    let path = "out/fit_fc/fc.png";
    let root = BitMapBackend::new(path, (1300, 620)).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(640);
    let (best, n) = (&all[0], measured.nrows());
    let mut chart = ChartBuilder::on(&left)
        .caption("measured (above), simulated (below)", ("sans-serif", 22))
        .margin(15)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(0..n as i32, n as i32..0)?;
    chart.configure_mesh().disable_mesh().x_desc("region").draw()?;
    // both up to what all but a hundredth of the pairs have
    let most = |all: &[f64]| {
        let mut all = all.to_vec();
        all.sort_by(f64::total_cmp);
        all[all.len() * 99 / 100]
    };
    let given: Vec<f64> = pairs.iter().map(|&(i, j)| measured[[i, j]]).collect();
    let cells = [(&best.fc, true), (&given, false)];
    for (fc, below) in cells {
        let most = most(fc);
        chart.draw_series(pairs.iter().zip(fc.iter()).map(|(&(i, j), x)| {
            let (x0, y0) = if below { (j as i32, i as i32) } else { (i as i32, j as i32) };
            let shade = (255.0 * (1.0 - (x / most).clamp(0.0, 1.0))) as u8;
            let colour = RGBColor(shade, shade, 255 - (255 - shade) / 3);
            Rectangle::new([(x0, y0), (x0 + 1, y0 + 1)], colour.filled())
        }))?;
    }
    let span = |k: usize| {
        let at = || all.iter().map(move |fit| fit.at[k]);
        at().fold(f64::MAX, f64::min)..at().fold(f64::MIN, f64::max)
    };
    let mut chart = ChartBuilder::on(&right)
        .caption(format!("best correlation: {:.3}", best.score), ("sans-serif", 22))
        .margin(15)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(span(0), span(1))?;
    chart.configure_mesh().light_line_style(WHITE).x_desc("G").y_desc("sigma").draw()?;
    chart.draw_series(all.iter().rev().map(|fit| {
        let shade = (255.0 * (1.0 - fit.score.max(0.0) / best.score)) as u8;
        Circle::new((fit.at[0], fit.at[1]), 5, RGBColor(255, shade, shade).filled())
    }))?;
    root.present()?;
    println!("{path}");
    Ok(())
}
