//! Published digests: what each bundled network does is fixed to the bit.
//!
//! `data/digests.txt` has a line per network and settings. A line that differs is printed as it
//! would have to be; replacing it needs a reason under "Digests" in the changelog.

use isospike::Simulation;
use isospike::net::bundled;
use isospike_tests::bundled::load;
use isospike_tests::run::build;
use std::ops::ControlFlow;

/// Characters of a digest that are kept: 96 bits.
const KEPT: usize = 24;

/// What a run leaves: spikes, their digest, the state's digest.
fn outcome(sim: &mut Simulation, ms: f64) -> String {
    let steps = sim.steps_in(ms).expect("whole steps");
    let mut spikes = 0;
    sim.run_steps(steps, steps, |_, new| {
        spikes += new.len();
        ControlFlow::Continue(())
    })
    .unwrap_or_else(|e| panic!("{e}"));
    let (digest, state) = (sim.digest(), sim.state_digest().expect("readable"));
    format!("{spikes} {} {}", &digest[..KEPT], &state[..KEPT])
}

/// Runs the networks of a line on one and two threads.
fn check(line: &str) -> Result<(), String> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [name, scale, overrides, ms, ..] = columns[..] else { panic!("four columns: {line}") };
    let (scale, time) = (scale.parse().expect("a number"), ms.parse().expect("a number"));
    let set: Vec<&str> = overrides.split('&').filter(|o| *o != "-").collect();
    let network = load(name, scale, &set);
    let mut found = Vec::new();
    for threads in [1, 2] {
        let mut sim = build(&network, threads);
        let planned = sim.plan().memory.total_bytes();
        assert_eq!(sim.session().allocated_bytes(), planned, "{line}: planned is allocated");
        found.push(outcome(&mut sim, time));
    }
    assert_eq!(found[0], found[1], "{name} {overrides}: threads 1 and 2");
    let now = format!("{name} {scale} {overrides} {ms} {}", found[0]);
    if now.split_whitespace().eq(columns) { Ok(()) } else { Err(now) }
}

#[test]
fn digests_are_as_published() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digests.txt");
    let table = std::fs::read_to_string(path).expect("the table");
    let lines = table.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    for (name, text) in isospike::net::BUNDLED {
        // Some have two names.
        let same = |line: &str| line.split(' ').next().and_then(bundled) == Some(*text);
        assert!(lines.clone().any(same), "{name}");
    }
    let wrong: Vec<String> = lines.filter_map(|l| check(l).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} digests changed. If that is meant, say why under \"Digests\" in CHANGELOG.md and replace \
         the lines of tests/data/digests.txt:\n{}\n",
        wrong.len(),
        wrong.join("\n")
    );
}
