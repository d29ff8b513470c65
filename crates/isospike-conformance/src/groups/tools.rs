//! Tools around networks of layers: `train::tools`.

use super::arrays::{On, bits, numbers, pair};
use crate::{Case, Outcome, Target};
use isospike_layer::compute::Computer;
use isospike_layer::neurons::Lif;
use isospike_layer::{Layer, Real, Rule};
use isospike_train::{
    Adam, Network, Run, StatisticalSnn, Statistics, Stored, Tensor, TrainError, VectorEngine,
    batch_process, encode, loss, plan,
};

/// `train::tools::batches::f32`, ...
pub fn cases() -> Vec<Case> {
    fn both<F: On>(cases: &mut Vec<Case>) {
        let mut case = |name: &str, run: fn(&Target<'_>) -> Outcome| {
            cases.push(Case::new(format!("train::tools::{name}::{}", F::NAME), run));
        };
        case("planned_memory", planned_memory::<F>);
        case("batches", batches::<F>);
        case("statistics", statistics::<F>);
    }
    let mut cases = Vec::new();
    both::<f32>(&mut cases);
    both::<f64>(&mut cases);
    cases.push(Case::new("train::tools::vectors::f32".to_owned(), vectors));
    cases
}

fn lif() -> Layer {
    Layer::new(&Lif::<false>).rule(Rule { threshold: 0.05, ..Rule::default() }).expect("finite")
}

fn network<F: Real>(on: &Computer<F>) -> Result<Network<F>, TrainError> {
    let picture = Network::new(on, &[4, 4, 1], 5).conv(3, 3, 1, 1)?.batch_norm(1.0)?;
    picture.neurons(lif())?.linear(6)?.recurrent(lif())?.linear(3)?.neurons(lif())
}

fn item<F: Real>(i: usize) -> Result<Tensor<F>, TrainError> {
    let chance = |x: F| F::from_f64(0.5) * (x + F::from_f64(1.0));
    let pixels = numbers::<F>(i as u32, 16, 0).into_iter().map(chance).collect();
    encode::poisson(&Tensor::new(1, 1, &[4, 4, 1], pixels)?, 6, 2, i as u32)
}

/// Arrays take the bytes that were planned, on every device the same.
fn planned_memory<F: On>(target: &Target<'_>) -> Outcome {
    let adam = || Box::new(Adam::<F>::default()) as _;
    for on in pair::<F>(target)? {
        let planned = plan(network, 6, 4, Run::Training(&adam)).expect("it can be planned");
        let mut network = network(&on).expect("it fits");
        let mut adam = Adam::<F>::default();
        for round in 0..2 {
            network.reset();
            let items: Vec<_> = (0..4).map(|i| item(4 * round + i).expect("it fits")).collect();
            let x = Tensor::beside(&items).expect("they fit");
            let y = network.forward(&x).expect("finite");
            network.backward(&loss::rate_mse(&y, &[0, 1, 2, 0]).expect("labels fit").1).expect("y");
            network.step(&mut adam, 1e-3).expect("finite");
        }
        assert_eq!(on.memory(), planned, "{}", on.name());
    }
    Ok(())
}

/// An item is the same in every batch, order and on every device.
fn batches<F: On>(target: &Target<'_>) -> Outcome {
    let [there, here] = pair::<F>(target)?;
    let run = |on: &Computer<F>, which: &[usize], size| {
        let mut network = network(on).expect("it fits");
        batch_process(&mut network, which, size, item).expect("finite").outputs
    };
    let which: Vec<usize> = (0..9).collect();
    let expected = run(&here, &which, 1);
    let spikes = expected.iter().flat_map(|y| &y.data).filter(|&&x| x != F::default()).count();
    assert!(spikes > 0, "something fires");
    for size in [1, 2, 4, 9, 20] {
        assert_eq!(run(&there, &which, size), expected, "{size} at once");
    }
    let backwards: Vec<usize> = which.iter().rev().copied().collect();
    let mut given = run(&there, &backwards, 4);
    given.reverse();
    assert_eq!(given, expected, "backwards");
    Ok(())
}

fn statistics<F: On>(target: &Target<'_>) -> Outcome {
    let [given, expected] = pair::<F>(target)?.map(|on| {
        let snn = StatisticalSnn::with_layers(&on, [6, 20, 4], [lif(), lif()], 3);
        let mut snn = snn.and_then(|snn| snn.steps(30)).expect("it fits");
        let x = Tensor::new(1, 5, &[6], numbers(4, 30, 1)).expect("it fits");
        let all: Vec<Statistics> = snn.process(&x).expect("finite");
        all
    });
    assert!(expected.iter().any(|item| item.decision.is_some()), "something fires");
    assert_eq!(given, expected);
    Ok(())
}

fn vectors(target: &Target<'_>) -> Outcome {
    let computers = pair::<f32>(target)?;
    for stored in [Stored::F32, Stored::F16, Stored::I8] {
        let [given, expected] = [&computers[0], &computers[1]].map(|on| {
            let engine = VectorEngine::new_random(on, 300, 17, 5, stored).expect("it fits");
            let query = numbers(6, 17, 2);
            let near = engine.top_k(&query, 40).expect("it can be asked");
            let alike = engine.analogy(3, 1, 4, 5).expect("it can be asked");
            let ids: Vec<usize> = near.iter().chain(&alike).map(|near| near.id).collect();
            let cosines = near.iter().chain(&alike).map(|near| near.cosine.to_bits());
            let mean = bits(&engine.mean_pool(&ids[..5]).expect("they are there"));
            (cosines.collect::<Vec<_>>(), mean, ids)
        });
        assert_eq!(given, expected, "{stored:?}");
    }
    Ok(())
}
