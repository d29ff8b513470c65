//! What a tile must do, as plainly as can be: one lane, one node after the other, scalars, the
//! whole past kept.

use isospike_lane::Key;
use isospike_lane::isa::Isa;
use isospike_mass::{
    Column, CouplingRef, Integrator, NodeRef, Real, ReceiveRow, Source, drift_at, noise_at,
};

/// An edge: target, source, weight, delay in steps.
pub(crate) type Edge = (usize, usize, f64, usize);

/// One lane of a network.
#[derive(Clone)]
pub(crate) struct Plain<F> {
    pub(crate) node: NodeRef,
    pub(crate) coupling: CouplingRef,
    /// By target and then by source.
    pub(crate) edges: Vec<Edge>,
    pub(crate) integrator: Integrator,
    pub(crate) again: bool,
    pub(crate) dt: f64,
    /// `[node][parameter]`
    pub(crate) params: Vec<Vec<F>>,
    pub(crate) coupling_params: Vec<F>,
    pub(crate) inputs: Vec<Option<Source>>,
    /// Of each variable, the standard deviation of what a step adds.
    pub(crate) deviation: Vec<Option<F>>,
    pub(crate) seed: u64,
    /// `[step][node][variable]`
    pub(crate) past: Vec<Vec<Vec<F>>>,
}

impl<F: Real> Plain<F> {
    fn own(&self, source: Source, state: &[F]) -> F {
        match source.minus {
            None => state[source.variable],
            Some(minus) => state[source.variable] - state[minus],
        }
    }

    fn sent(&self, source: Source, state: &[F]) -> Vec<F> {
        let params: Vec<_> = self.coupling_params.iter().map(|&p| Column::uniform(p)).collect();
        let x = vec![self.own(source, state); 16];
        let mut sent = vec![F::default(); 16 * self.coupling.sent()];
        F::couple(self.coupling).send(Isa::Baseline, &params, &x, &mut sent);
        sent.into_iter().step_by(16).collect()
    }

    /// Inputs of a node: delayed edges look at the past from `now`, others at `states`.
    fn inputs(&self, node: usize, now: usize, states: &[Vec<F>]) -> Vec<F> {
        let input = |source: &Option<Source>| {
            let Some(source) = *source else { return F::default() };
            let mut sums = vec![F::default(); self.coupling.sent()];
            let mut weights = 0.0;
            for late in [true, false] {
                for &(_, from, weight, lag) in
                    self.edges.iter().filter(|e| e.0 == node && (e.3 > 0) == late)
                {
                    let seen = match lag {
                        0 => &states[from],
                        _ => &self.past[now.saturating_sub(lag)][from],
                    };
                    for (sum, x) in sums.iter_mut().zip(self.sent(source, seen)) {
                        *sum = *sum + F::from_f64(weight) * x;
                    }
                }
            }
            self.edges.iter().filter(|e| e.0 == node).for_each(|e| weights += e.2);
            let params: Vec<_> = self.coupling_params.iter().map(|&p| Column::uniform(p)).collect();
            let mut c = [F::default(); 16];
            let row = ReceiveRow {
                sums: &sums.iter().flat_map(|&x| [x; 16]).collect::<Vec<_>>(),
                weights: &Column::uniform(F::from_f64(weights)),
                nodes: F::from_f64(states.len() as f64),
                x: &[self.own(source, &states[node]); 16],
                c: &mut c,
            };
            F::couple(self.coupling).receive(Isa::Baseline, &params, row);
            c[0]
        };
        self.inputs.iter().map(input).collect()
    }

    fn bounded(&self, mut state: Vec<F>) -> Vec<F> {
        for (x, span) in state.iter_mut().zip(self.node.spans()) {
            let (least, most) = span.bounds;
            if x.to_f64() < least {
                *x = F::from_f64(least);
            }
            if x.to_f64() > most {
                *x = F::from_f64(most);
            }
        }
        state
    }

    pub(crate) fn advance(&mut self) {
        let now = self.past.len() - 1;
        let x = self.past[now].clone();
        let nodes = 0..x.len();
        let dt = |part: f64| F::from_f64(part);
        let noise = |node: usize, k: usize| -> Option<F> {
            let z: F = noise_at(Key(self.seed), now as u64, k, (node as u32, x.len() as u32));
            self.deviation[k].map(|d| d * z)
        };
        let noisy = self.deviation.iter().any(Option::is_some);
        let plus = |x: F, node: usize, k: usize| match noisy {
            true => x + noise(node, k).unwrap_or_default(),
            false => x,
        };
        let inputs = |now: usize, states: &[Vec<F>]| -> Vec<Vec<F>> {
            nodes.clone().map(|i| self.inputs(i, now, states)).collect()
        };
        let drift = |states: &[Vec<F>], c: &[Vec<F>]| -> Vec<Vec<F>> {
            let at = |i: usize| drift_at(self.node, &self.params[i], &states[i], &c[i]);
            nodes.clone().map(at).collect()
        };
        let step = |f: &dyn Fn(usize, usize) -> F| -> Vec<Vec<F>> {
            let state = |i: usize| self.bounded((0..x[i].len()).map(|k| f(i, k)).collect());
            nodes.clone().map(state).collect()
        };
        let c = inputs(now, &x);
        let k1 = drift(&x, &c);
        let next = match self.integrator {
            Integrator::Euler => step(&|i, k| plus(x[i][k] + dt(self.dt) * k1[i][k], i, k)),
            Integrator::Heun => {
                let y = step(&|i, k| plus(x[i][k] + dt(self.dt) * k1[i][k], i, k));
                let c = if self.again { inputs(now + 1, &y) } else { c };
                let k2 = drift(&y, &c);
                let half = dt(0.5 * self.dt);
                step(&|i, k| plus(x[i][k] + half * (k1[i][k] + k2[i][k]), i, k))
            }
            Integrator::Trapezoidal => {
                let mut y = step(&|i, k| plus(x[i][k] + dt(self.dt) * k1[i][k], i, k));
                let half = dt(0.5 * self.dt);
                for _ in 0..10 {
                    let c = if self.again { inputs(now + 1, &y) } else { c.clone() };
                    let d = drift(&y, &c);
                    let to = step(&|i, k| plus(x[i][k] + half * (k1[i][k] + d[i][k]), i, k));
                    for (y, to) in y.iter_mut().flatten().zip(to.into_iter().flatten()) {
                        *y = *y + dt(2.0 / 3.0) * (to - *y);
                    }
                }
                y
            }
            Integrator::RungeKutta4 => {
                let stage = |part: f64, d: &[Vec<F>]| {
                    let y = step(&|i, k| x[i][k] + dt(part) * d[i][k]);
                    let c = if self.again { inputs(now, &y) } else { c.clone() };
                    drift(&y, &c)
                };
                let k2 = stage(0.5 * self.dt, &k1);
                let k3 = stage(0.5 * self.dt, &k2);
                let k4 = stage(self.dt, &k3);
                let (two, sixth) = (F::from_f64(2.0), dt(self.dt / 6.0));
                step(&|i, k| {
                    let sum = ((k1[i][k] + two * k2[i][k]) + two * k3[i][k]) + k4[i][k];
                    plus(x[i][k] + sixth * sum, i, k)
                })
            }
        };
        self.past.push(next);
    }
}
