//! Graphs: nodes and the edges between them.

use crate::{Neurons, Tree, Values};
use std::collections::BTreeMap;

/// Nodes by name, and edges from one to another. What several edges bring to a node is summed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Nodes by name. Names may contain dots.
    pub nodes: BTreeMap<String, Node>,
    /// From, to.
    pub edges: Vec<(String, String)>,
    /// What else is said about the graph.
    pub metadata: Tree,
}

impl Graph {
    /// Nodes one after the other.
    ///
    /// ```
    /// use isospike_nir::{Graph, Kind, NeuronKind, Neurons, Values};
    ///
    /// let lif = Neurons::new(NeuronKind::Lif, [
    ///     ("tau", Values::f64(&[2], &[0.02, 0.03])),
    ///     ("r", Values::filled(&[2], 1.0)),
    ///     ("v_leak", Values::filled(&[2], 0.0)),
    ///     ("v_threshold", Values::filled(&[2], 1.0)),
    /// ])?;
    /// let graph = Graph::chain([
    ///     ("input", Kind::Input { shape: vec![3] }),
    ///     ("weights", Kind::Linear { weight: Values::f32(&[2, 3], &[0.5; 6]) }),
    ///     ("neurons", Kind::Neurons(lif)),
    ///     ("output", Kind::Output { shape: vec![2] }),
    /// ]);
    /// assert_eq!(graph.edges.len(), 3);
    /// # Ok::<(), isospike_nir::NirError>(())
    /// ```
    pub fn chain<'a>(nodes: impl IntoIterator<Item = (&'a str, Kind)>) -> Graph {
        let mut graph = Graph::default();
        let mut last: Option<String> = None;
        for (name, kind) in nodes {
            graph.nodes.insert(name.to_owned(), kind.into());
            if let Some(last) = last.replace(name.to_owned()) {
                graph.edges.push((last, name.to_owned()));
            }
        }
        graph
    }

    /// Names of the nodes of a kind.
    pub(crate) fn names(&self, is: impl Fn(&Kind) -> bool) -> Vec<&str> {
        self.nodes.iter().filter(|(_, n)| is(&n.kind)).map(|(name, _)| name.as_str()).collect()
    }
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it does.
    pub kind: Kind,
    /// What else is said about it.
    pub metadata: Tree,
}

impl From<Kind> for Node {
    fn from(kind: Kind) -> Node {
        Node { kind, metadata: Tree::new() }
    }
}

/// What a node does. Shapes are channel-first: `[C, N]`, `[C, H, W]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Where inputs enter.
    Input {
        /// Of an input.
        shape: Vec<usize>,
    },
    /// Where outputs leave.
    Output {
        /// Of an output.
        shape: Vec<usize>,
    },
    /// y = W x + b: `[..., I]` to `[..., O]`.
    Affine {
        /// `[..., O, I]`
        weight: Values,
        /// `[..., O]`
        bias: Values,
    },
    /// y = W x.
    Linear {
        /// `[..., O, I]`
        weight: Values,
    },
    /// y = s x, each with its own.
    Scale {
        /// s
        scale: Values,
    },
    /// Cross-correlation, `[C, N]` to `[C', N']`.
    Conv1d(Conv),
    /// Cross-correlation, `[C, H, W]` to `[C', H', W']`.
    Conv2d(Conv),
    /// Sums over windows.
    SumPool2d(Pool),
    /// Means over windows; places outside the picture count as 0.
    AvgPool2d(Pool),
    /// The same numbers with some axes made one.
    Flatten {
        /// The shape it is given, if the file says so.
        input: Option<Vec<usize>>,
        /// The first axis.
        start: i64,
        /// The last axis; -1 is the last there is.
        end: i64,
    },
    /// y(t) = x(t - delay), each with its own.
    Delay {
        /// In the unit of all times.
        delay: Values,
    },
    /// 1 where x > threshold, else 0.
    Threshold {
        /// One for each.
        threshold: Values,
    },
    /// Neurons of one kind.
    Neurons(Neurons),
    /// A graph as a node.
    Graph(Graph),
}

impl Kind {
    /// Its type in files.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Input { .. } => "Input",
            Kind::Output { .. } => "Output",
            Kind::Affine { .. } => "Affine",
            Kind::Linear { .. } => "Linear",
            Kind::Scale { .. } => "Scale",
            Kind::Conv1d(_) => "Conv1d",
            Kind::Conv2d(_) => "Conv2d",
            Kind::SumPool2d(_) => "SumPool2d",
            Kind::AvgPool2d(_) => "AvgPool2d",
            Kind::Flatten { .. } => "Flatten",
            Kind::Delay { .. } => "Delay",
            Kind::Threshold { .. } => "Threshold",
            Kind::Neurons(neurons) => neurons.kind().name(),
            Kind::Graph(_) => "NIRGraph",
        }
    }
}

/// A convolution over one or two axes, as PyTorch's.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// The input without its channels, if the file says so.
    pub input: Option<Vec<usize>>,
    /// `[C', C / groups, ...]`
    pub weight: Values,
    /// `[C']`
    pub bias: Values,
    /// For each axis.
    pub stride: Vec<usize>,
    /// Zeros around the input.
    pub padding: Padding,
    /// For each axis.
    pub dilation: Vec<usize>,
    /// Channels come in so many groups that do not see each other.
    pub groups: usize,
}

/// Zeros around the input of a convolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Padding {
    /// None.
    Valid,
    /// As many as make the output as large as the input; of an odd number, the one more comes last.
    Same,
    /// So many on either side, for each axis.
    Each(Vec<usize>),
}

/// A pool of windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Down, across.
    pub kernel: [usize; 2],
    /// Down, across.
    pub stride: [usize; 2],
    /// Zeros on either side: down, across.
    pub padding: [usize; 2],
}
