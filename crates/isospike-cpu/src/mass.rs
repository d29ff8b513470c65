//! Networks of neural masses: tiles of lanes spread over threads.

use crate::device::CpuDevice;
use isospike_mass::{MassError, Observation, Observed, Part, Plan, Real, assemble, assemble_state};
use rayon::prelude::*;
use std::sync::Arc;

/// A network of neural masses on the CPU. Threads take whole tiles, which do not see each other.
///
/// ```
/// use isospike_cpu::{Cpu, CpuDevice, CpuMasses};
/// use isospike_mass::{Connectome, Network, Observation, Plan, Sink, Source, models};
/// use ndarray::array;
///
/// let weights = array![[0.0, 1.0], [1.0, 0.0]];
/// let network = Network::new(&models::Kuramoto, Connectome::new(weights.view())?).lanes(20, 1)?;
/// let phase = Source { variable: 0, minus: None };
/// let moments = Observation::samples(phase).after(100).into(Sink::Moments);
/// let device = CpuDevice::new(Cpu::with_threads(2))?;
/// let mut run = CpuMasses::new(&device, Plan::<f32>::new(network)?, &[moments])?;
/// run.run(1000);
/// assert_eq!(run.observed()[0].data.len(), 4 * 2 * 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CpuMasses<F> {
    plan: Plan<F>,
    parts: Vec<Part<F>>,
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl<F: Real> CpuMasses<F> {
    /// Before the first step.
    ///
    /// # Errors
    /// If an observation cannot be made.
    pub fn new(
        device: &CpuDevice,
        plan: Plan<F>,
        observations: &[Observation],
    ) -> Result<Self, MassError> {
        let parts = Part::all(&plan, observations, device.isa())?;
        Ok(CpuMasses { plan, parts, pool: device.shared_pool() })
    }

    /// Goes on for so many steps.
    pub fn run(&mut self, steps: u64) {
        match &self.pool {
            None => self.parts.iter_mut().for_each(|part| part.run(steps)),
            Some(pool) => {
                pool.install(|| self.parts.par_iter_mut().for_each(|part| part.run(steps)));
            }
        }
    }

    /// A state variable, `[node][lane]`.
    pub fn state(&self, variable: usize) -> Vec<F> {
        assemble_state(&self.plan, &self.parts, variable)
    }

    /// What has been observed, in the order of the observations.
    pub fn observed(&self) -> Vec<Observed<F>> {
        assemble(&self.plan, &self.parts)
    }

    /// The step after which each lane was not finite; it has been NaN since.
    pub fn stopped(&self) -> Vec<Option<u64>> {
        let mut all = vec![None; self.plan.network().lanes];
        for part in &self.parts {
            for (&lane, &stopped) in part.tile().lanes().iter().zip(part.tile().stopped()) {
                all[lane] = stopped;
            }
        }
        all
    }
}
