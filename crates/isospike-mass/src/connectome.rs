//! Who sends to whom, how strongly and how late.

use crate::MassError;
use isospike_lane::Lane;
use ndarray::ArrayView2;

/// How a length becomes a whole number of steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, ties to even (The Virtual Brain).
    #[default]
    Nearest,
    /// Downwards (vbjax).
    Floor,
    /// To the nearest, ties to even, and at least 1 (cuBNM).
    NearestFromOne,
}

impl Rounding {
    /// Steps of a delay of so many steps that is no whole number.
    pub fn steps(self, delay: f64) -> f64 {
        match self {
            Rounding::Nearest => delay.rint(),
            Rounding::Floor => delay.floor(),
            Rounding::NearestFromOne => delay.rint().max(1.0),
        }
    }
}

/// How late an edge is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Late {
    /// So many steps.
    Steps(u32),
    /// As long as a signal takes for so many mm.
    Length(f64),
}

/// A connection: what `from` sends reaches `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Edge {
    pub(crate) to: u32,
    pub(crate) from: u32,
    pub(crate) weight: f64,
    pub(crate) late: Late,
}

impl Edge {
    /// With its weight rounded to f32.
    pub(crate) fn single(self) -> Self {
        Edge { weight: f64::from(self.weight as f32), ..self }
    }
}

/// All connections of a network, by target and then by source, both ascending: the order in which
/// sums are taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Connectome {
    nodes: usize,
    edges: Vec<Edge>,
}

impl Connectome {
    /// Nodes that do not see each other.
    pub fn none(nodes: usize) -> Self {
        Connectome { nodes, edges: Vec::new() }
    }

    /// Without delays: weights `[to, from]`; where a weight is 0 there is no connection.
    ///
    /// # Errors
    /// If the matrix is not square, or a weight not finite.
    pub fn new(weights: ArrayView2<'_, f64>) -> Result<Self, MassError> {
        Self::late(weights, |_, _| Ok(Late::Steps(0)))
    }

    /// With delays in steps, `[to, from]`.
    ///
    /// # Errors
    /// As [`Connectome::new`], or if there are not as many delays.
    pub fn with_lags(
        weights: ArrayView2<'_, f64>,
        lags: ArrayView2<'_, u32>,
    ) -> Result<Self, MassError> {
        as_many("lags", weights, lags.dim())?;
        Self::late(weights, |to, from| {
            let lag = lags[[to, from]];
            match lag < LAG_LIMIT {
                true => Ok(Late::Steps(lag)),
                false => {
                    let allowed = format!("less than {LAG_LIMIT} steps");
                    Err(MassError::value(format!("lags[{to}, {from}]"), lag, allowed))
                }
            }
        })
    }

    /// With the lengths of tracts in mm, `[to, from]`: how late they make a signal depends on the
    /// speed of conduction and on the step.
    ///
    /// # Errors
    /// As [`Connectome::new`], or if there are not as many lengths, or one is below 0.
    pub fn with_lengths(
        weights: ArrayView2<'_, f64>,
        lengths: ArrayView2<'_, f64>,
    ) -> Result<Self, MassError> {
        as_many("lengths", weights, lengths.dim())?;
        Self::late(weights, |to, from| {
            let mm = lengths[[to, from]];
            match mm.is_finite() && mm >= 0.0 {
                true => Ok(Late::Length(mm)),
                false => {
                    let field = format!("lengths[{to}, {from}]");
                    Err(MassError::value(field, mm, "a finite number of mm, 0 or more"))
                }
            }
        })
    }

    fn late(
        weights: ArrayView2<'_, f64>,
        late: impl Fn(usize, usize) -> Result<Late, MassError>,
    ) -> Result<Self, MassError> {
        let (nodes, columns) = weights.dim();
        if nodes != columns {
            let field = "weights: columns";
            return Err(MassError::value(
                field,
                columns as f64,
                format!("{nodes}, as many as rows"),
            ));
        }
        let mut edges = Vec::new();
        for ((to, from), &weight) in weights.indexed_iter() {
            if !weight.is_finite() {
                let field = format!("weights[{to}, {from}]");
                return Err(MassError::value(field, weight, "finite"));
            }
            if weight != 0.0 {
                let (late, [to, from]) = (late(to, from)?, [to as u32, from as u32]);
                edges.push(Edge { to, from, weight, late });
            }
        }
        Ok(Connectome { nodes, edges })
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Whether delays depend on the speed of conduction.
    pub fn has_lengths(&self) -> bool {
        self.edges.iter().any(|e| matches!(e.late, Late::Length(_)))
    }

    /// Every edge with its delay in steps.
    pub(crate) fn lagged(
        &self,
        speed: f64,
        dt: f64,
        rounding: Rounding,
    ) -> Result<Vec<(Edge, u32)>, MassError> {
        let lag = |e: &Edge| match e.late {
            Late::Steps(lag) => Ok((*e, lag)),
            Late::Length(mm) => {
                let steps = rounding.steps(mm / speed / dt);
                match steps < f64::from(LAG_LIMIT) {
                    true => Ok((*e, steps as u32)),
                    false => {
                        let field = format!("the delay of {} from {}", e.to, e.from);
                        let allowed = format!("less than {LAG_LIMIT} steps: {mm} mm are too far");
                        Err(MassError::value(field, steps, allowed))
                    }
                }
            }
        };
        self.edges.iter().map(lag).collect()
    }
}

/// Delays are below this.
pub(crate) const LAG_LIMIT: u32 = 1 << 24;

fn as_many(
    field: &str,
    weights: ArrayView2<'_, f64>,
    given: (usize, usize),
) -> Result<(), MassError> {
    match weights.dim() == given {
        true => Ok(()),
        false => {
            let (rows, columns) = weights.dim();
            Err(MassError::Choice(format!(
                "{field} are [{}, {}]; they must be [{rows}, {columns}], one per weight",
                given.0, given.1
            )))
        }
    }
}
