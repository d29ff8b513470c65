//! Random graphs under random names.

use crate::check::{RESERVED, printed};
use isospike_lane::{Float, Int, Lane, Mask};
use isospike_trace::{Graph, Sym, SymInt, SymMask, trace};
use proptest::prelude::*;

const OWN: &[&str] =
    &["t1", "t9", "x_int", "out.a", "out_a", "a", "a_1", "a.1", "E_L", "_a", "a__b", "as_b", "V"];

/// Names that collide with C, with the printer's own, and with each other once dots are gone.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => prop::sample::select(RESERVED).prop_map(str::to_owned),
        2 => prop::sample::select(OWN).prop_map(str::to_owned),
        1 => "[a-zA-Z_][a-z0-9_]{0,3}",
    ]
}

#[derive(Clone, Debug)]
struct Program {
    args: std::collections::BTreeSet<String>,
    steps: Vec<(u8, usize, usize, Option<String>)>,
    outputs: std::collections::BTreeSet<String>,
}

fn programs() -> impl Strategy<Value = Program> {
    let names = || prop::collection::btree_set(name(), 3..8);
    let step = (any::<u8>(), 0..40usize, 0..40usize, prop::option::of(name()));
    let steps = prop::collection::vec(step, 0..80);
    (names(), steps, names()).prop_map(|(args, steps, outputs)| Program { args, steps, outputs })
}

fn graph<F: Float>(p: &Program) -> Graph {
    trace(|t| {
        let mut names = p.args.iter();
        let mut words: Vec<SymInt<u32>> = names.by_ref().take(1).map(|n| t.arg(n)).collect();
        let mut masks: Vec<SymMask> = names.by_ref().take(1).map(|n| t.arg(n)).collect();
        let mut floats: Vec<Sym<F>> = names.map(|n| t.arg(n)).collect();
        for (op, i, j, name) in &p.steps {
            let (a, b) = (floats[i % floats.len()], floats[j % floats.len()]);
            let (m, u) = (masks[i % masks.len()], words[j % words.len()]);
            let new = match op % 12 {
                0 => a + b,
                1 => a / b,
                2 => a.sqrt(),
                3 => a.copysign(b),
                4 => Sym::select(m, a, b),
                5 => Sym::from_u32(u),
                6 => Sym::lit(*j as f64 - 3.5),
                7 => Sym::from_bits(a.to_bits().wrapping_add(b.to_bits()).shr(3)),
                8 => Sym::from_i32(a.to_i32()),
                9 => {
                    masks.push(a.lt(b).xor(m).not());
                    continue;
                }
                10 => {
                    words.push(u.shl(*i as u32 % 32).and(SymInt::lit(77)));
                    continue;
                }
                _ => -a.abs().floor(),
            };
            floats.push(match name {
                Some(name) => t.name(name, new),
                None => new,
            });
        }
        let mut floats = floats.iter().rev();
        t.output("last.mask", masks[masks.len() - 1]);
        t.output("last.word", words[words.len() - 1]);
        for (name, &x) in p.outputs.iter().zip(floats.by_ref()) {
            t.output(name, x);
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn random_graphs_print_soundly(p in programs()) {
        for graph in [graph::<f32>(&p), graph::<f64>(&p)] {
            printed(&graph)?;
            let labels = graph.labels();
            let unique: std::collections::HashSet<_> = labels.iter().collect();
            prop_assert_eq!(unique.len(), labels.len(), "{:?}", labels);
        }
    }
}
