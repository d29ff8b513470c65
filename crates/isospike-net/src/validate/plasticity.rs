//! Plasticity rules: their parameters, and what becomes of them in the network's precision.

use crate::{NetError, Network, Plasticity, Precision};

impl Network {
    /// Checks the parameters of a rule.
    pub(super) fn check_plasticity(&self, path: &str, r: &Plasticity) -> Result<(), NetError> {
        let path = format!("{path}.plasticity");
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let within = |x: f64| (0.0..=1.0).contains(&x);
        let checks = [
            ("tau_plus", r.tau_plus, "ms", positive(r.tau_plus), "must be > 0 ms"),
            ("tau_minus", r.tau_minus, "ms", positive(r.tau_minus), "must be > 0 ms"),
            ("lambda", r.lambda, "", r.lambda.is_finite() && r.lambda >= 0.0, "must be >= 0"),
            ("alpha", r.alpha, "", r.alpha.is_finite() && r.alpha >= 0.0, "must be >= 0"),
            ("mu_plus", r.mu_plus, "", within(r.mu_plus), "must lie between 0 and 1"),
            ("mu_minus", r.mu_minus, "", within(r.mu_minus), "must lie between 0 and 1"),
            ("w_max", r.w_max, "", positive(r.w_max), "must be > 0"),
        ];
        for (name, x, unit, ok, allowed) in checks {
            if !ok {
                let value = super::with_unit(x, unit);
                return Err(NetError::value(format!("{path}.{name}"), value, allowed));
            }
        }
        self.check_rounded(&path, r)
    }

    /// Checks that a rule's constants do not overflow, nor its bound vanish, when they are rounded.
    fn check_rounded(&self, path: &str, r: &Plasticity) -> Result<(), NetError> {
        let rounded = |x| self.precision.rounded(x);
        let precision = match self.precision {
            Precision::F32 => "single",
            Precision::F64 => "double",
        };
        let constants = [
            ("tau_plus", r.tau_plus, "ms", self.dt_ms / r.tau_plus, "dt/tau_plus"),
            ("tau_minus", r.tau_minus, "ms", self.dt_ms / r.tau_minus, "dt/tau_minus"),
            ("lambda", r.lambda, "", r.lambda, "lambda"),
            ("alpha", r.alpha, "", r.alpha * r.lambda, "alpha lambda"),
            ("w_max", r.w_max, "", r.w_max, "w_max"),
        ];
        for (name, x, unit, constant, what) in constants {
            if !rounded(constant).is_finite() {
                let value = format!("{x:e} {unit}");
                let allowed = format!("{what} must be finite in {precision} precision");
                return Err(NetError::value(format!("{path}.{name}"), value.trim(), allowed));
            }
        }
        if rounded(r.w_max) == 0.0 {
            let allowed = format!("must not vanish in {precision} precision");
            let value = format!("{:e}", r.w_max);
            return Err(NetError::value(format!("{path}.w_max"), value, allowed));
        }
        Ok(())
    }
}
