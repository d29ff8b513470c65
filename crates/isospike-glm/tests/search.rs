//! Searches on functions whose answer is known: found within bounds, or truly out of reach.

use isospike_glm::{Bounded, Measured, Next, Search, TuneError};
use isospike_lane::Math;
use proptest::prelude::*;

/// A rate that rises with each parameter's place between its bounds: `offset + scale sigmoid(sum_i
/// gain_i place_i - 2)`, and its derivatives by the parameters, all of them wrong by a factor.
fn rate(p: &[Bounded], gains: &[f64], wrong: f64, values: &[f64]) -> (f64, Vec<f64>) {
    let place = |p: &Bounded, x: f64| match p.positive {
        true => Math::log(x / p.low) / Math::log(p.high / p.low),
        false => (x - p.low) / (p.high - p.low),
    };
    let x: f64 = p.iter().zip(values).zip(gains).map(|((p, &x), g)| g * place(p, x)).sum();
    let y = Math::sigmoid(x - 2.0);
    let slope = |((p, &x), g): ((&Bounded, &f64), &f64)| {
        let by_place = 50.0 * y * (1.0 - y) * g * wrong;
        match p.positive {
            true => by_place / x / Math::log(p.high / p.low),
            false => by_place / (p.high - p.low),
        }
    };
    (1.0 + 50.0 * y, p.iter().zip(values).zip(gains).map(slope).collect())
}

proptest! {
    #[test]
    fn a_target_is_reached_within_bounds_or_lies_beyond(
        bounds in prop::collection::vec((0.1f64..2.0, 1.1f64..50.0, -0.5f64..1.5, any::<bool>()), 1..5),
        signs in prop::collection::vec(any::<bool>(), 4),
        target in 2f64..50.0,
        wrong in 0.2f64..4.0,
    ) {
        let parameters: Vec<_> = bounds.iter().enumerate().map(|(i, &(low, times, at, positive))| {
            let high = low * times;
            let start = low + at * (high - low);
            Bounded { name: format!("p{i}"), start, low, high, positive }
        }).collect();
        let gains: Vec<f64> = signs.iter().map(|up| if *up { 1.5 } else { -1.5 }).collect();
        let gains = &gains[..parameters.len()];
        let ends = |up: bool| {
            let values: Vec<_> = parameters.iter().zip(gains).map(|(p, g)| {
                if (*g > 0.0) == up { p.high } else { p.low }
            }).collect();
            rate(&parameters, gains, 1.0, &values).0
        };
        let (least, most) = (ends(false), ends(true));
        let mut search = Search::new(parameters.clone(), target, 0.01).expect("a search");
        let mut end = None;
        for _ in 0..100 {
            let values = search.values();
            for (p, x) in parameters.iter().zip(&values) {
                prop_assert!((p.low..=p.high).contains(x), "{} = {x}", p.name);
            }
            let (rate, gradient) = rate(&parameters, gains, wrong, &values);
            match search.tell(&Measured { rate, error: 0.0, gradient }) {
                Ok(Next::Run) => {}
                Ok(Next::Reached) => {
                    prop_assert!((rate - target).abs() <= 0.01);
                    end = Some(true);
                    break;
                }
                Err(TuneError::Unreachable { .. }) => {
                    prop_assert!(target < least - 0.01 || target > most + 0.01, "{least}..{most}");
                    end = Some(false);
                    break;
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
        prop_assert!(end.is_some(), "no end in 100 runs: {:?}", search.values());
    }
}
