//! What memory is used for.

use isospike_layer::Real;
use isospike_layer::compute::{Bytes, Category, Computer, MemoryUse};
use std::fmt;

/// Bytes on a device, as a table when it is displayed.
///
/// ```
/// use isospike_layer::compute::{Category, Counter};
/// use isospike_train::MemoryReport;
///
/// let on = Counter::computer::<f32>().limited(1 << 20);
/// let array = on.room(Category::Weights, 1000)?;
/// let report = MemoryReport::new(&on, None);
/// assert_eq!((report.used.all.now, report.free), (4000, Some((1 << 20) - 4000)));
/// println!("{report}");
/// # Ok::<(), isospike_layer::LayerError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryReport {
    /// The device, as it calls itself.
    pub device: String,
    /// What arrays have now, and had at most.
    pub used: MemoryUse,
    /// What was planned, if something was.
    pub planned: Option<MemoryUse>,
    /// Bytes of the device in all, if it says so.
    pub total: Option<u64>,
    /// Bytes of it that are free, for whomever, if it says so.
    pub free: Option<u64>,
}

impl MemoryReport {
    /// Of a device as it is now, beside what was [planned](crate::plan).
    pub fn new<F: Real>(on: &Computer<F>, planned: Option<MemoryUse>) -> Self {
        let (total, free) = on.capacity();
        MemoryReport { device: on.name(), used: on.memory(), planned, total, free }
    }

    /// The part of the device's memory that arrays have now.
    pub fn utilisation(&self) -> Option<f64> {
        self.total.filter(|&total| total > 0).map(|total| self.used.all.now as f64 / total as f64)
    }
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.device)?;
        writeln!(f, "{:<10}{:>16}{:>16}{:>16}", "bytes", "allocated", "peak", "planned peak")?;
        let row = |name: &str, of: &dyn Fn(&MemoryUse) -> Bytes| {
            let used = of(&self.used);
            let planned = said(self.planned.as_ref().map(|planned| of(planned).peak));
            format!("{name:<10}{:>16}{:>16}{planned:>16}", used.now, used.peak)
        };
        for category in Category::ALL {
            writeln!(f, "{}", row(category.name(), &|memory| memory.of(category)))?;
        }
        writeln!(f, "{}", row("all", &|memory| memory.all))?;
        write!(f, "of the device: total {}, free {}", said(self.total), said(self.free))
    }
}

fn said(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "not said".to_owned(), |bytes| bytes.to_string())
}
