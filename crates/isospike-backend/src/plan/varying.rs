//! What may differ from neuron to neuron and from lane to lane: constants and filters.

use isospike_model::Of;
use isospike_net::Column;
use std::collections::BTreeMap;

/// A derived constant of a population.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// The same in all lanes.
    Shared(Column),
    /// A column for each lane.
    PerLane(Vec<Column>),
}

impl Constant {
    /// From a column for each lane, or from the one of all lanes.
    pub(super) fn of(mut lanes: Vec<Column>) -> Constant {
        match lanes.iter().all(|c| *c == lanes[0]) {
            true => Constant::Shared(lanes.swap_remove(0)),
            false => Constant::PerLane(lanes),
        }
    }

    /// The value of a neuron in a lane.
    pub fn at(&self, neuron: usize, lane: usize) -> f64 {
        match self {
            Constant::Shared(column) => column.at(neuron),
            Constant::PerLane(lanes) => lanes[lane].at(neuron),
        }
    }

    /// The value of all neurons in all lanes, if there is one.
    pub fn uniform(&self) -> Option<f64> {
        match self {
            Constant::Shared(Column::Uniform(x)) => Some(*x),
            _ => None,
        }
    }

    /// Columns by lane; 0 if one serves all lanes.
    pub fn lanes(&self) -> usize {
        match self {
            Constant::Shared(_) => 0,
            Constant::PerLane(lanes) => lanes.len(),
        }
    }

    /// Values of neurons that it keeps.
    pub fn values(&self) -> usize {
        let values = |c: &Column| match c {
            Column::Uniform(_) => 0,
            Column::Each(xs) => xs.len(),
        };
        match self {
            Constant::Shared(column) => values(column),
            Constant::PerLane(lanes) => lanes.iter().map(values).sum(),
        }
    }
}

/// A filter of a population.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterPlan {
    /// What it filters.
    pub of: Of,
    /// Entries of every kernel. Where there are none the filtered sum is 0.
    pub steps: usize,
    /// The kernels, all different, newest first, in f64: a session rounds them once. A shorter one
    /// ends in zeros.
    pub kernels: Vec<Vec<f64>>,
    /// Which one is whose, `[neuron][lane]`; empty where there is one for all.
    pub kernel_of: Vec<u32>,
}

impl FilterPlan {
    /// From the kernel of every neuron and lane, `[neuron][lane]`, or the one of all.
    pub(super) fn new(of: Of, whose: impl IntoIterator<Item = Vec<f64>>) -> FilterPlan {
        let (mut kernels, mut known) = (Vec::new(), BTreeMap::new());
        let mut kernel_of = Vec::new();
        for kernel in whose {
            let bits: Vec<u64> = kernel.iter().map(|k| k.to_bits()).collect();
            let number = *known.entry(bits).or_insert(kernels.len() as u32);
            if number as usize == kernels.len() {
                kernels.push(kernel);
            }
            kernel_of.push(number);
        }
        if kernels.len() == 1 {
            kernel_of.clear();
        }
        let steps = kernels.iter().map(Vec::len).max().unwrap_or(0);
        kernels.iter_mut().for_each(|k| k.resize(steps, 0.0));
        kernel_of.shrink_to_fit();
        FilterPlan { of, steps, kernels, kernel_of }
    }

    /// Whether neurons or lanes have kernels of their own.
    pub fn varies(&self) -> bool {
        !self.kernel_of.is_empty()
    }

    /// The kernel of a neuron, numbered with its lane: `neuron * batch + lane`.
    pub fn kernel(&self, flat: usize) -> &[f64] {
        &self.kernels[self.kernel_of.get(flat).map_or(0, |&k| k as usize)]
    }

    /// Steps before the next one that it will look back on.
    pub fn past(&self) -> usize {
        self.steps.saturating_sub(1)
    }

    /// Bytes of its kernels.
    pub(super) fn allocated_bytes(&self) -> u64 {
        let kernels: usize = self.kernels.iter().map(|k| size_of_val(&k[..])).sum();
        (kernels + size_of_val(&self.kernel_of[..])) as u64
    }
}
