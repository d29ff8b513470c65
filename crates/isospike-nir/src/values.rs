//! Numbers of a graph, and trees of them.

use std::collections::BTreeMap;

/// What numbers are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// 64-bit integers.
    I64,
}

/// An array of numbers, the last axis innermost. Single precision widens exactly; integers are
/// exact up to 2^53.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// Its axes; none for a single number.
    pub shape: Vec<usize>,
    /// All numbers in order.
    pub data: Vec<f64>,
    /// What they are stored in.
    pub stored: Stored,
}

impl Values {
    /// Of numbers in single precision.
    ///
    /// # Panics
    /// If there are not as many as the shape has.
    pub fn f32(shape: &[usize], data: &[f32]) -> Values {
        let data = data.iter().copied().map(f64::from).collect();
        Values::new(shape, data, Stored::F32)
    }

    /// Of numbers in double precision.
    ///
    /// # Panics
    /// If there are not as many as the shape has.
    pub fn f64(shape: &[usize], data: &[f64]) -> Values {
        Values::new(shape, data.to_vec(), Stored::F64)
    }

    /// The same number everywhere, in double precision.
    pub fn filled(shape: &[usize], x: f64) -> Values {
        Values::new(shape, vec![x; shape.iter().product()], Stored::F64)
    }

    /// Of integers, along one axis.
    pub fn integers(data: &[i64]) -> Values {
        Values::new(&[data.len()], data.iter().map(|&n| n as f64).collect(), Stored::I64)
    }

    /// One integer.
    pub fn integer(n: i64) -> Values {
        Values { shape: Vec::new(), ..Values::integers(&[n]) }
    }

    /// Of numbers that are stored as said.
    ///
    /// # Panics
    /// If there are not as many as the shape has.
    pub fn new(shape: &[usize], data: Vec<f64>, stored: Stored) -> Values {
        assert_eq!(data.len(), shape.iter().product::<usize>(), "as many numbers as the shape has");
        Values { shape: shape.to_vec(), data, stored }
    }

    /// How many numbers.
    pub fn count(&self) -> usize {
        self.data.len()
    }

    /// All numbers as integers, if they are.
    pub(crate) fn as_integers(&self) -> Option<Vec<i64>> {
        let integer =
            |x: &f64| (x.trunc() == *x && x.abs() < 9_007_199_254_740_992.0).then_some(*x as i64);
        self.data.iter().map(integer).collect()
    }
}

/// Named numbers, texts and trees: a group of HDF5, such as the metadata of a node.
pub type Tree = BTreeMap<String, Item>;

/// What stands under a name of a [`Tree`].
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Numbers.
    Values(Values),
    /// Texts, along these axes; none for a single text.
    Text {
        /// Axes.
        shape: Vec<usize>,
        /// All texts in order.
        data: Vec<String>,
    },
    /// More names.
    Tree(Tree),
}

impl Item {
    /// A single text.
    pub fn text(text: &str) -> Item {
        Item::Text { shape: Vec::new(), data: vec![text.to_owned()] }
    }

    /// The text, if it is a single one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Item::Text { data, .. } if data.len() == 1 => Some(&data[0]),
            _ => None,
        }
    }
}
