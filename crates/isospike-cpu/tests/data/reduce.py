"""Makes spikingjelly.json of SpikingJelly's reference values: all cases, of each the first neurons.

python3 reduce.py GOLDEN.json > spikingjelly.json

GOLDEN.json is what SpikingJelly 2.0.0 (Apache-2.0) gives under torch 2.7.1 on a CPU: per case the
bits of inputs x, initial potentials v0, derivatives gs and gv by spikes and potentials, spikes s,
potentials v_seq after and h_seq before the reset, and derivatives gx by x and gv0 by v0, once from
its closed form ("kernel") and once from torch's autograd. Neurons do not know each other, so the
first of them are cases of their own; only plif's gw is a sum over all.
"""

import json
import sys

NEURONS = 4
ROWS = ["x", "gs", "gv", "s", "v_seq", "h_seq", "gx_kernel", "gx_autograd"]
ONE = ["v0", "gv0_kernel", "gv0_autograd"]
KEPT = ["model", "dtype", "T", "v_th", "v_reset", "detach", "surrogate", "alpha", "params"]


def first(case, key, n):
    rows = case["T"] if key in ROWS else 1
    digits = len(case[key]) // rows // case["N"]
    row = digits * case["N"]
    return "".join(case[key][t * row : t * row + digits * n] for t in range(rows))


def reduced(case):
    n = case["N"] if case["model"] == "plif" else NEURONS
    out = {key: case[key] for key in KEPT} | {"N": n}
    out |= {key: case[key] for key in ["gw_autograd"] if key in case}
    return out | {key: first(case, key, n) for key in ROWS + ONE if key in case}


golden = json.load(open(sys.argv[1]))
lines = [json.dumps(reduced(case)) for case in golden["cases"]]
print('{"source": ' + json.dumps(golden["source"]) + ',\n"cases": [\n' + ",\n".join(lines) + "\n]}")
