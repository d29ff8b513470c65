//! How fast layers go through time, beside how fast this machine copies memory.
//!
//! `cargo run --release -p isospike-cpu --example layer_speed`: forward passes that keep nothing
//! move 8 bytes per neuron and step (an input in, a spike out), passes for training 24 (an input
//! in, a spike and h out; h and a derivative in, a derivative out). Few neurons are limited by
//! arithmetic instead.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_layer::{Backward, Forward, Keep, Layer, Saved, Shape, Spikes, State, Stored};
use std::error::Error;
use std::time::Instant;

const SHAPES: [(usize, usize); 3] = [(8, 1 << 20), (128, 40), (128, 1 << 16)];
/// Passes that are timed; the median counts.
const PASSES: usize = 9;

/// The median time of some runs (s).
fn median(mut run: impl FnMut()) -> f64 {
    run();
    let mut times = [0.0; PASSES];
    for time in &mut times {
        let start = Instant::now();
        run();
        *time = start.elapsed().as_secs_f64();
    }
    times.sort_unstable_by(f64::total_cmp);
    times[PASSES / 2]
}

/// Bytes a second that all threads together read and write when they copy.
fn copy_speed(threads: usize) -> f64 {
    let from = vec![1u8; 1 << 26];
    let mut to = vec![0u8; from.len()];
    let part = from.len() / threads;
    let time = median(|| {
        std::thread::scope(|scope| {
            for (from, to) in from.chunks(part).zip(to.chunks_mut(part)) {
                scope.spawn(|| to.copy_from_slice(from));
            }
        });
    });
    2.0 * from.len() as f64 / time
}

/// A pass forwards, and one backwards if what it kept is given.
struct Passes<'a> {
    device: &'a CpuDevice,
    layer: &'a Layer,
    shape: Shape,
    x: Vec<f32>,
    spikes: Vec<f32>,
    by_x: Vec<f32>,
    state: State<f32>,
    by_state: State<f32>,
    saved: Option<Saved<f32>>,
}

impl<'a> Passes<'a> {
    fn new(device: &'a CpuDevice, layer: &'a Layer, shape: Shape, train: bool) -> Self {
        let n = shape.count();
        let saved = train.then(|| Saved::new(layer, shape, Keep::Potentials).expect("room"));
        Passes {
            device,
            layer,
            shape,
            x: (0..n).map(|i| (i * 7 % 16) as f32 / 8.0).collect(),
            spikes: vec![1.0; n],
            by_x: vec![1.0; n],
            state: State::new(layer, shape.batch, shape.neurons),
            by_state: State::zero(layer, shape.batch, shape.neurons),
            saved,
        }
    }

    fn run(&mut self) {
        let (layers, x) = (self.device.layers(), Stored::Full(&self.x[..]));
        let pass = Forward {
            shape: self.shape,
            x,
            state: &mut self.state,
            spikes: Some(Spikes::Values(Stored::Full(&mut self.spikes))),
            v: None,
            saved: self.saved.as_mut(),
        };
        layers.forward(self.layer, pass).expect("a pass");
        if let Some(saved) = &self.saved {
            let pass = Backward {
                shape: self.shape,
                saved,
                x: Some(x),
                by_spikes: Some(Stored::Full(&self.spikes)),
                by_v: None,
                by_state: &mut self.by_state,
                by_x: Some(Stored::Full(&mut self.by_x)),
            };
            layers.backward(self.layer, pass).expect("a pass");
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let cores = std::thread::available_parallelism()?.get();
    for threads in [1, cores] {
        let device = CpuDevice::new(Cpu::with_threads(threads))?;
        let copy = copy_speed(threads);
        println!("{threads} threads, which copy {:.1} GB/s", copy / 1e9);
        println!("layer  T    N        pass     ms        GB/s   of copy");
        for (steps, neurons) in SHAPES {
            for neuron in ["if", "lif", "plif"] {
                let layer = Layer::new(isospike_layer::by_name(neuron).ok_or("it is bundled")?);
                for (pass, bytes) in [("forward", 8.0), ("train", 24.0)] {
                    let shape = Shape { steps, batch: 1, neurons };
                    let mut passes = Passes::new(&device, &layer, shape, pass == "train");
                    let time = median(|| passes.run());
                    let speed = bytes * shape.count() as f64 / time;
                    println!(
                        "{neuron:6} {steps:<4} {neurons:<8} {pass:8} {:<9.4} {:<6.2} {:.0} %",
                        time * 1e3,
                        speed / 1e9,
                        100.0 * speed / copy
                    );
                }
            }
        }
    }
    Ok(())
}
