//! The points of a sweep: the network with a lane for each.

use crate::args::SweepArgs;
use crate::failure::Failure;
use crate::vary::{self, Vary};
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
    pub(super) fn new(args: &SweepArgs, file: &MassFile) -> Result<Points, Failure> {
        let network = super::changed(&args.network, file)?;
        few(args)?;
        if args.vary.is_empty() && (args.zip || args.sobol.is_some()) {
            return Err(Failure::user("--zip and --sobol choose points of what is varied: --grid"));
        }
        if args.sobol.is_none() {
            vary::closed(&args.vary).map_err(Failure::user)?;
        }
        once(args, &network)?;
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

/// Refuses what is given twice, by any of its names.
fn once(args: &SweepArgs, network: &Network) -> Result<(), Failure> {
    let sets = args.network.set.iter().filter_map(|set| set.split_once('='));
    let names = sets.map(|(name, _)| name.trim()).chain(args.vary.iter().map(|v| &*v.name));
    let mut meant: Vec<String> = Vec::new();
    for name in names {
        let own = network.meant(name);
        // the noise of all variables, and that of one
        let part = |a: &str, b: &str| a == "sigma" && b.starts_with("sigma.");
        let same = |other: &String| *other == own || part(other, &own) || part(&own, other);
        if meant.iter().any(same) {
            return Err(Failure::user(format!("{name}: {own} is given twice")));
        }
        meant.push(own);
    }
    Ok(())
}

/// Refuses more points than anybody means.
fn few(args: &SweepArgs) -> Result<(), Failure> {
    let mut lengths = args.vary.iter().map(|v| v.values.len());
    let points = match args.sobol {
        Some(n) => Some(n),
        None if args.zip => lengths.max(),
        None => lengths.try_fold(1usize, usize::checked_mul),
    };
    let seeds = args.seeds.as_ref().map_or(1, |seeds| seeds.0.len());
    match points.unwrap_or(usize::MAX).checked_mul(seeds) {
        Some(n) if n <= vary::MOST => Ok(()),
        _ => Err(Failure::user(format!("a sweep has at most {} points", vary::MOST))),
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
