//! A device of which nothing is there but its compiler: what is built for it is kept.

use isospike_backend::{Error, ErrorKind, Result};
use isospike_cuda::{Nvrtc, Target, source};
use isospike_gpu::{Arg, Driver, Shape, Size};
use isospike_trace::print::Dialect;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Compiles for a target; has memory, and runs nothing.
pub(crate) struct Compiler {
    nvrtc: &'static Nvrtc,
    target: Target,
    /// What came out of each text.
    built: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Compiler {
    pub(crate) fn new(nvrtc: &'static Nvrtc, target: Target) -> Compiler {
        Compiler { nvrtc, target, built: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.built.lock().expect("nobody panics with it")
    }

    /// Texts and their PTX.
    pub(crate) fn built(&self) -> Vec<(String, String)> {
        let ptx = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).expect("PTX is text");
        self.lock().iter().map(|(text, bytes)| (text.clone(), ptx(bytes))).collect()
    }

    /// What came out, as it is.
    pub(crate) fn images(&self) -> Vec<Vec<u8>> {
        self.lock().values().cloned().collect()
    }
}

impl Driver for Compiler {
    type Buffer = Mutex<Vec<u8>>;
    type Module = ();
    type Launch = ();

    fn shape(&self) -> Shape {
        Shape {
            owned: false,
            list_items: 1024,
            deliver: Size { groups: 1, items: 256 },
            update_items: 128,
            short_poisson: 0,
        }
    }

    fn dialect(&self) -> Dialect {
        Dialect::Cuda
    }

    fn source(&self, name: &str) -> &'static str {
        source(name)
    }

    fn allocate(&self, bytes: usize) -> Result<Self::Buffer> {
        Ok(Mutex::new(vec![0; bytes]))
    }

    fn clear(&self, buffer: &Self::Buffer, bytes: usize) -> Result<()> {
        buffer.lock().expect("nobody panics with it")[..bytes].fill(0);
        Ok(())
    }

    fn write(&self, buffer: &Self::Buffer, offset: usize, bytes: &[u8]) -> Result<()> {
        buffer.lock().expect("nobody panics with it")[offset..][..bytes.len()]
            .copy_from_slice(bytes);
        Ok(())
    }

    fn read(&self, buffer: &Self::Buffer, offset: usize, bytes: &mut [u8]) -> Result<()> {
        let n = bytes.len();
        bytes.copy_from_slice(&buffer.lock().expect("nobody panics with it")[offset..][..n]);
        Ok(())
    }

    fn build(&self, text: &str) -> Result<Arc<()>> {
        if !self.lock().contains_key(text) {
            let image = self.nvrtc.compile(text, self.target);
            let image = image.map_err(|e| Error::new(ErrorKind::Device, format!("{e}\n{text}")))?;
            self.lock().insert(text.to_owned(), image);
        }
        Ok(Arc::new(()))
    }

    fn bind(&self, (): &(), _: &str, _: &[Arg<'_, Self::Buffer>], _: Size) -> Result<()> {
        Ok(())
    }

    fn enqueue(&self, _: &mut [()], _: u64) -> Result<()> {
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        Ok(())
    }
}
