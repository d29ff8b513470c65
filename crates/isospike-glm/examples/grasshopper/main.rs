//! Fits a GLM to an auditory receptor of a grasshopper: its own spikes and the sound of the last
//! milliseconds.
//!
//! ```text
//! python3 crates/isospike-glm/examples/grasshopper/fetch.py out/grasshopper
//! cargo run --release -p isospike-glm --example grasshopper
//! ```
//!
//! fetches two recordings of 10 s and takes both; other files can be given as arguments. The first
//! four fifths of each are fitted, the rest is predicted. `out/grasshopper/NAME.svg` shows the
//! filters that were fitted to `NAME.csv`.

use isospike_glm::{Couplings, Emission, FitOptions, Glm, Link, Trains};
use isospike_lane::Math;
use plotters::prelude::*;
use plotters::style::register_font;
use std::error::Error;
use std::path::Path;

/// Where recordings are looked for, and where the picture goes.
const FOLDER: &str = "out/grasshopper";
/// Steps of 1 ms that own spikes and the sound are looked back on.
const LAGS: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<_> = std::env::args().skip(1).collect();
    if files.is_empty() {
        let fetched = [1, 2].map(|k| format!("{FOLDER}/{k}.csv"));
        files.extend(fetched.into_iter().filter(|file| Path::new(file).exists()));
    }
    if files.is_empty() {
        println!("SKIPPED grasshopper: no recording; fetch.py {FOLDER} fetches both");
    }
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        let (spikes, sound) = read(&text).ok_or_else(|| format!("{file}: not spikes,dB by ms"))?;
        let part = spikes.len() * 4 / 5;
        let known = trains(&spikes[..part], &sound[..part], LAGS)?;
        let new = trains(&spikes[part..], &sound[part..], LAGS)?;
        println!("{file}: {} spikes in {} ms", spikes.iter().sum::<u32>(), spikes.len());
        let glm = glm();
        let fit = glm.fit(&known, &FitOptions::default())?;
        println!(
            "  fitted to {part} ms: log-likelihood {:.2} after {} iterations, {:.3} bits per spike \
             above a constant rate",
            fit.log_likelihood,
            fit.iterations,
            bits_per_spike(&glm, &known, &fit.couplings)?
        );
        let own = trains(&spikes[..part], &[], LAGS)?;
        let own_fit = glm.fit(&own, &FitOptions::default())?;
        println!(
            "  by its own spikes alone: {:.3}",
            bits_per_spike(&glm, &own, &own_fit.couplings)?
        );
        let predicted = bits_per_spike(&glm, &new, &fit.couplings)?;
        println!("  the {} ms after that, predicted: {predicted:.3}", spikes.len() - part);
        assert!(predicted > 0.5, "sound and own spikes tell when it spikes");
        draw(&fit.couplings, Path::new(file))?;
    }
    Ok(())
}

/// At most one spike per ms; everything that drives it is a covariate.
fn glm() -> Glm {
    let (link, emission) = (Link::Sigmoid, Emission::Bernoulli);
    Glm { link, emission, scale: 1.0, coupling: Vec::new(), history: Vec::new() }
}

/// Spikes and sound (dB) of each ms.
fn read(text: &str) -> Option<(Vec<u32>, Vec<f64>)> {
    let rows = text.lines().filter(|l| !l.starts_with(['#', 's']));
    let read = |row: &str| -> Option<(u32, f64)> {
        let (n, db) = row.split_once(',')?;
        Some((n.parse().ok()?, db.parse().ok()?))
    };
    Some(rows.map(read).collect::<Option<Vec<_>>>()?.into_iter().unzip())
}

/// A record of one neuron with its covariates: own spikes at each lag from 1 ms on, then the sound
/// at each lag, in 10 dB above -12 dB.
fn trains(spikes: &[u32], sound: &[f64], lags: usize) -> Result<Trains, Box<dyn Error>> {
    let at = spikes.iter().enumerate().flat_map(|(t, &n)| (0..n).map(move |_| (t as u64, 0)));
    let mut trains = Trains::new(1, spikes.len() as u64, at)?;
    let own: Vec<f64> = spikes.iter().map(|&n| f64::from(n)).collect();
    let sound: Vec<f64> = sound.iter().map(|db| (db + 12.0) / 10.0).collect();
    for values in [own, sound].iter().filter(|v| !v.is_empty()) {
        for lag in 1..=lags {
            let before = |t: usize| t.checked_sub(lag).map_or(0.0, |t| values[t]);
            trains = trains.with_covariate((0..values.len()).map(before).collect())?;
        }
    }
    Ok(trains)
}

/// How much better it is than a constant rate.
fn bits_per_spike(glm: &Glm, trains: &Trains, at: &Couplings) -> Result<f64, Box<dyn Error>> {
    let spikes: f64 = trains.of(0).iter().map(|s| f64::from(s.1)).sum();
    let p = spikes / trains.steps() as f64;
    let mut constant = Couplings::zero_for(trains);
    constant.set_bias(0, Math::log(p / (1.0 - p)));
    let gain = glm.likelihood(trains, at)?.value - glm.likelihood(trains, &constant)?.value;
    Ok(gain / spikes / std::f64::consts::LN_2)
}

/// Weights of own spikes and of the sound by their lag.
fn draw(at: &Couplings, recording: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(FOLDER)?;
    let name = recording.file_stem().unwrap_or_default().to_string_lossy();
    let path = format!("{FOLDER}/{name}.svg");
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| "the font cannot be read")?;
    let area = SVGBackend::new(&path, (480, 320)).into_drawing_area();
    area.fill(&WHITE)?;
    let weights: Vec<f64> = (0..at.covariates()).map(|k| at.covariate(k, 0)).collect();
    let (low, high) = weights.iter().fold((0.0f64, 0.0f64), |(a, b), &w| (a.min(w), b.max(w)));
    // what never happens has a weight without end
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(32)
        .y_label_area_size(40)
        .build_cartesian_2d(0.5..LAGS as f64 + 0.5, low.max(-8.0) - 0.5..high + 0.5)?;
    chart.configure_mesh().x_desc("lag (ms)").y_desc("weight").light_line_style(WHITE).draw()?;
    for (weights, (colour, name)) in
        weights.chunks(LAGS).zip([(BLACK, "own spikes"), (BLUE, "sound, per 10 dB")])
    {
        let points = weights.iter().enumerate().map(|(k, &w)| ((k + 1) as f64, w.max(-8.0)));
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
    }
    chart.configure_series_labels().position(SeriesLabelPosition::LowerRight).draw()?;
    area.present()?;
    println!("  written: {path}");
    Ok(())
}
