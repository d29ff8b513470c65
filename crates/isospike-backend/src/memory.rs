//! The memory plan: every buffer by name, before anything is allocated.
//!
//! Planned bytes cover what is there while a session runs: the arrays the network was given, what
//! the plan keeps, and every buffer of the session. They do not cover the program itself, spikes
//! that are pushed into a session (12 bytes each; on a device with room for as many again, and
//! while that room grows all spikes of sources are there twice) or taken out of it, and what comes
//! and goes while the plan is made: 4 bytes per given edge, 8 bytes per accumulator and thread for
//! the proof that none overflows, 40 MB or a twentieth of a table where targets draw their sources.
//! Those are in the peaks of [`Phases`](crate::plan::Phases).

use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Arrays the network was given: edges, values per neuron, spikes.
    Network,
    /// Connections and their weights.
    Synapses,
    /// State and constants of neurons.
    Neurons,
    /// Accumulators and the spikes that are under way.
    Delivery,
    /// Recorded spikes.
    Recording,
    /// Working space.
    Scratch,
}

impl Group {
    /// All groups, in the order of this list.
    pub const ALL: [Group; 6] = [
        Group::Network,
        Group::Synapses,
        Group::Neurons,
        Group::Delivery,
        Group::Recording,
        Group::Scratch,
    ];

    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Group::Network => "network",
            Group::Synapses => "synapses",
            Group::Neurons => "neurons",
            Group::Delivery => "delivery",
            Group::Recording => "recording",
            Group::Scratch => "scratch",
        }
    }
}

/// A buffer of the plan.
#[derive(Clone, Debug, Serialize)]
pub struct Buffer {
    /// Population or projection it belongs to.
    pub owner: String,
    /// What it holds.
    pub name: String,
    /// What it is for.
    pub group: Group,
    /// Element type: `"f32"`, `"u16"`, ...
    pub element: &'static str,
    /// Number of elements.
    pub count: u64,
    /// Bytes, with room that an array the network was given has and does not use.
    pub bytes: u64,
    /// What a device session calls the one allocation in which this lies beside others of the kind.
    #[serde(skip)]
    pub heap: String,
}

/// Whose buffers a plan counts: it depends on the kind of session that will run it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Buffers {
    /// Of a session that uses the plan's own tables, with a set of buffers per block: the CPU's.
    #[default]
    Host,
    /// Of a session that copies everything to the memory of a device, into few big buffers.
    Device,
    /// Of a session that uses the plan's own tables, with one array per thing to remember
    /// ([`crate::plan::plain`]): a backend's beginnings.
    Plain,
}

impl Buffers {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Buffers::Host => "host",
            Buffers::Device => "device",
            Buffers::Plain => "plain",
        }
    }
}

/// All buffers of a plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MemoryPlan {
    /// Whose buffers they are.
    pub whose: Buffers,
    /// In plan order.
    pub buffers: Vec<Buffer>,
}

impl MemoryPlan {
    pub(crate) fn add<T>(&mut self, group: Group, owner: &str, name: &str, count: usize) {
        self.add_to::<T>(name, group, owner, name, count);
    }

    /// Adds a buffer to a heap of a device session that has another name.
    pub(crate) fn add_to<T>(
        &mut self,
        heap: &str,
        group: Group,
        owner: &str,
        name: &str,
        count: usize,
    ) {
        if count > 0 {
            let [owner, name, heap] = [owner, name, heap].map(str::to_owned);
            let element = std::any::type_name::<T>().rsplit("::").next().unwrap_or("?");
            let bytes = (count as u64).saturating_mul(size_of::<T>() as u64);
            let count = count as u64;
            self.buffers.push(Buffer { owner, name, group, element, count, bytes, heap });
        }
    }

    /// Adds an array that is there already, with what it has allocated.
    pub(crate) fn hold<T>(&mut self, group: Group, owner: &str, name: &str, v: &Vec<T>) {
        self.add::<T>(group, owner, name, v.len());
        if let Some(buffer) = self.buffers.last_mut().filter(|_| !v.is_empty()) {
            buffer.bytes = (v.capacity() * size_of::<T>()) as u64;
        }
    }

    /// Sum over all buffers (bytes).
    pub fn total_bytes(&self) -> u64 {
        self.buffers.iter().map(|b| b.bytes).fold(0, u64::saturating_add)
    }

    /// Sum over the buffers of a group (bytes).
    pub fn group_bytes(&self, group: Group) -> u64 {
        self.buffers.iter().filter(|b| b.group == group).map(|b| b.bytes).sum()
    }

    /// The largest single allocation of a device session: its name and bytes.
    pub fn largest_heap(&self) -> Option<(&str, u64)> {
        let mut heaps = BTreeMap::<_, u64>::new();
        for b in &self.buffers {
            let bytes = heaps.entry((&*b.heap, b.element)).or_default();
            *bytes = bytes.saturating_add(b.bytes);
        }
        heaps.into_iter().map(|((heap, _), bytes)| (heap, bytes)).max_by_key(|heap| heap.1)
    }

    /// Buffers, biggest first.
    pub fn biggest_first(&self) -> Vec<&Buffer> {
        let mut v: Vec<_> = self.buffers.iter().collect();
        v.sort_by_key(|b| std::cmp::Reverse(b.bytes));
        v
    }

    /// Refuses a plan above the limit, naming the biggest buffers. The total is what the plan
    /// needs, or, `at_least`, a part of it.
    pub(crate) fn check(&self, limit: Option<u64>, at_least: bool) -> Result<()> {
        let (total, limit) = (self.total_bytes(), limit.unwrap_or(u64::MAX));
        if total <= limit {
            return Ok(());
        }
        let needs = format!("{}{}", if at_least { "at least " } else { "" }, human(total));
        let biggest = self.biggest_first();
        let biggest: Vec<_> = biggest
            .iter()
            .take(3)
            .map(|b| format!("{} {} {}", b.owner, b.name, human(b.bytes)))
            .collect();
        let message = format!(
            "the plan needs {needs} but the memory limit is {}; biggest: {}",
            human(limit),
            biggest.join(", ")
        );
        Err(Error::new(ErrorKind::MemoryLimit, message)
            .with("requested", format_args!("{total} bytes"))
            .with("available", format_args!("{limit} bytes")))
    }
}

/// Bytes for people: `1.2 GB` (powers of ten).
pub fn human(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let (mut x, mut u) = (bytes as f64, 0);
    while x >= 1000.0 && u + 1 < units.len() {
        x /= 1000.0;
        u += 1;
    }
    if u == 0 { format!("{bytes} B") } else { format!("{x:.2} {}", units[u]) }
}

/// A count for people: 1234567 as `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// A measured number for people: with four significant digits and no zeros at the end.
pub fn digits(x: f64) -> String {
    let text = match x.abs() {
        a if a >= 1000.0 => format!("{x:.0}"),
        a if a >= 100.0 => format!("{x:.1}"),
        a if a >= 10.0 => format!("{x:.2}"),
        a if a >= 1.0 => format!("{x:.3}"),
        _ => format!("{x:.4}"),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 298_880_968].map(thousands), ["0", "999", "298,880,968"]);
        assert_eq!([999, 1_500, 2_000_000_000].map(human), ["999 B", "1.50 kB", "2.00 GB"]);
        assert_eq!([2.46813, 250.0, 0.0, 1e6].map(digits), ["2.468", "250", "0", "1000000"]);
    }
}
