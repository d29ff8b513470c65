//! A user's own model: one that isospike does not have.

use isospike::lane::{Lane, Math, distribution, precise};
use isospike::model::{About, Inputs, Model, ModelRef, Sign, params, slots};

/// A leaky neuron that fires with a probability that rises with its potential, with two ports.
#[derive(Clone, Copy, Debug)]
pub struct Escape;

/// The model as networks refer to it.
pub const ESCAPE: ModelRef = &Escape;

params! {
    /// What a user can set.
    pub struct Params {
        tau: 10.0, "ms", Positive, "time constant";
        rate: 20.0, "spikes/s", NonNegative, "rate at threshold";
        width: 2.0, "mV", Positive, "softness of the threshold";
    }
}

slots! {
    /// What a step computes with.
    pub struct Const {
        decay: "", "exp(-dt/tau)";
        hazard: "", "rate dt";
        width: "mV", "softness of the threshold";
    }
}

slots! {
    /// What a neuron remembers.
    pub struct State {
        v: "mV", "potential, threshold at 0";
    }
}

slots! {
    /// Where synapses arrive.
    pub struct Ports {
        kick: "mV", "jump of the potential";
        shunt: "", "divides the potential";
    }
}

impl Model for Escape {
    const NAME: &'static str = "escape";
    const ABOUT: About = About {
        summary: "Leaky neuron with a soft threshold.",
        equations: "fires with probability 1 - exp(-rate dt exp(V/width)), then V = -10 mV",
        references: "Gerstner & Kistler (2002) Spiking Neuron Models, ch. 5",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Positive, Sign::Negative];
    const DRAWS: usize = 1;

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let decay = precise::exp(-dt / p.tau);
        Const { decay, hazard: p.rate * dt * 1e-3, width: p.width }
    }

    fn initial(_: &Params) -> State<f64> {
        State { v: -5.0 }
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let one = L::lit(1.0);
        let shunt = (one + i.ports.shunt * i.ports.shunt).sqrt();
        let v = (s.v * c.decay + i.ports.kick + i.current) / shunt;
        let expected = c.hazard * (v / c.width).min(L::lit(20.0)).exp();
        let spikes = distribution::uniform::<L>(i.draws[0]).lt(one - (-expected).exp());
        s.v = L::select(spikes, L::lit(-10.0), v);
        spikes
    }
}
