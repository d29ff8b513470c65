//! A model of your own in one file: the quadratic integrate-and-fire neuron, which isospike does
//! not have.
//!
//! It is described once, generic over `Lane`, and then is as good as a bundled one: SIMD on the
//! CPU, a graph for the other backends, parameters with units, any connector, the same bits
//! everywhere.
//!
//! Checked here against theory twice: the f-I curve of single neurons, and the rate of a network of
//! 4,000 neurons whose mean field is known exactly (E. Montbrió, D. Pazó, A. Roxin (2015) Phys.
//! Rev. X 5:021028).

use isospike::lane::{Lane, precise};
use isospike::model::{About, Inputs, Model, ModelRef, Sign, params, slots};
use isospike::{Network, Options, Precision, Simulation};
use std::f64::consts::PI;

/// tau dV/dt = V² + eta + I. `&Qif` is all that a network needs.
#[derive(Clone, Copy, Debug)]
struct Qif;

params! {
    /// What a user can set: default, unit, allowed range, meaning.
    pub struct Params {
        tau: 10.0, "ms", Positive, "time constant";
        eta: 1.0, "", Any, "constant drive; above 0 the neuron fires by itself";
    }
}

slots! {
    /// What a step computes with: derived from the parameters and dt once, in f64.
    pub struct Const {
        h: "", "dt/tau";
        third: "", "h²/3";
        eta: "", "constant drive";
        pulse: "", "current for one step that a weight of 1 stands for: tau/dt";
    }
}

slots! {
    /// What a neuron remembers.
    pub struct State {
        v: "", "potential, from minus to plus infinity";
    }
}

slots! {
    /// Where synapses arrive.
    pub struct Ports {
        syn: "", "jump of the potential, spread over one step";
    }
}

impl Model for Qif {
    const NAME: &'static str = "qif";
    const ABOUT: About = About {
        summary: "Quadratic integrate-and-fire neuron: fires at plus infinity, restarts at minus.",
        equations: "\
tau dV/dt = V² + eta + I
For a constant current i = eta + I the solution over one step is V' = (V + i T)/(1 - V T) with
T = tan(sqrt(i) h)/sqrt(i), h = dt/tau; here T = h/(1 - i h²/3), its Padé form, right for either
sign of i.
The neuron spikes in the step in which V passes through infinity: where 1 - V T becomes negative.",
        references: "Ermentrout & Kopell (1986) SIAM J. Appl. Math. 46:233",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let h = dt / p.tau;
        Const { h, third: h * h / 3.0, eta: p.eta, pulse: p.tau / dt }
    }

    fn initial(_: &Params) -> State<f64> {
        State { v: 0.0 }
    }

    /// Straight-line code: comparisons give masks, `select` picks.
    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let (zero, one) = (L::lit(0.0), L::lit(1.0));
        let drive = c.eta + i.current + i.ports.syn * c.pulse;
        let t = c.h / (one - drive * c.third);
        let denominator = one - s.v * t;
        // exactly at infinity: just beyond it
        let denominator = L::select(denominator.eq(zero), L::lit(-1e-6), denominator);
        s.v = (s.v + drive * t) / denominator;
        denominator.lt(zero)
    }
}

/// The model as networks refer to it.
const QIF: ModelRef = &Qif;
const TAU_MS: f64 = 10.0;

/// Rates in spikes/s over `ms`, after `skip_ms`.
fn rates(network: Network, skip_ms: f64, ms: f64) -> isospike::Result<(Vec<f64>, Simulation)> {
    let mut counts = vec![0u32; network.neurons() as usize];
    let mut simulation = Simulation::new(network, &Options::default())?;
    simulation.run(skip_ms, |_| ())?;
    simulation.run(ms, |new| new.iter().for_each(|s| counts[s.id as usize] += 1))?;
    Ok((counts.iter().map(|&n| f64::from(n) / (ms * 1e-3)).collect(), simulation))
}

/// Single neurons under drives from -1 to 5: f = sqrt(eta)/(pi tau).
fn f_i_curve() -> isospike::Result<()> {
    let etas: Vec<f64> = (0..25).map(|i| -1.0 + 0.25 * f64::from(i)).collect();
    let network = Network::build("f-I curve")
        .precision(Precision::F64)
        .population("neurons", etas.len() as u32, QIF, |p| p.param("eta", etas.clone()))
        .finish()?;
    let ms = 10_000.0;
    let (rates, _) = rates(network, 0.0, ms)?;
    for (i, (&eta, &rate)) in etas.iter().zip(&rates).enumerate() {
        let expected = eta.max(0.0).sqrt() / (PI * TAU_MS * 1e-3);
        if i % 4 == 0 {
            println!("eta {eta:+.2}: {rate:6.2} spikes/s, closed form {expected:6.2}");
        }
        // as close as a count over this time can be
        assert!((rate - expected).abs() <= 1.01 / (ms * 1e-3), "eta {eta}");
    }
    Ok(())
}

/// Drives from a Lorentzian, all-to-all coupling J/N. Mean field: 0 = width/(pi tau) + 2 r v and
/// 0 = v² + centre + J tau r - (pi tau r)².
fn mean_field() -> isospike::Result<()> {
    const N: u32 = 4_000;
    let (centre, width, j) = (1.0, 0.5, 3.0);
    let quantile = |i: u32| {
        let x = PI * ((f64::from(i) + 0.5) / f64::from(N) - 0.5);
        centre + width * precise::sin(x) / precise::cos(x)
    };
    let etas: Vec<f64> = (0..N).map(quantile).collect();
    let network = Network::build("mean field")
        .precision(Precision::F64)
        .population("neurons", N, QIF, |p| {
            let start = isospike::net::Distribution::normal(0.0, 1.0);
            p.param("tau", TAU_MS).param("eta", etas).initial("v", start)
        })
        .project("neurons", "neurons", |c| c.all_to_all().weight(j / f64::from(N)).delay(0.1))
        .finish()?;
    let (rates, simulation) = rates(network, 200.0, 300.0)?;
    let rate = rates.iter().sum::<f64>() / f64::from(N);

    // The equations for x = pi tau r: v = -width/(2 x), and x² - (J/pi) x - centre - v² grows with
    // x.
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..100 {
        let x = 0.5 * (low + high);
        let v = -width / (2.0 * x);
        if x * x - j / PI * x - centre - v * v < 0.0 { low = x } else { high = x }
    }
    let expected = low / (PI * TAU_MS * 1e-3);
    println!("network of {N}: {rate:.2} spikes/s, mean field {expected:.2}");
    println!("digest {}", simulation.digest());
    assert!((rate / expected - 1.0).abs() < 0.02);
    Ok(())
}

fn main() -> isospike::Result<()> {
    f_i_curve()?;
    mean_field()
}
