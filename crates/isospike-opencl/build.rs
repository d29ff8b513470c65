//! Satisfies `-lOpenCL`, which the `ocl` crate asks the linker for, with an empty archive: the
//! functions themselves come from `src/shim.rs`.

use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    std::fs::write(folder.join("libOpenCL.a"), "!<arch>\n").expect("OUT_DIR can be written");
    println!("cargo:rustc-link-search=native={}", folder.display());
}
