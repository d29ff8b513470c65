//! `sweep`: a member is what `run` makes of it, and nothing runs that is wrong.

use crate::support::Dir;
use serde_json::Value;

fn sweep(dir: &Dir, args: &[&str]) -> Value {
    dir.json(&[&["sweep", "small.toml", "--time", "50ms"], args].concat())
}

fn digests(sweep: &Value) -> Vec<&str> {
    let members = sweep["members"].as_array().unwrap();
    members.iter().map(|m| m["digest"].as_str().unwrap()).collect()
}

#[test]
fn members_are_runs() {
    let dir = Dir::new();
    let vary = [
        "--vary",
        "E.tau_m=8,12",
        "--vary",
        "projections[0].weight=20..60:2",
        "--vary",
        "E.inputs[0].weight=70",
        "--seeds",
        "3..4",
        "--out",
        "table",
    ];
    let s = sweep(&dir, &vary);
    assert_eq!((s["n_members"].as_u64(), s["interrupted"].as_bool()), (Some(8), Some(false)));
    let csv = std::fs::read_to_string(dir.path().join("table/sweep.csv")).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "E.tau_m,projections[0].weight,E.inputs[0].weight,seed,n_spikes,rate_hz.E,rate_hz.I,\
         cv_isi.E,cv_isi.I,digest,error"
    );
    assert_eq!(lines.len(), 9);
    assert!(lines[1].starts_with("8,20,70,3,") && lines[8].starts_with("12,60,70,4,"), "{csv}");
    let json = std::fs::read_to_string(dir.path().join("table/sweep.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), s);
    assert_eq!(dir.others(), ["table"]);

    let members = s["members"].as_array().unwrap();
    for (i, (member, line)) in members.iter().zip(&lines[1..]).enumerate() {
        let digest = member["digest"].as_str().unwrap();
        assert!(line.contains(digest));
        if i % 3 > 0 {
            continue; // each run is a process
        }
        let parameters = member["parameters"].as_object().unwrap();
        let set = parameters.iter().map(|(name, x)| format!("{name}={}", x.as_str().unwrap()));
        let set: Vec<_> = set.flat_map(|s| ["--set".to_owned(), s]).collect();
        let seed = member["seed"].to_string();
        let mut args = vec!["run", "small.toml", "--time", "50ms", "--no-files", "--seed", &seed];
        args.extend(set.iter().map(String::as_str));
        let run = dir.json(&args);
        for key in ["digest", "n_spikes", "rates_hz"] {
            assert_eq!(run[key], member[key], "{args:?}: {key}");
        }
    }
}

#[test]
fn jobs_threads_and_memory_change_nothing() {
    let dir = Dir::new();
    let vary = ["--vary", "E.size=100,150,200", "--vary", "I.size=20,40", "--no-files"];
    let one = sweep(&dir, &[&vary[..], &["--jobs", "1", "--threads", "1"]].concat());
    assert_eq!(digests(&one).len(), 6);
    for other in [&["--jobs", "3", "--threads", "4"][..], &["--memory-limit", "500kB"]] {
        assert_eq!(digests(&sweep(&dir, &[&vary[..], other].concat())), digests(&one), "{other:?}");
    }
    // rows instead of a grid: the first, and the last
    let zipped =
        sweep(&dir, &["--vary", "E.size=100,200", "--vary", "I.size=20,40", "--zip", "--no-files"]);
    assert_eq!(digests(&zipped), [digests(&one)[0], digests(&one)[5]]);
    assert!(dir.others().is_empty());
}

#[test]
fn people_read_a_table() {
    let dir = Dir::new();
    let text = dir.ok(&["sweep", "small.toml", "--time", "20ms", "--seeds", "1,2"]);
    let words = ["seed", "spikes/s E", "CV I", "2 members of 20 ms", "out/small-sweep/sweep.csv"];
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}

/// Runs what must be refused before anything runs; every word must be in the message.
fn refused(args: &[&str], words: &[&str]) {
    let dir = Dir::new();
    let out = dir.isospike(&[&["sweep", "small.toml"], args].concat());
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: no {word:?} in {text}");
    }
    assert!(out.stdout.is_empty() && dir.others().is_empty(), "{args:?}");
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    refused(&[], &["--vary"]);
    refused(&["--vary", "E.tau_n=1,2"], &["E.tau_n", "tau_m", "member E.tau_n = 1"]);
    refused(&["--vary", "E.tau_m=10,-1"], &["tau_m", "-1", "> 0", "member E.tau_m = -1"]);
    refused(&["--vary", "E.inputs[3].weight=1"], &["inputs[3]", "from 0 to 0"]);
    refused(&["--vary", "E.tau_m=1..2:1"], &["at least 2"]);
    refused(&["--vary", "E.tau_m=1", "--vary", "E.tau_m=2"], &["E.tau_m", "twice"]);
    refused(&["--vary", "seed=1,2", "--seeds", "1..2"], &["seed", "twice"]);
    refused(&["--vary", "E.tau_m=1,2", "--vary", "I.tau_m=1", "--zip"], &["--zip", "2", "1"]);
    refused(&["--seeds", "4..1"], &["1..5"]);
    refused(&["--seeds", "1..2", "--jobs", "0"], &["jobs"]);
    refused(&["--seeds", "1..2", "--time", "0"], &["time = 0"]);
    refused(
        &["--vary", "E.size=10,100000", "--memory-limit", "1MB"],
        &["memory", "member: E.size = 100000"],
    );
}

#[test]
fn a_member_that_does_not_stay_finite_has_a_row() {
    let dir = Dir::new();
    let unstable = "dt = 1\n[populations.E]\nmodel = \"izhikevich\"\nsize = 3\nparams.I_e = 20\n";
    dir.write("unstable.toml", unstable);
    let args = ["sweep", "unstable.toml", "--vary", "E.a=0.02,400,0.03", "--out", "o"];
    let out = dir.isospike(&args);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(text.contains("1 member did not reach the end") && text.contains("finite"), "{text}");
    let csv = std::fs::read_to_string(dir.path().join("o/sweep.csv")).unwrap();
    let failed = csv.lines().map(|line| line.contains("finite")).collect::<Vec<_>>();
    assert_eq!(failed, [false, false, true, false], "{csv}");
}
