//! A device that is watched, for tests: it counts what it is asked, refuses when told, and its
//! compiler may read something else than what is written.

use crate::backend::OpenCl;
use crate::driver::OpenClDriver;
use isospike_backend::{Error, ErrorKind, Result};
use isospike_gpu::{Arg, Driver, Shape, Size};
use isospike_trace::print::Dialect;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// What becomes another text.
pub(crate) type Flaw = (&'static str, &'static str);

/// An OpenCL device, watched.
pub(crate) struct Watched {
    driver: OpenClDriver,
    flaws: &'static [Flaw],
    /// Calls so far that can fail.
    calls: AtomicU64,
    /// Those that are refused.
    refused: Mutex<Range<u64>>,
    /// Kernels bound, bytes written, bytes of the largest allocation.
    bound: AtomicU64,
    written: AtomicU64,
    largest: AtomicU64,
}

impl Watched {
    pub(crate) fn new(driver: OpenClDriver, flaws: &'static [Flaw]) -> Watched {
        Watched {
            driver,
            flaws,
            calls: AtomicU64::new(0),
            refused: Mutex::new(0..0),
            bound: AtomicU64::new(0),
            written: AtomicU64::new(0),
            largest: AtomicU64::new(0),
        }
    }

    /// The first device, without flaws; `None`, with the reason printed, if there is none.
    pub(crate) fn first(test: &str) -> Option<Arc<Watched>> {
        match OpenCl::first() {
            Ok((device, facts)) => {
                let driver = OpenClDriver::new(device, &facts, facts.shape(), &[]);
                Some(Arc::new(Watched::new(driver.expect("it opens"), &[])))
            }
            Err(reason) => {
                println!("SKIPPED {test}: {reason}");
                None
            }
        }
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    pub(crate) fn bound(&self) -> u64 {
        self.bound.load(Relaxed)
    }

    pub(crate) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    pub(crate) fn largest(&self) -> u64 {
        self.largest.load(Relaxed)
    }

    /// Refuses the calls in a range, counted from now; an empty one refuses nothing.
    pub(crate) fn refuse(&self, calls: Range<u64>) {
        let now = self.calls();
        let until = now.saturating_add(calls.end);
        *self.refused.lock().expect("nobody panics with it") = now + calls.start..until;
    }

    /// Counts a call.
    fn ask(&self) -> Result<()> {
        let call = self.calls.fetch_add(1, Relaxed);
        match self.refused.lock().expect("nobody panics with it").contains(&call) {
            true => Err(Error::new(ErrorKind::Device, format!("call {call} is refused"))),
            false => Ok(()),
        }
    }
}

impl Driver for Watched {
    type Buffer = <OpenClDriver as Driver>::Buffer;
    type Module = <OpenClDriver as Driver>::Module;
    type Launch = <OpenClDriver as Driver>::Launch;

    fn shape(&self) -> Shape {
        self.driver.shape()
    }

    fn dialect(&self) -> Dialect {
        self.driver.dialect()
    }

    fn source(&self, name: &str) -> &'static str {
        self.driver.source(name)
    }

    fn allocate(&self, bytes: usize) -> Result<Self::Buffer> {
        self.ask()?;
        self.largest.fetch_max(bytes as u64, Relaxed);
        self.driver.allocate(bytes)
    }

    fn clear(&self, buffer: &Self::Buffer, bytes: usize) -> Result<()> {
        self.ask()?;
        self.driver.clear(buffer, bytes)
    }

    fn write(&self, buffer: &Self::Buffer, offset: usize, bytes: &[u8]) -> Result<()> {
        self.ask()?;
        self.written.fetch_add(bytes.len() as u64, Relaxed);
        self.driver.write(buffer, offset, bytes)
    }

    fn read(&self, buffer: &Self::Buffer, offset: usize, bytes: &mut [u8]) -> Result<()> {
        self.ask()?;
        self.driver.read(buffer, offset, bytes)
    }

    fn build(&self, text: &str) -> Result<Arc<Self::Module>> {
        self.ask()?;
        let read = |text: String, (from, to): &Flaw| {
            assert!(text.contains(from), "{from} is not in the kernel");
            text.replace(from, to)
        };
        self.driver.build(&self.flaws.iter().fold(text.to_owned(), read))
    }

    fn bind(
        &self,
        module: &Self::Module,
        kernel: &str,
        args: &[Arg<'_, Self::Buffer>],
        size: Size,
    ) -> Result<Self::Launch> {
        self.ask()?;
        self.bound.fetch_add(1, Relaxed);
        self.driver.bind(module, kernel, args, size)
    }

    fn enqueue(&self, launches: &mut [Self::Launch], times: u64) -> Result<()> {
        self.ask()?;
        self.driver.enqueue(launches, times)
    }

    fn finish(&self) -> Result<()> {
        // a device that is lost runs nothing any more
        self.driver.finish()?;
        self.ask()
    }
}
