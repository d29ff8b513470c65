//! The `isospike` command; the library beside it is all of it.

fn main() -> std::process::ExitCode {
    isospike_cli::main()
}
