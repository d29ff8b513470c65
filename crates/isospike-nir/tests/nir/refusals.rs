//! What cannot be, and what is said about it.

use crate::support::{Scratch, data, plain};
use isospike_nir::{
    Graph, Kind, Method, Model, NeuronKind, Neurons, Options, Values, Watch, read, write,
};

fn lif(tau: f64, n: usize) -> Kind {
    let each = |x| Values::filled(&[n], x);
    let named = [("tau", tau), ("r", 1.0), ("v_leak", 0.0), ("v_threshold", 1.0)];
    let named = named.map(|(name, x)| (name, each(x)));
    Kind::Neurons(Neurons::new(NeuronKind::Lif, named).expect("all parameters"))
}

fn chain(middle: Kind, inputs: usize, outputs: usize) -> Graph {
    Graph::chain([
        ("input", Kind::Input { shape: vec![inputs] }),
        ("middle", middle),
        ("output", Kind::Output { shape: vec![outputs] }),
    ])
}

fn refused(graph: &Graph, options: &Options) -> String {
    match Model::<f32>::new(&plain(), graph, options, 1) {
        Ok(_) => panic!("it is a model"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn shapes_that_do_not_fit() {
    let options = Options::default();
    let said = refused(&chain(lif(0.01, 3), 2, 3), &options);
    assert_eq!(said, "edge input -> middle: [2] is given, [3] is needed");
    let mut graph = chain(lif(0.01, 3), 3, 3);
    graph.edges.push(("middle".into(), "nobody".into()));
    assert_eq!(refused(&graph, &options), "edge middle -> nobody: there is no node nobody");
    graph.edges[2] = graph.edges[0].clone();
    assert_eq!(refused(&graph, &options), "edge input -> middle: it is there twice");
}

#[test]
fn parameters_that_cannot_be() {
    let options = Options::default();
    let said = refused(&chain(lif(-1.0, 3), 3, 3), &options);
    assert_eq!(said, "middle: tau is -1; it must be above 0");
    let said = refused(&chain(lif(4e-5, 3), 3, 3), &options);
    assert!(said.starts_with("middle: tau is 0.00004; it must be at least half a step"), "{said}");
    let exponential = Options { method: Method::Exponential, ..options };
    assert!(Model::<f32>::new(&plain(), &chain(lif(4e-5, 3), 3, 3), &exponential, 1).is_ok());
    let delay = |x| chain(Kind::Delay { delay: Values::filled(&[1], x) }, 1, 1);
    assert!(refused(&delay(-0.1), &options).starts_with("middle: delay is -0.1"));
    let scale = chain(Kind::Scale { scale: Values::filled(&[1], 1e300) }, 1, 1);
    assert!(refused(&scale, &options).ends_with("it must be finite as f32"));
    let none = Options { dt: 0.0, ..options };
    assert_eq!(refused(&delay(0.0), &none), "dt = 0; it must be above 0");
    let one = Neurons::new(NeuronKind::I, []).expect_err("r is missing");
    assert_eq!(one.to_string(), "I: r is missing");
}

#[test]
fn what_a_model_is_given() {
    let graph = chain(lif(0.01, 3), 3, 3);
    let mut model = Model::<f32>::new(&plain(), &graph, &Options::default(), 1).expect("a model");
    let said = |result: Result<Vec<Vec<f32>>, isospike_nir::NirError>| {
        result.expect_err("it is refused").to_string()
    };
    let x = [0.0; 6];
    let wrong = model.run(3, &[("input", &x)], &[]);
    assert!(said(wrong).starts_with("input: what is given is 6 numbers; it must be 3 steps of 1"));
    assert_eq!(said(model.run(2, &[], &[])), "input: what is given is missing");
    let other = model.run(2, &[("else", &x)], &[]);
    assert_eq!(said(other), "there is no input else; there is input");
    let watch = model.run(2, &[("input", &x)], &[Watch::Potential("output")]);
    assert_eq!(said(watch), "output has no potentials");
    let mut x = [0.5; 6];
    x[4] = f32::NAN;
    // also where only spikes would be seen
    let nan = said(model.run(2, &[("input", &x)], &[]));
    assert!(nan.contains("NaN in step 1, place 1; it must be finite"), "{nan}");
}

#[test]
fn files_that_are_none() {
    let said = read(&data("nothing.nir")).expect_err("there is none").to_string();
    assert!(said.contains("nothing.nir: cannot be read: "), "{said}");
    assert!(read(&data("lif_norse.csv")).is_err());
    let mut graph = Graph::default();
    graph.nodes.insert("a/b".into(), Kind::Input { shape: vec![1] }.into());
    let file = Scratch::new("slash.nir");
    let said = write(&file.0, &graph).expect_err("no name").to_string();
    assert_eq!(said, "a node: name is \"a/b\"; it must be not empty, without a /");
    assert!(!file.0.exists());
}
