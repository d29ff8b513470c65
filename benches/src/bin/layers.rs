//! One trainable layer, given as a JSON object as in `peers/spikingjelly_layer.py`; prints how long
//! a pass takes as one JSON line. Run by `peers/spikingjelly_run.py`.

use anyhow::{Context, Result};
use isospike::lane::huge_zeroed;
use isospike::resident;
use isospike_cpu::{Cpu, CpuDevice};
use isospike_layer::{
    Backward, Forward, Keep, Layer, Saved, Shape, Spikes, State, Stored, by_name,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

/// Fewest passes that are timed.
const FEWEST: usize = 3;

/// A layer and how it is run.
#[derive(Deserialize)]
struct Case {
    /// Name of the neuron.
    neuron: String,
    steps: usize,
    neurons: usize,
    /// Whether passes go back, too.
    train: bool,
    threads: usize,
    /// How long to measure.
    seconds: f64,
}

/// What a pass reads and writes.
struct Passes {
    device: CpuDevice,
    layer: Layer,
    shape: Shape,
    x: Vec<f32>,
    spikes: Vec<f32>,
    /// The derivative of the sum of all spikes.
    by_spikes: Vec<f32>,
    by_x: Vec<f32>,
    state: State<f32>,
    by_state: State<f32>,
    saved: Option<Saved<f32>>,
}

impl Passes {
    fn new(case: &Case) -> Result<Self> {
        let neuron = by_name(&case.neuron).context("no such neuron")?;
        let layer = Layer::new(neuron);
        let shape = Shape { steps: case.steps, batch: 1, neurons: case.neurons };
        let saved = case.train.then(|| Saved::new(&layer, shape, Keep::Potentials));
        let trained = if case.train { shape.count() } else { 0 };
        Ok(Passes {
            device: CpuDevice::new(Cpu::with_threads(case.threads))?,
            shape,
            x: filled(shape.count(), input),
            spikes: huge_zeroed(shape.count()),
            by_spikes: filled(trained, |_| 1.0),
            by_x: huge_zeroed(trained),
            state: State::new(&layer, 1, case.neurons),
            by_state: State::zero(&layer, 1, case.neurons),
            saved: saved.transpose()?,
            layer,
        })
    }

    fn run(&mut self) -> Result<()> {
        let (layers, x) = (self.device.layers(), Stored::Full(&self.x[..]));
        self.state.v.fill(0.0);
        let pass = Forward {
            shape: self.shape,
            x,
            state: &mut self.state,
            spikes: Some(Spikes::Values(Stored::Full(&mut self.spikes))),
            v: None,
            saved: self.saved.as_mut(),
        };
        layers.forward(&self.layer, pass)?;
        if let Some(saved) = &self.saved {
            self.by_state.v.fill(0.0);
            let pass = Backward {
                shape: self.shape,
                saved,
                x: Some(x),
                by_spikes: Some(Stored::Full(&self.by_spikes)),
                by_v: None,
                by_state: &mut self.by_state,
                by_x: Some(Stored::Full(&mut self.by_x)),
            };
            layers.backward(&self.layer, pass)?;
        }
        Ok(())
    }
}

/// An array in huge pages, as those of networks are.
fn filled(n: usize, number: impl Fn(usize) -> f32) -> Vec<f32> {
    let mut all = huge_zeroed(n);
    all.iter_mut().enumerate().for_each(|(i, x)| *x = number(i));
    all
}

/// Inputs between 0 and 2 that every language makes to the bit.
fn input(i: usize) -> f32 {
    let bits = (i as u32).wrapping_mul(2_654_435_761) >> 8;
    bits as f32 / (1 << 23) as f32
}

/// A digest of spikes, as bits, the first in the lowest.
fn digest_of_spikes(spikes: &[f32]) -> String {
    let bits = spikes.chunks(8).map(|chunk| {
        chunk.iter().enumerate().fold(0, |byte, (i, s)| byte | u8::from(*s != 0.0) << i)
    });
    hex(&bits.collect::<Vec<u8>>())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn main() -> Result<()> {
    let case = std::env::args().nth(1).context("a layer as a JSON object")?;
    let case: Case = serde_json::from_str(&case)?;
    let mut passes = Passes::new(&case)?;
    passes.run()?;
    let (mut times, end) = (Vec::new(), Instant::now() + Duration::from_secs_f64(case.seconds));
    while times.len() < FEWEST || Instant::now() < end {
        let start = Instant::now();
        passes.run()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_unstable_by(f64::total_cmp);
    let peak = resident::peak_bytes().context("the system does not say how much memory it is")?;
    let by_x: Vec<u8> = passes.by_x.iter().flat_map(|x| x.to_le_bytes()).collect();
    let line = serde_json::json!({
        "pass_s": times[times.len() / 2],
        "pass_min_s": times[0],
        "passes": times.len(),
        "rate": passes.spikes.iter().filter(|s| **s != 0.0).count() as f64
            / passes.shape.count() as f64,
        "spikes": digest_of_spikes(&passes.spikes),
        "by_x": case.train.then(|| hex(&by_x)),
        "rss_mb": peak as f64 / f64::from(1 << 20),
    });
    println!("{line}");
    Ok(())
}
