//! Memory of this process and this machine, as Linux counts it.

pub use isospike::resident::{now_bytes as resident_bytes, peak_bytes};

/// Memory a new process could have without swapping (bytes).
pub fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
