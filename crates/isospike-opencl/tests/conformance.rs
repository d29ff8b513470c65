//! Every OpenCL device does what every backend must do.

fn main() -> std::process::ExitCode {
    isospike_conformance::main(isospike_opencl::OpenCl::default(), &[])
}
