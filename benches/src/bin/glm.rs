//! One network of GLMs, given as a JSON object as in `peers/spikeometric_nets.py`; prints how long
//! a step takes as one JSON line. Run by `peers/spikeometric_run.py`.

use anyhow::{Context, Result};
use isospike::net::Generator;
use isospike::{Network, Options, Simulation, resident};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Steps that are not measured.
const WARM_UP: u64 = 200;
/// What is measured at a time.
const SLICE: Duration = Duration::from_millis(20);
/// Fewest slices.
const FEWEST: usize = 5;

/// A network and how it is run.
#[derive(Deserialize)]
struct Case {
    model: String,
    /// Neurons of a network.
    neurons: u32,
    /// Standard deviation of the weights, before it is divided by the root of the neurons.
    std: f64,
    /// Time step (ms).
    dt: f64,
    params: BTreeMap<String, f64>,
    /// Networks in one run, each with its own weights.
    batch: u32,
    /// Runs of the same network with different seeds, side by side.
    #[serde(default = "one")]
    lanes: usize,
    /// How long to measure.
    seconds: f64,
    threads: usize,
}

fn one() -> usize {
    1
}

impl Case {
    fn network(&self) -> Result<Network> {
        let weights = Generator::Normal { mean: 0.0, std: self.std, sparsity: 0.5, glorot: true };
        let mut network = Network::build("peer").dt(self.dt).seed(1).batch(self.lanes);
        for k in 0..self.batch {
            let name = format!("n{k}");
            network = network
                .population(&name, self.neurons, &*self.model, |p| {
                    self.params.iter().fold(p, |p, (name, &x)| p.param(name, x))
                })
                .project(&name, &name, |c| c.generator(weights).delay(self.dt));
        }
        Ok(network.finish()?)
    }
}

/// Bytes in MiB.
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn main() -> Result<()> {
    let case = std::env::args().nth(1).context("a network as a JSON object")?;
    let case: Case = serde_json::from_str(&case)?;
    let options = Options { threads: Some(case.threads), ..Options::default() };
    let start = Instant::now();
    let mut simulation = Simulation::new(case.network()?, &options)?;
    let build_s = start.elapsed().as_secs_f64();
    let mut spikes = 0;
    let mut run = |simulation: &mut Simulation, steps: u64| {
        let start = Instant::now();
        spikes = 0;
        let counted = simulation.run_steps(steps, steps, |_, new| {
            spikes += new.len();
            ControlFlow::Continue(())
        });
        counted.map(|()| (start.elapsed(), spikes))
    };
    run(&mut simulation, WARM_UP)?;
    let (mut steps, mut slices, mut all) = (16, Vec::new(), (0, 0));
    let end = Instant::now() + Duration::from_secs_f64(case.seconds);
    while Instant::now() < end || slices.len() < FEWEST {
        let (time, spikes) = run(&mut simulation, steps)?;
        if time < SLICE / 2 {
            steps *= 2;
            slices.clear();
            all = (0, 0);
            continue;
        }
        slices.push(time.as_secs_f64() / steps as f64);
        all = (all.0 + steps, all.1 + spikes);
    }
    slices.sort_unstable_by(f64::total_cmp);
    let peak = resident::peak_bytes().context("the system does not say how much memory it is")?;
    let plan = simulation.plan();
    let line = serde_json::json!({
        "step_s": slices[slices.len() / 2],
        "step_min_s": slices[0],
        "steps": all.0,
        "build_s": build_s,
        "neurons": plan.network.neurons() * case.lanes as u64,
        "synapses": plan.n_synapses(),
        "spikes_per_step": all.1 as f64 / all.0 as f64,
        "rss_mb": mib(peak),
        "plan_mb": mib(plan.memory.total_bytes()),
    });
    println!("{line}");
    Ok(())
}
