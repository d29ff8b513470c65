//! Runs that are killed and go on, to the same bits.

use crate::interrupt::with_small_files;
use crate::support::Dir;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Every kind of record and of statistics.
const RECORDS: &[&str] = &[
    "--record",
    "spikes.npz",
    "--record",
    "E.spikes.npy:E",
    "--record",
    "spikes.h5:lane=0",
    "--record",
    "counts.npy:E[0..30]+I:7:1ms..",
    "--record",
    "bits.npy:lane=1",
    "--record-state",
    "E[0..5].V_m:3",
    "--stats",
    "rates,isi,psth:1ms:period=10ms,correlations:E[0..8]:5ms,spectrum:E:5:segment=64",
    "--state-digest-every",
    "500",
    "--batch",
    "2",
];

fn begin<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["run", "small.toml", "--out", "o"], RECORDS, more].concat()
}

/// All files of a directory of results, the summary without what differs from run to run.
fn results(dir: &Dir, out: &str) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(dir.path().join(out)).unwrap().map(|f| f.unwrap().path());
    let read = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        let Ok(serde_json::Value::Object(mut summary)) = serde_json::from_slice(&bytes) else {
            return bytes;
        };
        let of_the_process = [
            "device_name",
            "build_s",
            "simulate_s",
            "real_time_factor",
            "baseline_rss_bytes",
            "peak_rss_bytes",
            "threads",
            "threads_requested",
            "resumed_at",
            "out",
        ];
        of_the_process.iter().for_each(|key| drop(summary.remove(*key)));
        serde_json::to_vec(&summary).unwrap()
    };
    files.map(|f| (f.file_name().unwrap().to_str().unwrap().to_owned(), read(&f))).collect()
}

fn assert_same(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) {
    assert!(a.keys().eq(b.keys()), "{:?} and {:?}", a.keys(), b.keys());
    for (name, bytes) in a {
        let text = || String::from_utf8_lossy(bytes).chars().take(600).collect::<String>();
        assert!(*bytes == b[name], "{name} differs: {}", text());
    }
}

/// Starts a run, and kills it so many ms after its first checkpoint, or after its start; whether it
/// still ran.
fn killed(dir: &Dir, args: &[&str], after_checkpoint: bool, ms: u64) -> bool {
    let checkpoint = dir.path().join("o.unfinished/checkpoint");
    let inode = || std::fs::metadata(&checkpoint).ok().map(|file| file.ino());
    let before = inode();
    let mut run =
        dir.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    while after_checkpoint && inode() == before && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(ms));
    run.kill().expect("sent");
    !run.wait().expect("ended").success()
}

/// A chain of numbers that looks random (Knuth's generator).
fn random(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// The step of the checkpoint there is: what a run that is asked for too little says.
fn reached(dir: &Dir) -> Option<u64> {
    let out = dir.isospike(&["run", "--resume", "o.unfinished", "--time", "1.1ms"]);
    let text = String::from_utf8(out.stderr).unwrap();
    let (_, done) = text.split_once("has done ")?;
    let (ms, _) = done.split_once(" ms").or_else(|| done.split_once(" s"))?;
    let unit = if done.contains(" ms") { 10.0 } else { 10_000.0 };
    Some((ms.replace(',', "").parse::<f64>().unwrap() * unit).round() as u64)
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been() {
    let dir = Dir::new();
    let mut state = 42;
    let resume = ["run", "--resume", "o.unfinished/checkpoint"];
    // Longer than it will live.
    let endless = begin(&["--time", "4000s", "--checkpoint-every", "20", "--threads", "1"]);
    assert!(killed(&dir, &endless, true, 10));
    let mut kills = 1;
    while kills < 20 {
        let threads = ["--threads", ["1", "2", "3"][random(&mut state, 3) as usize]];
        // While it begins, while it writes a checkpoint, and between.
        let (after, ms) = (random(&mut state, 2) == 0, random(&mut state, 100));
        kills += i32::from(killed(&dir, &[&resume[..], &threads].concat(), after, ms));
        assert!(!dir.path().join("o").exists());
    }
    let checkpoint = dir.path().join("o.unfinished/checkpoint");
    // Now it gets an end, and is killed while it comes to it, too: while it writes its results.
    let end = reached(&dir).unwrap() + 400;
    let time = format!("{}us", 100 * end);
    let finish = [&resume[..], &["--time", &time]].concat();
    for _ in 0..8 {
        if !checkpoint.exists() {
            break;
        }
        kills += i32::from(killed(&dir, &finish, false, random(&mut state, 500)));
    }
    if dir.path().join("o.unfinished").exists() {
        dir.ok(&finish);
    }
    println!("{kills} kills until step {end}");
    let mut whole = begin(&["--time", &time]);
    whole[3] = "whole";
    dir.ok(&whole);
    assert_same(&results(&dir, "whole"), &results(&dir, "o"));
    assert_eq!(dir.others(), ["o", "whole"]);
}

/// With checkpoints, a signal leaves the run where it can go on.
#[test]
fn a_run_that_is_stopped_goes_on() {
    let dir = Dir::new();
    let args = begin(&["--time", "4000s", "--checkpoint-every", "1s-wall", "--json"]);
    let run = dir.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It records as soon as it writes more than what its files begin with.
    let grows = || std::fs::metadata(dir.path().join("o.unfinished/spikes.npz.tmp"));
    while grows().map_or(0, |file| file.len()) < 1000 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = run.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let out = run.wait_with_output().unwrap();
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("isospike run --resume o.unfinished/checkpoint"), "{stderr}");
    let summary: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let steps = summary["n_steps"].as_u64().unwrap();
    assert_eq!(summary["checkpoint"], "o.unfinished/checkpoint");
    assert_eq!(dir.others(), ["o.unfinished"]);

    // Another run in its place would be its end.
    let out = dir.isospike(&args);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(text.contains("o.unfinished: holds a run that was not finished"), "{text}");

    // Its end can be put where it stands.
    let time = format!("{}us", 100 * steps);
    let s = dir.json(&["run", "--resume", "o.unfinished", "--time", &time]);
    assert_eq!((&s["digest"], &s["state_digest"]), (&summary["digest"], &summary["state_digest"]));
    assert_eq!((&s["resumed_at"], &s["interrupted"]), (&steps.into(), &false.into()));
    let mut whole = begin(&["--time", &time]);
    whole[3] = "whole";
    dir.ok(&whole);
    assert_same(&results(&dir, "whole"), &results(&dir, "o"));
}

#[test]
fn what_cannot_go_on_is_refused() {
    let dir = Dir::new();
    let args = begin(&["--time", "20ms", "--checkpoint-every", "10ms"]);
    // A directory in the way of the results ends it after its checkpoint.
    let in_the_way = dir.path().join("o/E.spikes.npy/x");
    std::fs::create_dir_all(&in_the_way).unwrap();
    let out = dir.isospike(&args);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(1), "{text}");
    let unfinished = dir.path().join("o.unfinished");
    assert!(unfinished.join("summary.json").exists(), "all is complete: {text}");
    std::fs::remove_dir_all(dir.path().join("o/E.spikes.npy")).unwrap();
    let out = dir.ok(&["run", "--resume", "o.unfinished"]);
    assert!(out.contains("finished: o"), "{out}");
    assert!(!unfinished.exists() && dir.path().join("o/E.spikes.npy").is_file());
    let mut whole = begin(&["--time", "20ms"]);
    whole[3] = "whole";
    dir.ok(&whole);
    assert_same(&results(&dir, "whole"), &results(&dir, "o"));

    // A directory of ours without a checkpoint: what lies there is not ours to remove.
    std::fs::create_dir(&unfinished).unwrap();
    for name in ["lock", "mine.npy"] {
        std::fs::write(unfinished.join(name), "x").unwrap();
    }
    let out = dir.isospike(&["run", "--resume", "o.unfinished"]);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(text.contains("checkpoint: cannot be read"), "{text}");
    assert!(unfinished.join("mine.npy").exists());

    // A run that stops by itself after a checkpoint: its disk is full.
    let dir = Dir::new();
    let long = ["run", "small.toml", "--out", "o", "--time", "5s", "--checkpoint-every", "10ms"];
    let (code, text) = with_small_files(&dir, 64, &long);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("--resume o.unfinished/checkpoint"), "{text}");
    let refused = |args: &[&str], words: &[&str]| {
        let out = dir.isospike(&[&["run", "--resume"], args].concat());
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
        words.iter().for_each(|w| assert!(text.contains(w), "{args:?}: no {w:?} in {text}"));
    };
    let file = "o.unfinished/checkpoint";
    refused(&[file, "--seed", "4"], &["--seed", "cannot be used with"]);
    refused(&[file, "small.toml"], &["cannot be used with"]);
    // Before anything is built.
    let short = [file, "--time", "1ms", "--memory-limit", "10kB"];
    refused(&short, &["time = 1 ms; the run has done"]);
    refused(&["elsewhere"], &["elsewhere", "no such file"]);
    refused(&["small.toml"], &["small.toml", "OUT.unfinished"]);
    let path = dir.path().join(file);
    let good = std::fs::read(&path).unwrap();
    let write = |bytes: &[u8]| std::fs::write(&path, bytes).unwrap();
    write(&good[..good.len() / 2]);
    refused(&[file], &["checkpoint: cannot be read", "cut short or changed"]);
    write(b"something else");
    refused(&[file], &["not a checkpoint of isospike"]);
    let mut other = good.clone();
    other[8] = 9;
    write(&other);
    refused(&[file], &["version 9; this isospike reads version 1"]);
    write(&good);
    let network = crate::support::NETWORK;
    dir.write("small.toml", &network.replace("weight = 50", "weight = 51"));
    refused(&[file], &["another network", "small.toml", "must be what it was"]);
    dir.write("small.toml", network);
    let record = dir.path().join("o.unfinished/spikes.npz.tmp");
    let spikes = std::fs::read(&record).unwrap();
    std::fs::write(&record, &spikes[..200]).unwrap();
    refused(&[file], &["spikes.npz.tmp", "shorter than when it was saved"]);
    std::fs::write(&record, &spikes).unwrap();
    // Nothing of all that did any harm.
    dir.ok(&["run", "--resume", file]);
    dir.ok(&["run", "small.toml", "--out", "whole", "--time", "5s"]);
    assert_same(&results(&dir, "whole"), &results(&dir, "o"));
}

/// Older results are replaced whole, wherever a process ends that moves files over them.
#[test]
fn a_run_that_is_killed_over_older_results_replaces_them() {
    let dir = Dir::new();
    let mut whole = begin(&["--time", "50ms"]);
    whole[3] = "whole";
    dir.ok(&whole);
    let (whole, mut state, mut kills) = (results(&dir, "whole"), 7, 0);
    let unfinished = dir.path().join("o.unfinished");
    for _ in 0..8 {
        // Some files of the same names, some of others.
        let older = ["--record", "spikes.npz", "--record", "old.counts.npy:9", "--stats", "E.isi"];
        dir.ok(&[&["run", "small.toml", "--out", "o", "--time", "9ms"][..], &older].concat());
        let args = begin(&["--time", "50ms", "--checkpoint-every", "20ms"]);
        let mut run = dir.command(&args).stdout(Stdio::null()).spawn().expect("started");
        // As soon as their summary is set aside, or somewhat later.
        let summary = dir.path().join("o/summary.json");
        while summary.exists() && run.try_wait().unwrap().is_none() {}
        std::thread::sleep(Duration::from_micros(random(&mut state, 300)));
        run.kill().expect("sent");
        kills += i32::from(!run.wait().expect("ended").success());
        if unfinished.read_dir().is_ok_and(|mut files| files.next().is_some()) {
            assert!(!summary.exists(), "no summary stands beside what is not its own");
            dir.ok(&["run", "--resume", "o.unfinished"]);
        }
        assert_same(&whole, &results(&dir, "o"));
        assert!(!dir.path().join("o/old.counts.npy").exists());
        std::fs::remove_dir_all(dir.path().join("o")).unwrap();
        let _ = std::fs::remove_dir(&unfinished);
    }
    println!("{kills} kills");
}

/// A disk that is full while results are made of the records costs nothing: what the checkpoint
/// needs is still there.
#[test]
fn a_run_whose_disk_fills_at_its_end_goes_on() {
    let dir = Dir::new();
    let run = ["run", "small.toml", "--time", "140ms", "--out"];
    let records = ["--record", "first.spikes.npz:I", "--record", "spikes.npz"];
    // 64 KiB hold the records of 16 bytes a spike, but not the archive of all, with 20.
    let limited = [&run[..], &["o"], &records, &["--checkpoint-every", "50ms"]].concat();
    let (code, text) = with_small_files(&dir, 64, &limited);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("/spikes.npz: cannot be written"), "{text}");
    let unfinished = dir.path().join("o.unfinished");
    for name in ["checkpoint", "first.spikes.npz", "first.spikes.npz.tmp", "spikes.npz.tmp"] {
        assert!(unfinished.join(name).exists(), "{name}");
    }
    dir.ok(&["run", "--resume", "o.unfinished"]);
    dir.ok(&[&run[..], &["whole"], &records].concat());
    assert_same(&results(&dir, "whole"), &results(&dir, "o"));
    assert_eq!(dir.others(), ["o", "whole"]);
}

/// What a statistic has from the length of a run is no reason against another length.
#[test]
fn a_run_can_be_made_longer_or_shorter_whatever_it_counts() {
    for time in ["700ms", "300ms"] {
        let dir = Dir::new();
        let run = ["run", "small.toml", "--out", "o", "--time", "500ms"];
        let stats = ["--stats", "psth:1ms,spectrum", "--checkpoint-every", "10ms"];
        let (code, text) = with_small_files(&dir, 64, &[&run[..], &stats].concat());
        assert_eq!(code, Some(1), "{text}");
        dir.ok(&["run", "--resume", "o.unfinished", "--time", time]);
        // The segment is that of the run that began.
        let stats = ["--stats", "psth:1ms,spectrum:segment=256"];
        dir.ok(&[&["run", "small.toml", "--out", "whole", "--time", time][..], &stats].concat());
        assert_same(&results(&dir, "whole"), &results(&dir, "o"));
    }
}

/// A run goes from the CPU to an OpenCL device and back.
#[cfg(feature = "opencl")]
#[test]
fn a_run_goes_on_on_another_device() {
    let dir = Dir::new();
    let page = dir.json(&["devices"]);
    let groups = page.as_array().unwrap().iter();
    let there = groups.filter(|group| group["backend"] == "opencl");
    if !there.flat_map(|group| group["devices"].as_array()).any(|devices| !devices.is_empty()) {
        println!("skipped: there is no OpenCL device: {page}");
        return;
    }
    let long = ["run", "small.toml", "--out", "o", "--time", "400ms", "--checkpoint-every", "10ms"];
    let stop = |args: &[&str]| {
        assert!(killed(&dir, args, true, 0), "it ended before it was killed");
        reached(&dir).expect("it has a checkpoint")
    };
    let on = |device| ["run", "--resume", "o.unfinished", "--device", device];
    let first = stop(&long);
    let second = stop(&on("opencl:0:0"));
    assert!(second > first, "{second} {first}");
    dir.ok(&on("cpu"));
    dir.ok(&["run", "small.toml", "--out", "whole", "--time", "400ms"]);
    assert_same(&results(&dir, "whole"), &results(&dir, "o"));
}
