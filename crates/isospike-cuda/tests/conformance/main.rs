//! The CUDA backend, on an emulated device, does what every backend must do.

#[path = "../emulated/emulator.rs"]
mod emulator;

fn main() -> std::process::ExitCode {
    // Without a compiler it says so, and the suite finds no device.
    let _emulator = emulator::start("conformance");
    isospike_conformance::main(isospike_cuda::Cuda::default(), &[])
}
