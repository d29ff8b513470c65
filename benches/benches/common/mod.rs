//! What all criterion benches share.

use criterion::Criterion;
use isospike::lane::isa::Isa;
use std::time::Duration;

/// Short runs, so that all benches together take less than two minutes; `--measurement-time` and `--sample-size` make
/// them longer.
pub fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(200))
        .sample_size(10)
        .nresamples(2000)
        .without_plots()
}

/// The instruction sets of this machine.
#[allow(dead_code, reason = "not every bench runs them all")]
pub fn instruction_sets() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| isa.available())
}
