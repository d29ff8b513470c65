//! What nodes make of each other: a function of what each sends, summed with weights, and then a
//! function of the sum.

use crate::row::{CHUNK, Column};
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, Lane};
use isospike_model::{About, ParamInfo, Slots};
use isospike_trace::{Graph, Sym, trace};
use std::marker::PhantomData;

/// A coupling function, written once for all lanes. Node j sends numbers that depend on its own
/// value x_j alone; node i takes the sums of them, each times the weight from j to i.
pub trait Coupling: Copy + Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Summary, equations, references.
    const ABOUT: About;
    /// Parameters; each may differ from node to node and from lane to lane.
    type Params<L: Copy>: Slots<L>;
    /// One entry per parameter.
    const PARAMS: &'static [ParamInfo];
    /// How many numbers a node sends: 1 or 2.
    const SENT: usize = 1;
    /// Whether the parameter `a` scales what is received.
    const SCALES: bool = true;

    /// What a node sends.
    #[inline(always)]
    fn send<L: Lane>(_: &Self::Params<L>, x: L) -> [L; 2] {
        [x, x]
    }

    /// What a node makes of the sums.
    fn receive<L: Lane>(p: &Self::Params<L>, of: &Received<L>) -> L;
}

/// What arrives at a node.
#[derive(Clone, Copy, Debug)]
pub struct Received<L> {
    /// Sums over all that send, of each number they send times its weight; the second is the first
    /// again where only one is sent.
    pub sums: [L; 2],
    /// The sum of the weights.
    pub weights: L,
    /// How many nodes there are.
    pub nodes: L,
    /// The node's own value.
    pub x: L,
}

/// A coupling function over many places, in a float format.
pub trait Couple<F: Float>: Sync {
    /// What is sent: `[number][place]`, from own values.
    fn send(&self, isa: Isa, params: &[Column<F>], x: &[F], sent: &mut [F]);
    /// What is made of sums.
    fn receive(&self, isa: Isa, params: &[Column<F>], row: ReceiveRow<'_, F>);
    /// Sending as a graph. Arguments: `param.NAME`, `x`; outputs: `sent.K`.
    fn send_graph(&self) -> Graph;
    /// Receiving as a graph. Arguments: `param.NAME`, `sum.K`, `weights`, `nodes`, `x`; output:
    /// `c`.
    fn receive_graph(&self) -> Graph;
}

/// Places that receive.
pub struct ReceiveRow<'a, F> {
    /// Sums, `[number][place]`.
    pub sums: &'a [F],
    /// Sums of weights.
    pub weights: &'a Column<F>,
    /// How many nodes there are.
    pub nodes: F,
    /// Own values.
    pub x: &'a [F],
    /// Where what is received goes.
    pub c: &'a mut [F],
}

/// A coupling function behind a pointer.
pub trait CouplingDef: Couple<f32> + Couple<f64> + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Summary, equations, references.
    fn about(&self) -> About;
    /// Parameter table.
    fn params(&self) -> &'static [ParamInfo];
    /// How many numbers a node sends.
    fn sent(&self) -> usize;
    /// Whether the parameter `a` scales what is received.
    fn scales(&self) -> bool;
}

/// How a network refers to its coupling.
pub type CouplingRef = &'static dyn CouplingDef;

impl<C: Coupling> CouplingDef for C {
    fn name(&self) -> &'static str {
        C::NAME
    }
    fn about(&self) -> About {
        C::ABOUT
    }
    fn params(&self) -> &'static [ParamInfo] {
        C::PARAMS
    }
    fn sent(&self) -> usize {
        const { assert!(C::SENT == 1 || C::SENT == 2, "a node sends 1 or 2 numbers") };
        C::SENT
    }
    fn scales(&self) -> bool {
        C::SCALES
    }
}

impl<C: Coupling, F: Float> Couple<F> for C {
    fn send(&self, isa: Isa, params: &[Column<F>], x: &[F], sent: &mut [F]) {
        dispatch(isa, Sending::<C, F> { params, x, sent, what: PhantomData });
    }
    fn receive(&self, isa: Isa, params: &[Column<F>], row: ReceiveRow<'_, F>) {
        dispatch(isa, Receive::<C, F> { params, row, what: PhantomData });
    }
    fn send_graph(&self) -> Graph {
        trace(|t| {
            let names = <C::Params<Sym<F>> as Slots<Sym<F>>>::INFO;
            let p = Slots::from_fn(|k| t.arg(&format!("param.{}", names[k].name)));
            let sent = C::send::<Sym<F>>(&p, t.arg("x"));
            for (k, x) in sent.into_iter().take(C::SENT).enumerate() {
                t.output(&format!("sent.{k}"), x);
            }
        })
    }
    fn receive_graph(&self) -> Graph {
        trace(|t| {
            let names = <C::Params<Sym<F>> as Slots<Sym<F>>>::INFO;
            let p = Slots::from_fn(|k| t.arg(&format!("param.{}", names[k].name)));
            let first: Sym<F> = t.arg("sum.0");
            let second = if C::SENT > 1 { t.arg("sum.1") } else { first };
            let (weights, nodes, x) = (t.arg("weights"), t.arg("nodes"), t.arg("x"));
            let of = Received { sums: [first, second], weights, nodes, x };
            t.output("c", C::receive(&p, &of));
        })
    }
}

struct Sending<'a, C, F> {
    params: &'a [Column<F>],
    x: &'a [F],
    sent: &'a mut [F],
    what: PhantomData<C>,
}

/// A chunk's parameters.
#[inline(always)]
fn params<C: Coupling, F: Float>(all: &[Column<F>], v: usize) -> C::Params<&[F; CHUNK]> {
    Slots::from_fn(|k| all[k].chunk(v * CHUNK))
}

impl<C: Coupling, F: Float> Kernel for Sending<'_, C, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let chunks = self.x.len() / CHUNK;
        let (first, second) = self.sent.split_at_mut(self.x.len());
        for v in 0..chunks {
            let p = params::<C, F>(self.params, v);
            let x: &[F; CHUNK] = self.x[v * CHUNK..].first_chunk().expect("a whole chunk");
            let mut new = [[F::default(); CHUNK]; 2];
            for i in 0..CHUNK {
                let sent = C::send(&Slots::from_fn(|k| p.at(k)[i]), x[i]);
                [new[0][i], new[1][i]] = sent;
            }
            *first[v * CHUNK..].first_chunk_mut().expect("a whole chunk") = new[0];
            if C::SENT > 1 {
                *second[v * CHUNK..].first_chunk_mut().expect("a whole chunk") = new[1];
            }
        }
    }
}

struct Receive<'a, C, F> {
    params: &'a [Column<F>],
    row: ReceiveRow<'a, F>,
    what: PhantomData<C>,
}

impl<C: Coupling, F: Float> Kernel for Receive<'_, C, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let ReceiveRow { sums, weights, nodes, x, c } = self.row;
        let chunks = c.len() / CHUNK;
        let second = &sums[(C::SENT - 1) * c.len()..];
        let chunk = |all: &[F], v: usize| -> [F; CHUNK] {
            *all[v * CHUNK..].first_chunk().expect("a whole chunk")
        };
        for v in 0..chunks {
            let p = params::<C, F>(self.params, v);
            let (a, b, x) = (chunk(sums, v), chunk(second, v), chunk(x, v));
            let weights: &[F; CHUNK] = weights.chunk(v * CHUNK);
            let mut new = [F::default(); CHUNK];
            for i in 0..CHUNK {
                let of = Received { sums: [a[i], b[i]], weights: weights[i], nodes, x: x[i] };
                new[i] = C::receive(&Slots::from_fn(|k| p.at(k)[i]), &of);
            }
            *c[v * CHUNK..].first_chunk_mut().expect("a whole chunk") = new;
        }
    }
}
