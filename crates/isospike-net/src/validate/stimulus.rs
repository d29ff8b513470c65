//! Stimuli: times on the grid, numbers that stay finite.

use super::population::{Allowed, check_value};
use super::{ms, on_grid};
use crate::{Course, NetError, Network, Stimulus, Value};
use isospike_model::{Range, Shown};

impl Network {
    /// Checks a stimulus of a population of `size` neurons.
    pub(super) fn check_stimulus(
        &self,
        path: &str,
        s: &Stimulus,
        size: u32,
    ) -> Result<(), NetError> {
        check_value(&format!("{path}.gain"), &s.gain, "", Allowed::In(Range::Any), size, None)?;
        let time = |key: &str, t: f64, least: f64| {
            let wrong =
                |allowed: String| Err(NetError::value(format!("{path}.{key}"), ms(t), allowed));
            if !(t.is_finite() && t >= least) {
                return wrong(format!("must be >= {}", ms(least)));
            }
            match on_grid(t, self.dt_ms) {
                true => Ok(()),
                false => wrong(format!("must be a multiple of dt = {}", ms(self.dt_ms))),
            }
        };
        let finite = |key: &str, x: f64| {
            self.precision
                .finite(x)
                .map_err(|allowed| NetError::value(format!("{path}.{key}"), Shown(x), allowed))
        };
        time("start", s.start_ms, 0.0)?;
        if s.stop_ms.is_finite() || matches!(s.course, Course::Intervals { .. }) {
            time("stop", s.stop_ms, s.start_ms)?;
        } else if s.stop_ms != f64::INFINITY {
            return Err(NetError::value(
                format!("{path}.stop"),
                Shown(s.stop_ms),
                "must be a time",
            ));
        }
        if let Some(lanes) = &s.lanes {
            let path = format!("{path}.lanes");
            let batch = self.lane_seeds.len();
            if let Some((i, lane)) = lanes.iter().enumerate().find(|l| *l.1 as usize >= batch) {
                let allowed = format!("must be below {batch}, the lanes of the batch");
                return Err(NetError::value(format!("{path}[{i}]"), lane, allowed));
            }
            if s.course.each_neuron() {
                let allowed = "must be left out: what differs from neuron to neuron goes to all";
                return Err(NetError::value(path, format!("{lanes:?}"), allowed));
            }
        }
        match &s.course {
            Course::Pulses { strength, period_ms, width_ms } => {
                finite("pulses", *strength)?;
                time("width", *width_ms, 0.0)?;
                time("period", *period_ms, self.dt_ms)
            }
            Course::Sine { amplitude, period_ms, phase, baseline } => {
                finite("sine", *amplitude)?;
                finite("phase", *phase)?;
                finite("baseline", *baseline)?;
                match period_ms.is_finite() && *period_ms > 0.0 {
                    true => Ok(()),
                    false => {
                        let path = format!("{path}.period");
                        Err(NetError::value(path, ms(*period_ms), "must be > 0 ms"))
                    }
                }
            }
            Course::Events { strength, rate_hz, width_ms } => {
                finite("events", *strength)?;
                time("width", *width_ms, self.dt_ms)?;
                let rate = Value::Constant(*rate_hz);
                let range = Allowed::In(Range::NonNegative);
                check_value(&format!("{path}.rate"), &rate, "Hz", range, size, None)
            }
            Course::Intervals { strength, mean_ms, width_ms } => {
                finite("events", *strength)?;
                time("width", *width_ms, self.dt_ms)?;
                let mean = Value::Constant(*mean_ms);
                let range = Allowed::In(Range::Positive);
                check_value(&format!("{path}.interval"), &mean, "ms", range, size, None)
            }
            Course::Samples(values) => self.check_samples(&format!("{path}.samples"), values),
            Course::Frames(values) => {
                let path = format!("{path}.frames");
                if !values.len().is_multiple_of(size as usize) {
                    let allowed = format!("one per neuron ({size}) and step is needed");
                    return Err(NetError::value(path, format!("{} values", values.len()), allowed));
                }
                self.check_samples(&path, values)
            }
            Course::Function(_) => Ok(()),
        }
    }

    fn check_samples(&self, path: &str, values: &[f64]) -> Result<(), NetError> {
        values.iter().enumerate().try_for_each(|(i, &x)| {
            self.precision
                .finite(x)
                .map_err(|allowed| NetError::value(format!("{path}[{i}]"), Shown(x), allowed))
        })
    }
}

/// The largest |current| that a stimulus can add to a step, as far as it is known: what a function
/// gives is seen when it is asked.
pub(super) fn most_stimulus(s: &Stimulus) -> f64 {
    let largest = |xs: &[f64]| xs.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let course = match &s.course {
        Course::Pulses { strength, .. }
        | Course::Events { strength, .. }
        | Course::Intervals { strength, .. } => strength.abs(),
        Course::Sine { amplitude, baseline, .. } => amplitude.abs() + baseline.abs(),
        Course::Samples(values) | Course::Frames(values) => largest(values),
        Course::Function(_) => 0.0,
    };
    let gain = match &s.gain {
        Value::Constant(x) => x.abs(),
        Value::PerNeuron(xs) | Value::PerLane(xs) => largest(xs),
        Value::Random(d) | Value::Polynomial { of: d, .. } => {
            let (least, most) = d.range();
            least.abs().max(most.abs())
        }
    };
    course * gain
}
