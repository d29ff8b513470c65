//! Bytes, counted where arrays are made and dropped.

use crate::LayerError;
use std::sync::{Arc, Mutex, PoisonError};

/// What an array is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// What is learned, and the derivatives by it.
    Weights,
    /// What an optimiser remembers.
    Optimiser,
    /// What neurons and delays remember.
    State,
    /// What is kept for the backward pass.
    Saved,
    /// Activations, derivatives by them, and what is needed for a moment.
    Work,
}

impl Category {
    /// All of them.
    pub const ALL: [Category; 5] =
        [Category::Weights, Category::Optimiser, Category::State, Category::Saved, Category::Work];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Category::Weights => "weights",
            Category::Optimiser => "optimiser",
            Category::State => "state",
            Category::Saved => "saved",
            Category::Work => "work",
        }
    }
}

/// Bytes of arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// That there are now.
    pub now: u64,
    /// The most there were.
    pub peak: u64,
}

impl Bytes {
    fn add(&mut self, bytes: u64) {
        self.now += bytes;
        self.look();
    }

    fn look(&mut self) {
        self.peak = self.peak.max(self.now);
    }
}

/// Bytes of all arrays of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// All arrays. The peak is that of the sum, not the sum of peaks.
    pub all: Bytes,
    /// By category, in the order of [`Category::ALL`].
    pub by_category: [Bytes; 5],
}

impl MemoryUse {
    /// Of one category.
    pub fn of(&self, category: Category) -> Bytes {
        self.by_category[category as usize]
    }
}

/// Counts bytes, up to a limit if there is one.
#[derive(Debug, Default)]
pub(super) struct Meter {
    memory: Mutex<MemoryUse>,
    limit: Option<u64>,
}

impl Meter {
    pub(super) fn limited(limit: u64) -> Meter {
        Meter { limit: Some(limit), ..Meter::default() }
    }

    fn with<R>(&self, change: impl FnOnce(&mut MemoryUse) -> R) -> R {
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn limit(&self) -> Option<u64> {
        self.limit
    }

    pub(super) fn now(&self) -> MemoryUse {
        self.with(|now| *now)
    }

    /// Peaks are what there is now.
    pub(super) fn forget_peaks(&self) {
        self.with(|memory| {
            let all = [&mut memory.all].into_iter().chain(&mut memory.by_category);
            all.for_each(|bytes| bytes.peak = bytes.now);
        });
    }
}

/// Bytes of an array, as long as there is one.
pub(super) struct Held {
    meter: Arc<Meter>,
    category: Category,
    bytes: u64,
}

impl Held {
    /// Bytes of an array that is about to be made.
    ///
    /// # Errors
    /// If they are beyond the limit.
    pub(super) fn new(
        meter: &Arc<Meter>,
        category: Category,
        bytes: u64,
    ) -> Result<Held, LayerError> {
        meter.with(|memory| {
            let now = memory.all.now;
            if let Some(limit) = meter.limit.filter(|&limit| bytes > limit.saturating_sub(now)) {
                let said = format!("the limit is {limit} bytes, and {now} are taken");
                return Err(LayerError::Memory { needed: bytes, said });
            }
            memory.all.now += bytes;
            memory.by_category[category as usize].now += bytes;
            Ok(())
        })?;
        Ok(Held { meter: meter.clone(), category, bytes })
    }

    /// The array is there: it counts towards peaks.
    pub(super) fn made(self) -> Held {
        self.meter.with(|memory| {
            memory.all.look();
            memory.by_category[self.category as usize].look();
        });
        self
    }
}

impl Held {
    pub(super) fn category(&self) -> Category {
        self.category
    }

    /// The same bytes for something else.
    pub(super) fn assign(&mut self, category: Category) {
        self.meter.with(|memory| {
            memory.by_category[self.category as usize].now -= self.bytes;
            memory.by_category[category as usize].add(self.bytes);
        });
        self.category = category;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.meter.with(|memory| {
            memory.all.now -= self.bytes;
            memory.by_category[self.category as usize].now -= self.bytes;
        });
    }
}
