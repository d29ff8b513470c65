//! What a model is: a straight-line function of lanes, and tables that describe it.

use crate::drive::Drive;
use crate::dual::Dual;
use crate::slots::{ParamSet, Slots};
use isospike_lane::Lane;

/// Which weights a port takes when a projection does not name a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Weights of either sign.
    Any,
    /// Weights >= 0.
    Positive,
    /// Weights < 0.
    Negative,
}

/// The text a model shows of itself.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// One sentence.
    pub summary: &'static str,
    /// Equations, update order and numerical scheme, as plain text lines.
    pub equations: &'static str,
    /// Where they come from.
    pub references: &'static str,
}

/// What a filter looks back on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// What arrived at a port: in this step, in the one before, and so on.
    Port(usize),
    /// A state slot: as the last step left it, as the one before did, and so on.
    State(usize),
}

/// A filter: a weighted sum of the last values of a port or state slot, the sum over lags j of
/// `k[j] x(t - j)`. All neurons of a population share the kernel `k`.
#[derive(Clone, Copy, Debug)]
pub struct FilterInfo {
    /// Name in network files.
    pub name: &'static str,
    /// What it filters.
    pub of: Of,
    /// One line.
    pub doc: &'static str,
}

/// How a model says that a neuron spikes more than once in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The state slot whose new value is the number of spikes, a small whole number, where the
    /// step's mask is set.
    pub slot: usize,
    /// The most there can be, at most [`crate::MAX_COUNT`].
    pub most: u32,
}

/// What one step gets besides state and constants.
#[derive(Clone, Copy)]
pub struct Inputs<'a, L: Lane, P> {
    /// Sum of the weights that arrive in this step, per port.
    pub ports: P,
    /// Filtered sums, as many as [`Model::FILTERS`].
    pub filtered: &'a [L],
    /// Injected current of this step (pA): step currents and noise. `I_e` is a parameter, not in
    /// here.
    pub current: L,
    /// Uniform random words of this step, [`Model::DRAWS`] of them.
    pub draws: &'a [L::U32],
}

/// A population's dynamics, written once for all lanes.
///
/// `step` is straight-line code: comparisons give masks, `select` picks, loops are bounded. It runs
/// on SIMD lanes on the CPU and on symbols when it is traced for a GPU; both must see the same
/// operations, so it may not branch on values. All lanes of the state are floats; counters are
/// small exact integers in them.
pub trait Model: Copy + Send + Sync + 'static {
    /// Name in network files; NEST's where NEST has the model.
    const NAME: &'static str;
    /// What `isospike models NAME` prints.
    const ABOUT: About;
    /// Parameters in user units.
    type Params: ParamSet;
    /// Constants derived from the parameters and `dt`, computed in f64 and rounded once.
    type Const<L: Copy>: Slots<L>;
    /// What a neuron remembers between steps.
    type State<L: Copy>: Slots<L>;
    /// Where synapses arrive. The unit of a port is the unit of a weight.
    type Ports<L: Copy>: Slots<L>;
    /// One entry per port: the weights it takes by default.
    const SIGNS: &'static [Sign];
    /// Random words a step needs per neuron, at most [`crate::MAX_DRAWS`].
    const DRAWS: usize = 0;
    /// Sums over the last steps that a step needs, at most [`crate::MAX_FILTERS`].
    const FILTERS: &'static [FilterInfo] = &[];
    /// Where neurons can spike more than once in a step; at most once by default.
    const COUNTS: Option<Counts> = None;

    /// Conditions between parameters, beyond each one's range: `Err` says what is wrong.
    fn check(_p: &Self::Params) -> Result<(), String> {
        Ok(())
    }
    /// Constants for a time step of `dt` ms.
    fn derive(p: &Self::Params, dt: f64) -> Self::Const<f64>;
    /// The kernel of a filter for a time step of `dt` ms, newest first, unless the network gives
    /// one. Empty by default: the filtered sum is 0.
    fn kernel(_p: &Self::Params, _dt: f64, _filter: usize) -> Vec<f64> {
        Vec::new()
    }
    /// What the expected spikes of a step are made of, for a time step of `dt` ms and parameters in
    /// table order, of which one or more vary. None by default: such a model cannot be tuned.
    fn drive(_p: &[Dual], _dt: f64) -> Option<Drive> {
        None
    }
    /// Initial state as users see it.
    fn initial(p: &Self::Params) -> Self::State<f64>;
    /// From the state as users see it (for example potentials in mV) to the one `step` works on
    /// (for example relative to `E_L`). The same by default.
    fn from_user(_p: &Self::Params, s: Self::State<f64>) -> Self::State<f64> {
        s
    }
    /// The inverse of [`Model::from_user`].
    fn to_user(_p: &Self::Params, s: Self::State<f64>) -> Self::State<f64> {
        s
    }
    /// One step: takes the state from t to t + dt and says who spikes.
    fn step<L: Lane>(
        c: &Self::Const<L>,
        s: &mut Self::State<L>,
        i: &Inputs<'_, L, Self::Ports<L>>,
    ) -> L::Mask;
}
