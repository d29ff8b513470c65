//! Signals, and disks that are full: what was recorded is kept.

use crate::support::Dir;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Starts what would take hours, until a file of its results is longer than what it begins with.
fn start(dir: &Dir, args: &[&str], file: &str, begins_with: u64) -> Child {
    let args = [args, &["--out", "o", "--json"]].concat();
    let mut run = dir.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let file = dir.path().join(format!(".o.partial-{}/{file}", run.id()));
    let grows = || std::fs::metadata(&file).map_or(0, |file| file.len()) > begins_with;
    wait("it does not begin", grows);
    assert!(run.try_wait().unwrap().is_none());
    run
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn send(signal: &str, run: &Child) {
    let status = Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn the_first_signal_writes_what_there_is() {
    // Ctrl-C; and what `timeout` does: SIGTERM to the process and then to its group.
    for signals in [&["-INT"][..], &["-TERM", "-TERM"]] {
        let dir = Dir::new();
        let args = ["run", "small.toml", "--time", "400000s"];
        let run = start(&dir, &args, "spikes.npz.tmp", 1000);
        signals.iter().for_each(|s| send(s, &run));
        let out = run.wait_with_output().unwrap();
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(130), "{stderr}");
        assert!(stderr.contains("Ctrl-C") && stderr.contains("is kept"), "{stderr}");
        let summary: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(summary["interrupted"], true);
        let steps = summary["n_steps"].as_u64().unwrap();
        assert!(steps > 0);
        assert_eq!(dir.others(), ["o"]);
        let written = dir.path().join("o");
        assert!(written.join("spikes.npz").exists() && written.join("summary.json").exists());
        // What was kept is the beginning of the run.
        let time = format!("{}us", 100 * steps);
        let again = dir.json(&["run", "small.toml", "--time", &time, "--no-files"]);
        assert_eq!(
            (&again["digest"], &again["state_digest"]),
            (&summary["digest"], &summary["state_digest"])
        );
    }
}

#[test]
fn a_sweep_that_is_stopped_keeps_the_rows_it_has() {
    let dir = Dir::new();
    let vary = ["sweep", "small.toml", "--vary", "I.size=20,40", "--seeds", "1..1000"];
    let args = [&vary[..], &["--time", "500ms", "--threads", "2"]].concat();
    let sweep = start(&dir, &args, "sweep.csv", 300);
    send("-INT", &sweep);
    let out = sweep.wait_with_output().unwrap();
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("of 2000 members; their rows are kept"), "{stderr}");
    let page: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(page["interrupted"], true);
    assert_eq!(dir.others(), ["o"]);
    let rows = page["members"].as_array().unwrap();
    let csv = std::fs::read_to_string(dir.path().join("o/sweep.csv")).unwrap();
    assert_eq!(csv.lines().count(), rows.len() + 1, "{csv}");
    // The last one is as whole as the others.
    let seed = rows.len().to_string();
    let again = ["--set", "I.size=20", "--seed", &seed, "--time", "500ms", "--no-files"];
    let again = dir.json(&[&["run", "small.toml"], &again[..]].concat());
    assert_eq!(rows[rows.len() - 1]["digest"], again["digest"]);
}

/// Runs the command with files of at most `kib` KiB; writing more fails, as on a full disk.
pub(crate) fn with_small_files(dir: &Dir, kib: u32, args: &[&str]) -> (Option<i32>, String) {
    let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", 2 * kib);
    let mut sh = Command::new("sh");
    sh.current_dir(dir.path()).args(["-c", &limited, env!("CARGO_BIN_EXE_isospike")]).args(args);
    let out = sh.output().unwrap();
    (out.status.code(), String::from_utf8(out.stderr).unwrap())
}

/// The directory a failed run left behind, which its message names.
fn kept(dir: &Dir, message: &str) -> std::path::PathBuf {
    let [name] = &dir.others()[..] else { panic!("{:?}", dir.others()) };
    assert!(name.starts_with(".o.partial-") && message.contains(name), "{name}: {message}");
    dir.path().join(name)
}

#[test]
fn a_full_disk_costs_nothing_that_was_recorded() {
    let run = ["run", "small.toml", "--out", "o"];
    // While it records: 64 KiB hold 4,088 spikes of 16 bytes and what comes before them.
    let dir = Dir::new();
    let (code, message) = with_small_files(&dir, 64, &[&run[..], &["--time", "5s"]].concat());
    assert_eq!(code, Some(1), "{message}");
    assert!(message.contains("spikes cannot be recorded"), "{message}");
    let recorded = std::fs::metadata(kept(&dir, &message).join("spikes.npz.tmp")).unwrap();
    assert_eq!(recorded.len(), 64 << 10);
    // While it packs: what lay in the results before is still there.
    let dir = Dir::new();
    dir.ok(&[&run[..], &["--time", "100ms"]].concat());
    let before = std::fs::read(dir.path().join("o/spikes.npz")).unwrap();
    let state = ["--record-state", "E.V_m:2000"];
    let (code, message) =
        with_small_files(&dir, 24, &[&run[..], &["--time", "50ms"], &state].concat());
    assert_eq!(code, Some(1), "{message}");
    let partial = std::fs::read_dir(dir.path().join("o")).unwrap().map(|e| e.unwrap().path());
    let partial = partial.into_iter().find(|p| p.is_dir()).expect("kept");
    assert!(message.contains(".partial-") && message.contains("cannot be written"), "{message}");
    for record in ["spikes.npz.tmp", "E.V_m.npy"] {
        assert!(partial.join(record).exists(), "{record}");
    }
    assert_eq!(std::fs::read(dir.path().join("o/spikes.npz")).unwrap(), before);
}
