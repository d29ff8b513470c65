//! From networks to graphs.

use crate::order::Order;
use crate::{
    Conv, Graph, Kind, Method, NeuronKind, Neurons, NirError, Options, Padding, Pool, Reset,
    Stored, Values,
};
use isospike_layer::compute::Pooling;
use isospike_layer::{Layer, Real, Window};
use isospike_train::{Delay, Dropout, Module, Network, TrainError, Weights};
use std::any::Any;

/// A network as a graph, with steps of `dt`, and how the graph is run to do the same: nodes are
/// called as modules are, "0.linear", after "input" and before "output". Pictures are channel-first
/// in the graph.
///
/// # Errors
/// If a module is nothing that NIR has, if some neurons are reset to a value and others down by
/// their threshold, or those of the device.
pub fn export<F: Real>(network: &mut Network<F>, dt: f64) -> Result<(Graph, Options), NirError> {
    let mut export = Export {
        dt,
        stored: if F::NAME == "f32" { Stored::F32 } else { Stored::F64 },
        next_down: next_down::<F>,
        features: network.input().to_vec(),
        nodes: Vec::new(),
        reset: None,
    };
    Options { dt, ..Options::default() }.check()?;
    let on = network.device().clone();
    let mut numbers = Vec::new();
    for (name, parameter) in network.parameters() {
        let values: Vec<f64> = on.numbers(&parameter.value)?.iter().map(|x| x.to_f64()).collect();
        numbers.push((name, values));
    }
    let shape = channel_first(&export.features);
    export.nodes.push(("input".to_owned(), Kind::Input { shape }));
    for (i, module) in network.modules().iter().enumerate() {
        let name = format!("{i}.{}", module.name());
        let learned = |what: &str| {
            let of = format!("{name}.{what}");
            numbers.iter().find(|(name, _)| *name == of).map(|(_, values)| values.clone())
        };
        export.module(&name, &**module, learned)?;
        export.features = module.output(&export.features).map_err(trained)?;
    }
    let shape = channel_first(&export.features);
    export.nodes.push(("output".to_owned(), Kind::Output { shape }));
    let graph = Graph::chain(export.nodes.iter().map(|(name, kind)| (name.as_str(), kind.clone())));
    let reset = export.reset.unwrap_or_default();
    Ok((graph, Options { dt, method: Method::Euler, reset }))
}

/// What training says.
pub(super) fn trained(e: TrainError) -> NirError {
    match e {
        TrainError::Layer(e) => e.into(),
        e => NirError::Graph(e.to_string()),
    }
}

/// Features of a picture `[H, W, C]` as a graph has them; others as they are.
fn channel_first(features: &[usize]) -> Vec<usize> {
    match *features {
        [h, w, c] => vec![c, h, w],
        _ => features.to_vec(),
    }
}

/// The largest number below another.
fn next_down<F: Real>(x: f64) -> f64 {
    if F::NAME == "f32" { f64::from((x as f32).next_down()) } else { x.next_down() }
}

struct Export {
    dt: f64,
    stored: Stored,
    next_down: fn(f64) -> f64,
    /// Of what comes next, pictures channel-last.
    features: Vec<usize>,
    nodes: Vec<(String, Kind)>,
    reset: Option<Reset>,
}

impl Export {
    fn module<F: Real>(
        &mut self,
        name: &str,
        module: &dyn Module<F>,
        learned: impl Fn(&str) -> Option<Vec<f64>>,
    ) -> Result<(), NirError> {
        let any: &dyn Any = module;
        let kind = if let Some(weights) = any.downcast_ref::<Weights<F>>() {
            let weight = learned("weight").expect("weights have them");
            self.weights(name, weights.window(), &weight, learned("bias"))?
        } else if let Some(neurons) = any.downcast_ref::<isospike_train::Neurons<F>>() {
            Kind::Neurons(self.neurons::<F>(name, neurons.layer())?)
        } else if let Some(pool) = any.downcast_ref::<isospike_train::Pool<F>>() {
            let (kernel, stride) = ([pool.size(); 2], [pool.size(); 2]);
            let of = Pool { kernel, stride, padding: [0; 2] };
            match pool.pooling() {
                Pooling::Average => Kind::AvgPool2d(of),
                Pooling::Sum => Kind::SumPool2d(of),
                Pooling::Max => return Err(refused(name, "a pool of maxima")),
            }
        } else if let Some(delay) = any.downcast_ref::<Delay<F>>() {
            let shape = channel_first(&self.features);
            Kind::Delay { delay: Values::filled(&shape, delay.steps() as f64 * self.dt) }
        } else if any.is::<Dropout<F>>() {
            return Ok(());
        } else {
            return Err(refused(name, module.name()));
        };
        self.nodes.push((name.to_owned(), kind));
        Ok(())
    }

    fn values(&self, shape: &[usize], data: Vec<f64>) -> Values {
        Values::new(shape, data, self.stored)
    }

    fn weights(
        &mut self,
        name: &str,
        window: &Window,
        weight: &[f64],
        bias: Option<Vec<f64>>,
    ) -> Result<Kind, NirError> {
        let outputs = window.outputs;
        if [window.height, window.width] != [1, 1] {
            let [down, across] = window.kernel;
            let channels = window.channels;
            let taps = down * across;
            let at = |i: usize| {
                let (o, c, tap) = (i / taps / channels, i / taps % channels, i % taps);
                weight[(tap * channels + c) * outputs + o]
            };
            let data = (0..weight.len()).map(at).collect();
            return Ok(Kind::Conv2d(Conv {
                input: Some(vec![window.height, window.width]),
                weight: self.values(&[outputs, channels, down, across], data),
                bias: self.values(&[outputs], bias.unwrap_or_else(|| vec![0.0; outputs])),
                stride: window.stride.to_vec(),
                padding: Padding::Each(window.padding.to_vec()),
                dilation: vec![1; 2],
                groups: 1,
            }));
        }
        let inputs = window.channels;
        let picture = channel_first(&self.features);
        if picture.len() > 1 {
            let flatten = Kind::Flatten { input: Some(picture.clone()), start: 0, end: -1 };
            self.nodes.push((format!("{name}.flatten"), flatten));
        }
        // which feature of the graph each of the network is
        let order = Order::channel_last(&picture);
        let mut data = vec![0.0; inputs * outputs];
        for (at, &i) in order.indices().iter().enumerate() {
            for o in 0..outputs {
                data[o * inputs + i] = weight[at * outputs + o];
            }
        }
        let weight = self.values(&[outputs, inputs], data);
        Ok(match bias {
            Some(bias) => Kind::Affine { weight, bias: self.values(&[outputs], bias) },
            None => Kind::Linear { weight },
        })
    }

    fn neurons<F: Real>(&mut self, name: &str, layer: &Layer) -> Result<Neurons, NirError> {
        let (dt, rest) = (self.dt, layer.rest());
        let shape = channel_first(&self.features);
        let firing = layer.firing::<F>();
        let threshold = firing.threshold.to_f64();
        let fires = threshold != f64::INFINITY;
        let value = |parameter| layer.value(parameter).map_err(NirError::from);
        let (reads, fires_not, mut all) = match layer.neuron().name() {
            "if" => (NeuronKind::If, NeuronKind::I, vec![("r", 1.0 / dt)]),
            kind @ ("lif" | "lif_undecayed") => {
                let tau = value("tau")?;
                let r = if kind == "lif" { 1.0 } else { tau };
                let all = vec![("tau", dt * tau), ("r", r), ("v_leak", rest)];
                (NeuronKind::Lif, NeuronKind::Li, all)
            }
            "cuba" => {
                let (c_decay, v_decay) = (value("c_decay")?, value("v_decay")?);
                let [syn, mem] = [c_decay, v_decay].map(|decay| 1.0 / (1.0 - decay));
                let all = vec![
                    ("tau_syn", dt * syn),
                    ("tau_mem", dt * mem),
                    ("r", mem),
                    ("v_leak", 0.0),
                    ("w_in", syn),
                ];
                (NeuronKind::CubaLif, NeuronKind::CubaLi, all)
            }
            other => return Err(refused(name, other)),
        };
        if rest != 0.0 && reads != NeuronKind::Lif {
            let needed = "0: neurons of a graph that do not leak to it begin there";
            return Err(NirError::field(name, "where a hard reset goes", rest, needed));
        }
        if fires {
            let reset = match (firing.hard.to_f64() > 0.0, firing.drop.to_f64() != 0.0) {
                (true, _) => Reset::Value,
                (false, true) => Reset::Subtract,
                (false, false) => return Err(refused(name, "neurons that fire without a reset")),
            };
            if *self.reset.get_or_insert(reset) != reset {
                let needed = "the same for all neurons: a graph does not tell them apart";
                return Err(NirError::field(name, "reset", format!("{reset:?}"), needed));
            }
            all.push(("v_threshold", (self.next_down)(threshold)));
            all.push(("v_reset", rest));
        }
        let kind = if fires { reads } else { fires_not };
        // times keep what single precision would round
        let filled = all.into_iter().map(|(field, x)| (field, Values::filled(&shape, x)));
        Neurons::new(kind, filled).map_err(|e| e.of(name))
    }
}

fn refused(name: &str, what: &str) -> NirError {
    NirError::Graph(format!("{name}: NIR has no node for {what}"))
}
