//! Numbers that may differ from place to place.

use crate::MassError;
use crate::row::Column;
use isospike_lane::Float;

/// A parameter's values.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The same everywhere.
    Scalar(f64),
    /// One per node.
    PerNode(Vec<f64>),
    /// One per lane.
    PerLane(Vec<f64>),
    /// One per node and lane, `[node][lane]`.
    Full(Vec<f64>),
}

impl From<f64> for Values {
    fn from(x: f64) -> Self {
        Values::Scalar(x)
    }
}

impl Values {
    /// Looks at every number.
    pub(crate) fn each(
        &self,
        look: impl Fn(f64) -> Result<(), MassError>,
    ) -> Result<(), MassError> {
        match self {
            Values::Scalar(x) => look(*x),
            Values::PerNode(all) | Values::PerLane(all) | Values::Full(all) => {
                all.iter().try_for_each(|&x| look(x))
            }
        }
    }

    /// Refuses another number of values than there are places.
    pub(crate) fn fit(&self, field: &str, nodes: usize, lanes: usize) -> Result<(), MassError> {
        let (given, needed, why) = match self {
            Values::Scalar(_) => return Ok(()),
            Values::PerNode(all) => (all.len(), nodes, "one per node"),
            Values::PerLane(all) => (all.len(), lanes, "one per lane"),
            Values::Full(all) => (all.len(), nodes * lanes, "one per node and lane"),
        };
        let field = field.to_owned();
        match given == needed {
            true => Ok(()),
            false => Err(MassError::Length { field, given, needed, why }),
        }
    }

    /// Of other numbers.
    pub fn map(&self, make: impl Fn(f64) -> f64) -> Self {
        let all = |all: &[f64]| all.iter().map(|&x| make(x)).collect();
        match self {
            Values::Scalar(x) => Values::Scalar(make(*x)),
            Values::PerNode(x) => Values::PerNode(all(x)),
            Values::PerLane(x) => Values::PerLane(all(x)),
            Values::Full(x) => Values::Full(all(x)),
        }
    }

    /// Those of the only lane, for any number of lanes.
    pub(crate) fn of_one_lane(self) -> Self {
        match self {
            Values::PerLane(all) => Values::Scalar(all[0]),
            Values::Full(all) => Values::PerNode(all),
            others => others,
        }
    }

    /// The value of a node in a lane of so many.
    pub fn at(&self, node: usize, lane: usize, lanes: usize) -> f64 {
        match self {
            Values::Scalar(x) => *x,
            Values::PerNode(all) => all[node],
            Values::PerLane(all) => all[lane],
            Values::Full(all) => all[node * lanes + lane],
        }
    }

    /// For the places of a tile that has these of so many lanes: `[node][lane]`, filled up to
    /// `places` with the last.
    pub(crate) fn column<F: Float>(
        &self,
        (own, lanes): (&[usize], usize),
        (nodes, places): (usize, usize),
    ) -> Column<F> {
        match self {
            Values::Scalar(x) => Column::uniform(F::from_f64(*x)),
            _ => {
                let value = |place: usize| {
                    let node = (place / own.len()).min(nodes - 1);
                    F::from_f64(self.at(node, own[place % own.len()], lanes))
                };
                Column::Each((0..places).map(value).collect())
            }
        }
    }
}
