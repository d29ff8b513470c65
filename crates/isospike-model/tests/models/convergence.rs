//! Halving the step reduces the error of the fixed-step schemes as their order says.
use crate::driver::Run;
