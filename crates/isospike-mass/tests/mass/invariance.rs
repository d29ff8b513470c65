//! Random networks: tiles of any width, lanes in any order, any instruction set, and the plain
//! loop.

use crate::plain::{Edge, Plain};
use isospike_lane::isa::Isa;
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Network, NoiseScale, Plan, Real, Source, Tile, Values,
    couplings::COUPLINGS, models::NODES,
};
use isospike_model::ParamInfo;
use ndarray::Array2;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Sketch {
    node: usize,
    coupling: usize,
    nodes: usize,
    edges: Vec<Edge>,
    integrator: Integrator,
    again: bool,
    lanes: usize,
    noisy: bool,
    minus: bool,
    dispersion: bool,
    steps: u64,
}

prop_compose! {
    fn sketches()(
        node in 0..NODES.len(),
        coupling in 0..COUPLINGS.len(),
        nodes in 1..90usize,
        edges in prop::collection::vec((0..1000usize, 0..1000usize, -1.0..1.0f64, 0..7usize), 0..60),
        integrator in prop::sample::select(&Integrator::ALL[..]),
        again in any::<bool>(),
        lanes in 1..20usize,
        noisy in any::<bool>(),
        minus in any::<bool>(),
        dispersion in any::<bool>(),
        steps in 1..8u64,
    ) -> Sketch {
        // rk4 sees nothing between two steps
        let most = if again && integrator == Integrator::RungeKutta4 { 1 } else { 7 };
        let within = |(to, from, w, lag): Edge| (to % nodes, from % nodes, w, lag % most);
        let mut edges: Vec<Edge> = edges.into_iter().map(within).collect();
        edges.sort_by_key(|e| (e.0, e.1));
        edges.dedup_by_key(|e| (e.0, e.1));
        Sketch {
            node, coupling, nodes, edges, integrator, again, lanes, noisy, minus, dispersion, steps,
        }
    }
}

impl Sketch {
    fn rate(&self, lane: usize) -> f64 {
        0.02 + 0.01 * lane as f64
    }

    fn initial(&self, k: usize, node: usize) -> f64 {
        let (low, high) = NODES[self.node].spans()[k].range;
        low + (high - low) * (0.4 + 0.03 * k as f64 + 0.002 * (node % 17) as f64)
    }

    /// A parameter near its default, another one for each node and lane.
    fn param(&self, default: f64, node: usize, lane: usize) -> f64 {
        default * (1.0 - 0.003 * ((7 * node + 3 * lane) % 11) as f64)
    }

    fn strength(&self, default: f64, lane: usize) -> f64 {
        default * (1.0 + 0.01 * (lane % 5) as f64)
    }

    fn source(&self) -> Source {
        let minus = (self.minus && NODES[self.node].state().len() > 1).then_some(1);
        Source { variable: 0, minus }
    }

    fn network(&self) -> Network {
        let (mut weights, mut lags) =
            (Array2::zeros((self.nodes, self.nodes)), Array2::zeros((self.nodes, self.nodes)));
        for &(to, from, weight, lag) in &self.edges {
            weights[[to, from]] = weight;
            lags[[to, from]] = lag as u32;
        }
        let connectome = Connectome::with_lags(weights.view(), lags.view()).expect("square");
        let node = NODES[self.node];
        let stage = if self.again { CouplingStage::Reevaluate } else { CouplingStage::Hold };
        let mut network = Network::new(node, connectome)
            .dt(0.01)
            .expect("positive")
            .lanes(self.lanes, 7)
            .expect("lanes")
            .integrator(self.integrator, stage)
            .coupling(COUPLINGS[self.coupling]);
        for (k, slot) in node.state().iter().enumerate() {
            let initial = (0..self.nodes).map(|node| self.initial(k, node)).collect();
            network = network.initial(slot.name, Values::PerNode(initial)).expect("finite");
            if self.noisy && k % 2 == 0 {
                let sizes = (0..self.lanes).map(|lane| self.rate(lane)).collect();
                network = network.noise(slot.name, Values::PerLane(sizes)).expect("positive");
            }
        }
        for p in node.params() {
            let places = (0..self.nodes).flat_map(|i| (0..self.lanes).map(move |l| (i, l)));
            let all = places.map(|(node, lane)| self.param(p.default, node, lane)).collect();
            network = network.set(&format!("node.{}", p.name), Values::Full(all)).expect("allowed");
        }
        for p in COUPLINGS[self.coupling].params() {
            let all = (0..self.lanes).map(|lane| self.strength(p.default, lane)).collect();
            let name = format!("coupling.{}", p.name);
            network = network.set(&name, Values::PerLane(all)).expect("allowed");
        }
        if self.dispersion {
            network = network.noise_scale(NoiseScale::Dispersion);
        }
        for slot in node.inputs() {
            network = network.input(slot.name, Some(self.source())).expect("a source");
        }
        network
    }

    /// The same lane, plainly.
    fn plain<F: Real>(&self, lane: usize) -> Plain<F> {
        let (node, coupling) = (NODES[self.node], COUPLINGS[self.coupling]);
        let variables = node.state().len();
        let state = |i: usize| (0..variables).map(|k| F::from_f64(self.initial(k, i))).collect();
        let params = |i: usize| {
            node.params().iter().map(|p| F::from_f64(self.param(p.default, i, lane))).collect()
        };
        let strength = |p: &ParamInfo| F::from_f64(self.strength(p.default, lane));
        let deviation = |k: usize| {
            let (size, dt) = (self.rate(lane), 0.01f64);
            let sigma = if self.dispersion { (2.0 * size * dt).sqrt() } else { size * dt.sqrt() };
            (self.noisy && k.is_multiple_of(2)).then(|| F::from_f64(sigma))
        };
        Plain {
            node,
            coupling,
            edges: self.edges.clone(),
            integrator: self.integrator,
            again: self.again,
            dt: 0.01,
            params: (0..self.nodes).map(params).collect(),
            coupling_params: coupling.params().iter().map(strength).collect(),
            inputs: vec![Some(self.source()); node.inputs().len()],
            deviation: (0..variables).map(deviation).collect(),
            seed: 7 + lane as u64,
            past: vec![(0..self.nodes).map(state).collect()],
        }
    }
}

/// Bits of all variables after all steps, `[lane][variable][node]`.
fn run<F: Real>(sketch: &Sketch, width: usize, isa: Isa, chunk: u64) -> Vec<Vec<u64>> {
    let plan = Plan::<F>::with_width(sketch.network(), width).expect("a plan");
    let mut all = vec![Vec::new(); sketch.lanes];
    let memory = plan.memory();
    let (mut state, mut rings) = (0, 0);
    for index in 0..plan.tiles() {
        let mut tile = Tile::new(&plan, index, isa);
        let (own, ring) = tile.bytes();
        (state, rings) = (state + own as u64, rings + ring as u64);
        while tile.step() < sketch.steps {
            tile.run(chunk.min(sketch.steps - tile.step()), |_| ());
        }
        for k in 0..NODES[sketch.node].state().len() {
            let lanes = tile.lanes().len();
            for (place, x) in tile.state(k).iter().enumerate() {
                all[tile.lanes()[place % lanes]].push(x.to_f64().to_bits());
            }
        }
    }
    assert_eq!((memory.state, memory.rings), (state, rings), "planned is taken");
    all
}

fn agrees<F: Real>(sketch: &Sketch) -> Result<(), TestCaseError> {
    let expected: Vec<Vec<u64>> = (0..sketch.lanes)
        .map(|lane| {
            let mut plain = sketch.plain::<F>(lane);
            (0..sketch.steps).for_each(|_| plain.advance());
            let last = plain.past.last().expect("a state");
            let variables = 0..last[0].len();
            variables.flat_map(|k| last.iter().map(move |x| x[k].to_f64().to_bits())).collect()
        })
        .collect();
    prop_assume!(expected.iter().flatten().all(|&x| f64::from_bits(x).is_finite()));
    for (width, isa, chunk) in
        [(1, Isa::Baseline, 100), (8, Isa::Avx2, 3), (16, Isa::detect(), 1), (16, Isa::Baseline, 4)]
    {
        prop_assert!(run::<F>(sketch, width, isa, chunk) == expected, "{width} lanes, {isa:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48, failure_persistence: None, ..Default::default()
    })]

    #[test]
    fn tiles_do_what_the_plain_loop_does(sketch in sketches()) {
        agrees::<f32>(&sketch)?;
        agrees::<f64>(&sketch)?;
    }
}
