//! What a node is: the drift of its state as a function of lanes, and tables that describe it.

use isospike_lane::Lane;
use isospike_model::{About, ParamInfo, Slots};

/// What a state variable may be, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Where initial values and sweeps are mostly taken from, lowest and highest.
    pub range: (f64, f64),
    /// Values beyond these are moved to the limit after every stage of a step; infinite for no
    /// limit.
    pub bounds: (f64, f64),
}

impl Span {
    /// A range without bounds.
    pub const fn of(lowest: f64, highest: f64) -> Span {
        Span { range: (lowest, highest), bounds: (f64::NEG_INFINITY, f64::INFINITY) }
    }

    /// The same within bounds.
    pub const fn within(self, lowest: f64, highest: f64) -> Span {
        Span { bounds: (lowest, highest), ..self }
    }

    /// The middle of the range.
    pub const fn middle(self) -> f64 {
        0.5 * (self.range.0 + self.range.1)
    }
}

/// The dynamics of a node, written once for all lanes: only the drift. How it is integrated, what
/// noise is added and what other nodes send is not its business.
///
/// `drift` is straight-line code, as a step of [`isospike_model::Model`] is: comparisons give masks
/// and `select` picks. It runs as SIMD and is traced for devices. Mark it `#[inline(always)]`.
///
/// ```
/// use isospike_lane::Lane;
/// use isospike_mass::{Node, Span, parameters};
/// use isospike_model::{About, ParamInfo, slots};
///
/// /// x' = rate (c - x)
/// #[derive(Clone, Copy)]
/// struct Leak;
///
/// parameters! {
///     /// Parameters of the leak.
///     pub struct Params { rate: 0.1, "1/ms", Positive, "how fast it follows"; }
/// }
/// slots! {
///     /// State of the leak.
///     pub struct State { x: "", "what follows"; }
/// }
/// slots! {
///     /// Inputs of the leak.
///     pub struct Inputs { c: "", "what is followed"; }
/// }
///
/// impl Node for Leak {
///     const NAME: &'static str = "leak";
///     const ABOUT: About = About { summary: "", equations: "x' = rate (c - x)", references: "" };
///     type Params<L: Copy> = Params<L>;
///     type State<L: Copy> = State<L>;
///     type Inputs<L: Copy> = Inputs<L>;
///     const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
///     const SPANS: &'static [Span] = &[Span::of(-1.0, 1.0)];
///     const SENDS: &'static [usize] = &[0];
///     #[inline(always)]
///     fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
///         State { x: p.rate * (c.c - s.x) }
///     }
/// }
/// ```
pub trait Node: Copy + Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Summary, equations, references.
    const ABOUT: About;
    /// Parameters; each may differ from node to node and from lane to lane.
    type Params<L: Copy>: Slots<L>;
    /// State variables.
    type State<L: Copy>: Slots<L>;
    /// What arrives from other nodes.
    type Inputs<L: Copy>: Slots<L>;
    /// One entry per parameter.
    const PARAMS: &'static [ParamInfo];
    /// One entry per state variable.
    const SPANS: &'static [Span];
    /// One entry per input: the state variable of other nodes it comes from, unless a network says
    /// otherwise.
    const SENDS: &'static [usize];
    /// What is mostly recorded: the first variable, or the difference of the first and the second.
    const SHOWS: (usize, Option<usize>) = (0, None);

    /// The derivative of the state by time.
    fn drift<L: Lane>(
        p: &Self::Params<L>,
        s: &Self::State<L>,
        c: &Self::Inputs<L>,
    ) -> Self::State<L>;
}

/// Declares a struct of parameters that can be lanes, with a table of defaults: `parameters! { pub
/// struct Params { tau: 1.0, "ms", Positive, "time constant"; } }`.
#[macro_export]
macro_rules! parameters {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($field:ident : $default:expr, $unit:literal, $range:expr, $doc:literal;)*
    }) => {
        isospike_model::slots! {
            $(#[$meta])*
            pub struct $name { $($field: $unit, $doc;)* }
        }
        impl $name<f64> {
            /// Names, defaults, units and ranges.
            pub const TABLE: &'static [isospike_model::ParamInfo] = {
                #[allow(unused_imports)]
                use isospike_model::Range::*;
                &[$(isospike_model::ParamInfo {
                    name: stringify!($field), default: $default, unit: $unit, range: $range, doc: $doc,
                },)*]
            };
        }
        impl Default for $name<f64> {
            fn default() -> Self {
                $name { $($field: $default,)* }
            }
        }
    };
}
