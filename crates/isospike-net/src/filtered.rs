//! Synapses with a filter each.

use crate::{Edges, NetError};
use isospike_model::Shown;
use ndarray::ArrayView2;

impl Edges {
    /// Synapses that have a filter each instead of a weight: `filters` is `[synapse, lag]`, newest
    /// first, so that a spike adds `filters[e, 0]` after the delay `delay_ms` and `filters[e, k]`
    /// k steps later.
    ///
    /// Each entry becomes a synapse of its own with the delay of its lag, an exact 0 none: delivery
    /// stays event-driven, a spike costs as many events as its synapses have entries, and the list
    /// takes 24 bytes an entry. Where all synapses have one filter up to a factor, leave it to the
    /// model ([`crate::NeuronsBuilder::filter`]): then a synapse is delivered once and stores one
    /// weight, however long the filter is. A target with a coupling filter of its own
    /// (`bernoulli_glm`, `glm_...`) applies it to what arrives; `[1.0]` leaves it as it is.
    ///
    /// ```
    /// use isospike_net::Edges;
    /// use ndarray::array;
    ///
    /// let edges = Edges { pre: vec![0, 1], post: vec![1, 0], ..Edges::default() };
    /// let edges = edges.filtered(&array![[2.0, 1.0], [0.0, -3.0]].view(), 1.0, 0.1)?;
    /// assert_eq!((edges.pre, edges.post), (vec![0, 0, 1], vec![1, 1, 0]));
    /// assert_eq!(edges.weight, Some(vec![2.0, 1.0, -3.0]));
    /// assert_eq!(edges.delay_ms, Some(vec![1.0, 1.1, 1.1]));
    /// # Ok::<(), isospike_net::NetError>(())
    /// ```
    ///
    /// # Errors
    /// If there is not one filter per synapse, if an entry is not finite, or if the synapses have
    /// weights or delays already.
    pub fn filtered(
        self,
        filters: &ArrayView2<'_, f64>,
        delay_ms: f64,
        dt_ms: f64,
    ) -> Result<Edges, NetError> {
        let own = [("weight", self.weight.is_some()), ("delay", self.delay_ms.is_some())];
        if let Some((name, _)) = own.into_iter().find(|o| o.1) {
            let allowed = "must be left out: a filter says what is added, and when";
            return Err(NetError::value(format!("edges.{name}"), "given", allowed));
        }
        let (rows, n) = (filters.nrows(), self.pre.len());
        if rows != n || n != self.post.len() {
            let allowed = format!("one per synapse ({n}) is needed");
            return Err(NetError::value("filter", format!("{rows} rows"), allowed));
        }
        let first = (delay_ms / dt_ms).round_ties_even();
        let (mut pre, mut post) = (Vec::new(), Vec::new());
        let (mut weight, mut delay) = (Vec::new(), Vec::new());
        for ((e, lag), &w) in filters.indexed_iter().filter(|(_, w)| **w != 0.0) {
            if !w.is_finite() {
                let path = format!("filter[{e}, {lag}]");
                return Err(NetError::value(path, Shown(w), "must be finite"));
            }
            pre.push(self.pre[e]);
            post.push(self.post[e]);
            weight.push(w);
            delay.push((first + lag as f64) * dt_ms);
        }
        Ok(Edges { pre, post, weight: Some(weight), delay_ms: Some(delay) })
    }
}
