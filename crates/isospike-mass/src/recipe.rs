//! A network and its plan as devices read them.

use crate::MassError;
use crate::connectome::Edge;
use crate::coupling::CouplingRef;
use crate::erased::NodeRef;
use crate::integrator::Integrator;
use crate::network::{CouplingStage, Network, Source};
use crate::plan::{Plan, edges, speed};
use crate::values::Values;
use isospike_lane::Float;

/// What is computed.
#[derive(Clone)]
pub struct Recipe<'a> {
    /// What all nodes are.
    pub node: NodeRef,
    /// What they make of each other.
    pub coupling: CouplingRef,
    /// A step.
    pub dt: f64,
    /// How a step is made.
    pub integrator: Integrator,
    /// Whether later stages see others.
    pub stage: CouplingStage,
    /// Whether the values that nodes send are rounded to f32.
    pub sends_f32: bool,
    /// Of nodes, in the order of the table.
    pub params: &'a [Values],
    /// Of the coupling function.
    pub coupling_params: &'a [Values],
    /// Where inputs come from.
    pub inputs: &'a [Option<Source>],
    /// Where state variables begin.
    pub initial: &'a [Values],
    /// What noise adds, ascending by variable.
    pub noise: Vec<NoiseRecipe>,
}

/// Noise of a variable.
#[derive(Clone)]
pub struct NoiseRecipe {
    /// Which.
    pub variable: usize,
    /// Standard deviation of what a step adds.
    pub deviation: Values,
    /// b(x) = slope x + offset, if it depends on the variable.
    pub gain: Option<(f64, f64)>,
}

impl Network {
    /// Refuses a state variable that there is not.
    ///
    /// # Errors
    /// If there is none of this number.
    pub fn check_variable(&self, variable: usize) -> Result<(), MassError> {
        let variables = self.node.state().len();
        match variable < variables {
            true => Ok(()),
            false => {
                let allowed = format!("below {variables}");
                Err(MassError::value("state variable", variable as f64, allowed))
            }
        }
    }

    /// It as a device reads it.
    pub fn recipe(&self) -> Recipe<'_> {
        let noise = self.noisy_variables().map(|variable| {
            let noise = self.noise[variable].as_ref().expect("it has noise");
            let deviation = noise.size.map(|size| self.noise_scale.deviation(size, self.dt));
            NoiseRecipe { variable, deviation, gain: noise.gain }
        });
        Recipe {
            node: self.node,
            coupling: self.coupling,
            dt: self.dt,
            integrator: self.integrator,
            stage: self.stage,
            sends_f32: self.sends_f32,
            params: &self.params,
            coupling_params: &self.coupling_params,
            inputs: &self.inputs,
            initial: &self.initial,
            noise: noise.collect(),
        }
    }
}

/// A connection, its weight rounded to the format of the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire<F> {
    /// Who receives.
    pub to: u32,
    /// Who sends.
    pub from: u32,
    /// How many steps later.
    pub lag: u32,
    /// How strongly.
    pub weight: F,
}

/// All lanes of one speed of conduction.
#[derive(Clone, Debug)]
pub struct Section<F> {
    /// Which, tile by tile.
    pub lanes: Vec<usize>,
    /// The tiles they are in.
    pub tiles: std::ops::Range<usize>,
    /// Connections in the order of sums: by target, those with a delay first, by source.
    pub wires: Vec<Wire<F>>,
    /// Sums of weights, by target.
    pub weights: Vec<F>,
}

impl<F: Float> Plan<F> {
    /// Lanes of equal speed, together.
    pub fn sections(&self) -> Vec<Section<F>> {
        let mut all: Vec<Section<F>> = Vec::new();
        let mut last = None;
        for (index, group) in self.groups.iter().enumerate() {
            let known =
                all.last_mut().filter(|_| last == Some(std::sync::Arc::as_ptr(&group.wiring)));
            match known {
                Some(section) => {
                    section.lanes.extend(&group.lanes);
                    section.tiles.end = index + 1;
                }
                None => all.push(Section {
                    lanes: group.lanes.clone(),
                    tiles: index..index + 1,
                    wires: self.wires(group.lanes[0]),
                    weights: group.wiring.weights.clone(),
                }),
            }
            last = Some(std::sync::Arc::as_ptr(&group.wiring));
        }
        all
    }

    fn wires(&self, lane: usize) -> Vec<Wire<F>> {
        let network = self.network();
        let edges = edges(network, speed(network, lane)).expect("the plan was checked");
        let wire = |&(Edge { to, from, weight, .. }, lag): &(Edge, u32)| Wire {
            to,
            from,
            lag,
            weight: F::from_f64(weight),
        };
        let mut wires: Vec<Wire<F>> = edges.iter().map(wire).collect();
        wires.sort_by_key(|wire| (wire.to, wire.lag == 0, wire.from));
        wires
    }
}
