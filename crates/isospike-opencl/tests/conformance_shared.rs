//! Every OpenCL device does what every backend must do where kernels are cut as for a GPU: blocks
//! shared by all groups, with atomics, in groups of several items.

use isospike_gpu::{Shape, Size};
use isospike_opencl::OpenCl;

fn main() -> std::process::ExitCode {
    let deliver = Size { groups: 3, items: 8 };
    let shape = Shape { owned: false, list_items: 8, deliver, update_items: 32, short_poisson: 0 };
    isospike_conformance::main(OpenCl { shape: Some(shape) }, &[])
}
