//! A network run for a while with everything recorded and nothing held: spikes as SONATA's HDF5,
//! counts that NumPy maps, a potential over time, and statistics that need no file.
//!
//! `cargo run --release -p isospike-record --example record [DIR]`

use isospike::{Network, Options, Precision, Simulation};
use isospike_record::stats::{Correlations, Intervals, Rates, Spectrum, Welch};
use isospike_record::{Counts, Filter, Header, Probe, Selection, Sink, SpikesSonata};
use std::ops::ControlFlow;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given = std::env::args().nth(1).map(PathBuf::from);
    let dir = given.unwrap_or_else(|| std::env::temp_dir().join("isospike-record"));
    std::fs::create_dir_all(&dir)?;

    // 100 neurons on their own, driven at random: their potentials differ, their drive does not.
    let network = Network::build("hundred")
        .population("e", 80, "iaf_psc_exp", |p| p.poisson(2800.0, 60.0))
        .population("i", 20, "iaf_psc_exp", |p| p.poisson(3000.0, 60.0))
        .finish()?;
    let header = Header::of(&network);
    let mut simulation = Simulation::new(network, &Options::default())?;

    // All neurons, all steps; 10 neurons in bins of 5 ms; one population in bins of 1 ms.
    let all = Selection::all(&header);
    let ten = Selection::all(&header).ids(0..10)?.every(50)?;
    let e = Selection::all(&header).populations(&header, &["e"])?.every(10)?;

    let mut files: Vec<Box<dyn Sink>> = vec![
        Box::new(SpikesSonata::create(&dir.join("spikes.h5"), &header, &all)?),
        Box::new(Filter::new(&e, Counts::create(&dir.join("counts.npy"), &e)?)),
    ];
    let mut rates = Rates::new(&header, &all);
    let mut intervals = Intervals::new(&header, &all);
    let mut correlations = Filter::new(&ten, Correlations::new(&ten));
    let welch = Welch { segment: 256, overlap: 128 };
    let mut spectrum = Filter::new(&e, Spectrum::new(&header, &e, welch)?);

    // The potential of three neurons every 10 steps.
    let three = Selection::all(&header).ids(3..6)?.every(10)?;
    let path = dir.join("V_m.npy");
    let mut probe = Probe::create(&path, Precision::F32, &header.populations[0], 1, &three)?;

    let steps = 20_000;
    while simulation.step() < steps {
        if probe.until_next(simulation.step()) == Some(0) {
            let values = simulation.values("e", "V_m")?;
            let values: Vec<_> = values.iter().copied().collect();
            probe.sample(simulation.step(), &values)?;
        }
        let n = probe.until_next(simulation.step()).unwrap_or(steps);
        let mut recorded = Ok(());
        simulation.run_steps(n.min(steps - simulation.step()), 1000, |reached, spikes| {
            let sinks: [&mut dyn Sink; 5] =
                [&mut files, &mut rates, &mut intervals, &mut correlations, &mut spectrum];
            recorded = sinks.into_iter().try_for_each(|sink| sink.push(spikes, reached));
            if recorded.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        recorded?;
    }

    let mut finished = files.finish()?;
    for sink in [&mut rates as &mut dyn Sink, &mut intervals, &mut correlations, &mut spectrum] {
        finished.lost += sink.finish()?.lost;
    }
    finished.files.extend(probe.finish()?.files);
    for file in &finished.files {
        println!("{}", file.display());
    }
    println!("spikes that no cell could hold: {}", finished.lost);

    for p in &rates.result().populations {
        println!("{}: {} spikes, {:.2} spikes/s", p.name, p.spikes, p.rate_hz);
    }
    let cv: Vec<_> = intervals.result().into_iter().filter_map(|n| n.cv).collect();
    let cv = cv.iter().sum::<f64>() / cv.len() as f64;
    println!("mean CV of intervals: {cv:.2}");
    let result = correlations.sink().result();
    let others = result.correlation.iter().flatten().filter(|r| **r < 1.0);
    let largest = others.fold(0.0f64, |most, r| most.max(r.abs()));
    println!("largest correlation of ten neurons in {} bins: {largest:.2}", result.bins);
    let result = spectrum.sink().result();
    println!("spectrum of e: {} segments, {} frequencies", result.segments, result.density.len());

    assert!(finished.lost == 0 && cv < 1.0 && largest < 0.3);
    Ok(())
}
