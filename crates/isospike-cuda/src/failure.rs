//! Errors of the CUDA driver: which are a lack of memory, and after which the device is lost.

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;
use isospike_backend::memory::human;
use isospike_backend::{Error, ErrorKind, Result};
use std::sync::OnceLock;

/// Errors after which a context answers every call with the same error: the device is lost to this
/// process.
const LOST: &[CUresult] = &[
    CUresult::CUDA_ERROR_DEINITIALIZED,
    CUresult::CUDA_ERROR_ECC_UNCORRECTABLE,
    CUresult::CUDA_ERROR_NVLINK_UNCORRECTABLE,
    CUresult::CUDA_ERROR_CONTAINED,
    CUresult::CUDA_ERROR_ILLEGAL_ADDRESS,
    CUresult::CUDA_ERROR_LAUNCH_TIMEOUT,
    CUresult::CUDA_ERROR_CONTEXT_IS_DESTROYED,
    CUresult::CUDA_ERROR_ASSERT,
    CUresult::CUDA_ERROR_HARDWARE_STACK_ERROR,
    CUresult::CUDA_ERROR_ILLEGAL_INSTRUCTION,
    CUresult::CUDA_ERROR_MISALIGNED_ADDRESS,
    CUresult::CUDA_ERROR_INVALID_ADDRESS_SPACE,
    CUresult::CUDA_ERROR_INVALID_PC,
    CUresult::CUDA_ERROR_LAUNCH_FAILED,
    CUresult::CUDA_ERROR_TENSOR_MEMORY_LEAK,
    CUresult::CUDA_ERROR_SYSTEM_NOT_READY,
    CUresult::CUDA_ERROR_SYSTEM_DRIVER_MISMATCH,
    CUresult::CUDA_ERROR_MPS_RPC_FAILURE,
    CUresult::CUDA_ERROR_MPS_CLIENT_TERMINATED,
    CUresult::CUDA_ERROR_EXTERNAL_DEVICE,
    CUresult::CUDA_ERROR_UNKNOWN,
];

/// The driver's words for an error. A driver must be loaded.
pub(crate) fn words(e: DriverError) -> String {
    let text = e.error_string().map(|s| s.to_string_lossy().into_owned());
    text.unwrap_or_else(|_| "the driver has no words for it".to_owned())
}

/// Whether a device still answers.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// What it said when it was lost.
    lost: OnceLock<String>,
}

impl Health {
    /// Before every call: a lost device is not asked again.
    ///
    /// # Errors
    /// `Device`, with what the driver said when the device was lost.
    pub(crate) fn check(&self) -> Result<()> {
        match self.lost.get() {
            None => Ok(()),
            Some(said) => {
                let message =
                    format!("CUDA: the device is lost to this process, after {said}; start again");
                Err(Error::new(ErrorKind::Device, message))
            }
        }
    }

    /// An error of the driver as one of the session.
    pub(crate) fn failed(&self, what: &str, e: DriverError) -> Error {
        self.failure(what, e.0, &words(e))
    }

    fn failure(&self, what: &str, code: CUresult, words: &str) -> Error {
        let said = format!("{what}: {code:?}: {words}");
        if LOST.contains(&code) {
            // The first error is the cause.
            let _ = self.lost.set(said.clone());
        }
        Error::new(ErrorKind::Device, format!("CUDA: {said}"))
    }

    /// The answer to a request for memory.
    pub(crate) fn refused(&self, bytes: u64, available: Option<u64>, e: DriverError) -> Error {
        if e.0 != CUresult::CUDA_ERROR_OUT_OF_MEMORY {
            return self.failed(&format!("allocating {}", human(bytes)), e);
        }
        out_of_memory(bytes, available)
    }
}

fn out_of_memory(bytes: u64, available: Option<u64>) -> Error {
    let there_is = match available {
        Some(free) => format!("has {} left", human(free)),
        None => "does not say what it has left".to_owned(),
    };
    let message = format!(
        "CUDA: one buffer needs {}, the device {there_is}; take a smaller network (--scale)",
        human(bytes)
    );
    let e = Error::new(ErrorKind::OutOfMemory, message).with("requested", bytes);
    match available {
        Some(free) => e.with("available", free),
        None => e,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_device_says_so_from_then_on() {
        let health = Health::default();
        let e = health.failure("a launch", CUresult::CUDA_ERROR_INVALID_VALUE, "invalid argument");
        assert_eq!(e.kind(), ErrorKind::Device);
        assert!(health.check().is_ok());
        let (address, other) =
            (CUresult::CUDA_ERROR_ILLEGAL_ADDRESS, CUresult::CUDA_ERROR_LAUNCH_FAILED);
        let first = health.failure("waiting", address, "an illegal memory access").to_string();
        assert!(first.contains("CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access"), "{first}");
        health.failure("waiting", other, "unspecified launch failure");
        let later = health.check().expect_err("it is lost");
        assert_eq!(later.kind(), ErrorKind::Device);
        assert!(later.to_string().contains("an illegal memory access"), "{later}");
    }

    #[test]
    fn every_error_that_stays_is_the_end() {
        use CUresult::{
            CUDA_ERROR_EXTERNAL_DEVICE, CUDA_ERROR_SYSTEM_NOT_READY, CUDA_ERROR_UNKNOWN,
        };
        for code in [CUDA_ERROR_UNKNOWN, CUDA_ERROR_EXTERNAL_DEVICE, CUDA_ERROR_SYSTEM_NOT_READY] {
            let health = Health::default();
            health.failure("waiting", code, "words");
            assert!(health.check().is_err(), "{code:?}");
        }
    }

    #[test]
    fn lack_of_memory_says_what_was_asked_and_what_there_is() {
        let e = out_of_memory(3_000_000, Some(1_000));
        assert_eq!(e.kind(), ErrorKind::OutOfMemory);
        assert_eq!(
            e.context(),
            [("requested", "3000000".to_owned()), ("available", "1000".to_owned())]
        );
        assert!(out_of_memory(1, None).to_string().contains("does not say"));
    }
}
