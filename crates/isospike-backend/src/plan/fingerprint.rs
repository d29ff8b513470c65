//! The fingerprint of a plan: SHA-256 over everything that decides what it computes.
//!
//! Synapses are not hashed but what they follow from: connectors, distributions, seeds, and value
//! by value what is given value by value (edges, values per neuron, spikes). Then come the plan's
//! own decisions: accumulator, exponents, storage formats. Numbers go in little-endian, floats by
//! their bits, lists with their lengths, alternatives with a number each. The cut into blocks, the
//! network's name and the order of given spikes decide nothing and are left out.
//!
//! Structs are taken apart field by field, so that a new field cannot be forgotten here.

use super::{Accumulator, Plan, PopulationPlan, Synapses, Table};
use isospike_net::{
    Connector, Course, Distribution, Dynamics, Edges, Generator, Half, Input, Network, Neurons,
    Outside, Plasticity, Population, Precision, Projection, Shape, StdpRule, Stimulus, Value,
    WeightStorage,
};
use sha2::{Digest as _, Sha256};

/// See [`Plan::fingerprint`].
pub(super) fn of(plan: &Plan) -> [u8; 32] {
    let mut h = Hasher::default();
    // what sums are counted in is the plan's accumulator
    let Network {
        name: _,
        dt_ms,
        seed,
        lane_seeds,
        precision,
        sums: _,
        equilibration_ms,
        populations,
        projections,
    } = &*plan.network;
    h.float(*dt_ms);
    h.int(*seed);
    h.list(lane_seeds, |s| s.to_le_bytes());
    h.int(match precision {
        Precision::F32 => 0,
        Precision::F64 => 1,
    });
    h.float(*equilibration_ms);
    h.int(populations.len() as u64);
    populations.iter().zip(&plan.populations).for_each(|(p, planned)| h.population(p, planned));
    h.int(projections.len() as u64);
    projections.iter().for_each(|p| h.projection(p));
    h.int(match plan.accumulator {
        Accumulator::I32 => 0,
        Accumulator::I64 => 1,
    });
    h.int(plan.tables.len() as u64);
    plan.tables.iter().for_each(|t| h.table(t));
    h.sha.finalize().into()
}

#[derive(Default)]
struct Hasher {
    sha: Sha256,
}

impl Hasher {
    fn int(&mut self, x: u64) {
        self.sha.update(x.to_le_bytes());
    }

    fn float(&mut self, x: f64) {
        self.int(x.to_bits());
    }

    fn text(&mut self, s: &str) {
        self.int(s.len() as u64);
        self.sha.update(s);
    }

    /// A list of equally long items, with its length.
    fn list<T, const N: usize>(&mut self, items: &[T], bytes: impl Fn(&T) -> [u8; N]) {
        self.int(items.len() as u64);
        let mut buffer = Vec::with_capacity(4096);
        for chunk in items.chunks(4096 / N) {
            buffer.clear();
            chunk.iter().for_each(|x| buffer.extend_from_slice(&bytes(x)));
            self.sha.update(&buffer);
        }
    }

    fn floats(&mut self, xs: &[f64]) {
        self.list(xs, |x| x.to_le_bytes());
    }

    fn option<T>(&mut self, x: Option<&T>, hash: impl FnOnce(&mut Self, &T)) {
        self.int(u64::from(x.is_some()));
        if let Some(x) = x {
            hash(self, x);
        }
    }

    fn population(&mut self, p: &Population, planned: &PopulationPlan) {
        let Population { name, size, dynamics } = p;
        self.text(name);
        self.int((*size).into());
        match dynamics {
            Dynamics::Model(n) => self.neurons(n),
            Dynamics::Spikes(_) => {
                self.int(1);
                self.list(&planned.train, |(step, _)| step.to_le_bytes());
                self.list(&planned.train, |(_, neuron)| neuron.to_le_bytes());
            }
        }
        let ports = planned.neurons.iter().flat_map(|n| &n.ports);
        ports.for_each(|port| self.int(port.exponent as u64));
    }

    fn neurons(&mut self, n: &Neurons) {
        let Neurons { model, params, initial, filters, inputs, state } = n;
        self.int(0);
        self.text(model.name());
        for info in model.params() {
            let default = Value::Constant(info.default);
            self.value(params.get(info.name).unwrap_or(&default));
        }
        for slot in model.state() {
            self.option(initial.get(slot.name), Self::value);
        }
        for info in model.filters() {
            self.option(filters.get(info.name), |h, kernel| h.floats(kernel));
        }
        self.int(inputs.len() as u64);
        inputs.iter().for_each(|i| self.input(i));
        self.option(state.as_ref(), |h, format| h.half(*format));
    }

    fn half(&mut self, format: Half) {
        self.int(match format {
            Half::F16 => 0,
            Half::BF16 => 1,
        });
    }

    fn value(&mut self, v: &Value) {
        match v {
            Value::Constant(x) => {
                self.int(0);
                self.float(*x);
            }
            Value::PerNeuron(xs) => {
                self.int(1);
                self.floats(xs);
            }
            Value::Random(d) => {
                self.int(2);
                self.distribution(d);
            }
            Value::PerLane(xs) => {
                self.int(4);
                self.floats(xs);
            }
            Value::Polynomial { coefficients, variable, of } => {
                self.int(3);
                self.floats(coefficients);
                self.int((*variable).into());
                self.distribution(of);
            }
        }
    }

    fn input(&mut self, input: &Input) {
        match input {
            Input::Poisson { rate_hz, weight, port } => {
                self.int(0);
                self.value(rate_hz);
                self.float(*weight);
                self.option(port.as_ref(), |h, p| h.text(p));
            }
            Input::Noise { mean, std } => {
                self.int(1);
                self.floats(&[*mean, *std]);
            }
            Input::Stimulus(s) => self.stimulus(s),
            Input::Steps { times_ms, amplitudes } => {
                self.int(2);
                self.floats(times_ms);
                self.floats(amplitudes);
            }
        }
    }

    fn stimulus(&mut self, s: &Stimulus) {
        let Stimulus { course, start_ms, stop_ms, gain, lanes } = s;
        self.int(3);
        self.option(lanes.as_ref(), |h, lanes| h.list(lanes, |l| l.to_le_bytes()));
        self.floats(&[*start_ms, *stop_ms]);
        self.value(gain);
        let mut kind = |kind: u64, numbers: &[f64]| {
            self.int(kind);
            self.floats(numbers);
        };
        match course {
            Course::Pulses { strength, period_ms, width_ms } => {
                kind(0, &[*strength, *period_ms, *width_ms]);
            }
            Course::Sine { amplitude, period_ms, phase, baseline } => {
                kind(1, &[*amplitude, *period_ms, *phase, *baseline]);
            }
            Course::Events { strength, rate_hz, width_ms } => {
                kind(2, &[*strength, *rate_hz, *width_ms]);
            }
            Course::Intervals { strength, mean_ms, width_ms } => {
                kind(3, &[*strength, *mean_ms, *width_ms]);
            }
            Course::Samples(values) => kind(4, values),
            Course::Frames(values) => kind(5, values),
            Course::Function(f) => {
                self.int(6);
                self.text(&f.name);
            }
        }
    }

    fn projection(&mut self, p: &Projection) {
        let Projection {
            source,
            target,
            connector,
            autapses,
            multapses,
            weight,
            delay_ms,
            port,
            storage,
            plasticity,
        } = p;
        self.int(*source as u64);
        self.int(*target as u64);
        self.connector(connector);
        self.int(u64::from(*autapses) | u64::from(*multapses) << 1);
        self.distribution(weight);
        self.distribution(delay_ms);
        self.option(port.as_ref(), |h, p| h.text(p));
        self.int(match storage {
            WeightStorage::Auto => 0,
            WeightStorage::Exact => 1,
            WeightStorage::I8 => 2,
            WeightStorage::I16 => 3,
            WeightStorage::F16 => 4,
            WeightStorage::BF16 => 5,
        });
        self.option(plasticity.as_ref(), Self::plasticity);
    }

    fn connector(&mut self, c: &Connector) {
        match c {
            Connector::AllToAll => self.int(0),
            Connector::OneToOne => self.int(1),
            Connector::FixedProbability(p) => {
                self.int(2);
                self.float(*p);
            }
            Connector::FixedInDegree(k) => {
                self.int(3);
                self.int((*k).into());
            }
            Connector::FixedOutDegree(k) => {
                self.int(4);
                self.int((*k).into());
            }
            Connector::FixedTotal(n) => {
                self.int(5);
                self.int(*n);
            }
            Connector::Generated(generator) => match *generator {
                Generator::Normal { mean, std, sparsity, glorot } => {
                    self.int(7);
                    self.floats(&[mean, std, sparsity]);
                    self.int(glorot.into());
                }
                Generator::Uniform { low, high, sparsity } => {
                    self.int(8);
                    self.floats(&[low, high, sparsity]);
                }
                Generator::MexicanHat { a, sigma_1, sigma_2 } => {
                    self.int(9);
                    self.floats(&[a, sigma_1, sigma_2]);
                }
            },
            Connector::Edges(edges) => {
                let Edges { pre, post, weight, delay_ms } = &**edges;
                self.int(6);
                self.list(pre, |i| i.to_le_bytes());
                self.list(post, |i| i.to_le_bytes());
                self.option(weight.as_ref(), |h, w| h.floats(w));
                self.option(delay_ms.as_ref(), |h, d| h.floats(d));
            }
        }
    }

    fn distribution(&mut self, d: &Distribution) {
        let Distribution { shape, min, max, outside } = d;
        let (kind, a, b) = match *shape {
            Shape::Constant(x) => (0, x, x),
            Shape::Uniform(lo, hi) => (1, lo, hi),
            Shape::Normal(mean, sd) => (2, mean, sd),
            Shape::LogNormal(mu, sigma) => (3, mu, sigma),
        };
        self.int(kind);
        self.floats(&[a, b, *min, *max]);
        self.int(match outside {
            Outside::Clip => 0,
            Outside::Redraw => 1,
        });
    }

    fn plasticity(&mut self, p: &Plasticity) {
        let Plasticity { rule, tau_plus, tau_minus, lambda, alpha, mu_plus, mu_minus, w_max } = p;
        self.int(match rule {
            StdpRule::Pair => 0,
            StdpRule::PowerLaw => 1,
        });
        self.floats(&[*tau_plus, *tau_minus, *lambda, *alpha, *mu_plus, *mu_minus, *w_max]);
    }

    /// How a table stores its weights: this rounds them.
    fn table(&mut self, t: &Table) {
        self.int(t.source as u64);
        let (format, multiplier) = match t.synapses {
            Synapses::Constant { weight, .. } => (0, weight),
            Synapses::U16 { multiplier, .. } => (1, multiplier),
            Synapses::I16 { multiplier, .. } => (2, multiplier),
            Synapses::I32 { multiplier, .. } => (3, multiplier),
            Synapses::I64 { .. } => (4, 1),
            Synapses::Plastic { rule, .. } => (5, rule as i64),
            Synapses::U8 { multiplier, .. } => (6, multiplier),
            Synapses::I8 { multiplier, .. } => (7, multiplier),
            Synapses::Half { format: Half::F16, shift, .. } => (8, shift.into()),
            Synapses::Half { format: Half::BF16, shift, .. } => (9, shift.into()),
        };
        self.int(format);
        self.int(multiplier as u64);
    }
}
