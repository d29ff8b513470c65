//! One neuron, simulated through the erased form in a block of 16 equal ones.

use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_model::{ALIGN, Block, Column, ModelRef, Sums, by_name};
use std::collections::BTreeMap;

/// Precisions a model can be stepped in.
pub(crate) trait Step: Float {
    fn step(m: ModelRef, isa: Isa, block: Block<'_, '_, Self>);
}
impl Step for f32 {
    fn step(m: ModelRef, isa: Isa, block: Block<'_, '_, f32>) {
        m.step_f32(isa, block);
    }
}
impl Step for f64 {
    fn step(m: ModelRef, isa: Isa, block: Block<'_, '_, f64>) {
        m.step_f64(isa, block);
    }
}

/// Spikes that one source sends: their times, weight and delay (ms).
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) times: Vec<f64>,
    pub(crate) weight: f64,
    pub(crate) delay: f64,
}

/// What is simulated. Settings are parameters, or initial state by the name of its slot.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) model: ModelRef,
    pub(crate) settings: BTreeMap<String, f64>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) dt: f64,
    pub(crate) steps: usize,
}

/// What came out: steps are counted from 1, a spike in step k has time k dt; one trace per slot, in
/// user units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trace {
    pub(crate) spikes: Vec<usize>,
    pub(crate) slots: BTreeMap<&'static str, Vec<f64>>,
}

impl Run {
    pub(crate) fn new(model: &str, settings: &[(&str, f64)], dt: f64, ms: f64) -> Run {
        Run {
            model: by_name(model).expect(model),
            settings: settings.iter().map(|&(k, v)| (k.to_owned(), v)).collect(),
            inputs: Vec::new(),
            dt,
            steps: (ms / dt).round() as usize,
        }
    }

    pub(crate) fn params(&self) -> Vec<f64> {
        let value =
            |p: &isospike_model::ParamInfo| *self.settings.get(p.name).unwrap_or(&p.default);
        self.model.params().iter().map(value).collect()
    }

    pub(crate) fn simulate<F: Step>(&self, isa: Isa) -> Trace {
        let (m, params) = (self.model, self.params());
        m.check(&params).unwrap();
        let mut user = m.initial(&params);
        for (x, slot) in user.iter_mut().zip(m.state()) {
            *x = *self.settings.get(slot.name).unwrap_or(x);
        }
        let mut state: Vec<Vec<F>> =
            m.from_user(&params, &user).iter().map(|&x| vec![F::from_f64(x); ALIGN]).collect();
        let consts: Vec<_> =
            m.derive(&params, self.dt).iter().map(|&x| Column::Uniform(F::from_f64(x))).collect();
        // A grid on which every weight lies exactly.
        let exponents = self.inputs.iter().map(|i| exponent(i.weight));
        let bits = 52 - exponents.min().unwrap_or(52);
        let scale = vec![F::from_f64(power_of_two(-bits)); m.ports().len()];
        let mut sums = vec![vec![0i64; ALIGN]; m.ports().len()];
        let mut spiked = vec![false; ALIGN];
        let mut trace = Trace {
            spikes: Vec::new(),
            slots: m.state().iter().map(|s| (s.name, Vec::with_capacity(self.steps))).collect(),
        };
        for step in 1..=self.steps {
            for i in &self.inputs {
                let port = if m.ports().len() == 1 || i.weight > 0.0 { 0 } else { 1 };
                let arrives = |t: f64| ((t + i.delay) / self.dt).round() as usize == step;
                let n = i.times.iter().filter(|&&t| arrives(t)).count() as f64;
                let units = n * i.weight * power_of_two(bits);
                assert!(units.fract() == 0.0 && units.abs() < power_of_two(62));
                sums[port].iter_mut().for_each(|s| *s += units as i64);
            }
            F::step(
                m,
                isa,
                Block {
                    len: ALIGN,
                    state: &mut state.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(),
                    consts: &consts,
                    sums: Sums::I64(
                        &mut sums.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(),
                    ),
                    scale: &scale,
                    filtered: &[],
                    current: Column::Uniform(F::from_f64(0.0)),
                    draws: &[],
                    spiked: &mut spiked,
                },
            );
            assert!(sums.iter().flatten().all(|&s| s == 0), "sums are cleared");
            assert!(state.iter().all(|s| s.iter().all(|x| x == &s[0])), "lanes are equal");
            let working: Vec<f64> = state.iter().map(|s| s[0].to_f64()).collect();
            for (slot, x) in m.state().iter().zip(m.to_user(&params, &working)) {
                trace.slots.get_mut(slot.name).unwrap().push(x);
            }
            if spiked[0] {
                trace.spikes.push(step);
            }
        }
        trace
    }
}

/// Largest absolute difference.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// 2^k.
pub(crate) fn power_of_two(k: i32) -> f64 {
    f64::from_bits(((1023 + k) as u64) << 52)
}

/// The k with 2^k <= |x| < 2^(k + 1).
fn exponent(x: f64) -> i32 {
    (x.to_bits() >> 52 & 0x7ff) as i32 - 1023
}
