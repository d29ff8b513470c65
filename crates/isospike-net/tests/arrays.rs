//! Arrays of more than one dimension: stimuli of several networks and channels, a filter for each
//! synapse.

mod dir;

use dir::Dir;
use isospike_net::*;
use ndarray::{Array1, Array2, Array3, Array4, ArrayD, Axis, ShapeBuilder};
use ndarray_npy::{NpzWriter, write_npy};
use std::fs::File;
use std::path::Path;

/// Five neurons of a GLM with this input.
fn inputs(dir: &Path, input: &str) -> Result<Network, String> {
    let text = format!(
        "dt = 1\n[populations.n]\nmodel = \"glm_sigmoid_bernoulli\"\nsize = 5\ninputs = [{input}]\n"
    );
    let network = NetworkFile::parse("test", &text, dir).and_then(|file| file.network());
    network.map_err(|e| e.to_string())
}

/// The values `[step][neuron]` that come of an input.
fn frames(dir: &Path, input: &str) -> Result<Vec<f64>, String> {
    match &inputs(dir, input)?.populations[0].dynamics {
        Dynamics::Model(n) => match &n.inputs[0] {
            Input::Stimulus(Stimulus { course: Course::Frames(values), .. }) => Ok(values.to_vec()),
            other => panic!("{other:?}"),
        },
        Dynamics::Spikes(_) => panic!(),
    }
}

/// A value that says where it stands.
fn at(neuron: usize, step: usize, channel: usize, network: usize) -> f64 {
    (neuron + 10 * step + 100 * channel + 1000 * network) as f64
}

#[test]
fn stimuli_of_two_to_four_dimensions() {
    let dir = Dir::new();
    let (neurons, steps) = (5, 3);
    let shape = (neurons, steps, 2, 4);
    let four = Array4::from_shape_fn(shape, |(n, s, c, w)| at(n, s, c, w));
    let mut fortran = Array4::zeros(shape.f());
    fortran.assign(&four);
    let three = four.index_axis(Axis(2), 0).to_owned();
    let two = three.index_axis(Axis(2), 0).to_owned();
    write_npy(dir.0.join("4.npy"), &four).unwrap();
    write_npy(dir.0.join("4f.npy"), &fortran).unwrap();
    write_npy(dir.0.join("3.npy"), &three.mapv(|x| x as f32)).unwrap();
    write_npy(dir.0.join("2.npy"), &two.mapv(|x| x as i16)).unwrap();
    let mut npz = NpzWriter::new(File::create(dir.0.join("a.npz")).unwrap());
    npz.add_array("other", &Array1::<f64>::zeros(2)).unwrap();
    npz.add_array("one", &three.slice(ndarray::s![.., .., 2..3])).unwrap();
    npz.finish().unwrap();

    let expected = |value: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        (0..steps)
            .flat_map(|s| (0..neurons).map(move |n| (n, s)))
            .map(|(n, s)| value(n, s))
            .collect()
    };
    let read = |input: &str| frames(&dir.0, input).unwrap();
    assert_eq!(read("{ frames = \"2.npy\" }"), expected(&|n, s| at(n, s, 0, 0)));
    assert_eq!(read("{ frames = \"3.npy\", network = 3 }"), expected(&|n, s| at(n, s, 0, 3)));
    assert_eq!(read("{ frames = \"a.npz:one\" }"), expected(&|n, s| at(n, s, 0, 2)));
    let sum = expected(&|n, s| 0.5 * at(n, s, 0, 1) - 2.0 * at(n, s, 1, 1));
    for file in ["4.npy", "4f.npy"] {
        let input = format!("{{ frames = \"{file}\", network = 1, channels = [0.5, -2] }}");
        assert_eq!(read(&input), sum, "{file}");
    }
    let input = "{ frames = \"3.npy\", network = 0 }";
    let mut file = NetworkFile::parse(
        "test",
        &format!("dt = 1\n[populations.n]\nmodel = \"glm_sigmoid_bernoulli\"\nsize = 5\ninputs = [{input}]"),
        &dir.0,
    )
    .unwrap();
    apply_overrides(&mut file, &["n.inputs[0].network=2", "n.inputs[0].start=4"]).unwrap();
    let network = file.network().unwrap();
    let direct = inputs(&dir.0, "{ frames = \"3.npy\", network = 2, start = 4 }").unwrap();
    assert_eq!(network.populations, direct.populations);
}

#[test]
fn arrays_that_cannot_be_a_stimulus() {
    let dir = Dir::new();
    write_npy(dir.0.join("2.npy"), &Array2::<f64>::zeros((5, 3))).unwrap();
    write_npy(dir.0.join("t.npy"), &Array2::<f64>::zeros((3, 5))).unwrap();
    write_npy(dir.0.join("3.npy"), &Array3::<f64>::zeros((5, 3, 2))).unwrap();
    write_npy(dir.0.join("4.npy"), &Array4::<f64>::zeros((5, 3, 2, 1))).unwrap();
    write_npy(dir.0.join("5.npy"), &ArrayD::<f64>::zeros(vec![5, 1, 1, 1, 1])).unwrap();
    dir.write("bad.npy", "no array");
    let cases = [
        ("frames = \"bad.npy\"", "bad.npy: array: "),
        ("frames = \"t.npy\"", "array has shape (3, 5): must have a row per neuron (5)"),
        ("frames = \"3.npy\"", "(5, 3, 2): holds 2 networks: say which, `network = 0`"),
        ("frames = \"3.npy\", network = 2", "network = 2: must be between 0 and 1"),
        ("frames = \"2.npy\", network = 0", "holds one network, but `network` is given"),
        ("frames = \"4.npy\"", "has 2 channels: weights are needed, `channels = [..]`"),
        ("frames = \"4.npy\", channels = [1]", "has 2 channels, but `channels` has 1 weights"),
        ("frames = \"3.npy\", network = 0, channels = [1]", "has no channels"),
        ("frames = \"5.npy\"", "one-, two-, three-, four-dimensional array"),
        ("frames = [1, 2, 3, 4, 5], network = 0", "populations.n.inputs[0].network = given"),
        (
            "pulses = 1, period = 5, width = 1, network = 0",
            "network = 0: is nothing that pulses takes",
        ),
        (
            "pulses = 1, period = 5, width = 1, lanes = [0, 1]",
            "inputs[0].lanes[1] = 1: must be below 1",
        ),
        ("frames = \"2.npy\", lanes = [0]", "inputs[0].lanes = [0]: must be left out"),
    ];
    for (input, words) in cases {
        let error = inputs(&dir.0, &format!("{{ {input} }}")).unwrap_err();
        assert!(error.contains(words) && error.contains("populations.n.inputs[0]"), "{error}");
    }
}

/// Three neurons with two synapses and this beside them.
fn filter(dir: &Path, rest: &str) -> Result<Edges, String> {
    let text = format!(
        "[populations.n]\nmodel = \"iaf_psc_delta\"\nsize = 3\n[[projections]]\nfrom = \"n\"\n\
         to = \"n\"\nedges = {{ pre = [2, 0], post = [1, 1] }}\n{rest}\n"
    );
    let network = NetworkFile::parse("test", &text, dir).and_then(|file| file.network());
    let network = network.map_err(|e| e.to_string())?;
    let back = NetworkFile::parse("test", &network.to_toml(), "").unwrap().network().unwrap();
    assert_eq!(back, network);
    match &network.projections[0].connector {
        Connector::Edges(e) => Ok(e.as_ref().clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_filter_for_each_synapse() {
    let dir = Dir::new();
    let filters = ndarray::array![[1.5, 0.0, -2.0], [0.25, 3.0, 0.0]];
    write_npy(dir.0.join("f.npy"), &filters).unwrap();
    let steps = |ms: f64, n: u32| (ms / 0.1 + f64::from(n)) * 0.1;
    let expected = |ms: f64| Edges {
        pre: vec![2, 2, 0, 0],
        post: vec![1, 1, 1, 1],
        weight: Some(vec![1.5, -2.0, 0.25, 3.0]),
        delay_ms: Some([0, 2, 0, 1].map(|n| steps(ms, n)).to_vec()),
    };
    assert_eq!(filter(&dir.0, "filter = \"f.npy\"").unwrap(), expected(1.0));
    let rows = "delay = 0.5\nfilter = [[1.5, 0, -2], [\"0.25 mV\", 3]]";
    assert_eq!(filter(&dir.0, rows).unwrap(), expected(0.5));
    let cases = [
        ("filter = [[1]]", "projections[0].filter = 1 rows: one per synapse (2) is needed"),
        ("filter = [[1], [nan]]", "projections[0].filter[1, 0] = NaN: must be finite"),
        (
            "filter = [[1], [1]]\nweight = 2",
            "projections[0].weight = 2: filter gives every synapse",
        ),
        (
            "filter = [[1], [1]]\ndelay = { uniform = [1, 2] }",
            "filter = [[1], [1]]: needs one delay",
        ),
    ];
    for (rest, words) in cases {
        let error = filter(&dir.0, rest).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    write_npy(dir.0.join("g.npy"), &Array2::<f64>::zeros((3, 1))).unwrap();
    let error = filter(&dir.0, "filter = \"g.npy\"").unwrap_err();
    assert!(error.contains("g.npy: array has shape (3, 1): must have 2 rows"), "{error}");
}

#[test]
fn equilibration() {
    let parse = |time: &str| {
        let text = format!(
            "equilibration = {time}\ndt = 0.1\n[populations.n]\nmodel = \"iaf_psc_delta\"\nsize = 1\n"
        );
        NetworkFile::parse("test", &text, "").and_then(|file| file.network())
    };
    let network = parse("\"0.05 s\"").unwrap();
    assert_eq!((network.equilibration_ms, network.equilibration_steps()), (50.0, 500));
    let back = NetworkFile::parse("test", &network.to_toml(), "").unwrap().network().unwrap();
    assert_eq!(back, network);
    for (time, words) in [("0.25", "multiple of dt"), ("-1", ">= 0 ms")] {
        let error = parse(time).unwrap_err().to_string();
        assert!(error.contains("equilibration = ") && error.contains(words), "{error}");
    }
}

/// Filters in closed form are those numbers.
#[test]
fn filters_in_closed_form() {
    let filters = |text: &str| {
        let text = format!(
            "dt = 0.5\n[populations.n]\nmodel = \"glm_exp_poisson\"\nsize = 2\nfilters = {{ {text} }}\n"
        );
        let network = NetworkFile::parse("test", &text, "").and_then(|file| file.network());
        network.map_err(|e| e.to_string()).map(|n| match &n.populations[0].dynamics {
            Dynamics::Model(n) => n.filters.clone(),
            Dynamics::Spikes(_) => panic!(),
        })
    };
    let near = |a: &[f64], b: &[f64]| {
        assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15), "{a:?}");
    };
    let e = std::f64::consts::E;
    let one = filters("coupling = { exponential = 1, steps = 3, scale = 2 }").unwrap();
    near(&one["coupling"], &[2.0, 2.0 / e.sqrt(), 2.0 / e]);
    let one = filters("coupling = { alpha = \"0.5 ms\", steps = 3 }").unwrap();
    near(&one["coupling"], &[0.0, 1.0, 2.0 / e]);
    let two = "history = [{ constant = -9, steps = 2 }, { exponential = 0.5, steps = 2 }]";
    near(&filters(two).unwrap()["history"], &[-9.0, -9.0, 1.0, 1.0 / e]);
    for (text, words) in [
        ("coupling = { exponential = 0, steps = 1 }", "coupling.exponential = 0: must be > 0 ms"),
        ("coupling = { alpha = 1 }", "coupling.steps = missing: is needed"),
        ("coupling = { steps = 3 }", "needs one of exponential, alpha, constant"),
        ("coupling = [{ constant = 1, steps = 2, tau = 1 }]", "coupling[0]: unknown key `tau`"),
        ("coupling = [{ constant = 1, steps = 2 }, 3]", "coupling[1] = 3: "),
    ] {
        let error = filters(text).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
