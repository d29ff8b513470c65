//! The emulator: a libcuda and an NVRTC for this processor, compiled from `tests/emulator` by its
//! C++ compiler and loaded before anybody asks for the real ones.
//!
//! Under it everything of this crate runs as it would on a GPU, but for the compiler and the
//! device: the same kernel texts, cut into blocks and warps, whose threads wait for each other.
//! What it cannot show: races between threads that do not wait for each other, and speed.

use libloading::Library;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The running emulator; `None`, with the reason printed, where there is no C++ compiler.
pub(crate) fn start(test: &str) -> Option<&'static Library> {
    static STARTED: OnceLock<Result<Library, String>> = OnceLock::new();
    match STARTED.get_or_init(load) {
        Ok(library) => Some(library),
        Err(reason) => {
            println!("SKIPPED {test}: {reason}");
            None
        }
    }
}

fn load() -> Result<Library, String> {
    if let Err(e) = Command::new("c++").arg("--version").output() {
        return Err(format!("there is no C++ compiler for the emulator: c++: {e}"));
    }
    let path = build();
    // SAFETY: nothing else runs yet that reads the environment: tests begin with `start`.
    unsafe { std::env::set_var("ISOSPIKE_NVRTC", &path) };
    // SAFETY: its initialisers allocate a few containers. Whoever asks for `libcuda.so` from now on
    // gets this one.
    Ok(unsafe { Library::new(&path) }.unwrap_or_else(|e| panic!("{e}")))
}

/// Compiles the emulator, or finds it compiled; what it compiles is kept beside it.
fn build() -> PathBuf {
    const FILES: &[&str] = &["threads.cpp", "cuda.cpp", "nvrtc.cpp"];
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator");
    let mut hash = Sha256::new();
    for file in FILES.iter().chain(&["threads.hpp", "kernels.hpp"]) {
        hash.update(std::fs::read(sources.join(file)).expect("it is there"));
    }
    let name: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emulated").join(name);
    let library = folder.join("libcuda.so");
    if library.is_file() {
        return library;
    }
    std::fs::create_dir_all(&folder).expect("it can be made");
    let own = folder.join(format!("libcuda.{}.so", std::process::id()));
    let said = |name: &str, path: &Path| format!("-D{name}=\"{}\"", path.display());
    let output = Command::new("c++")
        .args(["-std=c++17", "-O2", "-Wall", "-shared", "-fPIC"])
        // jumps from stack to stack are what this library lives on
        .arg("-U_FORTIFY_SOURCE")
        .arg("-Wl,-soname,libcuda.so")
        .arg(said("EMULATOR_SOURCES", &sources))
        .arg(said("EMULATOR_KEPT", &folder))
        .arg("-o")
        .arg(&own)
        .args(FILES.iter().map(|file| sources.join(file)))
        .arg("-ldl")
        .output()
        .expect("c++ was there just now");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the emulator does not compile:\n{words}");
    // Others may build it at the same time.
    std::fs::rename(own, &library).expect("it can be named");
    library
}
