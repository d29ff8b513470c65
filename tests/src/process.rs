//! Memory of this process and this machine, as Linux counts it.

/// Resident memory now (bytes); `None` where the system does not say.
pub fn resident_bytes() -> Option<u64> {
    field("/proc/self/status", "VmRSS:")
}

/// Most resident memory so far (bytes).
pub fn peak_bytes() -> Option<u64> {
    field("/proc/self/status", "VmHWM:")
}

/// Memory a new process could have without swapping (bytes).
pub fn available_bytes() -> Option<u64> {
    field("/proc/meminfo", "MemAvailable:")
}

fn field(file: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(key))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
