//! Kernels bound to the buffers of a session.

use crate::driver::{Arg, Driver, Shape, Size};
use crate::layout::Layout;
use crate::memory::Memory;
use crate::text;
use isospike_backend::{Plan, Result};
use std::sync::Arc;

/// Compiled text: the kernels without a model, one module per kind, the kernels of plasticity if
/// there is any.
pub(crate) struct Kernels<D: Driver> {
    common: Arc<D::Module>,
    updates: Vec<Arc<D::Module>>,
    learning: Option<Arc<D::Module>>,
}

impl<D: Driver> Kernels<D> {
    pub(crate) fn build(driver: &D, plan: &Plan, layout: &Layout) -> Result<Self> {
        let kinds = layout.kinds.iter();
        let learning =
            (!layout.teachers.is_empty()).then(|| driver.build(&text::learning(driver, plan)));
        Ok(Kernels {
            common: driver.build(&text::common(driver, plan))?,
            updates: kinds
                .map(|(kind, _)| driver.build(&text::update(driver, plan, layout.row, kind)))
                .collect::<Result<_>>()?,
            learning: learning.transpose()?,
        })
    }
}

/// What is enqueued at a time.
pub(crate) struct Launches<D: Driver> {
    /// A step.
    pub(crate) step: Vec<D::Launch>,
    /// The look for NaN.
    pub(crate) check: Vec<D::Launch>,
    /// Bringing plastic synapses up to date.
    pub(crate) settle: Vec<D::Launch>,
}

/// A heap as an argument.
fn b<B>(heap: &Option<B>) -> Arg<'_, B> {
    Arg::Buffer(heap.as_ref())
}

/// The length of a list as an argument.
fn n<'a, B>(n: usize) -> Arg<'a, B> {
    Arg::Word(n as u32)
}

impl<D: Driver> Launches<D> {
    /// Binds the kernels to the buffers as they are now.
    pub(crate) fn new(
        driver: &D,
        plan: &Plan,
        layout: &Layout,
        memory: &Memory<D>,
        kernels: &Kernels<D>,
    ) -> Result<Self> {
        let shape = driver.shape().for_batch(plan.batch());
        let binder = Binder { driver, shape, plan, layout, m: memory };
        let mut step = vec![binder.list(&kernels.common)?];
        if !layout.pairs.is_empty() {
            step.push(binder.deliver(&kernels.common)?);
        }
        for (kind, module) in kernels.updates.iter().enumerate() {
            step.push(binder.update(kind, module)?);
        }
        let mut settle = Vec::new();
        if let Some(module) = &kernels.learning {
            step.push(binder.learn(module)?);
            settle = vec![binder.settle(module)?, binder.forget(module)?];
        }
        Ok(Launches { step, check: vec![binder.check(&kernels.common)?], settle })
    }
}

/// Binds a kernel at a time.
struct Binder<'a, D: Driver> {
    driver: &'a D,
    shape: Shape,
    plan: &'a Plan,
    layout: &'a Layout,
    m: &'a Memory<D>,
}

impl<D: Driver> Binder<'_, D> {
    /// Kernels that walk synapses: a group per block, or as many as suit the device.
    fn walkers(&self) -> Size {
        match self.shape.owned {
            true => Size { groups: self.plan.layout().blocks.len() as u32, items: 1 },
            false => self.shape.deliver,
        }
    }

    /// Kernels that look at everything, in any order.
    fn sweepers(&self) -> Size {
        Size { groups: 64, items: self.shape.deliver.items }
    }

    fn list(&self, module: &D::Module) -> Result<D::Launch> {
        let m = self.m;
        let args = [
            b(&m.clock),
            b(&m.pieces),
            n(self.layout.pieces.len()),
            b(&m.pairs),
            n(self.layout.pairs.len()),
            b(&m.trains.heads),
            b(&m.trains.steps),
            b(&m.current_steps),
            b(&m.current_values),
            b(&m.base),
            b(&m.now),
            b(&m.counts),
            b(&m.recorded),
            b(&m.running),
            b(&m.places),
        ];
        let size = Size { groups: 1, items: self.shape.list_items };
        self.driver.bind(module, "list", &args, size)
    }

    fn deliver(&self, module: &D::Module) -> Result<D::Launch> {
        let m = self.m;
        let args = [
            b(&m.clock),
            b(&m.pairs),
            n(self.layout.pairs.len()),
            b(&m.tables),
            b(&m.routes),
            b(&m.running),
            b(&m.places),
            b(&m.ring),
            b(&m.trains.ids),
            b(&m.row_start),
            b(&m.index16),
            b(&m.index32),
            b(&m.targets),
            b(&m.packed),
            b(&m.weights8),
            b(&m.weights32),
            b(&m.weights64),
            b(&m.sums),
        ];
        self.driver.bind(module, "deliver", &args, self.walkers())
    }

    fn update(&self, kind: usize, module: &D::Module) -> Result<D::Launch> {
        let m = self.m;
        let (kind, mine) = &self.layout.kinds[kind];
        let args = [
            b(&m.clock),
            b(&m.pieces),
            n(mine.start),
            n(mine.end),
            b(&m.keys),
            b(if kind.state.is_some() { &m.narrow } else { &m.state }),
            b(&m.sums),
            b(&m.each),
            b(&m.params),
            b(&m.drives),
            b(&m.poisson),
            b(&m.base),
            b(&m.now),
            b(&m.counts),
            b(&m.ring),
            b(&m.recorded),
            b(&m.record),
            b(&m.pending),
            b(&m.histories),
            b(&m.post_time),
            b(&m.post_trace),
            b(&m.post_count),
            b(&m.filters),
            b(&m.kernels),
            b(&m.past),
            b(&m.stimuli),
            b(&m.values),
        ];
        let groups = self.layout.groups(mine, &self.shape);
        let size = Size { groups, items: self.shape.update_group() };
        self.driver.bind(module, "update", &args, size)
    }

    fn learn(&self, module: &D::Module) -> Result<D::Launch> {
        let m = self.m;
        let args = [
            b(&m.clock),
            b(&m.teachers),
            n(self.layout.teachers.len()),
            b(&m.tables),
            b(&m.learners),
            b(&m.histories),
            b(&m.pieces),
            b(&m.now),
            b(&m.counts),
            b(&m.ring),
            b(&m.trains.heads),
            b(&m.trains.steps),
            b(&m.trains.ids),
            b(&m.row_start),
            b(&m.index16),
            b(&m.index32),
            b(&m.targets),
            b(&m.params),
            b(&m.weights_plastic),
            b(&m.pre_time),
            b(&m.pre_trace),
            b(&m.post_time),
            b(&m.post_trace),
            b(&m.post_count),
            b(&m.pending),
        ];
        self.driver.bind(module, "learn", &args, self.walkers())
    }

    fn settle(&self, module: &D::Module) -> Result<D::Launch> {
        let m = self.m;
        let args = [
            b(&m.clock),
            b(&m.tables),
            b(&m.learners),
            n(self.layout.learners.len()),
            b(&m.histories),
            b(&m.row_start),
            b(&m.index16),
            b(&m.index32),
            b(&m.targets),
            b(&m.params),
            b(&m.weights_plastic),
            b(&m.pre_time),
            b(&m.pre_trace),
            b(&m.post_time),
            b(&m.post_trace),
            b(&m.post_count),
            b(&m.pending),
        ];
        self.driver.bind(module, "settle", &args, self.walkers())
    }

    fn forget(&self, module: &D::Module) -> Result<D::Launch> {
        let m = self.m;
        let args = [
            b(&m.clock),
            b(&m.histories),
            n(self.layout.histories.len()),
            b(&m.post_time),
            b(&m.post_trace),
            b(&m.post_count),
        ];
        self.driver.bind(module, "forget", &args, self.sweepers())
    }

    fn check(&self, module: &D::Module) -> Result<D::Launch> {
        let m = self.m;
        let pieces = n(self.layout.pieces.len());
        let args = [b(&m.clock), b(&m.pieces), pieces, b(&m.state), b(&m.narrow)];
        self.driver.bind(module, "check", &args, self.sweepers())
    }
}
