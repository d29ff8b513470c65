//! What can be asked for.

use crate::plot::MOST_NEURONS;
use crate::quantity::{self, RecordState, TargetRate};
use clap::builder::RangedI64ValueParser;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use isospike::Tunable;
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
    Run(RunArgs),
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
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct NetworkArgs {
    /// A bundled network (see `isospike networks`) or a TOML file
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
    /// Refuse networks above this size: 4GB, 500MB, 2GiB. Default: the device's memory
    #[arg(long, value_name = "BYTES", value_parser = quantity::bytes)]
    pub(crate) memory_limit: Option<u64>,
}

/// Where a network runs.
#[derive(Debug, ClapArgs)]
pub(crate) struct PlaceArgs {
    /// Where to run: cpu, a device of `isospike devices`, or auto: what suits the network
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    /// Threads of the CPU, up to 64 per core; all cores if not given. OpenCL devices run on all
    /// their compute units whatever this says. Results do not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// Float formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionArg {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

/// Arguments of `run`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// The network.
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// The device.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// How long to simulate: 1s, 500ms, or a number of ms
    #[arg(long, default_value = "1s", value_parser = quantity::time_ms, allow_hyphen_values = true)]
    pub(crate) time: f64,
    /// Directory for the results [default: out/NETWORK]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write no files
    #[arg(long, conflicts_with_all = ["out", "record_state"])]
    pub(crate) no_files: bool,
    /// Record a state variable into state.npz: E.V_m (every ms), E.V_m:10 (every 10 steps),
    /// E.V_m:5ms
    #[arg(long, value_name = "POP.VAR[:EVERY]", value_parser = quantity::record_state)]
    pub(crate) record_state: Vec<RecordState>,
    /// Take a digest of the state every K steps
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) state_digest_every: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(long)]
    pub(crate) quiet: bool,
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

fn at_least_one() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}
