//! The first thing in which two runs differ is found, to the step and the neuron.

use isospike::backend::plan::Slot;
use isospike::{Network, Options, SessionExt, Simulation, first_divergence};

/// A source that fires at these steps drives neurons that fire.
fn simulation(fires: &[u64]) -> Simulation {
    let network = Network::build("parts")
        .spikes("S", 1, fires.iter().map(|&step| (step, 0)).collect())
        .population("E", 70, "iaf_psc_delta", |p| p.poisson(2_000.0, 5.0))
        .project("S", "E", |c| c.all_to_all().weight(100.0).delay(2.0))
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    Simulation::new(network, &Options::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn part(a: &mut Simulation, b: &mut Simulation, steps: u64) -> Option<(u64, String)> {
    let found = first_divergence([a.session(), b.session()], ["A", "B"], steps);
    found.unwrap_or_else(|e| panic!("{e}")).map(|d| (d.step, d.what))
}

#[test]
fn equal_runs_do_not_part() {
    let (mut a, mut b) = (simulation(&[10, 500]), simulation(&[10, 500]));
    assert_eq!(part(&mut a, &mut b, 1000), None);
    assert_eq!((a.step(), b.step()), (1000, 1000));
}

#[test]
fn a_spike_that_only_one_has_is_found() {
    let (mut a, mut b) = (simulation(&[10, 500]), simulation(&[10, 501]));
    let (step, what) = part(&mut a, &mut b, 1000).expect("they part");
    assert_eq!((step, &*what), (500, "neuron 0 of S, lane 0, spikes only on A"));
    let (mut a, mut b) = (simulation(&[10]), simulation(&[10, 700]));
    let (step, what) = part(&mut a, &mut b, 1000).expect("they part");
    assert_eq!((step, &*what), (700, "neuron 0 of S, lane 0, spikes only on B"));
}

#[test]
fn a_value_of_the_state_is_found() {
    let (mut a, mut b) = (simulation(&[10]), simulation(&[10]));
    let slots = b.plan().slots();
    let potential = slots.iter().find(|(name, _)| name == "E.V_m").expect("a potential").1;
    assert!(matches!(potential, Slot::State { .. }));
    let mut bytes = b.session().read(potential).expect("readable");
    // The lowest bit of neuron 33's potential.
    bytes[33 * 4] ^= 1;
    b.session().write(potential, &bytes).expect("a state");
    let (step, what) = part(&mut a, &mut b, 1000).expect("they part");
    assert!(step == 0 && what.starts_with("E.V_m[33], lane 0, is "), "{step}: {what}");
}
