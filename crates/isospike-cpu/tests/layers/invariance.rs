//! What must not change a bit: threads, instruction sets, what is kept, where a run is cut; and
//! what storage may change.

use crate::{Given, cpu, rule, run};
use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::{Half, isa::Isa};
use isospike_layer::compute::{ArrayBackward, ArrayForward, Category};
use isospike_layer::surrogates::{Atan, PiecewiseExp};
use isospike_layer::{
    Backward, Forward, Keep, Layer, NEURONS, Reset, Rule, Saved, Shape, Spikes, State, Stored,
    neurons::Lif,
};
use proptest::prelude::*;

prop_compose! {
    /// Any layer.
    fn layers()(
        neuron in 0..NEURONS.len(),
        reset in prop_oneof![
            Just(Reset::Soft), Just(Reset::Never), Just(Reset::Hard(0.0)), Just(Reset::Hard(-0.2)),
        ],
        detach in any::<bool>(),
        rational in any::<bool>(),
    ) -> Layer {
        let neuron = NEURONS[neuron];
        let layer = Layer::new(neuron).rule(rule(neuron, reset, detach)).expect("a rule");
        let layer = match rational {
            true => layer.surrogate(Atan::default()),
            false => layer.surrogate(PiecewiseExp::default()),
        };
        layer.expect("a surrogate")
    }
}

prop_compose! {
    /// A few steps of neurons that make up none, one or several pieces.
    fn shapes()(
        steps in 0..9usize,
        batch in 1..4usize,
        neurons in prop_oneof![0..70usize, 1300..2800usize],
    ) -> Shape {
        Shape { steps, batch, neurons }
    }
}

/// Bits of all numbers, so that zeros of either sign differ.
fn bits(all: &[f32]) -> Vec<u32> {
    all.iter().map(|x| x.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn threads_and_memory_change_no_bit(
        layer in layers(),
        shape in shapes(),
        seed in any::<u32>(),
        threads in 2..4usize,
        every in 1..10usize,
    ) {
        let given = Given::<f32>::random(&layer, shape, seed);
        let made = run(&cpu(1), &layer, &given, Keep::Potentials).expect("a pass");
        let again = run(&cpu(threads), &layer, &given, Keep::StateEvery(every));
        prop_assert_eq!(&again.expect("a pass"), &made);
        for isa in Isa::ALL {
            let device = CpuDevice::new(Cpu { threads: 1, isa }).expect("a thread");
            let other = run(&device, &layer, &given, Keep::Potentials).expect("a pass");
            for (a, b) in [
                (&other.by_x, &made.by_x), (&other.v, &made.v), (&other.learned, &made.learned),
            ] {
                prop_assert_eq!(bits(a), bits(b), "{:?}", isa);
            }
        }
    }

    #[test]
    fn a_run_may_be_cut_anywhere(
        layer in layers(),
        shape in shapes(),
        seed in any::<u32>(),
        cut in 0.0..1.0f64,
    ) {
        let given = Given::<f32>::random(&layer, shape, seed);
        let made = run(&cpu(1), &layer, &given, Keep::Potentials).expect("a pass");
        let first = (shape.steps as f64 * cut) as usize;
        let at = first * shape.width();
        let part = |range: std::ops::Range<usize>, steps, state: &State<f32>, end: &State<f32>| {
            let shape = Shape { steps, ..shape };
            Given {
                shape,
                x: given.x[range.clone()].to_vec(),
                state: state.clone(),
                by_spikes: given.by_spikes[range.clone()].to_vec(),
                by_v: given.by_v[range].to_vec(),
                by_end: end.clone(),
            }
        };
        let (n, rest) = (shape.count(), shape.steps - first);
        let keep = Keep::Potentials;
        let ahead = part(0..at, first, &given.state, &given.by_end);
        let middle = run(&cpu(1), &layer, &ahead, keep).expect("a pass").end;
        let tail = part(at..n, rest, &middle, &given.by_end);
        let later = run(&cpu(1), &layer, &tail, keep).expect("a pass");
        let head = part(0..at, first, &given.state, &later.by_start);
        let sooner = run(&cpu(1), &layer, &head, keep).expect("a pass");
        prop_assert_eq!(&[sooner.v, later.v].concat(), &made.v);
        prop_assert_eq!(&[sooner.spikes, later.spikes].concat(), &made.spikes);
        prop_assert_eq!(&[sooner.by_x, later.by_x].concat(), &made.by_x);
        prop_assert_eq!(&later.end, &made.end);
        prop_assert_eq!(&sooner.by_start, &made.by_start);
    }

    #[test]
    fn storage_rounds_once_and_spikes_are_the_same_in_any(
        layer in layers(),
        shape in shapes(),
        seed in any::<u32>(),
        format in prop_oneof![Just(Half::F16), Just(Half::BF16)],
    ) {
        let device = cpu(2);
        let mut given = Given::<f32>::random(&layer, shape, seed);
        let encode = |all: &mut Vec<f32>| {
            let bits: Vec<u16> = all.iter().map(|&x| format.encode(x)).collect();
            *all = bits.iter().map(|&b| format.decode(b)).collect();
            bits
        };
        let (x, by_spikes) = (encode(&mut given.x), encode(&mut given.by_spikes));
        let made = run(&device, &layer, &given, Keep::Potentials).expect("a pass");

        let n = shape.count();
        let mut halves = vec![0; n];
        let mut bytes = vec![7; n];
        let width = shape.width();
        let mut packed = vec![255; shape.steps * width.div_ceil(8)];
        let mut saved = Saved::new(&layer, shape, Keep::Potentials).expect("room");
        for spikes in [
            Spikes::Values(Stored::Half(format, &mut halves[..])),
            Spikes::Bytes(&mut bytes),
            Spikes::Bits(&mut packed),
        ] {
            let mut end = given.state.clone();
            let pass = Forward {
                shape,
                x: Stored::Half(format, &x),
                state: &mut end,
                spikes: Some(spikes),
                v: None,
                saved: Some(&mut saved),
            };
            device.layers().forward(&layer, pass).expect("a pass");
            prop_assert_eq!(&end, &made.end);
        }
        for (i, &spike) in made.spikes.iter().enumerate() {
            let (t, column) = (i / width, i % width);
            let bit = packed[t * width.div_ceil(8) + column / 8] >> (column % 8) & 1;
            prop_assert_eq!(f32::from(bit), spike);
            prop_assert_eq!(f32::from(bytes[i]), spike);
            prop_assert_eq!(format.decode(halves[i]), spike);
        }

        let mut by_x = vec![0; n];
        let mut by_start = given.by_end.clone();
        let pass = Backward {
            shape,
            saved: &saved,
            x: Some(Stored::Half(format, &x)),
            by_spikes: Some(Stored::Half(format, &by_spikes)),
            by_v: Some(&given.by_v),
            by_state: &mut by_start,
            by_x: Some(Stored::Half(format, &mut by_x)),
        };
        let learned = device.layers().backward(&layer, pass).expect("a pass");
        let rounded: Vec<u16> = made.by_x.iter().map(|&x| format.encode(x)).collect();
        prop_assert_eq!(by_x, rounded);
        prop_assert_eq!(by_start, made.by_start);
        prop_assert_eq!(learned, made.learned);
    }
}

/// Arrays that no cache keeps are written past the caches: a layer that is as large, in one run and
/// in two of half the steps, which are not.
#[test]
fn large_arrays_hold_the_same_bits() {
    let layer = Layer::new(&Lif::<true>);
    let shape = Shape { steps: 8, batch: 1, neurons: (1 << 19) + 21 };
    let given = Given::<f32>::random(&layer, shape, 3);
    let half = shape.count() / 2;
    let part = |cut: &dyn Fn(&[f32]) -> Vec<f32>, state, by_end| Given {
        shape: Shape { steps: 4, ..shape },
        x: cut(&given.x),
        state,
        by_spikes: cut(&given.by_spikes),
        by_v: cut(&given.by_v),
        by_end,
    };
    let (early, late) = (|all: &[f32]| all[..half].to_vec(), |all: &[f32]| all[half..].to_vec());
    for threads in [1, 2] {
        let device = cpu(threads);
        let pass =
            |given: &Given<f32>| run(&device, &layer, given, Keep::Potentials).expect("a pass");
        let whole = pass(&given);
        let middle = pass(&part(&early, given.state.clone(), given.by_end.clone())).end;
        let second = pass(&part(&late, middle, given.by_end.clone()));
        let first = pass(&part(&early, given.state.clone(), second.by_start.clone()));
        assert!(whole.spikes.contains(&1.0));
        for (all, one, two) in [
            (&whole.spikes, &first.spikes, &second.spikes),
            (&whole.v, &first.v, &second.v),
            (&whole.by_x, &first.by_x, &second.by_x),
        ] {
            assert!(bits(all) == bits(&[&one[..], &two[..]].concat()));
        }
        assert_eq!(whole.by_start, first.by_start);
    }
}

#[test]
fn derivatives_of_rounded_potentials_are_close() {
    let layer = Layer::new(&Lif::<true>);
    let given = Given::<f32>::random(&layer, Shape { steps: 16, batch: 2, neurons: 300 }, 4);
    let exact = run(&cpu(1), &layer, &given, Keep::Potentials).expect("a pass");
    for (format, off) in [(Half::F16, 2e-3), (Half::BF16, 2e-2)] {
        let rounded = run(&cpu(1), &layer, &given, Keep::Rounded(format)).expect("a pass");
        assert_eq!(rounded.spikes, exact.spikes);
        let size = exact.by_x.iter().fold(0f32, |most, x| most.max(x.abs()));
        for (a, b) in rounded.by_x.iter().zip(&exact.by_x) {
            assert!((a - b).abs() <= off * size, "{format:?}: {a} against {b}");
        }
        assert_eq!(bits(&from_arrays(&layer, &given, Keep::Rounded(format))), bits(&rounded.by_x));
    }
}

/// Derivatives by inputs of a pass over arrays.
fn from_arrays(layer: &Layer, given: &Given<f32>, keep: Keep) -> Vec<f32> {
    let (on, n) = (cpu(1).computer::<f32>(), given.shape.count());
    let array = |all: &[f32]| on.array(Category::Work, all).expect("room");
    let x = array(&given.x);
    let mut kept = on.kept(layer, given.shape, keep).expect("room");
    let mut by_x = on.room(Category::Work, n).expect("room");
    let none = ArrayBackward {
        shape: given.shape,
        kept: &mut kept,
        x: None,
        by_spikes: None,
        by_v: None,
        by_state: &mut array(&given.by_end.v),
        by_x: &mut by_x,
    };
    let error = on.backward(layer, none).expect_err("nothing was kept").to_string();
    assert!(error.contains("no forward pass"), "{error}");
    let pass = ArrayForward {
        shape: given.shape,
        x: &x,
        state: &mut array(&given.state.v),
        spikes: None,
        v: None,
        kept: Some(&mut kept),
    };
    on.forward(layer, pass).expect("finite");
    let pass = ArrayBackward {
        shape: given.shape,
        kept: &mut kept,
        x: None,
        by_spikes: Some(&array(&given.by_spikes)),
        by_v: Some(&array(&given.by_v)),
        by_state: &mut array(&given.by_end.v),
        by_x: &mut by_x,
    };
    on.backward(layer, pass).expect("finite");
    on.numbers(&by_x).expect("numbers")
}

#[test]
fn what_is_saved_is_what_was_asked_for() {
    let layer = Layer::new(&Lif::<true>);
    let shape = Shape { steps: 100, batch: 2, neurons: 50 };
    let bytes = |keep| Saved::<f32>::new(&layer, shape, keep).expect("room").bytes();
    let row = 4 * shape.width();
    assert_eq!(bytes(Keep::Potentials), 101 * row);
    assert_eq!(bytes(Keep::Rounded(Half::BF16)), 51 * row);
    assert_eq!(bytes(Keep::StateEvery(10)), 10 * row);
}

#[test]
fn a_readout_gives_potentials_and_never_fires() {
    let layer = Layer::new(&Lif::<true>).rule(Rule::READOUT).expect("a rule");
    let mut given = Given::<f32>::random(&layer, Shape { steps: 5, batch: 1, neurons: 3 }, 9);
    given.x.iter_mut().for_each(|x| *x *= 1e6);
    let made = run(&cpu(1), &layer, &given, Keep::Potentials).expect("a pass");
    assert!(made.spikes.iter().all(|&s| s == 0.0));
    let mut v = given.state.v.clone();
    for (row, now) in given.x.chunks(3).zip(made.v.chunks(3)) {
        for (v, x) in v.iter_mut().zip(row) {
            *v += (x - *v) / 2.0;
        }
        assert_eq!(v, now);
    }
    // the derivative by the last potential is halved, once or with what is left of it
    let last = 4 * 3;
    for i in 0..3 {
        let by_v = given.by_v[last + i] + given.by_end.v[i];
        assert_eq!(made.by_x[last + i], by_v / 2.0);
    }
}
