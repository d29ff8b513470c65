#!/usr/bin/env python3
"""Holds isospike's profiles of vbjax 0.0.19 and tvb-library 2.10.0 against the two, step by step.

    cargo build --release -p isospike-benches --bin mass
    python3 benches/peers/mass_check.py

76 nodes, dense random weights, delays up to about 50 steps, 1,000 steps, Heun's method, f64. Each is installed on first use
into a virtual environment beside this file. With noise The Virtual Brain is given the variates that isospike draws. A row fails
if a state differs by more than 1e-6 of what the variable does.
The Virtual Brain keeps weights and what was sent in f32, and isospike's profile rounds both.
"""

import argparse
import json
import math
import random
import subprocess
import sys
from pathlib import Path

import run
from run import HERE, ROOT, Failed, last_json, python_of

run.REQUIREMENTS["vbjax"] = ["vbjax==0.0.19", "tqdm"]
run.REQUIREMENTS["tvb"] = ["tvb-library==2.10.0", "setuptools"]
run.REQUIREMENTS["tvbk"] = ["tvbk==0.5", "numpy"]

# node, coupling, scale, dt, ranges of initial values, parameters
TVB = [
    ("jansen_rit", "linear", 1e-4, 0.5, [(-0.1, 0.1), (-10, 10), (-5, 5), (-0.5, 0.5), (-1, 1), (-5, 5)]),
    ("montbrio_pazo_roxin", "linear", 1e-2, 0.01, [(0, 0.5), (-2, 0)]),
    ("generic_2d_oscillator", "linear", 1e-2, 0.1, [(-2, 2), (-5, 5)]),
    ("epileptor", "difference", 1e-2, 0.05, [(-2, -1), (-12, -8), (3, 3.5), (-1.2, -0.8), (0, 0.2), (-0.1, 0.1)], dict(Ks=-0.5, Kvf=0.3, Kf=0.2)),
    ("wilson_cowan", "linear", 1e-2, 0.1, [(0, 0.5), (0, 0.5)]),
    ("kuramoto", "kuramoto", 0.1, 0.1, [(0, 6)]),
    ("sup_hopf", "linear", 1e-3, 0.05, [(-1, 1), (-1, 1)]),
    ("reduced_wong_wang", "linear", 1e-3, 0.5, [(0, 0.5)]),
    ("reduced_wong_wang_exc_inh", "linear", 1e-3, 0.1, [(0, 0.5), (0, 0.5)]),
]
# dispersions of noise with which rows are run again, by the name of the node
NOISY = {
    "jansen_rit": 1e-5,
    "montbrio_pazo_roxin": 1e-3,
    "generic_2d_oscillator": 1e-3,
    "epileptor": 1e-5,
    "wilson_cowan": 1e-5,
    "kuramoto": 1e-3,
}
VBJAX = [
    ("jansen_rit", "scaling", 1e-4, 0.5, [(-0.1, 0.1), (-10, 10), (-5, 5), (-0.5, 0.5), (-1, 1), (-5, 5)]),
    ("montbrio_pazo_roxin", "scaling", 1e-2, 0.01, [(0, 0.5), (-2, 0)]),
]


def case_of(peer, nodes, steps, node, coupling, a, dt, ranges, params=None, noise=None):
    rng = random.Random(7)
    weights = [[rng.uniform(0, 1) if i != j else 0.0 for j in range(nodes)] for i in range(nodes)]
    # at least 2 steps: vbjax reads what was never written where a delay rounds to none
    lengths = [[rng.uniform(2.2, 50.0) * dt * 3.0 for _ in range(nodes)] for _ in range(nodes)]
    initial = [[rng.uniform(low, high) for _ in range(nodes)] for low, high in ranges]
    return dict(
        peer=peer, what="states", profile=peer, node=node, coupling=coupling, a=a, dt=dt, speed=3.0, steps=steps,
        weights=weights, lengths=lengths, initial=initial, params=params or {}, noise=noise,
    )


def states(command, case):
    result = subprocess.run(command, input=json.dumps(case), capture_output=True, text=True)
    if result.returncode != 0:
        raise Failed((result.stderr or result.stdout).strip().splitlines()[-1])
    return last_json(result.stdout, command)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=76)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--isospike", type=Path, default=ROOT / "target" / "release" / "mass")
    args = parser.parse_args()
    failed = False
    noisy = [(row, NOISY[row[0]]) for row in TVB if row[0] in NOISY]
    for peer, rows in (("tvb", [(row, None) for row in TVB] + noisy), ("vbjax", [(row, None) for row in VBJAX])):
        for row, noise in rows:
            case = case_of(peer, args.nodes, args.steps, *row, noise=noise)
            # The Virtual Brain divides Kuramoto's sum by the number of coupling variables, 1, where its text has that of nodes
            scale = 1 / args.nodes if (peer, row[1]) == ("tvb", "kuramoto") else 1
            ours = states([str(args.isospike), "-"], case)
            given = case | dict(a=case["a"] * scale, normals=ours["normals"])
            theirs = states([python_of(peer), str(HERE / "mass_peers.py"), "-"], given)["states"]
            ours = ours["states"]
            most = 0.0
            for k in range(len(row[4])):
                numbers = [x for step in theirs for x in step[k]]
                if not all(map(math.isfinite, numbers)):
                    raise Failed(f"{peer}, {row[0]}: its states are not finite")
                span = max(numbers) - min(numbers) or 1.0
                pairs = zip(numbers, (x for step in ours for x in step[k]), strict=True)
                most = max(most, max(abs(a - b) for a, b in pairs) / span)
            failed |= not most <= 1e-6
            verdict = "" if most <= 1e-6 else "FAILED"
            drift = "no noise" if noise is None else f"D = {noise:.0e}"
            print(f"{peer:6} {row[0]:26} {row[1]:10} {drift:9} {args.steps} steps: at most {most:.1e} of a variable's span {verdict}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
