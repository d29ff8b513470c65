//! Arrays, what is done to them, and networks in training: `train::arrays`, `train::networks`.

use crate::plain::Plain;
use crate::target::Unsupported;
use crate::{Case, Outcome, Target};
use isospike_backend::{Backend, Device, ErrorKind, Result};
use isospike_lane::{Half, Lane, Math, philox4x32_10};
use isospike_layer::compute::{Array, Category, Computer, Elementwise, Format, Pooling};
use isospike_layer::neurons::{Cuba, Lif, Plif};
use isospike_layer::{Keep, Layer, LayerError, Real, Rule, Surrogate, Window};
use isospike_train::{
    Adam, Network, Optimiser, Storage, Tensor, TrainError, clip_norm, loss, loss::Readout,
};

/// `train::arrays::maps::f32`, ...
pub fn cases() -> Vec<Case> {
    fn both<F: On>(cases: &mut Vec<Case>) {
        let mut case = |name: &str, run: fn(&Target<'_>) -> Outcome| {
            cases.push(Case::new(format!("train::{name}::{}", F::NAME), run));
        };
        case("arrays::moved_and_stored", stored::<F>);
        case("arrays::maps", maps::<F>);
        case("arrays::weights", weights::<F>);
        case("arrays::pools", pools::<F>);
        case("arrays::sums", sums::<F>);
        case("networks::trained", trained::<F>);
        case("networks::kept_in_few_bytes", in_few_bytes::<F>);
        case("networks::moved", moved::<F>);
        case("networks::errors", errors::<F>);
        case("networks::namesakes", namesakes::<F>);
    }
    let mut cases = Vec::new();
    both::<f32>(&mut cases);
    both::<f64>(&mut cases);
    cases
}

/// A float format with the devices that have it.
pub(super) trait On: Real {
    fn computer(device: &dyn Device) -> Result<Computer<Self>>;
}

impl On for f32 {
    fn computer(device: &dyn Device) -> Result<Computer<f32>> {
        device.computer_f32()
    }
}

impl On for f64 {
    fn computer(device: &dyn Device) -> Result<Computer<f64>> {
        device.computer_f64()
    }
}

fn reference<F: On>() -> Computer<F> {
    F::computer(&*Plain.open(0).expect("it is always there")).expect("it has arrays")
}

/// The device to be looked at, and the reference.
pub(super) fn pair<F: On>(
    target: &Target<'_>,
) -> std::result::Result<[Computer<F>; 2], Unsupported> {
    match F::computer(&*target.device) {
        Ok(computer) => Ok([computer, reference()]),
        Err(error) if error.kind() == ErrorKind::Unsupported => Err(Unsupported(error.to_string())),
        Err(error) => panic!("{error}"),
    }
}

/// Numbers between -1 and 1, of which so many in ten are 0.
pub(super) fn numbers<F: Real>(seed: u32, n: usize, zeros: u32) -> Vec<F> {
    let one = |i: usize| {
        let [x, zero, ..] = philox4x32_10([i as u32, 2, 0, 0], [seed, 6]);
        let x = f64::from(x) / f64::from(1u32 << 31) - 1.0;
        F::from_f64(if zero % 10 < zeros { 0.0 } else { x })
    };
    (0..n).map(one).collect()
}

pub(super) fn bits<F: Real>(all: &[F]) -> Vec<u64> {
    all.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// What some operations leave in arrays is the same on both devices.
fn same<F: On>(
    target: &Target<'_>,
    run: impl Fn(&Computer<F>) -> std::result::Result<Vec<Array<F>>, LayerError>,
) -> Outcome {
    let [given, expected] = pair::<F>(target)?.map(|on| {
        let arrays = run(&on).unwrap_or_else(|e| panic!("{}: {e}", on.name()));
        let numbers = |array: &Array<F>| bits(&on.numbers(array).expect("numbers"));
        arrays.iter().map(numbers).collect::<Vec<_>>()
    });
    for (k, (given, expected)) in given.iter().zip(&expected).enumerate() {
        assert_eq!(given, expected, "array {k}");
    }
    Ok(())
}

fn put<F: Real>(on: &Computer<F>, all: &[F]) -> Array<F> {
    on.array(Category::Work, all).expect("room")
}

fn stored<F: On>(target: &Target<'_>) -> Outcome {
    same::<F>(target, |on| {
        let mut made = Vec::new();
        for n in [1, 31, 32, 33, 300] {
            let x = put(on, &numbers(n as u32, n, 3));
            let spikes: Vec<F> = numbers::<F>(n as u32, n, 6)
                .iter()
                .map(|x| F::from_f64(f64::from(u8::from(*x != F::default()))))
                .collect();
            let spikes = put(on, &spikes);
            for format in [Format::Bits, Format::Bytes, Format::Full] {
                let packed = on.pack(Category::Saved, format, &spikes)?;
                made.push(on.unpack(Category::Work, &packed)?);
            }
            for half in [Half::F16, Half::BF16].into_iter().filter(|_| F::NAME == "f32") {
                let packed = on.pack(Category::Saved, Format::Half(half), &x)?;
                made.push(on.unpack(Category::Work, &packed)?);
            }
            let mut later = on.zeros(Category::Work, n + 5)?;
            on.copy((&x, n / 3), (&mut later, 4), n - n / 3)?;
            made.extend([on.part(Category::Work, &x, n / 2, n - n / 2)?, later]);
            let mut x = x;
            on.fill(&mut x, F::from_f64(0.75))?;
            on.write(&mut x, n - 1, &[F::from_f64(-2.0)])?;
            made.push(x);
        }
        Ok(made)
    })
}

/// Everything that a map can be made of.
struct Mixed;

impl Elementwise<3, 3, 2> for Mixed {
    const NAME: &'static str = "mixed";
    #[inline(always)]
    fn at<L: Lane>(numbers: [L; 3], read: [L; 3], [x, y]: [L; 2]) -> [L; 2] {
        let [a, b, c] = numbers;
        let [u, v, w] = read;
        let z = (u * a + v / b) - w;
        let larger = L::select(z.gt(c), (x * x + z * z).sqrt(), x.min(y).max(-z));
        [larger, (y * b).exp() + z]
    }
}

fn maps<F: On>(target: &Target<'_>) -> Outcome {
    same::<F>(target, |on| {
        let mut made = Vec::new();
        // all read arrays whole; columns that divide each other; columns that do not
        for (n, lens) in
            [(1, [1, 1, 1]), (37, [37, 37, 37]), (600, [600, 20, 4]), (5400, [1, 600, 27])]
        {
            let read = |k: usize| put(on, &numbers(k as u32, lens[k], 1));
            let [u, v, w] = [read(0), read(1), read(2)];
            let [mut x, mut y] = [put(on, &numbers(8, n, 1)), put(on, &numbers(9, n, 1))];
            let numbers = [0.7, -1.3, 0.2].map(F::from_f64);
            on.map(Mixed, numbers, [&u, &v, &w], [&mut x, &mut y])?;
            made.extend([x, y]);
        }
        Ok(made)
    })
}

/// All to all, and pictures with every kind of edge.
fn windows() -> Vec<Window> {
    let all = [(1, 1), (3, 2), (70, 33)].map(|(inputs, outputs)| Window::all(inputs, outputs));
    let picture = Window {
        height: 7,
        width: 5,
        channels: 3,
        kernel: [3, 2],
        stride: [1, 1],
        padding: [1, 1],
        outputs: 4,
    };
    let pictures = [
        picture,
        Window { stride: [2, 1], ..picture },
        Window { padding: [0, 0], kernel: [1, 1], ..picture },
        Window { stride: [3, 3], padding: [1, 2], kernel: [2, 5], channels: 1, ..picture },
    ];
    all.into_iter().chain(pictures).collect()
}

fn weights<F: On>(target: &Target<'_>) -> Outcome {
    same::<F>(target, |on| {
        let mut made = Vec::new();
        for (k, window) in windows().iter().enumerate() {
            for (rows, zeros) in [(1, 0), (5, 9), (40, 5)] {
                let seed = (10 * k + rows) as u32;
                let x = put(on, &numbers(seed, rows * window.seen(), zeros));
                let w = put(on, &numbers(seed + 1, window.inputs() * window.outputs, 1));
                let bias = put(on, &numbers(seed + 2, window.outputs, 0));
                let by = put(on, &numbers(seed + 3, rows * window.given(), zeros));
                let mut y = on.room(Category::Work, rows * window.given())?;
                on.weigh(window, &x, &w, Some(&bias), &mut y)?;
                let mut z = on.room(Category::Work, rows * window.given())?;
                on.weigh(window, &x, &w, None, &mut z)?;
                let mut by_x = on.room(Category::Work, x.len())?;
                on.weigh_back(window, &by, &w, &mut by_x)?;
                let mut by_w = on.room(Category::Work, w.len())?;
                on.weigh_learn(window, &x, &by, &mut by_w)?;
                made.extend([y, z, by_x, by_w]);
            }
        }
        // more rows than a block, more blocks than a pair
        let window = Window::all(3, 2);
        let (x, by) = (put(on, &numbers(5, 3 * 1900, 5)), put(on, &numbers(6, 2 * 1900, 0)));
        let mut by_w = on.room(Category::Work, 6)?;
        on.weigh_learn(&window, &x, &by, &mut by_w)?;
        made.push(by_w);
        Ok(made)
    })
}

fn pools<F: On>(target: &Target<'_>) -> Outcome {
    same::<F>(target, |on| {
        let mut made = Vec::new();
        for window in windows() {
            let window = Window { outputs: window.channels, ..window };
            let rows = 9;
            let x = put(on, &numbers(3, rows * window.seen(), 4));
            let by = put(on, &numbers(4, rows * window.given(), 2));
            for pooling in [Pooling::Average, Pooling::Sum, Pooling::Max] {
                let mut y = on.room(Category::Work, by.len())?;
                let mut which = on.zeros(Category::Saved, by.len())?;
                let max = pooling == Pooling::Max;
                on.pool(&window, pooling, &x, &mut y, max.then_some(&mut which))?;
                let mut by_x = on.room(Category::Work, x.len())?;
                on.pool_back(&window, pooling, &by, max.then_some(&which), &mut by_x)?;
                made.extend([y, which, by_x]);
            }
        }
        Ok(made)
    })
}

fn sums<F: On>(target: &Target<'_>) -> Outcome {
    same::<F>(target, |on| {
        let mut made = Vec::new();
        for (rows, columns) in [(1, 1), (255, 3), (256, 2), (257, 2), (1800, 5), (3000, 1)] {
            let x = put(on, &numbers(rows as u32, rows * columns, 0));
            let mut sums = on.room(Category::Work, columns)?;
            on.column_sums(&x, &mut sums)?;
            made.push(sums);
        }
        Ok(made)
    })
}

/// Every kind of module.
fn network<F: Real>(on: &Computer<F>) -> std::result::Result<Network<F>, TrainError> {
    let rule = Rule { threshold: 0.1, ..Rule::default() };
    let [lif, plif, cuba] = [
        Layer::new(&Lif::<false>).rule(rule)?,
        Layer::new(&Plif::<true>).rule(rule)?,
        Layer::new(&Cuba).rule(Rule { detach: true, ..rule })?,
    ];
    let readout = Layer::new(&Lif::<true>).rule(Rule::READOUT)?;
    let picture = Network::new(on, &[6, 6, 1], 11).conv(4, 3, 1, 1)?.batch_norm(1.0)?;
    let pooled = picture.neurons(plif)?.pool(Pooling::Max, 2)?.conv(3, 2, 1, 0)?;
    let pooled = pooled.neurons(cuba)?.pool(Pooling::Average, 2)?.dropout(0.2)?;
    pooled.linear(9)?.recurrent(lif)?.delay(1)?.linear(3)?.neurons(readout)
}

fn batch<F: Real>(step: u32) -> (Tensor<F>, [usize; 4]) {
    let lift = |x: &F| F::from_f64(1.5) * (*x + F::from_f64(1.0));
    let pixels: Vec<F> = numbers::<F>(step, 4 * 36, 1).iter().map(lift).collect();
    let x = Tensor::repeated(5, 4, &[6, 6, 1], &pixels).expect("it fits");
    (x, [0, 1, 2, 3].map(|i| (i + step as usize) % 3))
}

/// One step of training; bits of what the network gave, the derivatives by its inputs, the norm.
fn step<F: Real>(network: &mut Network<F>, adam: &mut Adam<F>, step: u32) -> Vec<u64> {
    let (x, labels) = batch(step);
    network.reset();
    let y = network.forward(&x).expect("finite");
    let (_, by_y) = loss::cross_entropy(&y, &labels, Readout::Mean).expect("labels fit");
    let by_x = network.backward_to_input(&by_y).expect("finite");
    let on = network.device().clone();
    let mut all: Vec<_> = network.parameters().into_iter().map(|(_, p)| p).collect();
    let norm = clip_norm(&on, &mut all, 0.5).expect("positive");
    network.step(adam, 1e-2).expect("finite");
    [bits(&y.data), bits(&by_x.data), bits(&[norm])].concat()
}

/// Everything that a network has learned.
fn learned<F: Real>(network: &mut Network<F>) -> Vec<(String, Vec<u64>)> {
    let on = network.device().clone();
    let all = network.parameters().into_iter();
    let mut all: Vec<_> =
        all.map(|(name, p)| (name, bits(&on.numbers(&p.value).expect("numbers")))).collect();
    let statistics = network.statistics().into_iter();
    all.extend(statistics.map(|(name, all)| (name, bits(&on.numbers(all).expect("numbers")))));
    all
}

const STEPS: u32 = 3;

/// What each step gave, and what was learned in the end, with names.
pub type Course = (Vec<Vec<u64>>, Vec<(String, Vec<u64>)>);

/// A network with every kind of module in training: what each step gives, and what it has learned.
///
/// # Panics
/// If the device refuses.
pub fn course<F: Real>(on: &Computer<F>, storage: Storage) -> Course {
    let mut network = network(on).expect("it fits").store(storage);
    let mut adam = Adam::with_decay(1e-2);
    let steps = (0..STEPS).map(|t| step(&mut network, &mut adam, t)).collect();
    (steps, learned(&mut network))
}

fn trained<F: On>(target: &Target<'_>) -> Outcome {
    let [given, expected] = pair::<F>(target)?.map(|on| course(&on, Storage::default()));
    assert_eq!(given, expected);
    Ok(())
}

fn in_few_bytes<F: On>(target: &Target<'_>) -> Outcome {
    let [on, reference] = pair::<F>(target)?;
    let expected = course(&on, Storage { spikes: Format::Full, ..Storage::default() });
    for neurons in [Keep::Potentials, Keep::StateEvery(2)] {
        for spikes in [Format::Bits, Format::Bytes] {
            assert_eq!(course(&on, Storage { spikes, neurons }), expected, "{spikes:?}");
        }
    }
    if F::NAME == "f32" {
        for half in [Half::F16, Half::BF16] {
            let rounded = Storage { neurons: Keep::Rounded(half), ..Storage::default() };
            let [given, rounded] = [&on, &reference].map(|on| course(on, rounded));
            assert_eq!(given, rounded, "{half:?}");
            assert_ne!(given, expected, "{half:?}");
        }
    }
    Ok(())
}

fn moved<F: On>(target: &Target<'_>) -> Outcome {
    let [there, here] = pair::<F>(target)?;
    let (expected, end) = course(&here, Storage::default());
    let mut network = network(&here).expect("it fits");
    let mut adam = Adam::with_decay(1e-2);
    for (t, expected) in (0..STEPS).zip(expected) {
        let (from, to) = if t % 2 == 0 { (&here, &there) } else { (&there, &here) };
        let before = learned(&mut network);
        network.move_to(to).expect("room");
        adam.move_to(from, to).expect("room");
        assert_eq!(learned(&mut network), before);
        assert_eq!(step(&mut network, &mut adam, t), expected, "step {t}");
    }
    assert_eq!(learned(&mut network), end);
    Ok(())
}

/// What is not finite is named, and what does not fit is refused.
fn errors<F: On>(target: &Target<'_>) -> Outcome {
    let [given, expected] = pair::<F>(target)?.map(|on| {
        let mut all = Vec::new();
        let mut network = network(&on).expect("it fits");
        let (mut x, labels) = batch::<F>(0);
        x.data[77] = F::from_f64(f64::NAN);
        x.data[300] = F::from_f64(f64::INFINITY);
        all.push(network.forward(&x).expect_err("NaN").to_string());
        network.reset();
        let y = network.forward(&batch(0).0).expect("finite");
        let (_, mut by_y) = loss::cross_entropy(&y, &labels, Readout::Mean).expect("labels fit");
        let place = 2 * by_y.stride() + 4;
        by_y.data[place] = F::from_f64(f64::INFINITY);
        all.push(network.backward(&by_y).expect_err("infinite").to_string());
        network.reset();
        // what went wrong before is forgotten
        let y = network.forward(&batch(0).0).expect("finite");
        all.push(format!("{:?}", bits(&y.data)));
        let array = put(&on, &[F::from_f64(1.0); 4]);
        let mut sums = on.room(Category::Work, 3).expect("room");
        all.push(on.column_sums(&array, &mut sums).expect_err("4 are no rows of 3").to_string());
        let mut elsewhere = reference::<F>().zeros(Category::Work, 4).expect("room");
        on.copy((&array, 0), (&mut elsewhere, 0), 4).expect_err("another device");
        let large = put(&on, &[F::from_f64(1e6)]);
        let half = Format::Half(Half::F16);
        let packed = on.pack(Category::Saved, half, &large).and_then(|_| on.settle());
        all.push(packed.expect_err("beyond").to_string());
        all
    });
    assert_eq!(given, expected);
    Ok(())
}

/// Surrogates that call themselves the same and are not.
#[derive(Clone, Copy)]
struct Namesake<const STEEP: bool>;

impl<const STEEP: bool> std::fmt::Debug for Namesake<STEEP> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Namesake")
    }
}

impl<const STEEP: bool> Surrogate for Namesake<STEEP> {
    #[inline(always)]
    fn slope<L: Lane>(&self, x: L) -> L {
        let width = L::lit(if STEEP { 0.25 } else { 2.0 });
        L::lit(1.0) / (L::lit(1.0) + x * x / width)
    }
}

/// A device does not take one for the other.
fn namesakes<F: On>(target: &Target<'_>) -> Outcome {
    fn back<F: Real>(on: &Computer<F>, layer: Layer) -> Vec<u64> {
        let network = Network::new(on, &[3], 1).linear(5).expect("it fits");
        let mut network = network.neurons(layer).expect("a layer");
        let x = Tensor::new(4, 1, &[3], numbers(1, 12, 0)).expect("it fits");
        let y = network.forward(&x).expect("finite");
        let ones = vec![F::from_f64(1.0); y.data.len()];
        let by_y = Tensor::new(4, 1, &[5], ones).expect("it fits");
        bits(&network.backward_to_input(&by_y).expect("finite").data)
    }
    let [given, expected] = pair::<F>(target)?.map(|on| {
        let rule = Rule { threshold: 0.2, ..Rule::default() };
        let lif = Layer::new(&Lif::<false>).rule(rule).expect("a rule");
        let steep = lif.clone().surrogate(Namesake::<true>).expect("a surrogate");
        let flat = lif.surrogate(Namesake::<false>).expect("a surrogate");
        [back(&on, steep), back(&on, flat)]
    });
    assert_ne!(expected[0], expected[1]);
    assert_eq!(given, expected);
    Ok(())
}
