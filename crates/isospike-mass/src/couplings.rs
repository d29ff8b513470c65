//! Bundled coupling functions: those of The Virtual Brain, with its defaults.

use crate::coupling::{Coupling, CouplingRef, Received};
use crate::parameters;
use isospike_lane::{Lane, Math};
use isospike_model::{About, ParamInfo};

const REFERENCES: &str = "The Virtual Brain, simulator.coupling";

/// Declares a coupling function.
macro_rules! coupling {
    ($(#[$meta:meta])* $name:ident, $params:ident, $text:literal, $summary:literal, $equations:literal,
     { $($table:tt)* }, { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        parameters! {
            #[doc = concat!("Parameters of `", $text, "`.")]
            pub struct $params { $($table)* }
        }
        impl Coupling for $name {
            const NAME: &'static str = $text;
            const ABOUT: About =
                About { summary: $summary, equations: $equations, references: REFERENCES };
            type Params<L: Copy> = $params<L>;
            const PARAMS: &'static [ParamInfo] = $params::<f64>::TABLE;
            $($body)*
        }
    };
}

coupling! {
    /// The sum, scaled and shifted.
    Linear, LinearParams, "linear", "The sum, scaled and shifted.", "c_i = a sum_j w_ij x_j + b",
    {
        a: 0.00390625, "", Any, "scale";
        b: 0.0, "", Any, "shift";
    },
    {
        #[inline(always)]
        fn receive<L: Lane>(p: &LinearParams<L>, of: &Received<L>) -> L {
            p.a * of.sums[0] + p.b
        }
    }
}

coupling! {
    /// The sum, scaled.
    Scaling, ScalingParams, "scaling", "The sum, scaled.", "c_i = a sum_j w_ij x_j",
    { a: 0.00390625, "", Any, "scale"; },
    {
        #[inline(always)]
        fn receive<L: Lane>(p: &ScalingParams<L>, of: &Received<L>) -> L {
            p.a * of.sums[0]
        }
    }
}

coupling! {
    /// What is sent passes a hyperbolic tangent.
    HyperbolicTangent, TanhParams, "hyperbolic_tangent",
    "What is sent passes a hyperbolic tangent.",
    "c_i = sum_j w_ij a (1 + tanh((b x_j - midpoint) / sigma))",
    {
        a: 1.0, "", Any, "half of the most that is sent";
        b: 1.0, "", Any, "scale of what is sent";
        midpoint: 0.0, "", Any, "where half of the most is sent";
        sigma: 1.0, "", Positive, "width";
    },
    {
        #[inline(always)]
        fn send<L: Lane>(p: &TanhParams<L>, x: L) -> [L; 2] {
            let sent = p.a * (L::lit(1.0) + ((p.b * x - p.midpoint) / p.sigma).tanh());
            [sent, sent]
        }
        #[inline(always)]
        fn receive<L: Lane>(_: &TanhParams<L>, of: &Received<L>) -> L {
            of.sums[0]
        }
    }
}

coupling! {
    /// The sum passes a sigmoid.
    Sigmoidal, SigmoidalParams, "sigmoidal", "The sum passes a sigmoid.",
    "c_i = cmin + (cmax - cmin) / (1 + exp(-a (sum_j w_ij x_j - midpoint) / sigma))",
    {
        cmin: -1.0, "", Any, "least";
        cmax: 1.0, "", Any, "most";
        midpoint: 0.0, "", Any, "where it is half way";
        a: 1.0, "", Any, "steepness";
        sigma: 230.0, "", Positive, "width";
    },
    {
        const SCALES: bool = false;
        #[inline(always)]
        fn receive<L: Lane>(p: &SigmoidalParams<L>, of: &Received<L>) -> L {
            let x = p.a * ((of.sums[0] - p.midpoint) / p.sigma);
            p.cmin + (p.cmax - p.cmin) * x.sigmoid()
        }
    }
}

coupling! {
    /// What is sent passes the sigmoid of Jansen and Rit: let y1 - y2 be sent.
    SigmoidalJansenRit, SigmoidalJansenRitParams, "sigmoidal_jansen_rit",
    "What is sent, which should be y1 - y2, passes a sigmoid.",
    "c_i = a sum_j w_ij (cmin + (cmax - cmin) / (1 + exp(r (midpoint - x_j))))",
    {
        cmin: 0.0, "", Any, "least";
        cmax: 0.005, "", Any, "most";
        midpoint: 6.0, "mV", Any, "where it is half way";
        r: 0.56, "1/mV", Any, "steepness";
        a: 1.0, "", Any, "scale";
    },
    {
        #[inline(always)]
        fn send<L: Lane>(p: &SigmoidalJansenRitParams<L>, x: L) -> [L; 2] {
            let sent = p.cmin + (p.cmax - p.cmin) * (p.r * (x - p.midpoint)).sigmoid();
            [sent, sent]
        }
        #[inline(always)]
        fn receive<L: Lane>(p: &SigmoidalJansenRitParams<L>, of: &Received<L>) -> L {
            p.a * of.sums[0]
        }
    }
}

coupling! {
    /// Differences to the own value.
    Difference, DifferenceParams, "difference", "Differences to the own value.",
    "c_i = a sum_j w_ij (x_j - x_i), as a (sum_j w_ij x_j - x_i sum_j w_ij)",
    { a: 0.1, "", Any, "scale"; },
    {
        #[inline(always)]
        fn receive<L: Lane>(p: &DifferenceParams<L>, of: &Received<L>) -> L {
            p.a * (of.sums[0] - of.weights * of.x)
        }
    }
}

coupling! {
    /// Differences of phases. N is the number of nodes; the code of The Virtual Brain 2.10.0
    /// divides by the number of coupling variables instead, which is 1.
    KuramotoCoupling, KuramotoParams, "kuramoto", "Differences of phases.",
    "\
c_i = a / N sum_j w_ij sin(x_j - x_i)
as a / N (cos x_i sum_j w_ij sin x_j - sin x_i sum_j w_ij cos x_j)",
    { a: 1.0, "", Any, "scale"; },
    {
        const SENT: usize = 2;
        #[inline(always)]
        fn send<L: Lane>(_: &KuramotoParams<L>, x: L) -> [L; 2] {
            [x.sin(), x.cos()]
        }
        #[inline(always)]
        fn receive<L: Lane>(p: &KuramotoParams<L>, of: &Received<L>) -> L {
            let [sine, cosine] = of.sums;
            p.a / of.nodes * (of.x.cos() * sine - of.x.sin() * cosine)
        }
    }
}

/// All bundled coupling functions.
pub static COUPLINGS: &[CouplingRef] = &[
    &Linear,
    &Scaling,
    &HyperbolicTangent,
    &Sigmoidal,
    &SigmoidalJansenRit,
    &Difference,
    &KuramotoCoupling,
];

/// The bundled coupling function with this name.
pub fn by_name(name: &str) -> Option<CouplingRef> {
    COUPLINGS.iter().copied().find(|c| c.name() == name)
}
