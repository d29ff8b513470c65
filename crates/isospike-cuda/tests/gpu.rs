//! Every CUDA device of this machine, not an emulated one, does what every backend must do:
//! `cargo xtask cuda` runs it, watched by compute-sanitizer too.

fn main() -> std::process::ExitCode {
    isospike_conformance::main(isospike_cuda::Cuda::default(), &[])
}
