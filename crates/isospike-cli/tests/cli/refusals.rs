//! Bad input: one message that names field, value and what is allowed; exit code 2; nothing
//! written.

use crate::support::{Dir, NETWORK};
use ndarray::{arr1, arr2};
use ndarray_npy::NpzWriter;
use std::fs::File;

/// Runs what must be refused; every word must be in the message.
fn refused(dir: &Dir, args: &[&str], words: &[&str]) {
    let out = dir.isospike(&[&["run", "--out", "out/x"], args].concat());
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: no {word:?} in {text}");
    }
    assert!(out.stdout.is_empty());
    assert!(dir.others().is_empty(), "{args:?} wrote {:?}", dir.others());
}

/// The same for the network with one line changed.
fn refused_network(from: &str, to: &str, words: &[&str]) {
    let dir = Dir::new();
    assert!(NETWORK.contains(from));
    dir.write("bad.toml", &NETWORK.replacen(from, to, 1));
    refused(&dir, &["bad.toml"], words);
}

#[test]
fn unknown_parameter() {
    let dir = Dir::new();
    refused(&dir, &["small.toml", "--set", "E.tau_n=15"], &["E.tau_n", "tau_m", "known"]);
    refused_network(
        "size = 160",
        "size = 160\nparams = { tau_n = 15 }",
        &["populations.E", "tau_n", "tau_m"],
    );
    refused(&dir, &["small.toml", "--set", "E.tau_m=-15"], &["tau_m", "-15", "> 0"]);
}

#[test]
fn delays() {
    refused_network(
        "delay = 1.5",
        "delay = -1.5",
        &["projections[0].delay", "-1.5", "between 0.1 ms"],
    );
    refused_network(
        "delay = 1.5",
        "delay = 0.04",
        &["projections[0].delay", "0.04", "at least one step"],
    );
}

#[test]
fn probability() {
    refused_network(
        "probability = 0.1",
        "probability = 1.5",
        &["projections[0].probability", "1.5", "between 0 and 1"],
    );
}

#[test]
fn missing_files() {
    let dir = Dir::new();
    refused(&dir, &["absent.toml"], &["absent.toml", "No such file"]);
    refused(&dir, &["microcircus"], &["microcircus", "microcircuit"]);
    let edges = "edges = \"absent.csv\"";
    refused_network("probability = 0.1", edges, &["projections[0].edges", "absent.csv"]);
}

/// Nothing of a file is passed over in silence.
#[test]
fn edges_that_cannot_be_used() {
    let dir = Dir::new();
    let with_edges = NETWORK.replacen(
        "probability = 0.1\nweight = { normal = [50, 5] }",
        "edges = \"edges.npz\"",
        1,
    );
    dir.write("edges.toml", &with_edges);
    let write = |weight: &str, add: &dyn Fn(&mut NpzWriter<File>, &str)| {
        let mut npz = NpzWriter::new(File::create(dir.path().join("edges.npz")).unwrap());
        npz.add_array("pre", &arr1(&[0u32])).unwrap();
        npz.add_array("post", &arr1(&[1u32])).unwrap();
        add(&mut npz, weight);
        npz.finish().unwrap();
        let out = dir.isospike(&["size", "edges.toml"]);
        (out.status.code(), String::from_utf8(out.stderr).unwrap())
    };
    let flat = |npz: &mut NpzWriter<File>, name: &str| npz.add_array(name, &arr1(&[1f32])).unwrap();
    let square =
        |npz: &mut NpzWriter<File>, name: &str| npz.add_array(name, &arr2(&[[1f32]])).unwrap();
    assert_eq!(write("weight", &flat).0, Some(0));
    for ((code, text), words) in [
        (write("weights", &flat), ["edges.npz", "`weights`", "known: pre, post, weight, delay"]),
        (write("weight", &square), ["edges.npz", "weight has shape (1, 1)", "one-dimensional"]),
    ] {
        assert_eq!(code, Some(2), "{text}");
        words.iter().for_each(|w| assert!(text.contains(w), "no {w:?} in {text}"));
    }
}

#[test]
fn plastic_synapses_without_delay() {
    let dir = Dir::new();
    let from_spikes = "\n[populations.S]\nsize = 1\nspikes = { step = [1], id = [0] }\n\
        [[projections]]\nfrom = \"S\"\nto = \"E\"\nall_to_all = true\ndelay = 0\n\
        plasticity = { rule = \"stdp\", w_max = 5 }\n";
    dir.write("plastic.toml", &format!("{NETWORK}{from_spikes}"));
    refused(
        &dir,
        &["plastic.toml"],
        &["projections[3].delay", "0 ms", "where weights are plastic"],
    );
}

#[test]
fn lanes() {
    let dir = Dir::new();
    refused(&dir, &["small.toml", "--batch", "100000000"], &["batch = 100000000", "16777216"]);
    refused(
        &dir,
        &["small.toml", "--batch", "16777216"],
        &["populations.E.size = 160 neurons in 16777216 lanes", "below 2^31"],
    );
}

#[test]
fn weights() {
    refused_network("weight = 50", "weight = inf", &["projections[1].weight", "inf", "finite"]);
    refused_network("weight = 50", "weight = nan", &["projections[1].weight", "NaN", "finite"]);
    let wide = "weight = { uniform = [1e-30, 1e30] }";
    refused_network("weight = 50", wide, &["weights", "too far apart", "2^"]);
}

/// What only f64 could hold is refused in f32 by the name of its field, in few digits.
#[test]
fn numbers_beyond_the_precision() {
    let single = "must be finite in single precision";
    let cases = [
        ("initial = { V_m = -1e200 }", &["populations.X.initial.V_m = -1e200 mV", single][..]),
        ("initial = { V_m = [0, 1e300] }", &["populations.X.initial.V_m[1] = 1e300 mV", single]),
        ("initial = { V_m = { normal = [-70, 1e300] } }", &["X.initial.V_m", "1e300 mV", single]),
        ("params = { I_e = 1e300 }", &["populations.X.params.I_e = 1e300 pA", "i_e", single]),
        ("params = { I_e = [0, -1e300] }", &["X.params.I_e = -1e300 pA of neuron 1", single]),
        ("inputs = [{ steps = [[0, 1e300]] }]", &["inputs[0].steps[0][1] = 1e300 pA", single]),
        ("inputs = [{ noise = [0, 1e300] }]", &["inputs[0].noise[1] = 1e300 pA", single]),
        (
            "inputs = [{ steps = [[0, 3e38]] }, { noise = [2e38, 0] }]",
            &["populations.X.inputs = currents of up to 5e38 pA", single],
        ),
        ("inputs = [{ poisson = 1e9, weight = 1 }]", &["inputs[0].poisson = 1000000000 Hz", "Hz"]),
        ("inputs = [{ poisson = 1e300, weight = 1 }]", &["inputs[0].poisson = 1e300 Hz", "Hz"]),
        (
            "inputs = [{ poisson = 10, weight = 1e300 }]",
            &["populations.X.inputs[0].weight", "weights to X, port ex", "1e300", "2^127"],
        ),
        ("params = { V_reset = 1e300 }", &["V_reset = 1e300 mV must lie below V_th"]),
    ];
    let dir = Dir::new();
    for (line, words) in cases {
        let network = "[populations.X]\nmodel = \"iaf_psc_exp\"\nsize = 2";
        dir.write("bad.toml", &format!("{network}\n{line}\n"));
        refused(&dir, &["bad.toml"], words);
        let out = dir.isospike(&["run", "bad.toml", "--out", "out/x"]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert!(!text.contains("0000000000000"), "too many digits: {text}");
    }
    refused_network(
        "weight = 50",
        "weight = 1e300",
        &["projections[1].weight (median 1e300): weights to I", "too far apart"],
    );
    refused(&dir, &["small.toml", "--time", "1e300"], &["time = 1e300 ms"]);
    refused(
        &dir,
        &["small.toml", "--set", "projections[7].weight=1"],
        &["--set projections[7].weight: unknown projection `7`; known: 0 to 2"],
    );
}

/// What edges have of their own, a projection must not say again.
#[test]
fn edges_with_weights_of_their_own() {
    refused_network(
        "probability = 0.1",
        "edges = { pre = [0], post = [1], delay = [1] }",
        &["projections[0].delay = 1.5", "edges gives every synapse a delay"],
    );
    refused_network(
        "probability = 0.1",
        "edges = { pre = [0], post = [1], weight = [1] }",
        &["projections[0].weight = { normal = [50, 5] }", "edges gives every synapse a weight"],
    );
}

#[test]
fn memory_limit() {
    let dir = Dir::new();
    refused(&dir, &["small.toml", "--memory-limit", "10kB"], &["10.00 kB", "needs", "biggest"]);
    refused(&dir, &["small.toml", "--memory-limit", "much"], &["memory-limit", "much", "4GB"]);
}

/// The scale that is advised fits, the next one of three digits does not.
#[test]
fn a_scale_that_fits() {
    let dir = Dir::new();
    let cases =
        [("microcircuit", "100MB"), ("microcircuit", "300MB"), ("hpc", "100MB"), ("brunel", "1MB")];
    for (network, limit) in cases {
        let size = |scale: &str| {
            let scale = ["--scale", scale].into_iter().filter(|_| !scale.is_empty());
            let args = ["size", network, "--memory-limit", limit].into_iter().chain(scale);
            dir.isospike(&args.collect::<Vec<_>>())
        };
        let text = String::from_utf8(size("").stderr).unwrap();
        let (_, scale) =
            text.split_once("`--scale ").unwrap_or_else(|| panic!("{network}: {text}"));
        let (scale, _) = scale.split_once("` would fit").unwrap();
        assert_eq!(size(scale).status.code(), Some(0), "{network} {limit} {scale}");
        let (digits, mut unit) = (scale.parse::<f64>().unwrap(), 1.0);
        while digits / unit < 99.95 {
            unit /= 10.0;
        }
        let above = (digits + unit).to_string();
        assert_eq!(size(&above).status.code(), Some(2), "{network} {limit} {above}");
    }
    let out = dir.isospike(&["size", "small.toml", "--memory-limit", "10kB"]);
    let text = String::from_utf8(out.stderr).unwrap();
    assert!(!text.contains("--scale"), "it has one size only: {text}");
}

#[test]
fn no_neurons() {
    refused_network("size = 160", "size = 0", &["populations.E.size", "0", ">= 1"]);
}

#[test]
fn times() {
    let dir = Dir::new();
    refused(
        &dir,
        &["small.toml", "--time", "0.25ms"],
        &["time", "0.25", "multiple of dt = 0.1 ms"],
    );
    refused(&dir, &["small.toml", "--time", "-5ms"], &["time", "-5"]);
    refused(&dir, &["small.toml", "--time", "0"], &["time = 0 ms", "at least"]);
    // More steps than random words have addresses for.
    refused(&dir, &["small.toml", "--time", "1e14ms"], &["1e15 steps", "281474976710656"]);
    refused(&dir, &["small.toml", "--time", "soon"], &["--time", "soon", "500ms"]);
    refused(&dir, &["small.toml", "--dt", "0"], &["dt", "0", "> 0"]);
}

#[test]
fn states_that_do_not_stay_finite() {
    let dir = Dir::new();
    let unstable =
        "[populations.E]\nmodel = \"izhikevich\"\nsize = 3\nparams = { a = 400, I_e = 20 }\n";
    dir.write("unstable.toml", &format!("dt = 1\n{unstable}"));
    let record = ["--record-state", "E.V_m"];
    refused(
        &dir,
        &[&["unstable.toml"], &record[..]].concat(),
        &["E.", "of neuron", "became", "finite"],
    );
}

#[test]
fn arguments() {
    let dir = Dir::new();
    refused(&dir, &["small.toml", "--record-state", "E.v"], &["E.v", "V_m"]);
    refused(&dir, &["small.toml", "--record-state", "X.V_m"], &["`X`", "E, I"]);
    refused(&dir, &["small.toml", "--record-state", "E.V_m:0.25ms"], &["0.25", "multiple of dt"]);
    for (option, value, words) in [
        ("--record", "pictures.npy", &["pictures.npy", "spikes.npz, spikes.npy"][..]),
        ("--record", "spikes.npz:E", &["spikes.npz holds all spikes", "first.spikes.npz:E"]),
        ("--record", "counts.npy:X", &["record counts.npy", "`X`", "E, I"]),
        ("--record", "counts.npy:E[90..200]", &["E[90..200]", "E has neurons 0..160"]),
        ("--record", "counts.npy:0.25ms", &["0.25 ms", "multiple of dt"]),
        ("--record", "counts.npy:2s..", &["from = 2000 ms", "the run ends at 1000 ms"]),
        ("--record", "counts.npy:lane=1", &["lanes = 1..2", "there are 0..1"]),
        ("--stats", "mean", &["mean", "rates, isi, psth"]),
        ("--stats", "psth:10ms:period=15ms", &["period = 150 steps", "multiple of the bin"]),
        ("--stats", "spectrum:segment=100", &["segment = 100", "power of two"]),
        ("--stats", "rates,rates", &["stats rates", "more than once", "second.rates"]),
        ("--checkpoint-every", "0", &["checkpoint-every", "at least 1 step"]),
        ("--checkpoint-every", "0.25ms", &["checkpoint-every", "multiple of dt"]),
        ("--checkpoint-every", "0.00000001ms", &["checkpoint-every", "multiple of dt"]),
        ("--stats", "psth:0.00000001ms", &["stats psth", "multiple of dt"]),
    ] {
        refused(&dir, &["small.toml", option, value], words);
    }
    // Before the network is built, which would be refused too.
    let small = ["small.toml", "--memory-limit", "10kB", "--checkpoint-every", "0.25ms"];
    refused(&dir, &small, &["checkpoint-every", "multiple of dt"]);
    refused(
        &dir,
        &["small.toml", "--batch", "2", "--record", "spikes.h5"],
        &["lanes = 2", "lane=0"],
    );
    refused(&dir, &["small.toml", "--device", "abacus"], &["abacus", "cpu"]);
    // Nothing comes in the place of a device that was named.
    refused(&dir, &["small.toml", "--device", "cpu:7"], &["cpu:7", "there are: cpu:0"]);
    refused(
        &dir,
        &["small.toml", "--threads", "0"],
        &["threads = 0", "between 1 and", "64 per core"],
    );
    refused(
        &dir,
        &["small.toml", "--threads", "1000000"],
        &["threads = 1000000", "between 1 and", "64 per core"],
    );
    let twice = ["small.toml", "--record-state", "E.V_m", "--record-state", "E.V_m:5"];
    refused(&dir, &twice, &["record-state E.V_m", "more than once"]);
    refused(&dir, &["small.toml", "--batch", "0"], &["batch = 0", ">= 1"]);
    refused(&dir, &["small.toml", "--variant", "slow"], &["variant", "slow"]);
    refused(&dir, &["small.toml", "--precision", "f16"], &["f16", "f32", "f64"]);
    refused(&dir, &["small.toml", "--scale", "-1"], &["scale", "-1"]);
    refused(&dir, &["small.toml", "--colour", "blue"], &["--colour"]);
    dir.write("broken.toml", "name = \"x\ndt = 1");
    refused(&dir, &["broken.toml"], &["broken.toml", "line 1"]);
}

#[test]
fn a_file_in_the_way() {
    let dir = Dir::new();
    let out = dir.isospike(&["run", "small.toml", "--out", "small.toml/x"]);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(text.contains("small.toml is not a directory"), "{text}");
}
