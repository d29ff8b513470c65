//! Graphs that run.

use crate::delay::Delay;
use crate::flat::Flat;
use crate::kernels::Add;
use crate::order::Order;
use crate::schedule::Schedule;
use crate::shapes::{Shape, infer};
use crate::work::{Making, Reorder, Work, delay_steps};
use crate::{Graph, Kind, NirError, Options};
use isospike_layer::Real;
use isospike_layer::compute::{Array, Category, Computer};
use std::collections::{BTreeMap, BTreeSet};

/// A graph on a device, step by step. It gives the same bits on every device.
///
/// In a step each node is computed once, sources before what they go to: spikes pass all nodes in
/// the step in which they arise. Of a cycle, the edge that leads back to where a walk from the
/// inputs entered it is recurrent: it brings what its source gave in the previous step, zeros in
/// the first. The walk goes depth first, from the inputs and along edges in the order of names. A
/// cycle through a delay of a step or more needs none.
pub struct Model<F> {
    on: Computer<F>,
    items: usize,
    nodes: Vec<Node<F>>,
    /// What each node gave in its last step.
    outs: Vec<Array<F>>,
    inputs: BTreeMap<String, usize>,
    outputs: Vec<String>,
    recurrent: Vec<(String, String)>,
}

struct Node<F> {
    name: String,
    shape: Shape,
    /// The order of what it gives.
    order: Order,
    sources: Vec<(usize, Option<Reorder<F>>)>,
    /// What it is given, unless that is just what one other node gives.
    sum: Option<Array<F>>,
    work: Work<F>,
}

/// What is to be known of each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch<'a> {
    /// What a node gives.
    Output(&'a str),
    /// The potentials of neurons after the step, and after their reset.
    Potential(&'a str),
}

impl<F: Real> Model<F> {
    /// Of a graph, for so many items side by side that do not see each other.
    ///
    /// # Errors
    /// What [`shapes`](crate::shapes()) says, if a parameter cannot be used, or if the device has
    /// no room.
    pub fn new(
        on: &Computer<F>,
        graph: &Graph,
        options: &Options,
        items: usize,
    ) -> Result<Self, NirError> {
        options.check()?;
        let flat = Flat::new(graph)?;
        let shapes = infer(&flat)?;
        let inputs = graph.names(|kind| matches!(kind, Kind::Input { .. }));
        let mut late = BTreeSet::new();
        for (name, kind) in &flat.nodes {
            if let Kind::Delay { delay } = kind
                && Delay::<F>::is_late(&delay_steps(name, delay, options)?)
            {
                late.insert(name.as_str());
            }
        }
        let schedule = Schedule::new(&flat, &inputs, &late);
        let places: BTreeMap<_, _> =
            schedule.order.iter().enumerate().map(|(i, name)| (*name, i)).collect();
        let orders = orders(&flat, &schedule, &shapes);
        let outputs = graph.names(|kind| matches!(kind, Kind::Output { .. }));
        let own = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        let mut model = Model {
            on: on.clone(),
            items,
            nodes: Vec::new(),
            outs: Vec::new(),
            inputs: inputs.iter().map(|name| ((*name).to_owned(), places[name])).collect(),
            outputs: outputs.into_iter().map(str::to_owned).collect(),
            recurrent: schedule.recurrent.iter().map(own).collect(),
        };
        for (i, &name) in schedule.order.iter().enumerate() {
            let (shape, (given, order)) = (&shapes[name], &orders[name]);
            let mut sources = Vec::new();
            for from in flat.sources(name) {
                let reorder = match &orders[from].1 {
                    same if same == given => None,
                    other => Some(Reorder::new(on, other, given)?),
                };
                sources.push((places[from], reorder));
            }
            let making = Making { on, options, items, name, shape, given };
            let work = match model.inputs.contains_key(name) {
                true => Work::Input,
                false => Work::new(flat.nodes[name], &making)?,
            };
            let is_direct = matches!(sources[..], [(from, None)] if from != i);
            let sum = match is_direct || matches!(work, Work::Input) {
                true => None,
                false => Some(on.zeros(Category::Work, items * given.count())?),
            };
            let (name, shape, order) = (name.to_owned(), shape.clone(), order.clone());
            model.outs.push(on.zeros(Category::Work, items * order.count())?);
            model.nodes.push(Node { name, shape, order, sources, sum, work });
        }
        Ok(model)
    }

    /// Names of the graph's inputs, and their shapes.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.inputs.iter().map(|(name, &i)| (name.as_str(), &self.nodes[i].shape.output[..]))
    }

    /// Names of the graph's outputs.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// Names of all nodes, in the order in which a step computes them.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.name.as_str())
    }

    /// Edges that bring the previous step's value: from, to.
    pub fn recurrent(&self) -> &[(String, String)] {
        &self.recurrent
    }

    /// Whether a node has potentials.
    pub fn has_potential(&self, name: &str) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.any(|node| node.name == name && matches!(node.work, Work::Cells(_)))
    }

    /// Whether a node has neurons that fire.
    pub fn fires(&self, name: &str) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.any(|node| {
            node.name == name && matches!(&node.work, Work::Cells(cells) if cells.fires())
        })
    }

    /// The shape of what a node gives.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.nodes.iter().find(|node| node.name == name).map(|node| &node.shape.output[..])
    }

    /// Begins anew.
    ///
    /// # Errors
    /// Those of the device.
    pub fn reset(&mut self) -> Result<(), NirError> {
        for (node, out) in self.nodes.iter_mut().zip(&mut self.outs) {
            node.work.reset(&self.on)?;
            self.on.fill(out, F::default())?;
        }
        Ok(())
    }

    /// Goes on for so many steps. Each input is given as `[T, B, ...]`, the shape of the input
    /// innermost; what is watched comes back so.
    ///
    /// # Errors
    /// If an input is missing, of another length or not one of the graph, if there is no such node
    /// to be watched, if a number is not finite, or those of the device.
    pub fn run(
        &mut self,
        steps: usize,
        inputs: &[(&str, &[F])],
        watch: &[Watch<'_>],
    ) -> Result<Vec<Vec<F>>, NirError> {
        let on = self.on.clone();
        let given = self.given(steps, inputs)?;
        let watched = watch.iter().map(|&w| self.watched(w)).collect::<Result<Vec<_>, _>>()?;
        let room = |&(i, _): &(usize, bool)| on.room(Category::Work, steps * self.outs[i].len());
        let mut seen = watched.iter().map(room).collect::<Result<Vec<_>, _>>()?;
        for t in 0..steps {
            for (i, x) in &given {
                let n = self.outs[*i].len();
                on.copy((x, t * n), (&mut self.outs[*i], 0), n)?;
            }
            self.step(&on)?;
            for (&(i, potential), all) in watched.iter().zip(&mut seen) {
                let now = match &self.nodes[i].work {
                    Work::Cells(cells) if potential => cells.potential(),
                    _ => &self.outs[i],
                };
                on.copy((now, 0), (all, t * now.len()), now.len())?;
            }
        }
        let mut all = Vec::new();
        for ((i, potential), seen) in watched.into_iter().zip(seen) {
            let node = &self.nodes[i];
            let what = if potential { "a potential" } else { "what is given" };
            on.finite(&format!("{}, {what}", node.name), &seen)?;
            all.push(node.order.to_graph(&on.numbers(&seen)?));
        }
        on.settle()?;
        Ok(all)
    }

    /// Inputs on the device, with the places of their nodes.
    fn given(
        &self,
        steps: usize,
        inputs: &[(&str, &[F])],
    ) -> Result<Vec<(usize, Array<F>)>, NirError> {
        let mut given = Vec::new();
        if let Some((other, _)) = inputs.iter().find(|(name, _)| !self.inputs.contains_key(*name)) {
            let has: Vec<_> = self.inputs.keys().map(String::as_str).collect();
            let why = format!("there is no input {other}; there is {}", has.join(", "));
            return Err(NirError::Graph(why));
        }
        for (name, &i) in &self.inputs {
            let Some((_, x)) = inputs.iter().find(|(given, _)| given == name) else {
                return Err(NirError::missing(name, "what is given"));
            };
            let shape = &self.nodes[i].shape.output;
            if x.len() != steps * self.outs[i].len() {
                let needed = format!("{steps} steps of {} items of {shape:?}", self.items);
                let count = format!("{} numbers", x.len());
                return Err(NirError::field(name, "what is given", count, needed));
            }
            if let Some(k) = x.iter().position(|x| !x.is_finite()) {
                let (step, item) = (k / self.outs[i].len(), k % self.outs[i].len());
                let found = format!("{} in step {step}, place {item}", x[k]);
                return Err(NirError::field(name, "what is given", found, "finite"));
            }
            let x = self.nodes[i].order.to_device(x);
            given.push((i, self.on.array(Category::Work, &x)?));
        }
        Ok(given)
    }

    /// The place of a node, and whether potentials are meant.
    fn watched(&self, watch: Watch<'_>) -> Result<(usize, bool), NirError> {
        let (Watch::Output(name) | Watch::Potential(name)) = watch;
        let Some(i) = self.nodes.iter().position(|node| node.name == name) else {
            return Err(NirError::Graph(format!("there is no node {name}")));
        };
        let potential = matches!(watch, Watch::Potential(_));
        if potential && !self.has_potential(name) {
            return Err(NirError::Graph(format!("{name} has no potentials")));
        }
        Ok((i, potential))
    }

    fn step(&mut self, on: &Computer<F>) -> Result<(), NirError> {
        for (i, node) in self.nodes.iter_mut().enumerate() {
            match node.work {
                Work::Input => continue,
                Work::Delay { late: true, .. } => {
                    node.work.step(on, &node.name, None, &mut self.outs[i])?;
                    continue;
                }
                _ => node.gather(on, &self.outs)?,
            }
            match &node.sum {
                Some(sum) => node.work.step(on, &node.name, Some(sum), &mut self.outs[i])?,
                None => {
                    let both = self.outs.get_disjoint_mut([node.sources[0].0, i]);
                    let [x, out] = both.expect("a node and another");
                    node.work.step(on, &node.name, Some(x), out)?;
                }
            }
        }
        for node in &mut self.nodes {
            if matches!(node.work, Work::Delay { late: true, .. }) {
                node.gather(on, &self.outs)?;
                let x = node.sum.as_ref().unwrap_or_else(|| &self.outs[node.sources[0].0]);
                if let Work::Delay { delay, .. } = &mut node.work {
                    delay.push(on, x)?;
                }
            }
        }
        Ok(())
    }
}

impl<F: Real> Node<F> {
    /// Sums what its sources give, in the order of their names.
    fn gather(&mut self, on: &Computer<F>, outs: &[Array<F>]) -> Result<(), NirError> {
        let Some(sum) = &mut self.sum else { return Ok(()) };
        for (k, (from, reorder)) in self.sources.iter().enumerate() {
            let from = &outs[*from];
            match (k, reorder) {
                (0, None) => on.copy((from, 0), (sum, 0), from.len())?,
                (0, Some(reorder)) => reorder.run(on, from, sum)?,
                (_, None) => on.map(Add, [], [from], [sum])?,
                (_, Some(reorder)) => {
                    let mut ordered = on.room(Category::Work, from.len())?;
                    reorder.run(on, from, &mut ordered)?;
                    on.map(Add, [], [&ordered], [sum])?;
                }
            }
        }
        Ok(())
    }
}

/// For each node the order of what it is given and of what it gives. What works number by number
/// takes the order of its first source that is computed before it, and so does what sees all.
fn orders<'a>(
    flat: &'a Flat<'_>,
    schedule: &Schedule<'a>,
    shapes: &BTreeMap<String, Shape>,
) -> BTreeMap<&'a str, (Order, Order)> {
    let mut orders: BTreeMap<&str, (Order, Order)> = BTreeMap::new();
    for &name in &schedule.order {
        let shape = &shapes[name];
        let mut sources = flat.sources(name).into_iter();
        let first = sources.find_map(|from| orders.get(from).map(|(_, gives)| gives.clone()));
        let own = Order::channel_last(&shape.input);
        let both = match flat.nodes[name] {
            Kind::Conv1d(_) | Kind::Conv2d(_) | Kind::SumPool2d(_) | Kind::AvgPool2d(_) => {
                (own, Order::channel_last(&shape.output))
            }
            Kind::Affine { .. } | Kind::Linear { .. } => {
                (first.unwrap_or(own), Order::channel_last(&shape.output))
            }
            _ => {
                let given = first.unwrap_or(own);
                (given.clone(), given)
            }
        };
        orders.insert(name, both);
    }
    orders
}
