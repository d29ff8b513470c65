//! What is planned is what is needed, to the byte; batches that do not fit are made smaller.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::Half;
use isospike_lane::isa::Isa;
use isospike_layer::compute::{Category, Computer, Format, MemoryUse, Pooling};
use isospike_layer::neurons::{Cuba, Lif, Plif};
use isospike_layer::{Keep, Layer, LayerError, Rule};
use isospike_train::{
    Adam, Batches, Fit, MemoryReport, Network, Optimiser, Run, Sgd, Storage, Tensor, TrainError,
    batch_process, encode, fit, loss, plan,
};
use proptest::prelude::*;

fn device(threads: usize, isa: Isa) -> Computer<f32> {
    CpuDevice::new(Cpu { threads, isa }).expect("threads start").computer()
}

/// A network of some kind over pictures of 6 x 6.
fn network(on: &Computer<f32>, kind: usize) -> Result<Network<f32>, TrainError> {
    let rule = Rule { threshold: 0.1, ..Rule::default() };
    let lif = Layer::new(&Lif::<false>).rule(rule)?;
    let plif = Layer::new(&Plif::<true>).rule(rule)?;
    let net = Network::new(on, &[6, 6, 1], 11);
    match kind {
        0 => net.linear(7)?.neurons(lif),
        1 => net.conv(4, 3, 1, 1)?.batch_norm(1.0)?.neurons(plif)?.pool(Pooling::Max, 2)?.linear(3),
        2 => net.linear(9)?.recurrent(lif.clone())?.delay(2)?.linear(3)?.neurons(lif),
        3 => net.dropout(0.3)?.linear(5)?.neurons(Layer::new(&Cuba).rule(rule)?)?.linear(2),
        _ => net.linear(12)?.neurons(plif.clone())?.linear(12)?.neurons(plif)?.linear(3),
    }
}

fn batch(steps: usize, items: usize) -> Tensor<f32> {
    let pixels: Vec<f32> = (0..items * 36).map(|i| (i * 7 % 36) as f32 / 24.0).collect();
    Tensor::repeated(steps, items, &[6, 6, 1], &pixels).expect("it fits")
}

fn adam() -> Box<dyn Optimiser<f32>> {
    Box::new(Adam::default())
}

fn sgd() -> Box<dyn Optimiser<f32>> {
    Box::new(Sgd::new(0.9, 0.0))
}

/// Three batches on a device; the memory it has with the network still there.
fn measured(
    on: &Computer<f32>,
    make: impl Fn(&Computer<f32>) -> Result<Network<f32>, TrainError>,
    [steps, items]: [usize; 2],
    run: Run<'_, f32>,
) -> Result<MemoryUse, TrainError> {
    let mut network = make(on)?;
    let x = batch(steps, items);
    let labels: Vec<usize> = (0..items).map(|i| i % 2).collect();
    let mut optimiser = match run {
        Run::Inference => None,
        Run::Training(make) => Some(make()),
    };
    for _ in 0..3 {
        network.reset();
        match &mut optimiser {
            None => drop(network.infer(&x)?),
            Some(optimiser) => {
                let y = network.forward(&x)?;
                network.backward(&loss::rate_mse(&y, &labels)?.1)?;
                network.step(&mut **optimiser, 1e-3)?;
            }
        }
    }
    Ok(on.memory())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() })]

    #[test]
    fn planned_is_measured(
        kind in 0usize..5,
        steps in 1usize..7,
        items in 2usize..6,
        threads in 1usize..3,
        spikes in prop::sample::select(vec![Format::Bits, Format::Bytes, Format::Full]),
        every in 0usize..5,
        training in 0usize..3,
    ) {
        let neurons = match every {
            0 => Keep::Potentials,
            4 => Keep::Rounded(Half::BF16),
            _ => Keep::StateEvery(every),
        };
        let make = |on: &Computer<f32>| Ok(network(on, kind)?.store(Storage { spikes, neurons }));
        let run = [Run::Inference, Run::Training(&adam), Run::Training(&sgd)][training];
        let planned = plan(make, steps, items, run).expect("it can be planned");
        let on = device(threads, Isa::detect());
        let memory = measured(&on, make, [steps, items], run).expect("finite");
        prop_assert_eq!(planned, memory);

        // it needs that much, and no more
        let peak = planned.all.peak;
        let limited = on.limited(peak);
        prop_assert_eq!(measured(&limited, make, [steps, items], run).expect("room"), planned);
        let error = measured(&on.limited(peak - 1), make, [steps, items], run).expect_err("no room");
        prop_assert!(matches!(error, TrainError::Layer(LayerError::Memory { .. })), "{}", error);
    }
}

#[test]
fn the_first_that_fits_is_taken() {
    let make = |on: &Computer<f32>| network(on, 4);
    let training = Run::Training(&adam);
    let whole = |neurons, items| {
        let storage = Storage { neurons, ..Storage::default() };
        let make = |on: &Computer<f32>| Ok(make(on)?.store(storage));
        let memory = plan(make, 16, items, training).expect("it can be planned");
        Fit { storage, items, memory }
    };
    let rounded = Keep::Rounded(Half::BF16);
    let all = [Keep::Potentials, Keep::StateEvery(4), rounded].map(|keep| whole(keep, 40));
    let [kept, again, rounded] = all.map(|fit| fit.memory.all.peak);
    assert!(again < kept, "{again} {kept}");
    let find = |budget, lossy| fit(make, 16, 40, training, budget, lossy);
    assert_eq!(find(kept, false), Ok(all[0]));
    assert_eq!(find(kept - 1, true), Ok(all[1]));
    assert_eq!(find(again, false), Ok(all[1]));
    let error = find(again - 1, false).expect_err("other bits were not asked for");
    assert_eq!(error, TrainError::Budget { budget: again - 1, least: again, items: 40 });
    let lossy = match rounded < again {
        true => all[2],
        false => whole(Keep::Potentials, 20),
    };
    assert_eq!(find(again - 1, true), Ok(lossy));
    let least = whole(Keep::StateEvery(4), 1).memory.all.peak;
    let said = find(least - 1, true).expect_err("nothing fits").to_string();
    assert!(said.contains(&format!("at least {least} are needed, for 1 items")), "{said}");

    // of inference fewer items at once are no other result
    let whole = plan(make, 16, 40, Run::Inference).expect("it can be planned").all.peak;
    let found = fit(make, 16, 40, Run::Inference, whole / 3, false).expect("it fits");
    assert_eq!((found.items, found.storage), (10, Storage::default()));
}

#[test]
fn a_report_has_every_category() {
    let on = device(1, Isa::Baseline);
    let make = |on: &Computer<f32>| network(on, 0);
    let planned = plan(make, 3, 4, Run::Training(&adam)).expect("it can be planned");
    let used = measured(&on, make, [3, 4], Run::Training(&adam)).expect("finite");
    let report = MemoryReport::new(&on, Some(planned));
    assert_eq!(report.planned, Some(used));
    // the network is gone
    assert_eq!((report.used.all.now, report.used.all.peak), (0, used.all.peak));
    let (total, free) = (report.total.expect("Linux says"), report.free.expect("Linux says"));
    assert!(0 < free && free <= total);
    assert!(report.utilisation().expect("there is a total") < 1.0);
    let table = report.to_string();
    for category in Category::ALL {
        let line = table.lines().find(|line| line.starts_with(category.name())).expect("a line");
        assert!(line.contains(&used.of(category).peak.to_string()), "{line}");
    }
    let silent = MemoryReport { total: None, ..report };
    assert!(silent.to_string().contains("total not said"));
}

fn item(i: usize) -> Result<Tensor<f32>, TrainError> {
    let pixels: Vec<f32> = (0..36).map(|k| ((i * 5 + k * 7) % 36) as f32 / 36.0).collect();
    encode::poisson(&Tensor::new(1, 1, &[6, 6, 1], pixels)?, 6, 3, i as u32)
}

fn processed(on: &Computer<f32>, kind: usize, which: &[usize], size: usize) -> Batches<f32> {
    let mut network = network(on, kind).expect("it fits");
    batch_process(&mut network, which, size, item).expect("finite")
}

#[test]
fn an_item_is_the_same_in_every_company() {
    let (one, three) = (device(1, Isa::Baseline), device(3, Isa::detect()));
    let which: Vec<usize> = (0..13).collect();
    let shuffled: Vec<usize> = (0..13).map(|i| i * 5 % 13).collect();
    for kind in 0..5 {
        let alone = processed(&one, kind, &which, 1).outputs;
        assert!(alone.iter().any(|y| y.data.iter().any(|&x| x != 0.0)), "something happens");
        for size in 1..15 {
            for on in [&one, &three] {
                assert_eq!(processed(on, kind, &which, size).outputs, alone, "{kind}: {size}");
                let other = processed(on, kind, &shuffled, size).outputs;
                shuffled.iter().zip(other).for_each(|(&i, y)| assert_eq!(y, alone[i]));
            }
        }
    }
}

#[test]
fn a_batch_without_memory_is_halved() {
    let which: Vec<usize> = (0..20).collect();
    let on = device(1, Isa::Baseline);
    let whole = processed(&on, 1, &which, 20);
    assert!(whole.halved.is_empty());
    let make = |on: &Computer<f32>| network(on, 1);
    let planned = |n| plan(make, 6, n, Run::Inference).expect("it can be planned").all.peak;
    let small = processed(&on.limited(planned(5)), 1, &which, 20);
    assert_eq!(small.outputs, whole.outputs);
    let halved: Vec<_> = small.halved.iter().map(|h| (h.at, h.from, h.to)).collect();
    assert_eq!((halved, small.batch_size), (vec![(0, 20, 10), (0, 10, 5)], 5));

    let limited = on.limited(planned(1) - 1);
    let mut network = make(&limited).expect("weights fit");
    let error = batch_process(&mut network, &which, 4, item).expect_err("there is no room");
    assert!(matches!(error, TrainError::Layer(LayerError::Memory { .. })), "{error}");
    let ragged = |i: usize| item(i).map(|x| if i == 2 { x.at(0) } else { x });
    let mut network = make(&on).expect("it fits");
    let error = batch_process(&mut network, &which, 4, ragged).expect_err("other steps");
    assert_eq!(error.to_string(), "an item is [1, 1, 6, 6, 1]; [6, 1, 6, 6, 1] is needed");
    assert!(batch_process(&mut network, &which, 0, item).is_err());
}

/// Of one layer it saves nothing at the peak, when its potentials are in full width for a moment;
/// of several it does.
#[test]
fn rounded_potentials_take_less() {
    let peak = |neurons| {
        let make = |on: &Computer<f32>| {
            let mut network =
                Network::new(on, &[20], 1).store(Storage { neurons, ..Storage::default() });
            for _ in 0..6 {
                network = network.linear(20)?.neurons(Layer::new(&Lif::<true>))?;
            }
            Ok(network)
        };
        plan(make, 30, 8, Run::Training(&sgd)).expect("it can be planned").all.peak
    };
    let (full, rounded) = (peak(Keep::Potentials), peak(Keep::Rounded(Half::F16)));
    // six layers of 20 neurons: 2 bytes less of each number, but for one layer in full width
    let numbers = 20 * 30 * 8;
    assert!(full - rounded >= (2 * 6 - 4 - 4) * numbers, "{rounded} {full}");
}
