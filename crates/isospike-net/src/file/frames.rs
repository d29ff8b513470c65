//! Stimuli from arrays: a value per neuron and step, of one of several networks, in channels.

use super::data::Files;
use super::fields::{Fields, numbers, whole};
use super::npy::{self, tuple};
use crate::NetError;
use ::toml::Value as Toml;
use std::cell::RefCell;
use std::io::Read;

/// What stands beside a file of frames.
pub(super) const KEYS: [&str; 2] = ["network", "channels"];

/// Values `[step][neuron]`: given so, or from an array `[neuron, step]`, `[neuron, step, network]`
/// or `[neuron, step, channel, network]`, of which `network` is taken and `channels` weighs and
/// sums the channels.
pub(super) fn frames(f: &Fields<'_>, files: &Files<'_>, size: u32) -> Result<Vec<f64>, NetError> {
    let network = f.map("network", |path, v| whole(path, v, u32::MAX.into()))?;
    let channels = f.map("channels", |path, v| numbers(path, v, ""))?;
    f.need("frames", |path, v| match v {
        Toml::String(file) if Files::is_array(file) => {
            let wanted = Wanted { size: size as usize, network, channels: channels.as_deref() };
            files.read_array(path, file, |data| wanted.read(data))
        }
        _ => match KEYS.into_iter().find(|k| f.get(k).is_some()) {
            None => numbers(path, v, ""),
            Some(key) => {
                let allowed = "is for arrays in files, of 3 or 4 dimensions";
                Err(NetError::value(f.path(key), "given", allowed))
            }
        },
    })
}

/// What is taken of an array.
struct Wanted<'a> {
    size: usize,
    network: Option<u64>,
    channels: Option<&'a [f64]>,
}

/// Where it lies in an array that has it.
#[derive(Default)]
struct Taken {
    network: usize,
    values: Vec<f64>,
}

impl Wanted<'_> {
    fn read(&self, mut data: &mut dyn Read) -> Result<Vec<f64>, String> {
        let taken = RefCell::new(Taken::default());
        let accept = |shape: &[usize]| {
            let accepted = self.accept(shape).map_err(|e| {
                let shape = tuple(shape);
                format!(" has shape {shape}: {e}")
            });
            *taken.borrow_mut() = accepted?;
            Ok(())
        };
        let add = |at: &[usize], x: f64| {
            let Taken { network, values } = &mut *taken.borrow_mut();
            let (at, network_of, weight) = match *at {
                [i] => (i, *network, 1.0),
                [neuron, step] => (step * self.size + neuron, *network, 1.0),
                [neuron, step, n] => (step * self.size + neuron, n, 1.0),
                [neuron, step, channel, n] => {
                    let weight = self.channels.map_or(1.0, |c| c[channel]);
                    (step * self.size + neuron, n, weight)
                }
                _ => return Err(": it has more than four dimensions".into()),
            };
            if network_of == *network {
                values[at] += weight * x;
            }
            Ok(())
        };
        npy::read_array(&mut data, 1..=4, accept, add)?;
        Ok(taken.into_inner().values)
    }

    /// Room for what is taken of an array of this shape.
    fn accept(&self, shape: &[usize]) -> Result<Taken, String> {
        let (neurons, steps, channels, networks) = match *shape {
            [n] => (self.size, n.div_ceil(self.size.max(1)), None, None),
            [neurons, steps] => (neurons, steps, None, None),
            [neurons, steps, networks] => (neurons, steps, None, Some(networks)),
            [neurons, steps, channels, networks] => {
                (neurons, steps, Some(channels), Some(networks))
            }
            _ => return Err("must have at most four dimensions".into()),
        };
        if neurons != self.size {
            return Err(format!("must have a row per neuron ({})", self.size));
        }
        match (channels, self.channels) {
            (None, Some(_)) => return Err("has no channels, but `channels` is given".into()),
            (Some(n), None) => {
                return Err(format!("has {n} channels: weights are needed, `channels = [..]`"));
            }
            (Some(n), Some(given)) if given.len() != n => {
                return Err(format!(
                    "has {n} channels, but `channels` has {} weights",
                    given.len()
                ));
            }
            _ => {}
        }
        let network = match (networks, self.network) {
            (None, None) | (Some(1), None) => 0,
            (Some(n), Some(k)) if k < n as u64 => k as usize,
            (None, Some(_)) => return Err("holds one network, but `network` is given".into()),
            (Some(n), None) => return Err(format!("holds {n} networks: say which, `network = 0`")),
            (Some(n), Some(k)) => {
                return Err(format!(
                    "network = {k}: must be between 0 and {}",
                    n.saturating_sub(1)
                ));
            }
        };
        let len = match *shape {
            [n] => Some(n),
            _ => neurons.checked_mul(steps),
        };
        let mut values = Vec::new();
        let room = len.and_then(|n| values.try_reserve_exact(n).ok().map(|()| n));
        values.resize(room.ok_or("no memory for so many values")?, 0.0);
        Ok(Taken { network, values })
    }
}
