//! The command from outside: arguments in; text, files and exit codes out.

mod devices;
mod drivers;
#[cfg(unix)]
mod interrupt;
mod lists;
mod refusals;
mod run;
mod support;
mod tune;
