//! Parts of a stream.

use crate::support::{bernoulli, header, stream};
use isospike_backend::Spike;
use isospike_record::{Filter, Finished, Result, Resume, Saved, Selection, Sink};

/// Keeps what it is handed.
#[derive(Default)]
struct Kept {
    spikes: Vec<Spike>,
    reached: Vec<u64>,
}

impl Resume for Kept {
    fn save(&mut self, _: &mut Saved) -> Result<()> {
        Ok(())
    }
    fn resume(&mut self, _: &mut Saved) -> Result<()> {
        Ok(())
    }
}

impl Sink for Kept {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.spikes.extend_from_slice(spikes);
        self.reached.push(reached);
        Ok(())
    }
    fn finish(&mut self) -> Result<Finished> {
        Ok(Finished::default())
    }
}

#[test]
fn neurons_lanes_steps_and_rows_are_selected() {
    let header = header(&[10, 6, 4], 3);
    let spikes = bernoulli(&header, 100, 0.2, 5);
    let selection = Selection::all(&header)
        .populations(&header, &["c", "a"])
        .and_then(|s| s.ids([2, 3, 4, 17, 18]))
        .and_then(|s| s.lanes(1..3))
        .and_then(|s| s.steps(13..88))
        .and_then(|s| s.every(10))
        .unwrap();
    for chunk in [1, 7, 10, 100] {
        let mut filter = Filter::new(&selection, Kept::default());
        let _ = stream(&mut filter, &spikes, 100, chunk);
        let mut expected: Vec<_> = spikes
            .iter()
            .filter(|s| [2, 3, 4, 17, 18].contains(&s.id) && s.lane > 0)
            .filter(|s| (13..88).contains(&s.step))
            .map(|s| Spike { step: ((s.step - 13) / 10 * 10 + 22).min(87), ..*s })
            .collect();
        expected.sort();
        let kept = filter.sink();
        assert_eq!(kept.spikes, expected);
        assert!(kept.reached.is_sorted() && kept.reached.first() >= Some(&13));
        assert_eq!(kept.reached.last(), Some(&88));
    }
}

/// A row that the run does not complete is stamped with its last step.
#[test]
fn the_last_row_may_be_shorter() {
    let header = header(&[3], 1);
    let selection = Selection::all(&header).every(10).unwrap();
    let mut filter = Filter::new(&selection, Kept::default());
    let spike = |step, id| Spike { step, lane: 0, id };
    let _ = stream(&mut filter, &[spike(9, 0), spike(11, 2), spike(12, 1)], 14, 4);
    assert_eq!(filter.sink().spikes, [spike(9, 0), spike(13, 1), spike(13, 2)]);
    assert_eq!(filter.sink().reached.last(), Some(&14));
}
