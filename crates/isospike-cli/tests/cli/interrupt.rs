//! Ctrl-C keeps what was recorded.

use crate::support::Dir;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn the_first_one_writes_what_there_is() {
    let dir = Dir::new();
    let mut run = dir
        .command(&["run", "small.toml", "--time", "400000s", "--out", "o", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The run has begun when its temporary directory is there.
    let begin = Instant::now();
    while dir.others().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(30), "the run does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(run.try_wait().unwrap().is_none());
    let killed = Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let out = run.wait_with_output().unwrap();
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("Ctrl-C"), "{stderr}");
    let summary: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(summary["interrupted"], true);
    let steps = summary["n_steps"].as_u64().unwrap();
    assert!(steps > 0);
    assert_eq!(dir.others(), ["o"]);
    assert!(dir.path().join("o/spikes.npz").exists() && dir.path().join("o/summary.json").exists());
    // What was kept is the beginning of the run.
    let time = format!("{}us", 100 * steps);
    let again = dir.json(&["run", "small.toml", "--time", &time, "--no-files"]);
    assert_eq!(
        (&again["digest"], &again["state_digest"]),
        (&summary["digest"], &summary["state_digest"])
    );
}
