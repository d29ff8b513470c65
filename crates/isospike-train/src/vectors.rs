//! Vectors by number, and which of them point the same way.

use crate::table::{Table, norm};
use crate::{Stored, Tensor, TrainError, encode};
use isospike_lane::{Key, Purpose, distribution, word};
use isospike_layer::Window;
use isospike_layer::compute::{Category, Computer};

/// Rows that are compared at once.
const ROWS: usize = 4096;

/// A row of the table, and the cosine of its angle to what was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Its number.
    pub id: usize,
    /// The cosine.
    pub cosine: f64,
}

/// How a vector becomes spikes. A vector x is first brought between 0 and 1: (1 + x / a) / 2, where
/// a is its largest magnitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// [`encode::poisson`] with a seed and the number of the item.
    Poisson {
        /// Seed.
        seed: u64,
        /// Number of the item.
        item: u32,
    },
    /// [`encode::latency`].
    Latency,
    /// [`encode::population`] with so many neurons for each number.
    Population {
        /// Neurons, at least 3.
        neurons: usize,
    },
}

/// A table of vectors, `[V, D]`, such as embeddings of tokens: looked up, averaged, searched by
/// cosine, turned into spikes.
///
/// The table is in main memory. A search brings rows, 4096 at a time, to the device in full width
/// for their products with the query: each is +0 plus x\[d] q\[d] for d upwards, in f32, on every
/// device, so cosines are the same to the bit.
///
/// ```
/// use isospike_cpu::{Cpu, CpuDevice};
/// use isospike_train::{Stored, VectorEngine};
///
/// let on = CpuDevice::new(Cpu::with_threads(1))?.computer();
/// let rows = [[1.0, 0.0], [0.0, 2.0], [3.0, 3.0], [-1.0, 0.0]];
/// let engine = VectorEngine::from_rows(&on, 2, rows.as_flattened(), Stored::F16)?;
/// let near: Vec<_> = engine.top_k(&[0.1, 1.0], 2)?.iter().map(|near| near.id).collect();
/// assert_eq!(near, [1, 2]);
/// assert_eq!(engine.mean_pool(&[0, 1])?, [0.5, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct VectorEngine {
    on: Computer<f32>,
    table: Table,
}

impl VectorEngine {
    /// So many random vectors, uniform on \[-1, 1). The seed and the number of a vector decide
    /// about it, not how many there are.
    ///
    /// # Errors
    /// If there are none, or they have no numbers, or more than 32 bits count.
    pub fn new_random(
        on: &Computer<f32>,
        vectors: usize,
        width: usize,
        seed: u64,
        stored: Stored,
    ) -> Result<Self, TrainError> {
        let [v, d] = [vectors, width].map(u32::try_from);
        let (Ok(1..), Ok(1..)) = (&v, &d) else {
            let given = [vectors, width];
            return Err(TrainError::shape("the table", &given, "1 to 2^32 - 1 of each"));
        };
        let draw = |id: usize, d: usize| {
            let draw = Purpose::Training.draw(5);
            let u: f32 = distribution::uniform(word(Key(seed), 0, draw, id as u32, d as u32));
            u + u - 1.0
        };
        let mut table = Table::new(width, stored);
        for id in 0..vectors {
            table.push(&(0..width).map(|d| draw(id, d)).collect::<Vec<_>>())?;
        }
        Ok(VectorEngine { on: on.clone(), table })
    }

    /// Given vectors, one after the other.
    ///
    /// # Errors
    /// If they are not at least one whole row, a number is not finite or beyond the format, or a
    /// row is 0, as it is stored.
    pub fn from_rows(
        on: &Computer<f32>,
        width: usize,
        rows: &[f32],
        stored: Stored,
    ) -> Result<Self, TrainError> {
        if width == 0 || rows.is_empty() || !rows.len().is_multiple_of(width) {
            let needed = format!("whole rows of {width} numbers, at least one");
            return Err(TrainError::shape("the table", &[rows.len()], needed));
        }
        let mut table = Table::new(width, stored);
        rows.chunks(width).try_for_each(|row| table.push(row))?;
        Ok(VectorEngine { on: on.clone(), table })
    }

    /// Vectors V.
    pub fn vectors(&self) -> usize {
        self.table.rows()
    }

    /// Numbers D of a vector.
    pub fn width(&self) -> usize {
        self.table.width()
    }

    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        self.table.bytes()
    }

    /// Searches on another device from now on.
    pub fn move_to(&mut self, on: &Computer<f32>) {
        self.on = on.clone();
    }

    /// Vectors by number, `[1, B, D]`.
    ///
    /// # Errors
    /// If there is no vector with a number.
    pub fn gather(&self, ids: &[usize]) -> Result<Tensor<f32>, TrainError> {
        let mut all = Tensor::zeros(1, ids.len(), &[self.width()]);
        for (&id, row) in ids.iter().zip(all.data.chunks_mut(self.width())) {
            if id >= self.vectors() {
                let (value, allowed) = (id as f64, "must be below the number of vectors");
                return Err(TrainError::Value { field: "the number of a vector", value, allowed });
            }
            self.table.read(id, row);
        }
        Ok(all)
    }

    /// The mean of vectors: summed in f64 in the order of their numbers, rounded once.
    ///
    /// # Errors
    /// If there are none, and as [`VectorEngine::gather`].
    pub fn mean_pool(&self, ids: &[usize]) -> Result<Vec<f32>, TrainError> {
        if ids.is_empty() {
            return Err(TrainError::shape("what a mean is of", &[0], "at least one vector"));
        }
        let all = self.gather(ids)?.data;
        let sum = |d: usize| {
            all.iter().skip(d).step_by(self.width()).fold(0.0, |sum, &x| sum + f64::from(x))
        };
        Ok((0..self.width()).map(|d| (sum(d) / ids.len() as f64) as f32).collect())
    }

    /// The k vectors with the largest cosine to a query, the largest first, of equal ones the first
    /// in the table. A cosine is the product of the two by the product of their norms, in f64.
    ///
    /// # Errors
    /// If k is 0 or above the number of vectors, the query has other numbers than D, one that is
    /// not finite, or only zeros, or a product is beyond f32; those of the device.
    pub fn top_k(&self, query: &[f32], k: usize) -> Result<Vec<Near>, TrainError> {
        self.nearest(query, k, &[])
    }

    /// What is to c as b is to a: the k vectors nearest to c + b - a, but for these three.
    ///
    /// # Errors
    /// As [`VectorEngine::gather`] and [`VectorEngine::top_k`].
    pub fn analogy(&self, a: usize, b: usize, c: usize, k: usize) -> Result<Vec<Near>, TrainError> {
        let all = self.gather(&[a, b, c])?.data;
        let at = |i: usize, d: usize| all[i * self.width() + d];
        let query: Vec<_> = (0..self.width()).map(|d| at(2, d) + at(1, d) - at(0, d)).collect();
        self.nearest(&query, k, &[a, b, c])
    }

    fn nearest(&self, query: &[f32], k: usize, but: &[usize]) -> Result<Vec<Near>, TrainError> {
        let (on, width) = (&self.on, self.width());
        if query.len() != width {
            let needed = format!("{width} numbers, as the vectors have");
            return Err(TrainError::shape("the query", &[query.len()], needed));
        }
        let ids: Vec<usize> = (0..self.vectors()).filter(|id| !but.contains(id)).collect();
        if k == 0 || k > ids.len() {
            let needed = format!("1 to {}, vectors that there are", ids.len());
            return Err(TrainError::shape("k", &[k], needed));
        }
        let weights = on.array(Category::Work, query)?;
        on.finite("the query", &weights)?;
        on.settle()?;
        let length = norm(query);
        if length == 0.0 {
            let (field, allowed) =
                ("the norm of the query", "must be > 0: a cosine needs a direction");
            return Err(TrainError::Value { field, value: 0.0, allowed });
        }
        let mut near = Vec::with_capacity(ids.len());
        let mut rows = vec![0.0; ROWS.min(ids.len()) * width];
        for ids in ids.chunks(ROWS) {
            let rows = &mut rows[..ids.len() * width];
            rows.chunks_mut(width).zip(ids).for_each(|(row, &id)| self.table.read(id, row));
            let x = on.array(Category::Work, rows)?;
            let mut products = on.room(Category::Work, ids.len())?;
            on.weigh(&Window::all(width, 1), &x, &weights, None, &mut products)?;
            on.finite("the product of a vector and the query", &products)?;
            let cosines = on.numbers(&products)?.into_iter().zip(ids).map(|(product, &id)| {
                // -0 is 0
                let cosine = f64::from(product) / (self.table.norm(id) * length) + 0.0;
                Near { id, cosine }
            });
            near.extend(cosines);
        }
        let order = |a: &Near, b: &Near| b.cosine.total_cmp(&a.cosine).then(a.id.cmp(&b.id));
        near.select_nth_unstable_by(k - 1, order);
        near.truncate(k);
        near.sort_unstable_by(order);
        Ok(near)
    }

    /// A vector as spikes, `[T, 1, D]`, or `[T, 1, D, neurons]` of a population.
    ///
    /// # Errors
    /// If it has other numbers than D, or all are 0, and those of the encoder.
    pub fn encode(
        &self,
        vector: &[f32],
        steps: usize,
        encoding: Encoding,
    ) -> Result<Tensor<f32>, TrainError> {
        let most = vector.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        if most == 0.0 {
            let (field, allowed) = ("the largest magnitude of a vector", "must be > 0");
            return Err(TrainError::Value { field, value: 0.0, allowed });
        }
        let within = vector.iter().map(|x| 0.5 * (1.0 + x / most)).collect();
        let x = Tensor::new(1, 1, &[self.width()], within)?;
        match encoding {
            Encoding::Poisson { seed, item } => encode::poisson(&x, steps, seed, item),
            Encoding::Latency => encode::latency(&x, steps),
            Encoding::Population { neurons } => encode::population(&x, 0.0..=1.0, neurons, steps),
        }
    }
}
