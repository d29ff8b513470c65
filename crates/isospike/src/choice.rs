//! `--device auto`: which device a network runs on, and why.
//!
//! The rule. A device can run a network if it opens (its sweep finds every primitive exact), if its
//! [`Capability`](isospike_backend::Capability) serves what the plan needs and holds its largest
//! buffer, and if the plan's bytes are within its memory, or within the limit that was given. Of
//! the devices that can, an accelerator is preferred from [`LEAST_NEURONS`] neurons or
//! [`LEAST_SYNAPSES`] synapses on (times lanes), a processor below; among equals the first in the
//! order of `isospike devices`. If there is none of the preferred kind, the other kind will do.
//!
//! The two numbers are stated, not measured: no accelerator has run isospike yet. They stand where
//! a step takes one CPU thread about 70 us (COBA with 4,000 neurons: 5.4 us, the full microcircuit
//! with 299 million synapses on two: 150 us; `benches/runs`), and a step of a device is taken to
//! cost some tens of us in launches, whatever is in it.

use crate::{DeviceOptions, Options, backends};
use isospike_backend::memory::thousands;
use isospike_backend::plan::Measured;
use isospike_backend::{Devices, Error, ErrorKind, Plan, PlanOptions, Result};
use isospike_net::Network;
use serde::Serialize;
use std::sync::Arc;

/// The name that leaves the choice of a device to the network.
pub const AUTO: &str = "auto";

/// From this many neurons times lanes on an accelerator is preferred.
const LEAST_NEURONS: u64 = 50_000;
/// Or from this many synapses times lanes on.
const LEAST_SYNAPSES: u64 = 50_000_000;

/// A device that was chosen for a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Its name, as one would have given it.
    pub device: String,
    /// Why it was chosen.
    pub why: String,
    /// What was looked at before and not chosen.
    pub passed_over: Vec<PassedOver>,
}

/// A device, whether it answers or not, or a backend without devices, that was not chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Its name.
    pub device: String,
    /// Why not.
    pub reason: String,
}

impl PassedOver {
    /// What a backend lacks: devices that do not answer, or any.
    pub(crate) fn absent(backend: &str, devices: &Devices) -> Vec<PassedOver> {
        let all = devices.absent(backend).into_iter();
        all.map(|(device, reason)| PassedOver { device, reason }).collect()
    }
}

impl Options {
    /// The same options with `auto` decided for a network; nothing changes where a device was
    /// named. Opens devices until one is found that can run it.
    ///
    /// # Errors
    /// `Invalid` for a network that is wrong. If no device can run it, the kind of error of the
    /// first one, and what each of them said.
    pub fn decide(&self, network: &Arc<Network>) -> Result<(Options, Option<Choice>)> {
        if self.device != AUTO {
            return Ok((self.clone(), None));
        }
        let choice = self.choose(network)?;
        Ok((Options { device: choice.device.clone(), ..self.clone() }, Some(choice)))
    }

    fn choose(&self, network: &Arc<Network>) -> Result<Choice> {
        let found =
            backends(&DeviceOptions::default()).into_iter().map(|b| (b.name(), b.devices()));
        let found: Vec<_> = found.collect();
        // What fits nowhere is not even measured.
        let memory_limit = found.iter().flat_map(|(_, d)| &d.list).map(|d| d.memory_bytes).max();
        let memory_limit = memory_limit.filter(|&bytes| bytes > 0);
        // The same on every device: synapses, and what the plan needs.
        let options = PlanOptions { memory_limit, ..PlanOptions::default() };
        let measured = Plan::measure(network.clone(), &options)?;
        let size = Size::of(network, &measured);
        let (mut passed_over, mut first_error, mut second_best) = (Vec::new(), None, None);
        for (backend, devices) in found {
            passed_over.extend(PassedOver::absent(backend, &devices));
            for info in devices.list {
                let device = format!("{backend}:{}", info.address);
                let reason = match self.fits(&device, network, &measured) {
                    Ok(is_processor) if is_processor != size.is_large() => {
                        let why = size.why(is_processor);
                        return Ok(Choice { device, why, passed_over });
                    }
                    Ok(is_processor) => {
                        second_best.get_or_insert((device.clone(), is_processor));
                        match is_processor {
                            true => "it is a processor; an accelerator is preferred".to_owned(),
                            false => "it is an accelerator; a processor is preferred".to_owned(),
                        }
                    }
                    Err(error) => {
                        let reason = error.to_string();
                        first_error.get_or_insert(error.kind());
                        reason
                    }
                };
                passed_over.push(PassedOver { device, reason });
            }
        }
        match second_best {
            Some((device, is_processor)) => {
                let other = if is_processor { "accelerator" } else { "processor" };
                let why = format!("{size}, and no {other} here can run it");
                passed_over.retain(|p| p.device != device);
                Ok(Choice { device, why, passed_over })
            }
            None => {
                let each = passed_over.iter().map(|p| format!("{}: {}", p.device, p.reason));
                let each = each.collect::<Vec<_>>().join("; ");
                let message = format!("device \"auto\": no device can run this network: {each}");
                Err(Error::new(first_error.unwrap_or(ErrorKind::Device), message))
            }
        }
    }

    /// Whether a device that can run the network is a processor.
    fn fits(&self, device: &str, network: &Arc<Network>, measured: &Measured) -> Result<bool> {
        let (device, plan) = Options { device: device.to_owned(), ..self.clone() }.open()?;
        device.capability().serves(measured.needs)?;
        let memory = Plan::measure(network.clone(), &plan)?.memory;
        device.capability().holds(&memory)?;
        Ok(device.is_processor())
    }
}

/// What the preference goes by.
struct Size {
    neurons: u64,
    synapses: u64,
}

impl Size {
    fn of(network: &Network, measured: &Measured) -> Size {
        let lanes = network.lane_seeds.len() as u64;
        Size { neurons: network.neurons() * lanes, synapses: measured.n_synapses * lanes }
    }

    fn is_large(&self) -> bool {
        self.neurons >= LEAST_NEURONS || self.synapses >= LEAST_SYNAPSES
    }

    fn why(&self, is_processor: bool) -> String {
        let (neurons, synapses) = (thousands(LEAST_NEURONS), thousands(LEAST_SYNAPSES));
        match is_processor {
            true => format!(
                "{self}; an accelerator is preferred from {neurons} neurons or {synapses} synapses on"
            ),
            false => format!("{self}, at least {neurons} neurons or {synapses} synapses"),
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} neurons, {} synapses", thousands(self.neurons), thousands(self.synapses))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_number_makes_a_network_large() {
        let large = |neurons, synapses| Size { neurons, synapses }.is_large();
        assert!(!large(LEAST_NEURONS - 1, LEAST_SYNAPSES - 1));
        assert!(large(LEAST_NEURONS, 0) && large(1, LEAST_SYNAPSES));
    }
}
