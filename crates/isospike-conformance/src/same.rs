//! Two sessions side by side.

use crate::plain::Plain;
use isospike_backend::plan::Slot;
use isospike_backend::{Backend, Plan, PlanOptions, Session, SessionExt, Spike};
use isospike_net::Network;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A session of the reference.
///
/// # Panics
/// If the network is not valid.
pub fn reference(network: &Network) -> Box<dyn Session> {
    let device = Plain.open(0).expect("it is there");
    let buffers = device.capability().buffers;
    let options = PlanOptions { buffers, ..PlanOptions::default() };
    let plan = Plan::new(Arc::new(network.clone()), &options);
    let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", network.name));
    device.compile(Arc::new(plan)).unwrap_or_else(|e| panic!("{}: {e}", network.name))
}

/// Goes on for some steps, so many at a time; returns the spikes.
///
/// # Panics
/// If the session fails.
pub fn advance(session: &mut dyn Session, steps: u64, chunk: u64) -> Vec<Spike> {
    let mut spikes = Vec::new();
    let run = session.run_steps(steps, chunk, |_, new| {
        spikes.extend_from_slice(new);
        ControlFlow::Continue(())
    });
    run.unwrap_or_else(|e| panic!("{e}"));
    spikes
}

/// Runs two sessions of a network for some steps and compares all spikes, and all slots after each
/// of the first steps and then now and then. Returns the spikes.
///
/// # Errors
/// Where they part: what `a` has and what `b` has.
///
/// # Panics
/// If a session fails.
pub fn run(a: &mut dyn Session, b: &mut dyn Session, steps: u64) -> Result<Vec<Spike>, String> {
    let end = a.step() + steps;
    let (mut all, mut portion) = (Vec::new(), 1);
    states(a, b)?;
    while a.step() < end {
        let n = portion.min(end - a.step());
        let (spikes, expected) = (advance(a, n, n), advance(b, n, n));
        for i in 0..spikes.len().max(expected.len()) {
            let (found, expected) = (spikes.get(i), expected.get(i));
            if found != expected {
                let i = all.len() + i;
                return Err(format!("spike {i} is {found:?}, in the reference {expected:?}"));
            }
        }
        states(a, b)?;
        all.extend(spikes);
        portion = (2 * portion).min(MOST);
    }
    Ok(all)
}

/// Most steps between two looks at the state.
const MOST: u64 = 64;

/// Compares all slots.
///
/// # Errors
/// The first that differs, and where.
///
/// # Panics
/// If a slot cannot be read.
pub fn states(a: &mut dyn Session, b: &mut dyn Session) -> Result<(), String> {
    let (plan, step) = (a.plan().clone(), a.step());
    for (name, slot) in plan.slots() {
        let (found, expected) = (read(a, slot), read(b, slot));
        if found == expected {
            continue;
        }
        if let Slot::State { .. } = slot {
            let values = |s: &mut dyn Session| s.read_values(slot).expect("as before");
            let (found, expected) = (values(a), values(b));
            let at = (0..found.len()).find(|&i| found[i].to_bits() != expected[i].to_bits());
            if let Some(i) = at {
                let (neuron, lane) = (i / plan.batch(), i % plan.batch());
                return Err(format!(
                    "step {step}: {name} of neuron {neuron}, lane {lane} is {:e}, in the reference {:e}",
                    found[i], expected[i]
                ));
            }
        }
        let at = found.iter().zip(&expected).position(|(a, b)| a != b);
        let lengths = (found.len(), expected.len());
        return Err(format!(
            "step {step}: {name} differs from byte {at:?} on (lengths {lengths:?})"
        ));
    }
    Ok(())
}

fn read(session: &mut dyn Session, slot: Slot) -> Vec<u8> {
    session.read(slot).unwrap_or_else(|e| panic!("{slot:?}: {e}"))
}
