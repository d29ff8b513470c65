//! The points of a sweep: the network with a lane for each.

use crate::args::SweepArgs;
use crate::failure::Failure;
use crate::vary::Vary;
use isospike::mass::{Axis, MassFile, Network, Sweep, Values};
use std::ops::Range;

/// All points.
pub(super) struct Points {
    /// The network with one lane.
    network: Network,
    sweep: Sweep,
    /// Of each point.
    pub(super) seeds: Vec<u64>,
    /// How many values each axis of a grid has; empty where points are no grid.
    pub(super) grid: Vec<usize>,
}

impl Points {
    /// What arguments ask for.
    ///
    /// # Errors
    /// If a name or a value is not allowed.
    pub(super) fn new(args: &SweepArgs, file: MassFile) -> Result<Points, Failure> {
        let mut network = file.network;
        if let Some(dt) = args.network.dt {
            network = network.dt(dt)?;
        }
        for set in &args.network.set {
            let wrong = || Failure::user(format!("--set {set}: must be NAME=VALUE, a number"));
            let (name, value) = set.split_once('=').ok_or_else(wrong)?;
            let value = value.trim().parse().map_err(|_| wrong())?;
            network = network.set(name.trim(), Values::Scalar(value))?;
        }
        let axes = args.vary.iter().map(axis).collect::<Result<Vec<Axis>, _>>()?;
        let lengths: Vec<usize> = axes.iter().map(|axis| axis.values.len()).collect();
        let (sweep, grid) = match (args.sobol, args.zip) {
            (Some(_), true) => {
                return Err(Failure::user("--sobol and --zip are two ways to choose points"));
            }
            (Some(n), false) => {
                let ends = |axis: Axis| {
                    let (first, last) = (axis.values[0], axis.values[axis.values.len() - 1]);
                    (axis.name, first, last)
                };
                (Sweep::sobol(axes.into_iter().map(ends).collect(), n)?, Vec::new())
            }
            (None, true) => (Sweep::list(axes)?, Vec::new()),
            (None, false) => (Sweep::grid(axes)?, lengths),
        };
        let seeds = match &args.seeds {
            Some(seeds) => seeds.0.clone(),
            None => vec![args.network.seed.unwrap_or(file.seed)],
        };
        let points = sweep.points();
        // everything with each seed: seeds change fastest
        let each = |axis: &Axis| Axis {
            name: axis.name.clone(),
            values: axis.values.iter().flat_map(|&x| seeds.iter().map(move |_| x)).collect(),
        };
        let grid = if seeds.len() > 1 { Vec::new() } else { grid };
        let all = (0..points).flat_map(|_| seeds.iter().copied()).collect();
        let sweep = match sweep.axes() {
            [] => sweep,
            axes => Sweep::list(axes.iter().map(each).collect())?,
        };
        let all = Points { network, sweep, seeds: all, grid };
        // wrong names and values are found now
        all.part(0..all.len())?;
        Ok(all)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.seeds.len()
    }

    /// The network they are points of.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// What is varied, one value per point.
    pub(super) fn axes(&self) -> &[Axis] {
        self.sweep.axes()
    }

    /// The network with a lane for each of some points.
    ///
    /// # Errors
    /// If there is nothing of a name, or a value is not allowed.
    pub(super) fn part(&self, points: Range<usize>) -> Result<Network, Failure> {
        let mut network = self.network.clone().lane_seeds(self.seeds[points.clone()].to_vec())?;
        for axis in self.sweep.axes() {
            let values = axis.values[points.clone()].to_vec();
            network = network.set(&axis.name, Values::PerLane(values))?;
        }
        Ok(network)
    }
}

fn axis(vary: &Vary) -> Result<Axis, Failure> {
    let number = |text: &String| {
        text.parse().map_err(|_| {
            let name = &vary.name;
            Failure::user(format!("--grid {name}: {text} is no number"))
        })
    };
    let values = vary.values.iter().map(number).collect::<Result<_, _>>()?;
    Ok(Axis { name: vary.name.clone(), values })
}
