//! A model that computes something in every step and leaves the bits where they can be read.
//!
//! State must stay finite and constants are floats, but operands and results are bits of any kind:
//! they travel in pieces of 16 bits, which every float holds exactly. In step k the model computes
//! the k-th of the things it can compute, so one network of as many neurons as there are operands
//! tries them all.

use crate::target::{Target, Unsupported};
use isospike_backend::Session;
use isospike_backend::plan::Slot;
use isospike_lane::{Int, Lane};
use isospike_model::{
    About, Inputs, Model, ModelRef, NoSlots, ParamInfo, ParamSet, Range, Sign, SlotInfo, Slots,
    slots,
};
use isospike_net::{Dynamics, Network, Neurons, Population, Precision, SumBits, Value};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

/// Pieces of the operands of a neuron.
pub const PIECES: usize = 24;
/// Pieces of a result.
pub const RESULT: usize = 4;

/// Things to compute.
pub trait Group: Copy + Send + Sync + 'static {
    /// What the model is called.
    const NAME: &'static str;
    /// The result of the thing of number `which` (a small whole number), lowest piece first.
    fn apply<L: Lane>(which: L, operands: &[L; PIECES]) -> [L; RESULT];
}

/// The model of a group.
#[derive(Clone, Copy, Debug, Default)]
pub struct Probe<G>(pub PhantomData<G>);

/// The operands of a neuron.
#[derive(Clone, Copy, Debug)]
pub struct Operands<L>([L; PIECES]);

/// The same as parameters.
#[derive(Clone, Copy, Debug)]
pub struct Params([f64; PIECES]);

const NAMES: [&str; PIECES] = [
    "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12", "p13", "p14",
    "p15", "p16", "p17", "p18", "p19", "p20", "p21", "p22", "p23",
];
const DOC: &str = "16 bits of an operand";

impl<L: Copy> Slots<L> for Operands<L> {
    const INFO: &'static [SlotInfo] = &{
        let mut all = [SlotInfo { name: "", unit: "", doc: DOC }; PIECES];
        let mut i = 0;
        while i < PIECES {
            all[i].name = NAMES[i];
            i += 1;
        }
        all
    };
    #[inline(always)]
    fn from_fn(f: impl FnMut(usize) -> L) -> Self {
        Operands(std::array::from_fn(f))
    }
    #[inline(always)]
    fn for_each(self, mut f: impl FnMut(usize, L)) {
        self.0.into_iter().enumerate().for_each(|(i, x)| f(i, x));
    }
    #[inline(always)]
    fn at(&self, index: usize) -> &L {
        &self.0[index]
    }
    #[inline(always)]
    fn at_mut(&mut self, index: usize) -> &mut L {
        &mut self.0[index]
    }
}

impl ParamSet for Params {
    const INFO: &'static [ParamInfo] = &{
        let range = Range::Within(0.0, 65_535.0);
        let mut all = [ParamInfo { name: "", default: 0.0, unit: "", range, doc: DOC }; PIECES];
        let mut i = 0;
        while i < PIECES {
            all[i].name = NAMES[i];
            i += 1;
        }
        all
    };
    fn from_values(v: &[f64]) -> Self {
        Params(std::array::from_fn(|i| v[i]))
    }
}

slots! {
    /// What comes next, and the last result in pieces.
    pub struct State {
        which: "", "the number of what is computed next";
        r0: "", "bits 0 to 15";
        r1: "", "bits 16 to 31";
        r2: "", "bits 32 to 47";
        r3: "", "bits 48 to 63";
    }
}

impl<G: Group> Model for Probe<G> {
    const NAME: &'static str = G::NAME;
    const ABOUT: About = About {
        summary: "Computes something else in every step and keeps the bits of the result.",
        equations: "",
        references: "",
    };
    type Params = Params;
    type Const<L: Copy> = Operands<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = NoSlots<L>;
    const SIGNS: &'static [Sign] = &[];

    fn derive(p: &Params, _: f64) -> Operands<f64> {
        Operands(p.0)
    }

    fn initial(_: &Params) -> State<f64> {
        Slots::from_fn(|_| 0.0)
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Operands<L>, s: &mut State<L>, _: &Inputs<'_, L, NoSlots<L>>) -> L::Mask {
        [s.r0, s.r1, s.r2, s.r3] = G::apply(s.which, &c.0);
        s.which = s.which + L::lit(1.0);
        s.which.lt(L::lit(0.0))
    }
}

/// The integer that pieces, lowest first, make up.
#[inline]
pub fn integer<L: Lane, I: Int<Mask = L::Mask>>(pieces: &[L]) -> I {
    let mut sum = I::lit(0);
    for (k, piece) in pieces.iter().enumerate() {
        let piece = piece.to_i32();
        for bit in 0..16 {
            let clear = Int::eq(piece.and(Int::lit(1 << bit)), Int::lit(0));
            sum = sum.or(I::select(clear, I::lit(0), I::lit(1 << (16 * k + bit))));
        }
    }
    sum
}

/// A piece of an integer; 0 beyond its width.
#[inline]
pub fn piece<L: Lane, I: Int<Mask = L::Mask>>(x: I, k: usize) -> L {
    (0..16).fold(L::lit(0.0), |sum, bit| {
        let clear = Int::eq(x.and(I::lit(1 << (16 * k + bit))), I::lit(0));
        sum + L::select(clear, L::lit(0.0), L::lit(f64::from(1 << bit)))
    })
}

/// A word in pieces, lowest first.
pub fn pieces(word: u64) -> [u16; RESULT] {
    std::array::from_fn(|k| (word >> (16 * k)) as u16)
}

/// Computes `things` things for every row of operands on a device: words `[thing][row]`.
///
/// # Errors
/// If the device lacks the precision.
pub fn computed(
    target: &Target<'_>,
    model: ModelRef,
    precision: Precision,
    rows: &[[u16; PIECES]],
    things: usize,
) -> Result<Vec<Vec<u64>>, Unsupported> {
    let column = |k: usize| rows.iter().map(|r| f64::from(r[k])).collect();
    let params = (0..PIECES).map(|k| (NAMES[k].to_owned(), Value::PerNeuron(Arc::new(column(k)))));
    let network = of_model(model, rows.len() as u32, precision, vec![1], params.collect());
    let mut session = target.session(&network)?;
    let mut all = Vec::new();
    for _ in 0..things {
        assert_eq!(session.run(1).expect("it runs"), 1, "a step was done");
        all.push(words(&mut *session, 0, 1));
    }
    Ok(all)
}

/// The words whose pieces are the state slots from `first` on, `[neuron][lane]`.
pub fn words(session: &mut dyn Session, population: usize, first: usize) -> Vec<u64> {
    use isospike_backend::SessionExt;
    let mut words = Vec::new();
    for k in 0..RESULT {
        let slot = Slot::State { population, slot: first + k };
        let values = session.read_values(slot).expect("readable");
        words.resize(values.len(), 0);
        for (word, x) in words.iter_mut().zip(values) {
            assert!((0.0..65_536.0).contains(&x) && x.trunc() == x, "{x}: a piece is 16 bits");
            *word |= (x as u64) << (16 * k);
        }
    }
    words
}

/// A network of nothing but neurons of a model.
pub fn of_model(
    model: ModelRef,
    size: u32,
    precision: Precision,
    lane_seeds: Vec<u64>,
    params: BTreeMap<String, Value>,
) -> Network {
    let dynamics = Dynamics::Model(Neurons { params, ..Neurons::of(model) });
    Network {
        name: model.name().into(),
        dt_ms: 0.1,
        seed: 1,
        lane_seeds,
        precision,
        sums: SumBits::Auto,
        equilibration_ms: 0.0,
        populations: vec![Population { name: "n".into(), size, dynamics }],
        projections: Vec::new(),
    }
}
