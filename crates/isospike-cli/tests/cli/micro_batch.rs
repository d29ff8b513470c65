//! `isospike run --micro-batch`: the same files and digests as the whole batch.

use crate::support::Dir;

const RUN: [&str; 6] = ["run", "small.toml", "--time", "50ms", "--batch", "5"];

#[test]
fn the_same_results_in_parts() {
    let dir = Dir::new();
    let run = |more: &[&str]| dir.json(&[&RUN[..], more].concat());
    let whole = run(&["--out", "whole"]);
    let parts = run(&["--out", "parts", "--micro-batch", "2"]);
    assert!(whole["n_spikes"].as_u64().unwrap() > 100);
    for same in
        ["digest", "state_digest", "n_spikes", "batch", "rates_hz", "populations", "n_steps"]
    {
        assert_eq!(whole[same], parts[same], "{same}");
    }
    assert_eq!((&parts["micro_batches"], &parts["micro_batch_lanes"]), (&3.into(), &2.into()));
    assert!(whole.get("micro_batches").is_none());
    let read = |path: &str| std::fs::read(dir.path().join(path)).unwrap();
    assert_eq!(read("whole/spikes.npz"), read("parts/spikes.npz"));
    let names = |path: &str| {
        let files = std::fs::read_dir(dir.path().join(path)).unwrap();
        let mut names: Vec<_> = files.map(|f| f.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("whole"), names("parts"), "what was kept of the parts is gone");
    let without = run(&["--no-files", "--micro-batch", "1"]);
    assert_eq!(without["digest"], whole["digest"]);
    assert_eq!(without["state_digest"], whole["state_digest"]);
    let text = dir.ok(&[&RUN[..], &["--no-files", "--micro-batch", "2"]].concat());
    assert!(text.contains("3 of up to 2 lanes"), "{text}");
}

#[test]
fn as_many_lanes_as_fit() {
    let dir = Dir::new();
    let size = |batch: &str| {
        let size = dir.json(&["size", "small.toml", "--batch", batch]);
        size["total_bytes"].as_u64().unwrap()
    };
    let limit = size("3").to_string();
    let run = |more: &[&str]| {
        dir.isospike(
            &[&RUN[..], &["--no-files", "--json", "--memory-limit", &limit], more].concat(),
        )
    };
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2));
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(text.contains("--micro-batch auto") && text.contains("5 lanes in 2 parts"), "{text}");
    let out = run(&["--micro-batch", "auto"]);
    let parts: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&parts["micro_batches"], &parts["micro_batch_lanes"]), (&2.into(), &3.into()));
    assert!(parts["planned_bytes"].as_u64().unwrap() <= limit.parse().unwrap());
    let whole = dir.json(&[&RUN[..], &["--no-files", "--micro-batch", "auto"]].concat());
    assert_eq!(whole["digest"], parts["digest"]);
    assert!(whole.get("micro_batches").is_none(), "all of it fits: {whole}");
}

#[test]
fn refusals() {
    let dir = Dir::new();
    let cases: [(&[&str], &str); 5] = [
        (&["--micro-batch", "0"], "at least 1"),
        (&["--micro-batch", "few"], "or auto"),
        (&["--micro-batch", "2", "--record-state", "E.V_m"], "--record-state"),
        (&["--micro-batch", "2", "--state-digest-every", "10"], "--state-digest-every"),
        (&["--micro-batch", "auto", "--memory-limit", "10kB"], "needs"),
    ];
    for (more, word) in cases {
        let out = dir.isospike(&[&RUN[..], more].concat());
        let text = String::from_utf8(out.stderr).unwrap();
        assert!(out.status.code() == Some(2) && text.contains(word), "{more:?}: {text}");
        assert_eq!(dir.others(), [""; 0], "{more:?}");
    }
}
