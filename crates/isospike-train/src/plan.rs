//! How much memory a network will need, before there is any.

use crate::{Network, Optimiser, Storage, Tensor, TrainError};
use isospike_lane::Half;
use isospike_layer::compute::{Computer, Counter, Format, MemoryUse};
use isospike_layer::{Keep, Real};

/// What a network is run for.
#[derive(Clone, Copy)]
pub enum Run<'a, F> {
    /// [`Network::infer`].
    Inference,
    /// [`Network::forward`], [`Network::backward`] and [`Network::step`], with such an optimiser.
    Training(&'a dyn Fn() -> Box<dyn Optimiser<F>>),
}

/// The bytes that a network has on a device once `make` has made it and batches of so many items
/// have gone through so many steps, by category: now, after a batch, and at the peak. The same code
/// runs on a [`Counter`], so it is what [`Computer::memory`] says, to the byte, of a device that
/// has nothing else. What training with clipped norms or a second network needs beside is not in
/// it, nor is host memory (inputs and outputs, which planning needs too), nor what a device takes
/// inside of one operation or keeps for the next.
///
/// ```
/// use isospike_layer::{Layer, compute::Category, neurons::Lif};
/// use isospike_train::{Adam, Network, Run, plan};
///
/// let make = |on: &_| Network::new(on, &[10], 1).linear(5)?.neurons(Layer::new(&Lif::<true>));
/// let adam = || Box::new(Adam::<f32>::default()) as _;
/// let memory = plan(make, 8, 32, Run::Training(&adam))?;
/// // 50 weights and 5 biases with their derivatives, and two moments each
/// assert_eq!(memory.of(Category::Weights).now, 4 * 2 * 55);
/// assert_eq!(memory.of(Category::Optimiser).now, 4 * 2 * 55);
/// # Ok::<(), isospike_train::TrainError>(())
/// ```
///
/// # Errors
/// If the network cannot be made, or cannot be given so many items.
pub fn plan<F: Real>(
    make: impl Fn(&Computer<F>) -> Result<Network<F>, TrainError>,
    steps: usize,
    items: usize,
    run: Run<'_, F>,
) -> Result<MemoryUse, TrainError> {
    let on = Counter::computer::<F>();
    let mut network = make(&on)?;
    let x = Tensor::zeros(steps, items, network.input());
    let mut optimiser = match run {
        Run::Inference => None,
        Run::Training(make) => Some(make()),
    };
    // what the first batch leaves behind, such as moments, is there during the second
    for _ in 0..2 {
        network.reset();
        match &mut optimiser {
            None => drop(network.infer(&x)?),
            Some(optimiser) => {
                let y = network.forward(&x)?;
                network.backward(&y)?;
                network.step(&mut **optimiser, 0.0)?;
            }
        }
    }
    Ok(on.memory())
}

/// How a network fits into a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// How is stored what training keeps, for [`Network::store`].
    pub storage: Storage,
    /// Items at once.
    pub items: usize,
    /// The bytes it will need.
    pub memory: MemoryUse,
}

/// The first of these that needs no more than `budget` bytes at its peak, as [`plan`] counts them:
///
/// 1. spikes as bits, all potentials kept ([`Storage::default`]): nothing is computed twice;
/// 2. spikes as bits, the state every sqrt(T) steps and what lies between computed again, which
///    saves potentials where a neuron keeps its inputs anyway;
/// 3. of f32, all potentials rounded to bf16;
/// 4. half the items, rounded up, with 1, 2 and then 3; a quarter; down to one.
///
/// The first two change no bit of what is computed. The third moves derivatives a little, and
/// smaller batches take other steps: training looks at both only if `lossy` asks for them. In
/// inference fewer items at once change nothing, since
/// [`batch_process`](crate::batch_process) takes them one batch after the other.
///
/// # Errors
/// [`TrainError::Budget`] if none of them fits: it says what the least of them needs. As [`plan`].
pub fn fit<F: Real>(
    make: impl Fn(&Computer<F>) -> Result<Network<F>, TrainError>,
    steps: usize,
    items: usize,
    run: Run<'_, F>,
    budget: u64,
    lossy: bool,
) -> Result<Fit, TrainError> {
    let every = (1..).find(|k| k * k >= steps).expect("there is a root");
    let (inference, spikes) = (matches!(run, Run::Inference), Format::Bits);
    let storages = [Keep::Potentials, Keep::StateEvery(every), Keep::Rounded(Half::BF16)]
        .map(|neurons| Storage { spikes, neurons });
    let storages = &storages[..match inference {
        true => 1,
        false if lossy && F::NAME == "f32" => 3,
        false => 2,
    }];
    let mut at_once = items.max(1);
    let mut least = (u64::MAX, at_once);
    loop {
        for &storage in storages {
            let make = |on: &Computer<F>| Ok(make(on)?.store(storage));
            let memory = plan(make, steps, at_once, run)?;
            if memory.all.peak <= budget {
                return Ok(Fit { storage, items: at_once, memory });
            }
            least = least.min((memory.all.peak, at_once));
        }
        if at_once == 1 || !(inference || lossy) {
            let (least, items) = least;
            return Err(TrainError::Budget { budget, least, items });
        }
        at_once = at_once.div_ceil(2);
    }
}
