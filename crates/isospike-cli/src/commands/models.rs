//! `isospike models`: what neurons can do.

use crate::args::ModelsArgs;
use crate::failure::Failure;
use crate::text;
use comfy_table::Table;
use isospike::mass::NodeRef;
use isospike::mass::models::{NODES, by_name as node_by_name};
use isospike::model::{MODELS, ModelRef, Of, ParamInfo, Range, Sign, SlotInfo, by_name};
use isospike::net::NetError;
use serde::Serialize;
use std::process::ExitCode;

/// The default time step, for which filters are shown.
const DT_MS: f64 = 0.1;

#[derive(Serialize)]
struct Line {
    name: &'static str,
    summary: &'static str,
}

#[derive(Serialize)]
struct Page {
    name: &'static str,
    summary: &'static str,
    equations: &'static str,
    references: &'static str,
    parameters: Vec<Parameter>,
    state: Vec<Slot>,
    ports: Vec<Slot>,
    filters: Vec<Filter>,
    most_spikes_per_step: u32,
    random_words_per_step: usize,
}

#[derive(Serialize)]
struct Filter {
    name: &'static str,
    steps: usize,
    of: &'static str,
    doc: &'static str,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    unit: &'static str,
    default: f64,
    allowed: String,
    doc: &'static str,
}

#[derive(Serialize)]
struct Slot {
    name: &'static str,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<&'static str>,
    doc: &'static str,
}

/// Lists all models, or shows one.
///
/// # Errors
/// If there is no model of this name.
pub(crate) fn models(args: &ModelsArgs) -> Result<ExitCode, Failure> {
    let Some(name) = &args.name else {
        let lines = MODELS.iter().map(|m| Line { name: m.name(), summary: m.about().summary });
        let nodes = NODES.iter().map(|n| Line { name: n.name(), summary: n.about().summary });
        let lines = lines.chain(nodes);
        if args.json {
            text::print_json(&lines.collect::<Vec<_>>());
        } else {
            let mut t = text::table(&["model", "summary"], &[]);
            lines.for_each(|l| {
                t.add_row([l.name, l.summary]);
            });
            text::print(&format!("{t}\n`isospike models NAME` shows equations and parameters.\n"));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let page = match (by_name(name), node_by_name(name)) {
        (Some(model), _) => Page::new(model),
        (None, Some(node)) => Page::of_node(node),
        (None, None) => {
            let names = MODELS.iter().map(|m| m.name()).chain(NODES.iter().map(|n| n.name()));
            return Err(NetError::unknown("models", "model", name, names).into());
        }
    };
    if args.json {
        text::print_json(&page);
    } else {
        text::print(&page.text());
    }
    Ok(ExitCode::SUCCESS)
}

impl Slot {
    fn new(s: &SlotInfo) -> Slot {
        Slot { name: s.name, unit: s.unit, initial: None, weights: None, doc: s.doc }
    }
}

impl Parameter {
    fn new(p: &ParamInfo) -> Parameter {
        Parameter {
            name: p.name,
            unit: p.unit,
            default: p.default,
            allowed: match p.range {
                Range::Any => "any".into(),
                range => range.to_string(),
            },
            doc: p.doc,
        }
    }
}

impl Page {
    /// A node of a network of neural masses: its inputs are what ports are to neurons.
    fn of_node(node: NodeRef) -> Page {
        let about = node.about();
        let first = node.spans().iter().map(|span| span.middle());
        let state = node.state().iter().zip(first);
        Page {
            name: node.name(),
            summary: about.summary,
            equations: about.equations,
            references: about.references,
            parameters: node.params().iter().map(Parameter::new).collect(),
            state: state.map(|(s, x)| Slot { initial: Some(x), ..Slot::new(s) }).collect(),
            ports: node.inputs().iter().map(Slot::new).collect(),
            filters: Vec::new(),
            most_spikes_per_step: 0,
            random_words_per_step: 0,
        }
    }

    fn new(model: ModelRef) -> Page {
        let about = model.about();
        let parameters = model.params().iter().map(Parameter::new);
        let defaults: Vec<_> = model.params().iter().map(|p| p.default).collect();
        let initial = model.state().iter().zip(model.initial(&defaults));
        let ports = model.ports().iter().zip(model.signs());
        let filters = model.filters().iter().enumerate().map(|(i, f)| Filter {
            name: f.name,
            steps: model.kernel(&defaults, DT_MS, i).len(),
            of: match f.of {
                Of::Port(port) => model.ports()[port].name,
                Of::State(slot) => model.state()[slot].name,
            },
            doc: f.doc,
        });
        Page {
            name: model.name(),
            summary: about.summary,
            equations: about.equations,
            references: about.references,
            parameters: parameters.collect(),
            state: initial.map(|(s, x)| Slot { initial: Some(x), ..Slot::new(s) }).collect(),
            ports: ports
                .map(|(s, sign)| Slot { weights: Some(taken(*sign)), ..Slot::new(s) })
                .collect(),
            filters: filters.collect(),
            most_spikes_per_step: model.counts().map_or(1, |c| c.most),
            random_words_per_step: model.draws(),
        }
    }

    fn text(&self) -> String {
        let indent = |s: &str| s.lines().map(|l| format!("  {l}\n")).collect::<String>();
        let mut out =
            format!("{}: {}\n\nEquations\n{}", self.name, self.summary, indent(self.equations));
        let mut section = |heading: &str, table: Table, empty: bool| {
            if !empty {
                out.push_str(&format!("\n{heading}\n{table}\n"));
            }
        };
        let headings = ["parameter", "default", "unit", "allowed", "meaning"];
        let mut t = text::table(&headings, &[1]);
        for p in &self.parameters {
            let default = p.default.to_string();
            t.add_row([p.name, &default, p.unit, &p.allowed, p.doc]);
        }
        section("Parameters", t, self.parameters.is_empty());
        let mut t = text::table(&["state", "initially", "unit", "meaning"], &[1]);
        for s in &self.state {
            let initial = s.initial.map_or(String::new(), |x| x.to_string());
            t.add_row([s.name, &initial, s.unit, s.doc]);
        }
        section("State", t, self.state.is_empty());
        let mut t = text::table(&["port", "unit", "takes by default", "meaning"], &[]);
        for s in &self.ports {
            t.add_row([s.name, s.unit, s.weights.unwrap_or(""), s.doc]);
        }
        section("Ports", t, self.ports.is_empty());
        let mut t = text::table(&["filter", "of", "steps", "meaning"], &[2]);
        for f in &self.filters {
            let steps = match f.steps {
                0 => "as given".to_owned(),
                n => n.to_string(),
            };
            t.add_row([f.name, f.of, &steps, f.doc]);
        }
        section("Filters", t, self.filters.is_empty());
        if !self.references.is_empty() {
            let references: Vec<_> = self.references.split("; ").collect();
            out.push_str(&format!("\nReferences\n{}", indent(&references.join("\n"))));
        }
        out
    }
}

fn taken(sign: Sign) -> &'static str {
    match sign {
        Sign::Any => "all weights",
        Sign::Positive => "weights >= 0",
        Sign::Negative => "weights < 0",
    }
}
