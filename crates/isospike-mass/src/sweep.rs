//! Many values at once: a lane for every point.

use crate::MassError;
use crate::network::Network;
use crate::values::Values;
use isospike_model::ParamInfo;

/// What is varied, and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// As [`Network::set`] takes it.
    pub name: String,
    /// All of them.
    pub values: Vec<f64>,
}

impl Axis {
    /// So many values from `first` to `last`, equally far from each other.
    pub fn linear(name: impl Into<String>, first: f64, last: f64, n: usize) -> Self {
        let part = |i: usize| i as f64 / (n.max(2) - 1) as f64;
        let value = |i: usize| match i > 0 && i + 1 == n {
            true => last,
            false => first + (last - first) * part(i),
        };
        let values = (0..n).map(value).collect();
        Axis { name: name.into(), values }
    }
}

/// Points in the space of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    axes: Vec<Axis>,
}

impl Sweep {
    /// All combinations of the values of some axes, the last axis fastest.
    ///
    /// # Errors
    /// If an axis has no values, or there are more than 2^32 points.
    pub fn grid(axes: Vec<Axis>) -> Result<Self, MassError> {
        let mut points = 1usize;
        alone(&axes)?;
        for axis in &axes {
            if axis.values.is_empty() {
                return Err(MassError::value(format!("values of {}", axis.name), 0, "at least 1"));
            }
            points = points.saturating_mul(axis.values.len());
        }
        if points > u32::MAX as usize {
            return Err(MassError::value("points", points as f64, "at most 2^32 - 1"));
        }
        let mut rest = points;
        let mut all = Vec::new();
        for Axis { name, values } in axes {
            rest /= values.len();
            let value = |point: usize| values[point / rest % values.len()];
            all.push(Axis { name, values: (0..points).map(value).collect() });
        }
        Ok(Sweep { axes: all })
    }

    /// The first values of all axes together, the second, and so on.
    ///
    /// # Errors
    /// If axes are not equally long, or have no values.
    pub fn list(axes: Vec<Axis>) -> Result<Self, MassError> {
        let points = axes.first().map_or(0, |axis| axis.values.len());
        alone(&axes)?;
        if points == 0 {
            return Err(MassError::value("points", 0, "at least 1"));
        }
        match axes.iter().find(|axis| axis.values.len() != points) {
            None => Ok(Sweep { axes }),
            Some(axis) => Err(MassError::Length {
                field: axis.name.clone(),
                given: axis.values.len(),
                needed: points,
                why: "one per point",
            }),
        }
    }

    /// The first points of a Sobol sequence (unscrambled, without its first point, which is the
    /// corner) between bounds: any number of them fills the space evenly.
    ///
    /// # Errors
    /// If there are no points, more than 2^31, or more than [`SOBOL_AXES`] axes.
    pub fn sobol(bounds: Vec<(String, f64, f64)>, points: usize) -> Result<Self, MassError> {
        if points == 0 || points >= 1 << 31 {
            return Err(MassError::value("points", points as f64, "from 1 to 2^31 - 1"));
        }
        if bounds.len() > SOBOL_AXES {
            let allowed = format!("at most {SOBOL_AXES}");
            return Err(MassError::value("axes of a Sobol sequence", bounds.len() as f64, allowed));
        }
        let axis = |(k, (name, first, last)): (usize, (String, f64, f64))| {
            let directions = directions(k);
            let mut word = 0u32;
            let value = |i: usize| {
                word ^= directions[(i as u32).trailing_ones() as usize];
                first + (last - first) * f64::from(word) / 4_294_967_296.0
            };
            Axis { name, values: (0..points).map(value).collect() }
        };
        Self::list(bounds.into_iter().enumerate().map(axis).collect())
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        self.axes.first().map_or(1, |axis| axis.values.len())
    }

    /// What is varied; all values are as many as points.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Only these of the points.
    pub fn part(&self, points: std::ops::Range<usize>) -> Self {
        let cut = |axis: &Axis| Axis {
            name: axis.name.clone(),
            values: axis.values[points.clone()].to_vec(),
        };
        Sweep { axes: self.axes.iter().map(cut).collect() }
    }

    /// The network with a lane per point, all with the seed `seed`: what differs between points is
    /// what is varied, not chance.
    ///
    /// # Errors
    /// If there is nothing of a name, or a value is not allowed.
    pub fn apply(&self, network: Network, seed: u64) -> Result<Network, MassError> {
        let mut network = network.lane_seeds(vec![seed; self.points()])?;
        for axis in &self.axes {
            network = network.set(&axis.name, Values::PerLane(axis.values.clone()))?;
        }
        Ok(network)
    }
}

impl Network {
    /// What [`Network::set`] sets by a name, as a name that says it: `node.NAME`, `coupling.NAME`,
    /// `speed`, `sigma`, ...
    pub fn meant(&self, name: &str) -> String {
        let has = |table: &[ParamInfo]| table.iter().any(|p| p.name == name);
        match name.split_once('.') {
            Some(_) => name.to_owned(),
            None if has(self.node.params()) => format!("node.{name}"),
            None if has(self.coupling.params()) => format!("coupling.{name}"),
            None if name == "G" && self.coupling.scales() => "coupling.a".to_owned(),
            None => name.to_owned(),
        }
    }
}

/// Refuses two axes of one name.
fn alone(axes: &[Axis]) -> Result<(), MassError> {
    for (k, axis) in axes.iter().enumerate() {
        if axes[..k].iter().any(|other| other.name == axis.name) {
            return Err(MassError::Choice(format!("{} is varied by two axes", axis.name)));
        }
    }
    Ok(())
}

/// The most axes of a Sobol sequence.
pub const SOBOL_AXES: usize = 8;

/// Primitive polynomials and initial numbers of S. Joe and F. Y. Kuo, "Constructing Sobol sequences
/// with better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), 2635: degree,
/// coefficients, numbers.
const JOE_KUO: [(u32, u32, [u32; 5]); SOBOL_AXES - 1] = [
    (1, 0, [1, 0, 0, 0, 0]),
    (2, 1, [1, 3, 0, 0, 0]),
    (3, 1, [1, 3, 1, 0, 0]),
    (3, 2, [1, 1, 1, 0, 0]),
    (4, 1, [1, 1, 3, 3, 0]),
    (4, 4, [1, 3, 5, 13, 0]),
    (5, 2, [1, 1, 5, 5, 17]),
];

/// Direction numbers of an axis.
fn directions(axis: usize) -> [u32; 32] {
    let mut v = [0u32; 32];
    let Some((degree, coefficients, first)) = axis.checked_sub(1).map(|k| JOE_KUO[k]) else {
        return std::array::from_fn(|i| 1 << (31 - i));
    };
    let s = degree as usize;
    for i in 0..32 {
        v[i] = if i < s {
            first[i] << (31 - i)
        } else {
            let mut x = v[i - s] ^ (v[i - s] >> s);
            for k in 1..s {
                if coefficients >> (s - 1 - k) & 1 == 1 {
                    x ^= v[i - k];
                }
            }
            x
        };
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sobol_begins_as_published() {
        let bounds = (0..3).map(|k| (k.to_string(), 0.0, 1.0)).collect();
        let sweep = Sweep::sobol(bounds, 7).expect("points");
        let points: Vec<Vec<f64>> =
            (0..7).map(|i| sweep.axes().iter().map(|axis| axis.values[i]).collect()).collect();
        let expected = [
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
        ];
        assert_eq!(points, expected);
    }

    #[test]
    fn the_last_axis_of_a_grid_is_the_fastest() {
        let axes = vec![Axis::linear("a", 0.0, 1.0, 2), Axis::linear("b", 1.0, 3.0, 3)];
        let grid = Sweep::grid(axes).expect("points");
        assert_eq!(grid.points(), 6);
        assert_eq!(grid.axes()[0].values, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(grid.axes()[1].values, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
        assert_eq!(grid.part(2..4).axes()[1].values, [3.0, 1.0]);
    }
}
