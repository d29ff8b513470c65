//! Storage in few bits, asked for by name: examples of [`net`](super::net).

use super::net::{Example, clocks};
use crate::hand::{Edge, edges, model, network, neurons, source};
use isospike_backend::Spike;
use isospike_net::{Half, Network, Projection, WeightStorage};

/// Weights in every format, and state in both.
pub fn examples() -> Vec<Example> {
    vec![weights(), state()]
}

/// The formats, by name.
const FEW: [WeightStorage; 4] =
    [WeightStorage::I8, WeightStorage::I16, WeightStorage::F16, WeightStorage::BF16];

fn some(spikes: &[Spike]) {
    assert!(spikes.len() > 50, "{} spikes", spikes.len());
}

/// Every format with weights of both signs and of either one, which 8 and 16 bits tell apart, from
/// neurons and from a source that fires twice.
fn weights() -> Example {
    let sizes = |i: u32| 0.37 + 1.13 * f64::from(i.wrapping_mul(2_654_435_761) >> 24);
    let list = |sign: fn(u32) -> f64| -> Vec<Edge> {
        (0..60).map(|i| (i % 20, (i * 7) % 30, sign(i) * sizes(i), 1 + i % 4)).collect()
    };
    let signs: [fn(u32) -> f64; 3] = [|i| if i % 2 == 0 { 1.0 } else { -0.5 }, |_| 1.0, |_| -0.3];
    let given = source("source", 20, vec![(3, 1), (3, 1), (40, 7), (41, 7), (90, 19)]);
    let each = |storage| {
        let stored = move |p: Projection| Projection { storage, ..p };
        let among = signs.map(|sign| stored(edges(0, 1, &list(sign))));
        among.into_iter().chain([stored(edges(2, 1, &list(signs[0])))])
    };
    let projections = FEW.into_iter().flat_map(each).collect();
    let network = network(vec![clocks("a", 20), clocks("n", 30), given], projections);
    Example { name: "few_bits_of_weights", network, steps: 150, holds: some }
}

/// Populations that keep their state in each format and in full, with weights in few bits between
/// them; two lanes.
fn state() -> Example {
    let kept = |name: &str, kind: &str, size, state| {
        let mut p = neurons(name, kind, size, &[("t_ref", 0.5)]);
        let drive = (0..size).map(|i| 400.0 + 97.0 * f64::from(i % 23)).collect();
        crate::hand::set_param(&mut p, "I_e", drive);
        model(&mut p).state = state;
        p
    };
    let populations = vec![
        kept("f16", "iaf_psc_exp", 20, Some(Half::F16)),
        kept("bf16", "iaf_psc_exp", 65, Some(Half::BF16)),
        kept("full", "iaf_psc_exp", 20, None),
        kept("conductances", "iaf_cond_exp", 17, Some(Half::F16)),
    ];
    let sizes = [20, 65, 20, 17];
    let between = |(k, storage): (usize, WeightStorage)| {
        let (from, to) = (k, (k + 1) % 4);
        let pair = |i: u32| (i, (i * 3) % sizes[to], 3.0 + f64::from(i), 1 + i % 5);
        Projection { storage, ..edges(from, to, &(0..sizes[from]).map(pair).collect::<Vec<_>>()) }
    };
    let projections = FEW.into_iter().enumerate().map(between).collect();
    let network = Network { lane_seeds: vec![2, 3], ..network(populations, projections) };
    Example { name: "few_bits_of_state", network, steps: 150, holds: some }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand::variants;
    use isospike_backend::plan::Synapses;
    use isospike_backend::{Plan, PlanOptions};
    use std::collections::BTreeSet;
    use std::sync::Arc;

    #[test]
    fn every_format_is_there() {
        for network in variants(&weights().network) {
            let plan = Plan::new(Arc::new(network), &PlanOptions::default()).expect("valid");
            let format = |s: &Synapses| match s {
                Synapses::U8 { multiplier, .. } if *multiplier < 0 => "negative u8",
                Synapses::U8 { .. } => "u8",
                Synapses::I8 { .. } => "i8",
                Synapses::U16 { multiplier, .. } if *multiplier < 0 => "negative u16",
                Synapses::U16 { .. } => "u16",
                Synapses::I16 { .. } => "i16",
                Synapses::Half { format, .. } => format.name(),
                other => panic!("{other:?}"),
            };
            let formats: BTreeSet<_> = plan.tables().iter().map(|t| format(&t.synapses)).collect();
            let all = ["bf16", "f16", "i16", "i8", "negative u16", "negative u8", "u16", "u8"];
            assert!(formats.iter().eq(&all), "{formats:?}");
        }
    }
}
