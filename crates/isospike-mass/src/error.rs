//! What can be wrong with a network.

/// Why a network is not to be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MassError {
    /// A number that cannot be used.
    #[error("{field} = {value}; it must be {allowed}")]
    Value {
        /// Which.
        field: String,
        /// What it was.
        value: f64,
        /// What it may be.
        allowed: String,
    },
    /// A name that there is not.
    #[error("{what} has no {kind} {name}; there is {has}")]
    Name {
        /// What was asked.
        what: &'static str,
        /// For what.
        kind: &'static str,
        /// The name that was given.
        name: String,
        /// The names there are.
        has: String,
    },
    /// Another number of values than there are places.
    #[error("{field} has {given} values; {needed} are needed ({why})")]
    Length {
        /// Which.
        field: String,
        /// How many were given.
        given: usize,
        /// How many are needed.
        needed: usize,
        /// What they are for.
        why: &'static str,
    },
    /// What a device says.
    #[error("{0}")]
    Device(String),
    /// Two choices that exclude each other.
    #[error("{0}")]
    Choice(String),
}

impl MassError {
    /// A number that cannot be used.
    pub fn value(field: impl Into<String>, value: impl Into<f64>, allowed: impl ToString) -> Self {
        MassError::Value { field: field.into(), value: value.into(), allowed: allowed.to_string() }
    }

    pub(crate) fn name(
        what: &'static str,
        kind: &'static str,
        name: &str,
        has: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let has = has.into_iter().collect::<Vec<_>>().join(", ");
        MassError::Name { what, kind, name: name.to_owned(), has }
    }
}
