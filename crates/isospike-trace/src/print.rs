//! The printers, one per C dialect: OpenCL C and CUDA C. They come with the GPU backends; nothing
//! is here yet.
//!
//! What a printer will need is in place: [`Graph::nodes`](crate::Graph::nodes) is in an order of
//! evaluation, one statement per node; [`Graph::labels`](crate::Graph::labels) gives every node a C
//! identifier of its own, from the author's names where there are any;
//! [`Node::value`](crate::Node::value) gives literals as bit patterns.
