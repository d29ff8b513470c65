//! The shapes of what goes along edges.

use crate::flat::Flat;
use crate::{Conv, Graph, Kind, NirError, Padding};
use std::collections::BTreeMap;

/// What a node is given and what it gives, channels first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of what it is given.
    pub input: Vec<usize>,
    /// Of what it gives.
    pub output: Vec<usize>,
}

/// The shapes of all nodes, those of graphs within the graph named as in "graph.node": what nodes
/// say about themselves, and what follows from it along edges.
///
/// # Errors
/// If an edge joins different shapes, a node cannot be given what comes, or nothing says what
/// comes.
pub fn shapes(graph: &Graph) -> Result<BTreeMap<String, Shape>, NirError> {
    infer(&Flat::new(graph)?)
}

pub(crate) fn infer(flat: &Flat<'_>) -> Result<BTreeMap<String, Shape>, NirError> {
    let mut known: BTreeMap<&str, Shape> = BTreeMap::new();
    for (name, kind) in &flat.nodes {
        if let Some(input) = own(kind) {
            let output = output(name, kind, &input)?;
            known.insert(name, Shape { input, output });
        }
    }
    loop {
        let before = known.len();
        for (from, to) in &flat.edges {
            if known.contains_key(to.as_str()) {
                continue;
            }
            if let Some(Shape { output: input, .. }) = known.get(from.as_str()).cloned() {
                let output = output(to, flat.nodes[to], &input)?;
                known.insert(to, Shape { input, output });
            }
        }
        if known.len() == before {
            break;
        }
    }
    if let Some(name) = flat.nodes.keys().find(|name| !known.contains_key(name.as_str())) {
        let why = "nothing says what shape comes to it";
        return Err(NirError::Graph(format!("{name}: {why}")));
    }
    for edge in &flat.edges {
        let (given, needed) = (&known[edge.0.as_str()].output, &known[edge.1.as_str()].input);
        if given != needed {
            let why = format!("{given:?} is given, {needed:?} is needed");
            return Err(NirError::edge(edge, why));
        }
    }
    Ok(known.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect())
}

/// What a node needs, as far as it says so itself.
fn own(kind: &Kind) -> Option<Vec<usize>> {
    let of_weight = |weight: &[usize]| {
        let (above, [_, inputs]) = weight.split_last_chunk::<2>()?;
        Some([above, &[*inputs]].concat())
    };
    match kind {
        Kind::Input { shape } | Kind::Output { shape } => Some(shape.clone()),
        Kind::Affine { weight, .. } | Kind::Linear { weight } => of_weight(&weight.shape),
        Kind::Scale { scale: values }
        | Kind::Delay { delay: values }
        | Kind::Threshold { threshold: values } => Some(values.shape.clone()),
        Kind::Neurons(neurons) => Some(neurons.shape().to_vec()),
        Kind::Conv1d(conv) | Kind::Conv2d(conv) => {
            conv.input.as_ref().map(|input| [&[channels(conv)], &input[..]].concat())
        }
        Kind::Flatten { input, .. } => input.clone(),
        Kind::SumPool2d(_) | Kind::AvgPool2d(_) | Kind::Graph(_) => None,
    }
}

/// Channels that a convolution is given.
pub(crate) fn channels(conv: &Conv) -> usize {
    conv.weight.shape[1] * conv.groups
}

/// What a node gives.
fn output(name: &str, kind: &Kind, input: &[usize]) -> Result<Vec<usize>, NirError> {
    let refused =
        |needed: String| Err(NirError::field(name, "input", format!("{input:?}"), needed));
    match kind {
        Kind::Affine { weight, .. } | Kind::Linear { weight } => {
            Ok(weight.shape[..weight.shape.len() - 1].to_vec())
        }
        Kind::Conv1d(conv) | Kind::Conv2d(conv) => {
            let axes = conv.weight.shape.len() - 2;
            if input.len() != axes + 1 || input[0] != channels(conv) {
                let rest = [", N", ", H, W"][axes - 1];
                return refused(format!("[{}{rest}]", channels(conv)));
            }
            let mut shape = vec![conv.weight.shape[0]];
            for (axis, &n) in input[1..].iter().enumerate() {
                let span = conv.dilation[axis] * (conv.weight.shape[axis + 2] - 1) + 1;
                let [before, after] = padding(conv, axis);
                if conv.padding == Padding::Same && conv.stride[axis] != 1 {
                    let given = format!("{:?}", conv.stride);
                    return Err(NirError::field(name, "stride", given, "1 with padding \"same\""));
                }
                match (n + before + after).checked_sub(span) {
                    Some(room) => shape.push(room / conv.stride[axis] + 1),
                    None => return refused(format!("{span} or more along axis {}", axis + 1)),
                }
            }
            Ok(shape)
        }
        Kind::SumPool2d(pool) | Kind::AvgPool2d(pool) => {
            let &[channels, height, width] = input else { return refused("[C, H, W]".into()) };
            let mut shape = vec![channels];
            for (axis, n) in [height, width].into_iter().enumerate() {
                match (n + 2 * pool.padding[axis]).checked_sub(pool.kernel[axis]) {
                    Some(room) => shape.push(room / pool.stride[axis] + 1),
                    None => {
                        let kernel = pool.kernel[axis];
                        return refused(format!("{kernel} or more along axis {}", axis + 1));
                    }
                }
            }
            Ok(shape)
        }
        Kind::Flatten { start, end, .. } => {
            let axes = input.len() as i64;
            let at = |n: i64| if n < 0 { n + axes } else { n };
            let (first, last) = (at(*start), at(*end));
            if !(0 <= first && first <= last && last < axes) {
                let needed = format!("an array with axes {start} to {end}");
                return refused(needed);
            }
            let (first, last) = (first as usize, last as usize);
            let one = input[first..=last].iter().product();
            Ok([&input[..first], &[one], &input[last + 1..]].concat())
        }
        _ => Ok(input.to_vec()),
    }
}

/// Zeros before and after the input of a convolution along an axis.
pub(crate) fn padding(conv: &Conv, axis: usize) -> [usize; 2] {
    match &conv.padding {
        Padding::Valid => [0, 0],
        Padding::Each(each) => [each[axis]; 2],
        Padding::Same => {
            let all = conv.dilation[axis] * (conv.weight.shape[axis + 2] - 1);
            [all / 2, all - all / 2]
        }
    }
}
