//! How a stream is cut changes no bit of any file or result.

use crate::support::{Dir, header};
use isospike_backend::Spike;
use isospike_record::stats::{Correlations, Intervals, Psth, Rates, Spectrum, Totals, Welch};
use isospike_record::{
    Bits, Counts, Filter, Header, Selection, Sink, SpikesNpy, SpikesNpz, SpikesSonata,
};
use proptest::prelude::*;

/// A run: its populations and lanes, its spikes, its length and what of it is selected.
#[derive(Clone, Debug)]
struct Stream {
    header: Header,
    spikes: Vec<Spike>,
    steps: u64,
    selection: Selection,
}

prop_compose! {
    fn stream()(
        sizes in prop::collection::vec(1u32..12, 1..4),
        batch in 1u32..4,
        steps in 1u64..300,
    )(
        spikes in prop::collection::vec((0..steps, 0..batch, 0..sizes.iter().sum::<u32>()), 0..400),
        first in 0..sizes.iter().sum::<u32>(),
        n in 1u32..20,
        lane in 0..batch,
        from in 0..steps,
        length in 1u64..400,
        every in 1u64..20,
        header in Just(header(&sizes, batch)),
        steps in Just(steps),
    ) -> Stream {
        let mut spikes: Vec<_> =
            spikes.into_iter().map(|(step, lane, id)| Spike { step, lane, id }).collect();
        spikes.sort();
        let end = (first + n).min(header.n_neurons() as u32);
        let selection = Selection::all(&header)
            .ids(first..end)
            .and_then(|s| s.lanes(lane..header.batch))
            .and_then(|s| s.steps(from..from + length))
            .and_then(|s| s.every(every))
            .unwrap();
        Stream { header, spikes, steps, selection }
    }
}

/// Everything that can be recorded of a run, as bytes: files by name, statistics as text.
fn recorded(run: &Stream, cuts: &[u64]) -> Vec<(String, Vec<u8>)> {
    let dir = Dir::new();
    let (header, selection) = (&run.header, &run.selection);
    let one = selection.clone().lanes(header.batch - 1..header.batch).unwrap();
    let welch = Welch { segment: 8, overlap: 3 };
    let mut totals = Filter::new(selection, Totals::new(header, selection));
    let mut rates = Filter::new(selection, Rates::new(header, selection));
    let mut intervals = Filter::new(selection, Intervals::new(header, selection));
    let mut psth = Filter::new(selection, Psth::new(header, selection, 4, Some(6)).unwrap());
    let mut correlations = Filter::new(selection, Correlations::new(selection));
    let spectrum = Spectrum::new(header, selection, welch).unwrap();
    let mut spectrum = Filter::new(selection, spectrum);
    let files: Vec<Box<dyn Sink>> = vec![
        Box::new(SpikesNpz::create(&dir.path("a.npz"), header, selection).unwrap()),
        Box::new(SpikesNpy::create(&dir.path("b.npy"), selection).unwrap()),
        Box::new(Counts::create(&dir.path("c.npy"), selection).unwrap()),
        Box::new(Bits::create(&dir.path("d.npy"), selection).unwrap()),
    ];
    let mut files = Filter::new(selection, files);
    let sonata = SpikesSonata::create(&dir.path("e.h5"), header, &one).unwrap();
    let mut sonata = Filter::new(&one, sonata);

    let mut lost = 0;
    {
        let mut sinks: [&mut dyn Sink; 8] = [
            &mut totals,
            &mut rates,
            &mut intervals,
            &mut psth,
            &mut correlations,
            &mut spectrum,
            &mut files,
            &mut sonata,
        ];
        for sink in &mut sinks {
            let mut rest = &run.spikes[..];
            for &cut in cuts.iter().chain([&run.steps]) {
                let n = rest.partition_point(|s| s.step < cut);
                sink.push(&rest[..n], cut).unwrap();
                rest = &rest[n..];
            }
            lost += sink.finish().unwrap().lost;
        }
    }
    let results = (
        totals.sink().counts(),
        rates.sink().result(),
        intervals.sink().result(),
        psth.sink().result(),
        correlations.sink().result(),
        spectrum.sink().result(),
        lost,
    );
    let mut all: Vec<_> = dir
        .names()
        .into_iter()
        .map(|name| (name.clone(), std::fs::read(dir.path(&name)).unwrap()))
        .collect();
    // Floats are printed to the last bit.
    all.push(("statistics".into(), serde_json::to_vec(&results).unwrap()));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chunks_cannot_be_seen(
        run in stream(),
        cuts in prop::collection::vec(0u64..300, 0..12),
    ) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|c| c.min(run.steps)).collect();
        cuts.sort();
        let whole = recorded(&run, &[]);
        let every: Vec<_> = (0..run.steps).collect();
        for cuts in [&cuts, &every] {
            for (a, b) in whole.iter().zip(recorded(&run, cuts)) {
                prop_assert_eq!(&a.0, &b.0);
                prop_assert!(a.1 == b.1, "{} differs", a.0);
            }
        }
    }
}
