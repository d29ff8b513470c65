//! Every OpenCL device does what every backend must do where kernels are cut as for a GPU: blocks
//! shared by all groups, with atomics, in groups of several items. What arithmetic a neuron does is
//! not cut, so its groups are not run again.

use isospike_gpu::{Shape, Size};
use isospike_opencl::OpenCl;

fn main() -> std::process::ExitCode {
    let deliver = Size { groups: 3, items: 8 };
    let shape = Shape { owned: false, list_items: 8, deliver, update_items: 32, short_poisson: 0 };
    let groups = &["net", "plasticity", "glm", "invariance", "memory", "errors"];
    isospike_conformance::main_of(OpenCl { shape: Some(shape) }, &[], groups)
}
