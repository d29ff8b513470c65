//! Networks of neural masses: `run`, `verify`, and `sweep`, where points are lanes, and one that
//! was stopped goes on.

use crate::support::Dir;
use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzReader;
use std::fs::File;

/// Two oscillators, one of which sees the other.
const PAIR: &str = r#"
name = "pair"
node = "sup_hopf"
dt = 0.1
seed = 4

[connectome]
weights = "weights.txt"

[coupling]
function = "difference"
a = 0.2

[params]
a = [0.5, -0.5]

[noise]
x = 0.01
"#;

fn dir() -> Dir {
    let dir = Dir::new();
    dir.write("pair.toml", PAIR);
    dir.write("weights.txt", "# to, from\n0 1\n0.5, 0\n");
    dir
}

const GRID: [&str; 12] = [
    "sweep",
    "pair.toml",
    "--grid",
    "G=0..0.4:3",
    "--grid",
    "omega=1,2",
    "--time",
    "200ms",
    "--skip",
    "20ms",
    "--observe",
    "moments,fc,psd:window=32ms",
];

#[test]
fn points_are_lanes() {
    let dir = dir();
    let s = dir.json(&[&GRID[..], &["--out", "table"]].concat());
    assert_eq!((s["n_points"].as_u64(), s["n_stopped"].as_u64()), (Some(6), Some(0)));
    let csv = std::fs::read_to_string(dir.path().join("table/sweep.csv")).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "G,omega,seed,std,mean,min,max,fc_mean,peak_hz,peak_power,stopped_ms");
    assert!(lines.len() == 7 && lines[1].starts_with("0,1,4,") && lines[6].starts_with("0.4,2,4,"));
    let mut npz = NpzReader::new(File::open(dir.path().join("table/sweep.npz")).unwrap()).unwrap();
    let g: Array1<f64> = npz.by_name("G").unwrap();
    assert_eq!(g.to_vec(), [0.0, 0.0, 0.2, 0.2, 0.4, 0.4]);
    let moments: Array3<f64> = npz.by_name("moments").unwrap();
    let psd: Array2<f64> = npz.by_name("psd").unwrap();
    let hz: Array1<f64> = npz.by_name("frequency_hz").unwrap();
    assert_eq!((moments.dim(), psd.dim(), hz.len()), ((4, 2, 6), (17, 6), 17));
    assert!(dir.path().join("table/sweep.png").exists());
    // omega is in rad/ms: one turn takes 2 pi / omega ms
    let peaks: Array1<f64> = npz.by_name("peak_hz").unwrap();
    assert!((peaks[0] - 1000.0 / std::f64::consts::TAU).abs() < 32.0, "{peaks}");
    assert!((peaks[1] - 2000.0 / std::f64::consts::TAU).abs() < 32.0, "{peaks}");

    // a point alone, one after the other, in f64 too: the same numbers
    for precision in ["f32", "f64"] {
        let all = dir.json(&[&GRID[..], &["--no-files", "--precision", precision]].concat());
        for (k, (g, omega)) in [("0", "1"), ("0", "2"), ("0.2", "1")].into_iter().enumerate() {
            let set = [format!("G={g}"), format!("omega={omega}")];
            let one = dir.json(
                &[
                    &["sweep", "pair.toml", "--no-files", "--precision", precision][..],
                    &["--set", &set[0], "--set", &set[1]],
                    &GRID[6..],
                ]
                .concat(),
            );
            for column in ["std", "mean", "fc_mean", "peak_power"] {
                assert_eq!(all["columns"][column][k], one["columns"][column][0], "{column}");
            }
        }
    }
}

/// The signal of every node and lane, which is what a sweep sees of the same network; a picture.
#[test]
fn a_run_has_signals_over_time() {
    let dir = dir();
    let run = |args: &[&str]| dir.json(&[&["run", "pair.toml", "--time", "200ms"], args].concat());
    let s = run(&["--batch", "3", "--out", "o"]);
    let n = |name: &str| s[name].as_u64().unwrap();
    assert_eq!((n("n_nodes"), n("batch"), n("n_steps"), n("n_samples")), (2, 3, 2000, 200));
    let signal: Array3<f32> = ndarray_npy::read_npy(dir.path().join("o/signal.npy")).unwrap();
    assert_eq!(signal.dim(), (200, 2, 3));
    for file in ["signal.png", "signal.svg", "summary.json"] {
        assert!(dir.path().join("o").join(file).exists(), "{file}");
    }
    // a lane alone, on another number of threads
    let two = run(&["--seed", "6", "--out", "o", "--threads", "1"]);
    let alone: Array2<f32> = ndarray_npy::read_npy(dir.path().join("o/signal.npy")).unwrap();
    assert!(alone.iter().eq(signal.slice(ndarray::s![.., .., 2]).iter()));
    assert_eq!(run(&["--seed", "6", "--no-files"])["digest"], two["digest"]);
    assert_ne!(run(&["--seed", "6", "--set", "G=0.3", "--no-files"])["digest"], two["digest"]);
    // its moments are those that a sweep finds
    let of = ["sweep", "pair.toml", "--time", "200ms", "--seeds", "6", "--no-files"];
    let mean = dir.json(&of)["columns"]["mean"][0].as_f64().unwrap();
    let own = alone.iter().map(|&x| f64::from(x)).sum::<f64>() / alone.len() as f64;
    assert!((mean - own).abs() < 1e-6, "{mean} {own}");
    // every sample is a step; the unit of time is that of the file
    assert_eq!(run(&["--every", "0.1", "--no-files"])["n_samples"], 2000);
    let text = dir.ok(&["run", "pair.toml", "--time", "50ms", "--no-files", "--quiet"]);
    assert!(text.contains("pair: 2 nodes for 50 ms"), "{text}");
}

/// The same bits in all places, each lane for itself.
#[test]
fn every_place_runs_masses() {
    let dir = dir();
    let args = ["verify", "pair.toml", "--time", "50ms", "--batch", "9"];
    for precision in ["f32", "f64"] {
        let page = dir.json(&[&args[..], &["--quiet", "--precision", precision]].concat());
        assert_eq!((&page["equal"], &page["n_steps"]), (&true.into(), &500.into()), "{page}");
        let ran = page["runs"].as_array().unwrap().iter().filter(|r| r["verdict"] == "equal");
        assert!(ran.clone().count() >= 2 && ran.clone().all(|r| r["n_spikes"].is_null()), "{page}");
        let run = ["run", "pair.toml", "--time", "50ms", "--batch", "9", "--every", "0.1ms"];
        let run = dir.json(&[&run[..], &["--no-files", "--precision", precision]].concat());
        for r in ran {
            assert_eq!(r["state_digest"], run["state_digest"], "{r}");
        }
    }
    let text = dir.ok(&args);
    assert!(text.contains("baseline") && text.contains("all equal"), "{text}");
    dir.write("wild.toml", &PAIR.replace("a = [0.5, -0.5]", "a = [5e3, -0.5]"));
    let said = fails(&dir, &["verify", "wild.toml", "--time", "50ms", "--quiet"], 2);
    assert!(said.contains("is not finite after step"), "{said}");
}

/// Files beside a network come before those that are bundled; a picture that has no successor goes.
#[test]
fn files_are_those_beside_it() {
    let dir = dir();
    std::fs::create_dir(dir.path().join("hagmann84")).unwrap();
    dir.write("own.toml", &PAIR.replace("weights.txt", "hagmann84/weights.txt"));
    dir.write("hagmann84/weights.txt", "0 1\n0.5 0\n");
    let run = |network: &str, more: &[&str]| {
        let args = [&["sweep", network, "--grid", "omega=1,2", "--time", "50ms"], more].concat();
        dir.json(&args)["columns"].clone()
    };
    assert_eq!(run("own.toml", &["--out", "o"]), run("pair.toml", &["--no-files"]));
    assert!(dir.path().join("o/sweep.png").exists());
    run("own.toml", &["--out", "o", "--zip"]);
    assert!(!dir.path().join("o/sweep.png").exists());
}

/// What it says when it ends with a code.
fn fails(dir: &Dir, args: &[&str], code: i32) -> String {
    let out = dir.isospike(args);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(code), "{args:?}: {said}");
    said
}

/// A sweep that was stopped has the blocks until then, and goes on behind them; another one is not
/// taken for it.
#[test]
#[cfg(unix)]
fn a_sweep_goes_on() {
    let dir = dir();
    // room for a few points at a time, which take some tenths of a second
    let long = ["--memory-limit", "12kB", "--out", "o"];
    let args = ["sweep", "pair.toml", "--grid", "omega=0.1..2:24", "--time", "60s"];
    let args = [&args[..], &["--observe", "moments,fc"], &long].concat();
    let whole = dir.json(&args);
    let unfinished = dir.path().join("o.unfinished");
    assert!(!unfinished.exists());
    let resumed = [&args[..], &["--resume"]].concat();
    let said = fails(&dir, &resumed, 2);
    assert!(said.contains("no such file"), "{said}");

    std::fs::remove_dir_all(dir.path().join("o")).unwrap();
    let mut run = dir.command(&args).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let begin = std::time::Instant::now();
    while !unfinished.join("block-0.npz.tmp").exists() {
        assert!(begin.elapsed().as_secs() < 60 && run.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let id = run.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let out = run.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(130), "{said}");
    assert!(said.contains("--resume") && !dir.path().join("o").exists(), "{said}");

    let said = fails(&dir, &args, 2);
    assert!(said.contains("--resume"), "{said}");
    let others = [&resumed[..], &["--skip", "10ms"]].concat();
    let said = fails(&dir, &others, 2);
    assert!(said.contains("resume"), "{said}");
    // the file behind the name is another one now
    dir.write("pair.toml", &PAIR.replace("a = 0.2", "a = 0.3"));
    let said = fails(&dir, &resumed, 2);
    assert!(said.contains("network"), "{said}");
    dir.write("pair.toml", PAIR);
    let again = dir.json(&resumed);
    assert_eq!(again["columns"], whole["columns"]);
    assert!(!unfinished.exists() && dir.path().join("o/sweep.npz").exists());
}

#[test]
fn what_is_wrong_is_said() {
    let dir = dir();
    let cases: [(&[&str], &str); 23] = [
        (&["--grid", "H=0,1"], "H"),
        (&["--grid", "G=a,b"], "a is no number"),
        (&["--grid", "G=0,1", "--scale", "0.5"], "--scale"),
        (&["--grid", "G=0,1", "--batch", "2"], "--batch"),
        (&["--grid", "G=0,1", "--set", "omega"], "--set omega"),
        (&["--grid", "G=0,1", "--observe", "fc,fc"], "given twice"),
        (&["--grid", "G=0,1", "--observe", "eeg"], "must be some of"),
        (&["--grid", "G=0,1", "--observe", "bold-fcd", "--time", "70s"], "at least 3"),
        (&["--grid", "G=0,1", "--sobol", "4", "--zip"], "--sobol and --zip"),
        (&["--grid", "G=0,1", "--grid", "omega=1", "--zip"], "one per point"),
        (&["--grid", "omega=1,2", "--time", "0.05ms"], "time"),
        (&["--grid", "omega=0.5..2"], "only whole numbers"),
        (&["--sobol", "4"], "what is varied"),
        (&["--grid", "G=0,1", "--grid", "coupling.a=1,2"], "coupling.a is given twice"),
        (&["--grid", "sigma=0,1", "--set", "sigma.x=1"], "sigma"),
        (&["--grid", "omega=0..999999", "--grid", "G=0..9"], "at most 1000000 points"),
        (&["--grid", "omega=1,2", "--observe", "psd", "--time", "1s"], "it needs 1024"),
        (&["--grid", "omega=1,2", "--observe", "bold-fc:tr=1.5ms"], "a multiple of 1 ms"),
        (&["--grid", "omega=1,2", "--skip", "2s"], "it needs 1"),
        (&["--grid", "omega=1,2", "--every", "0.25"], "multiple of dt"),
        (&["--grid", "omega=1,2", "--device", "auto"], "device = auto"),
        (&["--grid", "omega=1,2", "--memory-limit", "500B"], "a point takes"),
        (
            &[
                "--grid",
                "omega=1..1000",
                "--observe",
                "psd:window=60s",
                "--time",
                "70s",
                "--memory-limit",
                "1MB",
            ],
            "results",
        ),
    ];
    for (args, expected) in cases {
        let all = [&["sweep", "pair.toml", "--no-files"][..], args].concat();
        let said = fails(&dir, &all, 2);
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    let said =
        fails(&dir, &["sweep", "small.toml", "--vary", "E.tau_m=8,12", "--observe", "fc"], 2);
    assert!(said.contains("neural masses"), "{said}");
    let said = fails(&dir, &["sweep", "small.toml"], 2);
    assert!(said.contains("nothing varies"), "{said}");
    for (args, expected) in [
        (&["run", "pair.toml", "--record", "spikes.npy"][..], "--record is not for"),
        (&["run", "pair.toml", "--time", "0.5ms"], "must be at least 1 ms"),
        (&["run", "pair.toml", "--every", "0.25ms"], "multiple of dt"),
        (&["run", "pair.toml", "--memory-limit", "500B"], "--memory-limit = 500 B; the plan needs"),
        (&["run", "pair.toml", "--set", "tau=1"], "tau"),
        (&["run", "pair.toml", "--batch", "0"], "lanes"),
        (&["run", "small.toml", "--every", "1ms"], "it is for networks of neural masses"),
        (&["size", "pair.toml"], "neural masses"),
        (&["verify", "pair.toml", "--scale", "2"], "--scale is not for"),
    ] {
        let said = fails(&dir, args, 2);
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    assert!(!dir.path().join("out").exists());
    dir.write("bad.toml", &PAIR.replace("sup_hopf", "hopf"));
    let said = fails(&dir, &["sweep", "bad.toml", "--grid", "G=0,1"], 2);
    assert!(said.contains("hopf") && said.contains("sup_hopf"), "{said}");
    dir.write("bad.toml", &PAIR.replace("dt = 0.1", "dt = 0.1\nspeed = 3"));
    let said = fails(&dir, &["sweep", "bad.toml", "--grid", "G=0,1"], 2);
    assert!(said.contains("speed"), "{said}");
    dir.write("bad.toml", &PAIR.replace("a = 0.2", "a = true"));
    let said = fails(&dir, &["sweep", "bad.toml", "--grid", "omega=1,2"], 2);
    assert!(said.contains("a number, or a list"), "{said}");
    dir.write("bad.toml", &PAIR.replace("weights.txt", "none.txt"));
    let said = fails(&dir, &["sweep", "bad.toml", "--grid", "G=0,1"], 2);
    assert!(said.contains("none.txt"), "{said}");
}

/// Points of a Sobol sequence, seeds, and every bundled network.
#[test]
fn bundled_networks_run() {
    let dir = dir();
    for (network, observe) in [
        ("jansen_rit", "psd:window=16ms"),
        ("mpr", "moments"),
        ("wong_wang", "bold-fc:tr=10ms"),
        ("epileptor", "fc"),
    ] {
        let args = ["--sobol", "3", "--grid", "G=0..1", "--seeds", "1..2", "--time", "50ms"];
        let all = [&["sweep", network, "--no-files", "--observe", observe][..], &args].concat();
        let s = dir.json(&all);
        assert_eq!((s["n_points"].as_u64(), s["n_stopped"].as_u64()), (Some(6), Some(0)));
        let g = s["columns"]["G"].as_array().unwrap();
        let g: Vec<f64> = g.iter().map(|x| x.as_f64().unwrap()).collect();
        assert_eq!(g, [0.5, 0.5, 0.75, 0.75, 0.25, 0.25], "{network}");
    }
}
