//! HDF5, as far as a record needs it. The only file that names the library.

use hdf5_pure::{
    AttrValue, Dataset, DatasetBuilder, Datatype, Error, File, FileAccessProperties, FileBuilder,
    GroupBuilder, MaxExtent, SyncPolicy, make_f64_type, make_u64_type,
};
use std::io;
use std::path::Path;

/// Columns that grow, in a file. Memory must not grow with them, and nothing is compressed: the
/// readers of SONATA need not know filters.
pub(crate) trait Columns: Send {
    /// Adds to the column of floats of a group.
    fn append_floats(&mut self, group: usize, values: &[f64]) -> io::Result<()>;
    /// Adds to the column of integers of a group.
    fn append_integers(&mut self, group: usize, values: &[u64]) -> io::Result<()>;
    /// Completes the file.
    fn close(self: Box<Self>) -> io::Result<()>;
}

/// What a file is made of: groups below one group, each with a column of floats and one of
/// integers, both empty.
pub(crate) struct Layout<'a> {
    /// Name of the group above all.
    pub(crate) above: &'a str,
    /// Names of the groups.
    pub(crate) groups: Vec<&'a str>,
    /// Name of the floats, and their attribute `units`.
    pub(crate) floats: [&'a str; 2],
    /// Name of the integers.
    pub(crate) integers: &'a str,
    /// Elements that are stored side by side.
    pub(crate) chunk: u64,
    /// Attributes of the whole file.
    pub(crate) magic: u32,
    /// Major and minor.
    pub(crate) version: [u32; 2],
}

/// Creates a file.
pub(crate) fn create(path: &Path, layout: &Layout<'_>) -> io::Result<Box<dyn Columns>> {
    build(path, layout).map(|columns| Box::new(columns) as _).map_err(io)
}

/// A file of `hdf5-pure`, which appends whole chunks in place and needs no more than one in memory.
struct Pure {
    file: File,
    floats: Vec<Dataset>,
    integers: Vec<Dataset>,
}

fn build(path: &Path, layout: &Layout<'_>) -> Result<Pure, Error> {
    let mut builder = FileBuilder::new();
    builder.set_attr("magic", AttrValue::U32(layout.magic));
    builder.set_attr("version", AttrValue::U32Array(layout.version.to_vec()));
    let mut above = builder.create_group(layout.above);
    let [floats, units] = layout.floats;
    for name in &layout.groups {
        let mut group = above.create_group(name);
        column(&mut group, floats, make_f64_type(), layout.chunk)
            .set_attr("units", AttrValue::AsciiString(units.into()));
        column(&mut group, layout.integers, make_u64_type(), layout.chunk);
        above.add_group(group.finish());
    }
    builder.add_group(above.finish());
    builder.write(path)?;

    // A record is not a journal: one that was cut short by a power failure is made again.
    let once = FileAccessProperties::new().with_sync_policy(SyncPolicy::OnClose);
    let file = File::open_rw_with_options(path, once)?;
    let open = |column: &str| {
        let path = |group: &&str| format!("{}/{group}/{column}", layout.above);
        layout.groups.iter().map(|group| file.dataset(&path(group))).collect::<Result<_, _>>()
    };
    Ok(Pure { floats: open(floats)?, integers: open(layout.integers)?, file })
}

fn column<'a>(
    group: &'a mut GroupBuilder,
    name: &str,
    datatype: Datatype,
    chunk: u64,
) -> &'a mut DatasetBuilder {
    group
        .create_dataset(name)
        .with_dtype(datatype)
        .with_shape(&[0])
        .with_maxshape(&[MaxExtent::Unlimited])
        .with_chunks(&[chunk])
}

impl Columns for Pure {
    fn append_floats(&mut self, group: usize, values: &[f64]) -> io::Result<()> {
        self.floats[group].append(values).map_err(io)
    }
    fn append_integers(&mut self, group: usize, values: &[u64]) -> io::Result<()> {
        self.integers[group].append(values).map_err(io)
    }
    fn close(self: Box<Self>) -> io::Result<()> {
        let Pure { file, floats, integers } = *self;
        // A file can only be sealed by its last handle.
        drop((floats, integers));
        file.close().map_err(io)
    }
}

fn io(e: Error) -> io::Error {
    io::Error::other(e)
}
