//! Many items through a network, in batches of any size.

use crate::{Network, Tensor, TrainError};
use isospike_layer::{LayerError, Real};

/// What a network made of items, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Batches<F> {
    /// Of each item, `[T, 1, features...]`, in the order in which items were given.
    pub outputs: Vec<Tensor<F>>,
    /// Items at once in the end.
    pub batch_size: usize,
    /// How it came to be fewer than were asked for.
    pub halved: Vec<Halved>,
}

/// A batch for which there was no memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Halved {
    /// The place of its first item in the order in which items were given.
    pub at: usize,
    /// Its items.
    pub from: usize,
    /// Items of the batches since.
    pub to: usize,
    /// What the device said.
    pub why: LayerError,
}

/// Takes items through a network as it is ([`Network::infer`]): `item` gives `[T, 1, features...]`
/// of each number in `which`. Every batch begins with a [reset](Network::reset), and nothing is
/// left behind, so what comes of an item is the same, to the bit, in whatever order and company,
/// with every batch size and on every device. An item that is encoded by chance should draw by its
/// number, as [`encode::poisson`](crate::encode::poisson) does with `first_item`.
///
/// A batch for which there is no memory is halved, and so are those after it; the result says so.
///
/// ```
/// use isospike_cpu::{Cpu, CpuDevice};
/// use isospike_layer::{Layer, neurons::Lif};
/// use isospike_train::{Network, Tensor, batch_process, encode};
///
/// let on = CpuDevice::new(Cpu::with_threads(1))?.computer();
/// let mut network = Network::new(&on, &[2], 1).linear(3)?.neurons(Layer::new(&Lif::<false>))?;
/// let item = |i: usize| {
///     let x = Tensor::new(1, 1, &[2], vec![0.5f32, i as f32 / 10.0])?;
///     encode::poisson(&x, 20, 7, i as u32)
/// };
/// let together = batch_process(&mut network, &[0, 1, 2, 3, 4], 5, item)?;
/// let alone = batch_process(&mut network, &[3], 1, item)?;
/// assert_eq!(alone.outputs[0], together.outputs[3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the batch size is 0, an item is not one item or of other steps than those beside it, and
/// those of `item` and of the network; [`LayerError::Memory`] if there is none for a single item.
pub fn batch_process<F: Real>(
    network: &mut Network<F>,
    which: &[usize],
    batch_size: usize,
    item: impl Fn(usize) -> Result<Tensor<F>, TrainError>,
) -> Result<Batches<F>, TrainError> {
    if batch_size == 0 {
        return Err(TrainError::Value {
            field: "batch_size",
            value: 0.0,
            allowed: "must be at least 1",
        });
    }
    let outputs = Vec::with_capacity(which.len());
    let mut batches = Batches { outputs, batch_size, halved: Vec::new() };
    while batches.outputs.len() < which.len() {
        let at = batches.outputs.len();
        let n = batches.batch_size.min(which.len() - at);
        let items = which[at..at + n].iter().map(|&i| item(i)).collect::<Result<Vec<_>, _>>()?;
        let x = Tensor::beside(&items)?;
        drop(items);
        network.reset();
        let y = network.infer(&x);
        network.reset();
        match y {
            Ok(y) => batches.outputs.extend((0..n).map(|i| y.item(i))),
            Err(TrainError::Layer(why @ LayerError::Memory { .. })) if n > 1 => {
                let to = n.div_ceil(2);
                batches.halved.push(Halved { at, from: n, to, why });
                batches.batch_size = to;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(batches)
}
