//! Single models: neurons without synapses, driven by a constant current so that they fire, from
//! potentials that differ, so that they do not all fire at once.

use anyhow::{Context, Result};
use isospike::net::Distribution;
use isospike::{Network, Precision};

/// How a model is made to fire.
struct Drive {
    model: &'static str,
    /// Its parameter and value: above the least that makes it fire.
    drive: (&'static str, f64),
    /// Where potentials begin (mV); `None` without a potential.
    potentials: Option<(f64, f64)>,
    /// Time step (ms).
    dt_ms: f64,
    /// Steps of filters of its own: of a general model, which has none.
    filters: usize,
}

const fn from_potentials(model: &'static str, pa: f64) -> Drive {
    let potentials = Some((-70.0, -55.1));
    Drive { model, drive: ("I_e", pa), potentials, dt_ms: 0.1, filters: 0 }
}

const fn without_potential(model: &'static str, parameter: &'static str, value: f64) -> Drive {
    Drive { model, drive: (parameter, value), potentials: None, dt_ms: 0.1, filters: 0 }
}

/// Silent for the length of the filter after a spike.
const fn filtered(model: &'static str, parameter: &'static str, value: f64) -> Drive {
    Drive { filters: 50, ..without_potential(model, parameter, value) }
}

const DRIVES: &[Drive] = &[
    from_potentials("iaf_psc_delta", 450.0),
    from_potentials("iaf_psc_exp", 450.0),
    from_potentials("iaf_psc_alpha", 450.0),
    from_potentials("iaf_cond_exp", 350.0),
    from_potentials("aeif_cond_exp", 1000.0),
    from_potentials("hh_cond_exp_traub", 500.0),
    from_potentials("izhikevich", 10.0),
    Drive { dt_ms: 1.0, ..from_potentials("izhikevich2003", 10.0) },
    without_potential("poisson_source", "rate", 20.0),
    Drive { dt_ms: 1.0, ..without_potential("bernoulli_glm", "theta", 5.0) },
    without_potential("poisson_glm", "b", 0.001),
    without_potential("rectified_lnp", "b", 0.001),
    without_potential("threshold_sam", "b", 0.001),
    without_potential("rectified_sam", "b", 0.001),
    filtered("glm_sigmoid_bernoulli", "scale", 0.02),
    filtered("glm_exp_bernoulli", "scale", 0.02),
    filtered("glm_relu_bernoulli", "b", 0.02),
    filtered("glm_identity_bernoulli", "b", 0.02),
    filtered("glm_sigmoid_poisson", "scale", 0.02),
    filtered("glm_exp_poisson", "scale", 0.02),
    filtered("glm_relu_poisson", "b", 0.02),
    filtered("glm_identity_poisson", "b", 0.02),
    filtered("glm_threshold", "b", 0.02),
];

/// So many neurons of a model.
///
/// # Errors
/// If the model is not among those that can be driven, or the number of neurons is not allowed.
pub fn network(model: &str, neurons: u32, precision: Precision) -> Result<Network> {
    let known = DRIVES.iter().find(|d| d.model == model);
    let d = known.with_context(|| format!("nobody has said how to drive {model}"))?;
    let network = Network::build(model).precision(precision).dt(d.dt_ms);
    let network = network.population("neurons", neurons, d.model, |p| {
        let p = p.param(d.drive.0, d.drive.1);
        let p = match d.filters {
            0 => p,
            steps => p.filter("coupling", vec![1.0; steps]).filter("history", vec![-10.0; steps]),
        };
        match d.potentials {
            Some((low, high)) => p.initial("V_m", Distribution::uniform(low, high)),
            None => p,
        }
    });
    Ok(network.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike::model::MODELS;
    use isospike::{Options, Simulation};

    #[test]
    fn every_bundled_model_is_driven_and_fires() {
        for model in MODELS {
            let network = network(model.name(), 1000, Precision::F32).expect("a drive");
            let mut simulation = Simulation::new(network, &Options::default()).expect("a CPU");
            let mut spikes = 0;
            simulation.run(200.0, |new| spikes += new.len()).expect("runs");
            let rate_hz = spikes as f64 / 1000.0 / 0.2;
            assert!((1.0..300.0).contains(&rate_hz), "{}: {rate_hz} spikes/s", model.name());
        }
    }
}
