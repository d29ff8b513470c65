//! Networks in files: what a [`Network`] is made of, in TOML.
//!
//! ```toml
//! name = "pair"
//! node = "jansen_rit"
//! dt = 0.5                        # in the unit of the node's times, mostly ms
//! signal = "y1 - y2"              # what is recorded
//! integrator = "heun"             # euler, heun, rk4, trapezoidal
//! profile = "isospike"            # tvb, vbjax, cubnm
//! stage = "reevaluate"            # hold: what arrives at the beginning holds for all of a step
//! rounding = "nearest"            # of delays to steps: floor, nearest_from_one
//! seed = 1
//!
//! [connectome]
//! weights = "weights.txt"         # rows of targets; beside the file
//! lengths = "lengths.txt"         # mm; none: no delays
//! normalise = "max"               # by the largest weight; "rows": by the largest sum of a row
//! speed = 3.0                     # mm/ms
//!
//! [coupling]
//! function = "linear"             # its parameters beside it
//! a = 0.1
//!
//! [inputs]
//! c = "y1 - y2"                   # where an input comes from; "none"
//!
//! [params]
//! mu = 0.22                       # a number, or one per node
//!
//! [initial]
//! y0 = 0.0
//!
//! [noise]
//! y4 = 1e-3
//! ```

use crate::connectome::{Connectome, Rounding};
use crate::couplings;
use crate::error::MassError;
use crate::integrator::Integrator;
use crate::models;
use crate::network::{CouplingStage, Network, Profile, Source};
use crate::values::Values;
use ndarray::Array2;
use serde::Deserialize;
use std::cell::Cell;
use std::collections::BTreeMap;

/// A file as it is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    node: String,
    dt: f64,
    signal: Option<String>,
    #[serde(default)]
    seed: u64,
    integrator: Option<String>,
    stage: Option<String>,
    profile: Option<String>,
    rounding: Option<String>,
    connectome: Tracts,
    #[serde(default)]
    coupling: BTreeMap<String, Entry>,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    params: BTreeMap<String, Entry>,
    #[serde(default)]
    initial: BTreeMap<String, Entry>,
    #[serde(default)]
    noise: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tracts {
    weights: String,
    lengths: Option<String>,
    normalise: Option<String>,
    #[serde(default = "three")]
    speed: f64,
}

fn three() -> f64 {
    3.0
}

/// A number, one per node, or a name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a number, or a list of one per node")]
enum Entry {
    One(f64),
    Each(Vec<f64>),
    Name(String),
}

impl Entry {
    fn values(self, field: &str) -> Result<Values, MassError> {
        match self {
            Entry::One(x) => Ok(Values::Scalar(x)),
            Entry::Each(all) => Ok(Values::PerNode(all)),
            Entry::Name(name) => Err(MassError::Choice(format!(
                "{field} = \"{name}\"; it must be a number, or a list of one per node"
            ))),
        }
    }
}

/// A network that was read, with one lane, and what is mostly recorded of it.
#[derive(Clone, Debug)]
pub struct MassFile {
    /// Its name.
    pub name: String,
    /// The network.
    pub network: Network,
    /// What is recorded.
    pub signal: Source,
    /// Its seed.
    pub seed: u64,
    /// Of all texts that were read for it: equal where they are.
    pub fingerprint: u64,
}

impl MassFile {
    /// Whether a text is one of a network of neural masses, and not of neurons: it has a node or a
    /// connectome.
    pub fn is_one(text: &str) -> bool {
        let has =
            |table: toml::Table| ["node", "connectome"].iter().any(|k| table.contains_key(*k));
        text.parse::<toml::Table>().is_ok_and(has)
    }

    /// Reads a network; `read` gives the text of a file beside it.
    ///
    /// # Errors
    /// If it is no TOML of a network, or a value is not allowed; what `read` says.
    pub fn parse(
        text: &str,
        read: impl Fn(&str) -> Result<String, MassError>,
    ) -> Result<Self, MassError> {
        let fingerprint = Cell::new(fnv(FNV, text));
        let read = |name: &str| {
            let text = read(name)?;
            fingerprint.set(fnv(fingerprint.get(), &text));
            Ok(text)
        };
        let file: File = toml::from_str(text).map_err(|e| MassError::Choice(e.to_string()))?;
        let node = models::by_name(&file.node).ok_or_else(|| {
            let names = models::NODES.iter().map(|node| node.name());
            MassError::name("isospike", "node", &file.node, names)
        })?;
        let mut network = Network::new(node, file.connectome.read(read)?).dt(file.dt)?;
        network = network.speed(Values::Scalar(file.connectome.speed))?;
        if let Some(profile) = &file.profile {
            network = network.profile(one_of("profile", profile, &PROFILES)?);
        }
        if let Some(rounding) = &file.rounding {
            network = network.rounding(one_of("rounding", rounding, &ROUNDINGS)?);
        }
        let integrators = Integrator::ALL.map(|integrator| (integrator.name(), integrator));
        if let Some(integrator) = &file.integrator {
            let stage = network.stage;
            network = network.integrator(one_of("integrator", integrator, &integrators)?, stage);
        }
        if let Some(stage) = &file.stage {
            let integrator = network.integrator;
            network = network.integrator(integrator, one_of("stage", stage, &STAGES)?);
        }
        network = coupled(network, file.coupling)?;
        for (input, source) in &file.inputs {
            let source = match source.trim() {
                "none" => None,
                source => Some(network.source(source)?),
            };
            network = network.input(input, source)?;
        }
        for (name, entry) in file.params {
            network = network.param(&name, entry.values(&name)?)?;
        }
        for (name, entry) in file.initial {
            network = network.initial(&name, entry.values(&name)?)?;
        }
        for (name, entry) in file.noise {
            network = network.noise(&name, entry.values(&name)?)?;
        }
        let (variable, minus) = node.shows();
        let signal = match &file.signal {
            Some(signal) => network.source(signal)?,
            None => Source { variable, minus },
        };
        let network = network.lane_seeds(vec![file.seed])?;
        let fingerprint = fingerprint.get();
        Ok(MassFile { name: file.name, network, signal, seed: file.seed, fingerprint })
    }
}

/// Where FNV-1a begins.
const FNV: u64 = 0xCBF2_9CE4_8422_2325;

/// FNV-1a, continued.
fn fnv(hash: u64, text: &str) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    text.bytes().chain([0]).fold(hash, add)
}

const PROFILES: [(&str, Profile); 4] = [
    ("isospike", Profile::Isospike),
    ("tvb", Profile::Tvb),
    ("vbjax", Profile::Vbjax),
    ("cubnm", Profile::Cubnm),
];

const ROUNDINGS: [(&str, Rounding); 3] = [
    ("nearest", Rounding::Nearest),
    ("floor", Rounding::Floor),
    ("nearest_from_one", Rounding::NearestFromOne),
];

const STAGES: [(&str, CouplingStage); 2] =
    [("hold", CouplingStage::Hold), ("reevaluate", CouplingStage::Reevaluate)];

/// What a name stands for.
fn one_of<T: Copy>(field: &str, name: &str, all: &[(&str, T)]) -> Result<T, MassError> {
    all.iter().find(|(known, _)| *known == name).map(|(_, what)| *what).ok_or_else(|| {
        let names = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        MassError::Choice(format!("{field} = \"{name}\"; it must be one of {names}"))
    })
}

fn coupled(mut network: Network, mut table: BTreeMap<String, Entry>) -> Result<Network, MassError> {
    match table.remove("function") {
        None => {}
        Some(Entry::Name(name)) => {
            let coupling = couplings::by_name(&name).ok_or_else(|| {
                let names = couplings::COUPLINGS.iter().map(|coupling| coupling.name());
                MassError::name("isospike", "coupling function", &name, names)
            })?;
            network = network.coupling(coupling);
        }
        Some(_) => {
            let what = "coupling.function; it must be the name of a coupling function";
            return Err(MassError::Choice(what.to_owned()));
        }
    }
    for (name, entry) in table {
        network = network.coupling_param(&name, entry.values(&name)?)?;
    }
    Ok(network)
}

impl Tracts {
    fn read(
        &self,
        read: impl Fn(&str) -> Result<String, MassError>,
    ) -> Result<Connectome, MassError> {
        let mut weights = matrix(&self.weights, &read(&self.weights)?)?;
        let largest = |sums: &mut dyn Iterator<Item = f64>| sums.fold(0.0, f64::max);
        let by = match self.normalise.as_deref() {
            None | Some("none") => 1.0,
            Some("max") => largest(&mut weights.iter().copied()),
            Some("rows") => largest(&mut weights.rows().into_iter().map(|row| row.sum())),
            Some(other) => {
                return Err(MassError::Choice(format!(
                    "connectome.normalise = \"{other}\"; it must be one of none, max, rows"
                )));
            }
        };
        if by <= 0.0 {
            return Err(MassError::Choice(format!(
                "connectome.normalise: {} has no weight above 0 to divide by",
                self.weights
            )));
        }
        weights.mapv_inplace(|w| w / by);
        match &self.lengths {
            None => Connectome::new(weights.view()),
            Some(lengths) => {
                let lengths = matrix(lengths, &read(lengths)?)?;
                Connectome::with_lengths(weights.view(), lengths.view())
            }
        }
    }
}

/// A matrix in lines of numbers between spaces or commas; empty lines and those that begin with `#`
/// are left out.
///
/// # Errors
/// If something is no number, lines are not equally long, or there are none.
pub fn matrix(name: &str, text: &str) -> Result<Array2<f64>, MassError> {
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    let (mut all, mut rows, mut columns) = (Vec::new(), 0, None);
    for (line, text) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let before = all.len();
        let words = text.split(|c: char| c == ',' || c.is_whitespace());
        for word in words.filter(|word| !word.is_empty()) {
            all.push(word.parse::<f64>().map_err(|_| {
                MassError::Choice(format!("{name}, line {line}: {word} is no number"))
            })?);
        }
        let given = all.len() - before;
        rows += 1;
        match *columns.get_or_insert(given) {
            needed if needed == given => {}
            needed => {
                return Err(MassError::Choice(format!(
                    "{name}, line {line}: {given} numbers; the lines before have {needed}"
                )));
            }
        }
    }
    if rows == 0 {
        return Err(MassError::Choice(format!("{name} has no numbers")));
    }
    Ok(Array2::from_shape_vec((rows, columns.unwrap_or(0)), all).expect("rows of equal length"))
}

impl Network {
    /// A state variable, or the difference of two, by name: `y1`, `y1 - y2`.
    ///
    /// # Errors
    /// If there is none of a name.
    pub fn source(&self, text: &str) -> Result<Source, MassError> {
        match text.split_once('-') {
            None => Ok(Source { variable: self.variable(text.trim())?, minus: None }),
            Some((first, second)) => Ok(Source {
                variable: self.variable(first.trim())?,
                minus: Some(self.variable(second.trim())?),
            }),
        }
    }
}
