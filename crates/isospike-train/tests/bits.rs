//! The same bits whoever adds, whatever is zero, and however steps are taken.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::isa::Isa;
use isospike_lane::philox4x32_10;
use isospike_layer::compute::{Array, Category, Computer, Format, Pooling};
use isospike_layer::{Keep, Layer, Rule, Window, neurons::Lif, neurons::Plif, tree};
use isospike_train::{
    Adam, Network, Optimiser, Sgd, Storage, Tensor, TrainError, clip_norm, loss, loss::Readout,
};
use proptest::prelude::*;
use std::ops::Range;

fn numbers(seed: u32, n: usize) -> Vec<f32> {
    let word = |i: usize| philox4x32_10([i as u32, 0, 0, 0], [seed, 7])[0];
    (0..n).map(|i| word(i) as f32 / (1u32 << 31) as f32 - 1.0).collect()
}

fn device(threads: usize, isa: Isa) -> Computer<f32> {
    CpuDevice::new(Cpu { threads, isa }).expect("threads start").computer()
}

/// The sums of the documentation, one after the other.
fn plain(window: &Window, x: &[f32], w: &[f32], bias: &[f32], pictures: usize) -> Vec<f32> {
    let [down, across] = window.stops();
    let n = window.outputs;
    let mut out = Vec::new();
    let mut seen = vec![0.0; window.inputs()];
    for p in 0..pictures {
        for stop in 0..down * across {
            let picture = &x[p * window.seen()..][..window.seen()];
            window.look(picture, [stop / across, stop % across], 0..seen.len(), &mut seen);
            out.extend((0..n).map(|o| {
                let all = seen.iter().enumerate();
                all.fold(0.0, |sum, (k, x)| sum + x * w[k * n + o]) + bias[o]
            }));
        }
    }
    out
}

/// Derivatives by weights: blocks of rows, one after the other, then block sums in pairs.
fn plain_learn(window: &Window, x: &[f32], by_out: &[f32]) -> Vec<f32> {
    let ([down, across], n) = (window.stops(), window.outputs);
    let mut blocks = Vec::new();
    let mut seen = vec![0.0; window.inputs()];
    for (row, g) in by_out.chunks(n).enumerate() {
        if row % tree::BLOCK == 0 {
            blocks.push(vec![0.0; window.inputs() * n]);
        }
        let by = blocks.last_mut().expect("it was pushed");
        let (p, stop) = (row / (down * across), row % (down * across));
        let picture = &x[p * window.seen()..][..window.seen()];
        window.look(picture, [stop / across, stop % across], 0..seen.len(), &mut seen);
        for (k, x) in seen.iter().enumerate() {
            (0..n).for_each(|o| by[k * n + o] += x * g[o]);
        }
    }
    let sum = |i: usize| tree::pairs(blocks.iter().map(|block| block[i]).collect());
    (0..window.inputs() * n).map(sum).collect()
}

fn windows() -> impl Strategy<Value = Window> {
    let all = (1usize..80, 1usize..80).prop_map(|(inputs, outputs)| Window::all(inputs, outputs));
    let sides = (1usize..7, 1usize..7, 1usize..4, [1usize..4, 1usize..4]);
    let (strides, paddings) = ([1usize..3, 1usize..4], [0usize..2, 0usize..3]);
    let conv = (sides, strides, paddings, 1usize..40).prop_map(
        |((height, width, channels, kernel), stride, padding, outputs)| Window {
            height,
            width,
            channels,
            kernel,
            stride,
            padding,
            outputs,
        },
    );
    prop_oneof![all, conv.prop_filter("it fits", |w| w.check().is_ok())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn sums_are_those_of_the_documentation(
        window in windows(),
        pictures in 1usize..9,
        threads in 1usize..4,
        isa in prop::sample::select(Isa::ALL.to_vec()),
        dense in prop::sample::select(vec![0.0f32, 0.1, 1.0]),
        seed in any::<u32>(),
    ) {
        let device = device(threads, isa);
        let draws = numbers(seed, 2 * pictures * window.seen());
        let (values, chances) = draws.split_at(pictures * window.seen());
        let zero = |(x, c): (&f32, &f32)| if c.abs() < dense { *x } else { 0.0 };
        let x: Vec<f32> = values.iter().zip(chances).map(zero).collect();
        let w = numbers(seed ^ 1, window.inputs() * window.outputs);
        let bias = numbers(seed ^ 2, window.outputs);
        let on = &device;
        let put = |all: &[f32]| on.array(Category::Work, all).expect("room");
        let nan = |n: usize| put(&vec![f32::NAN; n]);
        let get = |all: &Array<f32>| on.numbers(all).expect("numbers");
        let (x_on, w_on, bias_on) = (put(&x), put(&w), put(&bias));
        let mut out = nan(pictures * window.given());
        on.weigh(&window, &x_on, &w_on, Some(&bias_on), &mut out).expect("it fits");
        prop_assert_eq!(bits(&get(&out)), bits(&plain(&window, &x, &w, &bias, pictures)));

        let by_out = numbers(seed ^ 3, out.len());
        let by_out_on = put(&by_out);
        let mut by_w = nan(w.len());
        on.weigh_learn(&window, &x_on, &by_out_on, &mut by_w).expect("it fits");
        prop_assert_eq!(bits(&get(&by_w)), bits(&plain_learn(&window, &x, &by_out)));

        // x . back(g) and weigh(x) . g are the same sum of products
        let mut by_x = nan(x.len());
        on.weigh_back(&window, &by_out_on, &w_on, &mut by_x).expect("it fits");
        let mut y = nan(out.len());
        on.weigh(&window, &x_on, &w_on, None, &mut y).expect("it fits");
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let (one, other) = (dot(&x, &get(&by_x)), dot(&get(&y), &by_out));
        let size = (out.len() * window.inputs()) as f64;
        prop_assert!((one - other).abs() <= 1e-5 * size.max(1.0), "{one} and {other}");
        let alone = self::device(1, Isa::Baseline);
        let put = |all: &[f32]| alone.array(Category::Work, all).expect("room");
        let mut again = put(&x);
        alone.weigh_back(&window, &put(&by_out), &put(&w), &mut again).expect("it fits");
        prop_assert_eq!(bits(&get(&by_x)), bits(&alone.numbers(&again).expect("numbers")));
    }
}

fn bits(all: &[f32]) -> Vec<u32> {
    all.iter().map(|x| x.to_bits()).collect()
}

fn network(on: &Computer<f32>, seed: u64) -> Result<Network<f32>, TrainError> {
    let rule = Rule { threshold: 0.1, ..Rule::default() };
    let lif = Layer::new(&Lif::<false>).rule(rule)?;
    let plif = Layer::new(&Plif::<true>).rule(rule)?;
    let picture =
        Network::new(on, &[8, 8, 1], seed).conv(6, 3, 1, 1)?.batch_norm(1.0)?.neurons(plif)?;
    let pooled = picture.pool(Pooling::Average, 2)?.dropout(0.2)?.linear(20)?;
    pooled.recurrent(lif.clone())?.delay(1)?.linear(3)?.neurons(lif)
}

fn batch(seed: u32) -> (Tensor<f32>, Vec<usize>) {
    let pixels: Vec<f32> = numbers(seed, 5 * 64).iter().map(|x| 1.5 * (x + 1.0)).collect();
    let x = Tensor::repeated(6, 5, &[8, 8, 1], &pixels).expect("it fits");
    (x, (0..5).map(|i| (i + seed as usize) % 3).collect())
}

/// Goes through batches and says how large the loss of each was.
fn steps(network: &mut Network<f32>, adam: &mut Adam<f32>, which: Range<u32>) -> Vec<u32> {
    let mut losses = Vec::new();
    for step in which {
        let (x, labels) = batch(step);
        network.reset();
        let y = network.forward(&x).expect("finite");
        let (loss, by_y) = loss::cross_entropy(&y, &labels, Readout::Count).expect("labels fit");
        losses.push(loss.to_bits());
        network.backward(&by_y).expect("finite");
        let on = network.device().clone();
        let mut all: Vec<_> = network.parameters().into_iter().map(|(_, p)| p).collect();
        clip_norm(&on, &mut all, 1.0).expect("positive");
        network.step(adam, 1e-2).expect("finite");
    }
    losses
}

fn all_parameters(network: &mut Network<f32>) -> Vec<u32> {
    let on = network.device().clone();
    let all = network.parameters().into_iter();
    all.flat_map(|(_, p)| bits(&on.numbers(&p.value).expect("numbers"))).collect()
}

/// Loss by loss, and all parameters in the end.
fn trained(on: &Computer<f32>, storage: Storage) -> (Vec<u32>, Vec<u32>) {
    let mut network = network(on, 11).expect("it fits").store(storage);
    let losses = steps(&mut network, &mut Adam::with_decay(1e-2), 0..6);
    (losses, all_parameters(&mut network))
}

#[test]
fn weights_after_training_do_not_depend_on_threads_or_vectors() {
    let first = trained(&device(1, Isa::Baseline), Storage::default());
    assert!(first.0[0] != first.0[5], "something is learned");
    for threads in [2, 3] {
        let again = trained(&device(threads, Isa::detect()), Storage::default());
        assert_eq!(again, first, "{threads} threads");
    }
}

#[test]
fn how_it_is_stored_changes_no_bit_and_what_is_needed() {
    let full = Storage { spikes: Format::Full, neurons: Keep::Potentials };
    let on = device(1, Isa::detect());
    let first = trained(&on, full);
    let most = on.memory().of(Category::Saved).peak;
    for spikes in [Format::Bits, Format::Bytes] {
        let on = device(1, Isa::detect());
        assert_eq!(trained(&on, Storage { spikes, ..full }), first, "{spikes:?}");
        assert!(on.memory().of(Category::Saved).peak < most, "{spikes:?}");
    }
    for every in [1, 2, 5] {
        let neurons = Keep::StateEvery(every);
        let again = trained(&device(1, Isa::detect()), Storage { neurons, ..full });
        assert_eq!(again, first, "every {every}");
    }
}

#[test]
fn a_network_that_moves_goes_on_as_it_was() {
    let (here, there) = (device(1, Isa::Baseline), device(2, Isa::detect()));
    let mut stays = network(&here, 11).expect("it fits");
    let mut adam = Adam::default();
    let first = steps(&mut stays, &mut adam, 0..4);
    let mut moves = network(&here, 11).expect("it fits");
    let mut adam = Adam::default();
    let mut second = steps(&mut moves, &mut adam, 0..2);
    let before = all_parameters(&mut moves);
    for (from, to) in [(&here, &there), (&there, &here), (&here, &there)] {
        moves.move_to(to).expect("room");
        Optimiser::<f32>::move_to(&mut adam, from, to).expect("room");
        assert_eq!(all_parameters(&mut moves), before);
    }
    second.extend(steps(&mut moves, &mut adam, 2..4));
    assert_eq!(second, first);
    assert_eq!(all_parameters(&mut moves), all_parameters(&mut stays));
}

#[test]
fn step_by_step_is_layer_by_layer() {
    let mut network = network(&device(2, Isa::detect()), 12).expect("it fits");
    let (x, _) = batch(1);
    let at_once = network.infer(&x).expect("finite");
    network.reset();
    let mut stepwise = Vec::new();
    for t in 0..x.steps() {
        stepwise.extend(network.infer(&x.at(t)).expect("finite").data);
    }
    assert!(at_once.data.contains(&1.0), "something fires");
    assert_eq!(bits(&stepwise), bits(&at_once.data));
}

#[test]
fn gradient_descent_goes_down() {
    let on = device(1, Isa::detect());
    let mut network = Network::new(&on, &[4], 1).linear(2).expect("it fits");
    let mut sgd = Sgd::new(0.9, 0.0);
    let x = Tensor::new(1, 2, &[4], numbers(5, 8)).expect("it fits");
    let mut losses = Vec::new();
    for _ in 0..60 {
        let y = network.forward(&x).expect("finite");
        let (loss, by_y) = loss::rate_mse(&y, &[0, 1]).expect("labels fit");
        network.backward(&by_y).expect("finite");
        network.step(&mut sgd, 0.1).expect("finite");
        losses.push(loss);
    }
    assert!(losses[59] < 1e-3 * losses[0], "{losses:?}");
}

#[test]
fn what_cannot_be_is_refused() {
    let on = device(1, Isa::detect());
    let refused = |result: Result<Tensor<f32>, TrainError>, what: &str| {
        let error = result.expect_err(what).to_string();
        assert!(error.contains(what), "{error}");
    };
    assert!(Network::new(&on, &[4], 1).conv(2, 3, 1, 0).is_err(), "there is no picture");
    assert!(Network::new(&on, &[2, 2, 1], 1).conv(2, 3, 1, 0).is_err(), "it is too small");
    assert!(Network::new(&on, &[4], 1).dropout(1.0).is_err());
    let mut net = network(&on, 1).expect("it fits");
    let (x, labels) = batch(0);
    refused(net.forward(&Tensor::zeros(2, 5, &[64])), "input of the network is [64]");
    let y = net.infer(&x).expect("finite");
    refused(net.backward_to_input(&y), "no forward pass");
    // another batch without a reset
    refused(net.forward(&Tensor::zeros(6, 4, &[8, 8, 1])), "4");
    net.reset();
    let mut wild = x.clone();
    wild.data[7] = f32::NAN;
    refused(net.forward(&wild), "NaN");
    assert!(loss::rate_mse(&y, &labels[1..]).is_err(), "a label for each");
    assert!(loss::rate_mse(&y, &[0, 1, 2, 3, 0]).is_err(), "3 is no class");
    net.reset();
    let y = net.forward(&x).expect("finite");
    net.backward(&y).expect("finite");
    let gradient = &mut net.parameters().swap_remove(0).1.gradient;
    on.write(gradient, 3, &[f32::INFINITY]).expect("it fits");
    let error = net.step(&mut Adam::default(), 0.1).expect_err("inf").to_string();
    assert!(error.contains("0.conv2d.weight[3] is inf"), "{error}");
    on.write(gradient_of(&mut net), 3, &[1e38]).expect("it fits");
    let error = net.step(&mut Sgd::new(0.0, 0.0), f64::NAN).expect_err("NaN").to_string();
    assert!(error.contains("the rate of a step = NaN"), "{error}");
    let stepped = net.step(&mut Sgd::new(0.0, 0.0), 1e3).and_then(|()| Ok(on.settle()?));
    let error = stepped.expect_err("beyond all numbers").to_string();
    assert!(error.contains("0.conv2d.weight[3] is -inf"), "{error}");

    // NaN that is not the first of its window
    let pools = Network::new(&on, &[2, 2, 1], 1).pool(Pooling::Max, 2).expect("it fits");
    let mut wild = Tensor::zeros(1, 1, &[2, 2, 1]);
    wild.data[2] = f32::NAN;
    refused({ pools }.infer(&wild), "the input of a pool[2] is NaN");
}

/// A window over one place and what is around it gives a picture.
#[test]
fn a_picture_of_one_place_can_be_padded() {
    let on = device(1, Isa::detect());
    let net = Network::new(&on, &[3, 3, 2], 1).conv(1, 2, 2, 0).and_then(|n| n.conv(4, 1, 1, 1));
    let mut net = net.expect("it fits");
    assert_eq!(net.output(), [3, 3, 4]);
    let mut x = Tensor::zeros(2, 1, &[3, 3, 2]);
    x.data.fill(0.5);
    let y = net.forward(&x).expect("finite");
    assert_eq!(y.data.len(), 2 * 9 * 4);
    assert_eq!(net.backward_to_input(&y).expect("finite").data.len(), x.data.len());
}

fn gradient_of(network: &mut Network<f32>) -> &mut Array<f32> {
    &mut network.parameters().swap_remove(0).1.gradient
}
