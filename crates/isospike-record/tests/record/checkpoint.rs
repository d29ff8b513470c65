//! Checkpoints: a run goes on from one to the same bits, and what is none is refused.

use crate::support::{Dir, header};
use isospike::net::{Network, NeuronsBuilder, Plasticity, ProjectionBuilder};
use isospike::{Options, Simulation, Spike};
use isospike_record::stats::{Psth, Rates};
use isospike_record::{
    Checkpoint, CheckpointWriter, Counts, Error, Filter, Header, Probe, Result, Resume, Saved,
    Selection, Sink, SpikesNpz,
};
use std::ops::ControlFlow;
use std::path::Path;

/// Plastic synapses, a source to push spikes to, two lanes.
fn network(weight: f64) -> Network {
    let plastic = |c: ProjectionBuilder| c.plasticity(Plasticity::pair(40.0));
    let drive = |p: NeuronsBuilder| p.poisson(8_000.0, 60.0);
    Network::build("small")
        .batch(2)
        .population("e", 60, "iaf_psc_exp", drive)
        .spikes("s", 4, vec![(10, 1)])
        .project("e", "e", |c| plastic(c.probability(0.2).weight(weight).delay(1.5)))
        .project("s", "e", |c| c.all_to_all().weight(100.0).delay(2.0))
        .finish()
        .unwrap()
}

fn simulation(threads: usize) -> Simulation {
    let options = Options { threads: Some(threads), spread: true, ..Options::default() };
    Simulation::new(network(20.0), &options).unwrap()
}

/// What is recorded of it.
struct Records {
    files: Vec<Box<dyn Sink>>,
    rates: Rates,
    probe: Probe,
}

impl Records {
    fn new(dir: &Dir, network: &Network) -> Records {
        let header = Header::of(network);
        let all = Selection::all(&header);
        let one = all.clone().lanes(1..2).unwrap();
        let files: Vec<Box<dyn Sink>> = vec![
            Box::new(SpikesNpz::create(&dir.path("a.npz"), &header, &all).unwrap()),
            Box::new(Filter::new(&one, Counts::create(&dir.path("b.npy"), &one).unwrap())),
        ];
        let every = all.clone().every(7).unwrap();
        let (path, e) = (dir.path("v.npy"), &header.populations[0]);
        let probe = Probe::create(&path, network.precision, e, header.batch, &every).unwrap();
        Records { files, rates: Rates::new(&header, &all), probe }
    }

    fn run(&mut self, simulation: &mut Simulation, steps: u64) {
        for _ in 0..steps {
            if self.probe.until_next(simulation.step()) == Some(0) {
                let values = simulation.values("e", "V_m").unwrap();
                self.probe
                    .sample(simulation.step(), &values.into_iter().collect::<Vec<_>>())
                    .unwrap();
            }
            let (files, rates) = (&mut self.files, &mut self.rates);
            let push = |reached, spikes: &[Spike]| {
                files.iter_mut().for_each(|file| file.push(spikes, reached).unwrap());
                rates.push(spikes, reached).unwrap();
                ControlFlow::Continue(())
            };
            simulation.run_steps(1, 1, push).unwrap();
        }
    }

    fn save(&mut self, path: &Path, simulation: &mut Simulation) {
        let mut file = CheckpointWriter::create(path).unwrap();
        file.value("note", &"anything").unwrap();
        file.state(simulation.session()).unwrap();
        file.record("digest", simulation.spike_digest()).unwrap();
        file.record("files", &mut self.files).unwrap();
        file.record("rates", &mut self.rates).unwrap();
        file.record("probe", &mut self.probe).unwrap();
        file.finish().unwrap();
    }

    fn resume(&mut self, path: &Path, simulation: &mut Simulation) -> Result<()> {
        let mut checkpoint = Checkpoint::open(path)?;
        let names: Vec<_> = checkpoint.names().collect();
        assert_eq!(names, ["note", "digest", "files", "rates", "probe"]);
        assert_eq!(checkpoint.value::<String>("note")?, "anything");
        checkpoint.restore(simulation.session())?;
        checkpoint.resume("digest", simulation.spike_digest())?;
        checkpoint.resume("files", &mut self.files)?;
        checkpoint.resume("rates", &mut self.rates)?;
        checkpoint.resume("probe", &mut self.probe)
    }

    fn finish(mut self, dir: &Dir) -> (Vec<Vec<u8>>, String) {
        let _ = (self.files.finish().unwrap(), self.probe.finish().unwrap());
        drop(self.files);
        let read = |name: &str| std::fs::read(dir.path(name)).unwrap();
        let files = ["a.npz", "b.npy", "v.npy"].map(read).to_vec();
        (files, serde_json::to_string(&self.rates.result()).unwrap())
    }
}

fn push(simulation: &mut Simulation) {
    // One is under way at the checkpoint, one is still to come.
    let spike = |step, lane| Spike { step, lane, id: 62 };
    simulation.session().push_spikes(&[spike(95, 1), spike(140, 0)]).unwrap();
}

#[test]
fn a_run_goes_on_to_the_same_bits_on_any_number_of_threads() {
    let network = network(20.0);
    let (whole, parts) = (Dir::new(), Dir::new());
    let path = parts.path("checkpoint");
    let (mut expected, mut first) = (simulation(1), simulation(2));
    let mut records = Records::new(&whole, &network);
    push(&mut expected);
    records.run(&mut expected, 400);
    let expected_files = records.finish(&whole);

    let mut records = Records::new(&parts, &network);
    push(&mut first);
    records.run(&mut first, 100);
    records.save(&path, &mut first);
    assert!(!parts.names().contains(&"checkpoint.tmp".to_owned()));
    records.run(&mut first, 60);
    drop((records, first));
    for (threads, steps) in [(3, 130), (1, 170)] {
        let mut next = simulation(threads);
        let mut records = Records::new(&parts, &network);
        records.resume(&path, &mut next).unwrap();
        records.run(&mut next, steps);
        if next.step() < 400 {
            records.save(&path, &mut next);
            continue;
        }
        assert_eq!(next.digest(), expected.digest());
        assert_eq!(next.state_digest().unwrap(), expected.state_digest().unwrap());
        assert_eq!(next.snapshot().unwrap(), expected.snapshot().unwrap());
        assert!(records.finish(&parts) == expected_files);
    }
}

fn refused<T>(result: Result<T>, words: &str) {
    let message = result.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message.contains(words), "{message:?} does not say {words:?}");
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let dir = Dir::new();
    let path = dir.path("checkpoint");
    let mut simulation = simulation(1);
    let mut records = Records::new(&dir, &network(20.0));
    records.run(&mut simulation, 30);
    records.save(&path, &mut simulation);
    let good = std::fs::read(&path).unwrap();
    let bad = dir.path("bad");
    let open = |bytes: &[u8]| {
        std::fs::write(&bad, bytes).unwrap();
        Checkpoint::open(&bad)
    };
    assert!(open(&good).is_ok());
    // Cut anywhere, longer, or changed in any one bit.
    let n = good.len();
    for end in [12, 13, 45, n / 2, n - 33, n - 1] {
        refused(open(&good[..end]), "cut short or changed");
    }
    refused(open(&[&good[..], &[0]].concat()), "cut short or changed");
    for i in (12..n).step_by(n / 97).chain([n - 1]) {
        let mut changed = good.clone();
        changed[i] ^= 1 << (i % 8);
        refused(open(&changed), "cut short or changed");
    }
    for foreign in [&b""[..], b"isospike", b"PK\x03\x04 something else", &good[1..]] {
        refused(open(foreign), "not a checkpoint of isospike");
    }
    let mut old = good.clone();
    old[8] = 0;
    refused(open(&old), "version 0; this isospike reads version 1");
    refused(Checkpoint::open(&dir.path("absent")), "absent: cannot be read");
    // Nothing but the name of the file is in the way of the next.
    records.save(&bad, &mut simulation);
    assert!(Checkpoint::open(&bad).is_ok());
}

#[test]
fn another_network_is_refused_and_nothing_is_changed() {
    let dir = Dir::new();
    let path = dir.path("checkpoint");
    let mut first = simulation(1);
    let mut records = Records::new(&dir, &network(20.0));
    records.run(&mut first, 30);
    records.save(&path, &mut first);
    drop(records);
    let mut other = Simulation::new(network(21.0), &Options::default()).unwrap();
    let before = other.state_digest().unwrap();
    let mut checkpoint = Checkpoint::open(&path).unwrap();
    refused(checkpoint.restore(other.session()), "taken from another network");
    assert_eq!((other.step(), other.state_digest().unwrap()), (0, before));
    refused(checkpoint.value::<u64>("absent"), "no absent in this checkpoint");
    refused(checkpoint.value::<u64>("note"), "not of this kind");
}

#[test]
fn records_that_are_not_what_they_were_are_refused() {
    let dir = Dir::new();
    let path = dir.path("checkpoint");
    let mut first = simulation(1);
    let mut records = Records::new(&dir, &network(20.0));
    records.run(&mut first, 200);
    records.save(&path, &mut first);
    drop(records);
    let resume = |dir: &Dir| {
        let network = network(20.0);
        Records::new(dir, &network).resume(&path, &mut simulation(1))
    };
    let counts = dir.path("b.npy");
    let good = std::fs::read(&counts).unwrap();
    std::fs::write(&counts, &good[..good.len() - 1]).unwrap();
    refused(resume(&dir), "b.npy: cannot be read: it is shorter than when it was saved");
    std::fs::write(&counts, "something else").unwrap();
    refused(resume(&dir), "b.npy: cannot be read: it is not the record");
    std::fs::remove_file(&counts).unwrap();
    refused(resume(&dir), "b.npy: cannot be read: it is not the record");
    std::fs::write(&counts, &good).unwrap();
    assert!(resume(&dir).is_ok());

    // Of other neurons, and of another kind.
    let header = header(&[60, 4], 2);
    let some = Selection::all(&header).ids(0..10).unwrap();
    let mut checkpoint = Checkpoint::open(&path).unwrap();
    let mut rates = Rates::new(&header, &some);
    refused(checkpoint.resume("rates", &mut rates), "rates: selection = ");
    refused(checkpoint.resume("digest", &mut rates), "must go on with it");
    let missing = checkpoint.resume("isi", &mut rates);
    assert!(matches!(&missing, Err(Error::Invalid(_))));
    refused(missing, "no isi in this checkpoint");
}

/// A state that no session takes back is not written, and the checkpoint before it stays.
#[test]
fn a_state_that_is_not_finite_is_not_saved() {
    let dir = Dir::new();
    let path = dir.path("checkpoint");
    std::fs::write(&path, "the one before").unwrap();
    let wild = Network::build("wild")
        .dt(1.0)
        .population("x", 2, "izhikevich", |p| p.params(&[("a", 400.0), ("I_e", 20.0)]))
        .finish()
        .unwrap();
    let mut simulation = Simulation::new(wild, &Options::default()).unwrap();
    while simulation.session().run(1).is_ok() {}
    let mut file = CheckpointWriter::create(&path).unwrap();
    refused(file.state(simulation.session()), "must be finite");
    drop(file);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "the one before");
    assert_eq!(dir.names(), ["checkpoint"]);
}

/// What a checkpoint may need is not removed when the archive is made of it.
#[test]
fn what_a_checkpoint_needs_outlives_the_archive() {
    let dir = Dir::new();
    let header = header(&[3], 1);
    let all = Selection::all(&header);
    let spike = |step| Spike { step, lane: 0, id: 1 };
    let create = || SpikesNpz::create(&dir.path("a.npz"), &header, &all).unwrap();
    let mut saved = Saved::default();
    let mut file = create();
    file.push(&[spike(3)], 10).unwrap();
    file.save(&mut saved).unwrap();
    file.push(&[spike(15)], 20).unwrap();
    let _ = file.finish().unwrap();
    drop(file);
    let whole = std::fs::read(dir.path("a.npz")).unwrap();
    assert_eq!(dir.names(), ["a.npz", "a.npz.tmp"]);
    for _ in 0..2 {
        let mut file = create();
        file.resume(&mut Saved::of(saved.bytes().to_vec())).unwrap();
        file.push(&[spike(15)], 20).unwrap();
        let _ = file.finish().unwrap();
        drop(file);
        assert!(std::fs::read(dir.path("a.npz")).unwrap() == whole);
    }
    // A record that is gone cannot be read: that is no failure to write.
    let mut file = create();
    file.push(&[spike(3)], 10).unwrap();
    std::fs::remove_file(dir.path("a.npz.tmp")).unwrap();
    refused(file.finish(), "a.npz.tmp: cannot be read");
}

/// A run that is made longer has more bins; one that ends earlier has fewer, but none is lost.
#[test]
fn a_histogram_grows_with_its_run() {
    let header = header(&[2, 3], 1);
    let rows = Selection::all(&header).every(10).unwrap();
    let spike = |step, id| Spike { step, lane: 0, id };
    let psth = |bins, period| Psth::new(&header, &rows, bins, period).unwrap();
    let first = [spike(5, 0), spike(25, 4)];
    let mut saved = Saved::default();
    let mut short = psth(5, None);
    short.push(&first, 30).unwrap();
    short.save(&mut saved).unwrap();
    let resume =
        |mut psth: Psth| psth.resume(&mut Saved::of(saved.bytes().to_vec())).map(|()| psth);
    for bins in [3, 5, 8] {
        let mut expected = psth(bins, None);
        expected.push(&first, 30).unwrap();
        let mut resumed = resume(psth(bins, None)).unwrap();
        for psth in [&mut expected, &mut resumed] {
            psth.push(&[spike(71, 1)], 80).unwrap();
        }
        assert_eq!(resumed.result(), expected.result());
    }
    refused(resume(psth(2, None)), "no fewer bins than have spikes");
    refused(resume(psth(5, Some(5))), "the same period");
}
