//! What a device says of itself.

use isospike_backend::{Error, ErrorKind, Result};
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
                let message = format!("the device does not say its {what:?}: {e}");
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
            name: text(DeviceInfo::Name)?.trim().to_owned(),
            memory_bytes: number(DeviceInfo::GlobalMemSize)?,
            largest_bytes: number(DeviceInfo::MaxMemAllocSize)?,
            units: number(DeviceInfo::MaxComputeUnits)? as u32,
            is_cpu,
            f64: has("cl_khr_fp64"),
            i64_atomics: has("cl_khr_int64_base_atomics"),
            exact_division,
        })
    }

    /// How kernels are cut for the device.
    pub(crate) fn shape(&self) -> Shape {
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
                list_items: 256,
                deliver: Size { groups: 16 * self.units, items: 32 },
                update_items: 128,
                short_poisson: 0,
            },
        }
    }
}
