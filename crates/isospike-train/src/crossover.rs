//! Which device is the fastest for how many items: measured.

use crate::{Network, Tensor, TrainError};
use isospike_layer::compute::Computer;
use isospike_layer::{LayerError, Real};
use std::fmt;
use std::time::Instant;

/// Times of one batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Items of the batch.
    pub items: usize,
    /// Seconds on each device; none where there is no memory for so many.
    pub seconds: Vec<Option<f64>>,
}

/// From how many items on which device is the fastest. The choice changes no bit of what is
/// computed; it is the same for the same times.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossover {
    devices: Vec<String>,
    measured: Vec<Measured>,
}

impl Crossover {
    /// Of times that were measured before.
    ///
    /// # Errors
    /// If there are no devices, or there is not a time for each, or no time is a positive number.
    pub fn new(devices: Vec<String>, mut measured: Vec<Measured>) -> Result<Self, TrainError> {
        if devices.is_empty() || measured.is_empty() {
            let given = [devices.len(), measured.len()];
            return Err(TrainError::shape("devices and batches", &given, "at least 1 of each"));
        }
        for m in &measured {
            if m.seconds.len() != devices.len() {
                let needed = format!("{}, one for each device", devices.len());
                return Err(TrainError::shape("the times of a batch", &[m.seconds.len()], needed));
            }
            let wrong = |&s: &f64| !(s.is_finite() && s > 0.0);
            if let Some(value) = m.seconds.iter().flatten().copied().find(wrong) {
                let allowed = "must be finite and > 0";
                return Err(TrainError::Value { field: "seconds", value, allowed });
            }
        }
        measured.sort_by_key(|m| m.items);
        Ok(Crossover { devices, measured })
    }

    /// Moves a network to each device in turn and takes the time of [`Network::infer`], with what
    /// goes there and comes back: the least of three, after one that is not counted. Batches are
    /// made of the items of `sample`, again and again. In the end the network is where it was, and
    /// reset.
    ///
    /// # Errors
    /// If there are no devices, no batches or no items, and those of the network, but for
    /// [`LayerError::Memory`].
    pub fn measure<F: Real>(
        network: &mut Network<F>,
        sample: &Tensor<F>,
        devices: &[Computer<F>],
        items: &[usize],
    ) -> Result<Self, TrainError> {
        if sample.items() == 0 || items.contains(&0) {
            return Err(TrainError::shape("a batch", &[0], "at least one item"));
        }
        let each: Vec<_> = (0..sample.items()).map(|i| sample.item(i)).collect();
        let none = |&items: &usize| Measured { items, seconds: vec![None; devices.len()] };
        let mut measured: Vec<_> = items.iter().map(none).collect();
        let home = network.device().clone();
        network.reset();
        let mut run = || {
            for m in &mut measured {
                let batch: Vec<_> = each.iter().cycle().take(m.items).cloned().collect();
                let batch = Tensor::beside(&batch)?;
                for (device, seconds) in devices.iter().zip(&mut m.seconds) {
                    *seconds = room(network.move_to(device).and_then(|()| time(network, &batch)))?;
                    network.reset();
                }
            }
            Ok(())
        };
        let done = run();
        network.reset();
        network.move_to(&home)?;
        done.and_then(|()| Crossover::new(devices.iter().map(Computer::name).collect(), measured))
    }

    /// The devices, as they call themselves.
    pub fn devices(&self) -> &[String] {
        &self.devices
    }

    /// All times, from the smallest batch to the largest.
    pub fn measured(&self) -> &[Measured] {
        &self.measured
    }

    /// The place of the device for so many items: the fastest with the largest batch that was
    /// measured and has no more of them, or with the smallest of all; the first of equals. None if
    /// no device has memory for that.
    pub fn fastest(&self, items: usize) -> Option<usize> {
        let below = self.measured.iter().rev().find(|m| m.items <= items);
        let seconds = &below.unwrap_or(&self.measured[0]).seconds;
        let all = seconds.iter().enumerate().filter_map(|(i, s)| Some((i, (*s)?)));
        all.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
    }

    /// From how many items on which device, or none, is taken.
    pub fn ranges(&self) -> Vec<(usize, Option<usize>)> {
        let mut all: Vec<(usize, Option<usize>)> = Vec::new();
        for m in &self.measured {
            let device = self.fastest(m.items);
            if all.last().is_none_or(|last| last.1 != device) {
                all.push((m.items, device));
            }
        }
        all
    }
}

/// None where there is no memory.
fn room(seconds: Result<f64, TrainError>) -> Result<Option<f64>, TrainError> {
    match seconds {
        Ok(seconds) => Ok(Some(seconds)),
        Err(TrainError::Layer(LayerError::Memory { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

fn time<F: Real>(network: &mut Network<F>, x: &Tensor<F>) -> Result<f64, TrainError> {
    let mut least = f64::INFINITY;
    for round in 0..4 {
        network.reset();
        let start = Instant::now();
        network.infer(x)?;
        if round > 0 {
            least = least.min(start.elapsed().as_secs_f64());
        }
    }
    // a clock may be coarse
    Ok(least.max(1e-9))
}

impl fmt::Display for Crossover {
    /// The times, and what follows from them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for m in &self.measured {
            write!(f, "{} items:", m.items)?;
            for (device, seconds) in self.devices.iter().zip(&m.seconds) {
                match seconds {
                    Some(seconds) => write!(f, " {device} {seconds:.3e} s;")?,
                    None => write!(f, " {device} has no room;")?,
                }
            }
            writeln!(f)?;
        }
        let ranges = self.ranges();
        for (i, (from, device)) in ranges.iter().enumerate() {
            let device = device.map_or("none", |device| &self.devices[device]);
            let end = if i + 1 < ranges.len() { "\n" } else { "" };
            write!(f, "from {from} items on: {device}{end}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(items: usize, seconds: &[Option<f64>]) -> Measured {
        Measured { items, seconds: seconds.to_vec() }
    }

    #[test]
    fn the_fastest_of_the_largest_batch_below_is_taken() {
        let devices = ["a", "b", "c"].map(str::to_owned).to_vec();
        let measured = vec![
            times(100, &[None, None, None]),
            times(8, &[Some(4.0), Some(2.0), Some(3.0)]),
            times(1, &[Some(1.0), Some(1.0), Some(2.0)]),
            times(64, &[Some(9.0), None, Some(7.0)]),
        ];
        let crossover = Crossover::new(devices.clone(), measured).expect("positive");
        let taken = [0, 1, 7, 8, 63, 64, 99, 100].map(|n| crossover.fastest(n));
        let [a, b, c] = [Some(0), Some(1), Some(2)];
        assert_eq!(taken, [a, a, a, b, b, c, c, None]);
        assert_eq!(crossover.ranges(), [(1, a), (8, b), (64, c), (100, None)]);
        let said = crossover.to_string();
        assert!(said.contains("64 items: a 9.000e0 s; b has no room; c 7.000e0 s;"), "{said}");
        assert!(said.ends_with("from 64 items on: c\nfrom 100 items on: none"), "{said}");

        assert!(Crossover::new(Vec::new(), vec![times(1, &[])]).is_err());
        assert!(Crossover::new(devices.clone(), Vec::new()).is_err());
        assert!(Crossover::new(devices.clone(), vec![times(1, &[Some(1.0)])]).is_err());
        let negative = vec![times(1, &[Some(-1.0), None, None])];
        assert!(Crossover::new(devices, negative).is_err());
    }
}
