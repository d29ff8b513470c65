//! A device on which networks of layers run, by name or by measurement.

use crate::{AUTO, Choice, DeviceOptions, PassedOver, backends, open};
use isospike_backend::{Device, Error, ErrorKind, Result};
use isospike_layer::compute::Computer;
use isospike_layer::{Layer, LayerError, Real, neurons::Lif};
use isospike_train::{Crossover, Network, Tensor, TrainError};

/// A float format that devices have arrays in.
pub trait OnDevices: Real {
    /// The device as one with arrays in this format.
    ///
    /// # Errors
    /// `Unsupported` if it has none.
    fn computer(device: &dyn Device) -> Result<Computer<Self>>;
}

impl OnDevices for f32 {
    fn computer(device: &dyn Device) -> Result<Computer<f32>> {
        device.computer_f32()
    }
}

impl OnDevices for f64 {
    fn computer(device: &dyn Device) -> Result<Computer<f64>> {
        device.computer_f64()
    }
}

/// A device with arrays by name, as [`open`] knows it: `cpu`, `opencl:0:0`, `cuda:0`. A device that
/// was named is used or refused, never replaced. [`AUTO`] is the fastest, as [`computer_for`] finds
/// it, for 64 items that go through 256 inputs, 256 leaky neurons and 10, in 16 steps: a stated
/// network, since there is none yet. Nothing but time depends on the choice.
///
/// ```
/// use isospike::{DeviceOptions, computer};
/// use isospike::train::{Network, Tensor};
///
/// let (on, choice) = computer::<f32>("auto", &DeviceOptions::default())?;
/// println!("{}", choice.expect("it was not named").why);
/// let y = Network::new(&on, &[2], 1).linear(3)?.infer(&Tensor::zeros(1, 1, &[2]))?;
/// assert_eq!(y.features(), [3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`open`], and `Unsupported` if the device has no arrays in this format.
pub fn computer<F: OnDevices>(
    name: &str,
    options: &DeviceOptions,
) -> Result<(Computer<F>, Option<Choice>)> {
    if name != AUTO {
        return Ok((F::computer(&*open(name, options)?)?, None));
    }
    let found = Found::<F>::all(options)?;
    let stated = |on: &Computer<F>| {
        let lif = Layer::new(&Lif::<false>);
        Network::new(on, &[256], 1).linear(256)?.neurons(lif.clone())?.linear(10)?.neurons(lif)
    };
    let ramp: Vec<F> = (0..256).map(|i| F::from_f64(f64::from(i) / 128.0)).collect();
    let sample = Tensor::repeated(16, 1, &[256], &ramp).map_err(of_training)?;
    let mut network = stated(&found.computers[0]).map_err(of_training)?;
    let (computer, choice) = found.fastest(&mut network, &sample, 64)?;
    Ok((computer, Some(choice)))
}

/// The device on which so many items at once go fastest through a network: measured on every device
/// of this build that opens, with the items of `sample` again and again, as [`Crossover::measure`]
/// does. The network stays where it is, reset; [`Network::move_to`] takes it there.
///
/// # Errors
/// If no device has arrays in this format, or memory for so many items; those of the network.
pub fn computer_for<F: OnDevices>(
    network: &mut Network<F>,
    sample: &Tensor<F>,
    items: usize,
    options: &DeviceOptions,
) -> Result<(Computer<F>, Choice)> {
    Found::all(options)?.fastest(network, sample, items)
}

/// Devices with arrays, by name.
struct Found<F> {
    names: Vec<String>,
    computers: Vec<Computer<F>>,
    passed_over: Vec<PassedOver>,
}

impl<F: OnDevices> Found<F> {
    fn all(options: &DeviceOptions) -> Result<Self> {
        let mut found = Found { names: Vec::new(), computers: Vec::new(), passed_over: Vec::new() };
        for backend in backends(options) {
            let devices = backend.devices();
            found.passed_over.extend(PassedOver::absent(backend.name(), &devices));
            for (index, info) in devices.list.iter().enumerate() {
                let device = format!("{}:{}", backend.name(), info.address);
                match backend.open(index).and_then(|device| F::computer(&*device)) {
                    Ok(computer) => {
                        found.names.push(device);
                        found.computers.push(computer);
                    }
                    Err(error) => {
                        let reason = error.to_string();
                        found.passed_over.push(PassedOver { device, reason });
                    }
                }
            }
        }
        match found.names.is_empty() {
            false => Ok(found),
            true => {
                let each = found.passed_over.iter().map(|p| format!("{}: {}", p.device, p.reason));
                let each = each.collect::<Vec<_>>().join("; ");
                let message =
                    format!("device \"auto\": no device has arrays in {}: {each}", F::NAME);
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }

    fn fastest(
        mut self,
        network: &mut Network<F>,
        sample: &Tensor<F>,
        items: usize,
    ) -> Result<(Computer<F>, Choice)> {
        let crossover = Crossover::measure(network, sample, &self.computers, &[items]);
        let crossover = crossover.map_err(of_training)?;
        let Some(fastest) = crossover.fastest(items) else {
            let message = format!("device \"auto\": no device has memory for {items} items");
            return Err(Error::new(ErrorKind::OutOfMemory, message));
        };
        let seconds = &crossover.measured()[0].seconds;
        let took = |i: usize| match seconds[i] {
            Some(seconds) => format!("{items} items took it {seconds:.3e} s"),
            None => format!("it has no memory for {items} items"),
        };
        let others = (0..self.names.len()).filter(|&i| i != fastest);
        let others = others.map(|i| PassedOver { device: self.names[i].clone(), reason: took(i) });
        self.passed_over.extend(others.collect::<Vec<_>>());
        let why = match self.names.len() {
            1 => format!("{}; it is the only one with arrays in {}", took(fastest), F::NAME),
            _ => format!("{}, the least", took(fastest)),
        };
        let device = self.names.swap_remove(fastest);
        let choice = Choice { device, why, passed_over: self.passed_over };
        Ok((self.computers.swap_remove(fastest), choice))
    }
}

fn of_training(error: TrainError) -> Error {
    let kind = match &error {
        TrainError::Layer(LayerError::Memory { .. }) => ErrorKind::OutOfMemory,
        TrainError::Layer(LayerError::Device(_)) => ErrorKind::Device,
        _ => ErrorKind::Invalid,
    };
    Error::new(kind, error.to_string())
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_replaced_and_a_choice_says_why() {
        let options = DeviceOptions { threads: 1, ..DeviceOptions::default() };
        let (on, choice) = computer::<f64>("cpu", &options).expect("it is there");
        assert!(on.name().contains("1 threads") && choice.is_none());
        for name in ["cpu:7", "tpu", "AUTO"] {
            assert!(computer::<f32>(name, &options).is_err(), "{name}");
        }
        let (chosen, choice) = computer::<f32>(AUTO, &options).expect("there is a CPU");
        let choice = choice.expect("it was not named");
        assert!(choice.why.contains("64 items took it"), "{}", choice.why);

        let mut network = Network::new(&chosen, &[3], 1).linear(2).expect("it fits");
        let sample = Tensor::zeros(1, 1, &[3]);
        let (_, choice) = computer_for(&mut network, &sample, 5, &options).expect("it runs");
        assert!(choice.why.contains("5 items took it"), "{}", choice.why);
        let wrong = Tensor::zeros(1, 1, &[4]);
        let error = computer_for(&mut network, &wrong, 5, &options).expect_err("4 features");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}
