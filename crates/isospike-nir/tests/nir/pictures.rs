//! Convolutions and pools, against plain loops in the graph's order.

use crate::support::{data, noise, plain};
use isospike_nir::{Conv, Graph, Kind, Model, Options, Padding, Pool, Values, Watch, read};
use proptest::prelude::*;

/// A picture `[C, H, W]`.
#[derive(Clone)]
struct Picture {
    shape: [usize; 3],
    data: Vec<f64>,
}

impl Picture {
    /// A number; 0 outside.
    fn at(&self, c: usize, y: isize, x: isize) -> f64 {
        let [_, h, w] = self.shape;
        match (0..h as isize).contains(&y) && (0..w as isize).contains(&x) {
            true => self.data[(c * h + y as usize) * w + x as usize],
            false => 0.0,
        }
    }
}

/// How windows go over a picture: down, across.
struct Way {
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [[usize; 2]; 2],
    dilation: [usize; 2],
}

/// For each output and each stop a sum over (channel, ky, kx, number).
fn slide(
    x: &Picture,
    way: &Way,
    outputs: usize,
    sum: impl Fn(usize, &dyn Fn(usize, usize, usize) -> f64) -> f64,
) -> Picture {
    let stops = [0, 1].map(|axis| {
        let all = x.shape[axis + 1] + way.padding[axis][0] + way.padding[axis][1];
        (all - way.dilation[axis] * (way.kernel[axis] - 1) - 1) / way.stride[axis] + 1
    });
    let mut data = Vec::new();
    for output in 0..outputs {
        for at in 0..stops[0] * stops[1] {
            let (oy, ox) = (at / stops[1], at % stops[1]);
            let place = |o: usize, k: usize, axis: usize| {
                (o * way.stride[axis] + k * way.dilation[axis]) as isize
                    - way.padding[axis][0] as isize
            };
            let look = |c, ky, kx| x.at(c, place(oy, ky, 0), place(ox, kx, 1));
            data.push(sum(output, &look));
        }
    }
    Picture { shape: [outputs, stops[0], stops[1]], data }
}

fn convolved(x: &Picture, conv: &Conv, way: &Way) -> Picture {
    let [inputs, outputs] = [conv.weight.shape[1], conv.weight.shape[0]];
    let [down, across] = way.kernel;
    slide(x, way, outputs, |o, look| {
        let group = o / (outputs / conv.groups);
        let mut sum = conv.bias.data[o];
        for i in 0..inputs * down * across {
            let (c, ky, kx) = (i / across / down, i / across % down, i % across);
            sum +=
                conv.weight.data[o * inputs * down * across + i] * look(group * inputs + c, ky, kx);
        }
        sum
    })
}

fn pooled(x: &Picture, pool: &Pool, mean: bool) -> Picture {
    let way = Way {
        kernel: pool.kernel,
        stride: pool.stride,
        padding: pool.padding.map(|n| [n; 2]),
        dilation: [1; 2],
    };
    let places = pool.kernel[0] * pool.kernel[1];
    slide(x, &way, x.shape[0], |c, look| {
        let sum: f64 = (0..places).map(|k| look(c, k / pool.kernel[1], k % pool.kernel[1])).sum();
        if mean { sum / places as f64 } else { sum }
    })
}

/// What a graph of one node between input and output makes of two pictures.
fn run(kind: Kind, x: &[Picture; 2], input: &[usize], output: &[usize]) -> [Vec<f64>; 2] {
    let graph = Graph::chain([
        ("input", Kind::Input { shape: input.to_vec() }),
        ("node", kind),
        ("output", Kind::Output { shape: output.to_vec() }),
    ]);
    let mut model = Model::<f64>::new(&plain(), &graph, &Options::default(), 2).expect("a model");
    let x = [&x[0].data[..], &x[1].data].concat();
    let y = model.run(1, &[("input", &x)], &[Watch::Output("output")]).expect("it runs").remove(0);
    let (first, second) = y.split_at(y.len() / 2);
    [first.to_vec(), second.to_vec()]
}

fn near(given: &[f64], needed: &[f64]) -> bool {
    given.len() == needed.len() && given.iter().zip(needed).all(|(a, b)| (a - b).abs() < 1e-12)
}

fn pictures(shape: [usize; 3], seed: u64) -> [Picture; 2] {
    let n = shape.iter().product();
    [0, 1].map(|i| Picture { shape, data: noise(n, seed + i) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn convolutions_are_pytorchs(
        (groups, each, inputs) in (1usize..3, 1usize..3, 1usize..3),
        kernel in [1usize..4, 1..4],
        stride in [1usize..4, 1..4],
        padding in [0usize..3, 0..3],
        dilation in [1usize..3, 1..3],
        places in [5usize..9, 5..9],
        line: bool,
        same: bool,
        seed in 0u64..1000,
    ) {
        let outputs = groups * each;
        let stride = if same { [1; 2] } else { stride };
        // a line is a picture of one row
        let first = usize::from(line);
        let pick = |pair: [usize; 2], one| if line { [one, pair[1]] } else { pair };
        let (kernel, stride, dilation) = (pick(kernel, 1), pick(stride, 1), pick(dilation, 1));
        let (places, each_side) = (pick(places, 1), pick(padding, 0));
        let zeros = [0, 1].map(|axis| match same {
            true => {
                let all = dilation[axis] * (kernel[axis] - 1);
                [all / 2, all - all / 2]
            }
            false => [each_side[axis]; 2],
        });
        let shape = [&[outputs, inputs], &kernel[first..]].concat();
        let conv = Conv {
            input: None,
            weight: Values::f64(&shape, &noise(shape.iter().product(), seed)),
            bias: Values::f64(&[outputs], &noise(outputs, seed + 1)),
            stride: stride[first..].to_vec(),
            padding: if same { Padding::Same } else { Padding::Each(each_side[first..].to_vec()) },
            dilation: dilation[first..].to_vec(),
            groups,
        };
        let x = pictures([groups * inputs, places[0], places[1]], seed + 2);
        let way = Way { kernel, stride, padding: zeros, dilation };
        let needed = x.clone().map(|x| convolved(&x, &conv, &way));
        let of = |shape: [usize; 3]| [&shape[..1], &shape[1 + first..]].concat();
        let kind = if line { Kind::Conv1d(conv) } else { Kind::Conv2d(conv) };
        let given = run(kind, &x, &of(x[0].shape), &of(needed[0].shape));
        for (given, needed) in given.iter().zip(&needed) {
            prop_assert!(near(given, &needed.data), "{given:?} {:?}", needed.data);
        }
    }

    #[test]
    fn pools_are_sums_and_means(
        kernel in [1usize..4, 1..4],
        stride in [1usize..4, 1..4],
        padding in [0usize..3, 0..3],
        places in [4usize..9, 4..9],
        mean: bool,
        seed in 0u64..1000,
    ) {
        let pool = Pool { kernel, stride, padding };
        let x = pictures([2, places[0], places[1]], seed);
        let needed = x.clone().map(|x| pooled(&x, &pool, mean));
        let kind = if mean { Kind::AvgPool2d(pool) } else { Kind::SumPool2d(pool) };
        let given = run(kind, &x, &x[0].shape, &needed[0].shape);
        for (given, needed) in given.iter().zip(&needed) {
            prop_assert!(near(given, &needed.data));
        }
    }
}

/// The convolutional network of the paper, all of its layers in plain loops.
#[test]
fn a_network_of_pictures_is_what_plain_loops_make_of_it() {
    let graph = read(&data("cnn_sinabs.nir")).expect("a graph");
    let options = Options { dt: 1.0, ..Options::default() };
    let mut model = Model::<f64>::new(&plain(), &graph, &options, 1).expect("a model");
    let mut single = Model::<f32>::new(&plain(), &graph, &options, 1).expect("a model");
    let steps = 4;
    let spikes: Vec<f64> =
        noise(steps * 2 * 34 * 34, 5).iter().map(|x| f64::from(*x > 0.2)).collect();
    let watch = [Watch::Output("output"), Watch::Potential("12"), Watch::Output("0")];
    let given = model.run(steps, &[("input", &spikes)], &watch).expect("it runs");
    let spikes_32: Vec<f32> = spikes.iter().map(|&x| x as f32).collect();
    let given_32 = single.run(steps, &[("input", &spikes_32)], &watch).expect("it runs");
    let mut potentials: Vec<Vec<f64>> = vec![Vec::new(); 13];
    let mut fired = 0.0;
    for (t, x) in spikes.chunks(2 * 34 * 34).enumerate() {
        let mut x = Picture { shape: [2, 34, 34], data: x.to_vec() };
        for (layer, potentials) in potentials.iter_mut().enumerate() {
            match &graph.nodes[&layer.to_string()].kind {
                Kind::Conv2d(conv) => {
                    let Padding::Each(padding) = &conv.padding else { panic!("numbers") };
                    let pair = |all: &[usize]| [all[0], all[1]];
                    let way = Way {
                        kernel: pair(&conv.weight.shape[2..]),
                        stride: pair(&conv.stride),
                        padding: pair(padding).map(|n| [n; 2]),
                        dilation: pair(&conv.dilation),
                    };
                    x = convolved(&x, conv, &way);
                    if layer == 0 {
                        let n = x.data.len();
                        assert!(near(&given[2][t * n..][..n], &x.data));
                        let single = &given_32[2][t * n..][..n];
                        let most = x.data.iter().fold(0.0f64, |most, x| most.max(x.abs()));
                        let rounding = f64::from(f32::EPSILON) * most * 50.0;
                        let mut pairs = single.iter().zip(&x.data);
                        assert!(pairs.all(|(a, b)| (f64::from(*a) - b).abs() < rounding));
                    }
                }
                Kind::SumPool2d(pool) => x = pooled(&x, pool, false),
                Kind::Flatten { .. } => x.shape = [x.data.len(), 1, 1],
                Kind::Affine { weight, bias } => {
                    let rows = weight.data.chunks(weight.shape[1]).zip(&bias.data);
                    let dot =
                        |row: &[f64]| row.iter().zip(&x.data).map(|(w, x)| w * x).sum::<f64>();
                    x.data = rows.map(|(row, bias)| dot(row) + bias).collect();
                }
                Kind::Neurons(neurons) => {
                    let v = &mut *potentials;
                    v.resize(x.data.len(), 0.0);
                    for (n, (v, x)) in v.iter_mut().zip(&mut x.data).enumerate() {
                        *v += neurons.get("r").data[n] * *x;
                        *x = f64::from(*v > neurons.get("v_threshold").data[n]);
                        *v = if *x == 1.0 { 0.0 } else { *v };
                        fired += *x;
                    }
                }
                other => panic!("{} is no layer", other.name()),
            }
        }
        assert_eq!(given[0][t * 10..][..10], x.data, "step {t}");
        assert!(near(&given[1][t * 10..][..10], &potentials[12]), "step {t}");
    }
    assert!(fired > 1000.0, "{fired} spikes");
}
