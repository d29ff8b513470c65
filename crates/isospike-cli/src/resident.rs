//! How much memory this process has, as the operating system counts it.

/// Resident memory now (bytes); 0 where the system does not say (only Linux does).
pub(crate) fn now_bytes() -> u64 {
    status("VmRSS:")
}

/// Most resident memory so far (bytes); 0 where the system does not say.
pub(crate) fn peak_bytes() -> u64 {
    status("VmHWM:")
}

fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(key));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
