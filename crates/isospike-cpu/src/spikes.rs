//! Spikes on their way out of a session and into it.

use crate::number::Number;
use crate::session::CpuSession;
use crate::update::BlockSums;
use isospike_backend::{Result, Spike};

/// Moves recorded spikes out, ascending by (step, lane, id).
pub(crate) fn drain<F: Number, A: BlockSums>(s: &mut CpuSession<F, A>, out: &mut Vec<Spike>) {
    let (start, batch) = (out.len(), s.plan.batch() as u32);
    let spike = |first_id: u32, step: u64, flat: u32| Spike {
        step,
        lane: flat % batch,
        id: first_id + flat / batch,
    };
    for state in s.blocks.iter_mut().flat_map(|b| &mut b.pieces) {
        let population = s.plan.layout().pieces[state.id].population;
        let first_id = s.plan.populations[population].first_id;
        let recorded = &state.record[..state.recorded];
        out.extend(recorded.iter().map(|e| spike(first_id, s.drained + (e >> 32), *e as u32)));
        state.recorded = 0;
    }
    for (train, p) in s.trains.iter().zip(&s.plan.populations) {
        let new = train.between(s.drained, s.step);
        out.extend(new.map(|(step, flat)| spike(p.first_id, step, flat)));
    }
    out[start..].sort_unstable();
    s.drained = s.step;
}

/// Adds spikes to source populations, and forgets pushed ones that are drained and have arrived.
pub(crate) fn push<F: Number, A: BlockSums>(
    s: &mut CpuSession<F, A>,
    spikes: &[Spike],
) -> Result<()> {
    let plan = s.plan.clone();
    let mut all = plan.source_spikes(spikes, s.step)?;
    for (population, new) in all.iter_mut().enumerate().filter(|(_, new)| !new.is_empty()) {
        let arrived = s.step.saturating_sub(plan.populations[population].max_delay.into());
        new.extend(s.trains[population].pushed(arrived.min(s.drained)));
        new.sort_unstable();
        plan.check_multiplicity(population, new)?;
    }
    for (train, new) in s.trains.iter_mut().zip(&all).filter(|(_, new)| !new.is_empty()) {
        train.set_pushed(new);
    }
    Ok(())
}
