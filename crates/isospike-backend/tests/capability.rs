//! What a device cannot do is refused before anything runs.

use isospike_backend::memory::Buffers;
use isospike_backend::{Capability, ErrorKind, Plan, PlanOptions};
use isospike_net::{Network, Plasticity, Precision};
use std::sync::Arc;

fn plan(precision: Precision, weights: &[f64], plasticity: bool) -> Plan {
    let mut b = Network::build("n").precision(precision).population("n", 8, "iaf_psc_exp", |p| p);
    for &w in weights {
        b = b.project("n", "n", |c| c.all_to_all().weight(w).delay(1.0));
    }
    if plasticity {
        b = b.project("n", "n", |c| c.in_degree(2).plasticity(Plasticity::pair(2.0)).delay(1.0));
    }
    let network = b.finish().unwrap_or_else(|e| panic!("{e}"));
    Plan::new(Arc::new(network), &PlanOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_false_field_refuses_what_needs_it() {
    let plain = plan(Precision::F32, &[1.0], false);
    let all = Capability {
        f64_state: true,
        i64_accumulators: true,
        plasticity: true,
        filters: true,
        counts: true,
        stimuli: true,
        blocks: 4,
        buffers: Buffers::Host,
        largest_buffer_bytes: u64::MAX,
    };
    let cases = [
        (plan(Precision::F64, &[1.0], false), Capability { f64_state: false, ..all }, "double"),
        (
            plan(Precision::F32, &[1e-3, 1e6], false),
            Capability { i64_accumulators: false, ..all },
            "64-bit accumulators",
        ),
        (plan(Precision::F32, &[1.0], true), Capability { plasticity: false, ..all }, "plastic"),
    ];
    for (plan, less, what) in cases {
        assert!(all.admits(&plan).is_ok());
        let measured = Plan::measure(plan.network.clone(), &PlanOptions::default());
        assert_eq!(
            measured.expect("a plan").needs,
            plan.needs(),
            "{what}: known before it is made"
        );
        assert!(less.admits(&plain).is_ok(), "what needs nothing runs without {what}");
        let e = less.admits(&plan).expect_err(what);
        assert!(e.kind() == ErrorKind::Unsupported && e.to_string().contains(what), "{e}");
    }
}

#[test]
fn the_largest_buffer_must_fit_in_one_allocation() {
    let network = plan(Precision::F32, &[1.0, 2.0, -3.0], false).network.clone();
    let options = PlanOptions { buffers: Buffers::Device, ..PlanOptions::default() };
    let plan = Plan::new(network, &options).unwrap_or_else(|e| panic!("{e}"));
    let (heap, bytes) = plan.memory.largest_heap().expect("there are some");
    assert_eq!((heap, bytes), ("recorded spikes", 32_768));
    let can = |largest_buffer_bytes| Capability {
        f64_state: true,
        i64_accumulators: true,
        plasticity: true,
        filters: true,
        counts: true,
        stimuli: true,
        blocks: 1,
        buffers: Buffers::Device,
        largest_buffer_bytes,
    };
    assert!(can(bytes).admits(&plan).is_ok());
    let e = can(bytes - 1).admits(&plan).expect_err("a byte is missing");
    assert_eq!(e.kind(), ErrorKind::OutOfMemory, "{e}");
    assert!(e.to_string().contains(heap), "{e}");
}

#[test]
fn a_plan_counts_the_buffers_of_the_device_it_is_for() {
    let network = plan(Precision::F32, &[1.0], false).network.clone();
    let of = |buffers| {
        let options = PlanOptions { buffers, ..PlanOptions::default() };
        Plan::new(network.clone(), &options).unwrap_or_else(|e| panic!("{e}"))
    };
    let all = [Buffers::Host, Buffers::Device, Buffers::Plain];
    for ours in all {
        let can = Capability {
            f64_state: false,
            i64_accumulators: false,
            plasticity: false,
            filters: false,
            counts: false,
            stimuli: false,
            blocks: 1,
            buffers: ours,
            largest_buffer_bytes: u64::MAX,
        };
        for theirs in all {
            match can.admits(&of(theirs)) {
                Ok(()) => assert_eq!(ours, theirs),
                Err(e) => {
                    assert!(ours != theirs && e.kind() == ErrorKind::Invalid, "{e}");
                    let names = [ours, theirs].map(|b| format!("{} session", b.name()));
                    assert!(names.iter().all(|name| e.to_string().contains(name)), "{e}");
                }
            }
        }
    }
}
