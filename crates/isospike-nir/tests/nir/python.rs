//! Files that the `nir` package of Python reads.

use crate::graphs::every_node;
use crate::support::Scratch;
use isospike_nir::{Model, Options, read, write};
use std::path::Path;
use std::process::Command;

/// All numbers of all nodes, in the order of names, as text that is exact.
const SCRIPT: &str = "
import sys, nir, numpy
graph = nir.read(sys.argv[1])
def say(graph, above):
    for name in sorted(graph.nodes):
        node = graph.nodes[name]
        if isinstance(node, nir.NIRGraph):
            say(node, above + name + '.')
            continue
        fields = {k: v for k, v in node.to_dict().items() if isinstance(v, numpy.ndarray)}
        total = sum(float(numpy.asarray(v, dtype='f8').sum()) for v in fields.values())
        print(above + name, type(node).__name__, repr(total))
    for edge in sorted(map(tuple, graph.edges)):
        print(above + '->'.join(edge))
say(graph, '')
print(graph.nodes['lif.1'].metadata)
nir.write(sys.argv[2], graph)
";

/// A Python with `nir`: in the build folder, where `cargo xtask test` puts it, in the environment
/// beside the workspace, or anywhere.
fn python() -> Result<Command, String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let packages = Path::new(root).join(target).join("nir");
    let command = |python: &str| {
        let mut command = Command::new(python);
        if packages.is_dir() {
            command.env("PYTHONPATH", &packages);
        }
        command
    };
    let has_it = |python: &&str| {
        let output = command(python).args(["-c", "import nir"]).output();
        output.is_ok_and(|o| o.status.success())
    };
    let beside = format!("{root}/.venv/bin/python");
    let found = ["python3", &beside].into_iter().find(has_it).map(command);
    found.ok_or_else(|| "no Python with nir: `cargo xtask test` installs it".into())
}

/// Python reads a file of every node, with the types and numbers that were written; what it writes
/// of that, compressed, reads back as the same graph.
#[test]
fn nir_reads_every_node() {
    let mut python = match python() {
        Ok(python) => python,
        Err(reason) => return println!("SKIPPED python::nir_reads_every_node: {reason}"),
    };
    let graph = every_node();
    Model::<f32>::new(
        &crate::support::plain(),
        &graph,
        &Options { dt: 0.1, ..Options::default() },
        1,
    )
    .expect("a graph that runs");
    let [file, back] = ["every.nir", "back.nir"].map(Scratch::new);
    write(&file.0, &graph).expect("it is written");
    let output = python.arg("-c").arg(SCRIPT).args([&file.0, &back.0]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("text");
    for needed in [
        "conv1d Conv1d ",
        "conv2d Conv2d ",
        "cuba_li CubaLI ",
        "cuba_lif CubaLIF 147.0",
        "graph.weights Linear ",
        "lif.1 LIF 75.0",
        "delay Delay 15.0",
        "graph.in->weights",
        "average_pool->flatten",
        "made by",
    ] {
        assert!(said.contains(needed), "{needed} is not in:\n{said}");
    }
    let mut again = read(&back.0).expect("a graph");
    // the package sorts nothing, but keeps no order of edges either
    let mut edges = [again.edges.clone(), graph.edges.clone()];
    edges.iter_mut().for_each(|edges| edges.sort());
    assert_eq!(edges[0], edges[1]);
    again.edges = graph.edges.clone();
    for (name, node) in &graph.nodes {
        assert_eq!(&again.nodes[name], node, "{name}");
    }
}
