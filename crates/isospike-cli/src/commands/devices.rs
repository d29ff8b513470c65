//! `isospike devices`: what networks can run on.

use crate::args::ListArgs;
use crate::failure::Failure;
use crate::text;
use isospike::backend::memory::human;
use isospike::backend::{Backend, Capability};
use isospike::{DeviceOptions, backends};
use serde::Serialize;
use std::process::ExitCode;

#[derive(Serialize)]
struct Line {
    device: String,
    name: String,
    memory_bytes: u64,
    /// What it can do, or why it cannot be used.
    capability: Option<Can>,
    error: Option<String>,
}

#[derive(Serialize)]
struct Can {
    f64_state: bool,
    i64_accumulators: bool,
    plasticity: bool,
    blocks: usize,
}

#[derive(Serialize)]
struct Group {
    backend: &'static str,
    reason: Option<String>,
    devices: Vec<Line>,
}

/// Lists backends and devices.
///
/// # Errors
/// None: a missing driver is a line in the list.
pub(crate) fn devices(args: &ListArgs) -> Result<ExitCode, Failure> {
    let all = backends(&DeviceOptions::default());
    let groups: Vec<_> = all.iter().map(|b| group(&**b)).collect();
    if args.json {
        text::print_json(&groups);
        return Ok(ExitCode::SUCCESS);
    }
    let mut t = text::table(&["device", "memory", "can", "name"], &[1]);
    for g in &groups {
        for d in &g.devices {
            let can = match (&d.capability, &d.error) {
                (Some(c), _) => c.text(),
                (None, e) => e.clone().unwrap_or_default(),
            };
            t.add_row([d.device.clone(), human(d.memory_bytes), can, d.name.clone()]);
        }
        if g.devices.is_empty() {
            let reason = g.reason.clone().unwrap_or_else(|| "no device found".into());
            t.add_row([g.backend.into(), String::new(), "nothing".into(), reason]);
        }
    }
    text::print(&format!("{t}\n"));
    Ok(ExitCode::SUCCESS)
}

fn group(backend: &dyn Backend) -> Group {
    let devices = backend.devices();
    let line = |(i, info): (usize, isospike::backend::DeviceInfo)| {
        let opened = backend.open(i);
        Line {
            device: format!("{}:{}", backend.name(), info.address),
            name: info.name,
            memory_bytes: info.memory_bytes,
            error: opened.as_ref().err().map(ToString::to_string),
            capability: opened.ok().map(|d| d.capability().into()),
        }
    };
    Group {
        backend: backend.name(),
        reason: devices.reason,
        devices: devices.list.into_iter().enumerate().map(line).collect(),
    }
}

impl From<Capability> for Can {
    fn from(c: Capability) -> Can {
        Can {
            f64_state: c.f64_state,
            i64_accumulators: c.i64_accumulators,
            plasticity: c.plasticity,
            blocks: c.blocks,
        }
    }
}

impl Can {
    fn text(&self) -> String {
        let all = [
            (true, "f32"),
            (self.f64_state, "f64"),
            (self.i64_accumulators, "64-bit sums"),
            (self.plasticity, "plasticity"),
        ];
        all.iter().filter(|(yes, _)| *yes).map(|(_, what)| *what).collect::<Vec<_>>().join(", ")
    }
}
