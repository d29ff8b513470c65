//! What a sink does not take.

use crate::support::{Dir, header};
use isospike_backend::Spike;
use isospike_record::stats::{Correlations, Intervals, Psth, Rates, Spectrum, Totals, Welch};
use isospike_record::{Bits, Counts, Error, Selection, Sink, SpikesNpy, SpikesNpz, SpikesSonata};

fn refused<T>(result: Result<T, Error>, words: &str) {
    match result {
        Err(Error::Invalid(message)) => assert!(message.contains(words), "{message}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused: {words}"),
    }
}

fn sinks(dir: &Dir, selection: &Selection) -> Vec<Box<dyn Sink>> {
    let header = header(&[4], 1);
    let welch = Welch { segment: 8, overlap: 4 };
    vec![
        Box::new(SpikesNpz::create(&dir.path("a.npz"), &header, selection).unwrap()),
        Box::new(SpikesNpy::create(&dir.path("a.npy"), selection).unwrap()),
        Box::new(Counts::create(&dir.path("b.npy"), selection).unwrap()),
        Box::new(Bits::create(&dir.path("c.npy"), selection).unwrap()),
        Box::new(SpikesSonata::create(&dir.path("d.h5"), &header, selection).unwrap()),
        Box::new(Totals::new(&header, selection)),
        Box::new(Rates::new(&header, selection)),
        Box::new(Intervals::new(&header, selection)),
        Box::new(Psth::new(&header, selection, 3, None).unwrap()),
        Box::new(Correlations::new(selection)),
        Box::new(Spectrum::new(&header, selection, welch).unwrap()),
    ]
}

#[test]
fn spikes_out_of_order_are_refused() {
    let (dir, header) = (Dir::new(), header(&[4], 1));
    let spike = |step, id| Spike { step, lane: 0, id };
    for mut sink in sinks(&dir, &Selection::all(&header)) {
        sink.push(&[spike(3, 1), spike(3, 2)], 5).unwrap();
        refused(sink.push(&[spike(4, 0)], 6), "steps from 5 on");
        refused(sink.push(&[spike(6, 0)], 6), "none from the step reached on");
        refused(sink.push(&[], 4), "reached 4");
        refused(sink.push(&[spike(7, 0), spike(6, 0)], 8), "ascend");
        sink.push(&[spike(5, 0)], 6).unwrap();
        let _ = sink.finish().unwrap();
        refused(sink.push(&[], 6), "finished");
        refused(sink.finish(), "finished");
    }
}

#[test]
fn spikes_of_others_are_refused() {
    let (dir, header) = (Dir::new(), header(&[4], 1));
    let selection = Selection::all(&header).ids(1..3).unwrap().steps(2..9).unwrap();
    let spike = |step, id| Spike { step, lane: 0, id };
    for mut sink in sinks(&dir, &selection) {
        refused(sink.push(&[spike(1, 1)], 2), "steps from 2 on");
    }
    let path = dir.path("counts.npy");
    for bad in [spike(2, 0), spike(9, 1), Spike { step: 2, lane: 1, id: 1 }] {
        let mut counts = Counts::create(&path, &selection).unwrap();
        refused(counts.push(&[bad], 10), "put a Filter in front");
    }
}

#[test]
fn arguments_without_meaning_are_refused() {
    let (dir, header) = (Dir::new(), header(&[4], 2));
    let all = Selection::all(&header);
    refused(SpikesSonata::create(&dir.path("a.h5"), &header, &all), "lanes = 0..2");
    let mut odd = header.clone();
    odd.populations[0].name = "a/b".into();
    let one = all.clone().lanes(1..2).unwrap();
    refused(SpikesSonata::create(&dir.path("a.h5"), &odd, &one), "\"a/b\"");
    refused(Psth::new(&header, &all, 0, None), "bins = 0");
    refused(Psth::new(&header, &all, 5, Some(4)), "period = 4");
    for (segment, overlap) in [(12, 0), (2, 0), (8, 8)] {
        refused(Spectrum::new(&header, &all, Welch { segment, overlap }), "power of two");
    }
    let missing = dir.path("missing").join("a.npy");
    let message = Counts::create(&missing, &one).err().map(|e| e.to_string());
    assert!(message.is_some_and(|m| m.contains("a.npy: cannot be written")));
}
