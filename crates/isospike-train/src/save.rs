//! Files of what was learned.

use crate::{Network, TrainError};
use isospike_layer::Real;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::path::{Path, PathBuf};

impl<F: Real> Network<F> {
    /// Writes all parameters and running statistics to a file in the format of
    /// [safetensors](https://github.com/huggingface/safetensors), named as
    /// [`parameters`](Network::parameters) and [`statistics`](Network::statistics) name them. The
    /// file is written under another name first, so that there is never half of it.
    ///
    /// ```
    /// use isospike_cpu::{Cpu, CpuDevice};
    /// use isospike_train::Network;
    ///
    /// let on = CpuDevice::new(Cpu::with_threads(1))?.computer::<f32>();
    /// let network = |seed| Network::new(&on, &[4], seed).linear(8)?.batch_norm(1.0);
    /// let (mut learned, mut other) = (network(1)?, network(2)?);
    /// let file = std::env::temp_dir().join(format!("{}.safetensors", std::process::id()));
    /// learned.save(&file)?;
    /// other.load(&file)?;
    /// let weights = |of: &mut Network<f32>| on.numbers(&of.parameters()[0].1.value);
    /// assert_eq!(weights(&mut learned)?, weights(&mut other)?);
    /// # std::fs::remove_file(&file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TrainError::File`] if the file cannot be written, and those of the device.
    pub fn save(&mut self, path: &Path) -> Result<(), TrainError> {
        let on = self.device().clone();
        let mut all = Vec::new();
        for (name, parameter) in self.parameters() {
            all.push((name, parameter.shape.clone(), bytes(&on.numbers(&parameter.value)?)));
        }
        for (name, array) in self.statistics() {
            all.push((name, vec![array.len()], bytes(&on.numbers(array)?)));
        }
        let failed = |said: &dyn ToString| TrainError::File {
            path: path.to_path_buf(),
            said: format!("cannot be written: {}", said.to_string()),
        };
        let mut views = Vec::new();
        for (name, shape, bytes) in &all {
            let view = TensorView::new(dtype::<F>(), shape.clone(), bytes);
            views.push((name.as_str(), view.map_err(|e| failed(&e))?));
        }
        let file = safetensors::serialize(views, None).map_err(|e| failed(&e))?;
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let written = std::fs::write(&partial, file).and_then(|()| std::fs::rename(&partial, path));
        written.map_err(|e| {
            // It may not be there at all.
            let _ = std::fs::remove_file(&partial);
            failed(&e)
        })
    }

    /// Takes all parameters and running statistics from a file that [`save`](Network::save) wrote,
    /// or any other with the same names, shapes and format. What the network remembers of earlier
    /// passes stays: [`reset`](Network::reset) it.
    ///
    /// # Errors
    /// [`TrainError::File`] if the file cannot be read, if it lacks something or has something
    /// more, or if something has another shape or another format; nothing is changed then.
    pub fn load(&mut self, path: &Path) -> Result<(), TrainError> {
        let on = self.device().clone();
        let failed = |said: String| TrainError::File { path: path.to_path_buf(), said };
        let unreadable =
            |said: &dyn ToString| failed(format!("cannot be read: {}", said.to_string()));
        let file = std::fs::read(path).map_err(|e| unreadable(&e))?;
        let file = SafeTensors::deserialize(&file).map_err(|e| unreadable(&e))?;
        let needed = self.layout();
        let names: Vec<_> = needed.iter().map(|(name, _)| name.as_str()).collect();
        if let Some(other) = file.names().into_iter().find(|other| !names.contains(other)) {
            let names = names.join(", ");
            return Err(failed(format!("{other} is nothing of this network, which has {names}")));
        }
        let mut read = Vec::new();
        for (name, shape) in &needed {
            let Ok(view) = file.tensor(name) else {
                return Err(failed(format!("{name} is missing")));
            };
            if view.dtype() != dtype::<F>() {
                let (given, needed) = (view.dtype(), dtype::<F>());
                return Err(failed(format!("{name} is {given:?}; {needed:?} is needed")));
            }
            if view.shape() != shape {
                let given = view.shape();
                return Err(failed(format!("{name} is {given:?}; {shape:?} is needed")));
            }
            let all = numbers::<F>(view.data());
            if let Some(i) = all.iter().position(|x| !x.is_finite()) {
                return Err(failed(format!(
                    "{name}[{i}] is {}; it must be finite",
                    all[i].to_f64()
                )));
            }
            read.push(all);
        }
        let mut read = read.into_iter();
        for ((_, parameter), numbers) in self.parameters().into_iter().zip(&mut read) {
            on.write(&mut parameter.value, 0, &numbers)?;
        }
        for ((_, array), numbers) in self.statistics().into_iter().zip(&mut read) {
            on.write(array, 0, &numbers)?;
        }
        Ok(())
    }

    /// Names and shapes of parameters, then of running statistics.
    fn layout(&mut self) -> Vec<(String, Vec<usize>)> {
        let parameters = self.parameters().into_iter();
        let mut all: Vec<_> = parameters.map(|(name, p)| (name, p.shape.clone())).collect();
        all.extend(self.statistics().into_iter().map(|(name, array)| (name, vec![array.len()])));
        all
    }
}

fn dtype<F: Real>() -> Dtype {
    if F::NAME == "f32" { Dtype::F32 } else { Dtype::F64 }
}

/// Numbers as they stand in a file, little-endian.
fn bytes<F: Real>(numbers: &[F]) -> Vec<u8> {
    let numbers = numbers.iter().map(|x| x.to_f64());
    match dtype::<F>() {
        Dtype::F32 => numbers.flat_map(|x| (x as f32).to_le_bytes()).collect(),
        _ => numbers.flat_map(f64::to_le_bytes).collect(),
    }
}

fn numbers<F: Real>(bytes: &[u8]) -> Vec<F> {
    match dtype::<F>() {
        Dtype::F32 => {
            let single = |b: &[u8; 4]| F::from_f64(f32::from_le_bytes(*b).into());
            bytes.as_chunks().0.iter().map(single).collect()
        }
        _ => bytes.as_chunks().0.iter().map(|b| F::from_f64(f64::from_le_bytes(*b))).collect(),
    }
}
