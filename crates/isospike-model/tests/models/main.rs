//! The neuron models against NEST, against formulas, and against themselves.

mod checks;
mod closed_form;
mod convergence;
mod driver;
mod golden;
