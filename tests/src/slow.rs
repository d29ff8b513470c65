//! A slow reference: one lane, one synapse, one step at a time, sums in 128 bits.
//!
//! It shares with the backends what the plan decides (grid of the weights, addresses of draws) and
//! the equations of a model, and nothing of how they are executed: spikes are pushed into a
//! calendar when they are emitted, and neurons advance sixteen at a time on the baseline
//! instructions. The tables it takes weights from are checked against the wiring by
//! `fixed_point.rs`. It knows no plasticity: `stdp.rs` has its own reference.

use isospike::backend::plan::{Accumulator, Drive, NeuronPlan, Synapses, pow2};
use isospike::lane::isa::Isa;
use isospike::lane::{Key, Purpose, distribution, word};
use isospike::model::{ALIGN, Block, Column, Real, Sums};
use isospike::net::{Column as Values, Dynamics, Input, Neurons};
use isospike::{Plan, Spike};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One lane of a network.
pub trait Slow {
    /// Does the next step; returns its spikes.
    fn step(&mut self) -> Vec<Spike>;
    /// A state variable in working form, widened to f64.
    fn state(&self, population: usize, slot: usize) -> Vec<f64>;
}

/// A synapse: what arrives where, and when.
#[derive(Clone, Copy)]
struct Synapse {
    population: usize,
    neuron: usize,
    port: usize,
    delay: u64,
    units: i64,
}

/// Synapses by source population and neuron; the same for all lanes.
pub struct Synaptome(Vec<Vec<Vec<Synapse>>>);

/// Neurons of one population, padded to whole blocks of sixteen.
struct Cells<F> {
    size: usize,
    state: Vec<Vec<F>>,
    consts: Vec<Vec<F>>,
}

struct Lane<F> {
    plan: Arc<Plan>,
    synapses: Arc<Synaptome>,
    lane: usize,
    now: u64,
    cells: Vec<Cells<F>>,
    calendar: BTreeMap<u64, Vec<Synapse>>,
}

impl Synaptome {
    /// Decodes the tables of a plan.
    pub fn new(plan: &Plan) -> Synaptome {
        let rows = |size: u32| vec![Vec::new(); size as usize];
        let mut all: Vec<_> = plan.populations.iter().map(|p| rows(p.size)).collect();
        for table in plan.tables() {
            assert!(!matches!(table.synapses, Synapses::Plastic { .. }), "the reference is static");
            for (source, row) in all[table.source].iter_mut().enumerate() {
                for (group, &(block, port)) in table.groups.iter().enumerate() {
                    for delay in table.first_delay..table.first_delay + table.delays {
                        for i in table.segment(source, group, delay) {
                            let (target, units) = table.decode(i);
                            let (population, neuron) = neuron_at(plan, block, target);
                            let delay = u64::from(delay);
                            let synapse = Synapse { population, neuron, port, delay, units };
                            row.push(synapse);
                        }
                    }
                }
            }
        }
        Synaptome(all)
    }
}

/// Population and neuron of an element of a block.
pub fn neuron_at(plan: &Plan, block: usize, target: u16) -> (usize, usize) {
    let layout = plan.layout();
    let pieces = &layout.pieces[layout.blocks[block].pieces.clone()];
    let target = usize::from(target);
    let inside =
        |p: &&isospike::backend::plan::Piece| p.offset <= target && target < p.offset + p.len;
    let piece = pieces.iter().find(inside).expect("a target is a neuron");
    (piece.population, piece.first + target - piece.offset)
}

/// A lane of a plan in its precision.
pub fn lane(plan: &Arc<Plan>, synapses: &Arc<Synaptome>, lane: usize) -> Box<dyn Slow> {
    match plan.precision() {
        isospike::Precision::F32 => Box::new(Lane::<f32>::new(plan, synapses, lane)),
        isospike::Precision::F64 => Box::new(Lane::<f64>::new(plan, synapses, lane)),
    }
}

impl<F: Real> Lane<F> {
    fn new(plan: &Arc<Plan>, synapses: &Arc<Synaptome>, lane: usize) -> Self {
        let cells = (0..plan.populations.len()).map(|p| Cells::new(plan, p, lane)).collect();
        let (plan, synapses) = (plan.clone(), synapses.clone());
        Lane { plan, synapses, lane, now: 0, cells, calendar: BTreeMap::new() }
    }

    fn emit(&mut self, population: usize, neuron: usize, out: &mut Vec<Spike>) {
        let synapses = self.synapses.clone();
        for s in &synapses.0[population][neuron] {
            self.calendar.entry(self.now + s.delay).or_default().push(*s);
        }
        let id = self.plan.populations[population].first_id + neuron as u32;
        out.push(Spike { step: self.now, lane: self.lane as u32, id });
    }

    /// Exact sums `[port][neuron]` of a population, in accumulator units.
    fn sums(&self, population: usize, neurons: &NeuronPlan, arrived: &[Synapse]) -> Vec<Vec<i128>> {
        let cells = &self.cells[population];
        let mut sums = vec![vec![0i128; cells.state_len()]; neurons.ports.len()];
        for s in arrived.iter().filter(|s| s.population == population) {
            sums[s.port][s.neuron] += i128::from(s.units);
        }
        for Drive::Poisson(p) in &neurons.drives {
            for neuron in 0..cells.size {
                let table = p.table_of.as_ref().map_or(0, |of| of[neuron]) as usize;
                let count = p.tables[table].count(self.word(population, p.draw, neuron));
                sums[p.port][neuron] += i128::from(count) * i128::from(p.weight);
            }
        }
        let most = match self.plan.accumulator {
            Accumulator::I32 => i128::from(i32::MAX),
            Accumulator::I64 => i128::from(i64::MAX),
        };
        assert!(sums.iter().flatten().all(|s| s.abs() <= most), "an accumulator would overflow");
        sums
    }

    fn word(&self, population: usize, draw: u32, neuron: usize) -> u32 {
        let key = Key(self.plan.network.lane_seeds[self.lane]);
        let draw = Purpose::Update.draw(draw as u16);
        word(key, self.now, draw, population as u32, neuron as u32)
    }

    /// Injected current of a neuron: all steps, then each noise in order.
    fn current(&self, population: usize, model: &Neurons, neuron: usize) -> F {
        let (dt, now) = (self.plan.network.dt_ms, self.now);
        let poisson = model.inputs.iter().filter(|i| matches!(i, Input::Poisson { .. })).count();
        let (mut steps, mut noises) = (0.0, Vec::new());
        for input in &model.inputs {
            match input {
                Input::Steps { times_ms, amplitudes } => {
                    let begun = |&(t, _): &(&f64, &f64)| (t / dt).round() as u64 <= now;
                    let last = times_ms.iter().zip(amplitudes).rfind(begun);
                    steps += last.map_or(0.0, |(_, a)| *a);
                }
                Input::Noise { mean, std } => noises.push((*mean, *std)),
                Input::Poisson { .. } => {}
            }
        }
        let mut current = F::from_f64(steps);
        for (i, (mean, std)) in noises.into_iter().enumerate() {
            let z = distribution::normal::<F>(self.word(population, (poisson + i) as u32, neuron));
            current = current + (F::from_f64(mean) + F::from_f64(std) * z);
        }
        current
    }

    /// Advances a population; returns who spiked.
    fn update(&mut self, population: usize, arrived: &[Synapse]) -> Vec<usize> {
        let plan = self.plan.clone();
        let Dynamics::Model(model) = &plan.network.populations[population].dynamics else {
            return Vec::new();
        };
        let neurons = plan.populations[population].neurons.as_ref().expect("it has a model");
        let sums = self.sums(population, neurons, arrived);
        let size = self.cells[population].size;
        let scale: Vec<F> = neurons.ports.iter().map(|p| F::from_f64(pow2(-p.exponent))).collect();
        let mut who = Vec::new();
        for first in (0..size).step_by(ALIGN) {
            let inside = |i: usize| (first + i).min(size - 1);
            let current: [F; ALIGN] =
                std::array::from_fn(|i| self.current(population, model, inside(i)));
            let words: Vec<[u32; ALIGN]> = (neurons.first_model_draw()..neurons.draws)
                .map(|d| std::array::from_fn(|i| self.word(population, d, inside(i))))
                .collect();
            let words: Vec<&[u32]> = words.iter().map(|w| &w[..]).collect();
            let mut ports: Vec<Vec<i64>> = sums
                .iter()
                .map(|s| s[first..][..ALIGN].iter().map(|&x| x as i64).collect())
                .collect();
            let mut ports: Vec<&mut [i64]> = ports.iter_mut().map(|p| &mut p[..]).collect();
            let cells = &mut self.cells[population];
            let consts: Vec<_> =
                cells.consts.iter().map(|c| Column::Each(&c[first..][..ALIGN])).collect();
            let mut state: Vec<_> =
                cells.state.iter_mut().map(|s| &mut s[first..][..ALIGN]).collect();
            let mut spiked = [false; ALIGN];
            let block = Block {
                len: ALIGN,
                state: &mut state,
                consts: &consts,
                sums: Sums::I64(&mut ports),
                scale: &scale,
                current: Column::Each(&current),
                draws: &words,
                spiked: &mut spiked,
            };
            F::step(neurons.model, Isa::Baseline, block);
            for x in state.iter_mut().flat_map(|s| s.iter_mut()) {
                *x = stored(neurons, *x);
            }
            who.extend((first..size.min(first + ALIGN)).filter(|i| spiked[i - first]));
        }
        who
    }
}

/// A state variable as it is kept between steps.
fn stored<F: Real>(neurons: &NeuronPlan, x: F) -> F {
    neurons.state.map_or(x, |format| F::from_f64(format.nearest(x.to_f64())))
}

impl<F: Real> Slow for Lane<F> {
    fn step(&mut self) -> Vec<Spike> {
        let mut spikes = Vec::new();
        let (plan, now) = (self.plan.clone(), self.now);
        for (population, p) in plan.populations.iter().enumerate() {
            for &(_, neuron) in p.train.iter().filter(|s| s.0 == now) {
                self.emit(population, neuron as usize, &mut spikes);
            }
        }
        let arrived = self.calendar.remove(&self.now).unwrap_or_default();
        for population in 0..plan.populations.len() {
            for neuron in self.update(population, &arrived) {
                self.emit(population, neuron, &mut spikes);
            }
        }
        self.now += 1;
        spikes.sort_unstable();
        spikes
    }

    fn state(&self, population: usize, slot: usize) -> Vec<f64> {
        let cells = &self.cells[population];
        cells.state[slot][..cells.size].iter().map(|x| x.to_f64()).collect()
    }
}

impl<F: Real> Cells<F> {
    fn new(plan: &Plan, population: usize, lane: usize) -> Self {
        let (network, p) = (&plan.network, &plan.populations[population]);
        let Some(neurons) = &p.neurons else {
            return Cells { size: 0, state: Vec::new(), consts: Vec::new() };
        };
        let (size, model) = (p.size as usize, neurons.model);
        let params = network.param_table(population);
        let user = network.initial_table(population, lane);
        let row =
            |columns: &[Values], i: usize| columns.iter().map(|c| c.at(i)).collect::<Vec<_>>();
        let padded = size.next_multiple_of(ALIGN);
        let mut state = vec![Vec::with_capacity(padded); model.state().len()];
        let mut consts = vec![Vec::with_capacity(padded); model.consts().len()];
        for i in (0..padded).map(|i| i.min(size - 1)) {
            let values = row(&params, i);
            let working = model.from_user(&values, &row(&user, i));
            let working = working.into_iter().map(|x| stored(neurons, F::from_f64(x)));
            state.iter_mut().zip(working).for_each(|(s, x)| s.push(x));
            let derived = model.derive(&values, network.dt_ms);
            consts.iter_mut().zip(derived).for_each(|(c, x)| c.push(F::from_f64(x)));
        }
        Cells { size, state, consts }
    }

    fn state_len(&self) -> usize {
        self.size.next_multiple_of(ALIGN)
    }
}
