//! What can be wrong with a graph.

use isospike_layer::LayerError;
use std::path::PathBuf;

/// Why a graph cannot be read, written or run.
#[derive(Debug, thiserror::Error)]
pub enum NirError {
    /// A file could not be read.
    #[error("{}: cannot be read: {said}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        said: String,
    },
    /// A file could not be written.
    #[error("{}: cannot be written: {said}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        said: String,
    },
    /// A field of a node that cannot be used.
    #[error("{node}: {field} is {given}; it must be {needed}")]
    Field {
        /// The node, or its type where it has no name yet.
        node: String,
        /// The field.
        field: String,
        /// What it is.
        given: String,
        /// What it may be.
        needed: String,
    },
    /// A field that a node cannot do without.
    #[error("{node}: {field} is missing")]
    Missing {
        /// The node, or its type where it has no name yet.
        node: String,
        /// The field.
        field: String,
    },
    /// A node of a type that there is not.
    #[error("{node}: type is {given:?}; it must be one of {has}")]
    Type {
        /// The node.
        node: String,
        /// Its type.
        given: String,
        /// The types there are.
        has: String,
    },
    /// An edge that cannot be.
    #[error("edge {from} -> {to}: {why}")]
    Edge {
        /// Where it begins.
        from: String,
        /// Where it ends.
        to: String,
        /// Why it cannot be.
        why: String,
    },
    /// Something about the graph as a whole.
    #[error("{0}")]
    Graph(String),
    /// Of arrays or the device they are on.
    #[error(transparent)]
    Layer(#[from] LayerError),
}

impl NirError {
    /// A field that cannot be used.
    pub(crate) fn field(
        node: &str,
        field: &str,
        given: impl ToString,
        needed: impl Into<String>,
    ) -> NirError {
        let (node, field) = (node.to_owned(), field.to_owned());
        NirError::Field { node, field, given: given.to_string(), needed: needed.into() }
    }

    /// A field that is not there.
    pub(crate) fn missing(node: &str, field: &str) -> NirError {
        NirError::Missing { node: node.to_owned(), field: field.to_owned() }
    }

    /// An edge that cannot be.
    pub(crate) fn edge((from, to): &(String, String), why: impl Into<String>) -> NirError {
        NirError::Edge { from: from.clone(), to: to.clone(), why: why.into() }
    }

    /// Whether a device or a file failed, not what was asked for.
    pub fn is_of_system(&self) -> bool {
        match self {
            NirError::Write { .. } => true,
            NirError::Layer(e) => {
                matches!(e, LayerError::Memory { .. } | LayerError::Device(_))
            }
            _ => false,
        }
    }

    /// The same, of the node with this name.
    pub(crate) fn of(mut self, name: &str) -> NirError {
        if let NirError::Field { node, .. } | NirError::Missing { node, .. } = &mut self {
            name.clone_into(node);
        }
        self
    }
}
