//! A layer finds the time constant of another by its spikes.
//!
//! `cargo run --release -p isospike-layer --example learn_tau`: a teacher of 64 neurons with a time
//! constant of 5 steps fires at 64 constant inputs for 32 steps. A pupil begins with 2 steps. Its
//! loss is how far its spike counts are from the teacher's, and its only parameter is that of
//! `plif`.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_layer::{
    Backward, Forward, Keep, Layer, LayerError, Saved, Shape, Spikes, State, Stored,
    neurons::{Plif, w_of_tau},
};
use std::error::Error;

const SHAPE: Shape = Shape { steps: 32, batch: 1, neurons: 64 };

/// A device, a layer's inputs, and what its passes need.
struct Bench {
    device: CpuDevice,
    x: Vec<f32>,
    saved: Saved<f32>,
}

impl Bench {
    /// How often each neuron fires.
    fn counts(&mut self, layer: &Layer) -> Result<Vec<f32>, LayerError> {
        let mut spikes = vec![0.0; SHAPE.count()];
        let pass = Forward {
            shape: SHAPE,
            x: Stored::Full(&self.x),
            state: &mut State::new(layer, SHAPE.batch, SHAPE.neurons),
            spikes: Some(Spikes::Values(Stored::Full(&mut spikes))),
            v: None,
            saved: Some(&mut self.saved),
        };
        self.device.layers().forward(layer, pass)?;
        let of = |n| spikes.iter().skip(n).step_by(SHAPE.width()).sum();
        Ok((0..SHAPE.width()).map(of).collect())
    }

    /// The derivative by w of the last pass, from that by the counts.
    fn by_w(&self, layer: &Layer, by_counts: &[f32]) -> Result<f32, LayerError> {
        // a count is a plain sum: each of its spikes has its derivative
        let by_spikes = by_counts.repeat(SHAPE.steps);
        let pass = Backward {
            shape: SHAPE,
            saved: &self.saved,
            x: Some(Stored::Full(&self.x)),
            by_spikes: Some(Stored::Full(&by_spikes)),
            by_v: None,
            by_state: &mut State::zero(layer, SHAPE.batch, SHAPE.neurons),
            by_x: None,
        };
        Ok(self.device.layers().backward(layer, pass)?[0])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let teacher = Layer::new(&Plif::<false>).param("w", w_of_tau(5.0)?)?;
    let mut pupil = Layer::new(&Plif::<false>).param("w", w_of_tau(2.0)?)?;
    let row: Vec<f32> = (0..SHAPE.neurons).map(|n| 0.15 + n as f32 / 100.0).collect();
    let mut bench = Bench {
        device: CpuDevice::new(Cpu::with_threads(1))?,
        x: row.repeat(SHAPE.steps),
        saved: Saved::new(&teacher, SHAPE, Keep::Potentials)?,
    };
    let wanted = bench.counts(&teacher)?;
    let mut rate = 0.2;
    let mut best = (f32::INFINITY, f64::NAN);
    for round in 0..60 {
        let counts = bench.counts(&pupil)?;
        let off: Vec<f32> = counts.iter().zip(&wanted).map(|(a, b)| a - b).collect();
        let loss = off.iter().map(|x| x * x).sum::<f32>() / off.len() as f32;
        let w = pupil.value("w")?;
        let tau = 1.0 + isospike_lane::precise::exp(-w);
        if loss < best.0 {
            best = (loss, tau);
        }
        if round % 10 == 0 {
            println!("round {round}: tau {tau:.3}, loss {loss:.3}");
        }
        // only the sign of the derivative is used, with smaller and smaller steps
        let by_w = bench.by_w(&pupil, &off)?;
        pupil.set("w", w - rate * f64::from(by_w.signum()))?;
        rate *= 0.92;
    }
    println!("best: tau {:.3}, loss {:.3}", best.1, best.0);
    assert!((best.1 - 5.0).abs() < 0.25, "the teacher's time constant is found");
    Ok(())
}
