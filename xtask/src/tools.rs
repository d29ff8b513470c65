//! Programs the checks need: installed with apt-get on Debian when this user may, or with pip into
//! the build folder, else named with the exact command.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::Cmd;

struct Tool {
    /// What shows that the tool is there.
    probe: &'static str,
    /// What it is needed for.
    why: &'static str,
    install: Install,
}

enum Install {
    /// A Debian package that must be there.
    Apt(&'static str),
    /// A command that only the user should run; the checks cannot go on without it.
    Command(&'static str),
    /// A command that only the user should run; the checks go on without it.
    Optional(&'static str),
}

const TOOLS: &[Tool] = &[
    Tool {
        probe: "cc --version",
        why: "links Rust programs",
        install: Install::Apt("gcc libc6-dev"),
    },
    Tool {
        probe: "c++ --version",
        why: "compiles CUDA kernels for the emulator",
        install: Install::Apt("g++"),
    },
    Tool {
        probe: "git --version",
        why: "lists the repository's files",
        install: Install::Apt("git"),
    },
    Tool {
        probe: "cargo fmt --version",
        why: "checks the format",
        install: Install::Command("rustup component add rustfmt"),
    },
    Tool {
        probe: "cargo clippy --version",
        why: "lints",
        install: Install::Command("rustup component add clippy"),
    },
    Tool {
        probe: "ls /etc/OpenCL/vendors/pocl.icd",
        why: "an OpenCL device on any processor: the OpenCL backend runs on it",
        install: Install::Apt("pocl-opencl-icd ocl-icd-libopencl1"),
    },
    Tool {
        probe: NEXTEST,
        why: "runs tests in parallel processes; `cargo test` is used instead",
        install: Install::Optional("cargo install --locked cargo-nextest"),
    },
];

const NEXTEST: &str = "cargo nextest --version";

/// Whether `cargo nextest` can be used.
pub(crate) fn has_nextest() -> bool {
    Cmd::new(NEXTEST).succeeds()
}

/// Finds or installs every tool; an error names what is missing and how to get it.
pub(crate) fn check() -> Result<()> {
    let mut packages = Vec::new();
    let mut commands = Vec::new();
    for tool in TOOLS.iter().filter(|tool| !Cmd::new(tool.probe).succeeds()) {
        let name = tool.probe.trim_end_matches(" --version");
        match tool.install {
            Install::Optional(command) => {
                println!("`{name}` is missing ({}); to have it: {command}", tool.why);
            }
            Install::Command(command) => {
                println!("`{name}` is missing ({})", tool.why);
                commands.push(command.to_owned());
            }
            Install::Apt(package) => {
                println!("`{name}` is missing ({})", tool.why);
                packages.extend(package.split_whitespace());
            }
        }
    }
    if !packages.is_empty() {
        let install = Cmd::new("apt-get install -y --no-install-recommends")
            .args(packages.iter().map(|package| (*package).to_owned()))
            .env("DEBIAN_FRONTEND", "noninteractive");
        if may_install() {
            Cmd::new("apt-get update -q").run()?;
            install.run()?;
        } else {
            commands.push(format!("sudo apt-get install {}", packages.join(" ")));
        }
    }
    if !commands.is_empty() {
        bail!("install what is missing first: {}", commands.join(" && "));
    }
    Ok(())
}

/// NVRTC, the compiler of CUDA kernels, which needs no GPU: put by pip into the build folder, where
/// the tests of kernels look for it. They go on without it.
pub(crate) fn nvrtc() -> Result<()> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let folder = Path::new(&target).join("nvrtc");
    if folder.is_dir() || std::env::var_os("ISOSPIKE_NVRTC").is_some() {
        return Ok(());
    }
    let install = Cmd::new("python3 -m pip install --quiet --retries 1 --no-deps --target")
        .arg(folder.to_string_lossy())
        .arg("nvidia-cuda-nvrtc-cu12");
    println!("   {install}");
    if !install.succeeds() {
        println!("   NVRTC is missing (PTX of CUDA kernels is not checked); to have it: {install}");
    }
    Ok(())
}

/// Debian, and root.
fn may_install() -> bool {
    let is_root = || Cmd::new("id -u").output().is_ok_and(|id| id.trim() == "0");
    Path::new("/etc/debian_version").exists() && is_root()
}
