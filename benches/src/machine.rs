//! A note on the machine, without which no time means anything.

use isospike::lane::isa::Isa;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the numbers were measured on; what cannot be found out is empty.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    pub isa: String,
    /// Memory (bytes).
    pub memory_bytes: u64,
    /// Kernel.
    pub kernel: String,
    /// Setting of transparent huge pages.
    pub huge_pages: String,
    /// isospike's version.
    pub isospike: String,
    /// Date of the measurement (UTC): `2026-01-31`.
    pub date: String,
}

impl Machine {
    /// This machine, today.
    pub fn here() -> Machine {
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
            isa: Isa::detect().name().to_owned(),
            memory_bytes: kib.unwrap_or(0) * 1024,
            kernel: format!("{} {}", std::env::consts::OS, line("/proc/sys/kernel/osrelease")),
            huge_pages: chosen.to_owned(),
            isospike: env!("CARGO_PKG_VERSION").to_owned(),
            date: today(),
        }
    }

    /// As the lines of a Markdown list.
    pub fn lines(&self) -> Vec<String> {
        let memory = isospike::backend::memory::human(self.memory_bytes);
        vec![
            format!("CPU: {}, {} cores, {} threads", self.cpu, self.cores, self.threads),
            format!("caches: {}", self.caches.join(", ")),
            format!("instruction set: {}", self.isa),
            format!("memory: {memory}, transparent huge pages: {}", self.huge_pages),
            format!("kernel: {}", self.kernel),
            format!("isospike {}, {}", self.isospike, self.date),
        ]
    }

    /// What a run on it is archived under: the date, and a device that was asked for or the CPU, in
    /// lower-case letters and digits.
    pub fn archive_name(&self, device: Option<&str>) -> String {
        let device = device.unwrap_or(&self.cpu).to_lowercase();
        let words = device.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
        let words: Vec<_> = words.take_while(|w| !w.ends_with("core")).collect();
        format!("{}-{}", self.date, words.join("-"))
    }
}

/// Today in UTC, by the Gregorian calendar.
fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    date(now.map_or(0, |t| t.as_secs() / 86_400))
}

/// The date so many days after 1970-01-01. Years are counted from March, so that the leap day is
/// their last (E. G. Richards, Mapping Time, 1998).
fn date(days: u64) -> String {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1);
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
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
    fn days_have_dates() {
        let dates = [0, 59, 11_016, 11_017, 19_782, 20_781].map(date);
        let expected =
            ["1970-01-01", "1970-03-01", "2000-02-29", "2000-03-01", "2024-02-29", "2026-11-24"];
        assert_eq!(dates, expected);
    }

    #[test]
    fn archives_are_named_by_date_and_device() {
        let machine = Machine {
            cpu: "AMD EPYC 9B14 96-Core Processor".to_owned(),
            date: "2026-01-31".to_owned(),
            ..Machine::here()
        };
        assert_eq!(machine.archive_name(None), "2026-01-31-amd-epyc-9b14-96");
        assert_eq!(machine.archive_name(Some("NVIDIA H200")), "2026-01-31-nvidia-h200");
    }

    #[test]
    fn cores_are_counted_once() {
        let thread = |core: u32| format!("processor: 0\nphysical id\t: 0\ncore id\t\t: {core}\n");
        let info = [thread(0), thread(0), thread(1)].join("\n");
        assert_eq!(cores(&info), Some(2));
        assert_eq!(cores("processor: 0\n"), None);
        assert_eq!(value(&info, "core id"), Some("0"));
    }
}
