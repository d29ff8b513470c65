//! What all criterion benches share.

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};
use isospike::lane::isa::Isa;
use std::time::{Duration, Instant};

/// Short runs, so that all benches together take less than two minutes; `--measurement-time` and
/// `--sample-size` make them longer.
pub(crate) fn short() -> Criterion<PerElement> {
    Criterion::default()
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(200))
        .sample_size(10)
        .nresamples(2000)
        .without_plots()
        .with_measurement(PerElement)
}

/// The instruction sets of this machine.
#[allow(dead_code, reason = "not every bench runs them all")]
pub(crate) fn instruction_sets() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| isa.available())
}

/// Wall time that shows nanoseconds per element where criterion shows elements per second.
pub(crate) struct PerElement;

impl Measurement for PerElement {
    type Intermediate = Instant;
    type Value = Duration;

    fn start(&self) -> Instant {
        WallTime.start()
    }
    fn end(&self, start: Instant) -> Duration {
        WallTime.end(start)
    }
    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }
    fn zero(&self) -> Duration {
        Duration::ZERO
    }
    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }
    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for PerElement {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_values(typical, values)
    }
    fn scale_throughputs(
        &self,
        typical: f64,
        throughput: &Throughput,
        values: &mut [f64],
    ) -> &'static str {
        match throughput {
            Throughput::Elements(n) => {
                values.iter_mut().for_each(|ns| *ns /= *n as f64);
                "ns/element"
            }
            other => WallTime.formatter().scale_throughputs(typical, other, values),
        }
    }
    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_for_machines(values)
    }
}
