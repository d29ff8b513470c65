//! Where two runs of one network part.

use isospike_backend::plan::Slot;
use isospike_backend::{Plan, Result, Session, SessionExt, Snapshot, Spike};
use isospike_net::Precision;
use serde::Serialize;
use std::ops::ControlFlow;

/// The first thing in which two runs differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Divergence {
    /// The step in which it happened.
    pub step: u64,
    /// What differs: a spike that only one has, or a value of a state.
    pub what: String,
}

/// Goes on with two sessions of the same network, side by side, until they differ or `steps` steps
/// are done; `names` are what they are called. Long stretches are run in one go and, where the end
/// differs, run again step by step.
///
/// # Errors
/// From a session.
pub fn first_divergence(
    sessions: [&mut dyn Session; 2],
    names: [&str; 2],
    steps: u64,
) -> Result<Option<Divergence>> {
    const STRETCHES: u64 = 32;
    let [a, b] = sessions;
    let end = a.step().saturating_add(steps);
    let stretch = steps.div_ceil(STRETCHES).max(1);
    while a.step() < end {
        let (before, n) = ([a.snapshot()?, b.snapshot()?], stretch.min(end - a.step()));
        if before[0].slots != before[1].slots {
            let what = state(a.plan(), [&before[0], &before[1]], names);
            return Ok(Some(Divergence { step: a.step(), what }));
        }
        if advance(a, n)? == advance(b, n)? && a.state_digest()? == b.state_digest()? {
            continue;
        }
        a.restore(&before[0])?;
        b.restore(&before[1])?;
        for _ in 0..n {
            let step = a.step();
            let (mine, theirs) = (advance(a, 1)?, advance(b, 1)?);
            if mine != theirs {
                let what = spike(a.plan(), [&mine, &theirs], names);
                return Ok(Some(Divergence { step, what }));
            }
            let after = [a.snapshot()?, b.snapshot()?];
            if after[0].slots != after[1].slots {
                let what = state(a.plan(), [&after[0], &after[1]], names);
                return Ok(Some(Divergence { step, what }));
            }
        }
    }
    Ok(None)
}

fn advance(session: &mut dyn Session, steps: u64) -> Result<Vec<Spike>> {
    let mut spikes = Vec::new();
    session.run_steps(steps, steps, |_, new| {
        spikes.extend_from_slice(new);
        ControlFlow::Continue(())
    })?;
    Ok(spikes)
}

/// The first spike of a step that one has and the other has not.
fn spike(plan: &Plan, [a, b]: [&[Spike]; 2], names: [&str; 2]) -> String {
    let i = (0..).find(|&i| a.get(i) != b.get(i)).expect("they differ");
    let (side, spike) = match (a.get(i), b.get(i)) {
        (Some(x), Some(y)) if x < y => (0, x),
        (_, Some(y)) => (1, y),
        (x, None) => (0, x.expect("one of them is longer")),
    };
    let of = |p: &&isospike_backend::plan::PopulationPlan| p.first_id <= spike.id;
    let p = plan.populations.iter().rfind(of).expect("ids begin at 0");
    let neuron = spike.id - p.first_id;
    format!("neuron {neuron} of {}, lane {}, spikes only on {}", p.name, spike.lane, names[side])
}

/// The first slot in which two states differ.
fn state(plan: &Plan, [a, b]: [&Snapshot; 2], names: [&str; 2]) -> String {
    let slots = plan.slots();
    let pairs = slots.iter().zip(a.slots.iter().zip(&b.slots));
    let mut differ = pairs.filter(|(_, (x, y))| x != y);
    let ((name, slot), ((_, a), (_, b))) = differ.next().expect("they differ");
    let element = match (slot, plan.precision()) {
        (Slot::State { .. } | Slot::Weights { .. }, Precision::F32) => 4,
        (Slot::State { .. } | Slot::Weights { .. }, Precision::F64) => 8,
        _ => return format!("{name} differs"),
    };
    let (mut xs, mut ys) = (a.chunks(element), b.chunks(element));
    let i = (0..).find(|_| xs.next() != ys.next()).expect("they differ");
    let value = |bytes: &[u8]| match bytes.get(i * element..(i + 1) * element) {
        Some(x) if element == 4 => f64::from(f32::from_le_bytes(x.try_into().expect("4 bytes"))),
        Some(x) => f64::from_le_bytes(x.try_into().expect("8 bytes")),
        None => f64::NAN,
    };
    let (at, lane) = (i / plan.batch(), i % plan.batch());
    let [x, y] = [value(a), value(b)];
    format!("{name}[{at}], lane {lane}, is {x:?} on {} and {y:?} on {}", names[0], names[1])
}
