//! A batch in several parts, one after the other, so that it fits.
//!
//! A lane depends on its own seed and nothing else of the batch, so its spikes are the same in a
//! part: with the number of the lane put right, and the spikes of all parts merged, they are those
//! of the whole batch, to the bit.

use crate::room::{Room, is_too_large};
use isospike_backend::plan::PlanOptions;
use isospike_backend::{Error, ErrorKind, Plan, Result, Spike};
use isospike_net::Network;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

/// A batch, parted.
#[derive(Clone, Debug)]
pub struct MicroBatches {
    network: Arc<Network>,
    lanes: usize,
}

/// A part of a batch.
#[derive(Clone, Debug)]
pub struct MicroBatch {
    /// Its lanes, as the whole batch counts them.
    pub lanes: Range<usize>,
    /// The network with these lanes only, counted from 0.
    pub network: Arc<Network>,
}

impl MicroBatches {
    /// Parts of up to so many lanes.
    ///
    /// # Errors
    /// `Invalid` if that is 0, or if filters of a part look back less far than in the whole batch:
    /// then the parts hold less than the state of the whole.
    pub fn of(network: impl Into<Arc<Network>>, lanes: usize) -> Result<MicroBatches> {
        if lanes == 0 {
            let message = "micro-batch = 0 lanes; must be at least 1";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let batches = MicroBatches { network: network.into(), lanes };
        batches.look_back_equally()?;
        Ok(batches)
    }

    /// As few parts as fit one by one, as equal as they can be; one if the whole batch fits.
    ///
    /// # Errors
    /// What [`Room::measure`] says of a single lane if one does not fit alone; as
    /// [`MicroBatches::of`].
    pub fn fit(network: impl Into<Arc<Network>>, room: &Room) -> Result<MicroBatches> {
        let network = network.into();
        let all = network.lane_seeds.len();
        let mut most = room.largest_batch(&network).unwrap_or(1);
        loop {
            let lanes = all.div_ceil(all.div_ceil(most).max(1));
            let batches = MicroBatches { network: network.clone(), lanes };
            match batches.different().try_for_each(|part| room.measure(part).map(drop)) {
                Ok(()) => return MicroBatches::of(network, lanes),
                Err(e) if lanes > 1 && is_too_large(&e) => most = lanes - 1,
                Err(e) => return Err(e),
            }
        }
    }

    /// The networks of the parts, but for those that differ from the one before in seeds only: they
    /// take the same memory.
    fn different(&self) -> impl Iterator<Item = Network> {
        let mut before = None;
        self.parts().filter_map(move |part| {
            let mut network = Network::clone(&part.network);
            network.lane_seeds.fill(0);
            (before.as_ref() != Some(&network)).then(|| before.insert(network).clone())
        })
    }

    /// Refuses parts in which a filter is shorter than in the whole batch, whose state would hold
    /// what no part has.
    fn look_back_equally(&self) -> Result<()> {
        let vary = |i| self.network.params_vary(i);
        if self.parts().len() < 2 || !(0..self.network.populations.len()).any(vary) {
            return Ok(());
        }
        let sizes = |network: Arc<Network>| {
            let measured = Plan::measure(network, &PlanOptions::default())?;
            Ok::<_, Error>(measured.sizes.populations)
        };
        let whole = sizes(self.network.clone())?;
        if whole.iter().all(|p| p.n_taps.is_empty()) {
            return Ok(());
        }
        for part in self.parts() {
            for (whole, of_part) in whole.iter().zip(sizes(part.network)?) {
                let shorter = of_part.n_taps.iter().find(|(name, n)| whole.n_taps[*name] != **n);
                let Some((filter, n)) = shorter else { continue };
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!(
                        "micro-batch = {} lanes: the {filter} filter of populations.{} has {n} steps \
                         in lanes {} to {} and {} in the batch; must be the same in every part",
                        self.lanes,
                        whole.name,
                        part.lanes.start,
                        part.lanes.end - 1,
                        whole.n_taps[filter],
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Lanes of the largest part.
    pub fn lanes(&self) -> usize {
        self.lanes.min(self.network.lane_seeds.len())
    }

    /// The parts, in the order of their lanes.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = MicroBatch> {
        let all = self.network.lane_seeds.len();
        (0..all.div_ceil(self.lanes)).map(move |i| {
            let lanes = i * self.lanes..all.min((i + 1) * self.lanes);
            MicroBatch { network: Arc::new(self.network.lanes(lanes.clone())), lanes }
        })
    }
}

impl MicroBatch {
    /// Gives spikes of the part the lanes of the whole batch; their order stays.
    pub fn renumber(&self, spikes: &mut [Spike]) {
        spikes.iter_mut().for_each(|s| s.lane += self.lanes.start as u32);
    }
}

/// One stream of spikes from several, each ascending by (step, lane, id): ascending too, with every
/// spike of each. Holds one spike of each stream. After an error it goes on with the other streams.
pub fn merge<I, E>(streams: impl IntoIterator<Item = I>) -> impl Iterator<Item = Result<Spike, E>>
where
    I: Iterator<Item = Result<Spike, E>>,
{
    let mut streams: Vec<I> = streams.into_iter().collect();
    let mut next = BinaryHeap::new();
    let mut errors = Vec::new();
    for i in 0..streams.len() {
        advance(&mut streams, i, &mut next, &mut errors);
    }
    std::iter::from_fn(move || {
        if let Some(error) = errors.pop() {
            return Some(Err(error));
        }
        let Reverse((spike, i)) = next.pop()?;
        advance(&mut streams, i, &mut next, &mut errors);
        Some(Ok(spike))
    })
}

fn advance<I, E>(
    streams: &mut [I],
    i: usize,
    next: &mut BinaryHeap<Reverse<(Spike, usize)>>,
    errors: &mut Vec<E>,
) where
    I: Iterator<Item = Result<Spike, E>>,
{
    match streams[i].next() {
        Some(Ok(spike)) => next.push(Reverse((spike, i))),
        Some(Err(error)) => errors.push(error),
        None => {}
    }
}
