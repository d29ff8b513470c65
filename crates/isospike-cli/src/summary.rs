//! What a run says of itself: `summary.json`, `--json`, and a page for people.

use crate::records::Outcome;
use crate::text::{self, digits};
use isospike::backend::Slot;
use isospike::backend::memory::{human, thousands};
use isospike::backend::plan::Resolution;
use isospike::net::{Connector, Dynamics, Network, Shape, SynapseWeights};
use isospike::{Choice, SessionExt, Simulation};
use isospike_record::Header;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt::Write;

/// Name of the file.
pub(crate) const FILE: &str = "summary.json";

/// Results of a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// Name of the network.
    pub(crate) network: String,
    /// SHA-256 of all spikes.
    pub(crate) digest: String,
    /// SHA-256 of the state at the end.
    pub(crate) state_digest: String,
    /// Neurons and sources.
    pub(crate) n_neurons: u64,
    /// Synapses.
    pub(crate) n_synapses: u64,
    /// Spikes in all lanes.
    pub(crate) n_spikes: u64,
    /// Steps done.
    pub(crate) n_steps: u64,
    /// Simulated time (ms).
    pub(crate) time_ms: f64,
    /// Time step (ms).
    pub(crate) dt_ms: f64,
    /// Seed of the network.
    pub(crate) seed: u64,
    /// Lanes.
    pub(crate) batch: usize,
    /// `"f32"` or `"f64"`.
    pub(crate) precision: String,
    /// Device, as it was asked for.
    pub(crate) device: String,
    /// What `auto` chose, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device_choice: Option<Choice>,
    /// The device in its own words.
    pub(crate) device_name: String,
    /// Threads that had work: a network too small to gain from more runs on one.
    pub(crate) threads: usize,
    /// Threads that were asked for: all cores if none were.
    pub(crate) threads_requested: usize,
    /// Time it took to build (s).
    pub(crate) build_s: f64,
    /// Time it took to simulate (s): stepping, and handing over the spikes in order with their
    /// digest. Writing files is not in it.
    pub(crate) simulate_s: f64,
    /// Wall-clock time over simulated time.
    pub(crate) real_time_factor: f64,
    /// Bytes of the plan's buffers.
    pub(crate) planned_bytes: u64,
    /// Bytes the device allocated for them.
    pub(crate) allocated_bytes: u64,
    /// Resident memory before anything was done; 0 where the system does not say.
    pub(crate) baseline_rss_bytes: u64,
    /// Most resident memory until the end of the simulation; 0 where the system does not say.
    pub(crate) peak_rss_bytes: u64,
    /// Mean rate of each population over time, neurons and lanes (spikes/s), in network order.
    pub(crate) rates_hz: Named<f64>,
    /// The populations.
    pub(crate) populations: Vec<PopulationSummary>,
    /// What is lost where numbers are stored.
    pub(crate) resolution: Resolution,
    /// Digests of the state on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) state_digests: Vec<StateDigest>,
    /// Spikes that a record had no room for: above 255 in a cell of counts, above 1 in one of bits.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub(crate) lost: Named<u64>,
    /// By population: in how many steps of its neurons a model emitted less than it should have, as
    /// its state slot `clipped` counts; at least so many, as slots are floats.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub(crate) clipped: Named<u64>,
    /// A few numbers of each statistic; the rest is in its file.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub(crate) statistics: Named<Named<f64>>,
    /// Whether Ctrl-C or another signal ended the run.
    pub(crate) interrupted: bool,
    /// Step of the checkpoint with which this process began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resumed_at: Option<u64>,
    /// The checkpoint from which the run can go on; nothing else was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checkpoint: Option<String>,
    /// Directory of the files; none were written if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) out: Option<String>,
    /// The files in it.
    pub(crate) files: Vec<String>,
    /// Version of isospike.
    pub(crate) version: &'static str,
}

/// Results of a population.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PopulationSummary {
    /// Name.
    pub(crate) name: String,
    /// Model, or `"spikes"` for a source of given spikes.
    pub(crate) model: &'static str,
    /// Global id of its first neuron.
    pub(crate) first_id: u32,
    /// Neurons.
    pub(crate) size: u32,
    /// Spikes in all lanes.
    pub(crate) n_spikes: u64,
    /// Mean rate (spikes/s).
    pub(crate) rate_hz: f64,
}

/// The state at some point.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StateDigest {
    /// Steps done.
    pub(crate) step: u64,
    /// SHA-256.
    pub(crate) digest: String,
}

/// Values by name: an object in JSON, in this order.
#[derive(Clone, Debug)]
pub(crate) struct Named<T>(pub(crate) Vec<(String, T)>);

impl<T> Named<T> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// What only the run knows.
pub(crate) struct Run {
    /// Device, as it was asked for.
    pub(crate) device: String,
    /// What `auto` chose.
    pub(crate) choice: Option<Choice>,
    /// Resident memory before anything was done.
    pub(crate) baseline_rss_bytes: u64,
    /// Digests of the state on the way.
    pub(crate) state_digests: Vec<StateDigest>,
    /// Whether Ctrl-C or another signal ended the run.
    pub(crate) interrupted: bool,
    /// Step and time spent simulating (s) of the checkpoint with which this process began.
    pub(crate) resumed_at: Option<(u64, f64)>,
}

/// What models emitted less than they should have.
fn clipped(simulation: &mut Simulation) -> isospike::Result<Vec<(String, u64)>> {
    let plan = simulation.plan().clone();
    let mut clipped = Vec::new();
    for (population, p) in plan.network.populations.iter().enumerate() {
        let Dynamics::Model(neurons) = &p.dynamics else { continue };
        let Some(slot) = neurons.model.state().iter().position(|s| s.name == "clipped") else {
            continue;
        };
        let steps = simulation.session().read_values(Slot::State { population, slot })?;
        match steps.iter().sum::<f64>() as u64 {
            0 => {}
            steps => clipped.push((p.name.clone(), steps)),
        }
    }
    Ok(clipped)
}

impl Summary {
    /// Puts together what is known at the end of a run.
    ///
    /// # Errors
    /// From the device, when the state is read.
    pub(crate) fn new(
        simulation: &mut Simulation,
        header: &Header,
        counts: &[u64],
        run: Run,
    ) -> isospike::Result<Summary> {
        let state_digest = simulation.state_digest()?;
        let plan = simulation.plan().clone();
        let network = &plan.network;
        let (n_steps, time_ms) = (simulation.step(), simulation.time_ms());
        let before_s = run.resumed_at.map_or(0.0, |(_, s)| s);
        let simulate_s = before_s + simulation.simulate_time().as_secs_f64();
        let populations: Vec<_> = network
            .populations
            .iter()
            .zip(&header.populations)
            .zip(counts)
            .map(|((p, h), &n_spikes)| PopulationSummary {
                name: p.name.clone(),
                model: match &p.dynamics {
                    Dynamics::Model(n) => n.model.name(),
                    Dynamics::Spikes(_) => "spikes",
                },
                first_id: h.first_id,
                size: h.size,
                n_spikes,
                rate_hz: rate_hz(n_spikes, h.size, plan.batch(), time_ms),
            })
            .collect();
        let clipped = clipped(simulation)?;
        Ok(Summary {
            network: network.name.clone(),
            digest: simulation.digest(),
            state_digest,
            n_neurons: plan.n_neurons(),
            n_synapses: plan.n_synapses(),
            n_spikes: counts.iter().sum(),
            n_steps,
            time_ms,
            dt_ms: network.dt_ms,
            seed: network.seed,
            batch: plan.batch(),
            precision: network.precision.to_string(),
            device: run.device,
            device_choice: run.choice,
            device_name: simulation.device().name.clone(),
            threads: simulation.threads(),
            threads_requested: simulation.threads_requested(),
            build_s: simulation.build_time().as_secs_f64(),
            simulate_s,
            real_time_factor: if time_ms > 0.0 { simulate_s * 1000.0 / time_ms } else { 0.0 },
            planned_bytes: plan.memory.total_bytes(),
            allocated_bytes: simulation.session().allocated_bytes(),
            baseline_rss_bytes: run.baseline_rss_bytes,
            peak_rss_bytes: isospike::resident::peak_bytes().unwrap_or(0),
            rates_hz: Named(populations.iter().map(|p| (p.name.clone(), p.rate_hz)).collect()),
            populations,
            resolution: plan.resolution.clone(),
            state_digests: run.state_digests,
            lost: Named(Vec::new()),
            clipped: Named(clipped),
            statistics: Named(Vec::new()),
            interrupted: run.interrupted,
            resumed_at: run.resumed_at.map(|(step, _)| step),
            checkpoint: None,
            out: None,
            files: Vec::new(),
            version: env!("CARGO_PKG_VERSION"),
        })
    }

    /// Takes note of what came of the records.
    pub(crate) fn record(&mut self, outcome: Outcome) {
        let Outcome { files, lost, statistics } = outcome;
        self.files.extend(files);
        self.lost = Named(lost);
        let owned = |numbers: Vec<(&str, f64)>| {
            Named(numbers.into_iter().map(|(name, x)| (name.to_owned(), x)).collect())
        };
        self.statistics =
            Named(statistics.into_iter().map(|(name, numbers)| (name, owned(numbers))).collect());
    }

    /// For people.
    pub(crate) fn page(&self) -> String {
        let mut t =
            text::table(&["population", "model", "neurons", "spikes", "spikes/s"], &[2, 3, 4]);
        for p in &self.populations {
            let (n, spikes) = (thousands(p.size.into()), thousands(p.n_spikes));
            t.add_row([p.name.clone(), p.model.into(), n, spikes, format!("{:.3}", p.rate_hz)]);
        }
        let peak = match self.peak_rss_bytes {
            0 => String::new(),
            n => format!(", {} resident at most", human(n)),
        };
        let lanes =
            if self.batch > 1 { format!(" in {} lanes", self.batch) } else { String::new() };
        let stopped = if self.interrupted { ", stopped early" } else { "" };
        let threads = match (self.threads, self.threads_requested) {
            (used, all) if used == all => used.to_string(),
            (used, all) => format!("{used} of {all}: more would not pay"),
        };
        let device = match &self.device_choice {
            None => self.device.clone(),
            Some(choice) => format!("{}, chosen by {}", choice.device, self.device),
        };
        let mut lines = vec![
            (
                "network",
                format!(
                    "{}: {} neurons, {}",
                    self.network,
                    thousands(self.n_neurons),
                    text::count(self.n_synapses, "synapses")
                ),
            ),
            (
                "simulated",
                format!(
                    "{}{lanes} in {} s: real-time factor {}{stopped}",
                    text::time(self.time_ms),
                    digits(self.simulate_s),
                    digits(self.real_time_factor)
                ),
            ),
            ("built in", format!("{} s", digits(self.build_s))),
            ("spikes", thousands(self.n_spikes)),
            ("memory", format!("{} planned{peak}", human(self.planned_bytes))),
            ("device", format!("{device} ({})", self.device_name)),
            ("threads", threads),
            ("numbers", format!("{}, dt {} ms, seed {}", self.precision, self.dt_ms, self.seed)),
        ];
        for d in &self.state_digests {
            lines.push(("state", format!("{} after step {}", d.digest, d.step)));
        }
        lines.push(("digest", format!("{} (spikes)", self.digest)));
        lines.push(("", format!("{} (state)", self.state_digest)));
        for (name, numbers) in &self.statistics.0 {
            let each = numbers.0.iter().map(|(name, x)| format!("{name} {}", digits(*x)));
            let each = each.collect::<Vec<_>>().join(", ");
            lines.push(("statistic", format!("{name}: {each}")));
        }
        for (name, steps) in &self.clipped.0 {
            let steps = text::count(*steps, "steps");
            lines
                .push(("clipped", format!("{steps} of neurons of {name}: more was to be emitted")));
        }
        for (name, lost) in &self.lost.0 {
            let lost = text::count(*lost, "spikes");
            lines.push(("lost", format!("{lost} that no cell of {name} had room for")));
        }
        if let Some(step) = self.resumed_at {
            lines.push(("resumed", format!("after step {}", thousands(step))));
        }
        if let Some(checkpoint) = &self.checkpoint {
            lines.push(("checkpoint", checkpoint.clone()));
        }
        if let Some(out) = &self.out {
            lines.push(("written", format!("{out}: {}", self.files.join(", "))));
        }
        let mut page = format!("{t}\n");
        for (key, value) in lines {
            writeln!(page, "{key:<10} {value}").expect("a string takes it");
        }
        page
    }
}

/// Spikes per neuron, lane and second.
pub(crate) fn rate_hz(n_spikes: u64, size: u32, batch: usize, time_ms: f64) -> f64 {
    let seconds = f64::from(size) * batch as f64 * time_ms / 1000.0;
    if seconds > 0.0 { n_spikes as f64 / seconds } else { 0.0 }
}

/// What the spikes of a network belong to.
pub(crate) fn header(network: &Network) -> Header {
    let mut header = Header::of(network);
    for (i, p) in header.populations.iter_mut().enumerate() {
        p.sign = sign(network, i);
    }
    header
}

/// Whether a population excites (1) or inhibits (-1) all its targets; 0 if neither or both.
fn sign(network: &Network, population: usize) -> i8 {
    let all = network.projections.iter().enumerate();
    let from = all.filter(|(_, p)| p.source == population);
    let mut signs = from.map(|(i, _)| projection_sign(network, i));
    match signs.next() {
        Some(first) if signs.all(|s| s == first) => first,
        _ => 0,
    }
}

fn projection_sign(network: &Network, projection: usize) -> i8 {
    use isospike::model::Sign;
    let p = &network.projections[projection];
    if let (Some(port), Dynamics::Model(target)) =
        (&p.port, &network.populations[p.target].dynamics)
    {
        let port = target.model.ports().iter().position(|s| s.name == port);
        match port.and_then(|i| target.model.signs().get(i)) {
            Some(Sign::Positive) => return 1,
            Some(Sign::Negative) => return -1,
            _ => {}
        }
    }
    if matches!(&p.connector, Connector::Generated(g) if g.dale()) {
        return 0;
    }
    let mean = match network.synapse_weights(projection) {
        SynapseWeights::Listed(w) => w.iter().sum(),
        SynapseWeights::Drawn(d) => match d.shape {
            Shape::Constant(w) | Shape::Normal(w, _) => w,
            Shape::Uniform(a, b) => a + b,
            Shape::LogNormal(..) => 1.0,
        },
    };
    match mean {
        w if w > 0.0 => 1,
        w if w < 0.0 => -1,
        _ => 0,
    }
}
