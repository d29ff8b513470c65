//! What a device says of itself.

use crate::driver::words;
use isospike_backend::memory::Buffers;
use isospike_backend::{Capability, Error, ErrorKind, Result};
use isospike_gpu::{Shape, Size};
use ocl::core::{self, DeviceId, DeviceInfo, DeviceInfoResult};
use ocl::flags::{DEVICE_TYPE_CPU, FP_CORRECTLY_ROUNDED_DIVIDE_SQRT};

/// Facts that decide how kernels are cut and compiled.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) memory_bytes: u64,
    /// Largest single allocation (bytes).
    pub(crate) largest_bytes: u64,
    pub(crate) units: u32,
    /// Most items of a work-group.
    pub(crate) most_items: u32,
    /// A processor: its items run one after another.
    pub(crate) is_cpu: bool,
    pub(crate) f64: bool,
    pub(crate) i64_atomics: bool,
    /// Division and square root of f32 are correctly rounded when asked for.
    pub(crate) exact_division: bool,
}

impl Facts {
    pub(crate) fn of(device: DeviceId) -> Result<Facts> {
        let ask = |what: DeviceInfo| {
            core::get_device_info(device, what).map_err(|e| {
                let message = format!("the device does not say its {what:?}: {}", words(e));
                Error::new(ErrorKind::Device, message)
            })
        };
        let text = |what| ask(what).map(|x| x.to_string());
        let extensions = text(DeviceInfo::Extensions)?;
        let has = |name: &str| extensions.split_whitespace().any(|e| e == name);
        let number = |what| -> Result<u64> {
            Ok(match ask(what)? {
                DeviceInfoResult::GlobalMemSize(n) | DeviceInfoResult::MaxMemAllocSize(n) => n,
                DeviceInfoResult::MaxComputeUnits(n) => n.into(),
                DeviceInfoResult::MaxWorkGroupSize(n) => n as u64,
                _ => 0,
            })
        };
        let exact_division = matches!(
            ask(DeviceInfo::SingleFpConfig)?,
            DeviceInfoResult::SingleFpConfig(c) if c.contains(FP_CORRECTLY_ROUNDED_DIVIDE_SQRT)
        );
        let is_cpu = matches!(
            ask(DeviceInfo::Type)?,
            DeviceInfoResult::Type(t) if t.contains(DEVICE_TYPE_CPU)
        );
        Ok(Facts {
            name: format!(
                "{}, driver {}",
                text(DeviceInfo::Name)?.trim(),
                text(DeviceInfo::DriverVersion)?.trim()
            ),
            memory_bytes: number(DeviceInfo::GlobalMemSize)?,
            largest_bytes: number(DeviceInfo::MaxMemAllocSize)?,
            units: number(DeviceInfo::MaxComputeUnits)?.max(1) as u32,
            most_items: number(DeviceInfo::MaxWorkGroupSize)?.clamp(1, 1 << 16) as u32,
            is_cpu,
            f64: has("cl_khr_fp64"),
            i64_atomics: has("cl_khr_int64_base_atomics"),
            exact_division,
        })
    }

    /// What the device can do with kernels cut so. Blocks that are owned are added to without
    /// atomics.
    pub(crate) fn capability(&self, shape: &Shape) -> Capability {
        Capability {
            f64_state: self.f64,
            i64_accumulators: shape.owned || self.i64_atomics,
            plasticity: true,
            filters: true,
            counts: true,
            stimuli: true,
            blocks: if shape.owned { self.units as usize } else { 1 },
            buffers: Buffers::Device,
            largest_buffer_bytes: self.largest_bytes,
        }
    }

    /// How kernels are cut for the device.
    pub(crate) fn shape(&self) -> Shape {
        // a power of two, as the running sums of `list` want it
        let at_most = |items: u32| items.min(1 << self.most_items.ilog2());
        match self.is_cpu {
            true => Shape {
                owned: true,
                list_items: 1,
                deliver: Size { groups: 1, items: 1 },
                update_items: 256,
                short_poisson: 40,
            },
            false => Shape {
                owned: false,
                list_items: at_most(256),
                deliver: Size { groups: 16 * self.units, items: at_most(32) },
                update_items: at_most(128),
                short_poisson: 0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu() -> Facts {
        Facts {
            name: "a GPU of 2010".to_owned(),
            memory_bytes: 1 << 30,
            largest_bytes: 1 << 28,
            units: 8,
            most_items: 256,
            is_cpu: false,
            f64: false,
            i64_atomics: false,
            exact_division: false,
        }
    }

    #[test]
    fn groups_are_no_larger_than_the_device_allows() {
        let items = |most_items| {
            let Shape { list_items, deliver, update_items, .. } =
                Facts { most_items, ..gpu() }.shape();
            [list_items, deliver.items, update_items]
        };
        assert_eq!(items(1024), [256, 32, 128]);
        assert_eq!(items(100), [64, 32, 64]);
        assert_eq!(items(1), [1, 1, 1]);
    }

    #[test]
    fn without_wide_atomics_only_processors_have_wide_accumulators() {
        let gpu = gpu();
        let can = gpu.capability(&gpu.shape());
        assert!(!can.i64_accumulators && !can.f64_state && can.blocks == 1);
        let cpu = Facts { is_cpu: true, ..gpu.clone() };
        let can = cpu.capability(&cpu.shape());
        assert!(can.i64_accumulators && can.blocks == 8);
        let newer = Facts { i64_atomics: true, ..gpu };
        assert!(newer.capability(&newer.shape()).i64_accumulators);
    }
}
