//! Networks of neural masses take what was planned, to the byte, and are refused where there is
//! less.

use isospike_backend::Result;
use isospike_gpu::{Arg, Driver, GpuMasses, Shape, Size};
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Masses, Network, Observation, Plan, Profile, Real, Sink,
    Source, Stage, Surface, Values, models,
};
use isospike_trace::print::Dialect;
use ndarray::Array2;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A device of which nothing is there but its memory.
#[derive(Default)]
struct Memory(AtomicU64);

impl Driver for Memory {
    type Buffer = usize;
    type Module = ();
    type Launch = ();
    fn shape(&self) -> Shape {
        unreachable!("networks of neural masses are not cut")
    }
    fn dialect(&self) -> Dialect {
        Dialect::OpenCl
    }
    fn source(&self, _: &str) -> &'static str {
        ""
    }
    fn allocate(&self, bytes: usize) -> Result<usize> {
        assert!(bytes > 0);
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
    fn clear(&self, _: &usize, _: usize) -> Result<()> {
        Ok(())
    }
    fn write(&self, buffer: &usize, offset: usize, bytes: &[u8]) -> Result<()> {
        assert!(offset + bytes.len() <= *buffer);
        Ok(())
    }
    fn read(&self, buffer: &usize, offset: usize, bytes: &mut [u8]) -> Result<()> {
        assert!(offset + bytes.len() <= *buffer);
        Ok(())
    }
    fn build(&self, _: &str) -> Result<Arc<()>> {
        Ok(Arc::new(()))
    }
    fn bind(&self, _: &(), _: &str, _: &[Arg<'_, usize>], _: Size) -> Result<()> {
        Ok(())
    }
    fn enqueue(&self, _: &mut [()], _: u64) -> Result<()> {
        Ok(())
    }
    fn finish(&self) -> Result<()> {
        Ok(())
    }
}

/// Networks that take every kind of memory there is.
fn networks() -> Vec<Network> {
    let weights = Array2::from_shape_fn((5, 5), |(i, j)| (i + j) as f64 / 8.0);
    let lengths = Array2::from_shape_fn((5, 5), |(i, j)| (3 * i + j) as f64);
    let delayed = Connectome::with_lengths(weights.view(), lengths.view()).expect("square");
    let on = |connectome: &Connectome| {
        Network::new(&models::JansenRit, connectome.clone())
            .lanes(7, 1)
            .and_then(|n| n.noise("y4", Values::from(0.1)))
            .and_then(|n| n.param("mu", Values::PerLane(vec![0.2; 7])))
            .expect("a network")
    };
    let again = CouplingStage::Reevaluate;
    let speeds = Values::PerLane((0..7).map(|lane| 1.0 + f64::from(lane % 3)).collect());
    let surface = Surface::new((0..13).map(|v| v % 5).collect());
    let surface = surface.local((1..13).map(|v| (v, v - 1, 0.1))).expect("edges");
    let alone = Network::new(&models::Balloon, Connectome::none(3));
    vec![
        on(&delayed).profile(Profile::Tvb),
        on(&delayed).integrator(Integrator::Trapezoidal, again),
        on(&delayed).speed(speeds).expect("speeds"),
        on(&delayed).surface(surface).expect("a surface"),
        alone,
    ]
}

fn take_what_was_planned<F: Real>() {
    let x = || Observation::samples(Source { variable: 0, minus: Some(1) });
    let all = [x(), x().through(Stage::Average(9)).collect(Sink::Moments)];
    for network in networks() {
        for observations in [&[][..], &all] {
            let start = |bytes: u64| {
                let driver = Arc::new(Memory::default());
                let masses = GpuMasses::new(driver.clone(), bytes);
                let plan = Plan::<F>::new(network.clone()).expect("a plan");
                let run = masses.start(plan, observations).map(drop);
                (run, driver.0.load(Ordering::Relaxed))
            };
            let (run, taken) = start(u64::MAX);
            run.expect("there is room");
            let (run, again) = start(taken);
            run.expect("there is as much as it takes");
            assert_eq!(again, taken);
            let (run, none) = start(taken - 1);
            let said = run.expect_err("a byte is missing").to_string();
            assert!(said.contains("take fewer lanes"), "{said}");
            assert_eq!(none, 0, "nothing is taken where there is no room: {network:?}");
        }
    }
}

#[test]
fn networks_take_what_was_planned() {
    take_what_was_planned::<f32>();
    take_what_was_planned::<f64>();
}
