//! From graphs to files.

use crate::{Conv, Graph, Item, Kind, NirError, Node, Padding, Pool, Tree, Values, hdf5};
use std::path::{Path, PathBuf};

/// The version of NIR whose files these are.
const VERSION: &str = "1.0.8";

/// Writes a graph to a file: under another name first, so that there is never half a file. What is
/// written reads back as it was.
///
/// # Errors
/// If a name cannot be one in HDF5, or the file cannot be written.
pub fn write(path: &Path, graph: &Graph) -> Result<(), NirError> {
    let root = Node { kind: Kind::Graph(graph.clone()), metadata: Tree::new() };
    let file = Tree::from([
        ("version".to_owned(), Item::text(VERSION)),
        ("node".to_owned(), Item::Tree(tree(&root)?)),
    ]);
    let failed = |said: String| NirError::Write { path: path.to_path_buf(), said };
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = hdf5::write(&partial, &file)
        .and_then(|()| std::fs::rename(&partial, path).map_err(|e| e.to_string()));
    written.map_err(|said| {
        // It may not be there at all.
        let _ = std::fs::remove_file(&partial);
        failed(said)
    })
}

fn tree(node: &Node) -> Result<Tree, NirError> {
    let mut metadata = &node.metadata;
    let mut fields: Vec<(&str, Item)> = match &node.kind {
        Kind::Input { shape } | Kind::Output { shape } => vec![("shape", counts(shape))],
        Kind::Affine { weight, bias } => vec![("weight", values(weight)), ("bias", values(bias))],
        Kind::Linear { weight } => vec![("weight", values(weight))],
        Kind::Scale { scale } => vec![("scale", values(scale))],
        Kind::Conv1d(conv) => of_conv(conv, 1),
        Kind::Conv2d(conv) => of_conv(conv, 2),
        Kind::SumPool2d(pool) | Kind::AvgPool2d(pool) => {
            let Pool { kernel, stride, padding } = pool;
            let pairs = [("kernel_size", kernel), ("stride", stride), ("padding", padding)];
            pairs.map(|(name, pair)| (name, counts(pair))).into()
        }
        Kind::Flatten { input, start, end } => {
            let input = input.iter().map(|shape| ("input_type", counts(shape)));
            let ends = [("start_dim", integer(*start)), ("end_dim", integer(*end))];
            input.chain(ends).collect()
        }
        Kind::Delay { delay } => vec![("delay", values(delay))],
        Kind::Threshold { threshold } => vec![("threshold", values(threshold))],
        Kind::Neurons(neurons) => {
            neurons.parameters().map(|(name, parameter)| (name, values(parameter))).collect()
        }
        Kind::Graph(graph) => {
            metadata = &graph.metadata;
            of_graph(graph)?
        }
    };
    fields.push(("type", Item::text(node.kind.name())));
    if !metadata.is_empty() {
        names("metadata", metadata)?;
        fields.push(("metadata", Item::Tree(metadata.clone())));
    }
    Ok(fields.into_iter().map(|(name, item)| (name.to_owned(), item)).collect())
}

fn of_graph(graph: &Graph) -> Result<Vec<(&'static str, Item)>, NirError> {
    let mut nodes = Tree::new();
    for (name, node) in &graph.nodes {
        name_check("a node", name)?;
        nodes.insert(name.clone(), Item::Tree(tree(node)?));
    }
    let shape = vec![graph.edges.len(), 2];
    let data = graph.edges.iter().flat_map(|(from, to)| [from.clone(), to.clone()]).collect();
    let edges = match graph.edges.is_empty() {
        true => Item::Values(Values::filled(&shape, 0.0)),
        false => Item::Text { shape, data },
    };
    Ok(vec![("nodes", Item::Tree(nodes)), ("edges", edges)])
}

fn of_conv(conv: &Conv, axes: usize) -> Vec<(&'static str, Item)> {
    let each = |counts: &[usize]| match axes {
        1 => integer(counts[0] as i64),
        _ => self::counts(counts),
    };
    let input = conv.input.iter().map(|shape| ("input_shape", each(shape)));
    let padding = match &conv.padding {
        Padding::Valid => Item::text("valid"),
        Padding::Same => Item::text("same"),
        Padding::Each(padding) => each(padding),
    };
    let others = [
        ("weight", values(&conv.weight)),
        ("bias", values(&conv.bias)),
        ("stride", each(&conv.stride)),
        ("padding", padding),
        ("dilation", each(&conv.dilation)),
        ("groups", integer(conv.groups as i64)),
    ];
    input.chain(others).collect()
}

/// Refuses names that HDF5 cannot have.
fn names(what: &str, tree: &Tree) -> Result<(), NirError> {
    for (name, item) in tree {
        name_check(what, name)?;
        if let Item::Tree(below) = item {
            names(what, below)?;
        }
    }
    Ok(())
}

fn name_check(what: &str, name: &str) -> Result<(), NirError> {
    let wrong = name.is_empty() || name == "." || name.contains(['/', '\0']);
    match wrong {
        true => Err(NirError::field(what, "name", format!("{name:?}"), "not empty, without a /")),
        false => Ok(()),
    }
}

fn values(values: &Values) -> Item {
    Item::Values(values.clone())
}

fn counts(counts: &[usize]) -> Item {
    values(&Values::integers(&counts.iter().map(|&n| n as i64).collect::<Vec<_>>()))
}

fn integer(n: i64) -> Item {
    Item::Values(Values::integer(n))
}
