//! What can be asked for.

use crate::commands::{MassArgs, NirArgs, What, observe};
use crate::plot::MOST_NEURONS;
use crate::quantity::{self, Pace, TargetRate};
use crate::request::{self, Request};
use crate::vary::{self, Seeds, Vary};
use clap::builder::{RangedI64ValueParser, RangedU64ValueParser};
use clap::{Arg, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use isospike::{Options, Tunable};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Spiking networks with the same bits on every device.
#[derive(Debug, Parser)]
#[command(name = "isospike", version, max_term_width = 100)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate a network; write its spikes, a summary and a raster
    #[command(mut_arg("network", resumable))]
    Run(RunArgs),
    /// Simulate a network with many values and seeds; write one table
    Sweep(SweepArgs),
    /// Show how much memory a network takes, buffer by buffer, without building it
    Size(SizeArgs),
    /// List the neuron models, or show one: equations, parameters, state, ports
    Models(ModelsArgs),
    /// List the networks that come with isospike
    Networks(ListArgs),
    /// List the devices networks can run on
    Devices(ListArgs),
    /// Run a network on every device and compare spikes and state (exit code 1 if they differ)
    Verify(VerifyArgs),
    /// Find the first spike in which two runs differ (exit code 1 if they do)
    Diff(DiffArgs),
    /// Find values of parameters with which GLMs fire at given rates
    Tune(TuneArgs),
    /// Draw the raster, rates, and histograms of intervals of a run
    Plot(PlotArgs),
}

/// A network and what is changed about it.
#[derive(Clone, Debug, ClapArgs, Serialize, Deserialize)]
pub(crate) struct NetworkArgs {
    /// A bundled network (see `isospike networks`), a TOML file or, to run it, a graph of NIR
    pub(crate) network: String,
    /// Time step: 0.1, 0.1ms, 50us
    #[arg(long, value_name = "TIME", value_parser = quantity::time_ms, allow_hyphen_values = true)]
    pub(crate) dt: Option<f64>,
    /// Seed of everything random
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Lanes: independent runs of the same network, with seeds SEED, SEED + 1, ...
    #[arg(long, value_name = "N")]
    pub(crate) batch: Option<usize>,
    /// Float format of the state
    #[arg(long)]
    pub(crate) precision: Option<PrecisionArg>,
    /// Size relative to the network's own
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub(crate) scale: Option<f64>,
    /// Change a value: E.tau_m=15ms, *.t_ref=2, E.size=100, `projections[0].weight=2`
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Use a variant of the network
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Vec<String>,
    /// Refuse networks above this size: 4GB, 500MB, 2GiB. Default: the device's memory. Of a sweep
    /// of neural masses: what runs at a time, 2GB if not given
    #[arg(long, value_name = "BYTES", value_parser = quantity::bytes)]
    pub(crate) memory_limit: Option<u64>,
}

/// Where a network runs.
#[derive(Clone, Debug, ClapArgs, Serialize, Deserialize)]
pub(crate) struct PlaceArgs {
    /// Where to run: cpu, a device of `isospike devices`, or auto: what suits the network
    /// [default: cpu]
    #[arg(long)]
    pub(crate) device: Option<String>,
    /// Threads of the CPU, up to 64 per core; all cores if not given. OpenCL devices run on all
    /// their compute units whatever this says. Results do not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

impl PlaceArgs {
    /// The device that was asked for.
    pub(crate) fn device(&self) -> &str {
        self.device.as_deref().unwrap_or("cpu")
    }

    /// The options that open it.
    pub(crate) fn options(&self) -> Options {
        let (device, threads) = (self.device().to_owned(), self.threads);
        Options { device, threads, ..Options::default() }
    }
}

/// Float formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum PrecisionArg {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

/// Arguments of `run`. A checkpoint keeps them, but for those that are for one process.
#[derive(Clone, Debug, ClapArgs, Serialize, Deserialize)]
pub(crate) struct RunArgs {
    /// The network.
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// The device.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// How long to simulate: 1s, 500ms, or a number of ms [default: 1s]
    #[arg(long, value_parser = quantity::time_ms, allow_hyphen_values = true)]
    pub(crate) time: Option<f64>,
    /// Directory for the results [default: out/NETWORK]
    #[arg(long, value_name = "DIR")]
    #[serde(skip)]
    pub(crate) out: Option<PathBuf>,
    /// Write no files
    #[arg(long, conflicts_with_all = ["out", "record", "record_state", "checkpoint_every"])]
    pub(crate) no_files: bool,
    /// Record spikes: [NAME.]spikes.npz, spikes.npy, spikes.h5 (SONATA), counts.npy, bits.npy.
    /// After a colon each: neurons (E[0..100]+I), steps of a row (10, 5ms), an interval
    /// (100ms..1s), a lane (lane=2), as in first.counts.npy:E[0..100]:5ms. Can be repeated
    #[arg(
        long,
        value_name = "FILE[:FIELD]...",
        value_parser = request::record,
        default_value = crate::spikes::FILE
    )]
    pub(crate) record: Vec<Request>,
    /// Record a state variable into POP.VAR.npy: E.V_m (every ms), E.V_m:10 (every 10 steps),
    /// E[0..100].V_m:5ms:100ms..1s. Can be repeated
    #[arg(long, value_name = "POP.VAR[:FIELD]...", value_parser = request::state)]
    pub(crate) record_state: Vec<Request<String>>,
    /// Statistics while it runs, into NAME.json: rates, isi, psth:10ms[:period=1s],
    /// correlations:E[0..50]:5ms, spectrum:E:1ms[:segment=1024]; fields as in --record
    #[arg(
        long,
        value_name = "STATISTIC[:FIELD]...,...",
        value_parser = request::statistic,
        value_delimiter = ','
    )]
    pub(crate) stats: Vec<Request>,
    /// Take a digest of the state every K steps
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) state_digest_every: Option<u64>,
    /// Run the batch in parts, one after the other, with the same results: up to N lanes at once,
    /// or as many as fit into the memory limit. Spikes of the parts are kept beside --out until all
    /// are done, in the system's temporary directory with --no-files
    #[arg(long, value_name = "N|auto", value_parser = micro_batch)]
    #[serde(skip)]
    pub(crate) micro_batch: Option<MicroBatchArg>,
    /// Write a checkpoint into OUT.unfinished: every 100000 (steps), 10s (simulated), 60s-wall
    #[arg(long, value_name = "INTERVAL", value_parser = quantity::pace)]
    pub(crate) checkpoint_every: Option<Pace>,
    /// Go on from a checkpoint. The network and the records are those it was written with; device,
    /// threads, --memory-limit, --time and --checkpoint-every may be others
    #[arg(
        long,
        value_name = "CHECKPOINT",
        conflicts_with_all = [
            "network", "dt", "seed", "batch", "precision", "scale", "set", "variant", "out",
            "no_files", "record", "record_state", "stats", "state_digest_every", "micro_batch"
        ]
    )]
    #[serde(skip)]
    pub(crate) resume: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    #[serde(skip)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(long)]
    #[serde(skip)]
    pub(crate) quiet: bool,
    /// What only graphs of NIR have.
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) nir: NirArgs,
    /// What only networks of neural masses have.
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) mass: MassArgs,
}

/// Arguments of `sweep`.
#[derive(Debug, ClapArgs)]
pub(crate) struct SweepArgs {
    /// The network.
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// The device, and the threads of all members together.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// What is varied, as `--set` takes it: E.theta=3,4,5, E.size=10..12 (10, 11, 12),
    /// `projections[0].weight=0.1..1.0:10` (ten values), E.tau_m=1..100:5:log (equal ratios)
    #[arg(long, visible_alias = "grid", value_name = "NAME=VALUES", value_parser = vary::vary)]
    pub(crate) vary: Vec<Vary>,
    /// The first values of all that is varied together, the second together, ..., instead of all
    /// combinations
    #[arg(long)]
    pub(crate) zip: bool,
    /// Run everything with each of these seeds: 1,2,5 or 1..5 (1 to 5)
    #[arg(long, conflicts_with = "seed", value_parser = vary::seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// How long to simulate: 1s, 500ms, or a number of ms
    #[arg(long, default_value = "1s", value_parser = quantity::time_ms, allow_hyphen_values = true)]
    pub(crate) time: f64,
    /// Neural masses: so many points of a Sobol sequence between the first and the last value of
    /// all that is varied, instead of all combinations
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) sobol: Option<usize>,
    /// Neural masses: what is observed while they run: moments (the default), psd[:window=1024ms]
    /// [:hop=512ms], fc, bold-fc[:tr=2s], bold-fcd[:tr=2s][:window=60s][:step=6s]
    #[arg(long, value_name = "WHAT,...", value_parser = observe, value_delimiter = ',')]
    pub(crate) observe: Vec<What>,
    /// Neural masses: the time whose mean is a sample of the signal [default: 1 ms, or a step]
    #[arg(long, value_name = "TIME", value_parser = quantity::time_ms)]
    pub(crate) every: Option<f64>,
    /// Neural masses: the time in the beginning that is not observed
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = quantity::time_ms)]
    pub(crate) skip: f64,
    /// Neural masses: go on with a sweep that was stopped; all else as before
    #[arg(long, conflicts_with = "no_files")]
    pub(crate) resume: bool,
    /// Most networks that run at a time; as many as there are threads, and memory for them, if not
    /// given. Results do not depend on it
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// Directory for the table [default: out/NETWORK-sweep]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write no files
    #[arg(long, conflicts_with = "out")]
    pub(crate) no_files: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// Lanes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MicroBatchArg {
    /// As many as fit.
    Auto,
    /// So many.
    Lanes(usize),
}

fn micro_batch(text: &str) -> Result<MicroBatchArg, String> {
    match text.parse() {
        Ok(lanes) if lanes > 0 => Ok(MicroBatchArg::Lanes(lanes)),
        _ if text == "auto" => Ok(MicroBatchArg::Auto),
        _ => Err("must be a number of lanes, at least 1, or auto".into()),
    }
}

/// Arguments of `size`.
#[derive(Debug, ClapArgs)]
pub(crate) struct SizeArgs {
    /// The network.
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// The device.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Show every buffer, not only those that make up 99.9 %
    #[arg(long)]
    pub(crate) all: bool,
    /// Build the network, run some steps, and show what is measured beside what is planned
    #[arg(long)]
    pub(crate) measure: bool,
    /// Plan the network at several values of a parameter: synapses=1e5..1e8 (some values in equal
    /// ratios), neurons=1e3..1e6:4:log, batch=1,8,64, scale=0.1..1:10, or any other of --set
    #[arg(long, value_name = "NAME=VALUES", value_parser = vary::some)]
    #[arg(conflicts_with_all = ["measure", "all", "fit"])]
    pub(crate) sweep: Option<Vary>,
    /// Find the largest scale at which the network takes no more than this: 4GB
    #[arg(long, value_name = "BYTES", value_parser = quantity::bytes)]
    #[arg(conflicts_with_all = ["measure", "all", "memory_limit"])]
    pub(crate) fit: Option<u64>,
    /// Length of a run of Spikeometric, which keeps the spikes of all steps: spiking GLMs are
    /// compared with it
    #[arg(long, default_value = "1s", value_parser = quantity::time_ms, allow_hyphen_values = true)]
    pub(crate) time: f64,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `verify`.
#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// The network.
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// How long to simulate: 1s, 500ms, or a number of ms
    #[arg(
        long,
        default_value = "100ms",
        value_parser = quantity::time_ms,
        allow_hyphen_values = true
    )]
    pub(crate) time: f64,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not say what is being run
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// Arguments of `tune`.
#[derive(Debug, ClapArgs)]
pub(crate) struct TuneArgs {
    /// The network.
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// The device.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Tune this parameter within these bounds: E.theta=0..10
    #[arg(
        long = "parameter",
        value_name = "POP.PARAM=LOW..HIGH",
        required = true,
        value_parser = quantity::tunable,
        allow_hyphen_values = true
    )]
    pub(crate) parameters: Vec<Tunable>,
    /// Mean rate of the populations whose parameters are tuned, or of one of them: 20Hz, E=20Hz
    #[arg(
        long = "rate",
        value_name = "[POP=]RATE",
        required = true,
        value_parser = quantity::target_rate,
        allow_hyphen_values = true
    )]
    pub(crate) rates: Vec<TargetRate>,
    /// How near a rate must come, two standard errors included
    #[arg(
        long,
        value_name = "RATE",
        default_value = "0.1Hz",
        value_parser = quantity::rate_hz,
        allow_hyphen_values = true
    )]
    pub(crate) tolerance: f64,
    /// Time at the beginning of each run that does not count
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = quantity::time_ms)]
    pub(crate) settle: f64,
    /// Time that counts in the first run; runs get longer where noise hides the target
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = quantity::time_ms)]
    pub(crate) time: f64,
    /// Longest time that counts in a run
    #[arg(long, value_name = "TIME", default_value = "100s", value_parser = quantity::time_ms)]
    pub(crate) longest: f64,
    /// Write the tuned network to this TOML file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not say what each run came to
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// Arguments of `models`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ModelsArgs {
    /// The model to show
    pub(crate) name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of commands that list something.
#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `diff`.
#[derive(Debug, ClapArgs)]
pub(crate) struct DiffArgs {
    /// A spikes.npz, or the directory with it
    pub(crate) a: PathBuf,
    /// Another
    pub(crate) b: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `plot`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PlotArgs {
    /// Directory with the spikes.npz of a run; the pictures go there too
    pub(crate) dir: PathBuf,
    /// Where the raster begins
    #[arg(long, value_name = "TIME", value_parser = quantity::time_ms)]
    pub(crate) from: Option<f64>,
    /// Where the raster ends
    #[arg(long, value_name = "TIME", value_parser = quantity::time_ms)]
    pub(crate) to: Option<f64>,
    /// Most neurons in the raster
    #[arg(long, value_name = "N", default_value_t = MOST_NEURONS, value_parser = at_least_one())]
    pub(crate) neurons: u32,
}

/// The network of a run, which a checkpoint knows.
fn resumable(network: Arg) -> Arg {
    let network = network.required(false).required_unless_present("resume");
    network.default_value("").hide_default_value(true)
}

fn at_least_one() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}
