//! Spikes on their way out of a session and into it.

use crate::driver::Driver;
use crate::heap;
use crate::session::GpuSession;
use isospike_backend::{Result, Spike};

/// Moves recorded spikes out, ascending by (step, lane, id).
pub(crate) fn drain<D: Driver>(s: &mut GpuSession<D>, out: &mut Vec<Spike>) -> Result<()> {
    let (start, batch) = (out.len(), s.plan.batch() as u32);
    let spike = |first_id: u32, step: u64, flat: u32| Spike {
        step,
        lane: flat % batch,
        id: first_id + flat / batch,
    };
    let (driver, m) = (&*s.driver, &s.memory);
    let n_pieces = s.layout.pieces.len() as u64;
    let recorded: Vec<u32> = heap::read(driver, m.recorded.as_ref(), 0, n_pieces)?;
    for ((piece, &id), &n) in s.layout.pieces.iter().zip(&s.layout.plan_piece).zip(&recorded) {
        let entries: Vec<u64> = heap::read(driver, m.record.as_ref(), piece.record, n.into())?;
        let first_id = s.plan.populations[s.plan.layout().pieces[id].population].first_id;
        out.extend(entries.iter().map(|e| spike(first_id, s.drained + (e >> 32), *e as u32)));
    }
    for train in &s.trains {
        let first_id = s.plan.populations[train.population].first_id;
        let new = train.between(s.drained, s.step);
        out.extend(new.map(|(step, flat)| spike(first_id, step, flat)));
    }
    out[start..].sort_unstable();
    s.drained = s.step;
    s.forget_record()
}

/// Adds spikes to source populations, and forgets pushed ones that are drained and have arrived.
pub(crate) fn push<D: Driver>(s: &mut GpuSession<D>, spikes: &[Spike]) -> Result<()> {
    let plan = s.plan.clone();
    let mut all = plan.source_spikes(spikes, s.step)?;
    let mut pushed = Vec::new();
    for (i, train) in s.trains.iter().enumerate() {
        let (p, new) = (&plan.populations[train.population], &mut all[train.population]);
        if !new.is_empty() {
            let arrived = s.step.saturating_sub(p.max_delay.into());
            new.extend(train.pushed(arrived.min(s.drained)));
            new.sort_unstable();
            plan.check_multiplicity(train.population, new)?;
            pushed.push((i, std::mem::take(new)));
        }
    }
    s.set_pushed(pushed)
}
