//! `isospike size --sweep`: a table of plans over a parameter.

use super::per_synapse;
use crate::args::{NetworkArgs, SizeArgs};
use crate::commands::network::{load, load_at, options};
use crate::failure::Failure;
use crate::progress::Bars;
use crate::text;
use crate::vary::Vary;
use isospike::backend::memory::{Group, human, thousands};
use isospike::{Count, Room};
use serde::Serialize;
use serde_json::Value;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Serialize)]
struct Page<'a> {
    parameter: &'a str,
    /// What is changed to reach a value, if not the parameter itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    varied: Option<&'static str>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    /// A number where it is one.
    value: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// There is no such network, and why.
    Error(String),
    #[serde(untagged)]
    Planned(Planned),
}

#[derive(Serialize)]
struct Planned {
    network: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<f64>,
    batch: usize,
    n_neurons: u64,
    n_synapses: u64,
    total_bytes: u64,
    /// By group.
    bytes: std::collections::BTreeMap<&'static str, u64>,
    /// Whether it is within the memory limit, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    fits: Option<bool>,
}

/// Plans the network at every value and shows a table.
///
/// # Errors
/// If the arguments cannot be used, or if there is no network for any of the values.
pub(super) fn sweep(args: &SizeArgs, wanted: &Vary) -> Result<ExitCode, Failure> {
    let network = Arc::new(load(&args.network)?);
    let (options, _) = options(&args.network, &args.place, &network)?;
    let room = Room::of(&options)?.with_limit(None);
    let bars = Bars::new(false, network.dt_ms);
    bars.say("planning");
    let count = match &*wanted.name {
        "synapses" => Some(Count::Synapses),
        "neurons" => Some(Count::Neurons),
        _ => None,
    };
    let mut rows = Vec::new();
    let mut first_failure = None;
    for value in wanted.values.clone() {
        let outcome = match plan(&args.network, &room, &wanted.name, count, &value) {
            Ok(planned) => Outcome::Planned(planned),
            Err(failure) => {
                let message = failure.to_string();
                first_failure.get_or_insert(failure);
                Outcome::Error(message)
            }
        };
        let number = value.parse::<f64>().map(Value::from);
        rows.push(Row { value: number.unwrap_or_else(|_| value.into()), outcome });
    }
    drop(bars);
    let planned = rows.iter().any(|r| matches!(r.outcome, Outcome::Planned(_)));
    if let (false, Some(failure)) = (planned, first_failure) {
        return Err(failure);
    }
    let page = Page { parameter: &wanted.name, varied: count.map(|_| "scale"), rows };
    if args.json {
        text::print_json(&page);
    } else {
        text::print(&page.text());
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(
    args: &NetworkArgs,
    room: &Room,
    name: &str,
    count: Option<Count>,
    value: &str,
) -> Result<Planned, Failure> {
    let mut scale = None;
    let number = || {
        let wrong = || Failure::user(format!("{name} = {value}; must be a number > 0"));
        value.parse::<f64>().ok().filter(|x| *x > 0.0 && x.is_finite()).ok_or_else(wrong)
    };
    let network = match (name, count) {
        (_, Some(count)) => {
            let found = room.scale_for(|scale| load_at(args, scale), count, number()?)?;
            scale = Some(found);
            load_at(args, found)?
        }
        ("scale", _) => load_at(args, number()?)?,
        ("batch", _) => {
            let wrong = || Failure::user(format!("batch = {value}; must be a whole number > 0"));
            let batch = Some(value.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?);
            load(&NetworkArgs { batch, ..args.clone() })?
        }
        _ => {
            let set = [args.set.clone(), vec![format!("{name}={value}")]].concat();
            load(&NetworkArgs { set, ..args.clone() })?
        }
    };
    let network = Arc::new(network);
    let measured = room.measure(network.clone())?;
    let total_bytes = measured.memory.total_bytes();
    let bytes = |group: Group| (group.name(), measured.memory.group_bytes(group));
    Ok(Planned {
        network: network.name.clone(),
        scale,
        batch: network.lane_seeds.len(),
        n_neurons: network.neurons(),
        n_synapses: measured.n_synapses,
        total_bytes,
        bytes: Group::ALL.into_iter().map(bytes).collect(),
        fits: args.memory_limit.map(|limit| total_bytes <= limit),
    })
}

impl Row {
    /// The value as it is shown.
    fn cell(&self) -> String {
        let number = self.value.as_f64().map(text::number);
        number.or_else(|| self.value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl Page<'_> {
    fn text(&self) -> String {
        let planned = || {
            self.rows.iter().filter_map(|row| match &row.outcome {
                Outcome::Planned(p) => Some(p),
                Outcome::Error(_) => None,
            })
        };
        let used = |g: &Group| planned().any(|p| p.bytes.get(g.name()).is_some_and(|b| *b > 0));
        let groups: Vec<_> = Group::ALL.into_iter().filter(used).map(Group::name).collect();
        let limited = planned().any(|p| p.fits.is_some());
        let before = [self.parameter].into_iter().chain(self.varied);
        let after = ["bytes a synapse"].into_iter().chain(limited.then_some("fits"));
        let counts = ["neurons", "synapses", "bytes"];
        let headings: Vec<_> =
            before.chain(counts).chain(groups.iter().copied()).chain(after).collect();
        let mut table = text::table(&headings, &(0..headings.len()).collect::<Vec<_>>());
        let mut notes = String::new();
        for row in &self.rows {
            let p = match &row.outcome {
                Outcome::Planned(p) => p,
                Outcome::Error(e) => {
                    notes.push_str(&format!("{} = {}: {e}\n", self.parameter, row.cell()));
                    continue;
                }
            };
            let mut cells = vec![row.cell()];
            cells.extend(p.scale.map(|scale| scale.to_string()));
            cells.extend([thousands(p.n_neurons), thousands(p.n_synapses), human(p.total_bytes)]);
            cells.extend(groups.iter().map(|g| human(p.bytes.get(g).copied().unwrap_or(0))));
            cells.push(per_synapse(p.total_bytes, p.n_synapses));
            cells.extend(p.fits.map(|fits| if fits { "yes" } else { "no" }.to_owned()));
            table.add_row(cells);
        }
        let varied = match self.varied {
            Some(_) => format!("{} are reached by --scale\n", self.parameter),
            None => String::new(),
        };
        format!("{table}\n{varied}{notes}")
    }
}
