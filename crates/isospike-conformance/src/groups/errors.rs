//! What cannot be is an error of the right kind, never a panic, and changes nothing: `errors`.
//!
//! A device that is lost cannot be had through the seam: what a backend does then
//! (`ErrorKind::Device`) is for its own tests.

use super::plasticity::among_others;
use super::probe::of_model;
use crate::hand::{edges, model, network, neurons, set_param, source, wide};
use crate::{Case, Outcome, Target, Unsupported, same};
use isospike_backend::memory::Buffers;
use isospike_backend::plan::Slot;
use isospike_backend::{ErrorKind, Plan, PlanOptions, SessionExt, Spike};
use isospike_net::{Dynamics, Half, Network, Precision, WeightStorage};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// One case per kind of mistake.
pub fn cases() -> Vec<Case> {
    vec![
        Case::new("errors::no_such_device", no_such_device),
        Case::new("errors::unsupported", unsupported),
        Case::new("errors::bad_plan", bad_plan),
        Case::new("errors::out_of_memory", out_of_memory),
        Case::new("errors::no_such_slot", no_such_slot),
        Case::new("errors::wrong_bytes", wrong_bytes),
        Case::new("errors::wrong_bytes_of_plastic_synapses", wrong_plastic_bytes),
        Case::new("errors::wrong_spikes", wrong_spikes),
        Case::new("errors::foreign_snapshot", foreign_snapshot),
        Case::new("errors::not_finite::f32", |t| not_finite(t, Precision::F32)),
        Case::new("errors::not_finite::f64", |t| not_finite(t, Precision::F64)),
    ]
}

fn no_such_device(target: &Target<'_>) -> Outcome {
    let n = target.backend.devices().list.len();
    for index in [n, n + 7, usize::MAX] {
        let e = target.backend.open(index).err().expect("there is no such device");
        assert_eq!(e.kind(), ErrorKind::Invalid, "{e}");
    }
    Ok(())
}

/// A small network that fires, with a source.
fn small(precision: Precision) -> Network {
    let parts = vec![
        super::net::clocks("n", 20),
        source("source", 5, vec![(3, 1)]),
        neurons("quiet", "iaf_psc_delta", 2, &[]),
    ];
    let list = [(1, 0, 20.0, 2), (0, 5, 20.0, 9)];
    Network { precision, ..network(parts, vec![edges(1, 0, &list)]) }
}

/// A plan that needs what the capability denies is refused as that; one that needs nothing special
/// is not.
fn unsupported(target: &Target<'_>) -> Outcome {
    let plans = [
        small(Precision::F32),
        small(Precision::F64),
        wide(&small(Precision::F32)),
        Network { precision: Precision::F32, ..among_others() },
    ];
    for network in plans {
        let options =
            PlanOptions { buffers: target.capability().buffers, ..PlanOptions::default() };
        let plan = Arc::new(Plan::new(Arc::new(network), &options).expect("valid"));
        let admitted = target.capability().admits(&plan);
        match (target.device.compile(plan), admitted) {
            (Ok(_), Ok(())) => {}
            (Err(e), Err(_)) => assert_eq!(e.kind(), ErrorKind::Unsupported, "{e}"),
            (Ok(_), Err(e)) => panic!("compiled what its capability denies: {e}"),
            (Err(e), Ok(())) => panic!("refused what its capability promises: {e}"),
        }
    }
    Ok(())
}

/// A plan that counts the buffers of other sessions is refused as that, so that no session
/// allocates what was not planned; nothing else comes of it.
fn bad_plan(target: &Target<'_>) -> Outcome {
    let network = Arc::new(small(Precision::F32));
    let ours = target.capability().buffers;
    for buffers in [Buffers::Host, Buffers::Device, Buffers::Plain] {
        let options = PlanOptions { buffers, ..PlanOptions::default() };
        let plan = Plan::new(network.clone(), &options).expect("valid");
        match target.device.compile(Arc::new(plan)) {
            Ok(_) => assert_eq!(buffers, ours, "it is not asked for what it allocates"),
            Err(e) => {
                assert!(buffers != ours && e.kind() == ErrorKind::Invalid, "{buffers:?}: {e}");
                assert!(e.to_string().contains("capability().buffers"), "what to do: {e}");
            }
        }
    }
    Ok(())
}

/// More than any device has: who fired in each of the 2^20 steps of the longest delay, petabytes of
/// it. Only of devices with memory of their own: an operating system hands out what it does not
/// have and ends the process later.
fn out_of_memory(target: &Target<'_>) -> Outcome {
    if target.capability().buffers != Buffers::Device {
        let reason = "its buffers are the host's: the memory limit protects, not the device";
        return Err(Unsupported(reason.into()));
    }
    let model = isospike_model::by_name("iaf_psc_exp").expect("bundled");
    let mut network = of_model(model, 1 << 16, Precision::F32, vec![1; 1 << 14], BTreeMap::new());
    network.projections.push(edges(0, 0, &[(0, 0, 1.0, LONGEST)]));
    // not `target.plan`, which leaves out what the device does not admit
    let options = PlanOptions { buffers: Buffers::Device, ..PlanOptions::default() };
    let plan = Arc::new(Plan::new(Arc::new(network), &options).expect("it is valid"));
    let (needed, available) = (plan.memory.total_bytes(), target.device.info().memory_bytes);
    assert!(needed > 1 << 50 && needed > available, "{needed} bytes are too few to ask for");
    let e = target.device.compile(plan).err().expect("it does not fit");
    assert_eq!(e.kind(), ErrorKind::OutOfMemory, "{e}");
    Ok(())
}

fn no_such_slot(target: &Target<'_>) -> Outcome {
    let mut s = target.session(&small(Precision::F32))?;
    for slot in [
        Slot::State { population: 0, slot: 99 },
        Slot::State { population: 1, slot: 0 },
        Slot::State { population: 99, slot: 0 },
        Slot::InFlight { population: 0 }, // sends nothing
        Slot::InFlight { population: 1 },
        Slot::InFlight { population: 99 },
        Slot::Pushed { population: 0 },
        Slot::Pushed { population: 99 },
        Slot::Weights { table: 0 },
        Slot::Weights { table: 99 },
        Slot::PreTrace { table: 0 },
        Slot::PostHistory { rule: 0, population: 0 },
        Slot::Pending { population: 0 },
    ] {
        let kind = |e: isospike_backend::Error| e.kind();
        assert_eq!(s.read(slot).map_err(kind), Err(ErrorKind::Invalid), "{slot:?}");
        assert_eq!(s.write(slot, &[]).map_err(kind), Err(ErrorKind::Invalid), "{slot:?}");
    }
    Ok(())
}

/// Steps of the longest delay there can be.
const LONGEST: u32 = 1 << 20;

/// Bytes that cannot be a slot's content are refused, by `write` and by `restore`.
fn wrong_bytes(target: &Target<'_>) -> Outcome {
    refuses_spoilt_slots(target, &small(Precision::F32))
}

/// So are those of plastic weights and traces, and of what is kept in 16 bits.
fn wrong_plastic_bytes(target: &Target<'_>) -> Outcome {
    let mut network = Network { precision: Precision::F32, ..among_others() };
    model(&mut network.populations[0]).state = Some(Half::F16);
    let plastic = network.projections.iter_mut().filter(|p| p.plasticity.is_some());
    plastic.for_each(|p| p.storage = WeightStorage::F16);
    refuses_spoilt_slots(target, &network)
}

fn refuses_spoilt_slots(target: &Target<'_>, network: &Network) -> Outcome {
    let mut s = target.session(network)?;
    same::advance(&mut *s, 30, 30);
    let before = s.snapshot().expect("readable");
    let slots = s.plan().slots();
    for (i, (name, slot)) in slots.iter().enumerate() {
        let few_bits = match *slot {
            Slot::State { population, .. } => match &network.populations[population].dynamics {
                Dynamics::Model(neurons) => neurons.state.is_some(),
                Dynamics::Spikes(_) => false,
            },
            slot => matches!(slot, Slot::Weights { .. }),
        };
        for bytes in spoilt(*slot, few_bits, &before.slots[i].1) {
            let e = s.write(*slot, &bytes).expect_err(name);
            assert_eq!(e.kind(), ErrorKind::Invalid, "{name}: {e}");
            let mut wrong = before.clone();
            wrong.slots[i].1 = bytes;
            let e = s.restore(&wrong).expect_err(name);
            assert_eq!(e.kind(), ErrorKind::Invalid, "{name}: {e}");
            assert!(s.snapshot().expect("readable") == before, "{name}: it changes nothing");
        }
    }
    Ok(())
}

/// The content of a slot as it cannot be: too long, too short, not finite, beyond what 16 bits
/// hold, in times to come, more than an accumulator holds.
fn spoilt(slot: Slot, few_bits: bool, good: &[u8]) -> Vec<Vec<u8>> {
    let from = |at: usize, bytes: &[u8]| {
        let (before, after) = (&good[..at], &good[at + bytes.len()..]);
        [before, bytes, after].concat()
    };
    let never = u64::MAX.to_le_bytes();
    let mut all = vec![[good, &[0]].concat()];
    match slot {
        Slot::Clock | Slot::InFlight { .. } | Slot::Pushed { .. } => {}
        Slot::State { .. } | Slot::Past { .. } | Slot::Weights { .. } => {
            // f16 ends at 65,504; where nothing is kept in 16 bits, infinity is as wrong
            let large = if few_bits { 1e5 } else { f32::INFINITY };
            let floats = [f32::NAN, large].map(|x| from(0, &x.to_le_bytes()));
            all.extend(floats.into_iter().chain([good[4..].to_vec()]));
        }
        // time, trace
        Slot::PreTrace { .. } => {
            all.extend([from(0, &never), from(8, &f32::NAN.to_le_bytes()), good[12..].to_vec()]);
        }
        // a count, then time and trace of each
        Slot::PostHistory { .. } => {
            all.extend([from(0, &never), from(8, &never), good[..good.len() - 1].to_vec()]);
        }
        Slot::Pending { .. } => {
            all.extend([from(0, &i64::MIN.to_le_bytes()), good[8..].to_vec()]);
        }
    }
    all
}

fn wrong_spikes(target: &Target<'_>) -> Outcome {
    let mut s = target.session(&small(Precision::F32))?;
    same::advance(&mut *s, 30, 30);
    let before = s.snapshot().expect("readable");
    let at = |step, lane, id| Spike { step, lane, id };
    for spikes in [
        vec![at(29, 0, 20)],                // has passed
        vec![at(40, 1, 20)],                // no such lane
        vec![at(40, 0, 3)],                 // not a source
        vec![at(40, 0, 26)],                // not a source
        vec![at(40, 0, 4_000_000)],         // nobody
        vec![at(40, 0, 20), at(40, 0, 20)], // the accumulators are sized for one
        vec![at(40, 0, 21), at(7, 0, 21)],  // one is right
    ] {
        let e = s.push_spikes(&spikes).expect_err("wrong");
        assert_eq!(e.kind(), ErrorKind::Invalid, "{e}");
        assert!(s.snapshot().expect("readable") == before, "{spikes:?}: it changes nothing");
    }
    Ok(())
}

fn foreign_snapshot(target: &Target<'_>) -> Outcome {
    let mut other = small(Precision::F32);
    other.seed += 1;
    other.projections[0].delay_ms = isospike_net::Distribution::constant(0.3);
    set_param(&mut other.populations[0], "I_e", vec![500.0; 20]);
    let snapshot = same::reference(&other).snapshot().expect("readable");
    let mut s = target.session(&small(Precision::F32))?;
    same::advance(&mut *s, 10, 10);
    let before = s.snapshot().expect("readable");
    let e = s.restore(&snapshot).expect_err("another network");
    assert_eq!(e.kind(), ErrorKind::Invalid, "{e}");
    assert!(s.snapshot().expect("readable") == before, "it changes nothing");
    Ok(())
}

/// A state that overflows is an error that names it, at the latest when spikes are drained.
fn not_finite(target: &Target<'_>, precision: Precision) -> Outcome {
    let mut p = neurons("n", "iaf_psc_exp", 40, &[("C_m", 1e-3)]);
    let large = match precision {
        Precision::F32 => -1e38,
        Precision::F64 => -1e308,
    };
    let currents = (0..40).map(|i| if i == 33 { large } else { 0.0 });
    set_param(&mut p, "I_e", currents.collect());
    let mut s = target.session(&Network { precision, ..network(vec![p], Vec::new()) })?;
    let run = s.run_steps(2000, 2000, |_, _| ControlFlow::Continue(()));
    let e = run.expect_err("the potential overflows");
    assert_eq!(e.kind(), ErrorKind::NotFinite, "{e}");
    assert!(e.to_string().contains("n.V_m"), "{e}");
    Ok(())
}
