//! What can be wrong with a network.

/// Says which field is wrong, what it holds and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// A value that is not allowed.
    #[error("{path} = {value}: {allowed}")]
    Value {
        /// Where, for example `projections[3].weight` or `populations.L4E.params.tau_m`.
        path: String,
        /// What stands there, with its unit.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A name that does not exist.
    #[error("{path}: unknown {what} `{name}`{}; known: {known}", did_you_mean(.nearest))]
    Unknown {
        /// Where the name was used.
        path: String,
        /// What kind of thing it names.
        what: &'static str,
        /// The name.
        name: String,
        /// The most similar name that exists, if one is similar.
        nearest: Option<String>,
        /// All names that exist.
        known: String,
    },
    /// A network file that cannot be read as one.
    #[error("{file}: {message}")]
    Syntax {
        /// The file, or the name it was given.
        file: String,
        /// What the reader says, with line and column.
        message: String,
    },
    /// A data file that cannot be used.
    #[error("{path}: {file}: {message}")]
    Data {
        /// The field that refers to the file.
        path: String,
        /// The file.
        file: String,
        /// What is wrong with it.
        message: String,
    },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |n| format!(" (did you mean `{n}`?)"))
}

impl NetError {
    /// A value that is not allowed.
    pub fn value(
        path: impl Into<String>,
        value: impl std::fmt::Display,
        allowed: impl Into<String>,
    ) -> NetError {
        NetError::Value { path: path.into(), value: value.to_string(), allowed: allowed.into() }
    }

    /// A name that does not exist, with the names that do.
    pub fn unknown<'a>(
        path: impl Into<String>,
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> NetError {
        let known: Vec<&str> = known.into_iter().collect();
        NetError::Unknown {
            path: path.into(),
            what,
            name: name.into(),
            nearest: nearest(name, &known).map(Into::into),
            known: if known.is_empty() { "none".into() } else { known.join(", ") },
        }
    }
}

/// The known name most similar to `name`, if at most a third of its letters (at least two) differ.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(2);
    known
        .iter()
        .map(|k| (edit_distance(&lower, &k.to_lowercase()), *k))
        .filter(|(d, k)| *d <= allowed && *d < k.chars().count())
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the
/// other.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i.max(j)
            } else {
                let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        let known = ["tau_m", "C_m", "V_th", "V_reset", "tau_syn_ex"];
        assert_eq!(nearest("tau_n", &known), Some("tau_m"));
        assert_eq!(nearest("v_rest", &known), Some("V_reset"));
        assert_eq!(nearest("tua_m", &known), Some("tau_m"));
        assert_eq!(nearest("conductance", &known), None);
    }
}
