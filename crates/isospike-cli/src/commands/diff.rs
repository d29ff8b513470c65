//! `isospike diff`: where two runs part.

use crate::args::DiffArgs;
use crate::failure::Failure;
use crate::spikes;
use crate::text;
use isospike::Spike;
use isospike::backend::memory::thousands;
use isospike_record::{Header, Reader};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// Exit code when the runs differ.
const DIFFERENT: u8 = 1;

#[derive(Serialize)]
struct Difference {
    /// Spikes and all that they are counted in.
    equal: bool,
    n_spikes: [u64; 2],
    n_steps: [u64; 2],
    dt_ms: [f64; 2],
    batch: [u32; 2],
    populations_equal: bool,
    first: Option<First>,
}

/// The first spike that only one file has.
#[derive(Serialize)]
struct First {
    /// `"a"` or `"b"`.
    only_in: &'static str,
    step: u64,
    time_ms: f64,
    lane: u32,
    id: u32,
    population: Option<String>,
    /// Index in its population.
    neuron: Option<u32>,
}

/// Compares two runs: time step, length, lanes, populations, and spike by spike.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn diff(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let (a, b) = (spikes::open(&args.a)?, spikes::open(&args.b)?);
    let headers = [a.header.clone(), b.header.clone()];
    let n_spikes = [a.n_spikes, b.n_spikes];
    let first = first_difference(a, b)?.map(|(side, s)| First::new(side, s, &headers[side]));
    let [ha, hb] = &headers;
    let difference = Difference {
        // The same spikes of a longer run, or of other populations, are another result.
        equal: first.is_none() && ha == hb,
        n_spikes,
        n_steps: [ha.n_steps, hb.n_steps],
        dt_ms: [ha.dt_ms, hb.dt_ms],
        batch: [ha.batch, hb.batch],
        populations_equal: ha.populations == hb.populations,
        first,
    };
    if args.json {
        text::print_json(&difference);
    } else {
        text::print(&page(&difference, &headers, [&args.a, &args.b]));
    }
    Ok(if difference.equal { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
}

impl First {
    fn new(side: usize, s: Spike, header: &Header) -> First {
        let population = header.population_of(s.id).map(|p| &header.populations[p]);
        First {
            only_in: ["a", "b"][side],
            step: s.step,
            time_ms: header.time_ms(s.step),
            lane: s.lane,
            id: s.id,
            population: population.map(|p| p.name.clone()),
            neuron: population.map(|p| s.id - p.first_id),
        }
    }
}

fn page(d: &Difference, [a, b]: &[Header; 2], paths: [&Path; 2]) -> String {
    let mut out = String::new();
    let mut note = |differ: bool, what: String| {
        if differ {
            out.push_str(&what);
            out.push('\n');
        }
    };
    note(a.dt_ms != b.dt_ms, format!("dt differs: {} and {} ms", a.dt_ms, b.dt_ms));
    note(a.n_steps != b.n_steps, format!("lengths differ: {} and {} steps", a.n_steps, b.n_steps));
    note(a.batch != b.batch, format!("batches differ: {} and {} lanes", a.batch, b.batch));
    note(a.populations != b.populations, "populations differ".into());
    match &d.first {
        None => {
            let n = text::count(d.n_spikes[0], "spikes");
            let but = if d.equal { "" } else { ", but the runs differ" };
            out.push_str(&format!("{n}, all equal{but}\n"));
        }
        Some(f) => {
            let side = usize::from(f.only_in == "b");
            let neuron = match (&f.population, f.neuron) {
                (Some(p), Some(i)) => format!("neuron {} ({p} {i})", f.id),
                _ => format!("neuron {}", f.id),
            };
            out.push_str(&format!(
                "first divergence: step {}, time {:.4} ms, lane {}, {neuron}: only in {}\n\
                 {} and {} spikes\n",
                f.step,
                f.time_ms,
                f.lane,
                paths[side].display(),
                thousands(d.n_spikes[0]),
                thousands(d.n_spikes[1])
            ));
        }
    }
    out
}

/// The smallest spike that one file has and the other does not, and which (0 or 1).
fn first_difference(mut a: Reader, mut b: Reader) -> Result<Option<(usize, Spike)>, Failure> {
    let (mut pa, mut pb) = (Vec::new().into_iter(), Vec::new().into_iter());
    loop {
        if pa.as_slice().is_empty() {
            pa = a.piece()?.into_iter();
        }
        if pb.as_slice().is_empty() {
            pb = b.piece()?.into_iter();
        }
        match (pa.next(), pb.next()) {
            (None, None) => return Ok(None),
            (Some(x), Some(y)) if x == y => {}
            (Some(x), Some(y)) => return Ok(Some(if x < y { (0, x) } else { (1, y) })),
            (Some(x), None) => return Ok(Some((0, x))),
            (None, Some(y)) => return Ok(Some((1, y))),
        }
    }
}
