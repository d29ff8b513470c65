//! Arrays in main memory, and what is done to them.

mod maps;
mod memory;
mod passes;
mod pool;

use crate::device::{CpuDevice, memory_of};
use crate::layer::Layers;
use isospike_lane::isa::Isa;
use isospike_layer::compute::{
    Array, ArrayBackward, ArrayForward, Compute, Computer, Format, MapDef, Pooling,
};
use isospike_layer::{Layer, LayerError, Real, Window};
use memory::{Memory, full, full_mut};
use std::any::Any;
use std::sync::Arc;

/// The CPU as a device with arrays.
struct CpuCompute {
    isa: Isa,
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl CpuDevice {
    /// The CPU as a device with arrays.
    pub fn computer<F: Real>(&self) -> Computer<F> {
        Computer::new(Arc::new(CpuCompute { isa: self.isa(), pool: self.shared_pool() }))
    }
}

impl CpuCompute {
    fn layers(&self) -> Layers<'_> {
        Layers { isa: self.isa, pool: self.pool.as_deref() }
    }
}

type Done = Result<(), LayerError>;

impl<F: Real> Compute<F> for CpuCompute {
    fn name(&self) -> String {
        let threads = self.pool.as_ref().map_or(1, |pool| pool.current_num_threads());
        format!("cpu, {threads} threads, {}", self.isa.name())
    }

    fn room(&self, format: Format, len: usize) -> Result<Box<dyn Any + Send>, LayerError> {
        Ok(Box::new(Memory::<F>::new(format, len)?))
    }

    fn write(&self, to: &mut Array<F>, at: usize, numbers: &[F]) -> Done {
        full_mut(to)[at..at + numbers.len()].copy_from_slice(numbers);
        Ok(())
    }

    fn read(&self, from: &Array<F>, at: usize, numbers: &mut [F]) -> Done {
        numbers.copy_from_slice(&full(from)[at..at + numbers.len()]);
        Ok(())
    }

    fn copy(&self, from: (&Array<F>, usize), to: (&mut Array<F>, usize), n: usize) -> Done {
        full_mut(to.0)[to.1..to.1 + n].copy_from_slice(&full(from.0)[from.1..from.1 + n]);
        Ok(())
    }

    fn pack(&self, from: &Array<F>, to: &mut Array<F>) -> Done {
        to.memory_mut::<Memory<F>>().pack(full(from));
        Ok(())
    }

    fn unpack(&self, from: &Array<F>, to: &mut Array<F>) -> Done {
        from.memory::<Memory<F>>().unpack(full_mut(to));
        Ok(())
    }

    fn map(
        &self,
        what: &dyn MapDef,
        numbers: &[F],
        reads: &[&Array<F>],
        changes: &mut [&mut Array<F>],
    ) -> Done {
        let reads: Vec<_> = reads.iter().map(|array| full(array)).collect();
        let changes = changes.iter_mut().map(|array| &mut full_mut(array)[..]).collect();
        maps::run(self.layers(), F::map_rows(what), numbers, &reads, changes);
        Ok(())
    }

    fn weigh(
        &self,
        window: &Window,
        x: &Array<F>,
        weights: &Array<F>,
        bias: Option<&Array<F>>,
        out: &mut Array<F>,
    ) -> Done {
        self.layers().weigh(window, full(x), full(weights), bias.map(full), full_mut(out));
        Ok(())
    }

    fn weigh_back(
        &self,
        window: &Window,
        by_out: &Array<F>,
        weights: &Array<F>,
        by_x: &mut Array<F>,
    ) -> Done {
        self.layers().weigh_back(window, full(by_out), full(weights), full_mut(by_x));
        Ok(())
    }

    fn weigh_learn(
        &self,
        window: &Window,
        x: &Array<F>,
        by_out: &Array<F>,
        by_weights: &mut Array<F>,
    ) -> Done {
        self.layers().weigh_learn(window, full(x), full(by_out), full_mut(by_weights));
        Ok(())
    }

    fn pool(
        &self,
        window: &Window,
        pooling: Pooling,
        x: &Array<F>,
        y: &mut Array<F>,
        which: Option<&mut Array<F>>,
    ) -> Done {
        pool::forward(
            self.layers(),
            window,
            pooling,
            full(x),
            full_mut(y),
            which.map(|all| &mut full_mut(all)[..]),
        );
        Ok(())
    }

    fn pool_back(
        &self,
        window: &Window,
        pooling: Pooling,
        by_y: &Array<F>,
        which: Option<&Array<F>>,
        by_x: &mut Array<F>,
    ) -> Done {
        let which = which.map(full);
        pool::back(self.layers(), window, pooling, full(by_y), which, full_mut(by_x));
        Ok(())
    }

    fn column_sums(&self, x: &Array<F>, sums: &mut Array<F>) -> Done {
        self.layers().column_sums(full(x), full_mut(sums));
        Ok(())
    }

    fn forward(&self, layer: &Layer, pass: ArrayForward<'_, F>) -> Done {
        passes::forward(self.layers(), layer, pass)
    }

    fn backward(&self, layer: &Layer, pass: ArrayBackward<'_, F>) -> Result<Vec<F>, LayerError> {
        passes::backward(self.layers(), layer, pass)
    }

    fn finite(&self, field: &str, x: &Array<F>) -> Done {
        let all = full(x);
        let wild = |x: &F| !x.is_finite();
        // whole chunks first, which the compiler makes vectors of
        let chunk = all.chunks(256).position(|c| c.iter().fold(false, |any, x| any | wild(x)));
        let Some(from) = chunk.map(|c| 256 * c) else { return Ok(()) };
        let index = from + all[from..].iter().position(wild).expect("there is one");
        Err(LayerError::Number { field: field.to_owned(), index, value: all[index].to_f64() })
    }

    fn settle(&self) -> Done {
        Ok(())
    }

    fn memory(&self) -> (Option<u64>, Option<u64>) {
        (memory_of("MemTotal"), memory_of("MemAvailable"))
    }
}
