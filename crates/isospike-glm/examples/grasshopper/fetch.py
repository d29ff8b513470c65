#!/usr/bin/env python3
"""Fetches the grasshopper recordings that PyPI's nitime ships, and writes them by milliseconds.

    python3 crates/isospike-glm/examples/grasshopper/fetch.py out/grasshopper

makes `1.csv` and `2.csv`: spikes of an auditory receptor in each ms of 10 s, and the mean amplitude of the sound in it, in
dB of the largest. The example and a test look for them there.

The recordings are by A. Rokem et al. (2006) J. Neurophysiol. 95:2541, doi:10.1152/jn.00891.2005; nitime is under the
BSD 3-clause licence.
"""

import argparse
import math
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NITIME = "nitime==0.12.1"
US_PER_BIN, BINS = 1_000, 10_000
HEADER = """# Spikes of an auditory receptor of a grasshopper by ms, and the amplitude of the sound in dB of the largest, from
# grasshopper_spike_times{k}.txt and grasshopper_stimulus{k}.txt of nitime 0.12.1. Recorded by A. Rokem et al. (2006)
# J. Neurophysiol. 95:2541. Copyright (c) 2006-2011, NIPY Developers, BSD 3-clause licence.
"""


def numbers(text):
    """Rows of numbers; lines with # are comments."""
    return [[float(x) for x in line.split()] for line in text.splitlines() if line.strip() and line[0] != "#"]


def by_ms(spike_times, stimulus):
    """(spikes, dB) of each ms; times are in us."""
    spikes, amplitude, samples = [0] * BINS, [0.0] * BINS, [0] * BINS
    for (t,) in spike_times:
        spikes[int(t) // US_PER_BIN] += 1
    for t, x in stimulus:
        amplitude[int(t) // US_PER_BIN] += x
        samples[int(t) // US_PER_BIN] += 1
    return [(n, 20 * math.log10(a / m)) for n, a, m in zip(spikes, amplitude, samples)]


def csv(k, rows):
    return HEADER.format(k=k) + "spikes,dB\n" + "".join(f"{n},{db:.2f}\n" for n, db in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for 1.csv and 2.csv")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, NITIME]
        subprocess.run(command, check=True)
        wheel = zipfile.ZipFile(next(Path(folder).glob("*.whl")))
        read = lambda name, k: numbers(wheel.read(f"nitime/data/grasshopper_{name}{k}.txt").decode())
        recordings = {k: by_ms(read("spike_times", k), read("stimulus", k)) for k in (1, 2)}
    args.out.mkdir(parents=True, exist_ok=True)
    for k, rows in recordings.items():
        (args.out / f"{k}.csv").write_text(csv(k, rows))
        print(f"{args.out / f'{k}.csv'}: {sum(n for n, _ in rows)} spikes in {BINS} ms")


if __name__ == "__main__":
    main()
