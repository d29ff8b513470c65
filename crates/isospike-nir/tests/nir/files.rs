//! Graphs in files: those of others, and any there may be.

use crate::graphs;
use crate::support::{Scratch, data};
use isospike_nir::{Kind, Model, NeuronKind, Options, read, shapes, write};
use proptest::prelude::*;

#[test]
fn graphs_of_the_paper_are_read() {
    let kinds = |name: &str| {
        let graph = read(&data(name)).expect("a graph");
        let found = shapes(&graph).expect("shapes fit");
        assert_eq!(found.len(), graph.nodes.len());
        Model::<f32>::new(
            &crate::support::plain(),
            &graph,
            &Options { dt: 1e-5, ..Options::default() },
            1,
        )
        .expect("a model");
        let kinds: Vec<_> = graph.nodes.values().map(|n| n.kind.name()).collect();
        (kinds.join(" "), graph)
    };
    let (names, graph) = kinds("lif_norse.nir");
    assert_eq!(names, "Affine LIF Input Output");
    let Kind::Neurons(lif) = &graph.nodes["1"].kind else { panic!("neurons") };
    assert_eq!((lif.kind(), lif.shape()), (NeuronKind::Lif, &[1][..]));
    assert_eq!(lif.get("tau").data, [f64::from(0.0025f32)]);
    // the file is older than this parameter
    assert_eq!(lif.get("v_reset").data, [0.0]);
    assert_eq!(kinds("two_lif_neurons.nir").0, "Input LIF LIF Linear Linear Output");
    let (names, graph) = kinds("braille_noDelay_noBias_subtract.nir");
    assert_eq!(names, "Linear Linear Input CubaLIF Linear CubaLIF Output");
    assert_eq!(graph.edges.len(), 7);
    assert!(graph.nodes.contains_key("lif1.w_rec"), "names have dots");
    let (names, graph) = kinds("cnn_sinabs.nir");
    assert_eq!(
        names,
        "Conv2d IF IF Affine IF Conv2d IF SumPool2d Conv2d IF SumPool2d Flatten Affine Input Output"
    );
    assert_eq!(shapes(&graph).unwrap()["8"].output, [128]);
}

/// A second file of a graph that was read says the same.
#[test]
fn what_was_read_is_written_back() {
    for name in ["lif_norse.nir", "two_lif_neurons.nir", "cnn_sinabs.nir"] {
        let graph = read(&data(name)).expect("a graph");
        let file = Scratch::new(name);
        write(&file.0, &graph).expect("it is written");
        assert!(read(&file.0).expect("a graph") == graph, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_graph_reads_back_as_it_was(graph in graphs::any_graph()) {
        let file = Scratch::new("any.nir");
        write(&file.0, &graph).unwrap();
        prop_assert_eq!(read(&file.0).unwrap(), graph);
    }
}
