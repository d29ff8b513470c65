//! What `run` prints and writes, and what the other commands make of it.

use crate::support::Dir;
use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzReader;
use std::fs::File;

fn spikes(dir: &Dir, path: &str) -> (Array1<u32>, Array1<u32>, Array1<u32>, Array1<f64>) {
    let mut npz = NpzReader::new(File::open(dir.path().join(path)).unwrap()).unwrap();
    (
        npz.by_name("step").unwrap(),
        npz.by_name("lane").unwrap(),
        npz.by_name("id").unwrap(),
        npz.by_name("time_ms").unwrap(),
    )
}

#[test]
fn json_files_and_arrays() {
    let dir = Dir::new();
    let s = dir.json(&["run", "small.toml", "--time", "200ms", "--out", "a/b"]);
    let keys = [
        "digest",
        "state_digest",
        "n_neurons",
        "n_synapses",
        "n_spikes",
        "n_steps",
        "build_s",
        "simulate_s",
        "real_time_factor",
        "planned_bytes",
        "peak_rss_bytes",
        "threads",
        "device",
        "precision",
        "rates_hz",
        "network",
        "seed",
        "dt_ms",
        "batch",
    ];
    for key in keys {
        assert!(!s[key].is_null(), "{key}: {s}");
    }
    assert_eq!((s["n_neurons"].as_u64(), s["n_steps"].as_u64()), (Some(200), Some(2000)));
    assert_eq!(s["planned_bytes"], s["allocated_bytes"]);
    let n = s["n_spikes"].as_u64().unwrap();
    assert!(n > 100, "{s}");
    let rates = (s["rates_hz"]["E"].as_f64().unwrap(), s["rates_hz"]["I"].as_f64().unwrap());
    let all = (rates.0 * 160.0 + rates.1 * 40.0) * 0.2;
    assert!((all - n as f64).abs() < 1e-6 * n as f64, "{all} {n}");

    let files: Vec<_> =
        s["files"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    assert_eq!(files, ["spikes.npz", "raster.png", "raster.svg", "summary.json"]);
    let mut there: Vec<_> = std::fs::read_dir(dir.path().join("a/b"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    there.sort();
    assert_eq!(there, ["raster.png", "raster.svg", "spikes.npz", "summary.json"]);
    assert_eq!(dir.others(), ["a"]);
    let summary = std::fs::read_to_string(dir.path().join("a/b/summary.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&summary).unwrap(), s);

    let (step, lane, id, time) = spikes(&dir, "a/b/spikes.npz");
    assert_eq!([step.len(), lane.len(), id.len(), time.len()], [n as usize; 4]);
    assert!(step.windows(2).into_iter().all(|w| w[0] <= w[1]));
    assert!(id.iter().all(|i| *i < 200) && lane.iter().all(|l| *l == 0));
    let times = step.iter().zip(&time);
    assert!(times.into_iter().all(|(s, t)| *t == (f64::from(*s) + 1.0) * 0.1));
    let mut npz = NpzReader::new(File::open(dir.path().join("a/b/spikes.npz")).unwrap()).unwrap();
    let sizes: Array1<u32> = npz.by_name("population_size").unwrap();
    let signs: Array1<i8> = npz.by_name("population_sign").unwrap();
    assert_eq!((sizes.to_vec(), signs.to_vec()), (vec![160, 40], vec![1, -1]));
}

#[test]
fn threads_and_chunks_change_nothing() {
    let dir = Dir::new();
    let mut digests = Vec::new();
    for threads in ["1", "2", "3"] {
        let args = ["run", "small.toml", "--time", "100", "--threads", threads, "--no-files"];
        let s = dir.json(&args);
        assert_eq!(s["threads_requested"].to_string(), threads);
        assert_eq!(s["threads"], 1, "a network as small as this one runs on one");
        digests.push((s["digest"].clone(), s["state_digest"].clone()));
        let cut = dir.json(&[&args[..], &["--state-digest-every", "7"]].concat());
        digests.push((cut["digest"].clone(), cut["state_digest"].clone()));
        let states = cut["state_digests"].as_array().unwrap();
        assert_eq!((states.len(), states[0]["step"].as_u64()), (1000 / 7, Some(7)));
    }
    assert!(digests.iter().all(|d| *d == digests[0]), "{digests:?}");
    assert!(dir.others().is_empty());
}

#[test]
fn people_read_stdout_and_nothing_goes_to_stderr() {
    let dir = Dir::new();
    let out = dir.isospike(&["run", "small.toml", "--time", "50ms"]);
    let text = String::from_utf8(out.stdout).unwrap();
    for word in [
        "spikes/s",
        "real-time factor",
        "200 neurons",
        "planned",
        "digest",
        "out/small: spikes.npz",
        "f32",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(
        out.stderr.is_empty(),
        "no terminal, no progress: {}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn states_are_sampled() {
    let dir = Dir::new();
    let record = ["--record-state", "E.V_m:5", "--record-state", "I[3..5].I_syn_ex:1ms:2ms..8ms"];
    let run =
        ["run", "small.toml", "--time", "10ms", "--out", "o", "--batch", "2", "--precision", "f64"];
    let s = dir.json(&[&run[..], &record].concat());
    for file in ["E.V_m.npy", "I.I_syn_ex.npy"] {
        assert!(s["files"].as_array().unwrap().contains(&file.into()));
    }
    let v: Array3<f64> = ndarray_npy::read_npy(dir.path().join("o/E.V_m.npy")).unwrap();
    let i: Array3<f64> = ndarray_npy::read_npy(dir.path().join("o/I.I_syn_ex.npy")).unwrap();
    assert_eq!((v.shape(), i.shape()), (&[21, 160, 2][..], &[6, 2, 2][..]));
    assert!(v.iter().all(|v| (-200.0..=-50.0).contains(v)));
    // Without it, what lies there from before goes away.
    dir.ok(&["run", "small.toml", "--time", "10ms", "--out", "o"]);
    assert!(!dir.path().join("o/E.V_m.npy").exists());
    let (_, lane, ..) = spikes(&dir, "o/spikes.npz");
    assert!(lane.iter().all(|l| *l == 0));
}

/// Where more is to be emitted than a step can hold, a run says so.
#[test]
fn what_is_clipped_is_said() {
    let dir = Dir::new();
    let params = "{ lambda_0 = 1000, theta = 0, b = 1 }";
    let text = format!(
        "dt = 1\n[populations.n]\nmodel = \"rectified_lnp\"\nsize = 3\nparams = {params}\n"
    );
    dir.write("much.toml", &text);
    let run = ["run", "much.toml", "--time", "40ms", "--no-files"];
    let s = dir.json(&run);
    assert_eq!((&s["clipped"]["n"], &s["n_spikes"]), (&120.into(), &(120 * 15).into()));
    assert!(dir.ok(&run).contains("120 steps of neurons of n"));
    assert!(dir.json(&["run", "small.toml", "--time", "1ms", "--no-files"])["clipped"].is_null());
}

/// Every record is a part of the same spikes.
#[test]
fn records_and_statistics() {
    let dir = Dir::new();
    let args = [
        "run",
        "small.toml",
        "--time",
        "200ms",
        "--out",
        "o",
        "--record",
        "spikes.npz",
        "--record",
        "counts.npy:E[10..30]+I[0]:5ms:20ms..",
        "--record",
        "bits.npy:1s",
        "--record",
        "late.spikes.npz:E:100ms..150ms",
        "--record",
        "spikes.h5",
        "--stats",
        "rates,isi,psth,correlations:E[0..9],spectrum:E",
        "--stats",
        "I.rates:I:100ms..",
    ];
    let out = dir.isospike(&[&args[..], &["--json"]].concat());
    let s: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let (step, _, id, _) = spikes(&dir, "o/spikes.npz");
    let all: Vec<_> = step.iter().copied().zip(id.iter().copied()).collect();
    let counts: Array2<u8> = ndarray_npy::read_npy(dir.path().join("o/counts.npy")).unwrap();
    let mut expected = Array2::<u8>::zeros((36, 21));
    for &(step, id) in all.iter().filter(|s| s.0 >= 200) {
        let column = if id == 160 { Some(20) } else { id.checked_sub(10).filter(|c| *c < 20) };
        if let Some(column) = column {
            expected[[(step as usize - 200) / 50, column as usize]] += 1;
        }
    }
    assert_eq!(counts, expected);
    let (step, _, id, _) = spikes(&dir, "o/late.spikes.npz");
    let late: Vec<_> = step.iter().copied().zip(id.iter().copied()).collect();
    let inside = |s: &(u32, u32)| (1000..1500).contains(&s.0) && s.1 < 160;
    assert!(late.iter().eq(all.iter().filter(|s| inside(s))));

    // All spikes of a neuron beyond its first had no room in the one row of bits.
    let mut fired: Vec<_> = all.iter().map(|s| s.1).collect();
    fired.sort_unstable();
    fired.dedup();
    let lost = all.len() - fired.len();
    assert_eq!(s["lost"]["bits.npy"], lost);
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert!(stderr.contains("bits.npy") && stderr.contains("found their cell full"), "{stderr}");

    let rates = &s["statistics"]["rates"];
    let mean = all.len() as f64 / 200.0 / 0.2;
    assert!((rates["mean_hz"].as_f64().unwrap() - mean).abs() < 1e-9 * mean, "{rates}");
    let read = |name: &str| {
        let text = std::fs::read_to_string(dir.path().join("o").join(name)).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let late = all.iter().filter(|s| s.0 >= 1000 && s.1 >= 160).count();
    assert_eq!(read("I.rates.json")["populations"][0]["spikes"], late);
    assert_eq!(read("isi.json").as_array().unwrap().len(), 200);
    assert_eq!(read("psth.json")["steps"].as_array().unwrap().len(), 20);
    assert_eq!(read("correlations.json")["correlation"].as_array().unwrap().len(), 81);
    // 200 rows hold a segment of 128.
    assert_eq!(read("spectrum.json")["density"].as_array().unwrap().len(), 65);
    // Without files, statistics are in the summary only; without events, there is no raster.
    let s = dir.json(&["run", "small.toml", "--time", "1ms", "--no-files", "--stats", "rates"]);
    assert!(s["statistics"]["rates"]["mean_hz"].is_f64() && s["files"] == serde_json::json!([]));
    let s = dir.json(&["run", "small.toml", "--time", "1ms", "--record", "bits.npy"]);
    assert_eq!(s["files"], serde_json::json!(["bits.npy", "summary.json"]));
}

#[test]
fn size_agrees_with_run() {
    let dir = Dir::new();
    for more in [&["--threads", "1"][..], &["--threads", "2", "--batch", "3", "--precision", "f64"]]
    {
        let size = dir.json(&[&["size", "small.toml"], more].concat());
        let run = dir.json(&[&["run", "small.toml", "--time", "1ms", "--no-files"], more].concat());
        assert_eq!(size["total_bytes"], run["planned_bytes"]);
        assert_eq!(size["n_synapses"], run["n_synapses"]);
        assert_eq!(size["resolution"], run["resolution"]);
        assert_eq!(size["resolution"]["weights"][0]["stored"], "u16");
        let buffers = size["buffers"].as_array().unwrap();
        let bytes: Vec<_> = buffers.iter().map(|b| b["bytes"].as_u64().unwrap()).collect();
        assert!(bytes.is_sorted_by(|a, b| a >= b));
        assert_eq!(Some(bytes.iter().sum()), size["total_bytes"].as_u64());
    }
    let text = dir.ok(&["size", "small.toml"]);
    assert!(
        text.contains("sum %") && text.contains("100.0") && text.contains("200 neurons"),
        "{text}"
    );
}

#[test]
fn size_says_what_few_bits_lose() {
    let dir = Dir::new();
    assert!(
        !dir.ok(&["size", "small.toml"]).contains("largest error"),
        "nobody asked for few bits"
    );
    let few = ["--set", "projections[0].storage=i8", "--set", "populations.I.state=bf16"];
    let text = dir.ok(&[&["size", "small.toml"], &few[..]].concat());
    let line = |what: &str| {
        let line = text.lines().find(|l| l.contains(what));
        line.unwrap_or_else(|| panic!("{what}: {text}")).to_owned()
    };
    assert!(line("weights E -> E").contains("u8"), "{text}");
    assert!(line("state I").contains("bf16") && line("state I").contains("3.9e-3"), "{text}");
    assert!(!text.contains("weights I -> E"), "{text}");
    assert!(dir.ok(&["size", "small.toml", "--all"]).contains("weights I -> E"));
}

#[test]
fn diff_finds_the_first_divergence() {
    let dir = Dir::new();
    let run = |out: &str, more: &[&str]| {
        dir.ok(&[&["run", "small.toml", "--time", "50ms", "--out", out], more].concat());
    };
    run("a", &[]);
    run("b", &["--threads", "1"]);
    run("c", &["--seed", "4"]);
    assert_eq!(dir.isospike(&["diff", "a", "b/spikes.npz"]).status.code(), Some(0));
    let out = dir.isospike(&["diff", "a", "c"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(text.contains("first divergence: step") && text.contains("only in"), "{text}");

    let first: serde_json::Value =
        serde_json::from_slice(&dir.isospike(&["diff", "a", "c", "--json"]).stdout).unwrap();
    let events = |path: &str| {
        let (step, lane, id, _) = spikes(&dir, path);
        let events = step.iter().zip(&lane).zip(&id).map(|((s, l), i)| (*s, *l, *i));
        events.collect::<std::collections::BTreeSet<_>>()
    };
    let (a, c) = (events("a/spikes.npz"), events("c/spikes.npz"));
    let expected = *a.symmetric_difference(&c).next().unwrap();
    let f = &first["first"];
    let number = |key: &str| f[key].as_u64().unwrap() as u32;
    assert_eq!((number("step"), number("lane"), number("id")), expected);
    assert_eq!(f["only_in"], if a.contains(&expected) { "a" } else { "b" });

    // The same spikes, none, in a longer run; the same spikes of other populations.
    for (out, time) in [("d", "0.1ms"), ("e", "0.2ms")] {
        dir.ok(&["run", "small.toml", "--time", time, "--out", out]);
    }
    let renamed = crate::support::NETWORK.replace("I]", "J]").replace("\"I\"", "\"J\"");
    dir.write("small.toml", &renamed);
    run("f", &[]);
    for (one, other, word) in
        [("d", "e", "lengths differ: 1 and 2 steps"), ("a", "f", "populations differ")]
    {
        let out = dir.isospike(&["diff", one, other]);
        let text = String::from_utf8(out.stdout).unwrap();
        assert_eq!(out.status.code(), Some(1), "{text}");
        assert!(text.contains(word) && text.contains("all equal, but"), "{text}");
        let json = dir.isospike(&["diff", one, other, "--json"]).stdout;
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!((&json["equal"], &json["first"]), (&false.into(), &serde_json::Value::Null));
    }

    assert_eq!(dir.isospike(&["diff", "a", "nowhere"]).status.code(), Some(2));
    dir.write("not.npz", "text");
    assert_eq!(dir.isospike(&["diff", "a", "not.npz"]).status.code(), Some(2));
}

#[test]
fn plots() {
    let dir = Dir::new();
    dir.ok(&["run", "small.toml", "--time", "300ms", "--out", "o"]);
    dir.ok(&["plot", "o", "--from", "100ms", "--to", "200ms", "--neurons", "50"]);
    for name in ["raster", "rates", "isi", "cv"] {
        let png = std::fs::read(dir.path().join(format!("o/{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
        let svg = std::fs::read_to_string(dir.path().join(format!("o/{name}.svg"))).unwrap();
        assert!(svg.contains("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(svg.contains("ms)") || name == "cv", "{name}: an axis has its unit");
    }
    let svg = std::fs::read_to_string(dir.path().join("o/raster.svg")).unwrap();
    assert!(svg.contains("of 200 neurons"));
    assert_eq!(dir.isospike(&["plot", "nowhere"]).status.code(), Some(2));
    assert_eq!(dir.isospike(&["plot", "o", "--from", "400ms"]).status.code(), Some(2));
    // A run without spikes has pictures too.
    dir.ok(&["run", "small.toml", "--time", "0.1ms", "--out", "silent"]);
    dir.ok(&["plot", "silent"]);
}
