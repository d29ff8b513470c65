//! Plasticity, plainly: every weight is up to date after every step.
//!
//! The order is NEST's. All delay is dendritic: a postsynaptic spike at time p reaches a synapse of
//! delay d at p + d. In a step, synapses first potentiate by the postsynaptic spikes that reach
//! them now, with the presynaptic trace as it was before; then those whose source fires depress
//! with the postsynaptic trace just before now - d, and send their weight, which arrives d later.
//! Times are steps plus one; 0 is never.

use super::neuron_at;
use super::session::{PlainSession, kept};
use isospike_backend::Plan;
use isospike_backend::plan::plain::trace_steps;
use isospike_backend::plan::{self, Table, pow2};
use isospike_lane::{Float, Half};
use isospike_model::Stdp;
use isospike_trace::Scalar;

/// What changes in a plastic table.
pub(super) struct Synapses<F> {
    /// What weights are rounded to after every change.
    pub(super) format: Option<Half>,
    /// `[synapse][lane]`
    pub(super) weight: Vec<F>,
    /// Time of the last spike of each source, `[source][lane]`.
    pub(super) last: Vec<u64>,
    /// Presynaptic trace just after it.
    pub(super) trace: Vec<F>,
}

/// Postsynaptic traces of a population that a rule reaches, as they were after each of the last
/// times: `[time, modulo their number][neuron][lane]`.
pub(super) struct Traces<F> {
    pub(super) rule: usize,
    pub(super) population: usize,
    /// Neurons times lanes.
    flat: usize,
    /// Time of the last spike up to then.
    time: Vec<u64>,
    /// Trace just after that spike.
    trace: Vec<F>,
}

/// A synapse: where it lies, where it ends.
struct Place {
    synapse: usize,
    delay: u64,
    population: usize,
    port: usize,
    neuron: usize,
}

impl<F: Float + Scalar> PlainSession<F> {
    /// Plasticity of this step, whose spikes are known.
    pub(super) fn learn(&mut self) {
        let (plan, now, batch) = (self.plan.clone(), self.step + 1, self.plan.batch());
        let rules: Vec<Stdp<F>> = (0..plan.rules.len()).map(|rule| plan.stdp(rule)).collect();
        for i in 0..self.traces.len() {
            let fired = self.fired(self.traces[i].population, self.step);
            let traces = &mut self.traces[i];
            traces.advance(now, &rules[traces.rule], fired.iter().map(|s| s.0 * batch + s.1));
        }
        for (t, table) in plan.tables().iter().enumerate() {
            let plan::Synapses::Plastic { rule, .. } = table.synapses else { continue };
            for source in 0..table.sources() {
                for place in places(&plan, table, source) {
                    self.potentiate(t, &rules[rule], source, &place);
                }
            }
            for (source, lane) in self.fired(table.source, self.step) {
                for place in places(&plan, table, source) {
                    self.fire(t, rule, &rules[rule], &place, lane);
                }
                let synapses = self.plastic[t].as_mut().expect("a plastic table");
                let (last, trace) = synapses.source(source * batch + lane);
                let steps = F::from_i64((now - *last) as i64);
                *trace = *trace * rules[rule].decay_plus(steps) + F::lit(1.0);
                *last = now;
            }
        }
    }

    /// A postsynaptic spike reaches a synapse now, if there was one a delay ago.
    fn potentiate(&mut self, table: usize, stdp: &Stdp<F>, source: usize, place: &Place) {
        let (now, batch) = (self.step + 1, self.plan.batch());
        let Some(then) = now.checked_sub(place.delay).filter(|t| *t > 0) else { return };
        let rule = self.rule_of(table);
        for lane in 0..batch {
            let (time, _) = self.post(rule, place.population).at(then, place.neuron * batch + lane);
            if time == then {
                let synapses = self.plastic[table].as_mut().expect("a plastic table");
                let (last, trace) = synapses.source(source * batch + lane);
                let trace = *trace * stdp.decay_plus(F::from_i64((now - *last) as i64));
                let w = &mut synapses.weight[place.synapse * batch + lane];
                [*w] = stdp.potentiate([*w], [trace]);
            }
        }
    }

    /// The source of a synapse fires.
    fn fire(&mut self, table: usize, rule: usize, stdp: &Stdp<F>, place: &Place, lane: usize) {
        let (plan, now, batch) = (self.plan.clone(), self.step + 1, self.plan.batch());
        let post = place.neuron * batch + lane;
        let before = now.saturating_sub(place.delay + 1);
        let (time, trace) = self.post(rule, place.population).at(before, post);
        let trace = match time {
            0 => F::lit(0.0),
            time => {
                let steps = F::from_i64((now - place.delay - time) as i64);
                trace * stdp.decay_minus(steps)
            }
        };
        let synapses = self.plastic[table].as_mut().expect("a plastic table");
        let w = &mut synapses.weight[place.synapse * batch + lane];
        [*w] = stdp.depress([*w], [trace]);
        let neurons = plan.populations[place.population].neurons.as_ref().expect("neurons");
        let scale = F::from_f64(pow2(neurons.ports[place.port].exponent));
        let most = plan.plastic_bound(rule, neurons, place.port);
        let units = (stdp.emitted(*w) * scale).rint().to_f64() as i64;
        let flat = plan.populations[place.population].size as usize * batch;
        let arrival = self.step + place.delay;
        let slot = (arrival % u64::from(neurons.pending)) as usize * neurons.ports.len();
        let cells = self.cells[place.population].as_mut().expect("neurons");
        cells.pending[(slot + place.port) * flat + post] += units.clamp(-most, most);
    }

    fn rule_of(&self, table: usize) -> usize {
        match self.plan.tables()[table].synapses {
            plan::Synapses::Plastic { rule, .. } => rule,
            _ => unreachable!("a plastic table"),
        }
    }

    fn post(&self, rule: usize, population: usize) -> &Traces<F> {
        let mine = |t: &&Traces<F>| t.rule == rule && t.population == population;
        self.traces.iter().find(mine).expect("the rule reaches the population")
    }
}

/// The synapses of a source.
fn places(plan: &Plan, table: &Table, source: usize) -> Vec<Place> {
    let plan::Synapses::Plastic { targets, .. } = &table.synapses else { return Vec::new() };
    let mut all = Vec::new();
    for delay in table.first_delay..table.first_delay + table.delays {
        for (group, &(block, port)) in table.groups.iter().enumerate() {
            for synapse in table.segment(source, group, delay) {
                let (population, neuron) = neuron_at(plan, block, targets[synapse]);
                all.push(Place { synapse, delay: delay.into(), population, port, neuron });
            }
        }
    }
    all
}

impl<F: Float> Synapses<F> {
    pub(super) fn new(plan: &Plan, table: &Table) -> Option<Self> {
        let plan::Synapses::Plastic { initial, half, .. } = &table.synapses else { return None };
        let (batch, sources) = (plan.batch(), table.sources() * plan.batch());
        let weight = |i: usize| kept(*half, F::from_f64(initial.at(i / batch)));
        Some(Synapses {
            format: *half,
            weight: (0..table.len() * batch).map(weight).collect(),
            last: vec![0; sources],
            trace: vec![F::default(); sources],
        })
    }

    fn source(&mut self, flat: usize) -> (&mut u64, &mut F) {
        (&mut self.last[flat], &mut self.trace[flat])
    }

    pub(super) fn forget(&mut self) {
        self.last.fill(0);
        self.trace.fill(F::default());
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.weight[..]) + size_of_val(&self.last[..]) + size_of_val(&self.trace[..])
    }
}

impl<F: Float> Traces<F> {
    /// One for each rule and population it reaches.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        let pairs = (0..plan.rules.len())
            .flat_map(|rule| (0..plan.populations.len()).map(move |population| (rule, population)));
        let reached = pairs.filter(|&(rule, population)| plan.learns(rule, population));
        let new = |(rule, population): (usize, usize)| {
            let flat = plan.populations[population].size as usize * plan.batch();
            let n = trace_steps(plan.longest_delay(rule)) * flat;
            Traces { rule, population, flat, time: vec![0; n], trace: vec![F::default(); n] }
        };
        reached.map(new).collect()
    }

    /// Last spike up to a time, and trace just after it.
    pub(super) fn at(&self, time: u64, flat: usize) -> (u64, F) {
        let i = self.slot(time) + flat;
        (self.time[i], self.trace[i])
    }

    pub(super) fn set(&mut self, time: u64, flat: usize, (last, trace): (u64, F)) {
        let i = self.slot(time) + flat;
        (self.time[i], self.trace[i]) = (last, trace);
    }

    fn slot(&self, time: u64) -> usize {
        let steps = (self.time.len() / self.flat) as u64;
        (time % steps) as usize * self.flat
    }

    /// Goes on to a time at which these neurons fired.
    fn advance(&mut self, now: u64, stdp: &Stdp<F>, fired: impl Iterator<Item = usize>) {
        for flat in 0..self.flat {
            self.set(now, flat, self.at(now - 1, flat));
        }
        for flat in fired {
            let (last, trace) = self.at(now - 1, flat);
            let left = match last {
                0 => F::lit(0.0),
                last => trace * stdp.decay_minus(F::from_i64((now - last) as i64)),
            };
            self.set(now, flat, (now, left + F::lit(1.0)));
        }
    }

    pub(super) fn forget(&mut self) {
        self.time.fill(0);
        self.trace.fill(F::default());
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.time[..]) + size_of_val(&self.trace[..])
    }
}
