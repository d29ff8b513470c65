//! SONATA's layout, read by others.

use crate::support::{Dir, bernoulli, header, stream};
use isospike_backend::Spike;
use isospike_record::{Filter, Header, Selection, SpikesSonata};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Times and ids of a population.
type Train = (Vec<f64>, Vec<u64>);

fn expected(header: &Header, spikes: &[Spike], population: usize) -> Train {
    let p = &header.populations[population];
    let of = spikes.iter().filter(|s| header.population_of(s.id) == Some(population));
    of.map(|s| ((s.step + 1) as f64 * 0.1, u64::from(s.id - p.first_id))).unzip()
}

/// Some 20,000 spikes of `a`, which is more than are appended at once, few of `b`, and `c` silent.
fn record(path: &Path) -> (Header, Vec<Spike>) {
    let header = header(&[40, 1, 10], 2);
    let spikes: Vec<_> =
        bernoulli(&header, 5000, 0.1, 6).into_iter().filter(|s| s.id < 41).collect();
    let selection = Selection::all(&header).lanes(1..2).unwrap();
    let file = SpikesSonata::create(path, &header, &selection).unwrap();
    let _ = stream(&mut Filter::new(&selection, file), &spikes, 5000, 700);
    (header, spikes.into_iter().filter(|s| s.lane == 1).collect())
}

#[test]
fn the_layout_is_that_of_sonata() {
    let dir = Dir::new();
    let path = dir.path("spikes.h5");
    let (header, spikes) = record(&path);
    let file = hdf5_pure::File::open(&path).unwrap();
    let attributes = file.root().attrs().unwrap();
    assert_eq!(attributes["magic"].as_u64(), Some(0x0A7A));
    assert_eq!(attributes["version"].to_u64s(), Some(vec![0, 1]));
    for (i, name) in ["a", "b", "c"].into_iter().enumerate() {
        let times = file.dataset(&format!("spikes/{name}/timestamps")).unwrap();
        let ids = file.dataset(&format!("spikes/{name}/node_ids")).unwrap();
        assert_eq!(times.attrs().unwrap()["units"].as_str(), Some("ms"));
        let found = (times.read_f64().unwrap(), ids.read_u64().unwrap());
        assert_eq!(found, expected(&header, &spikes, i), "{name}");
    }
}

/// Only populations with a selected neuron are in the file.
#[test]
fn populations_are_selected() {
    let dir = Dir::new();
    let header = header(&[5, 5, 5], 1);
    let selection = Selection::all(&header).ids([12, 3, 4]).unwrap();
    let path = dir.path("spikes.h5");
    let file = SpikesSonata::create(&path, &header, &selection).unwrap();
    let spikes = bernoulli(&header, 100, 0.2, 7);
    let _ = stream(&mut Filter::new(&selection, file), &spikes, 100, 100);
    let file = hdf5_pure::File::open(&path).unwrap();
    let groups = file.group("spikes").unwrap().groups().unwrap();
    assert_eq!(groups, ["a", "c"]);
    let ids = file.dataset("spikes/c/node_ids").unwrap().read_u64().unwrap();
    let n = spikes.iter().filter(|s| s.id == 12).count();
    assert_eq!(ids, vec![2; n]);
}

/// Floats go through text as their bits.
const SCRIPT: &str = "
import json, sys, libsonata, numpy
bits = lambda times: numpy.asarray(times, dtype='<f8').view('<u8').tolist()
reader = libsonata.SpikeReader(sys.argv[1])
trains = {}
for name in reader.get_population_names():
    spikes = reader[name].get_dict()
    trains[name] = (bits(spikes['timestamps']), spikes['node_ids'].tolist())
part = reader['a'].get(node_ids=[3], tstart=100.0, tstop=200.0)
trains['part'] = (bits([t for _, t in part]), [int(i) for i, _ in part])
json.dump(trains, sys.stdout)
";

/// A Python with libsonata: in the build folder, where `cargo xtask test` puts it, in the
/// environment beside the workspace, or anywhere.
fn python() -> Result<Command, String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let packages = Path::new(root).join(target).join("libsonata");
    let command = |python: &str| {
        let mut command = Command::new(python);
        if packages.is_dir() {
            command.env("PYTHONPATH", &packages);
        }
        command
    };
    let has_it = |python: &&str| {
        let output = command(python).args(["-c", "import libsonata"]).output();
        output.is_ok_and(|o| o.status.success())
    };
    let beside = format!("{root}/.venv/bin/python");
    let found = ["python3", &beside].into_iter().find(has_it).map(command);
    found.ok_or_else(|| "no Python with libsonata: `cargo xtask test` installs it".into())
}

#[test]
fn libsonata_reads_it() {
    let mut python = match python() {
        Ok(python) => python,
        Err(reason) => return println!("SKIPPED sonata::libsonata_reads_it: {reason}"),
    };
    let dir = Dir::new();
    let path = dir.path("spikes.h5");
    let (header, spikes) = record(&path);
    let output = python.arg("-c").arg(SCRIPT).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: BTreeMap<String, [Vec<u64>; 2]> = serde_json::from_slice(&output.stdout).unwrap();
    let bits = |(times, ids): Train| [times.into_iter().map(f64::to_bits).collect(), ids];
    let names: Vec<_> = found.keys().collect();
    assert_eq!(names, ["a", "b", "c", "part"]);
    for (i, name) in ["a", "b", "c"].into_iter().enumerate() {
        assert!(found[name] == bits(expected(&header, &spikes, i)), "{name}");
    }
    let (times, ids) = expected(&header, &spikes, 0);
    let part = times.into_iter().zip(ids);
    let part: Train = part.filter(|(t, i)| *i == 3 && (100.0..=200.0).contains(t)).unzip();
    assert!(part.0.len() > 50 && found["part"] == bits(part));
}
