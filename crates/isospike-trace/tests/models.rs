//! Whole functions: toy models over many steps, random numbers, random programs.

mod support;

use isospike_lane::{Float, Int, Lane, Mask, Math, distribution, philox4x32_10};
use isospike_trace::{Evaluator, Graph, Sym, trace};
use proptest::prelude::*;
use support::{Function, In, Out, TestFloat, check, float};

/// A model for these tests: constants are the model's own business here.
trait Toy {
    const STATE: usize;
    fn step<L: Lane>(state: &mut [L], input: L) -> L::Mask;
}

/// Leaky integrate-and-fire with a refractory counter.
struct Lif;
impl Toy for Lif {
    const STATE: usize = 2;
    fn step<L: Lane>(state: &mut [L], input: L) -> L::Mask {
        let &mut [v, wait] = state else { unreachable!() };
        let zero = L::lit(0.0);
        let free = wait.le(zero);
        let v = L::select(free, v * L::lit(0.95) + input, v);
        let spikes = v.ge(L::lit(15.0)).and(free);
        state[0] = L::select(spikes, zero, v);
        state[1] = L::select(spikes, L::lit(20.0), (wait - L::lit(1.0)).max(zero));
        spikes
    }
}

/// e^x for |x| < 80, good to a few ulp of single precision: n = rint(x / ln 2), then a polynomial.
fn exp<L: Lane>(x: L) -> L {
    let n = (x * L::lit(std::f64::consts::LOG2_E)).rint();
    let r = x - n * L::lit(std::f64::consts::LN_2);
    let coefficients = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let p = coefficients.into_iter().fold(L::lit(0.0), |p, c| p * r + L::lit(c));
    // 2^n: adding 1.5 * 2^mantissa leaves n in the low bits, from where it is shifted into the
    // exponent.
    let mantissa = L::Scalar::MANTISSA;
    let bias = if mantissa == 23 { 127.0 } else { 1023.0 };
    let magic = 1.5 * (1u64 << mantissa) as f64;
    p * L::from_bits((n + L::lit(bias) + L::lit(magic)).to_bits().shl(mantissa))
}

/// Adaptive exponential integrate-and-fire, explicit Euler (Brette and Gerstner 2005).
struct AdEx;
impl Toy for AdEx {
    const STATE: usize = 2;
    fn step<L: Lane>(state: &mut [L], input: L) -> L::Mask {
        let &mut [v, w] = state else { unreachable!() };
        let (dt, delta) = (L::lit(0.1), L::lit(2.0));
        let spike = delta * exp(((v - L::lit(-50.4)) / delta).min(L::lit(20.0)));
        let leak = L::lit(-70.6) - v;
        let dv = (L::lit(30.0) * (leak + spike) - w + input * L::lit(200.0)) / L::lit(281.0);
        let dw = (-(L::lit(4.0) * leak) - w) / L::lit(144.0);
        let (v, w) = (v + dt * dv, w + dt * dw);
        let spikes = v.gt(L::lit(0.0));
        state[0] = L::select(spikes, L::lit(-70.6), v);
        state[1] = L::select(spikes, w + L::lit(80.5), w);
        spikes
    }
}

fn toy<T: Toy, F: Float>() -> Graph {
    trace(|t| {
        let mut state: Vec<Sym<F>> = (0..T::STATE).map(|i| t.arg(&format!("s{i}"))).collect();
        let spikes = T::step(&mut state, t.arg("input"));
        state.iter().enumerate().for_each(|(i, &x)| t.output(&format!("s{i}"), x));
        t.output("spikes", spikes);
    })
}

/// Runs function and graph side by side and returns how often the neuron fired.
fn side_by_side<T: Toy, F: TestFloat>(start: &[f64], steps: usize) -> usize {
    let mut e = Evaluator::new(&toy::<T, F>());
    let mut state: Vec<F> = start.iter().map(|&x| F::from_f64(x)).collect();
    state.iter().enumerate().for_each(|(i, &x)| e.set(i, x));
    let mut fired = 0;
    for step in 0..steps {
        let input = F::from_f64(1.0 + (step % 97) as f64 / 9.7);
        let spikes = T::step(&mut state, input);
        e.set(T::STATE, input);
        e.run();
        assert_eq!(e.get::<bool>(T::STATE), spikes, "step {step}");
        for (i, &x) in state.iter().enumerate() {
            assert_eq!(e.get::<F>(i).to_raw(), x.to_raw(), "step {step}, state {i}");
            let next = e.get::<F>(i);
            e.set(i, next);
        }
        fired += usize::from(spikes);
    }
    fired
}

#[test]
fn toy_models_step_alike() {
    let fired = [
        side_by_side::<Lif, f32>(&[0.0, 0.0], 20_000),
        side_by_side::<Lif, f64>(&[0.0, 0.0], 20_000),
        side_by_side::<AdEx, f32>(&[-70.6, 0.0], 20_000),
        side_by_side::<AdEx, f64>(&[-70.6, 0.0], 20_000),
    ];
    assert!(
        fired.iter().all(|&n| n > 20),
        "the models must do something to be compared: {fired:?}"
    );
}

/// A toy model as a function of anything, for states no simulation reaches.
struct Anywhere<T>(std::marker::PhantomData<T>);
impl<T: Toy> Function for Anywhere<T> {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>> {
        let mut state = x.float[..T::STATE].to_vec();
        let spikes = T::step(&mut state, x.float[T::STATE]);
        state.into_iter().map(Out::Float).chain([Out::Mask(spikes)]).collect()
    }
}

fn floats<F: TestFloat>(n: usize) -> impl Strategy<Value = In<F>> {
    proptest::collection::vec(float::<F>(), n).prop_map(|float| In { float, ..In::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn toy_models_agree_anywhere(x in floats::<f32>(3), y in floats::<f64>(3)) {
        check(&Anywhere::<Lif>(Default::default()), &x)?;
        check(&Anywhere::<AdEx>(Default::default()), &x)?;
        check(&Anywhere::<Lif>(Default::default()), &y)?;
        check(&Anywhere::<AdEx>(Default::default()), &y)?;
    }
}

/// Random123's Philox on whatever words.
struct Philox;
impl Function for Philox {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>> {
        let u = &x.u32;
        philox4x32_10([u[0], u[1], u[2], u[3]], [u[4], u[5]]).map(Out::U32).into()
    }
}

proptest! {
    #[test]
    fn philox_agrees(u32 in proptest::collection::vec(any::<u32>(), 6)) {
        check(&Philox, &In::<f32> { u32, ..In::default() })?;
    }
}

/// The functions of isospike-lane, and the variates made with them.
struct Functions;
impl Function for Functions {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>> {
        let (a, u, v) = (x.float[0], x.u32[0], x.u32[1]);
        let floats = [
            a.exp(),
            a.expm1(),
            a.log(),
            a.log1p(),
            a.tanh(),
            a.sigmoid(),
            a.inverse_normal(),
            distribution::uniform(u),
            distribution::uniform53(u, v),
            distribution::normal(u),
            distribution::exponential(u),
        ];
        let trial = [
            distribution::bernoulli(a, u),
            distribution::Bernoulli::new(0.3).draw(u),
            distribution::Bernoulli::new(1.0).draw(u),
        ];
        floats.map(Out::Float).into_iter().chain(trial.map(Out::Mask)).collect()
    }
}

/// Where the functions do something: (0, 1), small, moderate; or any float.
fn domain<F: TestFloat>() -> impl Strategy<Value = F> {
    prop_oneof![
        1 => (0.0..1.0f64).prop_map(F::from_f64),
        1 => (-1e-6..1e-6f64).prop_map(F::from_f64),
        1 => (-100.0..100.0f64).prop_map(F::from_f64),
        1 => (-800.0..800.0f64).prop_map(F::from_f64),
        2 => float::<F>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn functions_agree(x in domain::<f32>(), y in domain::<f64>(), u in any::<[u32; 2]>()) {
        let u32 = u.to_vec();
        check(&Functions, &In::<f32> { float: vec![x], u32: u32.clone(), ..In::default() })?;
        check(&Functions, &In::<f64> { float: vec![y], u32, ..In::default() })?;
    }
}

/// A straight-line program made of random instructions: shares and drops nodes in ways nobody
/// planned.
#[derive(Debug)]
struct Program(Vec<(u8, usize, usize)>);
impl Function for Program {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>> {
        let (mut f, mut m) = (x.float.clone(), x.mask.clone());
        for &(op, i, j) in &self.0 {
            let (a, b) = (f[i % f.len()], f[j % f.len()]);
            let (p, q) = (m[i % m.len()], m[j % m.len()]);
            match op % 16 {
                0 => f.push(a + b),
                1 => f.push(a - b),
                2 => f.push(a * b),
                3 => f.push(a / b),
                4 => f.push(-a),
                5 => f.push(a.abs().sqrt()),
                6 => f.push(a.rint()),
                // The sign of a computed NaN is nobody's promise.
                7 => f.push(a.copysign(L::select(b.eq(b), b, a.abs()))),
                8 => f.push(L::select(p, a, b)),
                9 => f.push(a.min(b)),
                10 => f.push(L::lit(j as f64 - 3.0)),
                11 => m.push(a.lt(b)),
                12 => m.push(a.le(b)),
                13 => m.push(p.and(q)),
                14 => m.push(p.not()),
                _ => f.push(a.floor()),
            }
        }
        let last = |n: usize| n.saturating_sub(3)..n;
        let floats = f[last(f.len())].iter().map(|&x| Out::Float(x));
        floats.chain(m[last(m.len())].iter().map(|&x| Out::Mask(x))).collect()
    }
}

fn program() -> impl Strategy<Value = Program> {
    proptest::collection::vec((any::<u8>(), 0..40usize, 0..40usize), 0..120).prop_map(Program)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn random_programs_agree(
        p in program(),
        float in proptest::collection::vec(float::<f32>(), 3),
        wide in proptest::collection::vec(float::<f64>(), 3),
        mask in proptest::collection::vec(any::<bool>(), 2),
    ) {
        check(&p, &In::<f32> { float, mask: mask.clone(), ..In::default() })?;
        check(&p, &In::<f64> { float: wide, mask, ..In::default() })?;
    }

    #[test]
    fn random_programs_leave_sound_graphs(p in program()) {
        let x = In::<f32> { float: vec![0.0; 3], mask: vec![false; 2], ..In::default() };
        let graph = support::graph(&p, &x);
        let mut read = vec![false; graph.nodes().len()];
        graph.outputs().iter().for_each(|o| read[o.node.index()] = true);
        let mut seen = std::collections::HashSet::new();
        for id in graph.ids() {
            prop_assert!(seen.insert(graph.node(id)), "a node is there twice\n{graph}");
            for a in graph.node(id).op.operands() {
                prop_assert!(a < id, "an operand comes after its use\n{graph}");
                read[a.index()] = true;
            }
        }
        prop_assert!(read.iter().all(|&r| r), "a dead node is left\n{graph}");
        let again = support::graph(&p, &x);
        prop_assert_eq!(graph.content_hash(), again.content_hash());
        prop_assert_eq!(graph, again);
    }
}
