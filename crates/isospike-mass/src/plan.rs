//! A network as it will run: which lanes share a tile, who is reached how, and every byte.

use crate::MassError;
use crate::connectome::Edge;
use crate::integrator::Integrator;
use crate::network::{CouplingStage, Network};
use crate::noise::Words;
use crate::row::{CHUNK, WIDE};
use crate::sheet::Sheet;
use crate::surface::Surface;
use crate::values::Values;
use crate::wiring::Wiring;
use isospike_lane::{Float, LINE};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lanes that go through time together.
#[derive(Clone, Debug)]
pub(crate) struct Group<F> {
    /// Which, ascending.
    pub(crate) lanes: Vec<usize>,
    pub(crate) wiring: Arc<Wiring<F>>,
}

/// Bytes of a plan's tiles, without what is observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MassMemory {
    /// State, drifts, sums, parameters and random words of all tiles.
    pub state: u64,
    /// What was sent and has not been read by all.
    pub rings: u64,
    /// Connections, once for all lanes of a speed.
    pub wires: u64,
}

impl MassMemory {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.state + self.rings + self.wires
    }
}

/// Numbers a tile needs room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Places of a variable, whole chunks.
    pub(crate) places: usize,
    /// The same of regions, which are nodes where there is no surface.
    pub(crate) region_places: usize,
    /// Rows that only a surface has, of vertices and of regions each.
    pub(crate) folds: usize,
    pub(crate) variables: usize,
    pub(crate) inputs: usize,
    /// Inputs that come from somewhere.
    pub(crate) coupled: usize,
    /// Numbers that a node sends.
    pub(crate) sent: usize,
    /// Variables that noise is added to, if there is noise.
    pub(crate) add: usize,
    /// Rows of drifts that are looked back to.
    pub(crate) drifts: usize,
    /// Rows for the state that a later stage makes.
    pub(crate) new: usize,
    /// Numbers of all rings, whole chunks.
    pub(crate) ring: usize,
}

impl Sizes {
    fn new<F: Float>(network: &Network, wiring: &Wiring<F>, lanes: usize) -> Self {
        let variables = network.node.state().len();
        let coupled = network.inputs.iter().flatten().count();
        let sent = coupled * network.coupling.sent();
        let noisy = network.noise.iter().any(Option::is_some);
        let ahead = network.integrator.looks_ahead();
        Sizes {
            places: (network.nodes() * lanes).next_multiple_of(CHUNK),
            region_places: (network.regions() * lanes).next_multiple_of(CHUNK),
            folds: if network.surface.is_some() { coupled } else { 0 },
            variables,
            inputs: network.inputs.len(),
            coupled,
            sent,
            add: if noisy { variables } else { 0 },
            drifts: network.integrator.drifts() * variables,
            new: if ahead { variables } else { 0 },
            ring: (wiring.rings.slots() * sent * lanes).next_multiple_of(CHUNK),
        }
    }

    /// Numbers in all rows.
    fn rows(&self) -> usize {
        // x and y; what is added
        let own = 2 * self.variables + self.new + self.add + self.drifts + self.inputs;
        // what is sent; sums for this step, for the next one, and over all edges
        let others = 4 * self.sent + self.coupled;
        (own + self.folds) * self.places + (others + self.folds) * self.region_places
    }
}

/// A network that was checked and laid out. Lanes of equal speed share tiles; a tile goes through
/// all steps before the next does. Its width changes no bit.
#[derive(Clone, Debug)]
pub struct Plan<F> {
    pub(crate) network: Arc<Network>,
    pub(crate) groups: Vec<Group<F>>,
    pub(crate) sheet: Option<Arc<Sheet<F>>>,
}

impl<F: Float> Plan<F> {
    /// With tiles of 16 lanes, or of 8 where there are delays and numbers are f64: what a node sent
    /// at a step is a cache line then. Lanes that are left get tiles of 8 and of 1.
    ///
    /// # Errors
    /// If values are too many or too few, a delay is too long, or choices exclude each other.
    pub fn new(network: Network) -> Result<Self, MassError> {
        Self::laid_out(network, None)
    }

    /// With tiles of at most 1, 8 or 16 lanes.
    ///
    /// # Errors
    /// As [`Plan::new`], or for another width.
    pub fn with_width(network: Network, width: usize) -> Result<Self, MassError> {
        if ![1, 8, 16].contains(&width) {
            return Err(MassError::value("width of a tile", width as f64, "1, 8 or 16"));
        }
        Self::laid_out(network, Some(width))
    }

    fn laid_out(network: Network, width: Option<usize>) -> Result<Self, MassError> {
        check(&network)?;
        finite::<F>(&network)?;
        if F::from_f64(network.dt).to_f64() <= 0.0 {
            return Err(MassError::value("dt", network.dt, format!("above 0 as {}", F::NAME)));
        }
        let mut by_speed: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for lane in 0..network.lanes {
            by_speed.entry(speed(&network, lane).to_bits()).or_default().push(lane);
        }
        let mut groups = Vec::new();
        for lanes in by_speed.into_values() {
            let speed = speed(&network, lanes[0]);
            let edges = edges(&network, speed)?;
            stages(&network, &edges)?;
            let wiring = Arc::new(wired(&network, &edges)?);
            let line = if wiring.rings.is_empty() { 16 } else { LINE / size_of::<F>() };
            let width = width.unwrap_or(line);
            let mut rest = &lanes[..];
            while !rest.is_empty() {
                let fits = |w: &&usize| **w <= width && **w <= rest.len();
                let width = *[16, 8, 1].iter().find(fits).expect("1 always fits");
                let (own, others) = rest.split_at(width);
                groups.push(Group { lanes: own.to_vec(), wiring: wiring.clone() });
                rest = others;
            }
        }
        let sheet = |surface: &Surface| Arc::new(Sheet::new(surface, network.regions()));
        let sheet = network.on_surface().map(sheet);
        Ok(Plan { network: Arc::new(network), groups, sheet })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How many tiles there are.
    pub fn tiles(&self) -> usize {
        self.groups.len()
    }

    /// Bytes of all tiles, known before there are any.
    pub fn memory(&self) -> MassMemory {
        let mut memory = MassMemory::default();
        let mut last: Option<&Arc<Wiring<F>>> = None;
        let (network, size) = (&*self.network, size_of::<F>());
        let noisy: Vec<usize> = network.noisy_variables().collect();
        for group in &self.groups {
            let (lanes, sizes) = (group.lanes.len(), self.sizes(group));
            let column = |values: &Values, places: usize| match values {
                Values::Scalar(_) => WIDE,
                _ => places,
            };
            let own = network.noise.iter().flatten().map(|noise| &noise.size);
            let own = own.chain(&network.params).map(|values| column(values, sizes.places));
            let regions = network.coupling_params.iter();
            let regions = regions.map(|values| column(values, sizes.region_places));
            let columns = own.chain(regions).sum::<usize>() + sizes.region_places;
            let floats = sizes.rows() + columns;
            let words = Words::count(&noisy, network.nodes(), lanes) * size_of::<u32>();
            memory.state += (floats * size + words) as u64;
            memory.rings += (sizes.ring * size) as u64;
            if last.is_none_or(|last| !Arc::ptr_eq(last, &group.wiring)) {
                memory.wires += group.wiring.bytes() as u64;
            }
            last = Some(&group.wiring);
        }
        memory.wires += self.sheet.as_ref().map_or(0, |sheet| sheet.bytes()) as u64;
        memory
    }

    pub(crate) fn sizes(&self, group: &Group<F>) -> Sizes {
        Sizes::new(&self.network, &group.wiring, group.lanes.len())
    }

    /// Which lanes a tile has.
    pub fn lanes(&self, tile: usize) -> &[usize] {
        &self.groups[tile].lanes
    }
}

/// Connections with their delays at a speed of conduction.
pub(crate) fn edges(network: &Network, speed: f64) -> Result<Vec<(Edge, u32)>, MassError> {
    let edges = network.connectome.lagged(speed, network.dt, network.rounding)?;
    Ok(match network.sends_f32 {
        true => edges.into_iter().map(|(edge, lag)| (edge.single(), lag)).collect(),
        false => edges,
    })
}

pub(crate) fn speed(network: &Network, lane: usize) -> f64 {
    match network.connectome.has_lengths() {
        true => network.speed.at(0, lane, network.lanes),
        false => 0.0,
    }
}

fn check(network: &Network) -> Result<(), MassError> {
    let (nodes, lanes) = (network.nodes(), network.lanes);
    if nodes == 0 {
        return Err(MassError::value("nodes", 0, "at least 1"));
    }
    if nodes > 1 << 24 {
        return Err(MassError::value("nodes", nodes as f64, "at most 2^24"));
    }
    let fit = |name: &str, values: &Values| values.fit(name, nodes, lanes);
    let names = |k: usize| network.node.params()[k].name;
    network.params.iter().enumerate().try_for_each(|(k, v)| fit(names(k), v))?;
    let names = |k: usize| network.coupling.params()[k].name;
    let regions = |name: &str, values: &Values| values.fit(name, network.regions(), lanes);
    network
        .coupling_params
        .iter()
        .enumerate()
        .try_for_each(|(k, v)| regions(&format!("coupling.{}", names(k)), v))?;
    let names = |k: usize| network.node.state()[k].name;
    network.initial.iter().enumerate().try_for_each(|(k, v)| fit(names(k), v))?;
    for (k, noise) in network.noise.iter().enumerate() {
        if let Some(noise) = noise {
            fit(&format!("noise of {}", names(k)), &noise.size)?;
        }
    }
    fit("speed", &network.speed)
}

/// Refuses numbers that the format of the plan does not hold.
fn finite<F: Float>(network: &Network) -> Result<(), MassError> {
    let holds = |name: String, values: &Values| {
        values.each(|x| match Float::is_finite(F::from_f64(x)) {
            true => Ok(()),
            false => Err(MassError::value(&*name, x, format!("finite as {}", F::NAME))),
        })
    };
    let (node, coupling) = (network.node, network.coupling);
    for (p, values) in node.params().iter().zip(&network.params) {
        holds(p.name.to_owned(), values)?;
    }
    for (p, values) in coupling.params().iter().zip(&network.coupling_params) {
        holds(format!("coupling.{}", p.name), values)?;
    }
    for (slot, values) in node.state().iter().zip(&network.initial) {
        holds(format!("initial.{}", slot.name), values)?;
    }
    for noise in network.recipe().noise {
        holds(format!("noise of {}", node.state()[noise.variable].name), &noise.deviation)?;
    }
    let local = network.on_surface().map_or(&[][..], Surface::edges);
    local.iter().try_for_each(|(to, from, weight)| {
        holds(format!("local weight of {to} from {from}"), &Values::Scalar(*weight))
    })
}

/// Connections in the format of the plan, which must hold their weights, and with rings whose slots
/// can be counted.
fn wired<F: Float>(network: &Network, edges: &[(Edge, u32)]) -> Result<Wiring<F>, MassError> {
    let mut depths = vec![0u64; network.regions()];
    for (edge, lag) in edges {
        let depth = &mut depths[edge.from as usize];
        *depth = (*depth).max(u64::from(*lag));
        if !Float::is_finite(F::from_f64(edge.weight)) {
            let field = format!("weights[{}, {}]", edge.to, edge.from);
            return Err(MassError::value(field, edge.weight, format!("finite as {}", F::NAME)));
        }
    }
    let sent = (network.inputs.iter().flatten().count() * network.coupling.sent()).max(1) as u64;
    let slots: u64 = depths.iter().sum();
    // tiles of one lane count numbers in 31 bits, whole chunks of them
    const MOST: u64 = (1 << 31) - CHUNK as u64;
    match slots * sent <= MOST {
        true => Ok(Wiring::new(network.regions(), edges)),
        false => {
            let field = "slots of all delay rings";
            let allowed = format!("at most {}: delays are too long", MOST / sent);
            Err(MassError::value(field, slots as f64, allowed))
        }
    }
}

/// Refuses stages that would have to see what was sent between two steps.
fn stages(network: &Network, edges: &[(Edge, u32)]) -> Result<(), MassError> {
    let again = network.stage == CouplingStage::Reevaluate;
    let late = edges.iter().any(|(_, lag)| *lag > 0);
    match network.integrator {
        Integrator::RungeKutta4 if again && late => Err(MassError::Choice(
            "rk4 evaluates coupling again half way through a step, where delayed values are not \
             known: choose CouplingStage::Hold, or heun"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}
