//! Which networks are run, at which size.

use anyhow::{Context, Result, bail};
use isospike::net::Loader;
use isospike::{Network, Precision};

/// A bundled network at a scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Name of the bundled network.
    pub network: String,
    /// Variant of its file, if not the plain one.
    pub variant: Option<String>,
    /// Size relative to the file's.
    pub scale: f64,
    /// Too long for a quick look.
    pub long: bool,
}

/// The rows of the matrix: network, variant, scale, long.
const CASES: &[(&str, Option<&str>, f64, bool)] = &[
    ("cuba", None, 1.0, false),
    ("coba", None, 1.0, false),
    ("cobahh", None, 1.0, false),
    ("izhikevich2003", None, 1.0, false),
    ("brunel_delta", None, 0.8, false),
    ("brunel_alpha", None, 0.8, false),
    ("hpc", None, 0.1, false),
    ("hpc", Some("plastic"), 0.1, false),
    ("microcircuit", None, 0.1, false),
    ("microcircuit", Some("dc"), 0.1, false),
    ("microcircuit", None, 1.0, true),
    ("microcircuit", Some("dc"), 1.0, true),
];

impl Case {
    /// How a case is called on the command line and in tables: `microcircuit+dc@0.1`.
    pub fn label(&self) -> String {
        let variant = self.variant.as_ref().map_or(String::new(), |v| format!("+{v}"));
        format!("{}{variant}@{}", self.network, self.scale)
    }

    /// The network.
    ///
    /// # Errors
    /// If there is no such network or variant, or it cannot be scaled.
    pub fn load(&self, precision: Precision) -> Result<Network> {
        let overrides = self.variant.iter().map(|v| format!("variant={v}")).collect();
        let scale = (self.scale != 1.0).then_some(self.scale);
        let loader = Loader { scale, overrides, precision: Some(precision), ..Loader::default() };
        loader.load(&self.network).with_context(|| self.label())
    }

    /// A case of the list by its label, or `network[+variant]@scale` with any scale.
    fn parse(text: &str) -> Result<Case> {
        let (name, scale) = text.split_once('@').context("has no scale")?;
        let (network, variant) = match name.split_once('+') {
            Some((network, variant)) => (network, Some(variant.to_owned())),
            None => (name, None),
        };
        let scale: f64 = scale.parse().with_context(|| format!("scale {scale:?}"))?;
        if isospike::net::bundled(network).is_none() {
            bail!("there is no bundled network {network:?}");
        }
        let network = network.to_owned();
        let known = all().into_iter().find(|c| c.network == network && c.scale == scale);
        let long = known.is_some_and(|c| c.long);
        Ok(Case { network, variant, scale, long })
    }
}

fn all() -> Vec<Case> {
    let case = |&(network, variant, scale, long): &(&str, Option<&str>, f64, bool)| Case {
        network: network.to_owned(),
        variant: variant.map(str::to_owned),
        scale,
        long,
    };
    CASES.iter().map(case).collect()
}

/// The cases with these names: `cuba` is every row of that network, `cuba@2` that network at that
/// scale. No names mean all rows; `quick` leaves out the long ones.
///
/// # Errors
/// If a name means nothing.
pub fn select(names: &[String], quick: bool) -> Result<Vec<Case>> {
    if names.is_empty() {
        return Ok(all().into_iter().filter(|c| !(quick && c.long)).collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        if name.contains('@') {
            let case = Case::parse(name).with_context(|| format!("--networks {name}"))?;
            chosen.push(case);
            continue;
        }
        let rows: Vec<_> = all().into_iter().filter(|c| c.network == *name).collect();
        if rows.is_empty() {
            let mut known: Vec<_> = CASES.iter().map(|c| c.0).collect();
            known.dedup();
            bail!("--networks {name}: there are {}, and NETWORK[+VARIANT]@SCALE", known.join(", "));
        }
        chosen.extend(rows.into_iter().filter(|c| !(quick && c.long)));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_loads_and_is_found_by_its_label() {
        for case in all() {
            let found = select(&[case.label()], true).expect("a label");
            assert_eq!(found.first(), Some(&case));
            case.load(Precision::F32).expect("a network");
        }
    }

    #[test]
    fn names_select_rows() {
        let labels = |name: &str, quick| {
            let cases = select(&[name.to_owned()], quick).expect("a name");
            cases.iter().map(Case::label).collect::<Vec<_>>()
        };
        assert_eq!(labels("hpc", false), ["hpc@0.1", "hpc+plastic@0.1"]);
        assert!(labels("microcircuit", true).len() < labels("microcircuit", false).len());
        assert_eq!(labels("cuba@2", true), ["cuba@2"]);
        for wrong in ["nothing", "nothing@1", "cuba@two"] {
            assert!(select(&[wrong.to_owned()], false).is_err());
        }
    }
}
