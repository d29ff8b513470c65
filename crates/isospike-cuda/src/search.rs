//! Where the library of NVRTC may lie.

use std::path::{Path, PathBuf};

/// The environment variable that names the library, or a folder it lies in.
pub(crate) const OVERRIDE: &str = "ISOSPIKE_NVRTC";

/// What is tried by name, so that the loader finds it where it finds all libraries.
#[cfg(not(target_os = "windows"))]
const NAMES: &[&str] = &["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", "libnvrtc.so.11.2"];
#[cfg(target_os = "windows")]
const NAMES: &[&str] = &["nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll"];

/// What to load, best first. `variable` reads an environment variable. A folder or file that is
/// named by [`OVERRIDE`] is all there is: a wrong one must not go unnoticed.
pub(crate) fn candidates(variable: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    if let Some(given) = variable(OVERRIDE).filter(|given| !given.as_os_str().is_empty()) {
        return vec![given];
    }
    let mut found: Vec<PathBuf> = NAMES.iter().map(PathBuf::from).collect();
    let toolkits = ["CUDA_HOME", "CUDA_PATH"].iter().filter_map(|name| variable(name));
    let toolkits = toolkits.chain([PathBuf::from("/usr/local/cuda")]);
    found.extend(toolkits.flat_map(|toolkit| libraries(&toolkit.join("lib64"))));
    let pythons = ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().filter_map(|name| variable(name));
    let pythons = pythons.chain(variable("HOME").map(|home| home.join(".local")));
    let pythons = pythons.chain(["/usr/local", "/usr"].map(PathBuf::from));
    for lib in pythons.map(|python| python.join("lib")) {
        let versions = entries(&lib).into_iter().filter(|path| named(path, "python3"));
        for version in versions {
            found.extend(in_wheel(&version.join("site-packages")));
            found.extend(in_wheel(&version.join("dist-packages")));
        }
    }
    found
}

/// In a folder itself, or below it as pip lays out NVIDIA's wheels.
pub(crate) fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let mut found = libraries(folder);
    found.extend(in_wheel(folder));
    found
}

/// `nvidia/cuda_nvrtc/lib` in wheels for CUDA 12, `nvidia/cu13/lib` in later ones.
fn in_wheel(packages: &Path) -> Vec<PathBuf> {
    let folders = entries(&packages.join("nvidia"));
    folders.iter().flat_map(|folder| libraries(&folder.join("lib"))).collect()
}

/// The libraries of NVRTC that lie directly in a folder.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| named(path, "libnvrtc.so")).collect()
}

/// What NVRTC 13 needs beside it and does not find by itself.
pub(crate) fn builtins(library: &Path) -> Vec<PathBuf> {
    let folder = library.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside = folder.map(entries).unwrap_or_default();
    beside.into_iter().filter(|path| named(path, "libnvrtc-builtins.so")).collect()
}

fn named(path: &Path, prefix: &str) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(prefix))
}

/// What is in a folder, sorted; nothing if it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a wheel as pip unpacks it.
    fn unpacked(name: &str) -> (PathBuf, PathBuf) {
        let folder = std::env::temp_dir().join(format!("isospike-{}-{name}", std::process::id()));
        let lib = folder.join("lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib");
        std::fs::create_dir_all(&lib).expect("it can be made");
        for file in ["libnvrtc.so.12", "libnvrtc.alt.so.12", "libnvrtc-builtins.so.12.9"] {
            std::fs::write(lib.join(file), "").expect("it can be written");
        }
        (folder, lib)
    }

    #[test]
    fn an_override_is_all_that_is_tried() {
        let (folder, lib) = unpacked("override");
        let given = folder.join("missing");
        let found = candidates(|name| (name == OVERRIDE).then(|| given.clone()));
        assert_eq!(found, [given]);
        let library = lib.join("libnvrtc.so.12");
        for given in [&lib, &folder.join("lib/python3.11/site-packages")] {
            assert_eq!(in_folder(given), std::slice::from_ref(&library), "{}", given.display());
        }
        assert_eq!(builtins(&library), [lib.join("libnvrtc-builtins.so.12.9")]);
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }

    #[test]
    fn the_loader_is_asked_before_toolkits_and_wheels() {
        let (folder, lib) = unpacked("search");
        let found = candidates(|name| (name == "VIRTUAL_ENV").then(|| folder.clone()));
        assert_eq!(found[..NAMES.len()], NAMES.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert!(found.contains(&lib.join("libnvrtc.so.12")), "{found:?}");
        assert_eq!(
            candidates(|name| (name == OVERRIDE).then(PathBuf::new))[0],
            Path::new(NAMES[0])
        );
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }
}
