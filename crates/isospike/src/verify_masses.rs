//! One network of neural masses everywhere: what is observed and state must be equal on every
//! device of the machine.

use crate::verify::{Ran, Verification, everywhere};
use crate::{Divergence, Options, Place};
use isospike_backend::digest::SlotsDigest;
use isospike_backend::{Device, Error, ErrorKind, Result};
use isospike_mass::{
    MassError, MassRun, Masses, Network, Observation, Plan as MassPlan, Real, Source,
};
use isospike_net::Precision;
use std::sync::Arc;
use std::time::Instant;

/// Steps whose samples are kept at a time.
const PORTION: u64 = 256;

/// Runs a network for so many steps at every one of the [`places`](crate::places()) and compares
/// the signal after each step and all state variables at the end; `begin` is called with each
/// place before it is tried. `options` says what is not about devices.
///
/// # Errors
/// `Invalid` for a network that is wrong; `NotFinite` if the first run says so.
pub fn verify_masses(
    network: &Network,
    signal: Source,
    precision: Precision,
    steps: u64,
    options: &Options,
    begin: impl FnMut(&Place),
) -> Result<Verification> {
    match precision {
        Precision::F32 => {
            let open = |device: &dyn Device| device.masses_f32();
            Everywhere { network, signal, steps, open }.verify(options, begin)
        }
        Precision::F64 => {
            let open = |device: &dyn Device| device.masses_f64();
            Everywhere { network, signal, steps, open }.verify(options, begin)
        }
    }
}

/// SHA-256 over all state variables, `[node][lane]` each, by name.
///
/// # Errors
/// What the device says.
pub fn masses_digest<F: Real>(network: &Network, run: &dyn MassRun<F>) -> Result<String> {
    let mut digest = SlotsDigest::default();
    for (k, variable) in network.recipe().node.state().iter().enumerate() {
        let values = run.state(k).map_err(of_device)?;
        digest.slot(variable.name, size_of_val(&values[..]));
        digest.numbers(&values);
    }
    Ok(digest.hex())
}

/// What is run everywhere, and how a device runs it.
struct Everywhere<'a, O> {
    network: &'a Network,
    signal: Source,
    steps: u64,
    open: O,
}

impl<F: Real, O: Fn(&dyn Device) -> Result<Arc<dyn Masses<F>>>> Everywhere<'_, O> {
    fn verify(&self, options: &Options, begin: impl FnMut(&Place)) -> Result<Verification> {
        everywhere(options, begin, |place| self.run(place), |places| self.part(places))
    }

    fn start(&self, place: &Place) -> Result<Box<dyn MassRun<F>>> {
        let (device, _) = place.options.open()?;
        let plan = MassPlan::<F>::new(self.network.clone()).map_err(invalid)?;
        let run = (self.open)(&*device)?.start(plan, &[Observation::samples(self.signal)]);
        run.map_err(|e| match e {
            MassError::Device(why) => Error::new(ErrorKind::Unsupported, why),
            other => invalid(other),
        })
    }

    fn run(&self, place: &Place) -> Result<Ran> {
        let begun = Instant::now();
        let mut run = self.start(place)?;
        let build_s = begun.elapsed().as_secs_f64();
        let numbers = self.steps as usize * self.network.nodes() * self.network.seeds().len();
        let mut digest = SlotsDigest::default();
        digest.slot("signal", numbers * size_of::<F>());
        let (mut done, begun) = (0, Instant::now());
        while done < self.steps {
            let n = PORTION.min(self.steps - done);
            run.run(n).map_err(of_device)?;
            let seen = run.take(0).map_err(of_device)?;
            digest.numbers(&seen.data);
            done += n;
        }
        let simulate_s = begun.elapsed().as_secs_f64();
        let stopped = run.stopped().map_err(of_device)?;
        if let Some((lane, step)) = stopped.iter().enumerate().find_map(|(l, s)| Some((l, (*s)?))) {
            let message = format!("lane {lane} is not finite after step {step}");
            return Err(Error::new(ErrorKind::NotFinite, message));
        }
        Ok(Ran {
            digest: digest.hex(),
            state_digest: masses_digest(self.network, &*run)?,
            n_spikes: None,
            build_s,
            simulate_s,
        })
    }

    /// The first step after which states differ.
    fn part(&self, places: [&Place; 2]) -> Result<Option<Divergence>> {
        let [mut a, mut b] = [self.start(places[0])?, self.start(places[1])?];
        let lanes = self.network.seeds().len();
        for step in 0..self.steps {
            for run in [&mut a, &mut b] {
                run.run(1).map_err(of_device)?;
                // samples are not needed
                let _ = run.take(0).map_err(of_device)?;
            }
            for (k, variable) in self.network.recipe().node.state().iter().enumerate() {
                let [x, y] = [a.state(k).map_err(of_device)?, b.state(k).map_err(of_device)?];
                let apart = |(x, y): (&F, &F)| {
                    let [x, y] = [x.to_f64(), y.to_f64()];
                    x.to_bits() != y.to_bits() && !(x.is_nan() && y.is_nan())
                };
                let Some(at) = x.iter().zip(&y).position(apart) else { continue };
                let (name, node, lane) = (variable.name, at / lanes, at % lanes);
                let values = format!("{} on {}, {} on {}", x[at], places[0], y[at], places[1]);
                let what = format!("{name} of node {node}, lane {lane}: {values}");
                return Ok(Some(Divergence { step, what }));
            }
        }
        Ok(None)
    }
}

fn invalid(e: MassError) -> Error {
    Error::new(ErrorKind::Invalid, e.to_string())
}

fn of_device(e: MassError) -> Error {
    Error::new(ErrorKind::Device, e.to_string())
}
