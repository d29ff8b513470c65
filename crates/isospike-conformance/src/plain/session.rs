//! A plan running plainly.

use super::learning::{Synapses, Traces};
use super::{neuron_at, slots};
use isospike_backend::plan::plain::{fired_steps, most_spikes, record_room};
use isospike_backend::plan::{self, Drive, FilterPlan, NeuronPlan, SourceSpike, pow2};
use isospike_backend::{Error, ErrorKind, Plan, Result, Session, Slot, Spike};
use isospike_lane::filter::term;
use isospike_lane::{Float, Half, Key, Purpose, distribution, word};
use isospike_model::{ModelRef, Of};
use isospike_trace::{Evaluator, Graph, Scalar};
use std::iter::repeat_n;
use std::sync::Arc;

/// A session with floats `F`.
pub(super) struct PlainSession<F> {
    pub(super) plan: Arc<Plan>,
    pub(super) step: u64,
    /// By population; none for sources.
    pub(super) cells: Vec<Option<Cells<F>>>,
    /// By population: what was pushed to a source, (step, neuron times batch plus lane) ascending.
    pub(super) pushed: Vec<Vec<SourceSpike>>,
    /// By table; none for static ones.
    pub(super) plastic: Vec<Option<Synapses<F>>>,
    /// Of every population that a plasticity rule reaches.
    pub(super) traces: Vec<Traces<F>>,
    pub(super) record: Vec<Spike>,
}

/// The neurons of a population.
pub(super) struct Cells<F> {
    /// The model's step.
    evaluator: Evaluator,
    /// `[slot][neuron][lane]`
    pub(super) state: Vec<Vec<F>>,
    /// What arrives in this step, in accumulator units: `[port][neuron][lane]`.
    sums: Vec<i128>,
    /// What plastic synapses have sent: `[step, modulo their number][port][neuron][lane]`.
    pub(super) pending: Vec<i64>,
    /// How often they fired: `[step, modulo their number][neuron][lane]`.
    pub(super) fired: Vec<u8>,
    /// What each filter looks back on: `[age, the last step first][neuron][lane]`.
    pub(super) past: Vec<Vec<F>>,
}

impl<F: Float + Scalar> PlainSession<F> {
    pub(super) fn new(plan: Arc<Plan>, graph: fn(ModelRef) -> Graph) -> Self {
        let cells = (0..plan.populations.len()).map(|p| Cells::new(&plan, p, graph)).collect();
        let plastic = plan.tables().iter().map(|t| Synapses::new(&plan, t)).collect();
        let room = record_room(&plan.populations, plan.batch());
        PlainSession {
            step: 0,
            cells,
            pushed: vec![Vec::new(); plan.populations.len()],
            plastic,
            traces: Traces::all(&plan),
            record: Vec::with_capacity(room),
            plan,
        }
    }

    /// The definition of a step.
    fn advance(&mut self) {
        self.deliver();
        for population in 0..self.cells.len() {
            self.update(population);
        }
        self.record();
        self.learn();
        self.step += 1;
    }

    /// Who fired in a population in a step, (neuron, lane) ascending; who fired several times,
    /// several times.
    pub(super) fn fired(&self, population: usize, step: u64) -> Vec<(usize, usize)> {
        let (p, batch) = (&self.plan.populations[population], self.plan.batch());
        let place = |flat: usize| (flat / batch, flat % batch);
        match &self.cells[population] {
            Some(cells) => {
                let flat = p.size as usize * batch;
                let slot = (step % fired_steps(p.max_delay) as u64) as usize;
                let fired = &cells.fired[slot * flat..][..flat];
                (0..flat).flat_map(|i| repeat_n(place(i), fired[i].into())).collect()
            }
            None => {
                let lanes = |neuron: u32| (0..batch).map(move |lane| (neuron as usize, lane));
                let from = p.train.partition_point(|s| s.0 < step);
                let given = p.train[from..].iter().take_while(|s| s.0 == step);
                let pushed = self.pushed[population].iter().filter(|s| s.0 == step);
                let mut all: Vec<_> = given.flat_map(|s| lanes(s.1)).collect();
                all.extend(pushed.map(|s| place(s.1 as usize)));
                all.sort_unstable();
                all
            }
        }
    }

    /// Adds what arrives in this step: the synapses of everybody who fired a delay ago, and what
    /// plastic synapses have sent.
    fn deliver(&mut self) {
        let (plan, now, batch) = (self.plan.clone(), self.step, self.plan.batch());
        for cells in self.cells.iter_mut().flatten().filter(|c| !c.pending.is_empty()) {
            let steps = (cells.pending.len() / cells.sums.len()) as u64;
            let slot = (now % steps) as usize * cells.sums.len();
            for (i, sum) in cells.sums.iter_mut().enumerate() {
                *sum += i128::from(std::mem::take(&mut cells.pending[slot + i]));
            }
        }
        for table in plan.tables() {
            if let plan::Synapses::Plastic { .. } = table.synapses {
                continue;
            }
            for delay in table.first_delay..table.first_delay + table.delays {
                let Some(then) = now.checked_sub(delay.into()) else { break };
                for (source, lane) in self.fired(table.source, then) {
                    for (group, &(block, port)) in table.groups.iter().enumerate() {
                        for synapse in table.segment(source, group, delay) {
                            let (target, units) = table.decode(synapse);
                            let (population, neuron) = neuron_at(&plan, block, target);
                            let flat = plan.populations[population].size as usize * batch;
                            let cells = self.cells[population].as_mut().expect("neurons");
                            let at = port * flat + neuron * batch + lane;
                            cells.sums[at] += i128::from(units);
                        }
                    }
                }
            }
        }
    }

    /// Advances the neurons of a population, each in each lane.
    fn update(&mut self, population: usize) {
        let (plan, now, batch) = (&self.plan, self.step, self.plan.batch());
        let p = &plan.populations[population];
        let (Some(neurons), Some(cells)) = (&p.neurons, &mut self.cells[population]) else {
            return;
        };
        let flat = p.size as usize * batch;
        let slot = (now % fired_steps(p.max_delay) as u64) as usize * flat;
        for i in 0..flat {
            let (neuron, lane) = (i / batch, i % batch);
            let word = |draw: u32| {
                let key = Key(plan.network.lane_seeds[lane]);
                let draw = Purpose::Update.draw(draw as u16);
                word(key, now, draw, population as u32, neuron as u32)
            };
            for Drive::Poisson(input) in &neurons.drives {
                let table = input.table_of.as_ref().map_or(0, |of| of[neuron]) as usize;
                let count = i128::from(input.tables[table].count(word(input.draw)));
                cells.sums[input.port * flat + i] += count * i128::from(input.weight);
            }
            let mut filtered = Vec::new();
            for (filter, past) in neurons.filters.iter().zip(&mut cells.past) {
                let value = match filter.of {
                    Of::Port(port) => {
                        let sum = F::from_i64(cells.sums[port * flat + i] as i64);
                        sum * F::from_f64(pow2(-neurons.ports[port].exponent))
                    }
                    Of::State(slot) => cells.state[slot][i],
                };
                filtered.push(look_back(filter, value, past, i, flat));
            }
            let key = Key(plan.network.lane_seeds[lane]);
            let current = current::<F>(neurons, now, (lane, key), neuron, word);
            let e = &mut cells.evaluator;
            let mut args = 0..;
            let mut next = || args.next().expect("endless");
            cells.state.iter().for_each(|values| e.set(next(), values[i]));
            neurons.consts.iter().for_each(|c| e.set(next(), F::from_f64(c.at(neuron, lane))));
            for (k, port) in neurons.ports.iter().enumerate() {
                let sum = std::mem::take(&mut cells.sums[k * flat + i]);
                let fits = sum.unsigned_abs() <= plan.accumulator.max().into();
                assert!(fits, "the plan's proof is wrong: a sum of {sum} units");
                e.set(next(), F::from_i64(sum as i64) * F::from_f64(pow2(-port.exponent)));
            }
            filtered.into_iter().for_each(|sum| e.set(next(), sum));
            e.set(next(), current);
            (neurons.first_model_draw()..neurons.draws).for_each(|draw| e.set(next(), word(draw)));
            e.run();
            for (k, values) in cells.state.iter_mut().enumerate() {
                values[i] = kept(neurons.state, e.get(k));
            }
            let fires: bool = e.get(cells.state.len());
            let times = neurons.model.counts().map_or(1, |c| cells.state[c.slot][i].to_f64() as u8);
            cells.fired[slot + i] = if fires { times } else { 0 };
        }
    }

    fn record(&mut self) {
        let (plan, start) = (self.plan.clone(), self.record.len());
        for (population, p) in plan.populations.iter().enumerate() {
            let fired = self.fired(population, self.step);
            self.record.extend(fired.into_iter().map(|(neuron, lane)| Spike {
                step: self.step,
                lane: lane as u32,
                id: p.first_id + neuron as u32,
            }));
        }
        self.record[start..].sort_unstable();
    }

    /// Goes to another time, where nothing is recorded, under way, pushed or remembered of spikes.
    pub(super) fn leave_for(&mut self, step: u64) {
        self.step = step;
        self.record.clear();
        self.pushed.iter_mut().for_each(Vec::clear);
        for cells in self.cells.iter_mut().flatten() {
            cells.pending.fill(0);
            cells.fired.fill(0);
            cells.past.iter_mut().for_each(|past| past.fill(F::default()));
        }
        self.plastic.iter_mut().flatten().for_each(Synapses::forget);
        self.traces.iter_mut().for_each(Traces::forget);
    }

    /// Refuses a state or weight that became NaN or infinite.
    fn check_finite(&self) -> Result<()> {
        let not_finite = |what: String, values: &[F]| {
            let Some(i) = values.iter().position(|x| !x.is_finite()) else { return Ok(()) };
            let (at, lane) = (i / self.plan.batch(), i % self.plan.batch());
            let message = format!("{what} {at} became {}; it must stay finite", values[i]);
            Err(Error::new(ErrorKind::NotFinite, message).with("lane", lane))
        };
        for (p, cells) in self.plan.populations.iter().zip(&self.cells) {
            let (Some(neurons), Some(cells)) = (&p.neurons, cells) else { continue };
            for (info, values) in neurons.model.state().iter().zip(&cells.state) {
                not_finite(format!("{}.{} of neuron", p.name, info.name), values)?;
            }
        }
        for (table, synapses) in self.plan.tables().iter().zip(&self.plastic) {
            let Some(synapses) = synapses else { continue };
            not_finite(format!("{}: the weight of synapse", table.name), &synapses.weight)?;
        }
        Ok(())
    }
}

/// The filtered sum of an element whose value in this step is known; the value is remembered.
fn look_back<F: Float>(filter: &FilterPlan, value: F, past: &mut [F], i: usize, flat: usize) -> F {
    let kernel = filter.kernel(i).iter().map(|&k| F::from_f64(k));
    let (mut sum, mut value) = (F::default(), value);
    for (age, k) in kernel.enumerate() {
        sum = term(sum, k, value);
        if age < filter.past() {
            std::mem::swap(&mut value, &mut past[age * flat + i]);
        }
    }
    sum
}

/// A number as it is kept between steps: rounded, where it is stored in 16 bits.
pub(super) fn kept<F: Float>(format: Option<Half>, x: F) -> F {
    format.map_or(x, |format| F::from_f64(format.nearest(x.to_f64())))
}

/// Injected current: the value of the steps, then each stimulus and each noise in order.
fn current<F: Float>(
    neurons: &NeuronPlan,
    now: u64,
    (lane, key): (usize, Key),
    neuron: usize,
    word: impl Fn(u32) -> u32,
) -> F {
    let steps = F::from_f64(neurons.current.at(now));
    let stimulated = neurons.current.stimuli.iter().fold(steps, |sum, stimulus| {
        let value = stimulus.at(now, lane, key).of(neuron);
        sum + F::from_f64(stimulus.gain.at(neuron)) * F::from_f64(value)
    });
    neurons.current.noise.iter().fold(stimulated, |sum, &(mean, std, draw)| {
        let z = distribution::normal::<F>(word(draw));
        sum + (F::from_f64(mean) + F::from_f64(std) * z)
    })
}

impl<F: Float> Cells<F> {
    fn new(plan: &Plan, population: usize, graph: fn(ModelRef) -> Graph) -> Option<Self> {
        let p = &plan.populations[population];
        let neurons = p.neurons.as_ref()?;
        let (batch, flat) = (plan.batch(), p.size as usize * plan.batch());
        let mut state = vec![vec![F::default(); flat]; neurons.model.state().len()];
        for lane in 0..batch {
            let initial = plan.initial_state(population, lane).expect("neurons have a state");
            initial.each(0..p.size as usize, |neuron, values| {
                for (slot, &x) in state.iter_mut().zip(values) {
                    slot[neuron * batch + lane] = kept(neurons.state, F::from_f64(x));
                }
            });
        }
        let sums = neurons.ports.len() * flat;
        Some(Cells {
            evaluator: Evaluator::new(&graph(neurons.model)),
            state,
            sums: vec![0; sums],
            pending: vec![0; neurons.pending as usize * sums],
            fired: vec![0; fired_steps(p.max_delay) * flat],
            past: neurons.filters.iter().map(|f| vec![F::default(); f.past() * flat]).collect(),
        })
    }

    fn bytes(&self) -> usize {
        let state: usize = self.state.iter().map(|s| size_of_val(&s[..])).sum();
        let past: usize = self.past.iter().map(|p| size_of_val(&p[..])).sum();
        state
            + past
            + size_of_val(&self.sums[..])
            + size_of_val(&self.pending[..])
            + size_of_val(&self.fired[..])
    }
}

impl<F: Float + Scalar> Session for PlainSession<F> {
    fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn run(&mut self, steps: u64) -> Result<u64> {
        let most = most_spikes(&self.plan.populations, self.plan.batch());
        let room = record_room(&self.plan.populations, self.plan.batch());
        for done in 0..steps {
            if self.record.len() + most > room {
                return Ok(done);
            }
            self.advance();
            self.check_finite()?;
        }
        Ok(steps)
    }

    fn push_spikes(&mut self, spikes: &[Spike]) -> Result<()> {
        let mut all = self.plan.source_spikes(spikes, self.step)?;
        for (population, new) in all.iter_mut().enumerate().filter(|(_, new)| !new.is_empty()) {
            let arrived = u64::from(self.plan.populations[population].max_delay);
            let kept = self.pushed[population].iter().filter(|s| s.0 + arrived >= self.step);
            new.extend(kept);
            new.sort_unstable();
            self.plan.check_multiplicity(population, new)?;
        }
        for (pushed, new) in self.pushed.iter_mut().zip(all).filter(|(_, new)| !new.is_empty()) {
            *pushed = new;
        }
        Ok(())
    }

    fn drain_spikes(&mut self, out: &mut Vec<Spike>) -> Result<()> {
        out.append(&mut self.record);
        Ok(())
    }

    fn stream(&mut self, slot: Slot, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        each(&slots::read(self, slot)?);
        Ok(())
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<()> {
        slots::write(self, slot, bytes)
    }

    fn allocated_bytes(&self) -> u64 {
        let cells: usize = self.cells.iter().flatten().map(Cells::bytes).sum();
        let plastic: usize = self.plastic.iter().flatten().map(Synapses::bytes).sum();
        let traces: usize = self.traces.iter().map(Traces::bytes).sum();
        let pushed: usize = self.pushed.iter().map(|p| size_of_val(&p[..])).sum();
        let record = self.record.capacity() * size_of::<Spike>();
        self.plan.allocated_bytes() + (cells + plastic + traces + pushed + record) as u64
    }
}
