//! Graphs of NIR: their files, and what they do.

mod files;
mod graphs;
mod pictures;
mod python;
mod refusals;
mod support;
mod traces;
mod training;
