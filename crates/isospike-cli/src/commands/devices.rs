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
    filters: bool,
    counts: bool,
    stimuli: bool,
    /// The most bytes of one allocation, where not only its memory sets a limit.
    largest_buffer_bytes: Option<u64>,
    /// Operations of f32 that are computed in f64, because the device's own are not exact.
    through_f64: Vec<&'static str>,
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
            let memory = if d.memory_bytes > 0 { human(d.memory_bytes) } else { String::new() };
            t.add_row([d.device.clone(), memory, d.verdict(), can, d.name.clone()]);
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

impl Line {
    /// The verdict, and what led to it.
    fn verdict(&self) -> String {
        let through_f64 = self.capability.iter().flat_map(|can| &can.through_f64);
        let through_f64: Vec<_> = through_f64.copied().collect();
        match &self.error {
            Some(error) => format!("{}: {error}", self.verdict),
            None if through_f64.is_empty() => self.verdict.to_owned(),
            None => format!("{}, {} through f64", self.verdict, through_f64.join(" and ")),
        }
    }
}

impl Can {
    fn of(device: &dyn Device) -> Can {
        let Capability {
            f64_state,
            i64_accumulators,
            plasticity,
            filters,
            counts,
            stimuli,
            blocks,
            buffers: _,
            largest_buffer_bytes,
        } = device.capability();
        Can {
            f64_state,
            i64_accumulators,
            plasticity,
            filters,
            counts,
            stimuli,
            largest_buffer_bytes: Some(largest_buffer_bytes).filter(|&bytes| bytes < u64::MAX),
            through_f64: device.through_f64(),
            processor: device.is_processor(),
            blocks,
        }
    }

    fn text(&self) -> String {
        let all = [
            (true, "f32"),
            (self.f64_state, "f64"),
            (self.i64_accumulators, "64-bit sums"),
            (self.plasticity, "plasticity"),
            (self.filters, "filters"),
            (self.counts, "counts"),
            (self.stimuli, "stimuli"),
        ];
        let can = all.iter().filter(|(yes, _)| *yes).map(|(_, what)| (*what).to_owned());
        let most = self.largest_buffer_bytes.map(|bytes| format!("buffers of {}", human(bytes)));
        can.chain(most).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_a_device_can_and_what_goes_through_f64() {
        let can = Can {
            f64_state: true,
            i64_accumulators: false,
            plasticity: true,
            filters: true,
            counts: false,
            stimuli: true,
            largest_buffer_bytes: Some(2_000_000_000),
            through_f64: vec!["division", "square root"],
            processor: false,
            blocks: 1,
        };
        assert_eq!(can.text(), "f32, f64, plasticity, filters, stimuli, buffers of 2.00 GB");
        let line = Line {
            device: "opencl:0:0".into(),
            name: "a GPU".into(),
            memory_bytes: 0,
            verdict: "exact",
            error: None,
            capability: Some(can),
        };
        assert_eq!(line.verdict(), "exact, division and square root through f64");
        let refused = Line { error: Some("it is old".into()), verdict: "refused", ..line };
        assert_eq!(refused.verdict(), "refused: it is old");
    }
}
