//! The command starts where no driver is: nothing but the system's libraries is linked.

use crate::support::Dir;
use serde_json::Value;

/// Libraries that a machine without a device lacks: they are looked for at run time.
const LATE: &[&str] = &["libOpenCL", "libcuda", "libnvrtc", "libnvidia"];

#[test]
fn no_library_of_a_driver_is_linked() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_isospike")).unwrap();
    if !program.starts_with(b"\x7fELF") {
        println!("SKIPPED drivers::no_library_of_a_driver_is_linked: this system has no ELF files");
        return;
    }
    let needed = needed(&program);
    assert!(needed.iter().any(|name| name.starts_with("libc.")), "{needed:?}");
    for late in LATE {
        assert!(!needed.iter().any(|name| name.starts_with(late)), "{late} in {needed:?}");
    }
}

/// Without a driver for OpenCL the list says so, the CPU runs, and nobody runs in another's place.
#[test]
fn without_a_driver_it_starts_and_says_so() {
    let dir = Dir::new();
    let vendors = dir.path().join("vendors");
    std::fs::create_dir(&vendors).unwrap();
    let without = |args: &[&str]| {
        let mut command = dir.command(args);
        command.env("OCL_ICD_VENDORS", &vendors).env("ISOSPIKE_NVRTC", vendors.join("absent.so"));
        command.output().unwrap()
    };
    let listed = without(&["devices", "--json"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let groups: Value = serde_json::from_slice(&listed.stdout).unwrap();
    for group in groups.as_array().unwrap().iter().filter(|g| g["backend"] != "cpu") {
        assert_eq!(group["devices"], Value::Array(Vec::new()), "{group}");
        assert!(group["reason"].as_str().is_some_and(|reason| reason.len() > 10), "{group}");
        let name = group["backend"].as_str().unwrap();
        let run = without(&["run", "small.toml", "--time", "1ms", "--device", name, "--no-files"]);
        let words = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success() && words.contains("device"), "{words}");
    }
    let run = without(&["run", "small.toml", "--time", "1ms", "--no-files", "--quiet"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// The libraries that the loader opens before `main`: `DT_NEEDED` of a 64-bit little-endian ELF
/// file.
fn needed(file: &[u8]) -> Vec<String> {
    let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize;
    let half = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
    // Type, place in the file, address and length of each segment.
    let segments: Vec<[usize; 4]> = (0..half(56))
        .map(|i| word(32) + i * half(54))
        .map(|at| [half(at), word(at + 8), word(at + 16), word(at + 32)])
        .collect();
    let [_, dynamic, _, length] = *segments.iter().find(|s| s[0] == 2).expect("PT_DYNAMIC");
    let entries = (dynamic..dynamic + length).step_by(16).map(|at| (word(at), word(at + 8)));
    let entries: Vec<_> = entries.take_while(|e| e.0 != 0).collect();
    let address = entries.iter().find(|e| e.0 == 5).expect("DT_STRTAB").1;
    let loaded = |s: &&[usize; 4]| s[0] == 1 && (s[2]..s[2] + s[3]).contains(&address);
    let [_, place, base, _] = *segments.iter().find(loaded).expect("PT_LOAD");
    let text = |offset: usize| {
        let bytes = file[place + address - base + offset..].iter();
        String::from_utf8(bytes.take_while(|b| **b != 0).copied().collect()).unwrap()
    };
    entries.iter().filter(|e| e.0 == 1).map(|e| text(e.1)).collect()
}
