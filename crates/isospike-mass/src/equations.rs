//! What a step is made of, once for all lanes: tiles run it, devices get it as graphs.

use crate::noise::NOISE;
use isospike_lane::{Float, Int, Lane, distribution, random};
use isospike_trace::{Graph, Sym, SymInt, trace};

/// sum + w x
#[inline(always)]
pub(crate) fn term<L: Lane>(sum: L, w: L, x: L) -> L {
    sum + w * x
}

/// x + dt k
#[inline(always)]
pub(crate) fn along<L: Lane>(x: L, dt: L, k: L) -> L {
    x + dt * k
}

/// x + half (first + k)
#[inline(always)]
pub(crate) fn mean<L: Lane>(x: L, half: L, first: L, k: L) -> L {
    x + half * (first + k)
}

/// sum + 2 k
#[inline(always)]
pub(crate) fn twice<L: Lane>(sum: L, k: L) -> L {
    sum + L::lit(2.0) * k
}

/// last + 2/3 (y - last)
#[inline(always)]
pub(crate) fn relax<L: Lane>(last: L, y: L) -> L {
    last + L::lit(2.0 / 3.0) * (y - last)
}

/// Beyond a limit: the limit. NaN stays.
#[inline(always)]
pub(crate) fn bound<L: Lane>(least: L, most: L, x: L) -> L {
    let x = L::select(x.lt(least), least, x);
    L::select(most.lt(x), most, x)
}

/// deviation (slope x + offset) z
#[inline(always)]
pub(crate) fn scaled<L: Lane>(deviation: L, slope: L, offset: L, x: L, z: L) -> L {
    deviation * (slope * x + offset) * z
}

/// A function that devices need beside a node's and a coupling function's; its arguments by
/// name in the graph, one output, `out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equation {
    /// One more product of a sum.
    Term,
    /// A step, or a part of one, along a drift.
    Along,
    /// Along the mean of two drifts.
    Mean,
    /// A drift that counts twice.
    Twice,
    /// A sum.
    Plus,
    /// A difference.
    Less,
    /// A product.
    Times,
    /// A sweep of the trapezoidal rule.
    Relax,
    /// Back into bounds.
    Bound,
    /// What noise adds.
    Noise,
    /// What noise adds that depends on the variable.
    NoiseTimes,
}

impl Equation {
    /// All of them.
    pub const ALL: [Equation; 11] = [
        Equation::Term,
        Equation::Along,
        Equation::Mean,
        Equation::Twice,
        Equation::Plus,
        Equation::Less,
        Equation::Times,
        Equation::Relax,
        Equation::Bound,
        Equation::Noise,
        Equation::NoiseTimes,
    ];

    /// Its name in the text of kernels.
    pub fn name(self) -> &'static str {
        match self {
            Equation::Term => "term",
            Equation::Along => "along",
            Equation::Mean => "mean",
            Equation::Twice => "twice",
            Equation::Plus => "plus",
            Equation::Less => "less",
            Equation::Times => "times",
            Equation::Relax => "relaxed",
            Equation::Bound => "bounded",
            Equation::Noise => "noise",
            Equation::NoiseTimes => "noise_times",
        }
    }

    /// The names of its arguments; `word` is a random word, all others are numbers.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Equation::Term => &["sum", "w", "x"],
            Equation::Along => &["x", "dt", "k"],
            Equation::Mean => &["x", "half", "first", "k"],
            Equation::Twice => &["sum", "k"],
            Equation::Plus | Equation::Less | Equation::Times => &["a", "b"],
            Equation::Relax => &["last", "y"],
            Equation::Bound => &["least", "most", "x"],
            Equation::Noise => &["deviation", "word"],
            Equation::NoiseTimes => &["deviation", "slope", "offset", "x", "word"],
        }
    }

    /// It as a graph.
    pub fn graph<F: Float>(self) -> Graph {
        trace(|t| {
            let numbers = self.arguments().iter().filter(|name| **name != "word");
            let a: Vec<Sym<F>> = numbers.map(|name| t.arg(name)).collect();
            let z = || distribution::normal(t.arg::<SymInt<u32>>("word"));
            let out = match self {
                Equation::Term => term(a[0], a[1], a[2]),
                Equation::Along => along(a[0], a[1], a[2]),
                Equation::Mean => mean(a[0], a[1], a[2], a[3]),
                Equation::Twice => twice(a[0], a[1]),
                Equation::Plus => a[0] + a[1],
                Equation::Less => a[0] - a[1],
                Equation::Times => a[0] * a[1],
                Equation::Relax => relax(a[0], a[1]),
                Equation::Bound => bound(a[0], a[1], a[2]),
                Equation::Noise => a[0] * z(),
                Equation::NoiseTimes => scaled(a[0], a[1], a[2], a[3], z()),
            };
            t.output("out", out);
        })
    }
}

/// The four random words of a block of noise: arguments `key_low`, `key_high`, `step_low`,
/// `step_high`, `block`; outputs `word_0` to `word_3`. Which block has an element, and which word
/// is its own: [`random::place`].
pub fn noise_words() -> Graph {
    trace(|t| {
        let arg = |name: &str| t.arg::<SymInt<u32>>(name);
        let key = [arg("key_low"), arg("key_high")];
        let [_, draw, stream] = random::address(0, NOISE, 0).map(|x| SymInt::<u32>::lit(x.into()));
        let address = [arg("step_low"), arg("step_high").shl(16).or(draw), stream];
        let words = random::block(key, address, arg("block"));
        for (i, word) in words.into_iter().enumerate() {
            t.output(&format!("word_{i}"), word);
        }
    })
}
