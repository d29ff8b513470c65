//! `isospike devices`: what networks can run on. Each device is opened, and so swept: what stands
//! in the list as exact has just computed every primitive as the CPU does.

use crate::args::ListArgs;
use crate::failure::Failure;
use crate::text;
use isospike::backend::memory::human;
use isospike::backend::{Backend, Capability, Device};
use isospike::{DeviceOptions, backends};
use serde::Serialize;
use std::process::ExitCode;

#[derive(Serialize)]
struct Line {
    device: String,
    name: String,
    /// 0 if it does not say.
    memory_bytes: u64,
    /// `"exact"`: it opened, and its sweep found no primitive that is not; else `"refused"`.
    verdict: &'static str,
    /// Why it was refused.
    error: Option<String>,
    capability: Option<Can>,
}

#[derive(Serialize)]
struct Can {
    f64_state: bool,
    i64_accumulators: bool,
    plasticity: bool,
    /// The processors this program runs on, not a device beside them.
    processor: bool,
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
    let mut t = text::table(&["device", "memory", "verdict", "can", "name"], &[1]);
    for g in &groups {
        for d in &g.devices {
            let can = d.capability.as_ref().map_or_else(String::new, Can::text);
            let verdict = match &d.error {
                None => d.verdict.to_owned(),
                Some(error) => format!("{}: {error}", d.verdict),
            };
            let memory = if d.memory_bytes > 0 { human(d.memory_bytes) } else { String::new() };
            t.add_row([d.device.clone(), memory, verdict, can, d.name.clone()]);
        }
        if g.devices.is_empty() {
            let reason = g.reason.clone().unwrap_or_else(|| "no device found".into());
            let verdict = format!("no device: {reason}");
            t.add_row([g.backend.into(), String::new(), verdict, String::new(), String::new()]);
        }
    }
    text::print(&format!("{t}\n"));
    Ok(ExitCode::SUCCESS)
}

fn group(backend: &dyn Backend) -> Group {
    let devices = backend.devices();
    let line = |(i, info): (usize, isospike::backend::DeviceInfo)| {
        let opened = backend.open(i);
        let verdict = if opened.is_ok() { "exact" } else { "refused" };
        Line {
            device: format!("{}:{}", backend.name(), info.address),
            name: info.name,
            memory_bytes: info.memory_bytes,
            verdict,
            error: opened.as_ref().err().map(ToString::to_string),
            capability: opened.ok().map(|d| Can::of(&*d)),
        }
    };
    let refused = devices.refused.into_iter().map(|r| Line {
        device: format!("{}:{}", backend.name(), r.address),
        name: String::new(),
        memory_bytes: 0,
        verdict: "refused",
        error: Some(r.reason),
        capability: None,
    });
    Group {
        backend: backend.name(),
        reason: devices.reason,
        devices: devices.list.into_iter().enumerate().map(line).chain(refused).collect(),
    }
}

impl Can {
    fn of(device: &dyn Device) -> Can {
        let Capability { f64_state, i64_accumulators, plasticity, blocks, .. } =
            device.capability();
        let processor = device.is_processor();
        Can { f64_state, i64_accumulators, plasticity, processor, blocks }
    }

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
