//! The text of all kernels over arrays but maps and layers.

use crate::driver::Driver;
use crate::layer::head;
use isospike_lane::Float;
use isospike_layer::Real;
use isospike_trace::print::function;
use isospike_trace::{Graph, Sym, trace};

/// A number changed by others.
fn step<F: Float>(args: &[&str], f: impl FnOnce(Sym<F>, &[Sym<F>]) -> Sym<F>) -> Graph {
    trace(|t| {
        let sum = t.arg("sum");
        let others: Vec<Sym<F>> = args.iter().map(|name| t.arg(name)).collect();
        t.output("sum", f(sum, &others));
    })
}

pub(super) fn text<F: Real, D: Driver>(driver: &D) -> String {
    let mut text = head::<F, D>(driver);
    let products = step::<F>(&["x", "w"], |sum, x| sum + x[0] * x[1]);
    let sums = step::<F>(&["x"], |sum, x| sum + x[0]);
    let scales = step::<F>(&["x"], |sum, x| sum * x[0]);
    for (name, graph) in [("add_product", products), ("add_up", sums), ("times", scales)] {
        text.push_str(&function(&graph, name, driver.dialect()));
    }
    text.push_str("#define ADD_PRODUCT(sum, x, w) add_product(sum, x, w, &(sum))\n");
    text.push_str("#define ADD(sum, x) add_up(sum, x, &(sum))\n");
    text.push_str("#define TIMES(sum, x) times(sum, x, &(sum))\n");
    for name in ["half", "note", "window", "arrays", "weigh", "pool"] {
        text.push_str(driver.source(name));
    }
    text
}
