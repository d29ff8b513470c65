//! Stimuli as a plan has them: steps instead of times, events drawn.

use crate::Result;
use isospike_lane::distribution::Bernoulli;
use isospike_lane::precise::{exp, sin};
use isospike_lane::{Draw, Key, PoissonTable, Purpose, word};
use isospike_net::{Column, Course, Function, NetError, Network, Stimulus};
use std::sync::{Arc, Mutex, PoisonError};

/// A stimulus of a population.
#[derive(Clone, Debug)]
pub struct StimulusPlan {
    course: Steps,
    /// First step, and the step that it ends before.
    first: u64,
    end: u64,
    /// The lanes it goes to; all if `None`.
    lanes: Option<Vec<u32>>,
    /// What each neuron gets of it, still in f64: a session rounds it once.
    pub gain: Column,
}

/// A course in steps, counted from the first.
#[derive(Clone, Debug)]
enum Steps {
    Pulses { strength: f64, period: u64, width: u64 },
    Sine { amplitude: f64, period: f64, phase: f64, baseline: f64 },
    Events { strength: f64, chance: Bernoulli, width: u64, stream: u32, draw: Draw, last: Latest },
    Intervals { strength: f64, events: Vec<u64>, width: u64 },
    Samples(Arc<Vec<f64>>),
    Frames { values: Arc<Vec<f64>>, neurons: usize },
    Function { of: Function, neurons: usize },
}

/// The last event of each lane, as far as anyone looked: so that a step draws one word, however
/// long a pulse is. It follows from the steps alone, so that nobody can see what it remembers.
#[derive(Debug, Default)]
struct Latest(Mutex<Vec<Option<Looked>>>);

#[derive(Clone, Copy, Debug)]
struct Looked {
    at: u64,
    /// The last event in the width before.
    event: Option<u64>,
}

impl Clone for Latest {
    fn clone(&self) -> Latest {
        Latest::default()
    }
}

impl Latest {
    /// Whether there is an event in the last `width` steps, this one included.
    fn within(&self, lane: usize, t: u64, width: u64, event: impl Fn(&u64) -> bool) -> bool {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() <= lane {
            lanes.resize(lane + 1, None);
        }
        let first = t.saturating_sub(width.saturating_sub(1));
        let (from, known) = match lanes[lane] {
            Some(l) if l.at <= t && first <= l.at => (l.at + 1, l.event.filter(|e| *e >= first)),
            _ => (first, None),
        };
        let event = (from..=t).rev().find(event).or(known);
        lanes[lane] = Some(Looked { at: t, event });
        event.is_some()
    }
}

/// A stimulus in a step, before the gain.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a>(Values<'a>);

#[derive(Clone, Copy, Debug)]
enum Values<'a> {
    All(f64),
    Each(&'a [f64]),
    Of { function: &'a Function, step: u64, last: u32 },
}

impl Now<'_> {
    /// Its value for a neuron; one beyond the last, as padding has them, gets what the last does.
    pub fn of(self, neuron: usize) -> f64 {
        match self.0 {
            Values::All(x) => x,
            Values::Each(xs) => xs[neuron.min(xs.len() - 1)],
            Values::Of { function, step, last } => function.at(step, (neuron as u32).min(last)),
        }
    }
}

/// The circumference of the unit circle.
const CIRCLE: f64 = std::f64::consts::TAU;

impl StimulusPlan {
    pub(super) fn new(
        network: &Network,
        population: usize,
        input: usize,
        stimulus: &Stimulus,
    ) -> Result<StimulusPlan> {
        let dt = network.dt_ms;
        let steps = |ms: f64| (ms / dt).round_ties_even() as u64;
        let neurons = network.populations[population].size as usize;
        let equilibration = network.equilibration_steps();
        // a start or a stop that is never reached
        let [first, end] =
            [stimulus.start_ms, stimulus.stop_ms].map(|ms| steps(ms).saturating_add(equilibration));
        let course = match &stimulus.course {
            &Course::Pulses { strength, period_ms, width_ms } => {
                Steps::Pulses { strength, period: steps(period_ms), width: steps(width_ms) }
            }
            &Course::Sine { amplitude, period_ms, phase, baseline } => {
                Steps::Sine { amplitude, period: period_ms / dt, phase, baseline }
            }
            &Course::Events { strength, rate_hz, width_ms } => Steps::Events {
                strength,
                chance: Bernoulli::new(1.0 - exp(-rate_hz * dt * 1e-3)),
                width: steps(width_ms),
                stream: population as u32,
                draw: Purpose::Input.draw(input as u16),
                last: Latest::default(),
            },
            &Course::Intervals { strength, mean_ms, width_ms } => {
                let table = PoissonTable::new(mean_ms / dt).ok_or_else(|| {
                    let p = &network.populations[population].name;
                    let path = format!("populations.{p}.inputs[{input}].interval");
                    let most = PoissonTable::MAX_RATE * dt;
                    NetError::value(path, mean_ms, format!("must be at most {most} ms"))
                })?;
                let draw = Purpose::Input.draw(input as u16);
                let (mut events, mut at) = (Vec::new(), 0);
                while at < end - first {
                    events.push(at);
                    let drawn = word(Key(network.seed), at, draw, population as u32, 0);
                    // an interval of no step would be no event
                    at += u64::from(table.count(drawn).max(1));
                }
                events.shrink_to_fit();
                Steps::Intervals { strength, events, width: steps(width_ms) }
            }
            Course::Samples(values) => Steps::Samples(values.clone()),
            Course::Frames(values) => Steps::Frames { values: values.clone(), neurons },
            Course::Function(f) => Steps::Function { of: f.clone(), neurons },
        };
        let gain = network.input_gain(population, input).expect("a stimulus has a gain");
        Ok(StimulusPlan { course, first, end, lanes: stimulus.lanes.clone(), gain })
    }

    /// What it is in a step, in a lane with its key. What differs from neuron to neuron is the same
    /// in all lanes.
    pub fn at(&self, step: u64, lane: usize, key: Key) -> Now<'_> {
        Now(self.values(step, lane, key))
    }

    fn values(&self, step: u64, lane: usize, key: Key) -> Values<'_> {
        let here = |lanes: &Vec<u32>| lanes.contains(&(lane as u32));
        if !(self.first..self.end).contains(&step) || !self.lanes.as_ref().is_none_or(here) {
            return Values::All(0.0);
        }
        let t = step - self.first;
        let on = |on: bool, strength: f64| Values::All(if on { strength } else { 0.0 });
        match &self.course {
            Steps::Pulses { strength, period, width } => on(t % period < *width, *strength),
            Steps::Sine { amplitude, period, phase, baseline } => {
                let turns = t as f64 / period;
                Values::All(amplitude * sin(CIRCLE * (turns - turns.floor()) + phase) + baseline)
            }
            Steps::Events { strength, chance, width, stream, draw, last } => {
                let event = |s: &u64| chance.draw(word(key, self.first + s, *draw, *stream, 0));
                on(last.within(lane, t, *width, event), *strength)
            }
            Steps::Intervals { strength, events, width } => {
                let last = events[..events.partition_point(|&e| e <= t)].last();
                on(last.is_some_and(|e| t - e < *width), *strength)
            }
            Steps::Samples(values) => Values::All(values.get(t as usize).copied().unwrap_or(0.0)),
            Steps::Frames { values, neurons } => {
                let from = (t as usize).saturating_mul(*neurons);
                let frame = values.get(from..).and_then(|rest| rest.get(..*neurons));
                frame.map_or(Values::All(0.0), Values::Each)
            }
            Steps::Function { of, neurons } => match of.each_neuron() {
                true => Values::Of { function: of, step: t, last: *neurons as u32 - 1 },
                false => Values::All(of.at(t, 0)),
            },
        }
    }

    /// Whether it may differ from neuron to neuron before the gain.
    pub fn has_frames(&self) -> bool {
        self.frame_len() > 0
    }

    /// Values of a step: one per neuron if they may differ, else 0.
    pub fn frame_len(&self) -> usize {
        match &self.course {
            Steps::Frames { neurons, .. } => *neurons,
            Steps::Function { of, neurons } if of.each_neuron() => *neurons,
            _ => 0,
        }
    }

    /// Bytes of what the plan holds of it.
    pub(super) fn allocated_bytes(&self) -> u64 {
        let events = match &self.course {
            Steps::Intervals { events, .. } => size_of_val(&events[..]),
            _ => 0,
        };
        let gain = match &self.gain {
            Column::Uniform(_) => 0,
            Column::Each(xs) => size_of_val(&xs[..]),
        };
        (events + gain + size_of_val(self.lanes())) as u64
    }

    /// The lanes it goes to, if not all.
    pub(super) fn lanes(&self) -> &[u32] {
        self.lanes.as_deref().unwrap_or_default()
    }

    /// Entries of its list of events.
    pub(super) fn events(&self) -> usize {
        match &self.course {
            Steps::Intervals { events, .. } => events.len(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In any order, and past any gap.
    #[test]
    fn the_last_event_is_within_the_width_or_not() {
        let event = |s: &u64| [3u64, 4, 11, 40].contains(s);
        let steps = (0..60u64).chain([59, 41, 2, 5, 5, 30, 12]).chain((0..60).step_by(7));
        for width in [1u64, 2, 5, 30] {
            let last = Latest::default();
            for t in steps.clone() {
                for lane in [1, 0] {
                    let any = ((t + 1).saturating_sub(width)..=t).any(|s| event(&s));
                    assert_eq!(last.within(lane, t, width, event), any, "{width} {t}");
                }
            }
        }
    }
}
