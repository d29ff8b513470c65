//! How fast layers go through time, beside how fast this machine copies memory: with what the
//! system copies with or with streaming stores, whichever is faster.
//!
//! `cargo run --release -p isospike-cpu --example layer_speed`: forward passes that keep nothing
//! move 8 bytes per neuron and step (an input in, a spike out), passes for training 24 (an input
//! in, a spike and h out; h and a derivative in, a derivative out). Few neurons are limited by
//! arithmetic instead.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::{LINE, Stream};
use isospike_layer::{Backward, Forward, Keep, Layer, Saved, Shape, Spikes, State, Stored};
use std::error::Error;
use std::time::Instant;

const SHAPES: [(usize, usize); 3] = [(8, 1 << 20), (128, 40), (128, 1 << 16)];
/// Passes that are timed, each after a copy; the medians count.
const PASSES: usize = 25;
/// Numbers of a copy: as many bytes as the largest layer reads.
const COPIED: usize = 1 << 23;

/// The median time of a pass (s), and the fewest seconds in which the bytes it moves are copied:
/// the two take turns, so that a slow minute of the machine touches both.
fn medians(copies: &mut Copies, bytes: f64, mut pass: impl FnMut()) -> (f64, f64) {
    let median = |times: &mut [f64]| {
        times.sort_unstable_by(f64::total_cmp);
        times[PASSES / 2]
    };
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    pass();
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..PASSES {
        times[0].push(time(&mut pass));
        times[1].push(time(&mut || copies.run(<[f32]>::copy_from_slice)));
        times[2].push(time(&mut || copies.run(stream)));
    }
    let [pass, system, streamed] = times.each_mut().map(|times| median(times));
    let copied = 2.0 * (COPIED * size_of::<f32>()) as f64;
    (pass, system.min(streamed) * bytes / copied)
}

/// What is copied, by how many threads.
struct Copies {
    threads: usize,
    from: Vec<f32>,
    to: Vec<f32>,
}

impl Copies {
    fn run(&mut self, copy: fn(&mut [f32], &[f32])) {
        let part = COPIED / self.threads;
        std::thread::scope(|scope| {
            let mut parts: Vec<_> = self.from.chunks(part).zip(self.to.chunks_mut(part)).collect();
            let own = parts.pop();
            for (from, to) in parts {
                scope.spawn(move || copy(to, from));
            }
            own.into_iter().for_each(|(from, to)| copy(to, from));
        });
    }
}

/// Copies whole lines past the caches.
fn stream(to: &mut [f32], from: &[f32]) {
    let head = to.as_ptr().align_offset(LINE);
    let (to, from) = (to[head..].as_chunks_mut::<16>().0, from[head..].as_chunks::<16>().0);
    // SAFETY: nobody reads `to` before the fence.
    let far = unsafe { Stream::new() };
    to.iter_mut().zip(from).for_each(|(to, from)| far.store(from, to));
    far.fence();
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
        let mut copies = Copies { threads, from: vec![1.0; COPIED], to: vec![0.0; COPIED] };
        println!("{threads} threads");
        println!("layer  T    N        pass     ms        GB/s   of copy");
        for (steps, neurons) in SHAPES {
            for neuron in ["if", "lif", "plif"] {
                let layer = Layer::new(isospike_layer::by_name(neuron).ok_or("it is bundled")?);
                for (pass, bytes) in [("forward", 8.0), ("train", 24.0)] {
                    let shape = Shape { steps, batch: 1, neurons };
                    let bytes = bytes * shape.count() as f64;
                    let mut passes = Passes::new(&device, &layer, shape, pass == "train");
                    let (time, copy) = medians(&mut copies, bytes, || passes.run());
                    println!(
                        "{neuron:6} {steps:<4} {neurons:<8} {pass:8} {:<9.4} {:<6.2} {:.0} %",
                        time * 1e3,
                        bytes / time / 1e9,
                        100.0 * copy / time
                    );
                }
            }
        }
    }
    Ok(())
}
