//! The fixed-point tables: every synapse of the wiring once, its weight on the grid, and the proof
//! that no accumulator overflows, done again with other means.

use isospike::backend::plan::{Accumulator, Drive, PlanOptions, Synapses, Table, pow2};
use isospike::lane::isa::Isa;
use isospike::model::Sign;
use isospike::net::{
    Column, Connector, Distribution, Dynamics, Half, Input, Network, Plasticity, Projection, Row,
    WeightStorage, Wiring,
};
use isospike::{Plan, Precision, SessionExt};
use isospike_conformance::hand::{edges, model, network, neurons, projection, source, wide};
use isospike_conformance::plain::neuron_at;
use isospike_conformance::strategy::{config, networks};
use isospike_tests::watch::{advance, session};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A synapse: source population and neuron, target population and neuron, port, delay.
type Address = (usize, u32, usize, usize, usize, u32);

/// Weight, storage, and the largest weight if it is plastic.
type Wired = (f64, WeightStorage, Option<f64>);

/// Weights of the wiring by address.
fn wired(plan: &Plan) -> BTreeMap<Address, Vec<Wired>> {
    let network = &plan.network;
    let mut all: BTreeMap<Address, Vec<_>> = BTreeMap::new();
    for (i, p) in network.projections.iter().enumerate() {
        let wiring = Wiring::new(network, i, 2).expect("valid");
        let Dynamics::Model(target) = &network.populations[p.target].dynamics else { panic!() };
        let mut row = Row::default();
        for source in 0..network.populations[p.source].size {
            wiring.row(source, &mut row);
            for k in 0..row.len() {
                let (w, d) = (row.weights[k], row.delays[k]);
                let takes = |s: &Sign| match s {
                    Sign::Any => true,
                    Sign::Positive => w >= 0.0,
                    Sign::Negative => w < 0.0,
                };
                let named = |name: &String| {
                    target.model.ports().iter().position(|port| port.name == name.as_str())
                };
                let by_sign = || target.model.signs().iter().position(takes);
                let port = p.port.as_ref().map_or_else(by_sign, named).expect("a port");
                let to = row.targets[k] as usize;
                let address = (p.source, source, p.target, to, port, d);
                let entry = (w, p.storage, p.plasticity.map(|rule| rule.w_max));
                all.entry(address).or_default().push(entry);
            }
        }
    }
    all
}

/// How a table rounds its weights.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Grid {
    /// The stored number 1 counts 2^shift units.
    shift: i32,
    /// The stored numbers are these floats.
    half: Option<Half>,
    /// What projections must ask for to be in here; `None` where any may be.
    asked: Option<&'static [WeightStorage]>,
    /// The largest weight of plastic ones.
    plastic: Option<f64>,
}

impl Grid {
    fn of(plan: &Plan, table: &Table) -> Grid {
        use WeightStorage::*;
        let ones = |shift, asked| Grid { shift, half: None, asked, plastic: None };
        let bits = |multiplier: i64| multiplier.unsigned_abs().ilog2() as i32;
        match &table.synapses {
            Synapses::U8 { multiplier, .. } | Synapses::I8 { multiplier, .. } => {
                ones(bits(*multiplier), Some(&[I8]))
            }
            Synapses::U16 { multiplier, .. } | Synapses::I16 { multiplier, .. } => {
                ones(bits(*multiplier), Some(&[Auto, Exact, I16]))
            }
            Synapses::I32 { multiplier, .. } => ones(bits(*multiplier), Some(&[Auto, Exact])),
            Synapses::I64 { .. } => ones(0, Some(&[Auto, Exact])),
            Synapses::Half { format, shift, .. } => {
                let asked: &[WeightStorage] = if *format == Half::F16 { &[F16] } else { &[BF16] };
                Grid { half: Some(*format), ..ones(*shift, Some(asked)) }
            }
            Synapses::Constant { .. } => ones(0, None),
            Synapses::Plastic { rule, .. } => {
                Grid { plastic: Some(plan.rules[*rule].w_max), ..ones(0, None) }
            }
        }
    }

    /// The units nearest to a weight of `x` units.
    fn nearest(self, x: f64) -> i128 {
        let stored = x * pow2(-self.shift);
        match self.half {
            Some(half) => (half.nearest(stored) * pow2(self.shift)).round_ties_even() as i128,
            None => (stored.round_ties_even() as i128) << self.shift,
        }
    }
}

/// Decoded weights, in units, of all tables by address.
fn decoded(plan: &Plan) -> BTreeMap<Address, Vec<(i64, Grid)>> {
    let mut all: BTreeMap<Address, Vec<_>> = BTreeMap::new();
    for table in plan.tables() {
        assert_eq!(table.row_start[0], 0);
        let grid = Grid::of(plan, table);
        for source in 0..table.sources() {
            let mut next = table.row_start[source] as usize;
            for (group, &(block, port)) in table.groups.iter().enumerate() {
                for delay in table.first_delay..table.first_delay + table.delays {
                    let segment = table.segment(source, group, delay);
                    assert_eq!(segment.start, next, "segments tile the row");
                    next = segment.end;
                    let targets: Vec<u16> = segment.clone().map(|i| table.decode(i).0).collect();
                    assert!(targets.is_sorted(), "targets ascend within a segment");
                    for i in segment {
                        let (target, units) = table.decode(i);
                        let (population, neuron) = neuron_at(plan, block, target);
                        let address =
                            (table.source, source as u32, population, neuron, port, delay);
                        all.entry(address).or_default().push((units, grid));
                    }
                }
            }
            assert_eq!(next as u64, table.row_start[source + 1], "segments fill the row");
        }
    }
    all
}

fn exponent(plan: &Plan, population: usize, port: usize) -> i32 {
    plan.populations[population].neurons.as_ref().expect("a target").ports[port].exponent
}

/// Tables against wiring: the same synapses, each weight the nearest on its grid.
fn tables_hold_the_wiring(plan: &Plan) {
    let (wired, decoded) = (wired(plan), decoded(plan));
    let addresses = |n: usize, a: &Address| (*a, n);
    let a: Vec<_> = wired.iter().map(|(a, w)| addresses(w.len(), a)).collect();
    let b: Vec<_> = decoded.iter().map(|(a, w)| addresses(w.len(), a)).collect();
    assert_eq!(a, b, "each synapse once");
    for (address, mut stored) in decoded {
        let k = exponent(plan, address.2, address.4);
        let mut weights = wired[&address].clone();
        // synapses between the same neurons with the same delay stand in any order: those on the
        // finest grid choose first, among weights that must be exact first
        stored.sort_by_key(|s| (s.1.asked.is_none(), s.1.shift));
        weights.sort_by_key(|w| w.1 != WeightStorage::Exact);
        for (units, grid) in stored {
            let is = |&(w, storage, plastic): &Wired| {
                let (x, units) = (w * pow2(k), i128::from(units));
                let exact = storage == WeightStorage::Exact;
                let whole = x.round_ties_even() as i128;
                let asked = grid.asked.is_none_or(|a| a.contains(&storage));
                let rounded = asked && units == grid.nearest(x) && (!exact || units == whole);
                plastic == grid.plastic && (plastic.is_some() || rounded)
            };
            let found = weights.iter().position(is);
            let what = || format!("{address:?}: {units} units at 2^{k}, {grid:?}");
            weights.remove(found.unwrap_or_else(|| panic!("{} is none of {weights:?}", what())));
        }
    }
}

/// The most that can arrive at once, exactly, at every accumulator: below its limit.
fn nothing_overflows(plan: &Plan) {
    let mut sums: BTreeMap<(usize, usize, usize), i128> = BTreeMap::new();
    for (address, stored) in decoded(plan) {
        let (source, _, population, neuron, port, _) = address;
        let times = i128::from(plan.populations[source].multiplicity);
        let k = exponent(plan, population, port);
        for (units, grid) in stored {
            let most = match grid.plastic {
                Some(w_max) => {
                    let kept = match plan.precision() {
                        Precision::F32 => f64::from(w_max as f32),
                        Precision::F64 => w_max,
                    };
                    (kept * pow2(k)).round_ties_even() as i128
                }
                None => i128::from(units).abs(),
            };
            *sums.entry((population, neuron, port)).or_default() += most * times;
        }
    }
    for (population, p) in plan.populations.iter().enumerate() {
        for Drive::Poisson(d) in p.neurons.iter().flat_map(|n| &n.drives) {
            for neuron in 0..p.size as usize {
                let table = d.table_of.as_ref().map_or(0, |of| of[neuron]) as usize;
                let most = i128::from(d.tables[table].max()) * i128::from(d.weight).abs();
                *sums.entry((population, neuron, d.port)).or_default() += most;
            }
        }
    }
    let limit = match plan.accumulator {
        Accumulator::I32 => 1i128 << 31,
        Accumulator::I64 => 1i128 << 63,
    };
    for (at, sum) in sums {
        assert!(sum < limit, "(population, neuron, port) {at:?}: {sum} of {limit}");
    }
}

/// The accumulator's own rounding: constant weights, which are stored as they are, to 2^-16.
fn constant_weights_are_resolved(plan: &Plan) {
    for ((_, _, population, _, port, _), weights) in wired(plan) {
        let k = exponent(plan, population, port);
        for (w, ..) in weights.into_iter().filter(|w| w.2.is_none()) {
            let constant =
                |p: &Projection| p.target == population && p.weight == Distribution::constant(w);
            if plan.network.projections.iter().any(constant) {
                let off = ((w * pow2(k)).round_ties_even() * pow2(-k) - w).abs();
                assert!(off <= w.abs() * pow2(-16), "{w} is off by {off:e} at 2^{k}");
            }
        }
    }
}

fn planned(network: &Network, blocks: usize) -> Plan {
    let options = PlanOptions { blocks, spread: true, threads: 2, ..PlanOptions::default() };
    Plan::new(Arc::new(network.clone()), &options).unwrap_or_else(|e| panic!("{e}"))
}

/// What neurons compute with is what the network says, neuron by neuron: every backend takes it
/// from the plan, the plain one too.
fn neurons_are_the_networks(plan: &Plan) {
    let network = &plan.network;
    let bits = |xs: Vec<f64>| xs.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    for (i, (p, planned)) in network.populations.iter().zip(&plan.populations).enumerate() {
        let Dynamics::Model(neurons) = &p.dynamics else { continue };
        let planned = planned.neurons.as_ref().expect("it has a model");
        let model = neurons.model;
        let row =
            |columns: &[Column], i: usize| columns.iter().map(|c| c.at(i)).collect::<Vec<_>>();
        for lane in 0..plan.batch() {
            let params = network.param_table(i, lane);
            for neuron in 0..p.size as usize {
                let derived = model.derive(&row(&params, neuron), network.dt_ms);
                let own = planned.consts.iter().map(|c| c.at(neuron, lane)).collect();
                assert_eq!(bits(own), bits(derived), "{}: constants", p.name);
            }
            let user = network.initial_table(i, lane);
            let state = plan.initial_state(i, lane).expect("it has a state");
            state.each(0..p.size as usize, |neuron, state| {
                let working = model.from_user(&row(&params, neuron), &row(&user, neuron));
                assert_eq!(bits(state.to_vec()), bits(working), "{}: state", p.name);
            });
        }
        let before = network.equilibration_steps();
        for step in 0..300u64 {
            let begun = |t: &f64| before + (t / network.dt_ms).round() as u64 <= step;
            let value = neurons.inputs.iter().map(|input| match input {
                Input::Steps { times_ms, amplitudes } => {
                    let last = times_ms.iter().rposition(begun);
                    last.map_or(0.0, |k| amplitudes[k])
                }
                _ => 0.0,
            });
            assert_eq!(planned.current.at(step), value.sum::<f64>(), "{}: step {step}", p.name);
        }
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn random_networks(network in networks(), blocks in 1usize..5) {
        let plan = planned(&network, blocks);
        neurons_are_the_networks(&plan);
        tables_hold_the_wiring(&plan);
        nothing_overflows(&plan);
        constant_weights_are_resolved(&plan);
        let one = planned(&network, 1);
        prop_assert_eq!(plan.accumulator, one.accumulator);
        let ports = |p: &Plan| -> Vec<_> {
            p.populations.iter().filter_map(|p| p.neurons.as_ref().map(|n| n.ports.clone())).collect()
        };
        prop_assert_eq!(ports(&plan), ports(&one), "the cut into blocks changes no scale");
    }
}

#[test]
fn wide_ranges_take_64_bits() {
    let list: Vec<_> =
        (0..40u32).map(|i| (i % 8, i % 5, pow2(i as i32 / 4 - 5) * 1.1, 1 + i % 3)).collect();
    let parts = vec![source("s", 8, Vec::new()), neurons("n", "iaf_psc_delta", 5, &[])];
    let narrow = network(parts.clone(), vec![edges(0, 1, &list)]);
    let far_apart = [(0, 0, 1e-3, 1), (1, 0, 1e6, 1)].map(|edge| edges(0, 1, &[edge]));
    let spanned = network(parts, vec![edges(0, 1, &list)].into_iter().chain(far_apart).collect());
    for (network, accumulator) in
        [(wide(&narrow), Accumulator::I64), (spanned, Accumulator::I64), (narrow, Accumulator::I32)]
    {
        let plan = planned(&network, 1);
        assert_eq!(plan.accumulator, accumulator);
        tables_hold_the_wiring(&plan);
        nothing_overflows(&plan);
    }
}

#[test]
fn an_uneven_edge_list_lowers_the_scale() {
    // the estimate goes by the mean in-degree; here one neuron gets everything
    let list: Vec<_> = (0..4000u32).map(|i| (i, 7, 1.0 + f64::from(i % 3), 1)).collect();
    // every other connector has to make its rows again
    let others = [
        Connector::FixedInDegree(3),
        Connector::FixedTotal(9000),
        Connector::FixedProbability(0.001),
        Connector::FixedOutDegree(2),
    ];
    let mut projections = vec![edges(0, 1, &list)];
    projections.extend(others.map(|c| projection(0, 1, c, 0.7, 1.5)));
    let mut narrow = projection(1, 1, Connector::FixedInDegree(4), 1.0, 0.2);
    narrow.weight = Distribution::normal(1.0, 0.1);
    projections.push(narrow);
    let network = network(
        vec![source("s", 4000, Vec::new()), neurons("n", "iaf_psc_exp", 4000, &[])],
        projections,
    );
    for blocks in [1, 3] {
        let plan = planned(&network, blocks);
        tables_hold_the_wiring(&plan);
        nothing_overflows(&plan);
    }
}

#[test]
fn lowering_the_scale_keeps_the_resolution() {
    // on average each neuron gets one synapse, and 32 bits look enough; one gets them all
    let n = 80_000;
    let list: Vec<_> = (0..n).map(|i| (i, 7, 1.1, 1)).collect();
    let network = network(
        vec![source("s", n, Vec::new()), neurons("n", "iaf_psc_delta", n, &[])],
        vec![edges(0, 1, &list)],
    );
    let plan = planned(&network, 1);
    nothing_overflows(&plan);
    let k = exponent(&plan, 1, 0);
    let off = ((1.1 * pow2(k)).round_ties_even() * pow2(-k) - 1.1).abs();
    let (accumulator, allowed) = (plan.accumulator, 1.1 * pow2(-16));
    assert!(off <= allowed, "{accumulator:?} at 2^{k} rounds the median by {off:e} > {allowed:e}");
}

#[test]
fn lowering_the_scale_keeps_planned_and_allocated_equal() {
    // at the first scale the weights take 32 bits, at the lowered one 16
    let n = 40_000;
    let list: Vec<_> = (0..n).map(|i| (i, 7, 1.0 + f64::from(i % 1000) / 1001.0, 1)).collect();
    let network = network(
        vec![source("s", n, Vec::new()), neurons("n", "iaf_psc_delta", n, &[])],
        vec![edges(0, 1, &list)],
    );
    let mut s = session(&network, 1, Isa::detect());
    tables_hold_the_wiring(s.plan());
    assert_eq!(s.allocated_bytes(), s.plan().memory.total_bytes());
    advance(&mut *s, 1);
}

#[test]
fn a_weight_that_fills_the_accumulator() {
    // single synapses of up to 2^63 units, each stored in all 64 bits
    for most in [1.0, 1.97, 2.0] {
        let parts = vec![
            source("s", 40, (0..40).map(|i| (0, i)).collect()),
            neurons("n", "iaf_psc_exp", 40, &[]),
        ];
        let one_to_one = Projection {
            weight: Distribution::uniform(0.0, most),
            storage: WeightStorage::Exact,
            ..projection(0, 1, Connector::OneToOne, 1.0, 0.1)
        };
        let network = wide(&network(parts, vec![one_to_one]));
        let plan = planned(&network, 1);
        assert_eq!(plan.accumulator, Accumulator::I64);
        tables_hold_the_wiring(&plan);
        nothing_overflows(&plan);
        let mut s = session(&network, 1, Isa::detect());
        advance(&mut *s, 2);
        let slot = s.plan().slots().into_iter().find(|s| s.0 == "n.I_syn_ex").expect("a current").1;
        let arrived = s.read_values(slot).expect("readable");
        let wiring = Wiring::new(&network, 0, 1).expect("valid");
        let mut row = Row::default();
        for (i, x) in arrived.into_iter().enumerate() {
            wiring.row(i as u32, &mut row);
            assert!((x - row.weights[0]).abs() < 1e-15, "{} arrived as {x}", row.weights[0]);
        }
    }
}

/// What each neuron of `n` has received after the first step, in the weight's unit.
fn received(network: &Network) -> Vec<f64> {
    let mut s = session(network, 1, Isa::detect());
    nothing_overflows(s.plan());
    advance(&mut *s, 2);
    let slot = s.plan().slots().into_iter().find(|s| s.0 == "n.I_syn_ex").expect("a current").1;
    s.read_values(slot).expect("readable")
}

#[test]
fn one_weight_far_above_the_others() {
    // the estimate goes by the mean and the spread of the weights and misses the one
    let (n, heavy) = (100_000u32, 77);
    let weight = |i| if i == heavy { 1e12 } else { 1.0 };
    let list: Vec<_> = (0..n).map(|i| (i, i, weight(i), 1)).collect();
    for times in [1, 3] {
        let spikes = (0..n).flat_map(|i| vec![(0, i); times]).collect();
        let parts = vec![source("s", n, spikes), neurons("n", "iaf_psc_exp", n, &[])];
        let arrived = received(&network(parts, vec![edges(0, 1, &list)]));
        for (i, x) in (0..n).zip(arrived) {
            let w = weight(i) * times as f64;
            assert!((x - w).abs() <= w * pow2(-16), "{times} times {} arrived as {x}", weight(i));
        }
    }
}

#[test]
fn weights_beyond_every_scale_are_refused() {
    for w in [1e-30, 1e60, 1e300] {
        let driven = |inputs: Vec<Input>| {
            let mut n = neurons("n", "iaf_psc_exp", 5, &[]);
            model(&mut n).inputs = inputs;
            n
        };
        let poisson = Input::Poisson { rate_hz: 100.0.into(), weight: w, port: None };
        let by_synapse = network(
            vec![source("s", 5, Vec::new()), driven(Vec::new())],
            vec![edges(0, 1, &[(0, 0, w, 1)])],
        );
        for network in [by_synapse, network(vec![driven(vec![poisson])], Vec::new())] {
            let plan = Plan::new(Arc::new(network), &PlanOptions::default());
            let e = plan.err().map_or_else(|| panic!("{w} is taken"), |e| e.to_string());
            assert!(e.contains("weights to n, port") && e.contains("must lie between"), "{e}");
        }
    }
}

#[test]
fn a_plastic_bound_that_rounds_up() {
    // in f32 this bound is 2^30, and two of those are more than 32 bits hold
    let w = 1_073_741_823.0;
    let spikes = vec![(0, 0), (0, 1)];
    for precision in [Precision::F32, Precision::F64] {
        let parts = vec![source("s", 2, spikes.clone()), neurons("n", "iaf_psc_exp", 1, &[])];
        let plastic = Projection {
            plasticity: Some(Plasticity::pair(w)),
            ..projection(0, 1, Connector::AllToAll, w, 0.1)
        };
        let arrived = received(&Network { precision, ..network(parts, vec![plastic]) });
        assert!(
            (arrived[0] / (2.0 * w) - 1.0).abs() < 1e-6,
            "2 times {w} arrived as {}",
            arrived[0]
        );
    }
}
