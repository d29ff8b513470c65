//! Every way of running a network on this machine that must not change a bit.

use crate::devices::CPU;
use crate::{DeviceOptions, Options, PassedOver, backends};
use isospike_lane::isa::Isa;
use std::fmt;

/// A device, on the CPU with threads and an instruction set.
#[derive(Clone)]
pub struct Place {
    /// The options that open it.
    pub options: Options,
}

impl fmt::Display for Place {
    /// `cpu:0, 1 thread, avx2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { device, threads, isa, .. } = &self.options;
        f.write_str(device)?;
        if let Some(n) = threads {
            write!(f, ", {n} thread{}", if *n == 1 { "" } else { "s" })?;
        }
        isa.map_or(Ok(()), |isa| write!(f, ", {}", isa.name()))
    }
}

/// The CPU on one thread with each instruction set of the machine, weakest first, then on all
/// threads, each with work of its own however small the network; and every other device. Devices
/// that do not answer and backends without devices come with their reason. `options` says
/// everything but device, threads and instruction set.
pub fn places(options: &Options) -> (Vec<Place>, Vec<PassedOver>) {
    let (mut places, mut absent) = (Vec::new(), Vec::new());
    for backend in backends(&DeviceOptions::default()) {
        let devices = backend.devices();
        absent.extend(PassedOver::absent(backend.name(), &devices));
        for info in devices.list {
            let device = format!("{}:{}", backend.name(), info.address);
            let on = |threads, isa| Place {
                options: Options {
                    device: device.clone(),
                    threads,
                    isa,
                    spread: true,
                    ..options.clone()
                },
            };
            if backend.name() != CPU {
                places.push(on(None, None));
                continue;
            }
            let each = Isa::ALL.into_iter().filter(|isa| isa.available());
            places.extend(each.map(|isa| on(Some(1), Some(isa))));
            let DeviceOptions { threads, isa } = DeviceOptions::default();
            // One core: two threads still cut the network in two.
            places.push(on(Some(threads.max(2)), Some(isa)));
        }
    }
    (places, absent)
}
