//! How many bytes a step has to move, predicted from the plan; and, by the same count, how many a
//! device can.
//!
//! A step reads and writes every state variable, reads every constant that each neuron has of its
//! own, and reads and clears every accumulator; a synaptic event reads a stored synapse (target and
//! weight) and reads and writes an accumulator of each lane. Whatever a backend moves beyond that
//! (indices, spike lists, random words, parts of cache lines that are not used) is not counted:
//! bytes over time is what arrives of the bandwidth, not what is on the bus. A network that fits
//! into a cache can have more than the device's memory gives.

use anyhow::{Context, Result};
use isospike::backend::Session;
use isospike::backend::plan::{Accumulator, Synapses, Table};
use isospike::lane::Lane;
use isospike::model::{About, Inputs, Model, ModelRef, NoSlots, Sign, params, slots};
use isospike::{Network, Options, Plan, Precision, SessionExt};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

/// What a plan's steps move.
pub struct Traffic {
    /// Bytes of every step, whoever spikes.
    pub update_bytes: u64,
    /// Bytes of delivering one spike of each neuron or source, by global id.
    pub spike_bytes: Vec<u64>,
}

impl Traffic {
    /// Predicts it.
    pub fn of(plan: &Plan) -> Traffic {
        let float = match plan.precision() {
            Precision::F32 => 4,
            Precision::F64 => 8,
        };
        let sum = match plan.accumulator {
            Accumulator::I32 => 4,
            Accumulator::I64 => 8,
        };
        let lanes = plan.batch() as u64;
        let mut update_bytes = 0;
        for p in &plan.populations {
            let Some(n) = &p.neurons else { continue };
            let own = n.consts.iter().filter(|c| c.uniform().is_none());
            // state in 16 bits has 16 bits everywhere
            let variable = if n.state.is_some() { 2 } else { float };
            let state = 2 * n.model.state().len() as u64 * variable;
            let (own, sums) = (own.count() as u64 * float, 2 * n.ports.len() as u64 * sum);
            update_bytes += u64::from(p.size) * lanes * (state + own + sums);
        }
        let mut spike_bytes = vec![0; plan.n_neurons() as usize];
        for table in plan.tables() {
            let first = plan.populations[table.source].first_id as usize;
            let each = synapse_bytes(plan, table) + 2 * sum * lanes;
            for (bytes, row) in spike_bytes[first..].iter_mut().zip(table.row_start.windows(2)) {
                *bytes += (row[1] - row[0]) * each;
            }
        }
        Traffic { update_bytes, spike_bytes }
    }
}

/// Target and weight of one synapse; a plastic weight is read and written.
fn synapse_bytes(plan: &Plan, table: &Table) -> u64 {
    match &table.synapses {
        Synapses::Constant { .. } => 2,
        Synapses::U8 { .. } | Synapses::I8 { .. } => 3,
        Synapses::U16 { .. } | Synapses::I16 { .. } | Synapses::Half { .. } => 4,
        Synapses::I32 { .. } => 6,
        Synapses::I64 { .. } => 10,
        Synapses::Plastic { .. } => 2 + 2 * plastic_bytes(plan, table),
    }
}

/// Bytes of a plastic weight in all lanes, as the plan's buffers keep it: devices keep as a float
/// what the CPU keeps in 16 bits.
fn plastic_bytes(plan: &Plan, table: &Table) -> u64 {
    let mut buffers = plan.memory.buffers.iter();
    let weights = (table.len() * plan.batch()) as u64;
    let kept = buffers
        .find(|b| b.owner == table.name && b.name == "plastic weights" && b.count == weights);
    kept.map_or(0, |b| b.bytes / table.len() as u64)
}

/// A model that only copies: each variable takes the value of the next.
#[derive(Clone, Copy, Debug)]
struct Copying;

params! {
    /// Nothing to set.
    pub struct Nothing {
        unused: 0.0, "", Any, "has no effect";
    }
}

slots! {
    /// What is copied.
    pub struct Ring {
        a: "", "takes b";
        b: "", "takes c";
        c: "", "takes d";
        d: "", "takes a";
    }
}

impl Model for Copying {
    const NAME: &'static str = "copying";
    const ABOUT: About = About {
        summary: "Moves its state round and computes nothing.",
        equations: "a' = b, b' = c, c' = d, d' = a",
        references: "",
    };
    type Params = Nothing;
    type Const<L: Copy> = NoSlots<L>;
    type State<L: Copy> = Ring<L>;
    type Ports<L: Copy> = NoSlots<L>;
    const SIGNS: &'static [Sign] = &[];

    fn derive(_: &Nothing, _: f64) -> NoSlots<f64> {
        NoSlots::default()
    }
    fn initial(_: &Nothing) -> Ring<f64> {
        Ring { a: 1.0, b: 2.0, c: 3.0, d: 4.0 }
    }
    #[inline(always)]
    fn step<L: Lane>(_: &NoSlots<L>, s: &mut Ring<L>, _: &Inputs<'_, L, NoSlots<L>>) -> L::Mask {
        *s = Ring { a: s.b, b: s.c, c: s.d, d: s.a };
        s.a.lt(L::lit(0.0))
    }
}

/// Copied bytes of a step are twice this (each is read and written): more than any cache holds.
const COPIED_BYTES: u64 = 128 << 20;

/// The copy bandwidth of a device (bytes read and written per second): what it moves when its
/// kernels are given nothing to compute. It is the slope between short and long runs, so that what
/// a run costs whatever its length (looking for values that are not finite) does not count.
///
/// # Errors
/// If the device cannot be opened or has too little memory.
pub fn copy_bandwidth(options: &Options) -> Result<f64> {
    const COPYING: ModelRef = &Copying;
    const LEAST_S: f64 = 0.1;
    const MOST_STEPS: u64 = 1 << 14;
    let neurons = COPIED_BYTES / 16;
    let network =
        Network::build("copy").population("n", neurons as u32, COPYING, |p| p).finish()?;
    let (device, plan) = options.open()?;
    let plan = Arc::new(Plan::new(Arc::new(network), &plan)?);
    let traffic = Traffic::of(&plan);
    let mut session = device.compile(plan)?;
    let mut best = |steps: u64| -> Result<f64> {
        let times = [time(&mut *session, steps)?, time(&mut *session, steps)?];
        Ok(times[0].min(times[1]))
    };
    // The first touches memory for the first time.
    best(1)?;
    let mut steps = 2;
    loop {
        let slope = best(3 * steps)? - best(steps)?;
        if slope >= LEAST_S || steps >= MOST_STEPS {
            let bytes = (2 * steps * traffic.update_bytes) as f64;
            return (slope > 0.0).then(|| bytes / slope).context("longer runs took no longer");
        }
        steps *= 2;
    }
}

/// Seconds that so many steps take.
fn time(session: &mut dyn Session, steps: u64) -> Result<f64> {
    let start = Instant::now();
    session.run_steps(steps, steps, |_, _| ControlFlow::Continue(()))?;
    Ok(start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike::backend::PlanOptions;
    use isospike::backend::memory::Buffers;
    use isospike::net::WeightStorage;

    fn traffic(network: Network) -> (Traffic, Plan) {
        let plan = Plan::new(Arc::new(network), &PlanOptions::default()).expect("a plan");
        (Traffic::of(&plan), plan)
    }

    #[test]
    fn bytes_of_an_update_are_counted_by_hand() {
        let model: ModelRef = &Copying;
        let network = Network::build("n").population("n", 1000, model, |p| p).finish();
        assert_eq!(traffic(network.expect("valid")).0.update_bytes, 1000 * 2 * 4 * 4);
        // V_m and the refractory counter, and one port; a current of its own is one constant more.
        let delta = |currents: bool| {
            let network = Network::build("n").population("n", 100, "iaf_psc_delta", |p| {
                if currents {
                    p.param("I_e", (0..100).map(f64::from).collect::<Vec<_>>())
                } else {
                    p
                }
            });
            traffic(network.finish().expect("valid")).0.update_bytes
        };
        let slots =
            isospike::model::by_name("iaf_psc_delta").expect("bundled").state().len() as u64;
        assert_eq!(delta(false), 100 * (2 * 4 * slots + 2 * 4));
        assert_eq!(delta(true), delta(false) + 100 * 4);
    }

    #[test]
    fn plastic_weights_in_16_bits_are_floats_on_a_device() {
        let network = Network::build("n")
            .population("a", 10, "iaf_psc_delta", |p| p)
            .project("a", "a", |c| {
                let rule = isospike::net::Plasticity::pair(2.0);
                c.all_to_all().weight(1.0).delay(1.0).storage(WeightStorage::F16).plasticity(rule)
            })
            .finish()
            .expect("valid");
        let network = Arc::new(network);
        for (buffers, weight) in [(Buffers::Host, 2), (Buffers::Device, 4)] {
            let options = PlanOptions { buffers, ..PlanOptions::default() };
            let plan = Plan::new(network.clone(), &options).expect("a plan");
            let bytes = Traffic::of(&plan).spike_bytes[0];
            assert_eq!(bytes, 10 * (2 + 2 * weight + 2 * 4), "{buffers:?}");
        }
    }

    #[test]
    fn bytes_of_a_spike_are_counted_by_hand() {
        let network = Network::build("n")
            .population("a", 10, "iaf_psc_delta", |p| p)
            .population("b", 30, "iaf_psc_delta", |p| p)
            .project("a", "b", |c| c.all_to_all().weight(1.0).delay(1.0))
            .finish()
            .expect("valid");
        let (traffic, plan) = traffic(network);
        assert!(matches!(plan.tables()[0].synapses, Synapses::Constant { .. }));
        // Two bytes of target, an accumulator read and written.
        assert_eq!(traffic.spike_bytes[..10], [30 * (2 + 2 * 4); 10]);
        assert_eq!(traffic.spike_bytes[10..], [0; 30]);
    }
}
