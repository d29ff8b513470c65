//! What is run, at which size: whole networks, and single models without synapses.

use crate::drives;
use crate::targets::Target;
use anyhow::{Context, Result, bail};
use isospike::model::MODELS;
use isospike::net::Loader;
use isospike::{Network, Precision};
use serde::{Deserialize, Serialize};

/// Whole network or single model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A bundled network.
    Network,
    /// Neurons of a bundled model, without synapses.
    Model,
}

/// A network at a scale, or a model in some number of neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Which of the two.
    pub kind: Kind,
    /// Name of the bundled network or model.
    pub of: String,
    /// Variant of the network's file, if not the plain one.
    pub variant: Option<String>,
    /// Scale relative to the network's file, or number of neurons.
    pub size: f64,
    /// When it is run.
    pub when: When,
}

/// When a case is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In a quick look too, or because it was asked for by name.
    Always,
    /// Unless the look is a quick one.
    Thorough,
    /// As `Thorough`, but not on processors, which take long and need the memory.
    Accelerators,
}

/// Scales or numbers of neurons.
type Sizes = &'static [f64];

/// Networks: name, variant, scales of a quick look, further scales.
const NETWORKS: &[(&str, Option<&str>, Sizes, Sizes)] = &[
    ("cuba", None, &[1.0], &[10.0]),
    ("coba", None, &[1.0], &[10.0, 100.0]),
    ("cobahh", None, &[0.25], &[1.0]),
    ("glm_ring", None, &[1.0], &[]),
    ("izhikevich2003", None, &[1.0], &[]),
    ("brunel_delta", None, &[0.2], &[0.8]),
    ("brunel_alpha", None, &[0.2], &[0.8]),
    ("hpc", None, &[0.02], &[0.1]),
    ("hpc", Some("plastic"), &[0.02], &[0.1]),
    ("microcircuit", None, &[0.02, 0.1], &[1.0]),
    ("microcircuit", Some("dc"), &[], &[0.1, 1.0]),
];

/// Networks and scales for accelerators: COBA with 4 million neurons.
const LARGE: &[(&str, f64)] = &[("coba", 1000.0)];

/// Neurons of a model in a quick look, and further numbers.
const NEURONS: (Sizes, Sizes) = (&[1e3, 1e5], &[1e6]);

impl Case {
    /// Name without size: `microcircuit+dc`.
    pub fn name(&self) -> String {
        let variant = self.variant.as_ref().map_or(String::new(), |v| format!("+{v}"));
        format!("{}{variant}", self.of)
    }

    /// How a case is called on the command line and in tables: `microcircuit+dc@0.1` is a network,
    /// `izhikevich:100000` a model.
    pub fn label(&self) -> String {
        let mark = if self.kind == Kind::Model { ':' } else { '@' };
        format!("{}{mark}{}", self.name(), self.size)
    }

    /// Whether it is run there.
    pub fn suits(&self, target: &Target) -> bool {
        self.when != When::Accelerators || !target.is_processor
    }

    /// The network.
    ///
    /// # Errors
    /// If there is no such network or variant, or it cannot be scaled.
    pub fn load(&self, precision: Precision) -> Result<Network> {
        if self.kind == Kind::Model {
            return drives::network(&self.of, self.size as u32, precision);
        }
        let overrides = self.variant.iter().map(|v| format!("variant={v}")).collect();
        let scale = (self.size != 1.0).then_some(self.size);
        let loader = Loader { scale, overrides, precision: Some(precision), ..Loader::default() };
        loader.load(&self.of).with_context(|| self.label())
    }

    /// `NETWORK[+VARIANT]@SCALE` or `MODEL:NEURONS`.
    fn parse(text: &str) -> Result<Case> {
        let (kind, (name, size)) = match text.split_once('@') {
            Some(parts) => (Kind::Network, parts),
            None => (Kind::Model, text.split_once(':').context("has no size")?),
        };
        let (of, variant) = match name.split_once('+') {
            Some((of, variant)) => (of.to_owned(), Some(variant.to_owned())),
            None => (name.to_owned(), None),
        };
        let size: f64 = size.parse().with_context(|| format!("size {size:?}"))?;
        let known = match kind {
            Kind::Network => isospike::net::bundled(&of).is_some(),
            Kind::Model => MODELS.iter().any(|m| m.name() == name),
        };
        if !known {
            bail!("there is no bundled network or model of that name");
        }
        let fits = size > 0.0 && size.is_finite();
        let whole = size.fract() == 0.0 && size <= f64::from(u32::MAX);
        if !fits || (kind == Kind::Model && !whole) {
            bail!("size {size}; it must be above 0, and a number of neurons for a model");
        }
        // Who asks for a case by name gets it, however long it takes.
        Ok(Case { kind, of, variant, size, when: When::Always })
    }
}

fn all() -> Vec<Case> {
    let case = |kind, of: &str, variant: Option<&str>, size, when| Case {
        kind,
        of: of.to_owned(),
        variant: variant.map(str::to_owned),
        size,
        when,
    };
    let mut cases = Vec::new();
    for model in MODELS {
        let (quick, further) = NEURONS;
        let of = |when| move |&n: &f64| case(Kind::Model, model.name(), None, n, when);
        // the general models are like the named ones, and a quick look is to be quick
        let (when, further) = match model.name().starts_with("glm_") {
            true => (When::Thorough, &[][..]),
            false => (When::Always, further),
        };
        let further = further.iter().map(of(When::Thorough));
        cases.extend(quick.iter().map(of(when)).chain(further));
    }
    for &(name, variant, quick, further) in NETWORKS {
        let at = |when| move |&scale: &f64| case(Kind::Network, name, variant, scale, when);
        let further = further.iter().map(at(When::Thorough));
        cases.extend(quick.iter().map(at(When::Always)).chain(further));
    }
    let large = |&(name, scale)| case(Kind::Network, name, None, scale, When::Accelerators);
    cases.extend(LARGE.iter().map(large));
    cases
}

/// The cases with these names: `cuba` is every size of it in the list, `cuba@2` that network at
/// that scale. No names mean all; `quick` leaves out what takes long.
///
/// # Errors
/// If a name means nothing.
pub fn select(names: &[String], quick: bool) -> Result<Vec<Case>> {
    let listed = || all().into_iter().filter(|c| c.when == When::Always || !quick);
    if names.is_empty() {
        return Ok(listed().collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        if name.contains(['@', ':']) {
            chosen.push(Case::parse(name).with_context(|| format!("--cases {name}"))?);
            continue;
        }
        if !all().iter().any(|c| c.of == *name) {
            let mut known: Vec<_> = all().into_iter().map(|c| c.of).collect();
            known.dedup();
            let known = known.join(", ");
            bail!("--cases {name}: there are {known}, NETWORK[+VARIANT]@SCALE and MODEL:NEURONS");
        }
        chosen.extend(listed().filter(|c| c.of == *name));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_loads_and_is_found_by_its_label() {
        for case in all() {
            let found = select(&[case.label()], true).expect("a label").remove(0);
            assert_eq!(found, Case { when: When::Always, ..case.clone() });
            // Large ones differ from small ones in nothing that loading would show.
            if case.when == When::Always {
                case.load(Precision::F32).expect("a network");
            }
        }
    }

    #[test]
    fn names_select_rows() {
        let labels = |name: &str, quick| {
            let cases = select(&[name.to_owned()], quick).expect("a name");
            cases.iter().map(Case::label).collect::<Vec<_>>()
        };
        let hpc = ["hpc@0.02", "hpc@0.1", "hpc+plastic@0.02", "hpc+plastic@0.1"];
        assert_eq!(labels("hpc", false), hpc);
        assert_eq!(labels("izhikevich", true), ["izhikevich:1000", "izhikevich:100000"]);
        assert!(labels("microcircuit", true).len() < labels("microcircuit", false).len());
        assert_eq!(labels("cuba@2", true), ["cuba@2"]);
        assert_eq!(labels("coba", true), ["coba@1"]);
        assert_eq!(labels("coba", false), ["coba@1", "coba@10", "coba@100", "coba@1000"]);
        // A network and a model have this name.
        let both = labels("izhikevich2003", true);
        assert!(both.contains(&"izhikevich2003@1".to_owned()), "{both:?}");
        assert!(both.contains(&"izhikevich2003:1000".to_owned()), "{both:?}");
        for wrong in ["nothing", "nothing@1", "cuba@two", "cuba@-1", "cuba:100", "izhikevich:0.5"] {
            assert!(select(&[wrong.to_owned()], false).is_err(), "{wrong}");
        }
    }
}
