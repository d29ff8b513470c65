//! The gradient beside finite differences, and couplings that are found again.

use isospike::net::Edges;
use isospike::{Network, Options, Simulation};
use isospike_glm::{Couplings, Emission, FitOptions, Glm, GlmError, Link, Trains};
use proptest::prelude::*;
use std::ops::ControlFlow;

fn glm(link: Link, emission: Emission, scale: f64) -> Glm {
    let coupling = vec![1.0, 0.6, 0.3];
    Glm { link, emission, scale, coupling, history: vec![-2.0, -0.5] }
}

const KINDS: [(Link, Emission, f64); 7] = [
    (Link::Sigmoid, Emission::Bernoulli, 1.0),
    (Link::Sigmoid, Emission::Bernoulli, 0.3),
    (Link::Sigmoid, Emission::Poisson, 0.7),
    (Link::Exp, Emission::Poisson, 0.1),
    (Link::Exp, Emission::Bernoulli, 0.01),
    (Link::Relu, Emission::Poisson, 0.5),
    (Link::Relu, Emission::Bernoulli, 0.05),
];

proptest! {
    #[test]
    fn gradients_are_what_finite_differences_say(
        kind in 0..KINDS.len(),
        neurons in 1usize..5,
        steps in 1u64..1300,
        seed in any::<u64>(),
    ) {
        let (link, emission, scale) = KINDS[kind];
        let mut random = seed;
        let mut next = move || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as f64 / (1u64 << 31) as f64
        };
        let mut spikes = Vec::new();
        for step in 0..steps {
            for neuron in 0..neurons {
                if next() < 0.1 {
                    spikes.push((step, neuron));
                }
            }
        }
        let trains = Trains::new(neurons, steps, spikes).expect("inside");
        let covariate = (0..steps).map(|_| next() - 0.5).collect();
        let trains = trains.with_covariate(covariate).expect("a value per step");
        // predictors that a rectified link leaves above zero
        let offset = if link == Link::Relu { 6.0 } else { -0.5 };
        let mut at = Couplings::zero_for(&trains);
        for target in 0..neurons {
            at.set_bias(target, offset + next());
            at.set_covariate(0, target, next() - 0.5);
            for source in (0..neurons).filter(|&s| s != target) {
                at.set_weight(source, target, next() - 0.5);
            }
        }
        let glm = glm(link, emission, scale);
        let likelihood = glm.likelihood(&trains, &at).expect("a likelihood");
        let along = |change: &dyn Fn(&mut Couplings, f64)| {
            let h = 3e-5;
            let value = |h: f64| {
                let mut there = at.clone();
                change(&mut there, h);
                glm.likelihood(&trains, &there).expect("a likelihood").value
            };
            (value(h) - value(-h)) / (2.0 * h)
        };
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-7 * (1 + steps) as f64;
        for target in 0..neurons {
            let measured = along(&|c, h| { let b = c.bias(target); c.set_bias(target, b + h) });
            let ours = likelihood.gradient.bias(target);
            prop_assert!(near(ours, measured), "bias {target}: {ours}, {measured}");
            let measured = along(&|c, h| {
                let w = c.covariate(0, target);
                c.set_covariate(0, target, w + h);
            });
            let ours = likelihood.gradient.covariate(0, target);
            prop_assert!(near(ours, measured), "covariate of {target}: {ours}, {measured}");
            for source in (0..neurons).filter(|&s| s != target) {
                let measured = along(&|c, h| {
                    let w = c.weight(source, target);
                    c.set_weight(source, target, w + h);
                });
                let ours = likelihood.gradient.weight(source, target);
                prop_assert!(near(ours, measured), "{source} to {target}: {ours}, {measured}");
            }
        }
    }
}

/// A network of 8 neurons whose couplings are to be found again.
fn recover(model: &str, glm: &Glm, dt: f64, bias: f64, steps: u64, size: f64) -> (f64, f64) {
    const N: u32 = 8;
    let mut edges = Edges { weight: Some(Vec::new()), ..Edges::default() };
    let mut truth = Couplings::zero(N as usize);
    for i in 0..N {
        for j in (0..N).filter(|&j| j != i && (i * 5 + j * 3) % 4 != 0) {
            // multiples of a power of two, so that the network has them exactly
            let w = size * (f64::from((i * 7 + j * 11) % 9) - 4.0) / 4.0;
            edges.pre.push(i);
            edges.post.push(j);
            edges.weight.as_mut().expect("weights").push(w);
            truth.set_weight(i as usize, j as usize, w);
        }
    }
    let network = Network::build("to be found")
        .dt(dt)
        .seed(11)
        .population("n", N, model, |p| {
            p.param("b", bias)
                .param("scale", glm.scale / dt)
                .filter("coupling", glm.coupling.clone())
                .filter("history", glm.history.clone())
        })
        .project("n", "n", |c| c.edges(edges).delay(dt))
        .finish()
        .expect("a network");
    let mut s = Simulation::new(network, &Options::default()).expect("a session");
    let mut spikes = Vec::new();
    s.run_steps(steps, steps, |_, new| {
        spikes.extend(new.iter().map(|s| (s.step, s.id as usize)));
        ControlFlow::Continue(())
    })
    .expect("a run");
    let trains = Trains::new(N as usize, steps, spikes).expect("inside");
    let fit = glm.fit(&trains, &FitOptions::default()).expect("a fit");
    assert!(fit.converged, "{} iterations", fit.iterations);
    for i in 0..N as usize {
        truth.set_bias(i, bias);
    }
    let at_truth = glm.likelihood(&trains, &truth).expect("a likelihood").value;
    assert!(fit.log_likelihood >= at_truth, "{} < {at_truth}", fit.log_likelihood);
    let (mut worst, mut squares) = (0.0f64, 0.0);
    for i in 0..N as usize {
        for j in (0..N as usize).filter(|&j| j != i) {
            let off = (fit.couplings.weight(i, j) - truth.weight(i, j)).abs();
            worst = worst.max(off);
            squares += off * off;
        }
    }
    (worst, (squares / f64::from(N * (N - 1))).sqrt())
}

#[test]
fn couplings_of_the_model_that_made_the_data_are_found_again() {
    // 40,000 steps at about 0.1 spikes a step: the error of a weight is about 1 / sqrt(4,000) =
    // 0.016 divided by the filter's length of 1.2 (the root of its sum of squares), and by the
    // link's slope.
    let bernoulli = glm(Link::Sigmoid, Emission::Bernoulli, 1.0);
    let (worst, rms) = recover("glm_sigmoid_bernoulli", &bernoulli, 1.0, -2.0, 40_000, 1.0);
    assert!(rms < 0.06 && worst < 0.25, "Bernoulli: rms {rms}, worst {worst}");
    let poisson = glm(Link::Exp, Emission::Poisson, 1.0);
    let (worst, rms) = recover("glm_exp_poisson", &poisson, 0.5, -2.5, 40_000, 0.5);
    assert!(rms < 0.06 && worst < 0.25, "Poisson: rms {rms}, worst {worst}");
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let spikes = (0..3000u64).flat_map(|t| {
        (0..6).filter(move |n| (t * 7 + n * 13) % 11 == 0).map(move |n| (t, n as usize))
    });
    let trains = Trains::new(6, 3000, spikes).expect("inside");
    let mut at = Couplings::zero(6);
    for i in 0..6 {
        at.set_bias(i, -1.0 - 0.1 * i as f64);
        for j in (0..6).filter(|&j| j != i) {
            at.set_weight(i, j, 0.01 * (i as f64 - j as f64));
        }
    }
    let glm = glm(Link::Sigmoid, Emission::Bernoulli, 1.0);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| glm.likelihood(&trains, &at)).expect("a likelihood")
    };
    let one = with(1);
    assert!((2..5).all(|threads| with(threads) == one));
}

#[test]
fn what_cannot_be_is_refused() {
    let outside = Trains::new(2, 10, [(10, 0)]).expect_err("after the end");
    assert_eq!(
        outside.to_string(),
        "spike of neuron 0 in step 10: there are 2 neurons and 10 steps"
    );
    let twice = Trains::new(2, 10, [(3, 1), (3, 1)]).expect("two spikes in a step");
    let bernoulli = glm(Link::Sigmoid, Emission::Bernoulli, 1.0);
    let e = bernoulli.likelihood(&twice, &Couplings::zero(2)).expect_err("more than one");
    assert_eq!(e, GlmError::Counts { step: 3, neuron: 1, count: 2 });
    let e = bernoulli.likelihood(&twice, &Couplings::zero(3)).expect_err("another shape");
    assert_eq!(e.to_string(), "couplings of 3 neurons and 0 covariates; the record has 2 and 0");
    let too_sure = glm(Link::Sigmoid, Emission::Bernoulli, 1.5);
    let e = too_sure.likelihood(&twice, &Couplings::zero(2)).expect_err("above 1");
    assert!(e.to_string().starts_with("scale = 1.5; must be <= 1"), "{e}");
}
