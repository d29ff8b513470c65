//! A network of neural masses, given as a JSON object; prints how long a run takes as one JSON
//! line, or the states after each step of a network that is given whole (`peers/mass_check.py`).
//!
//! The default is the notebook that vbjax is measured by: 32 columns of Jansen and Rit, dense
//! weights, Heun's method with dt = 1 ms, 1,024 steps. Its network diverges slowly, so that it is a
//! case for clocks alone; `"stable": true` scales the weights until it does not.

use anyhow::{Context, Result};
use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Key, Purpose, W, distribution, word};
use isospike_mass::{
    Connectome, Network, Observation, Plan, Profile, Real, Sink, Source, Values, couplings, models,
    noise_at,
};
use ndarray::Array2;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::time::Instant;

/// A network and how it is run.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Case {
    node: String,
    nodes: usize,
    lanes: usize,
    steps: u64,
    dt: f64,
    /// Delays are drawn below this many steps; 0 for none.
    delays: u32,
    stable: bool,
    /// The same on all variables, by the name of one or `*`; of each lane its own.
    noise: Option<String>,
    /// `state`: all variables after each step; `signal`: what is mostly looked at; `moments` of it.
    record: String,
    double: bool,
    threads: usize,
    width: usize,
    repeats: usize,
}

impl Default for Case {
    fn default() -> Self {
        Case {
            node: "jansen_rit".to_owned(),
            nodes: 32,
            lanes: 1,
            steps: 1024,
            dt: 1.0,
            delays: 0,
            stable: false,
            noise: None,
            record: "signal".to_owned(),
            double: false,
            threads: 1,
            width: 16,
            repeats: 5,
        }
    }
}

/// A network that is given whole.
#[derive(Deserialize)]
struct Given {
    node: String,
    coupling: String,
    /// `tvb` or `vbjax`.
    profile: String,
    /// `[to][from]`
    weights: Vec<Vec<f64>>,
    lengths: Vec<Vec<f64>>,
    speed: f64,
    dt: f64,
    /// Scale of the coupling function.
    a: f64,
    /// `[variable][node]`
    initial: Vec<Vec<f64>>,
    /// Parameters of nodes that are not the default.
    #[serde(default)]
    params: std::collections::BTreeMap<String, f64>,
    /// The size of noise of all variables, as the profile means it.
    noise: Option<f64>,
    steps: u64,
}

impl Given {
    fn network(&self) -> Result<Network> {
        let node = models::by_name(&self.node).context("no such node")?;
        let n = self.weights.len();
        let matrix = |rows: &[Vec<f64>]| Array2::from_shape_fn((n, n), |(i, j)| rows[i][j]);
        let (weights, lengths) = (matrix(&self.weights), matrix(&self.lengths));
        let profile = match &*self.profile {
            "tvb" => Profile::Tvb,
            "vbjax" => Profile::Vbjax,
            other => anyhow::bail!("profile = {other}; it is tvb or vbjax"),
        };
        let coupling = couplings::by_name(&self.coupling).context("no such coupling function")?;
        let mut network =
            Network::new(node, Connectome::with_lengths(weights.view(), lengths.view())?)
                .profile(profile)
                .dt(self.dt)?
                .speed(Values::from(self.speed))?
                .coupling(coupling)
                .coupling_param("a", Values::from(self.a))?;
        for (name, x) in &self.params {
            network = network.param(name, Values::from(*x))?;
        }
        for (slot, initial) in node.state().iter().zip(&self.initial) {
            network = network.initial(slot.name, Values::PerNode(initial.clone()))?;
            if let Some(size) = self.noise {
                network = network.noise(slot.name, Values::from(size))?;
            }
        }
        Ok(network)
    }

    /// Prints `{"states": [step][variable][node]}`, with noise also the variates, `normals`.
    fn run(&self) -> Result<()> {
        let network = self.network()?;
        let variables = 0..network.node().state().len();
        let (key, nodes) = (Key(network.seeds()[0]), network.nodes() as u32);
        let device = CpuDevice::new(Cpu::with_threads(1))?;
        let mut run = device.masses().start(Plan::<f64>::new(network)?, &[])?;
        let mut states = Vec::new();
        for _ in 0..self.steps {
            run.run(1)?;
            let now = variables.clone().map(|k| run.state(k)).collect::<Result<Vec<_>, _>>()?;
            states.push(now);
        }
        let normal = |step, k, node| noise_at::<f64>(key, step, k, (node, nodes));
        let of = |step, k| (0..nodes).map(|node| normal(step, k, node)).collect();
        let at = |step| variables.clone().map(|k| of(step, k)).collect();
        let drawn = self.noise.map_or(0..0, |_| 0..self.steps);
        let normals: Vec<Vec<Vec<f64>>> = drawn.map(at).collect();
        println!("{}", serde_json::json!({ "states": states, "normals": normals }));
        Ok(())
    }
}

fn drawn(step: u64, at: usize) -> u32 {
    word(Key(42), step, Purpose::User.draw(0), 0, at as u32)
}

fn network(case: &Case) -> Result<Network> {
    let node = models::by_name(&case.node).context("no such node")?;
    let n = case.nodes;
    let mut weights: Array2<f64> =
        Array2::from_shape_fn((n, n), |(i, j)| distribution::normal(drawn(0, i * n + j)));
    if case.stable {
        for mut row in weights.rows_mut() {
            row.mapv_inplace(f64::abs);
            let sum = row.sum();
            row /= sum;
        }
    }
    let lag = |at: usize| ((u64::from(drawn(1, at)) * u64::from(case.delays)) >> 32) as u32;
    let lags = Array2::from_shape_fn((n, n), |(i, j)| lag(i * n + j));
    let connectome = Connectome::with_lags(weights.view(), lags.view())?;
    let mut network = Network::new(node, connectome)
        .dt(case.dt)?
        .lanes(case.lanes, 42)?
        .coupling_param("a", Values::from(1e-2))?;
    let (variable, minus) = node.shows();
    if case.node == "jansen_rit" {
        network = network.from_zero().input("c", Some(Source { variable, minus }))?;
    }
    for slot in node.state() {
        if case.noise.as_deref().is_some_and(|name| name == "*" || name == slot.name) {
            network = network.noise(slot.name, Values::from(1e-3))?;
        }
    }
    Ok(network)
}

fn observations(case: &Case, network: &Network) -> Result<Vec<Observation>> {
    let (variable, minus) = network.node().shows();
    let signal = Observation::samples(Source { variable, minus });
    let all = |variable| Observation::samples(Source { variable, minus: None });
    Ok(match &*case.record {
        "state" => (0..network.node().state().len()).map(all).collect(),
        "signal" => vec![signal],
        "moments" => vec![signal.collect(Sink::Moments)],
        "nothing" => Vec::new(),
        other => anyhow::bail!("record = {other}; it is state, signal, moments or nothing"),
    })
}

fn run<F: Real>(case: &Case) -> Result<()> {
    let network = network(case)?;
    let seen = observations(case, &network)?;
    let device = CpuDevice::new(Cpu::with_threads(case.threads))?;
    let plan = Plan::<F>::with_width(network.clone(), case.width)?;
    let (mut seconds, mut digests) = (Vec::new(), Vec::new());
    for _ in 0..case.repeats.max(1) {
        let mut run = device.masses().start(plan.clone(), &seen)?;
        let start = Instant::now();
        run.run(case.steps)?;
        let kept: Vec<_> = (0..seen.len()).filter(|_| case.record != "moments").collect();
        let kept = kept.into_iter().map(|k| run.take(k)).collect::<Result<Vec<_>, _>>()?;
        seconds.push(start.elapsed().as_secs_f64());
        drop(kept);
        let mut digest = Sha256::new();
        for k in 0..network.node().state().len() {
            run.state(k)?.iter().for_each(|x| digest.update(x.to_f64().to_bits().to_le_bytes()));
        }
        let hex = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        digests.push(hex);
    }
    anyhow::ensure!(digests.iter().all(|d| *d == digests[0]), "runs differ");
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let node_steps = case.nodes as f64 * case.lanes as f64 * case.steps as f64;
    let mut row = serde_json::json!({
        "seconds": median,
        "least": seconds[0],
        "node_steps_per_s": node_steps / median,
        "digest": digests[0],
    });
    if case.delays > 0 && case.threads == 1 {
        let recipe = network.recipe();
        let sent = recipe.coupling.sent() * recipe.inputs.iter().flatten().count();
        let gathered = node_steps * (case.nodes * sent * size_of::<F>()) as f64;
        let width = plan.lanes(0).len();
        row["gather_gb_s"] = (gathered / median / 1e9).into();
        let ring = plan.memory().rings as usize / plan.tiles();
        row["reads_gb_s"] = reads_gb_s::<F>(ring, width * sent).into();
    }
    println!("{row}");
    Ok(())
}

/// What reads of so many numbers side by side, anywhere in an array of so many bytes, come to in
/// GB/s: the bound of sums over delayed edges.
fn reads_gb_s<F: Real>(bytes: usize, numbers: usize) -> f64 {
    const READS: usize = 1 << 16;
    let (all, places) = (bytes / size_of::<F>(), bytes / size_of::<F>() / numbers);
    let ring = vec![F::from_f64(1.0); all + 16];
    let draw = |i: u32| word(Key(5), 0, Purpose::Update.draw(1), 0, i) as usize;
    let at: Vec<u32> = (0..READS as u32).map(|i| (draw(i) % places * numbers) as u32).collect();
    let mut least = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        dispatch(Isa::detect(), Reads { ring: &ring, at: &at, numbers });
        least = least.min(start.elapsed().as_secs_f64());
    }
    (READS * numbers * size_of::<F>()) as f64 / least / 1e9
}

struct Reads<'a, F> {
    ring: &'a [F],
    at: &'a [u32],
    numbers: usize,
}

impl<F: Real> Kernel for Reads<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        match self.numbers {
            1 => self.sum::<1>(),
            2 => self.sum::<2>(),
            n if n % 16 == 0 => self.sum::<16>(),
            _ => self.sum::<8>(),
        }
    }
}

impl<F: Real> Reads<'_, F> {
    /// N numbers at a time.
    #[inline(always)]
    fn sum<const N: usize>(&self) {
        // eight sums, so that none waits for the one before
        let mut sums = [W([F::default(); N]); 8];
        for at in self.at.as_chunks::<8>().0 {
            for first in (0..self.numbers).step_by(N) {
                for i in 0..8 {
                    sums[i] = sums[i] + W::load(&self.ring[at[i] as usize + first..]);
                }
            }
        }
        std::hint::black_box(sums);
    }
}

fn main() -> Result<()> {
    let case = std::env::args().nth(1).unwrap_or_else(|| "{}".to_owned());
    if case == "-" {
        let given: Given = serde_json::from_reader(std::io::stdin())?;
        return given.run();
    }
    let case: Case = serde_json::from_str(&case)?;
    if case.double { run::<f64>(&case) } else { run::<f32>(&case) }
}
