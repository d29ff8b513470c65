//! Programs the checks need: installed with apt-get on Debian when this user may, or with pip into
//! the build folder, else named with the exact command.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::Cmd;

/// A program.
pub(crate) struct Tool {
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
    /// A package for `cargo install`, for the step that needs it.
    Cargo(&'static str),
}

/// Runs tests.
pub(crate) const NEXTEST: &Tool = &Tool {
    probe: "cargo nextest --version",
    why: "runs tests in parallel processes; `cargo test` is used instead",
    install: Install::Optional("cargo install --locked cargo-nextest"),
};

/// Takes every set of features. Only one step needs it, which installs it.
pub(crate) const HACK: &Tool = &Tool {
    probe: "cargo hack --version",
    why: "lints every set of features; takes a minute to install",
    install: Install::Cargo("cargo-hack"),
};

const TOOLS: &[&Tool] = &[
    NEXTEST,
    &Tool {
        probe: "cc --version",
        why: "links Rust programs",
        install: Install::Apt("gcc libc6-dev"),
    },
    &Tool {
        probe: "c++ --version",
        why: "compiles CUDA kernels for the emulator",
        install: Install::Apt("g++"),
    },
    &Tool {
        probe: "git --version",
        why: "lists the repository's files",
        install: Install::Apt("git"),
    },
    &Tool {
        probe: "cargo fmt --version",
        why: "checks the format",
        install: Install::Command("rustup component add rustfmt"),
    },
    &Tool {
        probe: "cargo clippy --version",
        why: "lints",
        install: Install::Command("rustup component add clippy"),
    },
    &Tool {
        probe: "python3 -m pip --version",
        why: "fetches the compiler of CUDA kernels, libsonata and nir into the build folder",
        install: Install::Apt("python3-pip"),
    },
    &Tool {
        probe: "ls /etc/OpenCL/vendors/pocl.icd",
        why: "an OpenCL device on any processor: the OpenCL backend runs on it",
        install: Install::Apt("pocl-opencl-icd ocl-icd-libopencl1"),
    },
];

impl Tool {
    /// Whether it can be used.
    pub(crate) fn is_there(&self) -> bool {
        Cmd::new(self.probe).succeeds()
    }

    /// The same, after installing it where it is missing and this user may.
    pub(crate) fn is_there_now(&self) -> bool {
        match self.install {
            _ if self.is_there() => true,
            Install::Cargo(package) if may_install() => {
                let install = Cmd::cargo(&format!("install --locked --quiet {package}"));
                println!("   {install}");
                install.run().is_ok() && self.is_there()
            }
            _ => false,
        }
    }

    /// The command that installs it.
    pub(crate) fn to_have_it(&self) -> String {
        let command = match self.install {
            Install::Apt(packages) => format!("sudo apt-get install {packages}"),
            Install::Command(command) | Install::Optional(command) => command.to_owned(),
            Install::Cargo(package) => format!("cargo install --locked {package}"),
        };
        format!("to have it: {command}")
    }
}

/// Finds or installs every tool; an error names what is missing and how to get it.
pub(crate) fn check() -> Result<()> {
    let mut packages = Vec::new();
    let mut commands = Vec::new();
    for tool in TOOLS.iter().filter(|tool| !tool.is_there()) {
        let name = tool.probe.trim_end_matches(" --version");
        match tool.install {
            Install::Optional(_) | Install::Cargo(_) => {
                println!("`{name}` is missing ({}); {}", tool.why, tool.to_have_it());
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
/// the tests of kernels look for it. An error says how to have it.
pub(crate) fn nvrtc() -> Result<()> {
    if std::env::var_os("ISOSPIKE_NVRTC").is_some() {
        return Ok(());
    }
    pip("nvrtc", "--no-deps nvidia-cuda-nvrtc-cu12", "no PTX of a CUDA kernel is checked")
}

/// libsonata, the reader of SONATA's files: put by pip into the build folder, where the test of
/// records looks for it. An error says how to have it.
pub(crate) fn libsonata() -> Result<()> {
    pip("libsonata", "libsonata==0.2.2 numpy==2.4.6", "no record is read by it")
}

/// nir, the package whose files graphs are exchanged in: put by pip into the build folder, where
/// the test of graphs looks for it. An error says how to have it.
pub(crate) fn nir() -> Result<()> {
    pip("nir", "nir==1.0.8 numpy==2.4.6", "no graph is read by it")
}

/// The recordings of a grasshopper that an example and a test of isospike-glm look for. An error
/// says how to have them.
pub(crate) fn grasshopper() -> Result<()> {
    const FETCH: &str = "crates/isospike-glm/examples/grasshopper/fetch.py out/grasshopper";
    if Path::new("out/grasshopper/1.csv").is_file() {
        return Ok(());
    }
    let fetch = Cmd::new(&format!("python3 {FETCH}"));
    println!("   {fetch}");
    if !fetch.succeeds() {
        bail!("no recording is fitted; to have them: {fetch}");
    }
    Ok(())
}

/// Installs packages into a folder of the build folder, if it is not there; `without` says what is
/// not done if they are missing.
fn pip(name: &str, packages: &str, without: &str) -> Result<()> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let folder = Path::new(&target).join(name);
    if folder.is_dir() {
        return Ok(());
    }
    let install = Cmd::new("python3 -m pip install --quiet --retries 1 --target")
        .arg(folder.to_string_lossy())
        .args(packages.split(' ').map(str::to_owned));
    println!("   {install}");
    if !install.succeeds() {
        bail!("{name} is missing, so {without}; to have it: {install}");
    }
    Ok(())
}

/// Debian, and root.
fn may_install() -> bool {
    let is_root = || Cmd::new("id -u").output().is_ok_and(|id| id.trim() == "0");
    Path::new("/etc/debian_version").exists() && is_root()
}
