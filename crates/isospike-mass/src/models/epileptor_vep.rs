//! `epileptor_vep`: the Epileptor of the Virtual Epileptic Patient.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// The two-dimensional Epileptor that is fitted to patients: one cubic, no cases.
#[derive(Clone, Copy, Debug)]
pub struct EpileptorVep;

parameters! {
    /// Parameters of `epileptor_vep`.
    pub struct Params {
        tau0: 10.0, "ms", Positive, "time constant of the permittivity";
        I1: 3.1, "", Any, "input";
        x0: -3.5, "", Any, "excitability";
        K: 1.0, "", Any, "weight of coupling";
    }
}

slots! {
    /// State of `epileptor_vep`.
    pub struct State {
        x: "", "potential";
        z: "", "permittivity";
    }
}

slots! {
    /// Inputs of `epileptor_vep`.
    pub struct Inputs {
        c: "", "weighted sum of the differences of the x of other nodes and this one's";
    }
}

impl Node for EpileptorVep {
    const NAME: &'static str = "epileptor_vep";
    const ABOUT: About = About {
        summary: "The Epileptor of the Virtual Epileptic Patient, in two dimensions.",
        equations: "\
x' = 1 - x^3 - 2 x^2 - z + I1
z' = (4 (x - x0) - z - K c) / tau0
With c = sum over j of w_ij (x_j - x_i).",
        references: "Proix et al. (2014) J. Neurosci. 34:15009; Hashemi et al. (2020) NeuroImage \
                     217:116839; vbjax, bvep_dfun",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(-3.0, -2.0), Span::of(0.0, 3.5)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let square = s.x * s.x;
        let cubic = L::lit(1.0) - s.x * square - L::lit(2.0) * square;
        named!(cubic);
        let x = cubic - s.z + p.I1;
        let z = (L::lit(4.0) * (s.x - p.x0) - s.z - p.K * c.c) / p.tau0;
        State { x, z }
    }
}
