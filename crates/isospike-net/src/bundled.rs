//! The networks that come with isospike: benchmarks of the field, each with its source in its
//! header.

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../networks/", $name, ".toml"))
    };
}

/// Name and text of each bundled network.
pub const BUNDLED: &[(&str, &str)] = &[
    ("brunel", file!("brunel")),
    ("brunel_alpha", file!("brunel")),
    ("brunel_delta", file!("brunel")),
    ("coba", file!("coba")),
    ("cobahh", file!("cobahh")),
    ("cuba", file!("cuba")),
    ("glm_ring", file!("glm_ring")),
    ("hpc", file!("hpc")),
    ("izhikevich2003", file!("izhikevich2003")),
    ("microcircuit", file!("microcircuit")),
];

/// Names that stand for a variant of the file they share with others.
const VARIANTS: &[(&str, &str)] = &[("brunel_alpha", "alpha")];

/// The text of a bundled network.
pub fn bundled(name: &str) -> Option<&'static str> {
    find(BUNDLED, name)
}

/// The variant that a bundled network's name stands for.
pub(crate) fn variant(name: &str) -> Option<&'static str> {
    find(VARIANTS, name)
}

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}
