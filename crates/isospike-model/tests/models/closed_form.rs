//! Neurons whose spikes and potentials are known in closed form.
use crate::driver::Run;
