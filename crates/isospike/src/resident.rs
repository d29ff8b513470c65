//! How much memory this process has, as the operating system counts it; only Linux says.

/// Resident memory now (bytes).
pub fn now_bytes() -> Option<u64> {
    status("VmRSS:")
}

/// Most resident memory so far, or since [`forget_peak`] (bytes).
pub fn peak_bytes() -> Option<u64> {
    status("VmHWM:")
}

/// Lets [`peak_bytes`] begin anew, at what is resident now; says whether the system does that.
pub fn forget_peak() -> bool {
    // proc_pid_clear_refs(5)
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

fn status(key: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(key))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
