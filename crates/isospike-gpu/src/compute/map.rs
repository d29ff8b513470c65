//! Maps: a kernel around each printed function.

use super::{arg, launch, word};
use crate::driver::{Arg, Driver};
use crate::layer::head;
use isospike_backend::Result;
use isospike_layer::Real;
use isospike_layer::compute::{Array, MapDef};
use isospike_trace::print::{Dialect, function};
use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// Kernels of the maps so far.
pub(super) struct Maps<D: Driver>(Mutex<HashMap<TypeId, Arc<D::Module>>>);

impl<D: Driver> Default for Maps<D> {
    fn default() -> Self {
        Maps(Mutex::default())
    }
}

impl<D: Driver + 'static> Maps<D> {
    pub(super) fn run<F: Real>(
        &self,
        driver: &D,
        what: &dyn MapDef,
        numbers: &[F],
        reads: &[&Array<F>],
        changes: &mut [&mut Array<F>],
    ) -> Result<()> {
        let module = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match all.get(&what.key()) {
                Some(module) => module.clone(),
                None => {
                    let module = driver.build(&text::<F, D>(driver, what))?;
                    all.insert(what.key(), module.clone());
                    module
                }
            }
        };
        let n = changes[0].len();
        // numbers travel as their bits, so that nothing waits for them
        let bits = bytemuck::cast_slice::<F, u32>(numbers).iter().map(|&word| Arg::Word(word));
        let reads = reads.iter().flat_map(|array| [arg::<F, D>(array), word(array.len())]);
        let changes = changes.iter().map(|array| arg::<F, D>(array));
        let args: Vec<_> = [word(n)].into_iter().chain(bits).chain(reads).chain(changes).collect();
        launch(driver, &module, "map", n, &args)
    }
}

fn text<F: Real, D: Driver>(driver: &D, what: &dyn MapDef) -> String {
    let graph = F::map_rows(what).graph();
    let [numbers, reads, changes] = what.counts();
    let (cuda, wide) = (driver.dialect() == Dialect::Cuda, size_of::<F>() == 8);
    let words = if wide { 2 } else { 1 };
    let mut text = head::<F, D>(driver);
    text.push_str(driver.source("note"));
    text.push_str(&function(&graph, "at", driver.dialect()));
    let mut put = |line: String| writeln!(text, "{line}").expect("a String takes it");
    let kernel = if cuda { "extern \"C\" __global__ void" } else { "__kernel void" };
    let words_of = (0..numbers * words).map(|k| format!(", const u32 w{k}"));
    let reads_of =
        (0..reads).map(|k| format!(",\n    GLOBAL const real *restrict r{k}, const u32 len{k}"));
    let changes_of = (0..changes).map(|k| format!(",\n    GLOBAL real *restrict c{k}"));
    let parameters: String = words_of.chain(reads_of).chain(changes_of).collect();
    put(format!("{kernel} map(const u32 n{parameters})\n{{"));
    put("    const u64 i = ITEM;\n    if (i >= n)\n        return;".to_owned());
    let number = |k: usize| match (wide, cuda) {
        (false, false) => format!("as_float(w{k})"),
        (false, true) => format!("__uint_as_float(w{k})"),
        (true, false) => format!("as_double((u64)w{} << 32 | w{})", 2 * k + 1, 2 * k),
        (true, true) => {
            format!("__longlong_as_double((i64)((u64)w{} << 32 | w{}))", 2 * k + 1, 2 * k)
        }
    };
    for k in 0..changes {
        put(format!("    real out{k};"));
    }
    let of = |name: &str| -> (String, usize) {
        let (kind, k) = name.split_once('.').expect("kind.K");
        (kind.to_owned(), k.parse().expect("a number"))
    };
    let args = graph.args().iter().map(|a| match of(&a.name) {
        (kind, k) if kind == "number" => number(k),
        (kind, k) if kind == "read" => format!("r{k}[len{k} == n ? i : i % len{k}]"),
        (_, k) => format!("c{k}[i]"),
    });
    let outputs = graph.outputs().iter().map(|o| format!("&out{}", of(&o.name).1));
    put(format!("    at({});", args.chain(outputs).collect::<Vec<_>>().join(", ")));
    for k in 0..changes {
        put(format!("    c{k}[i] = out{k};"));
    }
    put("}".to_owned());
    text
}
