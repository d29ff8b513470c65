//! Graphs to test with: one with every node there is, and random ones.

use isospike_nir::{
    Conv, Graph, Item, Kind, NeuronKind, Neurons, Node, Padding, Pool, Stored, Tree, Values,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn values(shape: Vec<usize>) -> impl Strategy<Value = Values> {
    let n = shape.iter().product::<usize>();
    let single = vec(prop::num::f32::NORMAL | prop::num::f32::ZERO, n);
    let double = vec(prop::num::f64::NORMAL | prop::num::f64::ZERO, n);
    let integers = vec(-(1i64 << 50)..1 << 50, n);
    let (a, b, c) = (shape.clone(), shape.clone(), shape);
    prop_oneof![
        single.prop_map(move |data| Values::f32(&a, &data)),
        double.prop_map(move |data| Values::f64(&b, &data)),
        integers.prop_map(move |data| {
            Values::new(&c, data.iter().map(|&n| n as f64).collect(), Stored::I64)
        }),
    ]
}

fn shape(axes: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<usize>> {
    vec(1usize..4, axes)
}

fn any_values(axes: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Values> {
    shape(axes).prop_flat_map(values)
}

fn neurons() -> impl Strategy<Value = Kind> {
    (prop::sample::select(&NeuronKind::ALL[..]), shape(0..4)).prop_flat_map(|(kind, shape)| {
        vec(values(shape), kind.fields().len()).prop_map(move |all| {
            let named = kind.fields().iter().copied().zip(all);
            Kind::Neurons(Neurons::new(kind, named).expect("all parameters"))
        })
    })
}

fn conv(axes: usize) -> impl Strategy<Value = Conv> {
    let padding = prop_oneof![
        Just(Padding::Valid),
        Just(Padding::Same),
        vec(0usize..4, axes).prop_map(Padding::Each),
    ];
    let counts = move || vec(1usize..4, axes);
    (1usize..3, 1usize..3, shape(axes + 1)).prop_flat_map(move |(groups, each, rest)| {
        let weight = [&[groups * each], &rest[..]].concat();
        (
            prop::option::of(counts()),
            values(weight),
            values(vec![groups * each]),
            counts(),
            padding.clone(),
            counts(),
            Just(groups),
        )
            .prop_map(|(input, weight, bias, stride, padding, dilation, groups)| Conv {
                input,
                weight,
                bias,
                stride,
                padding,
                dilation,
                groups,
            })
    })
}

fn pool() -> impl Strategy<Value = Pool> {
    let pair = |from: usize| [from..5, from..5];
    (pair(1), pair(1), pair(0)).prop_map(|(kernel, stride, padding)| Pool {
        kernel,
        stride,
        padding,
    })
}

fn leaf() -> impl Strategy<Value = Kind> {
    let affine = shape(2..4).prop_flat_map(|shape| {
        let bias = values(shape[..shape.len() - 1].to_vec());
        (values(shape), bias).prop_map(|(weight, bias)| Kind::Affine { weight, bias })
    });
    let flatten = (prop::option::of(shape(1..4)), 0i64..3, -1i64..3);
    prop_oneof![
        shape(1..4).prop_map(|shape| Kind::Input { shape }),
        shape(1..4).prop_map(|shape| Kind::Output { shape }),
        affine,
        any_values(2..4).prop_map(|weight| Kind::Linear { weight }),
        any_values(0..4).prop_map(|scale| Kind::Scale { scale }),
        conv(1).prop_map(Kind::Conv1d),
        conv(2).prop_map(Kind::Conv2d),
        pool().prop_map(Kind::SumPool2d),
        pool().prop_map(Kind::AvgPool2d),
        flatten.prop_map(|(input, start, end)| Kind::Flatten { input, start, end }),
        any_values(0..4).prop_map(|delay| Kind::Delay { delay }),
        any_values(0..4).prop_map(|threshold| Kind::Threshold { threshold }),
        neurons(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9._ ÄΩ-]{0,7}"
}

fn metadata() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        any_values(0..3).prop_map(Item::Values),
        "[ -~Ω]{1,9}".prop_map(|text| Item::text(&text)),
    ];
    let tree = btree_map(name(), leaf.clone(), 1..3).prop_map(Item::Tree);
    btree_map(name(), prop_oneof![4 => leaf, 1 => tree], 0..3)
}

fn graph(node: impl Strategy<Value = Kind> + 'static) -> impl Strategy<Value = Graph> {
    let nodes = btree_map(name(), (node, metadata()), 1..7);
    let edges = vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..9);
    (nodes, edges, metadata()).prop_map(|(nodes, edges, metadata)| {
        let names: Vec<_> = nodes.keys().cloned().collect();
        let name = |i: prop::sample::Index| names[i.index(names.len())].clone();
        let node = |(kind, metadata)| match kind {
            // a graph's metadata are its own
            Kind::Graph(_) => Node::from(kind),
            kind => Node { kind, metadata },
        };
        Graph {
            edges: edges.into_iter().map(|(from, to)| (name(from), name(to))).collect(),
            nodes: nodes.into_iter().map(|(name, n)| (name, node(n))).collect(),
            metadata,
        }
    })
}

/// Graphs of any nodes, some of them graphs; what they say need not fit together.
pub(crate) fn any_graph() -> impl Strategy<Value = Graph> {
    graph(prop_oneof![6 => leaf(), 1 => graph(leaf()).prop_map(Kind::Graph)])
}

/// Every node there is, with shapes that fit.
pub(crate) fn every_node() -> Graph {
    let filled = |shape: &[usize]| {
        let n = shape.iter().product::<usize>();
        let data: Vec<f32> = (0..n).map(|i| (i % 7) as f32 * 0.25 - 0.5).collect();
        Values::f32(shape, &data)
    };
    let neurons = |kind: NeuronKind, shape: &[usize]| {
        let fields = kind.fields().iter().enumerate();
        let named = fields.map(|(i, &field)| (field, Values::filled(shape, 0.5 + i as f64)));
        Kind::Neurons(Neurons::new(kind, named).expect("all parameters"))
    };
    let conv = |shape: &[usize], input: &[usize], padding: Padding| {
        let axes = shape.len() - 2;
        Conv {
            input: Some(input.to_vec()),
            weight: filled(shape),
            bias: filled(&shape[..1]),
            stride: vec![1; axes],
            padding,
            dilation: vec![1; axes],
            groups: 1,
        }
    };
    let pool = Pool { kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
    let flatten =
        |shape: [usize; 3]| Kind::Flatten { input: Some(shape.to_vec()), start: 0, end: -1 };
    let inner = Graph::chain([
        ("in", Kind::Input { shape: vec![6] }),
        ("weights", Kind::Linear { weight: filled(&[6, 6]) }),
        ("out", Kind::Output { shape: vec![6] }),
    ]);
    let mut graph = Graph::chain([
        ("input", Kind::Input { shape: vec![2, 9, 9] }),
        ("conv2d", Kind::Conv2d(conv(&[3, 2, 2, 2], &[9, 9], Padding::Each(vec![0, 0])))),
        ("if", neurons(NeuronKind::If, &[3, 8, 8])),
        ("sum_pool", Kind::SumPool2d(pool.clone())),
        ("average_pool", Kind::AvgPool2d(pool)),
        ("flatten", flatten([3, 2, 2])),
        ("affine", Kind::Affine { weight: filled(&[6, 12]), bias: filled(&[6]) }),
        ("lif.1", neurons(NeuronKind::Lif, &[6])),
        ("graph", Kind::Graph(inner)),
        ("cuba_lif", neurons(NeuronKind::CubaLif, &[6])),
        ("delay", Kind::Delay { delay: Values::f64(&[6], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]) }),
        ("scale", Kind::Scale { scale: filled(&[6]) }),
        ("i", neurons(NeuronKind::I, &[6])),
        ("threshold", Kind::Threshold { threshold: filled(&[6]) }),
        ("li", neurons(NeuronKind::Li, &[6])),
        ("cuba_li", neurons(NeuronKind::CubaLi, &[6])),
        ("output", Kind::Output { shape: vec![6] }),
    ]);
    let lines = [
        ("line", Kind::Input { shape: vec![2, 7] }),
        ("conv1d", Kind::Conv1d(conv(&[1, 2, 3], &[7], Padding::Same))),
        ("line_out", Kind::Output { shape: vec![1, 7] }),
    ];
    let other = Graph::chain(lines);
    graph.nodes.extend(other.nodes);
    graph.edges.extend(other.edges);
    let said = Tree::from([("made by".to_owned(), Item::text("a test"))]);
    graph.nodes.get_mut("lif.1").expect("it is there").metadata = said;
    graph
}
