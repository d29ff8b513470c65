//! A complete backend in one file, as plain as it can be, that runs the conformance suite on
//! itself: `cargo run --release -p isospike-conformance --example backend -- net::`.
//!
//! It is what somebody has who begins one: everything happens in order, on one thread, and it has
//! no plastic synapses, no filters, no models that spike several times a step, and no stimuli. It
//! says so in its [`Capability`], and the suite leaves out what needs them, with the reason. Read
//! it from top to bottom: [`Sequential`] and [`OneThread`] answer questions, [`Running`] is the
//! work, [`Running::advance`] what a step means. What it lacks,
//! `isospike_conformance::plain` has; `WRITING-A-BACKEND.md` explains both.

use isospike_backend::memory::Buffers;
use isospike_backend::plan::plain::{fired_steps, most_spikes, record_room};
use isospike_backend::plan::{Drive, NeuronPlan, SourceSpike, pow2};
use isospike_backend::{
    Backend, Capability, Device, DeviceInfo, Devices, Error, ErrorKind, Plan, Result, Session,
    Slot, Spike,
};
use isospike_conformance::plain::neuron_at;
use isospike_lane::{Float, Key, Purpose, distribution, word};
use isospike_model::ModelRef;
use isospike_net::Precision;
use isospike_trace::{Evaluator, Graph, Scalar};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    isospike_conformance::main(Sequential, &[])
}

/// The backend: finds devices and opens them.
struct Sequential;

impl Backend for Sequential {
    fn name(&self) -> &'static str {
        "sequential"
    }

    fn devices(&self) -> Devices {
        Devices { list: vec![OneThread.info()], ..Devices::default() }
    }

    fn open(&self, index: usize) -> Result<Box<dyn Device>> {
        if index > 0 {
            let message = format!("device sequential:{index}: there is one, sequential:0");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(Box::new(OneThread))
    }
}

/// The device: says what it can do, and compiles plans.
struct OneThread;

impl Device for OneThread {
    fn info(&self) -> DeviceInfo {
        let (address, name) = ("0".to_owned(), "one thread".to_owned());
        DeviceInfo { address, name, memory_bytes: u64::MAX }
    }

    fn capability(&self) -> Capability {
        Capability {
            f64_state: true,
            i64_accumulators: true,
            plasticity: false,
            filters: false,
            counts: false,
            stimuli: false,
            blocks: 1,
            buffers: Buffers::Plain,
            largest_buffer_bytes: u64::MAX,
        }
    }

    fn compile(&self, plan: Arc<Plan>) -> Result<Box<dyn Session>> {
        self.capability().admits(&plan)?;
        Ok(match plan.precision() {
            Precision::F32 => Box::new(Running::<f32>::new(plan, |m| m.graph_f32())),
            Precision::F64 => Box::new(Running::<f64>::new(plan, |m| m.graph_f64())),
        })
    }
}

/// The session: a plan with its buffers, at some step.
struct Running<F> {
    plan: Arc<Plan>,
    step: u64,
    /// By population; of a source without arrays.
    neurons: Vec<Neurons<F>>,
    /// By population: what was pushed to a source.
    pushed: Vec<Vec<SourceSpike>>,
    record: Vec<Spike>,
}

/// The arrays of a population; `flat` is neurons times lanes.
#[derive(Default)]
struct Neurons<F> {
    /// The model's step, interpreted.
    model: Option<Evaluator>,
    /// `[slot][flat]`
    state: Vec<Vec<F>>,
    /// What arrives in a step, in units: `[port][flat]`.
    sums: Vec<i128>,
    /// Who fired: `[step, modulo their number][flat]`.
    fired: Vec<bool>,
}

impl<F: Float + Scalar> Running<F> {
    fn new(plan: Arc<Plan>, graph: fn(ModelRef) -> Graph) -> Self {
        let neurons = (0..plan.populations.len()).map(|p| Neurons::new(&plan, p, graph)).collect();
        let record = Vec::with_capacity(record_room(&plan.populations, plan.batch()));
        let pushed = vec![Vec::new(); plan.populations.len()];
        Running { plan, step: 0, neurons, pushed, record }
    }

    /// A step: what arrives is added up, neurons go on, who fires is written down.
    fn advance(&mut self) {
        self.deliver();
        for population in 0..self.neurons.len() {
            self.update(population);
        }
        let new = self.record.len();
        for (p, population) in self.plan.populations.iter().enumerate() {
            let spike = |(neuron, lane)| Spike {
                step: self.step,
                lane: lane as u32,
                id: population.first_id + neuron as u32,
            };
            let fired = self.fired(p, self.step);
            self.record.extend(fired.into_iter().map(spike));
        }
        self.record[new..].sort_unstable();
        self.step += 1;
    }

    /// Who fired in a step, (neuron, lane) ascending: neurons were written down, sources are known.
    fn fired(&self, population: usize, step: u64) -> Vec<(usize, usize)> {
        let (p, batch) = (&self.plan.populations[population], self.plan.batch());
        let place = |flat: usize| (flat / batch, flat % batch);
        if p.neurons.is_some() {
            let flat = p.size as usize * batch;
            let slot = (step % fired_steps(p.max_delay) as u64) as usize * flat;
            let fired = &self.neurons[population].fired[slot..slot + flat];
            return (0..flat).filter(|&i| fired[i]).map(place).collect();
        }
        let given = p.train.iter().filter(|spike| spike.0 == step);
        let pushed = self.pushed[population].iter().filter(|spike| spike.0 == step);
        let in_every_lane = |neuron: u32| (0..batch).map(move |lane| (neuron as usize, lane));
        let mut all: Vec<_> = given.flat_map(|spike| in_every_lane(spike.1)).collect();
        all.extend(pushed.map(|spike| place(spike.1 as usize)));
        all.sort_unstable();
        all
    }

    /// Adds the synapses of everybody who fired a delay ago. Sums are integers: any order will do.
    fn deliver(&mut self) {
        let (plan, batch) = (self.plan.clone(), self.plan.batch());
        for table in plan.tables() {
            for delay in table.first_delay..table.first_delay + table.delays {
                let Some(then) = self.step.checked_sub(delay.into()) else { break };
                for (source, lane) in self.fired(table.source, then) {
                    for (group, &(block, port)) in table.groups.iter().enumerate() {
                        for synapse in table.segment(source, group, delay) {
                            let (target, units) = table.decode(synapse);
                            let (population, neuron) = neuron_at(&plan, block, target);
                            let size = plan.populations[population].size as usize;
                            let at = (port * size + neuron) * batch + lane;
                            self.neurons[population].sums[at] += i128::from(units);
                        }
                    }
                }
            }
        }
    }

    /// Hands each neuron in each lane what its model asks for, runs the step and keeps what came of
    /// it.
    fn update(&mut self, population: usize) {
        let (plan, step, batch) = (&self.plan, self.step, self.plan.batch());
        let p = &plan.populations[population];
        let Neurons { model: Some(model), state, sums, fired } = &mut self.neurons[population]
        else {
            return;
        };
        let n = p.neurons.as_ref().expect("a model has neurons");
        let flat = p.size as usize * batch;
        let now = (step % fired_steps(p.max_delay) as u64) as usize * flat;
        for i in 0..flat {
            let (neuron, lane) = (i / batch, i % batch);
            // a random word has an address, so nothing depends on who drew before
            let word = |draw: u32| {
                let key = Key(plan.network.lane_seeds[lane]);
                let draw = Purpose::Update.draw(draw as u16);
                word(key, step, draw, population as u32, neuron as u32)
            };
            for Drive::Poisson(input) in &n.drives {
                let table = input.table_of.as_ref().map_or(0, |of| of[neuron]) as usize;
                let count = i128::from(input.tables[table].count(word(input.draw)));
                sums[input.port * flat + i] += count * i128::from(input.weight);
            }
            let constants = n.consts.iter().map(|c| F::from_f64(c.at(neuron, lane)));
            let arrived = n.ports.iter().enumerate().map(|(port, plan)| {
                let sum = std::mem::take(&mut sums[port * flat + i]);
                F::from_i64(sum as i64) * F::from_f64(pow2(-plan.exponent))
            });
            let floats = state.iter().map(|slot| slot[i]).chain(constants).chain(arrived);
            let mut arguments = 0;
            for x in floats.chain([current(n, step, word)]) {
                model.set(arguments, x);
                arguments += 1;
            }
            for (k, draw) in (n.first_model_draw()..n.draws).enumerate() {
                model.set(arguments + k, word(draw));
            }
            model.run();
            for (k, slot) in state.iter_mut().enumerate() {
                slot[i] = kept(n, model.get(k));
            }
            fired[now + i] = model.get(state.len());
        }
    }

    fn check_finite(&self) -> Result<()> {
        for (p, arrays) in self.plan.populations.iter().zip(&self.neurons) {
            for (k, slot) in arrays.state.iter().enumerate() {
                let Some(i) = slot.iter().position(|x| !x.is_finite()) else { continue };
                let name = p.neurons.as_ref().map_or("", |n| n.model.state()[k].name);
                let neuron = i / self.plan.batch();
                let message = format!("{}.{name} of neuron {neuron} became {}", p.name, slot[i]);
                return Err(Error::new(ErrorKind::NotFinite, message));
            }
        }
        Ok(())
    }
}

/// A number as it is kept between steps: rounded where state has 16 bits.
fn kept<F: Float>(n: &NeuronPlan, x: F) -> F {
    n.state.map_or(x, |format| F::from_f64(format.nearest(x.to_f64())))
}

/// Injected current: the value of the steps, then each noise in order.
fn current<F: Float>(n: &NeuronPlan, step: u64, word: impl Fn(u32) -> u32) -> F {
    let steps = F::from_f64(n.current.at(step));
    n.current.noise.iter().fold(steps, |sum, &(mean, std, draw)| {
        sum + (F::from_f64(mean) + F::from_f64(std) * distribution::normal::<F>(word(draw)))
    })
}

impl<F: Float + Scalar> Neurons<F> {
    /// What [`Buffers::Plain`] names, and nothing else.
    fn new(plan: &Plan, population: usize, graph: fn(ModelRef) -> Graph) -> Self {
        let p = &plan.populations[population];
        let Some(n) = &p.neurons else {
            return Neurons { model: None, state: vec![], sums: vec![], fired: vec![] };
        };
        let (batch, flat) = (plan.batch(), p.size as usize * plan.batch());
        let mut state = vec![vec![F::default(); flat]; n.model.state().len()];
        for lane in 0..batch {
            let initial = plan.initial_state(population, lane).expect("neurons have a state");
            initial.each(0..p.size as usize, |neuron, values| {
                for (slot, &x) in state.iter_mut().zip(values) {
                    slot[neuron * batch + lane] = kept(n, F::from_f64(x));
                }
            });
        }
        Neurons {
            model: Some(Evaluator::new(&graph(n.model))),
            state,
            sums: vec![0; n.ports.len() * flat],
            fired: vec![false; fired_steps(p.max_delay) * flat],
        }
    }

    fn bytes(&self) -> usize {
        let state: usize = self.state.iter().map(|slot| size_of_val(&slot[..])).sum();
        state + size_of_val(&self.sums[..]) + size_of_val(&self.fired[..])
    }
}

impl<F: Float + Scalar> Session for Running<F> {
    fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn run(&mut self, steps: u64) -> Result<u64> {
        let (populations, batch) = (&self.plan.populations, self.plan.batch());
        let full = record_room(populations, batch) - most_spikes(populations, batch);
        for done in 0..steps {
            if self.record.len() > full {
                return Ok(done);
            }
            self.advance();
            self.check_finite()?;
        }
        Ok(steps)
    }

    fn push_spikes(&mut self, spikes: &[Spike]) -> Result<()> {
        let mut all = self.plan.source_spikes(spikes, self.step)?;
        for (p, new) in all.iter_mut().enumerate() {
            let arrived = u64::from(self.plan.populations[p].max_delay);
            new.extend(self.pushed[p].iter().filter(|s| s.0 + arrived >= self.step));
            new.sort_unstable();
            self.plan.check_multiplicity(p, new)?;
        }
        self.pushed = all;
        Ok(())
    }

    fn drain_spikes(&mut self, out: &mut Vec<Spike>) -> Result<()> {
        out.append(&mut self.record);
        Ok(())
    }

    fn stream(&mut self, slot: Slot, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.plan.slot_bytes(slot)?;
        let batch = self.plan.batch() as u32;
        match slot {
            Slot::State { population, slot } => {
                each(bytemuck::cast_slice(&self.neurons[population].state[slot]));
            }
            Slot::InFlight { population } => {
                let oldest = u64::from(self.plan.populations[population].max_delay);
                for age in 1..=oldest.min(self.step) {
                    for (neuron, lane) in self.fired(population, self.step - age) {
                        each(bytemuck::bytes_of(&[age as u32, neuron as u32, lane as u32]));
                    }
                }
            }
            Slot::Pushed { population } => {
                let arrived = u64::from(self.plan.populations[population].max_delay);
                for s in self.pushed[population].iter().filter(|s| s.0 + arrived >= self.step) {
                    each(&s.0.to_le_bytes());
                    each(bytemuck::bytes_of(&[s.1 / batch, s.1 % batch]));
                }
            }
            // the clock: there are no slots of plastic synapses
            _ => each(&self.step.to_le_bytes()),
        }
        Ok(())
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<()> {
        self.plan.check_slot(slot, bytes, self.step)?;
        let batch = self.plan.batch();
        let word = |b: &[u8]| bytemuck::pod_read_unaligned::<u32>(b) as usize;
        match slot {
            Slot::State { population, slot } => {
                let n = self.plan.populations[population].neurons.as_ref().expect("neurons");
                let values = bytes.chunks_exact(size_of::<F>()).map(bytemuck::pod_read_unaligned);
                let state = &mut self.neurons[population].state[slot];
                state.iter_mut().zip(values).for_each(|(x, value)| *x = kept(n, value));
            }
            Slot::InFlight { population } => {
                let p = &self.plan.populations[population];
                let (flat, steps) = (p.size as usize * batch, fired_steps(p.max_delay) as u64);
                let fired = &mut self.neurons[population].fired;
                fired.fill(false);
                for b in bytes.chunks_exact(12) {
                    let then = ((self.step - word(&b[..4]) as u64) % steps) as usize;
                    fired[then * flat + word(&b[4..8]) * batch + word(&b[8..])] = true;
                }
            }
            Slot::Pushed { population } => {
                let spike = |b: &[u8]| {
                    let step: u64 = bytemuck::pod_read_unaligned(&b[..8]);
                    (step, (word(&b[8..12]) * batch + word(&b[12..])) as u32)
                };
                self.pushed[population] = bytes.chunks_exact(16).map(spike).collect();
            }
            // the clock, which comes first in a restore: the old time is left
            _ => {
                self.step = bytemuck::pod_read_unaligned(bytes);
                self.record.clear();
                self.pushed.iter_mut().for_each(Vec::clear);
                self.neurons.iter_mut().for_each(|n| n.fired.fill(false));
            }
        }
        Ok(())
    }

    fn allocated_bytes(&self) -> u64 {
        let neurons: usize = self.neurons.iter().map(Neurons::bytes).sum();
        let pushed: usize = self.pushed.iter().map(|p| size_of_val(&p[..])).sum();
        let record = self.record.capacity() * size_of::<Spike>();
        self.plan.allocated_bytes() + (neurons + pushed + record) as u64
    }
}
