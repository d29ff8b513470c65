//! Networks of neural masses: an item of a kernel is a node in a lane.
//!
//! All lanes of one speed of conduction go through a step together: a launch where no stage needs
//! what others do in the stage before, one per stage otherwise, and on a surface two launches of
//! regions beside each; then `mass_tick`, and a `mass_look` for each observation.
//!
//! What is seen comes to the host in portions, reduced by the observation's first stage where that
//! is a mean or a choice, and goes there through the other stages and the sink, by the code that
//! the CPU does it with.

mod buffers;
mod draft;
mod launches;
mod look;
mod numbers;
mod sheet;
mod site;
mod text;
mod wires;

use crate::driver::Driver;
use draft::Draft;
use isospike_backend::memory::human;
use isospike_backend::{Error, Result};
use isospike_lane::isa::Isa;
use isospike_mass::{
    MassError, MassRun, Masses, Observation, Observed, Plan, Real, Watch, assemble, spread, take,
};
use site::Site;
use std::sync::Arc;

/// The device of a driver as a device for networks of neural masses.
pub struct GpuMasses<D: Driver> {
    driver: Arc<D>,
    memory_bytes: u64,
}

impl<D: Driver> GpuMasses<D> {
    /// On a device with so much memory; it must have the format that networks are run in.
    pub fn new(driver: Arc<D>, memory_bytes: u64) -> Self {
        GpuMasses { driver, memory_bytes }
    }
}

fn of_device(error: Error) -> MassError {
    MassError::Device(error.to_string())
}

impl<F: Real, D: Driver + 'static> Masses<F> for GpuMasses<D> {
    fn start(
        &self,
        plan: Plan<F>,
        observations: &[Observation],
    ) -> std::result::Result<Box<dyn MassRun<F>>, MassError> {
        observations.iter().try_for_each(|o| o.check(plan.network()))?;
        let (reduces, rests): (Vec<_>, Vec<_>) = observations.iter().map(|o| o.split()).unzip();
        if let Some(long) = reduces.iter().find(|reduce| reduce.steps > u64::from(u32::MAX)) {
            let allowed = "below 2^32 on a device";
            return Err(MassError::value("steps that make a number", long.steps as f64, allowed));
        }
        let watches = Watch::all(&plan, &rests, Isa::detect())?;
        let looked: Vec<_> = rests.iter().map(|rest| rest.source).zip(reduces).collect();
        let draft = |section| Draft::new(&*self.driver, &plan, section, &looked);
        let drafts: Vec<Draft<F>> = plan.sections().into_iter().map(draft).collect();
        let needed: u64 = drafts.iter().map(Draft::bytes).sum();
        if needed > self.memory_bytes {
            return Err(MassError::Device(format!(
                "the network needs {} and the device has {}; take fewer lanes at a time",
                human(needed),
                human(self.memory_bytes)
            )));
        }
        if drafts.iter().any(|draft| draft.numbers.len() > u32::MAX as usize) {
            let why =
                "the network has more than 2^32 parameters on a device; take fewer lanes at a time";
            return Err(MassError::Device(why.to_owned()));
        }
        let site = |draft| Site::new(self.driver.clone(), draft);
        let sites = drafts.into_iter().map(site).collect::<Result<_>>().map_err(of_device)?;
        Ok(Box::new(GpuRun { plan, sites, watches, failed: None }))
    }
}

struct GpuRun<F: Real, D: Driver> {
    plan: Plan<F>,
    sites: Vec<Site<F, D>>,
    /// By tile.
    watches: Vec<Watch<F>>,
    /// Why it cannot go on: some sites have gone further than others.
    failed: Option<String>,
}

impl<F: Real, D: Driver> MassRun<F> for GpuRun<F, D> {
    fn run(&mut self, steps: u64) -> std::result::Result<(), MassError> {
        if let Some(error) = &self.failed {
            return Err(MassError::Device(error.clone()));
        }
        if let Some(site) = self.sites.first() {
            Watch::expect(&mut self.watches, |k| site.rows(k, steps))?;
        }
        for site in &mut self.sites {
            if let Err(error) = site.run(steps, &mut self.watches) {
                self.failed = Some(error.to_string());
                return Err(of_device(error));
            }
        }
        Ok(())
    }

    fn state(&self, variable: usize) -> std::result::Result<Vec<F>, MassError> {
        let network = self.plan.network();
        network.check_variable(variable)?;
        let lanes = network.lane_count();
        let mut whole = vec![F::default(); network.nodes() * lanes];
        for site in &self.sites {
            let state = site.state(variable).map_err(of_device)?;
            spread(&mut whole, lanes, site.lanes(), &state);
        }
        Ok(whole)
    }

    fn observed(&self) -> std::result::Result<Vec<Observed<F>>, MassError> {
        Ok(assemble(&self.plan, &self.watches))
    }

    fn take(&mut self, observation: usize) -> std::result::Result<Observed<F>, MassError> {
        take(&self.plan, &mut self.watches, observation)
    }

    fn stopped(&self) -> std::result::Result<Vec<Option<u64>>, MassError> {
        let mut whole = vec![None; self.plan.network().lane_count()];
        for site in &self.sites {
            let stopped = site.stopped().map_err(of_device)?;
            for (&lane, stopped) in site.lanes().iter().zip(stopped) {
                whole[lane] = stopped;
            }
        }
        Ok(whole)
    }
}
