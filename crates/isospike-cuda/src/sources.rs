//! The files of `kernels-cu`, as they were when this was built.

/// The text of a file by its base name: `"prelude"`, `"list"`, ...
///
/// # Panics
/// If there is no such file.
pub fn source(name: &str) -> &'static str {
    match name {
        "prelude" => include_str!("../../../kernels-cu/prelude.cuh"),
        "layout" => include_str!("../../../kernels-cu/layout.cuh"),
        "half" => include_str!("../../../kernels-cu/half.cuh"),
        "list" => include_str!("../../../kernels-cu/list.cu"),
        "deliver" => include_str!("../../../kernels-cu/deliver.cu"),
        "drive" => include_str!("../../../kernels-cu/drive.cuh"),
        "update" => include_str!("../../../kernels-cu/update.cu"),
        "history" => include_str!("../../../kernels-cu/history.cuh"),
        "synapses" => include_str!("../../../kernels-cu/synapses.cuh"),
        "learn" => include_str!("../../../kernels-cu/learn.cu"),
        "settle" => include_str!("../../../kernels-cu/settle.cu"),
        "forget" => include_str!("../../../kernels-cu/forget.cu"),
        "layer" => include_str!("../../../kernels-cu/layer.cu"),
        "note" => include_str!("../../../kernels-cu/note.cuh"),
        "arrays" => include_str!("../../../kernels-cu/arrays.cu"),
        "window" => include_str!("../../../kernels-cu/window.cuh"),
        "weigh" => include_str!("../../../kernels-cu/weigh.cu"),
        "pool" => include_str!("../../../kernels-cu/pool.cu"),
        "mass" => include_str!("../../../kernels-cu/mass.cu"),
        "sheet" => include_str!("../../../kernels-cu/sheet.cu"),
        "regions" => include_str!("../../../kernels-cu/regions.cu"),
        "check" => include_str!("../../../kernels-cu/check.cu"),
        "filter" => include_str!("../../../kernels-cu/filter.cuh"),
        "sweep" => include_str!("../../../kernels-cu/sweep.cu"),
        _ => unreachable!("kernels-cu has no {name}"),
    }
}
