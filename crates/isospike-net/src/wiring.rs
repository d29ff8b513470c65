//! The synapses of a projection, made row by row.
//!
//! A row holds the synapses of one source neuron. Rows can be made in any order, on any thread,
//! again and again, and on their own: every random number is addressed by (projection, source,
//! trial). The number of synapses per source is known before the first row.

use crate::counts::{binomial, hypergeometric};
use crate::distinct::Taken;
use crate::draw::{GROUP, Stream};
use crate::generator::Rows;
use crate::sampler::{DelaySampler, Pick, Sampler};
use crate::transpose::{ByTarget, Listed};
use crate::{Connector, Edges, NetError, Network, par};
use isospike_lane::isa::{Isa, dispatch};
use isospike_lane::{Draw, Purpose};
use std::sync::OnceLock;

/// One projection, prepared. `row` may be called from many threads at once.
#[derive(Debug)]
pub struct Wiring<'n> {
    isa: Isa,
    stream: Stream,
    n_targets: u32,
    /// A neuron may not connect to itself: source and target are the same population.
    no_autapses: bool,
    out_degrees: Vec<u32>,
    ends: Ends<'n>,
    weight: Sampler,
    delay: DelaySampler,
}

/// How the targets of a row are found.
#[derive(Debug)]
enum Ends<'n> {
    /// All of them.
    All,
    /// The one with the source's number.
    Same,
    /// Drawn independently.
    Independent,
    /// Drawn without replacement, ascending.
    Distinct,
    /// Drawn by the targets; rows are a transpose, made for a range of sources at a time.
    ByTarget { draw: ByTarget, open: OnceLock<Listed> },
    /// Made with their weights.
    Weighted(Rows),
    /// Given: the edges of source s are `order[first[s]..first[s + 1]]`.
    Given { first: Vec<u64>, order: Vec<u32>, edges: &'n Edges },
}

/// The synapses of one source neuron, and room to make them in.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Target neurons.
    pub targets: Vec<u32>,
    /// Weights in the unit of the port.
    pub weights: Vec<f64>,
    /// Delays in steps.
    pub delays: Vec<u32>,
    pub(crate) words: Vec<u32>,
    ms: Vec<f64>,
    pub(crate) taken: Taken,
}

impl Row {
    /// Number of synapses.
    pub fn len(&self) -> usize {
        self.targets.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}

pub(crate) const TARGET: Draw = Purpose::Target.draw(0);
pub(crate) const WEIGHT: Draw = Purpose::Weight.draw(0);
const DELAY: Draw = Purpose::Delay.draw(0);
pub(crate) const COUNT: [Draw; 2] = [Purpose::Count.draw(0), Purpose::Count.draw(1)];

impl<'n> Wiring<'n> {
    /// Prepares a projection: finds how many synapses each source has.
    ///
    /// Needs 4 bytes per source, for [`Connector::Edges`] 4 bytes per synapse, and for a Mexican
    /// hat the synapses of one row.
    ///
    /// # Errors
    /// What [`Network::validate`] says of this projection, but for what a list of edges holds,
    /// which is not looked at again.
    ///
    /// # Panics
    /// If a list of edges names neurons that the populations do not have.
    pub fn new(
        network: &'n Network,
        projection: usize,
        threads: usize,
    ) -> Result<Wiring<'n>, NetError> {
        network.check_projection(projection)?;
        let p = &network.projections[projection];
        let (source, target) = (&network.populations[p.source], &network.populations[p.target]);
        let no_autapses = p.source == p.target && !p.autapses;
        let n_sources = source.size;
        let mut wiring = Wiring {
            isa: Isa::detect(),
            stream: Stream::new(network.seed, projection),
            n_targets: target.size,
            no_autapses,
            out_degrees: Vec::new(),
            ends: Ends::All,
            weight: Sampler::new(&p.weight),
            delay: DelaySampler::new(&p.delay_ms, network.dt_ms, network.min_delay_steps(p)),
        };
        let candidates = target.size - u32::from(no_autapses);
        let drawn = if p.multapses { Ends::Independent } else { Ends::Distinct };
        let constant = |degree: u32| vec![degree; n_sources as usize];
        (wiring.out_degrees, wiring.ends) = match &p.connector {
            Connector::AllToAll => (constant(candidates), Ends::All),
            Connector::OneToOne => (constant(1), Ends::Same),
            Connector::FixedOutDegree(k) => (constant(*k), drawn),
            Connector::FixedProbability(p) => {
                (wiring.binomial_degrees(n_sources, candidates, *p, threads), Ends::Distinct)
            }
            Connector::FixedTotal(total) => {
                let room = if p.multapses { None } else { Some(u64::from(candidates)) };
                let mut degrees = constant(0);
                wiring.split(*total, 0, &mut degrees, room);
                (degrees, drawn)
            }
            Connector::FixedInDegree(k) => {
                let draw = ByTarget {
                    isa: wiring.isa,
                    stream: wiring.stream,
                    n_sources,
                    n_targets: target.size,
                    k: *k,
                    no_autapses,
                    multapses: p.multapses,
                };
                (draw.degrees(threads), Ends::ByTarget { draw, open: OnceLock::new() })
            }
            Connector::Generated(generator) => {
                let rows = generator.rows(wiring.stream, n_sources);
                (rows.degrees(threads), Ends::Weighted(rows))
            }
            Connector::Edges(edges) => given(edges, n_sources),
        };
        Ok(wiring)
    }

    /// Synapses per source neuron.
    pub fn out_degrees(&self) -> &[u32] {
        &self.out_degrees
    }

    /// Synapses of the projection.
    pub fn synapses(&self) -> u64 {
        self.out_degrees.iter().map(|&k| u64::from(k)).sum()
    }

    /// The shortest and the longest delay a synapse can have (steps).
    pub fn delay_range(&self) -> (u32, u32) {
        match &self.ends {
            Ends::Given { edges: Edges { delay_ms: Some(ms), .. }, .. } if !ms.is_empty() => {
                let steps = || ms.iter().map(|&x| self.delay.steps(x));
                (steps().min().unwrap_or(0), steps().max().unwrap_or(0))
            }
            _ => self.delay.range(),
        }
    }

    /// Whether rows are a transpose, which takes 4 bytes per synapse: then make them a range of
    /// sources at a time, with [`Wiring::open`].
    pub fn is_transposed(&self) -> bool {
        matches!(self.ends, Ends::ByTarget { .. })
    }

    /// Makes ready the rows of some sources, and forgets those made ready before. Without it, the
    /// first row makes all of them ready. Only matters where [`Wiring::is_transposed`].
    pub fn open(&mut self, sources: std::ops::Range<u32>, threads: usize) {
        if let Ends::ByTarget { draw, open } = &mut self.ends {
            *open = OnceLock::new(); // frees the old rows before the new ones are made
            let rows = draw.list(sources, &self.out_degrees, threads);
            *open = OnceLock::from(rows);
        }
    }

    /// Overwrites `row` with the synapses of one source neuron.
    ///
    /// # Panics
    /// If the connector is a transpose and another range of sources is open.
    pub fn row(&self, source: u32, row: &mut Row) {
        let n = self.out_degrees[source as usize] as usize;
        let padded = n.next_multiple_of(GROUP);
        row.words.resize(row.words.len().max(padded), 0);
        row.targets.clear();
        let skip = if self.no_autapses { source } else { u32::MAX };
        match &self.ends {
            Ends::All => row.targets.extend((0..self.n_targets).filter(|&t| t != skip)),
            Ends::Same => row.targets.push(source),
            Ends::Independent => {
                let words = &mut row.words[..padded];
                self.stream.fill(self.isa, TARGET, source, words);
                row.targets.resize(padded, 0);
                let n = self.n_targets - u32::from(self.no_autapses);
                dispatch(self.isa, Pick { words, out: &mut row.targets, n, skip });
            }
            Ends::Distinct => {
                let fill = |words: &mut [u32]| self.stream.fill(self.isa, TARGET, source, words);
                let candidates = self.n_targets - u32::from(self.no_autapses);
                row.taken.sample(candidates, n as u32, &mut row.words, fill, &mut row.targets);
                row.targets.iter_mut().for_each(|t| *t += u32::from(*t >= skip));
            }
            Ends::ByTarget { draw, open } => {
                let all = || draw.list(0..draw.n_sources, &self.out_degrees, 1);
                row.targets.extend_from_slice(open.get_or_init(all).of(source));
            }
            Ends::Weighted(rows) => rows.row(source, row),
            Ends::Given { first, order, edges } => {
                let order = &order[range(first, source)];
                row.targets.extend(order.iter().map(|&e| edges.post[e as usize]));
            }
        }
        row.targets.truncate(n);
        self.fill_weights(source, n, padded, row);
        self.fill_delays(source, n, padded, row);
    }

    fn fill_weights(&self, source: u32, n: usize, padded: usize, row: &mut Row) {
        if let Ends::Weighted(_) = self.ends {
            return;
        }
        row.weights.clear();
        if let Ends::Given { first, order, edges: Edges { weight: Some(w), .. } } = &self.ends {
            row.weights.extend(order[range(first, source)].iter().map(|&e| w[e as usize]));
        } else if let Some(w) = self.weight.constant() {
            row.weights.resize(n, w);
        } else {
            let words = &mut row.words[..padded];
            self.stream.fill(self.isa, WEIGHT, source, words);
            row.weights.resize(padded, 0.0);
            self.weight.fill(self.isa, words, &mut row.weights);
            row.weights.truncate(n);
        }
    }

    fn fill_delays(&self, source: u32, n: usize, padded: usize, row: &mut Row) {
        row.delays.clear();
        if let Ends::Given { first, order, edges: Edges { delay_ms: Some(d), .. } } = &self.ends {
            let order = order[range(first, source)].iter();
            row.delays.extend(order.map(|&e| self.delay.steps(d[e as usize])));
        } else if let Some(d) = self.delay.constant() {
            row.delays.resize(n, d);
        } else {
            let words = &mut row.words[..padded];
            self.stream.fill(self.isa, DELAY, source, words);
            row.delays.resize(padded, 0);
            row.ms.resize(row.ms.len().max(padded), 0.0);
            self.delay.fill(self.isa, words, &mut row.ms[..padded], &mut row.delays);
            row.delays.truncate(n);
        }
    }

    /// Each pair with probability p: the number of targets is binomial, and given the number every
    /// set of targets is equally likely.
    fn binomial_degrees(&self, n_sources: u32, n: u32, p: f64, threads: usize) -> Vec<u32> {
        let degree = |s: u32| binomial(n.into(), p, self.stream.uniform53(COUNT, s, 0)) as u32;
        par::chunks(n_sources as usize, threads, |_, r| {
            (r.start as u32..r.end as u32).map(degree).collect::<Vec<_>>()
        })
        .concat()
    }

    /// Splits `total` synapses over sources, half by half: a multinomial draw, or, where each
    /// source has `room` for only so many, a multivariate hypergeometric one.
    fn split(&self, total: u64, first: u32, degrees: &mut [u32], room: Option<u64>) {
        let len = degrees.len();
        if len == 1 {
            degrees[0] = total as u32;
            return;
        }
        let half = len / 2;
        let u = self.stream.uniform53(COUNT, first, len as u32);
        let left = match room {
            None => binomial(total, half as f64 / len as f64, u),
            Some(room) => hypergeometric(len as u64 * room, half as u64 * room, total, u),
        };
        let (a, b) = degrees.split_at_mut(half);
        self.split(left, first, a, room);
        self.split(total - left, first + half as u32, b, room);
    }
}

fn range(first: &[u64], source: u32) -> std::ops::Range<usize> {
    first[source as usize] as usize..first[source as usize + 1] as usize
}

/// 0, and the sum of the first n degrees for each n.
pub(crate) fn offsets(degrees: &[u32]) -> Vec<u64> {
    let mut sum = 0;
    std::iter::once(0)
        .chain(degrees.iter().map(|&k| {
            sum += u64::from(k);
            sum
        }))
        .collect()
}

/// Edges by source, in the order they are listed.
fn given(edges: &Edges, n_sources: u32) -> (Vec<u32>, Ends<'_>) {
    let mut degrees = vec![0u32; n_sources as usize];
    edges.pre.iter().for_each(|&s| degrees[s as usize] += 1);
    let first = offsets(&degrees);
    let mut next = first.clone();
    let mut order = vec![0; edges.pre.len()];
    for (e, &s) in edges.pre.iter().enumerate() {
        order[next[s as usize] as usize] = e as u32;
        next[s as usize] += 1;
    }
    (degrees, Ends::Given { first, order, edges })
}
