//! Nanoseconds per neuron and step of every model, on one core, with the state in L2.
//!
//! `cargo run --release -p isospike-model --example ns_per_update [MODEL]`

use isospike_lane::isa::Isa;
use isospike_model::{Block, Column, MODELS, ModelRef, Sums};
use std::time::Instant;

const LEN: usize = 8192;
const STEPS: u32 = 16_384_000 / LEN as u32;

macro_rules! measure {
    ($name:ident, $float:ident, $step:ident) => {
        fn $name(m: ModelRef, isa: Isa, varied: bool) -> f64 {
            let params: Vec<f64> = m
                .params()
                .iter()
                .map(|p| match p.name {
                    "I_e" => 400.0,
                    "rate" => 10.0,
                    _ => p.default,
                })
                .collect();
            let initial = m.from_user(&params, &m.initial(&params));
            let mut state: Vec<Vec<$float>> =
                initial.iter().map(|&x| vec![x as $float; LEN]).collect();
            let values: Vec<_> =
                m.derive(&params, 0.1).iter().map(|&x| vec![x as $float; LEN]).collect();
            let consts: Vec<_> = values
                .iter()
                .zip(m.consts())
                .map(|(x, slot)| match slot.name {
                    "i_e" | "i_l" | "high" if varied => Column::Each(x),
                    _ => Column::Uniform(x[0]),
                })
                .collect();
            let mut sums = vec![vec![0i32; LEN]; m.ports().len()];
            let scale = vec![0.125; m.ports().len()];
            let draws =
                vec![
                    (0..LEN as u32).map(|k| k.wrapping_mul(0x9E37_79B9)).collect::<Vec<_>>();
                    m.draws()
                ];
            let draws: Vec<&[u32]> = draws.iter().map(|d| d.as_slice()).collect();
            let mut spiked = vec![false; LEN];
            let mut best = f64::INFINITY;
            for _ in 0..7 {
                let start = Instant::now();
                for _ in 0..STEPS / 7 {
                    m.$step(
                        isa,
                        Block {
                            len: LEN,
                            state: &mut state
                                .iter_mut()
                                .map(|s| s.as_mut_slice())
                                .collect::<Vec<_>>(),
                            consts: &consts,
                            sums: Sums::I32(
                                &mut sums.iter_mut().map(|s| s.as_mut_slice()).collect::<Vec<_>>(),
                            ),
                            scale: &scale,
                            current: Column::Uniform(0.0),
                            draws: &draws,
                            spiked: &mut spiked,
                        },
                    );
                }
                let updates = f64::from(STEPS / 7) * LEN as f64;
                best = best.min(start.elapsed().as_secs_f64() * 1e9 / updates);
            }
            best
        }
    };
}
measure!(measure_f32, f32, step_f32);
measure!(measure_f64, f64, step_f64);

fn main() {
    let only = std::env::args().nth(1);
    for isa in Isa::ALL.into_iter().filter(|isa| isa.available()) {
        for &m in MODELS.iter().filter(|m| only.as_deref().is_none_or(|n| n == m.name())) {
            let [single, varied] = [false, true].map(|v| measure_f32(m, isa, v));
            let double = measure_f64(m, isa, false);
            println!(
                "{:9} {:18} f32 {single:6.3}  f64 {double:6.3}  f32, one constant per neuron {varied:6.3}",
                isa.name(),
                m.name()
            );
        }
    }
}
