//! What may be written into a session: slots that fit the plan and the clock, spikes that a source
//! can fire. Sessions ask here before they change anything.

use super::{Accumulator, Plan, Slot, Synapses};
use crate::{Error, ErrorKind, Result, Spike};
use isospike_net::Half;

/// A spike of a source: step, and flat id (neuron times batch plus lane).
pub type SourceSpike = (u64, u32);

impl Plan {
    /// Checks what is to be written into a slot of a session whose next step is `clock`.
    ///
    /// # Errors
    /// `Invalid` if the plan has no such slot or the bytes cannot be its content at that step.
    pub fn check_slot(&self, slot: Slot, bytes: &[u8], clock: u64) -> Result<()> {
        if let Some(needed) = self.slot_bytes(slot)?
            && needed != bytes.len()
        {
            let message = format!("{} bytes were given; {needed} are needed", bytes.len());
            return Err(self.wrong(slot, message));
        }
        let bytes = Bytes { rest: bytes, float: self.float_bytes() };
        let found = match slot {
            Slot::Clock => Ok(()),
            Slot::State { population, .. } => {
                let neurons = self.populations[population].neurons.as_ref();
                bytes.floats(neurons.and_then(|n| n.state))
            }
            Slot::Past { .. } => bytes.floats(None),
            Slot::Weights { table } => match self.tables[table].synapses {
                Synapses::Plastic { half, .. } => bytes.floats(half),
                _ => bytes.floats(None),
            },
            Slot::InFlight { population } => self.check_in_flight(population, bytes, clock),
            Slot::Pushed { population } => self.check_pushed_slot(population, bytes, clock),
            Slot::PreTrace { .. } => bytes.traces(clock),
            Slot::PostHistory { rule, population } => {
                let entries = self.populations[population].size as usize * self.batch();
                let until = clock.saturating_sub(self.longest_delay(rule).into());
                bytes.histories(entries, until, clock)
            }
            Slot::Pending { .. } => bytes.units(self.accumulator),
        };
        found.map_err(|what| self.wrong(slot, what))
    }

    /// Sorts spikes that are to be pushed by population, ascending.
    ///
    /// # Errors
    /// `Invalid` if one is not of a spike source, not in the batch, or before `clock`, the next
    /// step.
    pub fn source_spikes(&self, spikes: &[Spike], clock: u64) -> Result<Vec<Vec<SourceSpike>>> {
        let batch = self.batch() as u32;
        let mut by_population = vec![Vec::new(); self.populations.len()];
        for spike in spikes {
            let p = self.populations.partition_point(|p| p.first_id <= spike.id) - 1;
            let population = &self.populations[p];
            let local = spike.id - population.first_id;
            let wrong = if local >= population.size || population.neurons.is_some() {
                "its neuron must be in a spike source"
            } else if spike.lane >= batch {
                "its lane must be in the batch"
            } else if spike.step < clock {
                "its step must not have passed"
            } else {
                by_population[p].push((spike.step, local * batch + spike.lane));
                continue;
            };
            let message = format!("pushed spike {spike:?}: {wrong} (next step: {clock})");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        by_population.iter_mut().for_each(|spikes| spikes.sort_unstable());
        Ok(by_population)
    }

    /// Checks all spikes that are pushed to a source, ascending: together with its own train, no
    /// neuron may fire more often in a step than the accumulators were sized for.
    ///
    /// # Errors
    /// `Invalid` if one does.
    pub fn check_multiplicity(&self, population: usize, pushed: &[SourceSpike]) -> Result<()> {
        let (p, batch) = (&self.populations[population], self.batch() as u32);
        for same in pushed.chunk_by(|a, b| a == b) {
            let spike = (same[0].0, same[0].1 / batch);
            let from = p.train.partition_point(|s| *s < spike);
            let own = p.train[from..].partition_point(|s| *s == spike);
            let (now, most) = (own + same.len(), p.multiplicity as usize);
            if now > most {
                let message = format!(
                    "pushed spikes: neuron {} of {} fires {now} times in step {}; the accumulators \
                     are sized for {most}",
                    spike.1, p.name, spike.0
                );
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
        Ok(())
    }

    fn wrong(&self, slot: Slot, what: String) -> Error {
        let name = self.slots().into_iter().find(|(_, s)| *s == slot).map(|(name, _)| name);
        let name = name.expect("slots that have bytes are listed");
        Error::new(ErrorKind::Invalid, format!("{name}: {what}"))
    }

    fn check_in_flight(&self, population: usize, mut b: Bytes<'_>, clock: u64) -> Found {
        let p = &self.populations[population];
        let oldest = u64::from(p.max_delay).min(clock);
        let (mut last, mut times) = (None, 0);
        while !b.rest.is_empty() {
            let [age, neuron, lane] = [b.u32()?, b.u32()?, b.u32()?];
            let spike = Some((age, neuron, lane));
            let what = format!("age {age}, neuron {neuron}, lane {lane}");
            if age == 0 || u64::from(age) > oldest {
                return Err(format!("{what}: the age must lie between 1 and {oldest}"));
            }
            self.check_place(population, neuron, lane).map_err(|e| format!("{what}: {e}"))?;
            times = if last == spike { times + 1 } else { 1 };
            if last > spike || times > p.multiplicity {
                let most = p.multiplicity;
                return Err(format!("{what}: spikes must ascend, each at most {most} times"));
            }
            last = spike;
        }
        Ok(())
    }

    fn check_pushed_slot(&self, population: usize, mut b: Bytes<'_>, clock: u64) -> Found {
        let (p, batch) = (&self.populations[population], self.batch() as u32);
        let mut spikes: Vec<SourceSpike> = Vec::new();
        while !b.rest.is_empty() {
            let (step, neuron, lane) = (b.u64()?, b.u32()?, b.u32()?);
            let what = format!("step {step}, neuron {neuron}, lane {lane}");
            if step.saturating_add(p.max_delay.into()) < clock {
                return Err(format!("{what}: it has arrived everywhere before step {clock}"));
            }
            self.check_place(population, neuron, lane).map_err(|e| format!("{what}: {e}"))?;
            let spike = (step, neuron * batch + lane);
            if spikes.last().is_some_and(|last| *last > spike) {
                return Err(format!("{what}: spikes must ascend"));
            }
            spikes.push(spike);
        }
        self.check_multiplicity(population, &spikes).map_err(|e| e.to_string())
    }

    fn check_place(&self, population: usize, neuron: u32, lane: u32) -> Found {
        let (size, batch) = (self.populations[population].size, self.batch());
        match (neuron < size, (lane as usize) < batch) {
            (true, true) => Ok(()),
            (false, _) => Err(format!("the neuron must be below {size}")),
            (_, false) => Err(format!("the lane must be below {batch}")),
        }
    }
}

/// What is wrong, if anything.
type Found = std::result::Result<(), String>;

/// The bytes of a slot on their way through a check.
struct Bytes<'a> {
    rest: &'a [u8],
    /// Bytes of a float.
    float: usize,
}

impl<'a> Bytes<'a> {
    fn take<const N: usize>(&mut self) -> std::result::Result<&'a [u8; N], String> {
        let cut = || format!("{} bytes are left over at the end", self.rest.len());
        let (now, rest) = self.rest.split_first_chunk().ok_or_else(cut)?;
        self.rest = rest;
        Ok(now)
    }
    fn u32(&mut self) -> std::result::Result<u32, String> {
        self.take().map(|b| u32::from_le_bytes(*b))
    }
    fn u64(&mut self) -> std::result::Result<u64, String> {
        self.take().map(|b| u64::from_le_bytes(*b))
    }
    fn float(&mut self) -> Found {
        self.stored(None)
    }

    /// A float that will be stored in 16 bits, perhaps.
    fn stored(&mut self, half: Option<Half>) -> Found {
        let x = match self.float {
            4 => f64::from(f32::from_le_bytes(*self.take()?)),
            _ => f64::from_le_bytes(*self.take()?),
        };
        match half {
            _ if !x.is_finite() => Err(format!("{x}: every value must be finite")),
            Some(format) if !format.nearest(x).is_finite() => {
                Err(format!("{x}: {} holds up to {}", format.name(), format.most()))
            }
            _ => Ok(()),
        }
    }

    fn floats(mut self, half: Option<Half>) -> Found {
        while !self.rest.is_empty() {
            self.stored(half)?;
        }
        Ok(())
    }

    /// Time and trace of each source.
    fn traces(mut self, clock: u64) -> Found {
        while !self.rest.is_empty() {
            let time = self.u64()?;
            if time > clock {
                return Err(format!("time {time}: times must not exceed {clock}"));
            }
            self.float()?;
        }
        Ok(())
    }

    /// Spikes of `entries` neurons: the first may be older, the others come after `until`.
    fn histories(mut self, entries: usize, until: u64, clock: u64) -> Found {
        for _ in 0..entries {
            let (count, mut last) = (self.u64()?, 0);
            for i in 0..count {
                let time = self.u64()?;
                let least = if i == 0 { 0 } else { until.max(last) };
                if time <= least || time > clock {
                    return Err(format!("time {time}: it must lie above {least} up to {clock}"));
                }
                self.float()?;
                last = time;
            }
        }
        match self.rest.len() {
            0 => Ok(()),
            n => Err(format!("{n} bytes are left over at the end")),
        }
    }

    fn units(mut self, accumulator: Accumulator) -> Found {
        while !self.rest.is_empty() {
            let sum = self.u64()? as i64;
            if sum.unsigned_abs() > accumulator.max() {
                return Err(format!("{sum}: no accumulator of the plan holds it"));
            }
        }
        Ok(())
    }
}
