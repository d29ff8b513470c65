//! Dense matrices of weights: a row per source, a column per target, 0 where there is no synapse.

use crate::{Edges, NetError, Network, Row, Wiring};
use isospike_model::Shown;
use ndarray::{Array2, ArrayView2};

/// The synapses of a matrix, entry by entry.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pre: Vec<u32>,
    post: Vec<u32>,
    weight: Vec<f64>,
}

impl Entries {
    /// Adds an entry, unless it is 0. On the diagonal nothing else is allowed without `autapses`.
    ///
    /// # Errors
    /// A message that names row, column, value and what is allowed.
    pub(crate) fn add(
        &mut self,
        row: usize,
        column: usize,
        weight: f64,
        autapses: bool,
    ) -> Result<(), String> {
        if weight == 0.0 {
            return Ok(());
        }
        let wrong =
            |allowed| Err(format!("row {row}, column {column} = {}: {allowed}", Shown(weight)));
        if !weight.is_finite() {
            return wrong("must be finite");
        }
        if row == column && !autapses {
            return wrong("connects a neuron to itself, which needs autapses = true");
        }
        let (Ok(pre), Ok(post)) = (u32::try_from(row), u32::try_from(column)) else {
            return wrong("there are fewer than 2^32 neurons");
        };
        self.pre.push(pre);
        self.post.push(post);
        self.weight.push(weight);
        Ok(())
    }

    /// The synapses, row by row.
    pub(crate) fn into_edges(self) -> Edges {
        let Entries { pre, post, weight } = self;
        if pre.is_sorted() {
            return Edges { pre, post, weight: Some(weight), delay_ms: None };
        }
        // column by column, as Fortran keeps them
        let mut order: Vec<usize> = (0..pre.len()).collect();
        order.sort_by_key(|&i| pre[i]);
        Edges {
            pre: order.iter().map(|&i| pre[i]).collect(),
            post: order.iter().map(|&i| post[i]).collect(),
            weight: Some(order.iter().map(|&i| weight[i]).collect()),
            delay_ms: None,
        }
    }
}

impl Edges {
    /// The synapses of a matrix of weights, row by row: entry [i, j] is the weight from neuron i to
    /// neuron j, an exact 0 no synapse.
    ///
    /// ```
    /// use isospike_net::Edges;
    /// use ndarray::array;
    ///
    /// let edges = Edges::from_matrix(&array![[0.0, 2.0], [-1.5, 0.0]].view())?;
    /// assert_eq!((edges.pre, edges.post), (vec![0, 1], vec![1, 0]));
    /// assert_eq!(edges.weight, Some(vec![2.0, -1.5]));
    /// # Ok::<(), isospike_net::NetError>(())
    /// ```
    ///
    /// # Errors
    /// If an entry is not finite.
    pub fn from_matrix(weights: &ArrayView2<'_, f64>) -> Result<Edges, NetError> {
        let mut entries = Entries::default();
        for ((row, column), &weight) in weights.indexed_iter() {
            entries.add(row, column, weight, true).map_err(|_| {
                let path = format!("matrix[{row}, {column}]");
                NetError::value(path, Shown(weight), "must be finite")
            })?;
        }
        Ok(entries.into_edges())
    }
}

impl Network {
    /// The weights of a projection, [source, target]: 0 where there is no synapse, their sum where
    /// there are several. Takes 8 bytes per pair of neurons.
    ///
    /// # Errors
    /// As [`Wiring::new`].
    ///
    /// # Panics
    /// If there is no such projection.
    pub fn weight_matrix(&self, projection: usize) -> Result<Array2<f64>, NetError> {
        let wiring = Wiring::new(self, projection, 1)?;
        let p = &self.projections[projection];
        let [sources, targets] = [p.source, p.target].map(|i| self.populations[i].size);
        let mut matrix = Array2::zeros((sources as usize, targets as usize));
        let mut row = Row::default();
        for (source, mut weights) in (0..sources).zip(matrix.rows_mut()) {
            wiring.row(source, &mut row);
            let synapses = row.targets.iter().zip(&row.weights);
            synapses.for_each(|(&target, w)| weights[target as usize] += w);
        }
        Ok(matrix)
    }
}
