//! The CPU does what every backend must do.

fn main() -> std::process::ExitCode {
    isospike_conformance::main(isospike_cpu::Cpu::with_threads(3), &[])
}
