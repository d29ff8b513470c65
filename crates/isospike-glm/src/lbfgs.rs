//! Limited-memory BFGS: minimises a smooth function from its values and gradients.
//!
//! J. Nocedal, S. J. Wright, Numerical Optimization (2006), algorithms 7.4 and 3.1. Sums go in
//! order, so the result has the same bits everywhere.

use std::collections::VecDeque;

/// Steps that are remembered.
const MEMORY: usize = 10;
/// Share of the predicted decrease that a step must bring.
const ENOUGH: f64 = 1e-4;
/// Halvings of a step before it is given up.
const HALVINGS: usize = 40;

/// Where a minimisation ended.
pub(crate) struct Minimum {
    pub(crate) x: Vec<f64>,
    pub(crate) iterations: usize,
    /// No entry of the gradient is larger than was asked for, or no step brings anything more.
    pub(crate) converged: bool,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Minimises `f`, which gives value and gradient, from a point where it is finite.
pub(crate) fn minimise<E>(
    mut x: Vec<f64>,
    most_iterations: usize,
    tolerance: f64,
    mut f: impl FnMut(&[f64]) -> Result<(f64, Vec<f64>), E>,
) -> Result<Minimum, E> {
    let (mut value, mut gradient) = f(&x)?;
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    for iterations in 0..most_iterations {
        let largest = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
        if largest <= tolerance {
            return Ok(Minimum { x, iterations, converged: true });
        }
        let direction = direction(&gradient, &memory);
        let slope = dot(&direction, &gradient);
        let mut length = if memory.is_empty() { 1.0 / largest.max(1.0) } else { 1.0 };
        let mut next = None;
        for _ in 0..HALVINGS {
            let to: Vec<_> = x.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let (new, slopes) = f(&to)?;
            // false for NaN and infinity, and where rounding hides what is gained
            if new < value && new <= value + ENOUGH * length * slope {
                next = Some((to, new, slopes));
                break;
            }
            length *= 0.5;
        }
        let Some((to, new, slopes)) = next else {
            return Ok(Minimum { x, iterations, converged: true });
        };
        let step: Vec<_> = to.iter().zip(&x).map(|(a, b)| a - b).collect();
        let change: Vec<_> = slopes.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-12 * dot(&change, &change) {
            memory.push_back((step, change, 1.0 / curvature));
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        (x, value, gradient) = (to, new, slopes);
    }
    Ok(Minimum { x, iterations: most_iterations, converged: false })
}

/// Where to go: the two-loop recursion.
fn direction(gradient: &[f64], memory: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::new();
    for (step, change, inverse) in memory.iter().rev() {
        let share = inverse * dot(step, &q);
        q.iter_mut().zip(change).for_each(|(q, c)| *q -= share * c);
        shares.push(share);
    }
    if let Some((_, change, inverse)) = memory.back() {
        let scale = 1.0 / (inverse * dot(change, change));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((step, change, inverse), share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = inverse * dot(change, &q);
        q.iter_mut().zip(step).for_each(|(q, s)| *q += (share - back) * s);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curved_valley_is_followed_to_its_lowest_point() {
        // Rosenbrock's function in four dimensions: its minimum is at (1, 1, 1, 1)
        let f = |x: &[f64]| {
            let (mut value, mut g) = (0.0, vec![0.0; x.len()]);
            for i in 0..x.len() - 1 {
                let (a, b) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
                value += 100.0 * a * a + b * b;
                g[i] += -400.0 * a * x[i] - 2.0 * b;
                g[i + 1] += 200.0 * a;
            }
            Ok::<_, ()>((value, g))
        };
        let m = minimise(vec![-1.2, 1.0, -0.5, 0.8], 500, 1e-8, f).expect("it cannot fail");
        assert!(m.converged && m.x.iter().all(|x| (x - 1.0).abs() < 1e-7), "{:?}", m.x);
    }
}
