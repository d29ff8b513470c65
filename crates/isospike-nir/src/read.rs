//! From files to graphs.

use crate::{
    Conv, Graph, Item, Kind, NeuronKind, Neurons, NirError, Node, Padding, Pool, Tree, Values, hdf5,
};
use std::path::Path;

/// Reads the graph of a file, whichever version of NIR wrote it. Shapes are not looked at beyond
/// what a single node says: [`Model::new`](crate::Model::new) does that.
///
/// # Errors
/// If the file cannot be read, or a node is not what its type asks for.
pub fn read(path: &Path) -> Result<Graph, NirError> {
    let failed = |said: String| NirError::Read { path: path.to_path_buf(), said };
    let mut file = hdf5::read(path).map_err(failed)?;
    let Some(Item::Tree(root)) = file.remove("node") else {
        return Err(failed("it has no group `node`, as graphs of NIR have".into()));
    };
    match node("the graph", root)?.kind {
        Kind::Graph(graph) => Ok(graph),
        // A file may hold a single node.
        kind => Err(failed(format!("it holds a node of type {}, not a graph", kind.name()))),
    }
}

/// The fields of a node, taken one by one.
struct Fields<'a> {
    node: &'a str,
    tree: Tree,
}

impl Fields<'_> {
    fn optional(&mut self, field: &str) -> Result<Option<Values>, NirError> {
        match self.tree.remove(field) {
            None => Ok(None),
            Some(Item::Values(values)) => Ok(Some(values)),
            Some(_) => Err(NirError::field(self.node, field, "no number", "an array of numbers")),
        }
    }

    fn values(&mut self, field: &str) -> Result<Values, NirError> {
        self.optional(field)?.ok_or_else(|| NirError::missing(self.node, field))
    }

    /// Values with so many axes at least.
    fn array(&mut self, field: &str, axes: usize) -> Result<Values, NirError> {
        let values = self.values(field)?;
        if values.shape.len() < axes || values.shape.contains(&0) {
            let given = format!("of shape {:?}", values.shape);
            let needed = format!("an array with {axes} axes or more, none of them 0");
            return Err(NirError::field(self.node, field, given, needed));
        }
        Ok(values)
    }

    fn integers(&self, field: &str, values: &Values) -> Result<Vec<i64>, NirError> {
        let said = || NirError::field(self.node, field, format!("{:?}", values.data), "integers");
        values.as_integers().ok_or_else(said)
    }

    fn integer(&mut self, field: &str) -> Result<i64, NirError> {
        let values = self.values(field)?;
        match self.integers(field, &values)?[..] {
            [n] => Ok(n),
            ref several => {
                Err(NirError::field(self.node, field, format!("{several:?}"), "one integer"))
            }
        }
    }

    /// Numbers that count something, `least` or more.
    fn counts(&self, field: &str, values: &Values, least: usize) -> Result<Vec<usize>, NirError> {
        let integers = self.integers(field, values)?;
        let counts = integers.iter().map(|&n| usize::try_from(n).ok().filter(|&n| n >= least));
        counts.collect::<Option<_>>().ok_or_else(|| {
            let given = format!("{integers:?}");
            NirError::field(self.node, field, given, format!("integers of at least {least}"))
        })
    }

    /// A shape, unless the file leaves it open.
    fn shape(&mut self, field: &str) -> Result<Option<Vec<usize>>, NirError> {
        match self.optional(field)? {
            Some(values) if values.count() > 0 => self.counts(field, &values, 1).map(Some),
            _ => Ok(None),
        }
    }

    fn some_shape(&mut self, field: &str) -> Result<Vec<usize>, NirError> {
        let values = self.values(field)?;
        self.counts(field, &values, 1)
    }

    /// A count for each axis; one number stands for all.
    fn each(&mut self, field: &str, axes: usize, least: usize) -> Result<Vec<usize>, NirError> {
        let values = self.values(field)?;
        let counts = self.counts(field, &values, least)?;
        self.for_axes(field, counts, axes)
    }

    fn for_axes(
        &self,
        field: &str,
        counts: Vec<usize>,
        axes: usize,
    ) -> Result<Vec<usize>, NirError> {
        match counts.len() {
            1 => Ok(vec![counts[0]; axes]),
            n if n == axes => Ok(counts),
            _ => {
                let needed = format!("one number, or one for each of {axes} axes");
                Err(NirError::field(self.node, field, format!("{counts:?}"), needed))
            }
        }
    }

    fn padding(&mut self, axes: usize) -> Result<Padding, NirError> {
        match self.tree.get("padding").and_then(Item::as_text) {
            Some("same") => Ok(Padding::Same),
            Some("valid") => Ok(Padding::Valid),
            Some(text) => {
                let needed = "\"same\", \"valid\" or integers";
                Err(NirError::field(self.node, "padding", format!("{text:?}"), needed))
            }
            None => Ok(Padding::Each(self.each("padding", axes, 0)?)),
        }
    }

    fn conv(&mut self, axes: usize) -> Result<Conv, NirError> {
        let weight = self.array("weight", axes + 2)?;
        let bias = self.values("bias")?;
        let outputs = weight.shape[0];
        if weight.shape.len() != axes + 2 {
            let given = format!("of shape {:?}", weight.shape);
            let needed = format!("an array with {} axes", axes + 2);
            return Err(NirError::field(self.node, "weight", given, needed));
        }
        if bias.shape != [outputs] {
            let given = format!("of shape {:?}", bias.shape);
            return Err(NirError::field(self.node, "bias", given, format!("of shape [{outputs}]")));
        }
        let groups = self.each("groups", 1, 1)?[0];
        if !outputs.is_multiple_of(groups) {
            let needed = format!("a divisor of {outputs}, the channels that are given");
            return Err(NirError::field(self.node, "groups", groups, needed));
        }
        let input = match self.shape("input_shape")? {
            Some(input) => Some(self.for_axes("input_shape", input, axes)?),
            None => None,
        };
        Ok(Conv {
            input,
            weight,
            bias,
            stride: self.each("stride", axes, 1)?,
            padding: self.padding(axes)?,
            dilation: self.each("dilation", axes, 1)?,
            groups,
        })
    }

    fn pool(&mut self) -> Result<Pool, NirError> {
        let mut pair = |field, least| {
            Ok::<_, NirError>(match self.each(field, 2, least)?[..] {
                [down, across] => [down, across],
                _ => unreachable!("two axes"),
            })
        };
        Ok(Pool {
            kernel: pair("kernel_size", 1)?,
            stride: pair("stride", 1)?,
            padding: pair("padding", 0)?,
        })
    }

    fn neurons(&mut self, kind: NeuronKind) -> Result<Neurons, NirError> {
        let mut given = Vec::new();
        for &field in kind.fields() {
            given.extend(self.optional(field)?.map(|values| (field, values)));
        }
        Neurons::new(kind, given).map_err(|e| e.of(self.node))
    }

    fn graph(&mut self) -> Result<Graph, NirError> {
        let Some(Item::Tree(nodes)) = self.tree.remove("nodes") else {
            return Err(NirError::missing(self.node, "nodes"));
        };
        let mut graph = Graph::default();
        for (name, item) in nodes {
            let Item::Tree(tree) = item else {
                return Err(NirError::field(&name, "a node", "no group", "a group"));
            };
            let node = node(&name, tree)?;
            graph.nodes.insert(name, node);
        }
        graph.edges = match self.tree.remove("edges") {
            Some(Item::Text { shape, data }) if shape.len() == 2 && shape[1] == 2 => {
                let pairs = data.chunks_exact(2);
                pairs.map(|pair| (pair[0].clone(), pair[1].clone())).collect()
            }
            // Without edges there are no texts either.
            Some(Item::Values(values)) if values.count() == 0 => Vec::new(),
            Some(_) => {
                let needed = "pairs of names, [E, 2]";
                return Err(NirError::field(self.node, "edges", "something else", needed));
            }
            None => return Err(NirError::missing(self.node, "edges")),
        };
        Ok(graph)
    }
}

fn node(name: &str, mut tree: Tree) -> Result<Node, NirError> {
    let Some(kind) = tree.get("type").and_then(Item::as_text).map(str::to_owned) else {
        return Err(NirError::missing(name, "type"));
    };
    let metadata = match tree.remove("metadata") {
        Some(Item::Tree(metadata)) => metadata,
        _ => Tree::new(),
    };
    let mut fields = Fields { node: name, tree };
    let neurons = NeuronKind::ALL.into_iter().find(|n| n.name() == kind);
    let kind = match kind.as_str() {
        "Input" => Kind::Input { shape: fields.some_shape("shape")? },
        "Output" => Kind::Output { shape: fields.some_shape("shape")? },
        "Linear" => Kind::Linear { weight: fields.array("weight", 2)? },
        "Affine" => {
            let (weight, bias) = (fields.array("weight", 2)?, fields.values("bias")?);
            let needed = &weight.shape[..weight.shape.len() - 1];
            if bias.shape != needed {
                let given = format!("of shape {:?}", bias.shape);
                return Err(NirError::field(name, "bias", given, format!("of shape {needed:?}")));
            }
            Kind::Affine { weight, bias }
        }
        "Scale" => Kind::Scale { scale: fields.values("scale")? },
        "Conv1d" => Kind::Conv1d(fields.conv(1)?),
        "Conv2d" => Kind::Conv2d(fields.conv(2)?),
        "SumPool2d" => Kind::SumPool2d(fields.pool()?),
        "AvgPool2d" => Kind::AvgPool2d(fields.pool()?),
        "Flatten" => Kind::Flatten {
            input: fields.shape("input_type")?,
            start: fields.integer("start_dim")?,
            end: fields.integer("end_dim")?,
        },
        "Delay" => Kind::Delay { delay: fields.values("delay")? },
        "Threshold" => Kind::Threshold { threshold: fields.values("threshold")? },
        "NIRGraph" => {
            let graph = fields.graph()?;
            Kind::Graph(Graph { metadata: metadata.clone(), ..graph })
        }
        given => match neurons {
            Some(kind) => Kind::Neurons(fields.neurons(kind)?),
            None => {
                let has = "Affine, AvgPool2d, Conv1d, Conv2d, CubaLI, CubaLIF, Delay, Flatten, I, \
                           IF, Input, LI, LIF, Linear, NIRGraph, Output, Scale, SumPool2d, \
                           Threshold";
                let (node, given) = (name.to_owned(), given.to_owned());
                return Err(NirError::Type { node, given, has: has.to_owned() });
            }
        },
    };
    // A graph's metadata are its own.
    let metadata = if matches!(kind, Kind::Graph(_)) { Tree::new() } else { metadata };
    Ok(Node { kind, metadata })
}
