//! What a device says of itself.

use crate::failure::words;
use crate::options::Target;
use cudarc::driver::DriverError;
use cudarc::driver::result::device;
use cudarc::driver::sys::CUdevice_attribute_enum as Attribute;
use isospike_gpu::{Shape, Size};

/// Facts that decide how kernels are cut and compiled.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) memory_bytes: u64,
    /// Multiprocessors.
    pub(crate) units: u32,
    /// Compute capability times ten.
    pub(crate) capability: u32,
}

impl Facts {
    /// Asks a device without opening it. The driver is initialised.
    ///
    /// # Errors
    /// The driver's words.
    pub(crate) fn of(ordinal: i32) -> Result<Facts, String> {
        let ask = || -> Result<Facts, DriverError> {
            let device = device::get(ordinal)?;
            // SAFETY: the driver has just handed it out.
            let attribute = |what| unsafe { device::get_attribute(device, what) };
            let major = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
            let minor = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
            let units = attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
            // SAFETY: as above.
            let memory = unsafe { device::total_mem(device) }?;
            Ok(Facts {
                name: device::get_name(device)?,
                memory_bytes: memory as u64,
                units: units.max(1) as u32,
                capability: (10 * major + minor) as u32,
            })
        };
        ask().map_err(words)
    }

    /// For people: name, compute capability, who compiles for it.
    pub(crate) fn said(&self, nvrtc: &str) -> String {
        let (major, minor) = (self.capability / 10, self.capability % 10);
        format!("{}, compute capability {major}.{minor}, NVRTC {nvrtc}", self.name.trim())
    }

    /// What to compile for.
    pub(crate) fn target(&self, supported: &[u32]) -> Result<Target, String> {
        Target::of(self.capability, supported).map_err(|e| format!("{}: {e}", self.name.trim()))
    }

    /// How kernels are cut for the device: eight groups of 256 fill a multiprocessor.
    pub(crate) fn shape(&self) -> Shape {
        Shape {
            owned: false,
            list_items: 1024,
            deliver: Size { groups: 8 * self.units, items: 256 },
            update_items: 128,
            short_poisson: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_for_people_and_cut_by_multiprocessors() {
        let facts = Facts {
            name: "NVIDIA H100 80GB HBM3 ".to_owned(),
            memory_bytes: 1 << 36,
            units: 132,
            capability: 90,
        };
        let said = facts.said("12.9");
        assert_eq!(said, "NVIDIA H100 80GB HBM3, compute capability 9.0, NVRTC 12.9");
        assert_eq!(facts.shape().deliver.groups, 1056);
        assert_eq!(facts.target(&[75, 90]), Ok(Target::Binary(90)));
        let refused = facts.target(&[100]).expect_err("too new a compiler");
        assert!(refused.starts_with("NVIDIA H100 80GB HBM3: "), "{refused}");
    }
}
