//! Connections that come with their weights.

use super::{check_distribution, with_unit};
use crate::{Generator, NetError, Network, Projection, SynapseWeights};
use isospike_model::Shown;

const DALE: &str =
    "must lie between 0.5 and 1: by Dale's rule at most half of all pairs are connected";

impl Network {
    /// Checks the numbers of the generator of a projection, and that there are neurons for it.
    pub(super) fn check_generator(
        &self,
        path: &str,
        g: &Generator,
        p: &Projection,
    ) -> Result<(), NetError> {
        let path = format!("{path}.{}", g.name());
        let [from, to] = [p.source, p.target].map(|i| &self.populations[i]);
        if p.source != p.target {
            let value = format!("{} to {}", from.name, to.name);
            return Err(NetError::value(path, value, "connects a population with itself"));
        }
        if g.dale() && (from.size < 2 || from.size % 2 == 1) {
            let allowed =
                "half of them excite and half inhibit: must be an even number, at least 2";
            return Err(NetError::value(path, format!("{} neurons", from.size), allowed));
        }
        let wrong = |field: &str, x: f64, allowed: &str| {
            Err(NetError::value(format!("{path}.{field}"), Shown(x), allowed))
        };
        let unit = self.model_of(p.target).and_then(|n| n.model.ports().first());
        let unit = unit.map_or("", |port| port.unit);
        match *g {
            Generator::Normal { std, .. } if std <= 0.0 => wrong("std", std, "must be > 0"),
            Generator::Uniform { low, high, .. } if low >= high => {
                let value = format!("{} and {}", Shown(low), with_unit(high, unit));
                Err(NetError::value(path, value, "low must be below high"))
            }
            Generator::MexicanHat { a, .. } if !a.is_finite() => wrong("a", a, "must be finite"),
            Generator::MexicanHat { sigma_1, sigma_2, .. } => {
                let sigmas = [("sigma_1", sigma_1), ("sigma_2", sigma_2)];
                match sigmas.into_iter().find(|(_, s)| !(s.is_finite() && *s > 0.0)) {
                    Some((name, sigma)) => wrong(name, sigma, "must be > 0"),
                    None => Ok(()),
                }
            }
            Generator::Normal { sparsity, .. } | Generator::Uniform { sparsity, .. } => {
                if !(0.0..=1.0).contains(&sparsity) || g.dale() && sparsity < 0.5 {
                    let allowed = if g.dale() { DALE } else { "must lie between 0 and 1" };
                    return wrong("sparsity", sparsity, allowed);
                }
                match g.weights(from.size) {
                    SynapseWeights::Drawn(d) => check_distribution(&path, &d, unit),
                    SynapseWeights::Listed(_) => Ok(()),
                }
            }
        }
    }
}
