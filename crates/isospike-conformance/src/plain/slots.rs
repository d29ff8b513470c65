//! Reading and writing the slots of a plain session in their canonical layouts.

use super::learning::Traces;
use super::session::{Cells, PlainSession, kept};
use bytemuck::Pod;
use isospike_backend::plan::plain::fired_steps;
use isospike_backend::plan::{SourceSpike, Table};
use isospike_backend::{Result, Slot};
use isospike_lane::Float;
use isospike_trace::Scalar;

/// Reads a slot.
pub(super) fn read<F: Float + Scalar>(s: &PlainSession<F>, slot: Slot) -> Result<Vec<u8>> {
    s.plan.slot_bytes(slot)?;
    let mut out = Vec::new();
    match slot {
        Slot::Clock => put(&mut out, s.step),
        Slot::State { population, slot } => {
            cells(s, population).state[slot].iter().for_each(|x| put(&mut out, *x));
        }
        Slot::Past { population, filter } => {
            cells(s, population).past[filter].iter().for_each(|x| put(&mut out, *x));
        }
        Slot::InFlight { population } => {
            for age in 1..=u64::from(s.plan.populations[population].max_delay).min(s.step) {
                for (neuron, lane) in s.fired(population, s.step - age) {
                    [age as u32, neuron as u32, lane as u32]
                        .into_iter()
                        .for_each(|x| put(&mut out, x));
                }
            }
        }
        Slot::Pushed { population } => {
            let oldest = s.step.saturating_sub(s.plan.populations[population].max_delay.into());
            let batch = s.plan.batch() as u32;
            for &(step, flat) in s.pushed[population].iter().filter(|p| p.0 >= oldest) {
                put(&mut out, step);
                [flat / batch, flat % batch].into_iter().for_each(|x| put(&mut out, x));
            }
        }
        Slot::Weights { table } => {
            let weight = &s.plastic[table].as_ref().expect("a plastic table").weight;
            let order = order(&s.plan.tables()[table], s.plan.batch());
            order.into_iter().for_each(|i| put(&mut out, weight[i]));
        }
        Slot::PreTrace { table } => {
            let synapses = s.plastic[table].as_ref().expect("a plastic table");
            for (last, trace) in synapses.last.iter().zip(&synapses.trace) {
                put(&mut out, *last);
                put(&mut out, *trace);
            }
        }
        Slot::PostHistory { rule, population } => {
            let traces = &s.traces[traces_of(s, rule, population)];
            for flat in 0..s.plan.populations[population].size as usize * s.plan.batch() {
                let spikes = history(s, traces, flat);
                put(&mut out, spikes.len() as u64);
                for (time, trace) in spikes {
                    put(&mut out, time);
                    put(&mut out, trace);
                }
            }
        }
        Slot::Pending { population } => {
            for i in pending_order(s, population) {
                put(&mut out, cells(s, population).pending[i]);
            }
        }
    }
    Ok(out)
}

/// Writes a slot; nothing is changed when the bytes do not fit.
pub(super) fn write<F: Float + Scalar>(
    s: &mut PlainSession<F>,
    slot: Slot,
    bytes: &[u8],
) -> Result<()> {
    s.plan.check_slot(slot, bytes, s.step)?;
    let mut rest = bytes;
    match slot {
        Slot::Clock => s.leave_for(take(&mut rest)),
        Slot::State { population, slot } => {
            let neurons = s.plan.populations[population].neurons.as_ref().expect("neurons");
            let cells = s.cells[population].as_mut().expect("neurons");
            for x in &mut cells.state[slot] {
                *x = kept(neurons.state, take(&mut rest));
            }
        }
        Slot::Past { population, filter } => {
            let cells = s.cells[population].as_mut().expect("neurons");
            cells.past[filter].iter_mut().for_each(|x| *x = take(&mut rest));
        }
        Slot::InFlight { population } => {
            let (p, batch) = (&s.plan.populations[population], s.plan.batch());
            let (flat, steps) = (p.size as usize * batch, fired_steps(p.max_delay) as u64);
            let cells = s.cells[population].as_mut().expect("neurons");
            cells.fired.fill(0);
            while !rest.is_empty() {
                let [age, neuron, lane] = [(); 3].map(|()| take::<u32>(&mut rest));
                let slot = ((s.step - u64::from(age)) % steps) as usize;
                cells.fired[slot * flat + neuron as usize * batch + lane as usize] += 1;
            }
        }
        Slot::Pushed { population } => {
            let mut spikes: Vec<SourceSpike> = Vec::new();
            while !rest.is_empty() {
                let step: u64 = take(&mut rest);
                let [neuron, lane] = [(); 2].map(|()| take::<u32>(&mut rest));
                spikes.push((step, neuron * s.plan.batch() as u32 + lane));
            }
            s.pushed[population] = spikes;
        }
        Slot::Weights { table } => {
            let synapses = s.plastic[table].as_mut().expect("a plastic table");
            for i in order(&s.plan.tables()[table], s.plan.batch()) {
                synapses.weight[i] = kept(synapses.format, take(&mut rest));
            }
        }
        Slot::PreTrace { table } => {
            let synapses = s.plastic[table].as_mut().expect("a plastic table");
            for (last, trace) in synapses.last.iter_mut().zip(&mut synapses.trace) {
                (*last, *trace) = (take(&mut rest), take(&mut rest));
            }
        }
        Slot::PostHistory { rule, population } => {
            let i = traces_of(s, rule, population);
            let oldest = s.step.saturating_sub(s.plan.longest_delay(rule).into());
            for flat in 0..s.plan.populations[population].size as usize * s.plan.batch() {
                let n: u64 = take(&mut rest);
                let spikes: Vec<(u64, F)> =
                    (0..n).map(|_| (take(&mut rest), take(&mut rest))).collect();
                for time in oldest..=s.step {
                    let last = spikes.iter().rfind(|spike| spike.0 <= time);
                    s.traces[i].set(time, flat, last.copied().unwrap_or_default());
                }
            }
        }
        Slot::Pending { population } => {
            for i in pending_order(s, population) {
                let cells = s.cells[population].as_mut().expect("neurons");
                cells.pending[i] = take(&mut rest);
            }
        }
    }
    Ok(())
}

/// Appends a number, little-endian as every machine that runs this.
fn put<T: Pod>(out: &mut Vec<u8>, x: T) {
    out.extend_from_slice(bytemuck::bytes_of(&x));
}

/// The next number of bytes whose length was checked.
fn take<T: Pod>(bytes: &mut &[u8]) -> T {
    let (now, rest) = bytes.split_at(size_of::<T>());
    *bytes = rest;
    bytemuck::pod_read_unaligned(now)
}

fn cells<F>(s: &PlainSession<F>, population: usize) -> &Cells<F> {
    s.cells[population].as_ref().expect("neurons")
}

fn traces_of<F>(s: &PlainSession<F>, rule: usize, population: usize) -> usize {
    let mine = |t: &Traces<F>| t.rule == rule && t.population == population;
    s.traces.iter().position(mine).expect("the rule reaches the population")
}

/// The spikes that may still be asked for, and the one before them, with the trace after each.
fn history<F: Float + Scalar>(
    s: &PlainSession<F>,
    traces: &Traces<F>,
    flat: usize,
) -> Vec<(u64, F)> {
    let oldest = s.step.saturating_sub(s.plan.longest_delay(traces.rule).into());
    let mut spikes: Vec<_> = (oldest..=s.step).map(|time| traces.at(time, flat)).collect();
    spikes.dedup_by_key(|spike| spike.0);
    spikes.retain(|spike| spike.0 > 0);
    spikes
}

/// Indices of a plastic table's weights in canonical order: source, delay, port, target, lane.
fn order(table: &Table, batch: usize) -> Vec<usize> {
    let mut all = Vec::new();
    let ports = table.groups.iter().map(|g| g.1 + 1).max().unwrap_or(0);
    for source in 0..table.sources() {
        for delay in table.first_delay..table.first_delay + table.delays {
            for port in 0..ports {
                for group in (0..table.groups.len()).filter(|&g| table.groups[g].1 == port) {
                    let synapses = table.segment(source, group, delay);
                    all.extend(synapses.start * batch..synapses.end * batch);
                }
            }
        }
    }
    all
}

/// Indices of what plastic synapses have sent, the next step first.
fn pending_order<F>(s: &PlainSession<F>, population: usize) -> Vec<usize> {
    let p = &s.plan.populations[population];
    let neurons = p.neurons.as_ref().expect("neurons");
    let (steps, width) =
        (u64::from(neurons.pending), neurons.ports.len() * p.size as usize * s.plan.batch());
    let slots = (s.step..s.step + steps).map(|step| (step % steps) as usize * width);
    slots.flat_map(|start| start..start + width).collect()
}
