//! How a stream is cut changes no bit of any file or result, nor does a break.

use crate::support::{Dir, header};
use isospike_backend::Spike;
use isospike_record::stats::{Correlations, Intervals, Psth, Rates, Spectrum, Totals, Welch};
use isospike_record::{
    Bits, Counts, Filter, Header, Saved, Selection, Sink, SpikesNpy, SpikesNpz, SpikesSonata,
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

/// Every sink there is.
struct Sinks {
    totals: Filter<Totals>,
    rates: Filter<Rates>,
    intervals: Filter<Intervals>,
    psth: Filter<Psth>,
    correlations: Filter<Correlations>,
    spectrum: Filter<Spectrum>,
    files: Filter<Vec<Box<dyn Sink>>>,
    sonata: Filter<SpikesSonata>,
}

impl Sinks {
    fn new(run: &Stream, dir: &Dir) -> Sinks {
        let (header, selection) = (&run.header, &run.selection);
        let one = selection.clone().lanes(header.batch - 1..header.batch).unwrap();
        let welch = Welch { segment: 8, overlap: 3 };
        let files: Vec<Box<dyn Sink>> = vec![
            Box::new(SpikesNpz::create(&dir.path("a.npz"), header, selection).unwrap()),
            Box::new(SpikesNpy::create(&dir.path("b.npy"), selection).unwrap()),
            Box::new(Counts::create(&dir.path("c.npy"), selection).unwrap()),
            Box::new(Bits::create(&dir.path("d.npy"), selection).unwrap()),
        ];
        let sonata = SpikesSonata::create(&dir.path("e.h5"), header, &one).unwrap();
        let psth = Psth::new(header, selection, 4, Some(6)).unwrap();
        let spectrum = Spectrum::new(header, selection, welch).unwrap();
        Sinks {
            totals: Filter::new(selection, Totals::new(header, selection)),
            rates: Filter::new(selection, Rates::new(header, selection)),
            intervals: Filter::new(selection, Intervals::new(header, selection)),
            psth: Filter::new(selection, psth),
            correlations: Filter::new(selection, Correlations::new(selection)),
            spectrum: Filter::new(selection, spectrum),
            files: Filter::new(selection, files),
            sonata: Filter::new(&one, sonata),
        }
    }

    fn all(&mut self) -> [&mut dyn Sink; 8] {
        [
            &mut self.totals,
            &mut self.rates,
            &mut self.intervals,
            &mut self.psth,
            &mut self.correlations,
            &mut self.spectrum,
            &mut self.files,
            &mut self.sonata,
        ]
    }

    /// Hands over the spikes of the steps up to `reached`.
    fn push(&mut self, run: &Stream, from: u64, reached: u64) {
        let [a, b] = [from, reached].map(|step| run.spikes.partition_point(|s| s.step < step));
        self.all().into_iter().for_each(|sink| sink.push(&run.spikes[a..b], reached).unwrap());
    }

    /// All that was recorded, as bytes: files by name, statistics as text.
    fn finish(mut self, dir: &Dir) -> Vec<(String, Vec<u8>)> {
        let lost: u64 = self.all().into_iter().map(|sink| sink.finish().unwrap().lost).sum();
        let results = (
            self.totals.sink().counts(),
            self.rates.sink().result(),
            self.intervals.sink().result(),
            self.psth.sink().result(),
            self.correlations.sink().result(),
            self.spectrum.sink().result(),
            lost,
        );
        // Floats are printed to the last bit.
        let statistics = ("statistics".into(), serde_json::to_vec(&results).unwrap());
        drop(self);
        // A checkpoint may need what lies beside a record that was saved.
        let names = dir.names().into_iter().filter(|name| !name.ends_with(".tmp"));
        let files = names.map(|name| (name.clone(), std::fs::read(dir.path(&name)).unwrap()));
        files.chain([statistics]).collect()
    }
}

/// Everything that can be recorded of a run, handed over in chunks.
fn recorded(run: &Stream, cuts: &[u64]) -> Vec<(String, Vec<u8>)> {
    let dir = Dir::new();
    let (mut sinks, mut from) = (Sinks::new(run, &dir), 0);
    for &cut in cuts.iter().chain([&run.steps]) {
        sinks.push(run, from, cut);
        from = cut;
    }
    sinks.finish(&dir)
}

/// The same by one process after the other: at each cut everything is saved, recorded for so many
/// steps more, lost, and taken up again.
fn resumed(run: &Stream, cuts: &[u64], beyond: u64) -> Vec<(String, Vec<u8>)> {
    let dir = Dir::new();
    let (mut sinks, mut from) = (Sinks::new(run, &dir), 0);
    for &cut in cuts {
        sinks.push(run, from, cut);
        from = cut;
        let mut saved = Saved::default();
        sinks.all().into_iter().for_each(|sink| sink.save(&mut saved).unwrap());
        sinks.push(run, from, (from + beyond).min(run.steps));
        drop(sinks);
        let mut saved = Saved::of(saved.bytes().to_vec());
        sinks = Sinks::new(run, &dir);
        sinks.all().into_iter().for_each(|sink| sink.resume(&mut saved).unwrap());
    }
    sinks.push(run, from, run.steps);
    sinks.finish(&dir)
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

proptest! {
    // Whatever is saved is brought to the disk, which takes its time.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_saved_record_goes_on(
        run in stream(),
        cuts in prop::collection::vec(0u64..300, 1..5),
        beyond in 0u64..100,
    ) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|c| c.min(run.steps)).collect();
        cuts.sort();
        let (whole, parts) = (recorded(&run, &[]), resumed(&run, &cuts, beyond));
        prop_assert_eq!(whole.len(), parts.len());
        for (a, b) in whole.iter().zip(parts) {
            prop_assert_eq!(&a.0, &b.0);
            prop_assert!(a.1 == b.1, "{} differs", a.0);
        }
    }
}

/// Steps beyond 2^32, as a run of weeks has them, with a break in the middle.
#[test]
fn far_steps_go_on_too() {
    let (mega, far) = (1_000_000u64, 1u64 << 32);
    let mut spikes: Vec<_> = (0..4000)
        .map(|k: u64| Spike { step: far - mega + 500 * k, lane: 0, id: (k * 7 % 100) as u32 })
        .collect();
    spikes.insert(0, Spike { step: 5, lane: 0, id: 99 });
    let header = header(&[80, 20], 1);
    let selection = Selection::all(&header).every(mega).unwrap();
    let run = Stream { header, spikes, steps: 2 * far, selection };
    let (whole, parts) = (recorded(&run, &[]), resumed(&run, &[3 * mega, far + 7], 10 * mega));
    assert!(whole == parts);
    let (name, counts) = &whole[2];
    let bytes = 100 * (2 * far).div_ceil(mega);
    assert_eq!((name.as_str(), counts.len() as u64), ("c.npy", 128 + bytes));
}
