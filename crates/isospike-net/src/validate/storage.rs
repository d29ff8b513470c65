//! What cannot be kept in few bits.

use crate::{NetError, Network, Neurons, Plasticity, Precision, WeightStorage};
use isospike_lane::Half;

/// The unit of constants from which state counts down by one.
const COUNTS: &str = "steps";

impl Network {
    /// Checks that plastic weights can be kept as they should be. Weights that stay are rounded to
    /// whatever they are stored in.
    pub(super) fn check_storage(
        &self,
        path: &str,
        storage: WeightStorage,
        rule: &Plasticity,
    ) -> Result<(), NetError> {
        let wrong = |value: &str, allowed: &str| {
            Err(NetError::value(format!("{path}.storage"), value, allowed))
        };
        let whole = "plastic weights are floats: f16, bf16, auto or exact";
        let format = match storage {
            WeightStorage::Auto | WeightStorage::Exact => return Ok(()),
            WeightStorage::I8 => return wrong("i8", whole),
            WeightStorage::I16 => return wrong("i16", whole),
            WeightStorage::F16 => Half::F16,
            WeightStorage::BF16 => Half::BF16,
        };
        if self.precision == Precision::F64 {
            let allowed = "plastic weights in 16 bits are computed in single precision: set \
                           precision = f32";
            return wrong(format.name(), allowed);
        }
        // a weight at the bound must not be rounded to one above it
        let (w, nearest) = (rule.w_max, format.nearest(rule.w_max));
        if nearest != w {
            let allowed = format!(
                "must be a number of {}, in which the weights are stored; the nearest is {}",
                format.name(),
                nearest.min(format.most())
            );
            return Err(NetError::value(format!("{path}.plasticity.w_max"), w, allowed));
        }
        Ok(())
    }

    /// Checks that state in 16 bits is computed in single precision.
    pub(super) fn check_state(&self, path: &str, n: &Neurons) -> Result<(), NetError> {
        match (n.state, self.precision) {
            (Some(format), Precision::F64) => {
                let allowed = "is computed in single precision: set precision = f32";
                Err(NetError::value(format!("{path}.state"), format.name(), allowed))
            }
            _ => Ok(()),
        }
    }

    /// Checks that what a neuron with these parameters counts down in its state can be counted down
    /// by one.
    pub(super) fn check_counts(
        &self,
        path: &str,
        n: &Neurons,
        params: &[f64],
    ) -> Result<(), NetError> {
        let Some(format) = n.state else { return Ok(()) };
        let constants = n.model.consts().iter().zip(n.model.derive(params, self.dt_ms));
        let most = format.whole().into();
        let mut counts = constants.filter(|(info, x)| info.unit == COUNTS && *x > most);
        let Some((info, count)) = counts.next() else { return Ok(()) };
        let allowed = format!(
            "counts to {most} at most, and {} would be {count}: make it shorter or dt longer",
            info.doc
        );
        Err(NetError::value(format!("{path}.state"), format.name(), allowed))
    }
}
