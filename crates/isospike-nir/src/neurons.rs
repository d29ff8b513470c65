//! Neurons of a graph: their kinds and parameters.

use crate::{NirError, Stored, Values};

/// The kinds of neurons, v their potential, x their input, z their spikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeuronKind {
    /// dv/dt = r x.
    I,
    /// tau dv/dt = (v_leak - v) + r x.
    Li,
    /// `I` that fires: z = 1 where v > v_threshold, and is reset.
    If,
    /// `Li` that fires.
    Lif,
    /// tau_syn di/dt = w_in x - i, tau_mem dv/dt = (v_leak - v) + r i.
    CubaLi,
    /// `CubaLi` that fires.
    CubaLif,
}

impl NeuronKind {
    /// All of them.
    pub const ALL: [NeuronKind; 6] = [
        NeuronKind::I,
        NeuronKind::Li,
        NeuronKind::If,
        NeuronKind::Lif,
        NeuronKind::CubaLi,
        NeuronKind::CubaLif,
    ];

    /// Its type in files.
    pub fn name(self) -> &'static str {
        match self {
            NeuronKind::I => "I",
            NeuronKind::Li => "LI",
            NeuronKind::If => "IF",
            NeuronKind::Lif => "LIF",
            NeuronKind::CubaLi => "CubaLI",
            NeuronKind::CubaLif => "CubaLIF",
        }
    }

    /// Names of its parameters.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            NeuronKind::I => &["r"],
            NeuronKind::Li => &["tau", "r", "v_leak"],
            NeuronKind::If => &["r", "v_threshold", "v_reset"],
            NeuronKind::Lif => &["tau", "r", "v_leak", "v_threshold", "v_reset"],
            NeuronKind::CubaLi => &["tau_syn", "tau_mem", "r", "v_leak", "w_in"],
            NeuronKind::CubaLif => {
                &["tau_syn", "tau_mem", "r", "v_leak", "w_in", "v_threshold", "v_reset"]
            }
        }
    }

    /// Whether it gives spikes; the others give potentials.
    pub fn fires(self) -> bool {
        self.fields().contains(&"v_threshold")
    }
}

/// Neurons of one kind: parameters of the same shape, one number for each neuron.
#[derive(Clone, Debug, PartialEq)]
pub struct Neurons {
    kind: NeuronKind,
    values: Vec<Values>,
}

impl Neurons {
    /// With parameters by name. Without a `v_reset` it is 0, as in files older than version 1.0.5;
    /// `w_in` may be a single number, and is 1 without one.
    ///
    /// # Errors
    /// If a parameter is missing, or they differ in shape.
    pub fn new(
        kind: NeuronKind,
        parameters: impl IntoIterator<Item = (&'static str, Values)>,
    ) -> Result<Neurons, NirError> {
        let mut given: Vec<_> = parameters.into_iter().collect();
        let name = kind.name();
        if let Some((field, _)) = given.iter().find(|(field, _)| !kind.fields().contains(field)) {
            let needed = format!("one of {}", kind.fields().join(", "));
            return Err(NirError::field(name, "a parameter", field, needed));
        }
        let mut values: Vec<Values> = Vec::new();
        for &field in kind.fields() {
            let found = given.iter().position(|(given, _)| *given == field);
            let value = found.map(|i| given.swap_remove(i).1);
            // parameters that may be missing come after one that gives the shape
            let shape = values.first().map_or(Vec::new(), |first| first.shape.clone());
            let value = match (field, value) {
                ("w_in", Some(w)) if w.shape.is_empty() && !shape.is_empty() => {
                    Values { stored: w.stored, ..Values::filled(&shape, w.data[0]) }
                }
                (_, Some(value)) => value,
                ("w_in", None) => same_as(&values[0], 1.0),
                ("v_reset", None) => same_as(&values[0], 0.0),
                _ => return Err(NirError::missing(name, field)),
            };
            if values.first().is_some_and(|first| first.shape != value.shape) {
                let needed = format!("of shape {shape:?}, as {} is", kind.fields()[0]);
                let given = format!("of shape {:?}", value.shape);
                return Err(NirError::field(name, field, given, needed));
            }
            values.push(value);
        }
        Ok(Neurons { kind, values })
    }

    /// Their kind.
    pub fn kind(&self) -> NeuronKind {
        self.kind
    }

    /// The shape of all parameters.
    pub fn shape(&self) -> &[usize] {
        &self.values[0].shape
    }

    /// A parameter.
    ///
    /// # Panics
    /// If the kind has none of this name.
    pub fn get(&self, field: &str) -> &Values {
        let at = self.kind.fields().iter().position(|f| *f == field);
        &self.values[at.expect("a parameter of this kind")]
    }

    /// All parameters with their names.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &Values)> {
        self.kind.fields().iter().copied().zip(&self.values)
    }
}

/// The same number for each neuron, stored as another parameter is.
fn same_as(other: &Values, x: f64) -> Values {
    let stored = if other.stored == Stored::I64 { Stored::F64 } else { other.stored };
    Values { stored, ..Values::filled(&other.shape, x) }
}
