//! The `isospike` command; everything is in the library, so that tests can reach it.

fn main() -> std::process::ExitCode {
    isospike_cli::main()
}
