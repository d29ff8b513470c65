//! The traced graph of every model is its step, bit for bit.

use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_model::{ALIGN, Block, Column, MODELS, ModelRef, Plasticity, Stdp, StdpRule, Sums};
use isospike_trace::{Evaluator, Graph, Scalar, Sym, trace};
use proptest::prelude::*;

/// A number of the size that slots have, or any bit pattern.
fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -100.0..100.0,
        3 => 0.0..1.0,
        1 => prop::sample::select(vec![0.0, -0.0, 1.0, -1.0, 1e-40, 1e30, 13.0, 15.0, 40.0]),
        1 => any::<u64>().prop_map(f64::from_bits),
    ]
}

/// Everything a block of 16 different neurons reads: slot by slot, 16 values each.
#[derive(Clone, Debug)]
struct Case {
    model: usize,
    /// Constants derived from the default parameters, or random ones per neuron.
    derived: Option<f64>,
    values: Vec<[f64; ALIGN]>,
    sums: Vec<[i32; ALIGN]>,
    draws: Vec<[u32; ALIGN]>,
    /// Ports count in units of 2^-scale.
    scale: u32,
}

fn cases() -> impl Strategy<Value = Case> {
    let dt = prop_oneof![Just(None), (0.01..1.0).prop_map(Some), Just(Some(0.1))];
    (0..MODELS.len(), dt, 0u32..24).prop_flat_map(|(model, derived, scale)| {
        let m = MODELS[model];
        let n = m.state().len() + m.consts().len() + 1;
        let values = prop::collection::vec(prop::array::uniform16(float()), n);
        let sums =
            prop::collection::vec(prop::array::uniform16(-100_000..100_000), m.ports().len());
        let draws = prop::collection::vec(prop::array::uniform16(any::<u32>()), m.draws());
        (values, sums, draws).prop_map(move |(values, sums, draws)| Case {
            model,
            derived,
            values,
            sums,
            draws,
            scale,
        })
    })
}

macro_rules! agrees {
    ($name:ident, $float:ident, $step:ident) => {
        fn $name(m: ModelRef, graph: &Graph, case: &Case) -> Result<(), TestCaseError> {
            let (states, consts) = (m.state().len(), m.consts().len());
            let mut values: Vec<[$float; ALIGN]> =
                case.values.iter().map(|v| v.map(|x| x as $float)).collect();
            if let Some(dt) = case.derived {
                let defaults: Vec<f64> = m.params().iter().map(|p| p.default).collect();
                for (v, x) in values[states..].iter_mut().zip(m.derive(&defaults, dt)) {
                    *v = [x as $float; ALIGN];
                }
            }
            let scale = 1.0 / (1 << case.scale) as $float;
            // any numbers will do: those of the current, once for each filter
            let filtered = vec![&values[states + consts][..]; m.filters().len()];
            for isa in Isa::ALL.into_iter().filter(|isa| isa.available()) {
                let mut state = values[..states].to_vec();
                let mut sums = case.sums.clone();
                let mut spiked = [false; ALIGN];
                m.$step(
                    isa,
                    Block {
                        len: ALIGN,
                        state: &mut state.iter_mut().map(|s| &mut s[..]).collect::<Vec<_>>(),
                        consts: &values[states..states + consts]
                            .iter()
                            .map(|c| match case.derived {
                                Some(_) => Column::Uniform(c[0]),
                                None => Column::Each(&c[..]),
                            })
                            .collect::<Vec<_>>(),
                        sums: Sums::I32(
                            &mut sums.iter_mut().map(|s| &mut s[..]).collect::<Vec<_>>(),
                        ),
                        scale: &vec![scale; m.ports().len()],
                        filtered: &filtered,
                        current: Column::Each(&values[states + consts]),
                        draws: &case.draws.iter().map(|d| &d[..]).collect::<Vec<_>>(),
                        spiked: &mut spiked,
                    },
                );
                let mut e = Evaluator::new(graph);
                for i in 0..ALIGN {
                    let mut arg = 0;
                    let mut next = || {
                        arg += 1;
                        arg - 1
                    };
                    values[..states + consts].iter().for_each(|v| e.set(next(), v[i]));
                    case.sums.iter().for_each(|s| e.set(next(), s[i] as $float * scale));
                    filtered.iter().for_each(|x| e.set(next(), x[i]));
                    e.set(next(), values[states + consts][i]);
                    case.draws.iter().for_each(|d| e.set(next(), d[i]));
                    e.run();
                    for (k, s) in state.iter().enumerate() {
                        let traced = e.get::<$float>(k);
                        prop_assert!(
                            traced.to_bits() == s[i].to_bits() || traced.is_nan() && s[i].is_nan(),
                            "{} on {}: {} is {}, traced {traced}",
                            m.name(),
                            isa.name(),
                            m.state()[k].name,
                            s[i]
                        );
                    }
                    prop_assert_eq!(e.get::<bool>(states), spiked[i], "{}", m.name());
                }
            }
            Ok(())
        }
    };
}
agrees!(agrees_f32, f32, step_f32);
agrees!(agrees_f64, f64, step_f64);

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_graph_is_the_step(case in cases()) {
        let m = MODELS[case.model];
        agrees_f32(m, &m.graph_f32(), &case)?;
        agrees_f64(m, &m.graph_f64(), &case)?;
    }
}

/// What a plasticity rule makes of a weight, a trace and steps.
fn learnt<L: isospike_lane::Lane>(rule: &Stdp<L>, w: L, trace: L, steps: L) -> [L; 3] {
    let [up] = rule.potentiate([w], [trace * rule.decay_plus(steps)]);
    let [down] = rule.depress([w], [trace * rule.decay_minus(steps)]);
    [up, down, rule.emitted(w)]
}

/// The traced rule says the same as the function; returns what it said.
fn rule_agrees<F: Float + Scalar>(rule: &Plasticity, dt_ms: f64, args: [f64; 3]) -> [F; 3] {
    let graph = trace(|t| {
        let [w, trace, steps] = ["w", "trace", "steps"].map(|name| t.arg(name));
        let all = learnt::<Sym<F>>(&Stdp::new(rule, dt_ms), w, trace, steps);
        let names = ["potentiated", "depressed", "emitted"];
        names.into_iter().zip(all).for_each(|(name, x)| t.output(name, x));
    });
    let args = args.map(F::from_f64);
    let mut e = Evaluator::new(&graph);
    args.iter().enumerate().for_each(|(i, &x)| e.set(i, x));
    e.run();
    let [w, trace, steps] = args;
    let all = learnt(&Stdp::new(rule, dt_ms), w, trace, steps);
    for (i, x) in all.iter().enumerate() {
        let traced = e.get::<F>(i);
        let (a, b) = (traced.to_f64(), x.to_f64());
        assert!(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(), "{rule:?} {args:?}: {i}");
    }
    all
}

#[test]
fn the_graph_of_a_plasticity_rule_is_its_function() {
    for kind in [StdpRule::Pair, StdpRule::PowerLaw] {
        for (mu_plus, mu_minus) in [(0.0, 0.0), (1.0, 1.0), (0.4, 0.7)] {
            let rule = Plasticity { rule: kind, mu_plus, mu_minus, ..Plasticity::pair(3.0) };
            let weights = [0.0, 1e-40, 0.3, 1.7, 2.999, 3.0, f64::INFINITY, f64::NAN];
            for (i, w) in weights.into_iter().enumerate() {
                for (trace, steps) in [(0.0, 1.0), (0.4, 1.0), (7.3, 113.0), (1e30, 1e5)] {
                    let single = rule_agrees::<f32>(&rule, 0.1, [w, trace, steps]);
                    let double = rule_agrees::<f64>(&rule, 0.1, [w, trace, steps]);
                    if i < 6 {
                        let sound = |x: f64| (0.0..=3.0).contains(&x) || kind != StdpRule::Pair;
                        assert!(single.iter().all(|x| sound((*x).into())), "{rule:?} {w}");
                        assert!(double.into_iter().all(sound), "{rule:?} {w}");
                    }
                    if w.is_nan() {
                        // nothing may hide it
                        assert!(single.iter().all(|x| x.is_nan()), "{rule:?}: {single:?}");
                        assert!(double.iter().all(|x| x.is_nan()), "{rule:?}: {double:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn arguments_and_outputs_are_in_slot_order() {
    for m in MODELS {
        let names = |kind: &str, slots: &[isospike_model::SlotInfo]| -> Vec<String> {
            slots.iter().map(|s| format!("{kind}.{}", s.name)).collect()
        };
        let mut args = names("state", m.state());
        args.extend(names("const", m.consts()));
        args.extend(names("port", m.ports()));
        args.extend(m.filters().iter().map(|f| format!("filter.{}", f.name)));
        args.push("current".to_owned());
        args.extend((0..m.draws()).map(|k| format!("draw.{k}")));
        let mut outputs = names("state", m.state());
        outputs.push("spike".to_owned());
        for g in [m.graph_f32(), m.graph_f64()] {
            assert_eq!(g.args().iter().map(|a| a.name.clone()).collect::<Vec<_>>(), args);
            assert_eq!(g.outputs().iter().map(|o| o.name.clone()).collect::<Vec<_>>(), outputs);
        }
    }
}
