//! A filter for each synapse, stimuli from functions, the equilibration: against plain sums.

use isospike::net::{Course, Edges, Function, Precision, Stimulus, Value, WeightStorage};
use isospike::{Network, Options, Simulation, Spike};
use isospike_lane::precise::exp;
use ndarray::Array2;
use std::ops::ControlFlow;

const SOURCES: u32 = 7;
const TARGETS: u32 = 9;
const STEPS: u64 = 60;

/// Spikes of the sources, some in the same step, one twice.
fn spikes() -> Vec<(u64, u32)> {
    let mut spikes: Vec<_> = (0..40).map(|i| (i * 17 % 45, (i * i % 7) as u32)).collect();
    spikes.push(spikes[3]);
    spikes
}

/// Who is connected: every third pair.
fn pairs() -> Edges {
    let all = (0..SOURCES).flat_map(|i| (0..TARGETS).map(move |j| (i, j)));
    let (pre, post) = all.filter(|(i, j)| (i + 2 * j) % 3 == 0).unzip();
    Edges { pre, post, ..Edges::default() }
}

/// Neurons that never spike; their predictor is what they are given. The sources have delay 0.
fn network(coupling: &[f64], edges: Edges, delay_ms: f64) -> Network {
    let own_delays = edges.delay_ms.is_some();
    Network::build("filtered")
        .dt(0.5)
        .precision(Precision::F64)
        .population("n", TARGETS, "glm_sigmoid_bernoulli", |p| {
            p.param("scale", 0.0).filter("coupling", coupling)
        })
        .spikes("s", SOURCES, spikes())
        .project("s", "n", |c| {
            let c = c.edges(edges).storage(WeightStorage::Exact);
            if own_delays { c } else { c.delay(delay_ms) }
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"))
}

/// The predictor after each step, `[step][neuron]`.
fn predictors(network: &Network, steps: u64) -> Vec<Vec<f64>> {
    let mut s = Simulation::new(network.clone(), &Options::default()).expect("a session");
    let mut all = Vec::new();
    for _ in 0..steps {
        s.run_steps(1, 1, |_, _| ControlFlow::Continue(())).expect("a step");
        all.push(s.values("n", "g").expect("a variable").iter().copied().collect());
    }
    all
}

/// Sum over edges and lags of filter times spikes, one by one.
fn dense(edges: &Edges, filters: &Array2<f64>, delay: u64) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; TARGETS as usize]; STEPS as usize];
    for (e, (&pre, &post)) in edges.pre.iter().zip(&edges.post).enumerate() {
        for (at, _) in spikes().into_iter().filter(|s| s.1 == pre) {
            for (lag, w) in filters.row(e).iter().enumerate() {
                if let Some(sum) = sums.get_mut((at + delay) as usize + lag) {
                    sum[post as usize] += w;
                }
            }
        }
    }
    sums
}

#[test]
fn any_filter_for_each_synapse_is_the_dense_sum() {
    let edges = pairs();
    let n = edges.pre.len();
    // sixteenths are on the grid, so nothing is rounded
    let entry = |(e, lag): (usize, usize)| ((e * 31 + lag * lag * 7) % 23) as f64 / 16.0 - 0.5;
    for delay in [0, 3] {
        let filters = Array2::from_shape_fn((n, 11), entry);
        let each = edges.clone().filtered(&filters.view(), 0.5 * delay as f64, 0.5);
        let each = each.expect("finite");
        let zeros = filters.iter().filter(|w| **w == 0.0).count();
        assert!(zeros > 0 && each.pre.len() == filters.len() - zeros, "zeros are no synapses");
        let found = predictors(&network(&[1.0], each, 0.0), STEPS);
        assert_eq!(found, dense(&edges, &filters, delay), "delay {delay}");
    }
}

#[test]
fn filters_that_differ_by_a_factor_are_the_factored_form() {
    let edges = pairs();
    let n = edges.pre.len();
    let halves: Vec<f64> = (0..6).map(|k| 1.0 / f64::from(1 << k)).collect();
    let decay: Vec<f64> = (0..20).map(|k| exp(-0.2 * f64::from(k))).collect();
    let on_grid = |e: usize| (e % 13) as f64 / 4.0 - 1.5;
    let any = |e: usize| exp(-(e as f64 % 7.3)) - 0.1;
    let compare = |kernel: &[f64], weight: &dyn Fn(usize) -> f64, most: f64| {
        let weights: Vec<f64> = (0..n).map(weight).collect();
        let filters = Array2::from_shape_fn((n, kernel.len()), |(e, k)| weights[e] * kernel[k]);
        let each = edges.clone().filtered(&filters.view(), 0.0, 0.5).expect("finite");
        let each = predictors(&network(&[1.0], each, 0.0), STEPS);
        let factored = Edges { weight: Some(weights), ..edges.clone() };
        let factored = predictors(&network(kernel, factored, 0.0), STEPS);
        let pairs = each.iter().flatten().zip(factored.iter().flatten());
        let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(largest <= most, "off by {largest}");
    };
    compare(&halves, &on_grid, 0.0);
    // weights and products are rounded to a grid of at most 2^-20 each
    compare(&decay, &any, 1e-4);
}

/// A predictor that is the stimuli and nothing else, in two lanes.
fn stimulated(stimuli: Vec<Stimulus>, equilibration_ms: f64) -> Network {
    Network::build("stimulated")
        .dt(0.5)
        .precision(Precision::F64)
        .batch(2)
        .equilibration(equilibration_ms)
        .population("n", 3, "glm_sigmoid_bernoulli", |p| {
            stimuli.into_iter().fold(p.param("scale", 0.0), |p, s| p.stimulus(s))
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn functions_of_step_and_neuron_and_masks_of_lanes() {
    let wave = Function::of_neuron("wave", |step, n| step as f64 + 100.0 * f64::from(n));
    let wave = Stimulus { start_ms: 1.0, stop_ms: 3.0, ..Stimulus::new(Course::Function(wave)) };
    let pulses = Course::Pulses { strength: 1000.0, period_ms: 2.0, width_ms: 0.5 };
    let gain = Value::from(vec![0.0, 1.0, 2.0]);
    let second = Stimulus { gain, lanes: Some(vec![1]), ..Stimulus::new(pulses) };
    for equilibration_ms in [0.0, 1.5] {
        let network = stimulated(vec![wave.clone(), second.clone()], equilibration_ms);
        let found = predictors(&network, 12);
        for (step, now) in found.into_iter().enumerate() {
            let wave = |n: usize| match (2..6).contains(&step) {
                true => (step - 2) as f64 + 100.0 * n as f64,
                false => 0.0,
            };
            let pulse = if step % 4 == 0 { 1000.0 } else { 0.0 };
            let lanes = |n: usize| [wave(n), wave(n) + n as f64 * pulse];
            assert_eq!(now, (0..3).flat_map(lanes).collect::<Vec<_>>(), "step {step}");
        }
    }
}

/// Driven from before, with a stimulus, steps of a current and given spikes.
fn driven(equilibration_ms: f64, later_ms: f64) -> Network {
    let pulses = Course::Pulses { strength: 300.0, period_ms: 5.0, width_ms: 1.0 };
    let start =
        Stimulus { start_ms: 2.0 + later_ms, stop_ms: 40.0 + later_ms, ..Stimulus::new(pulses) };
    let given = (0..30).map(|i| (3 * i + (later_ms * 10.0) as u64, i as u32 % 4)).collect();
    Network::build("driven")
        .seed(5)
        .equilibration(equilibration_ms)
        .population("n", 90, "iaf_psc_exp", |p| {
            p.poisson(9_000.0, 50.0).stimulus(start).steps(&[(later_ms + 20.0, 200.0)])
        })
        .spikes("s", 4, given)
        .project("s", "n", |c| c.probability(0.3).weight(80.0).delay(1.0))
        .project("n", "n", |c| c.probability(0.1).weight(-40.0).delay(1.5))
        .finish()
        .unwrap_or_else(|e| panic!("{e}"))
}

fn recorded(network: Network, steps: u64, chunk: u64) -> (Vec<Spike>, Simulation) {
    let mut s = Simulation::new(network, &Options::default()).expect("a session");
    let mut spikes = Vec::new();
    let mut reached = 0;
    s.run_steps(steps, chunk, |step, new| {
        assert!(step >= reached && new.iter().all(|s| (reached..step).contains(&s.step)));
        reached = step;
        spikes.extend_from_slice(new);
        ControlFlow::Continue(())
    })
    .expect("a run");
    (spikes, s)
}

#[test]
fn time_counts_from_the_end_of_the_equilibration() {
    // The same by hand: everything later, the first 30 ms thrown away.
    let (all, mut whole) = recorded(driven(0.0, 30.0), 800, 800);
    let before = all.iter().filter(|s| s.step < 300).count();
    assert!(before > 100, "neurons fire without what counts time");
    let expected = all.into_iter().filter(|s| s.step >= 300);
    let expected: Vec<_> = expected.map(|s| Spike { step: s.step - 300, ..s }).collect();
    for chunk in [500, 7] {
        let (spikes, mut s) = recorded(driven(30.0, 0.0), 500, chunk);
        assert_eq!((s.step(), s.time_ms()), (500, 50.0));
        assert!(spikes == expected, "chunks of {chunk}");
        // states are those of the same step of a session
        let potentials = |s: &mut Simulation| s.values("n", "V_m").expect("a variable");
        assert_eq!(potentials(&mut s), potentials(&mut whole));
    }
    // A snapshot on the way through goes on there.
    let mut first = Simulation::new(driven(30.0, 0.0), &Options::default()).expect("a session");
    let mut left = 3;
    let stop = || {
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    first.equilibrate(40, stop).expect("a run");
    assert_eq!((first.step(), first.session().step()), (0, 120));
    let snapshot = first.snapshot().expect("readable");
    let mut second = Simulation::new(driven(30.0, 0.0), &Options::default()).expect("a session");
    second.restore(&snapshot).expect("the same network");
    let mut spikes = Vec::new();
    second.run(50.0, |new| spikes.extend_from_slice(new)).expect("a run");
    assert!(spikes == expected);
}

#[test]
fn every_lane_has_its_own_poisson_events_and_all_have_the_same_intervals() {
    let on = |course: Course| {
        let network = stimulated(vec![Stimulus { stop_ms: 5_000.0, ..Stimulus::new(course) }], 0.0);
        let all = predictors(&network, 10_000);
        let lane = |l: usize| all.iter().map(|g| g[l] > 0.0).collect::<Vec<_>>();
        [lane(0), lane(1)]
    };
    let width_ms = 0.5;
    // true Poisson: on in a step with probability 1 - exp(-rate dt), in each lane for itself
    let [a, b] = on(Course::Events { strength: 1.0, rate_hz: 200.0, width_ms });
    assert!(a != b);
    let p = 1.0 - exp(-0.1);
    let most = 4.0 * (p * (1.0 - p) * 10_000.0).sqrt();
    for lane in [&a, &b] {
        let n = lane.iter().filter(|on| **on).count() as f64;
        assert!((n - 10_000.0 * p).abs() < most, "{n} of {}", 10_000.0 * p);
    }
    // renewal: an event at the start, then intervals of mean and variance 10 steps
    let [a, b] = on(Course::Intervals { strength: 1.0, mean_ms: 5.0, width_ms });
    assert!(a == b && a[0]);
    let events: Vec<_> = (0..a.len()).filter(|&i| a[i]).collect();
    let gaps: Vec<_> = events.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
    let n = gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / n;
    let variance = gaps.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / n;
    assert!((mean - 10.0).abs() < 4.0 * (10.0 / n).sqrt(), "{mean}");
    assert!((variance - 10.0).abs() < 4.0 * 10.0 * (2.0 / n).sqrt(), "{variance}");
}
