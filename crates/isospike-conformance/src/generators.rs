//! Random generators of connections.

use isospike_net::Generator;
use proptest::prelude::*;

/// A generator for n neurons with weights of about this size; one by Dale's rule for an even number
/// only.
pub(crate) fn generator(n: u32, scale: f64) -> BoxedStrategy<Generator> {
    // so wide that no weights are so small beside others that no accumulator holds both
    let sigma = || (0.125..0.5f64).prop_map(move |part| 0.5 + part * f64::from(n));
    let hat = (0.5..2.0f64, sigma(), sigma());
    let hat = hat.prop_map(|(a, sigma_1, sigma_2)| Generator::MexicanHat { a, sigma_1, sigma_2 });
    let uniform = (-1.0..0.0f64, 0.1..1.0f64, 0.0..1.0f64);
    let uniform = uniform.prop_map(move |(low, high, sparsity)| {
        // were one minus the other, it would be Dale's rule
        let high = if low == -high { 2.0 * high } else { high };
        Generator::Uniform { low: scale * low, high: scale * high, sparsity }
    });
    if n % 2 == 1 {
        return prop_oneof![hat, uniform].boxed();
    }
    let sparsity = || 0.5..1.0f64;
    let normal = (-0.3..0.3f64, 0.2..1.0f64, sparsity(), any::<bool>());
    let normal = normal.prop_map(move |(mean, std, sparsity, glorot)| Generator::Normal {
        mean: scale * mean,
        std: scale * std,
        sparsity,
        glorot,
    });
    let dale = (0.1..1.0f64, sparsity()).prop_map(move |(high, sparsity)| Generator::Uniform {
        low: -scale * high,
        high: scale * high,
        sparsity,
    });
    prop_oneof![hat, uniform, normal, dale].boxed()
}
