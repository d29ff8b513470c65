//! Networks kept as data, one per file.

use super::columns::data_error;
use super::data::Files;
use crate::{Edges, NetError};
use std::cmp::Ordering;
use std::path::Path;

/// Neurons and the synapses among them, as a file holds them.
#[derive(Clone, Debug, PartialEq)]
pub struct Connectivity {
    /// The name of the file without its ending.
    pub name: String,
    /// Number of neurons.
    pub neurons: u32,
    /// The synapses: of a matrix row by row, of a list in its order.
    pub edges: Edges,
}

/// How networks are read from files, one from each: a square matrix of weights in `.npy` (rows are
/// sources, columns targets, an exact 0 is no synapse) or `.csv` (numbers only), or a list of edges
/// in `.csv` or `.npz` (columns `pre`, `post`, and perhaps `weight`, `delay`).
///
/// ```
/// use isospike_net::DatasetReader;
///
/// # let folder = std::env::temp_dir().join(format!("isospike-dataset-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// std::fs::write(folder.join("10.csv"), "pre,post,weight\n0,2,1.5\n").unwrap();
/// std::fs::write(folder.join("9.csv"), "0, 2\n-1, 0\n").unwrap();
/// let networks = DatasetReader::default().read_folder(&folder)?;
/// # std::fs::remove_dir_all(&folder).unwrap();
/// assert_eq!(networks[0].name, "9");
/// assert_eq!(networks[0].edges.weight, Some(vec![2.0, -1.0]));
/// assert_eq!((networks[1].neurons, &networks[1].edges.post[..]), (3, &[2][..]));
/// # Ok::<(), isospike_net::NetError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DatasetReader {
    /// Whether a neuron may be connected to itself.
    pub autapses: bool,
    /// Neurons of each network. Without it, a matrix has one per row, and a list of edges as many
    /// as its largest number asks for: neurons behind that, without synapses, are not known of.
    pub neurons: Option<u32>,
    /// Time step (ms) whose multiples delays are, for those kept in fewer bits than 64.
    pub dt_ms: f64,
}

impl Default for DatasetReader {
    /// No autapses, as many neurons as a file says, 0.1 ms.
    fn default() -> DatasetReader {
        DatasetReader { autapses: false, neurons: None, dt_ms: 0.1 }
    }
}

/// The endings of files that are read.
const ENDINGS: [&str; 3] = [".npy", ".csv", ".npz"];

impl DatasetReader {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read; if a matrix is not square, or not of the size that was asked for; if a
    /// number is not finite; if a neuron is connected to itself and may not be. All name the file,
    /// the place in it and what stands there.
    pub fn read(&self, file: impl AsRef<Path>) -> Result<Connectivity, NetError> {
        let file = file.as_ref();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        self.one(file.parent().unwrap_or(Path::new("")), &name)
    }

    /// Reads all files of a folder that end in `.npy`, `.csv` or `.npz`, in natural order: `2.npy`
    /// before `10.npy`. What lies in folders inside it is not looked at.
    ///
    /// # Errors
    /// As [`DatasetReader::read`]; if the folder cannot be read or holds no such file, or one of
    /// PyTorch's, which would be missed.
    pub fn read_folder(&self, folder: impl AsRef<Path>) -> Result<Vec<Connectivity>, NetError> {
        let folder = folder.as_ref();
        let error = |message: String| data_error("dataset", &folder.display().to_string(), message);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|e| error(e.to_string()))? {
            let entry = entry.map_err(|e| error(e.to_string()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".pt") {
                return Err(error(format!("{name}: .pt files are not read; save it as .npy")));
            }
            if ENDINGS.iter().any(|ending| name.ends_with(ending)) && !entry.path().is_dir() {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(error(format!("holds no file that ends in {}", ENDINGS.join(", "))));
        }
        names.sort_by(|a, b| natural(a, b));
        names.iter().map(|name| self.one(folder, name)).collect()
    }

    fn one(&self, base: &Path, file: &str) -> Result<Connectivity, NetError> {
        let files = Files { base, dt_ms: self.dt_ms };
        let field = base.display().to_string();
        let field = if field.is_empty() { "dataset" } else { &field };
        let stem = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file);
        let is_list =
            file.ends_with(".npz") || file.ends_with(".csv") && !files.is_matrix(field, file)?;
        let (neurons, edges) = match is_list {
            true => self.list(&files, field, file)?,
            false => {
                let accept = |shape| self.accept(shape, file);
                let ([n, _], edges) = files.matrix(field, file, accept, self.autapses)?;
                (n as u32, edges)
            }
        };
        Ok(Connectivity { name: stem.into(), neurons, edges })
    }

    /// Whether a matrix may have this shape.
    fn accept(&self, [rows, columns]: [usize; 2], file: &str) -> Result<(), String> {
        match self.neurons {
            _ if rows != columns && file.ends_with(".csv") => {
                Err("must be square (a list of edges begins with the names of its columns, pre, \
                     post, ...)"
                    .into())
            }
            _ if rows != columns => Err("must be square".into()),
            _ if rows == 0 => Err("must have a row".into()),
            Some(n) if n as usize != rows => Err(format!("must be ({n}, {n})")),
            _ if u32::try_from(rows).is_err() => Err("must have fewer than 2^32 rows".into()),
            _ => Ok(()),
        }
    }

    /// Synapses that are listed, and how many neurons they are among.
    fn list(&self, files: &Files<'_>, field: &str, file: &str) -> Result<(u32, Edges), NetError> {
        let edges = files.edges(field, file)?;
        let error = |message: String| Err(data_error(field, file, message));
        let lengths = [
            ("post", Some(edges.post.len())),
            ("weight", edges.weight.as_ref().map(Vec::len)),
            ("delay", edges.delay_ms.as_ref().map(Vec::len)),
        ];
        let n = edges.pre.len();
        for (name, len) in lengths {
            if let Some(len) = len.filter(|len| *len != n) {
                return error(format!("{len} values of {name} but {n} of pre"));
            }
        }
        let most = self.neurons.unwrap_or(u32::MAX);
        for (name, ids) in [("pre", &edges.pre), ("post", &edges.post)] {
            if let Some(i) = ids.iter().position(|&id| id >= most) {
                return error(format!("{name}[{i}] = {}: must be below {most}", ids[i]));
            }
        }
        let mut pairs = edges.pre.iter().zip(&edges.post);
        if !self.autapses
            && let Some(i) = pairs.position(|(a, b)| a == b)
        {
            let id = edges.pre[i];
            return error(format!(
                "pre[{i}] = post[{i}] = {id}: connects a neuron to itself, which needs autapses = \
                 true"
            ));
        }
        let needed = edges.pre.iter().chain(&edges.post).max().map_or(0, |id| id + 1);
        Ok((self.neurons.unwrap_or(needed), edges))
    }
}

/// Compares names so that numbers in them count as numbers: `a2` comes before `a10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    while let (Some(p), Some(q)) = (x.chars().next(), y.chars().next()) {
        let order = if p.is_ascii_digit() && q.is_ascii_digit() {
            let (m, n) = (digits(&mut x), digits(&mut y));
            m.len().cmp(&n.len()).then(m.cmp(n))
        } else {
            (x, y) = (&x[p.len_utf8()..], &y[q.len_utf8()..]);
            p.cmp(&q)
        };
        if order.is_ne() {
            return order;
        }
    }
    // names that differ in leading zeros only, or where one is the beginning of the other
    x.len().cmp(&y.len()).then(a.cmp(b))
}

/// Takes the digits at the beginning, and gives those from the first that counts.
fn digits<'t>(text: &mut &'t str) -> &'t str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    number.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count() {
        let sorted = ["0.npy", "1.npy", "2.npy", "010.npy", "10.npy", "11.csv", "a2b", "a10", "b1"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(natural(a, b), i.cmp(&j), "{a} {b}");
            }
        }
    }
}
