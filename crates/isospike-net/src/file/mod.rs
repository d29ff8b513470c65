//! The network format: TOML that says the same as the [builder](crate::NetworkBuilder). See
//! [`mod@crate::format`].

mod columns;
mod connector;
mod data;
mod dataset;
mod fields;
mod filter;
mod frames;
mod matrix;
mod merge;
mod npy;
mod population;
mod projection;
mod stimulus;
mod values;
mod write;

use crate::validate::{MAX_LANES, check_dt};
use crate::{Degrees, NetError, Network, Precision, Scaling, Weights, bundled};
use ::toml::{Table, Value};
use data::Files;
pub use dataset::{Connectivity, DatasetReader};
use fields::{Fields, array, choice, number, seed, string, table, whole};
use isospike_model::Shown;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Keys at the top of a file that hold one value: those that `--set` may change.
const SETTINGS: [&str; 10] = [
    "name",
    "dt",
    "seed",
    "batch",
    "lane_seeds",
    "precision",
    "sums",
    "equilibration",
    "scale",
    "variant",
];
const SECTIONS: [&str; 6] =
    ["about", "populations", "projections", "templates", "variants", "scaling"];

/// A network file, read but not yet understood: what can be overridden.
#[derive(Clone, Debug)]
pub struct NetworkFile {
    name: String,
    table: Table,
    base: PathBuf,
}

impl NetworkFile {
    /// Reads a file. Files it refers to are found relative to it.
    ///
    /// # Errors
    /// If it cannot be read or is not TOML.
    pub fn read(path: impl AsRef<Path>) -> Result<NetworkFile, NetError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|e| NetError::Syntax {
            file: path.display().to_string(),
            message: e.to_string(),
        })?;
        let name = path.file_stem().map_or("network".into(), |s| s.to_string_lossy());
        NetworkFile::named(
            &name,
            &path.display().to_string(),
            &text,
            path.parent().unwrap_or(Path::new("")),
        )
    }

    /// Reads the text of a file. Files it refers to are found relative to `base`.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn parse(
        name: &str,
        text: &str,
        base: impl Into<PathBuf>,
    ) -> Result<NetworkFile, NetError> {
        NetworkFile::named(name, name, text, &base.into())
    }

    /// A bundled network.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn bundled(name: &str) -> Result<NetworkFile, NetError> {
        let text = bundled::bundled(name).ok_or_else(|| {
            let known = crate::BUNDLED.iter().map(|(n, _)| *n);
            NetError::unknown("network", "bundled network", name, known)
        })?;
        let mut file = NetworkFile::parse(name, text, "")?;
        if let Some(variant) = bundled::variant(name) {
            // the others are variants of what the file says without it
            merge::apply_variant(&mut file.table, variant)?;
            file.table.remove("variants");
        }
        Ok(file)
    }

    fn named(name: &str, file: &str, text: &str, base: &Path) -> Result<NetworkFile, NetError> {
        let table = ::toml::from_str(text).map_err(|e: ::toml::de::Error| NetError::Syntax {
            file: file.into(),
            message: e.to_string(),
        })?;
        Ok(NetworkFile { name: name.into(), table, base: base.into() })
    }

    /// The names of its variants.
    pub fn variants(&self) -> Vec<&str> {
        let variants = self.table.get("variants").and_then(Value::as_table);
        variants.map_or(Vec::new(), |v| v.keys().map(String::as_str).collect())
    }

    /// Lays a variant over the file. Variants come before overrides.
    ///
    /// # Errors
    /// If it has no such variant.
    pub fn apply_variant(&mut self, name: &str) -> Result<(), NetError> {
        merge::apply_variant(&mut self.table, name)
    }

    /// The network.
    ///
    /// # Errors
    /// The first thing wrong: an unknown key, a value of the wrong kind or unit, a data file, or
    /// anything that [`Network::validate`] finds.
    pub fn network(&self) -> Result<Network, NetError> {
        let mut top = self.table.clone();
        if let Some(v) = top.remove("variant") {
            for name in string("variant", &v)?.split(',') {
                merge::apply_variant(&mut top, name.trim())?;
            }
        }
        merge::expand_templates(&mut top)?;
        let known: Vec<&str> = SETTINGS.into_iter().chain(SECTIONS).collect();
        let f = Fields::new("", &top, &known)?;
        let dt_ms = f.map("dt", |path, v| number(path, v, "ms"))?.unwrap_or(0.1);
        check_dt(dt_ms)?;
        let files = Files { base: &self.base, dt_ms };
        let populations = f.need("populations", |path, v| {
            table(path, v)?
                .iter()
                .map(|(name, v)| population::population(name, v, &files))
                .collect::<Result<Vec<_>, _>>()
        })?;
        let projections = f
            .map("projections", |path, v| {
                let items = array(path, v)?.iter().enumerate();
                items.map(|(i, v)| projection::projection(i, v, &populations, &files)).collect()
            })?
            .unwrap_or_default();
        let mut network = Network {
            name: f.map("name", string)?.unwrap_or(&self.name).into(),
            dt_ms,
            seed: f.map("seed", seed)?.unwrap_or(1),
            lane_seeds: Vec::new(),
            precision: f.map("precision", |path, v| string(path, v)?.parse())?.unwrap_or_default(),
            sums: f.map("sums", |path, v| string(path, v)?.parse())?.unwrap_or_default(),
            equilibration_ms: f
                .map("equilibration", |path, v| number(path, v, "ms"))?
                .unwrap_or(0.0),
            populations,
            projections,
        };
        self.scale(&f, &mut network)?;
        set_lanes(&f, &mut network)?;
        network.validate()?;
        Ok(network)
    }

    fn scale(&self, f: &Fields<'_>, network: &mut Network) -> Result<(), NetError> {
        let scaling = f.map("scaling", |path, v| scaling(path, v, network))?;
        let factor = f.map("scale", |path, v| number(path, v, ""))?.unwrap_or(1.0);
        match scaling {
            Some(scaling) => network.scale(factor, &scaling),
            None if factor == 1.0 => Ok(()),
            None => {
                let allowed = "needs a [scaling] section that says what changes with the size";
                Err(NetError::value("scale", Shown(factor), allowed))
            }
        }
    }
}

/// Makes the lanes: how many there is room for depends on the sizes.
fn set_lanes(f: &Fields<'_>, network: &mut Network) -> Result<(), NetError> {
    if f.get("batch").is_none() && f.get("lane_seeds").is_none() {
        return network.set_batch(1);
    }
    if f.one_of(&["batch", "lane_seeds"])? == "batch" {
        let lanes = f.need("batch", |path, v| whole(path, v, MAX_LANES as u64))?;
        return network.set_batch(lanes as usize);
    }
    network.lane_seeds = f.need("lane_seeds", |path, v| {
        let items = array(path, v)?.iter().enumerate();
        items.map(|(i, v)| seed(&format!("{path}[{i}]"), v)).collect::<Result<_, _>>()
    })?;
    Ok(())
}

fn scaling(path: &str, v: &Value, network: &Network) -> Result<Scaling, NetError> {
    let f = Fields::of(path, v, &["degrees", "weights", "rates_hz"])?;
    let degrees = [("scale", Degrees::Scale), ("keep", Degrees::Keep)];
    let weights = [("keep", Weights::Keep), ("sqrt", Weights::Sqrt)];
    let rates = |path: &str, v: &Value| {
        let names: Vec<&str> = network.populations.iter().map(|p| p.name.as_str()).collect();
        let f = Fields::of(path, v, &names)?;
        let mut rates = BTreeMap::new();
        for name in names {
            if let Some(rate) = f.map(name, |path, v| number(path, v, "Hz"))? {
                rates.insert(name.to_string(), rate);
            }
        }
        Ok(rates)
    };
    Ok(Scaling {
        degrees: f
            .map("degrees", |path, v| choice(path, v, "choice", &degrees))?
            .unwrap_or_default(),
        weights: f
            .map("weights", |path, v| choice(path, v, "choice", &weights))?
            .unwrap_or_default(),
        rates_hz: f.map("rates_hz", rates)?.unwrap_or_default(),
    })
}

/// Applies `--set` arguments in order: `dt=0.05`, `seed=2`, `batch=8`, `variant=poisson`,
/// `E.tau_m=15 ms`, `*.t_ref=2`, `E.size=100`, `E.V_m={ uniform = [-70, -50] }`,
/// `E.inputs[0].weight=80`, `projections[3].weight=0.2`, `projections[*].storage=i8`. Variants are
/// applied first, wherever they stand.
///
/// # Errors
/// If an argument is not `name=value`, or names nothing.
pub fn apply_overrides<S: AsRef<str>>(
    file: &mut NetworkFile,
    overrides: &[S],
) -> Result<(), NetError> {
    let split = overrides.iter().map(|o| merge::split_override(o.as_ref()));
    let (variants, others): (Vec<_>, Vec<_>) =
        split.collect::<Result<Vec<_>, _>>()?.into_iter().partition(|(key, _)| *key == "variant");
    let mut table = file.table.clone();
    let default = table.remove("variant").map(|v| ("variant", v));
    for (_, names) in default.into_iter().chain(variants) {
        for name in string("--set variant", &names)?.split(',') {
            merge::apply_variant(&mut table, name.trim())?;
        }
    }
    merge::expand_templates(&mut table)?;
    for (key, value) in others {
        merge::set(&mut table, &SETTINGS, key, value)?;
    }
    file.table = table;
    Ok(())
}

/// What is decided outside the network file. `None` leaves what the file says.
#[derive(Clone, Debug, Default)]
pub struct Loader {
    /// Size relative to the file's, by its `[scaling]` section.
    pub scale: Option<f64>,
    /// `--set` arguments, see [`apply_overrides`].
    pub overrides: Vec<String>,
    /// Time step (ms).
    pub dt_ms: Option<f64>,
    /// Seed.
    pub seed: Option<u64>,
    /// Lanes, with seeds seed, seed + 1, ...
    pub batch: Option<usize>,
    /// Float format.
    pub precision: Option<Precision>,
}

impl Loader {
    /// Loads a network file, or the bundled network of this name if there is no such file.
    ///
    /// # Errors
    /// As [`NetworkFile::read`], [`apply_overrides`] and [`NetworkFile::network`].
    pub fn load(&self, name_or_path: &str) -> Result<Network, NetError> {
        let is_file = name_or_path.ends_with(".toml") || Path::new(name_or_path).is_file();
        let file = if is_file {
            NetworkFile::read(name_or_path)
        } else {
            NetworkFile::bundled(name_or_path)
        };
        self.finish(file?)
    }

    /// The network of a file that has been read.
    ///
    /// # Errors
    /// As [`apply_overrides`] and [`NetworkFile::network`].
    pub fn finish(&self, mut file: NetworkFile) -> Result<Network, NetError> {
        apply_overrides(&mut file, &self.overrides)?;
        let mut set = |key: &str, value: Value| {
            file.table.insert(key.into(), value);
        };
        if let Some(x) = self.scale {
            set("scale", Value::Float(x));
        }
        if let Some(x) = self.dt_ms {
            set("dt", Value::Float(x));
        }
        if let Some(x) = self.seed {
            set("seed", Value::String(x.to_string()));
        }
        if let Some(x) = self.precision {
            set("precision", Value::String(x.to_string()));
        }
        if let Some(x) = self.batch {
            let lanes = i64::try_from(x).unwrap_or(i64::MAX);
            file.table.insert("batch".into(), Value::Integer(lanes));
            file.table.remove("lane_seeds");
        }
        file.network()
    }
}
