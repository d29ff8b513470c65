//! The numbers that a network's kernels know: parameters, and what steps are made with.

use isospike_mass::{Real, Values};

/// Numbers of a section's lanes, one list after the other, and where each begins.
pub(super) struct Numbers<'a, F> {
    pub(super) all: Vec<F>,
    pub(super) at: Vec<u32>,
    nodes: usize,
    /// The lanes that are meant, and of how many.
    lanes: &'a [usize],
    of: usize,
}

impl<'a, F: Real> Numbers<'a, F> {
    pub(super) fn new(nodes: usize, lanes: &'a [usize], of: usize) -> Self {
        Numbers { all: Vec::new(), at: Vec::new(), nodes, lanes, of }
    }

    /// What kernels call the number of an item.
    pub(super) fn put(&mut self, values: &Values) -> String {
        self.put_of(self.nodes, values)
    }

    /// The same where items are others than nodes.
    pub(super) fn put_of(&mut self, nodes: usize, values: &Values) -> String {
        let list = self.at.len();
        self.at.push(self.all.len() as u32);
        let (lanes, of) = (self.lanes, self.of);
        let own = match values {
            Values::Scalar(x) => {
                self.all.push(F::from_f64(*x));
                ""
            }
            Values::PerNode(x) => {
                self.all.extend(x.iter().map(|&x| F::from_f64(x)));
                " + node"
            }
            Values::PerLane(x) => {
                self.all.extend(lanes.iter().map(|&lane| F::from_f64(x[lane])));
                " + lane"
            }
            Values::Full(_) => {
                let all = (0..nodes).flat_map(|node| lanes.iter().map(move |&lane| (node, lane)));
                self.all.extend(all.map(|(node, lane)| F::from_f64(values.at(node, lane, of))));
                " + i"
            }
        };
        format!("numbers[at[{list}]{own}]")
    }
}
