//! Graphs of NIR: what goes in, what comes out.

use crate::support::Dir;
use ndarray::{Array1, Array2};
use ndarray_npy::{NpzReader, read_npy, write_npy};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A file of the paper's.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../isospike-nir/tests/data").join(name)
}

/// With `lif.nir`, and the input of its trace as `input.npy` and `input.csv`.
fn dir() -> Dir {
    let dir = Dir::new();
    std::fs::copy(data("lif_norse.nir"), dir.path().join("lif.nir")).unwrap();
    let trace = std::fs::read_to_string(data("lif_norse.csv")).unwrap();
    let column = trace.lines().map(|line| line.split(',').next().unwrap());
    let input: Vec<f32> = column.map(|x| x.parse().unwrap()).collect();
    let lines: Vec<_> = input.iter().map(|x| format!("{x}\n")).collect();
    dir.write("input.csv", &lines.concat());
    let input = Array2::from_shape_vec((1000, 1), input).unwrap();
    write_npy(dir.path().join("input.npy"), &input).unwrap();
    dir
}

#[test]
fn a_graph_runs_and_leaves_spikes_and_potentials() {
    let dir = dir();
    let run = ["run", "lif.nir", "--dt", "0.1ms", "--potentials"];
    let summary = dir.json(&[&run[..], &["--input", "input.npy"]].concat());
    assert_eq!((&summary["n_steps"], &summary["n_spikes"]), (&1000.into(), &4.into()));
    assert_eq!(summary["n_spikes_of"]["1"], 4);
    let out = dir.path().join("out/lif");
    let mut spikes = NpzReader::new(File::open(out.join("spikes.npz")).unwrap()).unwrap();
    let steps: Array1<u32> = spikes.by_name("step").unwrap();
    assert_eq!(steps.to_vec(), [460, 510, 710, 760]);
    let v: Array2<f32> = read_npy(out.join("1.v.npy")).unwrap();
    let z: Array2<f32> = read_npy(out.join("output.npy")).unwrap();
    assert_eq!((v.dim(), z.dim()), ((1000, 1), (1000, 1)));
    let trace = std::fs::read_to_string(data("lif_norse.csv")).unwrap();
    for (t, line) in trace.lines().enumerate() {
        let columns: Vec<f32> = line.split(',').map(|x| x.parse().unwrap()).collect();
        assert!((v[[t, 0]] - columns[1]).abs() <= 1e-6, "step {t}");
        assert_eq!(z[[t, 0]], columns[2], "step {t}");
    }

    // the same from text, on one thread, in another place
    let other = ["--input", "input=input.csv", "--threads", "1", "--out", "other"];
    dir.ok(&[&run[..], &other].concat());
    for name in ["spikes.npz", "1.v.npy", "output.npy"] {
        let [a, b] = [out.join(name), dir.path().join("other").join(name)];
        assert!(std::fs::read(a).unwrap() == std::fs::read(b).unwrap(), "{name}");
    }
    // another method gives other potentials
    let exp = ["--input", "input.csv", "--method", "exp", "--reset", "subtract", "--out", "exp"];
    dir.ok(&[&run[..], &exp].concat());
    let exp: Array2<f32> = read_npy(dir.path().join("exp/1.v.npy")).unwrap();
    assert_ne!(exp, v);
}

#[test]
fn what_cannot_be_is_refused_and_leaves_nothing() {
    let dir = dir();
    let before = dir.others();
    std::fs::write(dir.path().join("none.nir"), "no graph").unwrap();
    let wide = Array2::<f64>::zeros((5, 2));
    write_npy(dir.path().join("wide.npy"), &wide).unwrap();
    dir.write("words.csv", "0\nzero\n");
    for (args, said) in [
        (&["run", "lif.nir"][..], "there is neither an input nor a number of steps"),
        (&["run", "nowhere.nir", "--steps", "3"], "nowhere.nir: cannot be read"),
        (&["run", "none.nir", "--steps", "3"], "none.nir: cannot be read"),
        (&["run", "lif.nir", "--steps", "0"], "steps = 0"),
        (&["run", "lif.nir", "--steps", "3", "--seed", "1"], "--seed is not for graphs"),
        (&["run", "lif.nir", "--steps", "3", "--dt", "6ms"], "1: tau is 0.0024"),
        (&["run", "lif.nir", "--input", "wide.npy"], "wide.npy: it has 2 numbers for a step"),
        (&["run", "lif.nir", "--input", "words.csv"], "line 2: \"zero\" is no number"),
        (&["run", "lif.nir", "--input", "input.csv", "--steps", "1001"], "the input has 1000"),
        (&["run", "small.toml", "--method", "exp"], "--method is for graphs of NIR"),
    ] {
        let out = dir.isospike(args);
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
    let new = ["none.nir", "wide.npy", "words.csv"].map(str::to_owned);
    let mut all = [before, new.to_vec()].concat();
    all.sort();
    assert_eq!(dir.others(), all);
}
