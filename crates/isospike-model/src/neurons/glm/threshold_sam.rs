//! `threshold_sam`: synaptic activation, noisy background, spikes above a threshold.

use super::{Ports, fields};
use crate::{About, Drive, Dual, Inputs, Model, Number, Rate, Sign, params, slots};
use isospike_lane::distribution::{bernoulli, normal};
use isospike_lane::{Lane, named};

/// A synaptic activation model with a threshold.
#[derive(Clone, Copy, Debug)]
pub struct ThresholdSam;

params! {
    /// Parameters of `threshold_sam`.
    pub struct Params {
        theta: 0.001378, "", Any, "threshold";
        r: 0.025, "", Any, "scale of the coupling";
        b: 0.001, "", Any, "background";
        sigma: 0.3, "", NonNegative, "standard deviation of the noise, in units of b";
        rho: 0.07, "", Within(0.0, 1.0), "probability of noise in a step";
        squared: 0.0, "", Within(0.0, 1.0), "1 for the square of the noise, as Spikeometric has it, 0 for the noise";
        tau: 10.0, "ms", Positive, "time constant of the activation";
    }
}

slots! {
    /// Constants of `threshold_sam`.
    pub struct Const {
        theta: "", "threshold";
        r: "", "scale of the coupling";
        b: "", "background";
        sigma: "", "standard deviation of the noise";
        rho: "", "probability of noise";
        squared: "", "whether the noise is squared";
        keep: "", "1 - dt/tau";
        dt: "", "activation per spike and unit of weight";
    }
}

slots! {
    /// State of `threshold_sam`.
    pub struct State {
        spikes: "", "spikes in the last step";
        g: "", "linear predictor of the last step";
        activation: "", "weighted activation of all synapses that the next step begins with";
    }
}

impl Model for ThresholdSam {
    const NAME: &'static str = "threshold_sam";
    const ABOUT: About = About {
        summary: "Synaptic activation model with a noisy background and a threshold.",
        equations: "\
s(t) = (1 - dt/tau) s(t - 1) + dt/ms I(t)
B(t) = b (1 + n), n Gaussian (sigma) with probability rho, else 0
g(t) = r s(t) + B(t) + E(t), spike where g(t) > theta
I(t) is what arrives in step t, s the activation of all synapses times their weights, E the injected
current. With squared = 1 the noise is n^2, which shifts the mean of B by rho sigma^2 b.",
        references: "Sonstebo et al. (2023) JOSS 8:5451",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];
    const DRAWS: usize = 2;

    fn check(p: &Params) -> Result<(), String> {
        if p.squared == 0.0 || p.squared == 1.0 {
            return Ok(());
        }
        Err(format!("squared = {} must be 0 or 1", crate::Shown(p.squared)))
    }
    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let Params { theta, r, b, sigma, rho, squared, tau } = *p;
        Const { theta, r, b, sigma, rho, squared, keep: 1.0 - dt / tau, dt }
    }
    fn drive(p: &[Dual], dt: f64) -> Option<Drive> {
        let [theta, r, b, sigma, rho, squared, tau] = fields(p);
        let keep = Some(Dual::lit(1.0) - Dual::lit(dt) / tau);
        let rate = Rate::Noise { theta, b, sigma, rho, squared: squared.value > 0.0 };
        let history = Dual::lit(0.0);
        Some(Drive { coupling: r, history, b, keep, kernels: Vec::new(), rate })
    }
    fn initial(_: &Params) -> State<f64> {
        State { spikes: 0.0, g: 0.0, activation: 0.0 }
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let (zero, one) = (L::lit(0.0), L::lit(1.0));
        let activation = s.activation + c.dt * i.ports.syn;
        let n = c.sigma * normal::<L>(i.draws[0]);
        let n = L::select(zero.lt(c.squared), n * n, n);
        let n = L::select(bernoulli(c.rho, i.draws[1]), n, zero);
        let g = c.r * activation + c.b * (one + n) + i.current;
        let spike = c.theta.lt(g);
        named!(activation, n, g, spike);
        *s = State { spikes: L::select(spike, one, zero), g, activation: c.keep * activation };
        spike
    }
}
