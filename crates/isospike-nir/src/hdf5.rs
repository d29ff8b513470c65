//! Trees in HDF5. The only file that names the library.

use crate::{Item, Stored, Tree, Values};
use hdf5_pure::{DType, Dataset, DatasetBuilder, Error, File, FileBuilder, Group, GroupBuilder};
use std::path::Path;

/// The tree of a whole file. What is neither numbers nor text is left out.
pub(crate) fn read(path: &Path) -> Result<Tree, String> {
    let open = || group(&File::open(path)?.root());
    open().map_err(|e: Error| e.to_string())
}

fn group(from: &Group) -> Result<Tree, Error> {
    let mut tree = Tree::new();
    for name in from.groups()? {
        let below = group(&from.group(&name)?)?;
        tree.insert(name, Item::Tree(below));
    }
    for name in from.datasets()? {
        let dataset = from.dataset(&name)?;
        tree.extend(item(&dataset)?.map(|item| (name, item)));
    }
    Ok(tree)
}

fn item(from: &Dataset) -> Result<Option<Item>, Error> {
    let shape: Vec<_> = from.shape()?.into_iter().map(|n| n as usize).collect();
    let stored = match from.dtype()? {
        DType::F32 => Stored::F32,
        DType::F64 => Stored::F64,
        DType::String | DType::VariableLengthString => {
            let data = from.read_string()?;
            return Ok(Some(Item::Text { shape, data }));
        }
        DType::I8
        | DType::I16
        | DType::I32
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64 => Stored::I64,
        _ => return Ok(None),
    };
    let data = from.read_f64()?;
    // A null dataspace has a shape of one, and nothing in it.
    let fits = data.len() == shape.iter().product::<usize>();
    Ok(fits.then(|| Item::Values(Values::new(&shape, data, stored))))
}

/// A file with a tree.
pub(crate) fn write(path: &Path, tree: &Tree) -> Result<(), String> {
    let mut builder = FileBuilder::new();
    for (name, item) in tree {
        match item {
            Item::Tree(below) => {
                let group = filled(builder.create_group(name), below);
                builder.add_group(group.finish());
            }
            item => put(builder.create_dataset(name), item),
        }
    }
    builder.write(path).map_err(|e| e.to_string())
}

fn filled(mut to: GroupBuilder, tree: &Tree) -> GroupBuilder {
    for (name, item) in tree {
        match item {
            Item::Tree(below) => {
                let group = filled(to.create_group(name), below);
                to.add_group(group.finish());
            }
            item => put(to.create_dataset(name), item),
        }
    }
    to
}

fn put(to: &mut DatasetBuilder, item: &Item) {
    let shape = match item {
        Item::Values(Values { shape, .. }) | Item::Text { shape, .. } => shape,
        Item::Tree(_) => unreachable!("a group is no dataset"),
    };
    let shape: Vec<_> = shape.iter().map(|&n| n as u64).collect();
    match item {
        Item::Values(values) => match values.stored {
            Stored::F32 => {
                let data: Vec<_> = values.data.iter().map(|&x| x as f32).collect();
                to.with_f32_data(&data)
            }
            Stored::F64 => to.with_f64_data(&values.data),
            Stored::I64 => {
                let data: Vec<_> = values.data.iter().map(|&x| x as i64).collect();
                to.with_i64_data(&data)
            }
        },
        Item::Text { data, .. } => {
            to.with_vlen_strings(&data.iter().map(String::as_str).collect::<Vec<_>>())
        }
        Item::Tree(_) => unreachable!("a group is no dataset"),
    }
    .with_shape(&shape);
}
