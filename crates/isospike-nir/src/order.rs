//! The order in which numbers stand on a device.

/// Which number of the graph's order, the last axis innermost, stands at each place.
///
/// Pictures of a graph are channel-first, those of a device channel-last: the first axis is
/// innermost there. A reshape moves nothing: what it gives keeps the order of what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order(Vec<usize>);

impl Order {
    /// The first axis innermost, the others as they are.
    pub(crate) fn channel_last(shape: &[usize]) -> Order {
        let n: usize = shape.iter().product();
        let channels = if shape.len() < 2 { 1 } else { shape[0] };
        let places = n / channels.max(1);
        Order((0..n).map(|at| at % channels * places + at / channels).collect())
    }

    /// How many numbers.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The numbers' places in the graph's order.
    pub(crate) fn indices(&self) -> &[usize] {
        &self.0
    }

    /// Items as a device has them, from items as the graph has them.
    pub(crate) fn to_device<T: Copy>(&self, items: &[T]) -> Vec<T> {
        let items = items.chunks_exact(self.count());
        items.flat_map(|item| self.0.iter().map(|&i| item[i])).collect()
    }

    /// Items as the graph has them.
    pub(crate) fn to_graph<T: Copy + Default>(&self, items: &[T]) -> Vec<T> {
        let mut all = vec![T::default(); items.len()];
        let n = self.count();
        for (from, to) in items.chunks_exact(n).zip(all.chunks_exact_mut(n)) {
            for (x, &i) in from.iter().zip(&self.0) {
                to[i] = *x;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn pictures_go_channel_last_and_back() {
        // [2, 2, 3]: 6 places with 2 channels
        let picture: Vec<usize> = (0..12).collect();
        let order = Order::channel_last(&[2, 2, 3]);
        let device = order.to_device(&picture);
        assert_eq!(device, [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
        assert_eq!(order.to_graph(&device), picture);
        assert_eq!(Order::channel_last(&[4]).indices(), [0, 1, 2, 3]);
        assert_eq!(Order::channel_last(&[]).indices(), [0]);
    }
}
