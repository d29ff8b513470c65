//! Networks of neural masses: tiles of lanes spread over threads.

use crate::device::CpuDevice;
use isospike_lane::isa::Isa;
use isospike_mass::{
    MassError, MassRun, Masses, Network, Observation, Observed, Part, Plan, Prediction, Predictor,
    Real, assemble, assemble_state, take,
};
use rayon::prelude::*;
use std::sync::Arc;

/// The CPU for networks of neural masses. Threads take whole tiles, which do not see each other.
struct CpuMasses {
    isa: Isa,
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl CpuDevice {
    /// It as a device for networks of neural masses.
    ///
    /// ```
    /// use isospike_cpu::{Cpu, CpuDevice};
    /// use isospike_mass::{
    ///     Connectome, Network, Observation, Plan, Sink, Source, couplings, models,
    /// };
    /// use ndarray::array;
    ///
    /// let weights = array![[0.0, 1.0], [1.0, 0.0]];
    /// let connectome = Connectome::new(weights.view())?;
    /// let network = Network::new(&models::Kuramoto, connectome)
    ///     .coupling(&couplings::KuramotoCoupling)
    ///     .lanes(20, 1)?;
    /// let phase = Source { variable: 0, minus: None };
    /// let moments = Observation::samples(phase).after(100).collect(Sink::Moments);
    /// let device = CpuDevice::new(Cpu::with_threads(2))?;
    /// let mut run = device.masses().start(Plan::<f32>::new(network)?, &[moments])?;
    /// run.run(1000)?;
    /// assert_eq!(run.observed()?[0].data.len(), 4 * 2 * 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn masses<F: Real>(&self) -> Arc<dyn Masses<F>> {
        Arc::new(CpuMasses { isa: self.isa(), pool: self.shared_pool() })
    }
}

impl<F: Real> Masses<F> for CpuMasses {
    fn start(
        &self,
        plan: Plan<F>,
        observations: &[Observation],
    ) -> Result<Box<dyn MassRun<F>>, MassError> {
        let parts = Part::all(&plan, observations, self.isa)?;
        Ok(Box::new(CpuRun { plan, parts, pool: self.pool.clone() }))
    }

    fn predict(&self, network: &Network, path: &[F]) -> Result<Prediction<F>, MassError> {
        let all = Predictor::new(network, path)?;
        let part = |index: usize| {
            let (times, mean) = all.part(index, self.isa);
            (times.to_vec(), mean)
        };
        let parts = 0..all.parts();
        let parts: Vec<_> = match &self.pool {
            None => parts.map(part).collect(),
            Some(pool) => pool.install(|| parts.into_par_iter().map(part).collect()),
        };
        Ok(all.finish(parts))
    }
}

struct CpuRun<F: Real> {
    plan: Plan<F>,
    parts: Vec<Part<F>>,
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl<F: Real> MassRun<F> for CpuRun<F> {
    fn run(&mut self, steps: u64) -> Result<(), MassError> {
        let parts = &mut self.parts;
        Part::announce(parts, steps)?;
        match &self.pool {
            None => parts.iter_mut().for_each(Part::run),
            Some(pool) => pool.install(|| parts.par_iter_mut().for_each(Part::run)),
        }
        Ok(())
    }
    fn state(&self, variable: usize) -> Result<Vec<F>, MassError> {
        self.plan.network().check_variable(variable)?;
        Ok(assemble_state(&self.plan, &self.parts, variable))
    }
    fn observed(&self) -> Result<Vec<Observed<F>>, MassError> {
        Ok(assemble(&self.plan, self.parts.iter().map(Part::watch)))
    }
    fn take(&mut self, observation: usize) -> Result<Observed<F>, MassError> {
        take(&self.plan, self.parts.iter_mut().map(Part::watch_mut), observation)
    }
    fn stopped(&self) -> Result<Vec<Option<u64>>, MassError> {
        let mut all = vec![None; self.plan.network().lane_count()];
        for part in &self.parts {
            for (&lane, &stopped) in part.tile().lanes().iter().zip(part.tile().stopped()) {
                all[lane] = stopped;
            }
        }
        Ok(all)
    }
}
