//! What several tests need.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::isa::Isa;
use isospike_layer::Real;
use isospike_layer::compute::Computer;
use std::path::{Path, PathBuf};

/// A file of the paper's.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A device of one thread without SIMD beyond what every machine has.
pub(crate) fn plain<F: Real>() -> Computer<F> {
    let cpu = Cpu { isa: Isa::Baseline, ..Cpu::with_threads(1) };
    CpuDevice::new(cpu).expect("a CPU").computer()
}

/// One of three threads and all SIMD there is.
pub(crate) fn threads<F: Real>() -> Computer<F> {
    CpuDevice::new(Cpu::with_threads(3)).expect("a CPU").computer()
}

/// Numbers between -1 and 1 that look random: a linear congruence.
pub(crate) fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// A file of this test alone, removed at the end.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("isospike-nir-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
