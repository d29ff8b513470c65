//! From graphs to networks.

use super::export::trained;
use crate::flat::Flat;
use crate::order::Order;
use crate::picture::{Slide, weights};
use crate::shapes::infer;
use crate::{Graph, Kind, Method, NeuronKind, Neurons, NirError, Options, Pool, Reset, Values};
use isospike_layer::compute::{Computer, Pooling};
use isospike_layer::neurons::{Cuba, Integrate, Lif};
use isospike_layer::{Layer, LayerError, Real, Rule, Window};
use isospike_train::{Delay, Network, Weights};

/// A graph as a network that is trained, if it is a chain of what networks have, with the same
/// parameters for all neurons of a node. Its features are those of the graph, pictures
/// channel-last.
///
/// # Errors
/// What [`shapes`](crate::shapes()) says; if the graph branches, or a node is nothing that networks
/// have; those of the device.
pub fn import<F: Real>(
    on: &Computer<F>,
    graph: &Graph,
    options: &Options,
) -> Result<Network<F>, NirError> {
    options.check()?;
    if options.method != Method::Euler {
        return Err(NirError::Graph("neurons of networks take steps of Euler's method".into()));
    }
    let flat = Flat::new(graph)?;
    let shapes = infer(&flat)?;
    let mut inputs = graph.names(|kind| matches!(kind, Kind::Input { .. })).into_iter();
    let (Some(mut name), None) = (inputs.next(), inputs.next()) else {
        return Err(NirError::Graph("a network has one input".into()));
    };
    let mut network = Network::new(on, &channel_last(&shapes[name].output), 0);
    // of the features, as the network has them
    let mut order = Order::channel_last(&shapes[name].output);
    for _ in 0..flat.nodes.len() {
        let shape = &shapes[name];
        let next = match flat.nodes[name] {
            Kind::Input { .. } | Kind::Output { .. } | Kind::Flatten { .. } => Ok(network),
            Kind::Affine { weight, bias } => {
                all(on, network, weight, Some(bias), &order).map_err(|e| of(e, name))
            }
            Kind::Linear { weight } => {
                all(on, network, weight, None, &order).map_err(|e| of(e, name))
            }
            Kind::Conv2d(conv) => {
                let slide = Slide::conv(conv, &shape.input[1..]);
                if slide.padding.iter().any(|[before, after]| before != after) {
                    let needed = "as many zeros before as after, as networks have it";
                    return Err(NirError::field(name, "padding", "uneven", needed));
                }
                let window = Window {
                    height: slide.places[0],
                    width: slide.places[1],
                    channels: slide.channels,
                    kernel: slide.span,
                    stride: slide.stride,
                    padding: slide.padding.map(|[before, _]| before),
                    outputs: slide.outputs,
                };
                learned(on, network, window, &weights(conv, &slide), Some(&conv.bias.data))
            }
            Kind::AvgPool2d(pool) => pooled(network, name, pool, Pooling::Average),
            Kind::SumPool2d(pool) => pooled(network, name, pool, Pooling::Sum),
            Kind::Delay { delay } => {
                let delay = uniform(name, "delay", delay)?;
                network.with(Delay::new(options.steps(name, delay)?)).map_err(trained)
            }
            Kind::Neurons(neurons) => {
                let layer = layer::<F>(name, neurons, options)?;
                network.neurons(layer).map_err(trained)
            }
            other => Err(refused(name, other.name())),
        };
        network = next?;
        if !matches!(flat.nodes[name], Kind::Flatten { .. }) {
            order = Order::channel_last(&shape.output);
        }
        let mut onwards = flat.edges.iter().filter(|(from, _)| from == name);
        let (edge, other) = (onwards.next(), onwards.next());
        if let Some((_, to)) = edge
            && (other.is_some() || flat.sources(to).len() != 1)
        {
            return Err(NirError::Graph(format!("{name}: a network is a chain without branches")));
        }
        match edge {
            None => return Ok(network),
            Some((_, to)) => name = to,
        }
    }
    Err(NirError::Graph("a network is a chain: the graph has a cycle".into()))
}

fn of(e: NirError, name: &str) -> NirError {
    e.of(name)
}

/// Features as a network has them.
fn channel_last(shape: &[usize]) -> Vec<usize> {
    match *shape {
        [c, h, w] => vec![h, w, c],
        _ => shape.to_vec(),
    }
}

/// With weights of all features.
fn all<F: Real>(
    on: &Computer<F>,
    network: Network<F>,
    weight: &Values,
    bias: Option<&Values>,
    order: &Order,
) -> Result<Network<F>, NirError> {
    let &[outputs, inputs] = &weight.shape[..] else {
        let given = format!("of shape {:?}", weight.shape);
        return Err(NirError::field("weights", "weight", given, "a matrix"));
    };
    let columns = order.indices().iter();
    let numbers: Vec<f64> =
        columns.flat_map(|i| (0..outputs).map(move |o| weight.data[o * inputs + i])).collect();
    let window = Window::all(inputs, outputs);
    learned(on, network, window, &numbers, bias.map(|bias| &bias.data[..]))
}

/// With weights that have been learned.
fn learned<F: Real>(
    on: &Computer<F>,
    network: Network<F>,
    window: Window,
    weight: &[f64],
    bias: Option<&[f64]>,
) -> Result<Network<F>, NirError> {
    let mut weights = Weights::new(on, window, 0, 0).map_err(trained)?;
    if bias.is_none() {
        weights = weights.without_bias();
    }
    let mut network = network.with(weights).map_err(trained)?;
    let mut parameters = network.parameters();
    let own = parameters.len() - 1 - usize::from(bias.is_some());
    for ((_, parameter), values) in parameters[own..].iter_mut().zip([Some(weight), bias]) {
        let values: Vec<F> = values.into_iter().flatten().map(|&x| F::from_f64(x)).collect();
        on.write(&mut parameter.value, 0, &values)?;
    }
    Ok(network)
}

fn pooled<F: Real>(
    network: Network<F>,
    name: &str,
    pool: &Pool,
    pooling: Pooling,
) -> Result<Network<F>, NirError> {
    let size = pool.kernel[0];
    match *pool == (Pool { kernel: [size; 2], stride: [size; 2], padding: [0; 2] }) {
        true => network.pool(pooling, size).map_err(trained),
        false => {
            let needed = "a square that does not overlap, without padding";
            Err(NirError::field(name, "the window", format!("{pool:?}"), needed))
        }
    }
}

/// The parameter that all neurons have.
fn uniform(name: &str, field: &str, values: &Values) -> Result<f64, NirError> {
    match values.data.iter().find(|x| **x != values.data[0]) {
        None => Ok(values.data[0]),
        Some(other) => {
            let given = format!("{} and {other}", values.data[0]);
            Err(NirError::field(name, field, given, "the same for all: layers have one value"))
        }
    }
}

/// The layer that does what neurons do.
fn layer<F: Real>(name: &str, neurons: &Neurons, options: &Options) -> Result<Layer, NirError> {
    let value = |field: &'static str| uniform(name, field, neurons.get(field));
    let dt = options.dt;
    let is = |field: &str, given: f64, needed: f64| match (given - needed).abs()
        <= 1e-6 * needed.abs()
    {
        true => Ok(()),
        false => Err(NirError::field(name, field, given, format!("{needed} in a network"))),
    };
    let kind = neurons.kind();
    let rule = match kind.fires() {
        false => Rule::READOUT,
        true => {
            // a network fires at its threshold, a graph above it
            let threshold = value("v_threshold")?;
            let threshold = match F::NAME {
                "f32" => f64::from((threshold as f32).next_up()),
                _ => threshold.next_up(),
            };
            let reset = match options.reset {
                Reset::Value => isospike_layer::Reset::Hard(value("v_reset")?),
                Reset::Subtract => isospike_layer::Reset::Soft,
            };
            Rule { threshold, reset, ..Rule::default() }
        }
    };
    let made = |layer: Result<Layer, LayerError>| layer.map_err(NirError::from);
    let layer = match kind {
        NeuronKind::I | NeuronKind::If => {
            is("r", value("r")? * dt, 1.0)?;
            if kind == NeuronKind::If {
                is("v_reset", rule.rest(), 0.0)?;
            }
            Layer::new(&Integrate)
        }
        NeuronKind::Li | NeuronKind::Lif => {
            is("v_leak", value("v_leak")?, rule.rest())?;
            let (tau, r) = (value("tau")? / dt, value("r")?);
            // what is divided by dt and multiplied by it again may be one rounding off
            let whole = tau.round();
            let tau = if (tau - whole).abs() < 1e-9 * whole { whole } else { tau };
            match is("r", r, 1.0) {
                Ok(()) => made(Layer::new(&Lif::<true>).param("tau", tau))?,
                Err(_) => {
                    is("r", r, tau)?;
                    made(Layer::new(&Lif::<false>).param("tau", tau))?
                }
            }
        }
        NeuronKind::CubaLi | NeuronKind::CubaLif => {
            is("v_leak", value("v_leak")?, 0.0)?;
            is("v_reset", rule.rest(), 0.0)?;
            let [syn, mem] = [value("tau_syn")? / dt, value("tau_mem")? / dt];
            is("r", value("r")?, mem)?;
            is("w_in", value("w_in")?, syn)?;
            let layer = Layer::new(&Cuba).param("c_decay", 1.0 - 1.0 / syn);
            made(layer.and_then(|layer| layer.param("v_decay", 1.0 - 1.0 / mem)))?
        }
    };
    made(layer.rule(rule))
}

fn refused(name: &str, what: &str) -> NirError {
    NirError::Graph(format!("{name}: networks that are trained have no {what}"))
}
