//! `balloon`: blood flow, volume and oxygen that follow neural activity.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, Math, named};
use isospike_model::{About, ParamInfo, slots};

/// The Balloon-Windkessel model of the blood that supplies a region. Its time is in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Balloon;

parameters! {
    /// Parameters of `balloon`.
    pub struct Params {
        tau_s: 0.65, "s", Positive, "time constant of the signal";
        tau_f: 0.41, "s", Positive, "time constant of the flow";
        tau_o: 0.98, "s", Positive, "time that blood takes to pass";
        alpha: 0.32, "", Positive, "stiffness of the vessels";
        TE: 0.04, "s", NonNegative, "echo time";
        V0: 4.0, "", Any, "share of blood in the volume at rest, in percent";
        E0: 0.4, "", Within(0.01, 0.99), "share of oxygen that is taken at rest";
        epsilon: 0.5, "", NonNegative, "signal of blood to signal of tissue";
        nu0: 40.3, "1/s", Any, "frequency offset at the surface of a vessel";
        r0: 25.0, "1/s", Any, "slope of the relaxation rate over the oxygen taken";
    }
}

slots! {
    /// State of `balloon`; 0, 1, 1, 1 at rest.
    pub struct State {
        s: "1/s", "signal that widens vessels";
        f: "", "flow";
        v: "", "volume";
        q: "", "deoxyhaemoglobin";
    }
}

slots! {
    /// Inputs of `balloon`.
    pub struct Inputs {
        c: "1/s^2", "neural activity";
    }
}

impl Node for Balloon {
    const NAME: &'static str = "balloon";
    const ABOUT: About = About {
        summary: "Blood that follows neural activity, in seconds: what fMRI sees.",
        equations: "\
s' = c - s / tau_s - (f - 1) / tau_f
f' = s
v' = (f - v^(1/alpha)) / tau_o
q' = (f (1 - (1 - E0)^(1/f)) / E0 - v^(1/alpha) q / v) / tau_o
BOLD = V0 (k1 (1 - q) + k2 (1 - q / v) + k3 (1 - v))
k1 = 4.3 nu0 E0 TE, k2 = epsilon r0 E0 TE, k3 = 1 - epsilon",
        references: "Buxton, Wong and Frank (1998) Magn. Reson. Med. 39:855; Friston et al. (2000) \
                     NeuroImage 12:466; Stephan et al. (2007) NeuroImage 38:387; vbjax, bold_dfun",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] =
        &[Span::of(-0.5, 0.5), Span::of(0.5, 1.5), Span::of(0.5, 1.5), Span::of(0.5, 1.5)];
    const SENDS: &'static [usize] = &[0];
    const SHOWS: (usize, Option<usize>) = (3, None);

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let one = L::lit(1.0);
        let outflow = s.v.pow(one / p.alpha);
        let taken = (one - (one - p.E0).pow(one / s.f)) / p.E0;
        named!(outflow, taken);
        let signal = c.c - s.s / p.tau_s - (s.f - one) / p.tau_f;
        let v = (s.f - outflow) / p.tau_o;
        let q = (s.f * taken - outflow * (s.q / s.v)) / p.tau_o;
        State { s: signal, f: s.s, v, q }
    }
}

/// What fMRI measures of a [`Balloon`], in percent if `V0` is: the revised coefficients of Stephan
/// et al. (2007). 0 at rest.
#[inline(always)]
pub fn bold_signal<L: Lane>(p: &Params<L>, s: &State<L>) -> L {
    let one = L::lit(1.0);
    let k1 = L::lit(4.3) * p.nu0 * p.E0 * p.TE;
    let k2 = p.epsilon * p.r0 * p.E0 * p.TE;
    let k3 = one - p.epsilon;
    named!(k1, k2, k3);
    p.V0 * (k1 * (one - s.q) + k2 * (one - s.q / s.v) + k3 * (one - s.v))
}
