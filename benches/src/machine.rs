//! A note on the machine, without which no time means anything.

use isospike::lane::isa::Isa;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

/// What the numbers were measured on; what cannot be found out is empty.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Model of the CPU.
    pub cpu: String,
    /// Cores.
    pub cores: usize,
    /// Hardware threads this process may use.
    pub threads: usize,
    /// Caches of the first core: `L2 2048K`, with how many hardware threads share one.
    pub caches: Vec<String>,
    /// Strongest instruction set isospike has for it.
    pub isa: &'static str,
    /// Memory (bytes).
    pub memory_bytes: u64,
    /// Kernel.
    pub kernel: String,
    /// Setting of transparent huge pages.
    pub huge_pages: String,
    /// isospike's version.
    pub isospike: &'static str,
    /// Date of the measurement, as given.
    pub date: Option<String>,
}

impl Machine {
    /// This machine.
    pub fn here(date: Option<String>) -> Machine {
        let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        let cpu = value(&info, "model name").unwrap_or(std::env::consts::ARCH).to_owned();
        let memory = read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = value(&memory, "MemTotal").and_then(|v| v.split(' ').next()?.parse::<u64>().ok());
        let huge = line("/sys/kernel/mm/transparent_hugepage/enabled");
        let chosen = huge.split(['[', ']']).nth(1).unwrap_or_default();
        Machine {
            cpu,
            cores: cores(&info).unwrap_or(threads),
            threads,
            caches: caches(Path::new("/sys/devices/system/cpu/cpu0/cache")),
            isa: Isa::detect().name(),
            memory_bytes: kib.unwrap_or(0) * 1024,
            kernel: format!("{} {}", std::env::consts::OS, line("/proc/sys/kernel/osrelease")),
            huge_pages: chosen.to_owned(),
            isospike: env!("CARGO_PKG_VERSION"),
            date,
        }
    }

    /// As the lines of a Markdown list.
    pub fn lines(&self) -> Vec<String> {
        let memory = isospike::backend::memory::human(self.memory_bytes);
        let mut lines = vec![
            format!("CPU: {}, {} cores, {} threads", self.cpu, self.cores, self.threads),
            format!("caches: {}", self.caches.join(", ")),
            format!("instruction set: {}", self.isa),
            format!("memory: {memory}, transparent huge pages: {}", self.huge_pages),
            format!("kernel: {}", self.kernel),
            format!("isospike {}", self.isospike),
        ];
        lines.extend(self.date.as_ref().map(|date| format!("date: {date}")));
        lines
    }
}

fn line(path: &str) -> String {
    read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The value of the first `key : value` line.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = text.lines().find(|l| l.starts_with(key))?;
    Some(line.split_once(':')?.1.trim())
}

/// Distinct (socket, core) pairs.
fn cores(cpuinfo: &str) -> Option<usize> {
    let processors = cpuinfo.split("\n\n");
    let core =
        |p: &str| Some((value(p, "physical id")?.to_owned(), value(p, "core id")?.to_owned()));
    let cores: BTreeSet<_> = processors.filter_map(core).collect();
    (!cores.is_empty()).then_some(cores.len())
}

fn caches(folder: &Path) -> Vec<String> {
    let read = |index: usize, file: &str| {
        let text = read_to_string(folder.join(format!("index{index}")).join(file)).ok()?;
        Some(text.trim().to_owned())
    };
    let cache = |index: usize| {
        let kind = match read(index, "type")?.as_str() {
            "Data" => "d",
            "Instruction" => "i",
            _ => "",
        };
        let shared = read(index, "shared_cpu_list")?;
        Some(format!("L{}{kind} {} (cpu {shared})", read(index, "level")?, read(index, "size")?))
    };
    (0..8).map_while(cache).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_counted_once() {
        let thread = |core: u32| format!("processor: 0\nphysical id\t: 0\ncore id\t\t: {core}\n");
        let info = [thread(0), thread(0), thread(1)].join("\n");
        assert_eq!(cores(&info), Some(2));
        assert_eq!(cores("processor: 0\n"), None);
        assert_eq!(value(&info, "core id"), Some("0"));
    }
}
