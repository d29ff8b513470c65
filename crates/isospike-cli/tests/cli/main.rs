//! The command from outside: arguments in; text, files and exit codes out.

#[cfg(unix)]
mod checkpoints;
mod devices;
mod drivers;
#[cfg(unix)]
mod interrupt;
mod lists;
mod masses;
mod micro_batch;
mod nir;
mod refusals;
mod run;
mod size;
mod support;
mod sweep;
mod tune;
