//! The networks that come with isospike: benchmarks of the field, each with its source in its
//! header.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../networks/", $name, ".toml")))),*]
    };
}

/// Name and text of each bundled network.
pub const BUNDLED: &[(&str, &str)] = files![
    "brunel",
    "brunel_alpha",
    "brunel_delta",
    "coba",
    "cobahh",
    "cuba",
    "hpc",
    "izhikevich2003",
    "microcircuit",
];

/// The text of a bundled network.
pub fn bundled(name: &str) -> Option<&'static str> {
    BUNDLED.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}
