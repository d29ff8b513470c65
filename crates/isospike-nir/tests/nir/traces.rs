//! The neuron of the paper's first experiment, as four simulators ran it.

use crate::support::{data, plain, threads};
use isospike_nir::{Method, Model, Options, Watch, read};

/// Input, potential, spikes.
fn trace(name: &str) -> [Vec<f64>; 3] {
    let mut columns = [const { Vec::new() }; 3];
    let reader = csv::ReaderBuilder::new().has_headers(false).from_path(data(name));
    for row in reader.expect("a trace").records() {
        for (column, text) in columns.iter_mut().zip(&row.expect("a row")) {
            column.push(text.parse::<f64>().expect("a number"));
        }
    }
    columns
}

/// Potentials and spikes of the model for the input of a trace.
fn run(input: &[f64], method: Method) -> [Vec<f64>; 2] {
    let graph = read(&data("lif_norse.nir")).expect("a graph");
    let options = Options { method, ..Options::default() };
    let mut model = Model::<f32>::new(&plain(), &graph, &options, 1).expect("a model");
    let x: Vec<f32> = input.iter().map(|&x| x as f32).collect();
    let watch = [Watch::Potential("1"), Watch::Output("output")];
    let all = model.run(x.len(), &[("input", &x)], &watch).expect("it runs");
    let [v, z] = &all[..] else { unreachable!("two are watched") };
    [v, z].map(|all| all.iter().map(|&x| f64::from(x)).collect())
}

/// Compares with a trace that is so many steps late, in units of 1 / scale.
fn compare(name: &str, method: Method, late: usize, scale: f64, tolerance: f64) {
    let [input, voltages, spikes] = trace(name);
    let [v, z] = run(&input, method);
    assert_eq!(v.len(), 1000);
    let n = v.len() - late;
    assert_eq!(z[..n], spikes[late..], "{name}: spikes");
    let times: Vec<_> = (0..n).filter(|&t| z[t] == 1.0).collect();
    assert_eq!(times, [460, 510, 710, 760]);
    let differences = v[..n].iter().zip(&voltages[late..]).map(|(a, b)| (a - b / scale).abs());
    let most = differences.fold(0.0, f64::max);
    assert!(most <= tolerance, "{name}: {most}");
}

#[test]
fn norse() {
    compare("lif_norse.csv", Method::Euler, 0, 1.0, 1e-6);
}

#[test]
fn snntorch() {
    compare("lif_snntorch.csv", Method::Euler, 0, 25.0, 1e-6);
}

#[test]
fn lava() {
    compare("lif_lava_cpu_float.csv", Method::Euler, 1, 1.0, 1e-6);
}

#[test]
fn nengo() {
    compare("lif_nengo.csv", Method::Exponential, 0, 10.0, 1e-6);
}

/// What a device computes does not depend on its threads or vectors, nor on how steps are cut.
#[test]
fn the_same_bits_whoever_runs_it() {
    for name in ["braille_noDelay_noBias_subtract.nir", "cnn_sinabs.nir"] {
        let graph = read(&data(name)).expect("a graph");
        let cnn = name.starts_with("cnn");
        let dt = if cnn { 1.0 } else { 1e-4 };
        let options = Options { dt, ..Options::default() };
        let (steps, items) = (if cnn { 3 } else { 60 }, 2);
        let width = if cnn { 2 * 34 * 34 } else { 12 };
        let spikes = |x: &f64| f32::from(u8::from(*x > 0.5));
        let x: Vec<f32> =
            crate::support::noise(steps * items * width, 7).iter().map(spikes).collect();
        let mut seen: Vec<Vec<u32>> = Vec::new();
        for (on, cut) in [(plain::<f32>(), steps), (threads(), 2)] {
            let mut model = Model::new(&on, &graph, &options, items).expect("a model");
            let mut all = Vec::new();
            for part in x.chunks(cut * items * width) {
                let steps = part.len() / items / width;
                let watch = [Watch::Output("output")];
                all.extend(model.run(steps, &[("input", part)], &watch).unwrap().remove(0));
            }
            assert!(all.contains(&1.0) && all.contains(&0.0), "{name}: some fire, some do not");
            seen.push(all.into_iter().map(f32::to_bits).collect());
        }
        assert!(seen[0] == seen[1], "{name}");
    }
}

/// The recurrent edge of the braille graphs leads from the recurrent weights to the neurons.
#[test]
fn recurrent_edges_bring_the_previous_step() {
    use isospike_nir::{Reset, Values};
    let graph = read(&data("braille_noDelay_noBias_subtract.nir")).expect("a graph");
    let options = Options { reset: Reset::Subtract, ..Options::default() };
    let mut model = Model::<f64>::new(&plain(), &graph, &options, 1).expect("a model");
    let recurrent = [("lif1.w_rec".to_owned(), "lif1.lif".to_owned())];
    assert_eq!(model.recurrent(), recurrent);
    let steps = 250;
    let x: Vec<f64> =
        crate::support::noise(steps * 12, 3).iter().map(|x| f64::from(*x > 0.0)).collect();
    let watch = [Watch::Output("lif1.lif"), Watch::Output("output")];
    let all = model.run(steps, &[("input", &x)], &watch).expect("it runs");
    // the same in plain loops
    let weight = |name: &str| match &graph.nodes[name].kind {
        isospike_nir::Kind::Linear { weight } => weight.clone(),
        other => panic!("{name} is {}", other.name()),
    };
    let dot = |w: &Values, x: &[f64]| -> Vec<f64> {
        w.data.chunks(w.shape[1]).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
    };
    let neurons = |name: &str| match &graph.nodes[name].kind {
        isospike_nir::Kind::Neurons(neurons) => neurons.clone(),
        other => panic!("{name} is {}", other.name()),
    };
    let step = |name: &str, x: &[f64], state: &mut Vec<[f64; 2]>| -> Vec<f64> {
        let p = neurons(name);
        let get = |field: &str, n: usize| p.get(field).data[n];
        let mut spikes = Vec::new();
        for (n, [i, v]) in state.iter_mut().enumerate() {
            *i += 1e-4 / get("tau_syn", n) * (get("w_in", n) * x[n] - *i);
            *v += 1e-4 / get("tau_mem", n) * ((get("v_leak", n) - *v) + get("r", n) * *i);
            let fires = *v > get("v_threshold", n);
            *v -= if fires { get("v_threshold", n) } else { 0.0 };
            spikes.push(f64::from(fires));
        }
        spikes
    };
    let [fc1, rec, fc2] = ["fc1", "lif1.w_rec", "fc2"].map(weight);
    let (mut first, mut second) = (vec![[0.0; 2]; 40], vec![[0.0; 2]; 7]);
    let mut hidden = vec![0.0; 40];
    let mut fired = 0.0;
    for t in 0..steps {
        let back = dot(&rec, &hidden);
        let x: Vec<f64> =
            dot(&fc1, &x[t * 12..][..12]).iter().zip(&back).map(|(a, b)| a + b).collect();
        hidden = step("lif1.lif", &x, &mut first);
        assert_eq!(hidden, all[0][t * 40..][..40], "step {t}");
        let given = step("lif2", &dot(&fc2, &hidden), &mut second);
        assert_eq!(given, all[1][t * 7..][..7], "step {t}");
        fired += hidden.iter().sum::<f64>();
    }
    assert!(fired > 100.0, "{fired} spikes");
}
