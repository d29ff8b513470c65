#!/usr/bin/env python3
"""Runs isospike beside vbjax 0.0.19, tvb-library 2.10.0 and tvbk 0.5; writes tables and JSON.

    cargo build --release -p isospike-benches --bin mass
    python3 benches/peers/mass_run.py --out benches/runs/2026-01-31-mass

32 columns of Jansen and Rit, dense weights without delays, stochastic Heun, 1,024 steps, f32, one thread. vbjax is given its
noise, an array per lane made before the clock starts, and gives back all states; its loop is unrolled by what suits it best.
isospike draws its noise while the clock runs, once for all states kept and once for the signal y1 - y2 alone. The clock runs
until results lie in one array.

The second table is of networks with delays, as each peer runs them: dense random weights, noise on all variables, Heun's
method. The Virtual Brain's NumPy simulator runs a tenth of the steps. 16,384 lanes are isospike's alone: noise and states take
vbjax 26 GB.
"""

import argparse
import json
import sys
from pathlib import Path

import run
from run import HERE, ROOT, Failed, last_json, machine, output_of, python_of
import mass_check  # noqa: F401: says what is to be installed
from spikeometric_run import time_of

LANES = (1, 8, 64, 1024)
UNROLL = (1, 4, 10)
# How many times faster isospike is to be at one lane, and at more.
TARGETS = (3, 8)


def vbjax(lanes, unroll, seconds):
    case = dict(peer="vbjax", what="time", nodes=32, steps=1024, lanes=lanes, own_noise=True, unroll=unroll, seconds=seconds)
    command = [python_of("vbjax"), str(HERE / "mass_peers.py"), json.dumps(case)]
    return last_json(output_of(command), command)


def isospike(binary, lanes, record, noise):
    case = dict(lanes=lanes, record=record, repeats=3 if lanes > 64 else 15)
    if noise:
        case["noise"] = "*"
    command = [str(binary), json.dumps(case)]
    return last_json(output_of(command), command)


# node, nodes, delays below so many steps, steps
DELAYED = [
    ("jansen_rit", 32, 248, 512, [("tvbk", {}, lanes) for lanes in (8, 32, 128)]),
    ("montbrio_pazo_roxin", 84, 100, 512, [("tvbk", {}, lanes) for lanes in (8, 64, 256)]),
    (
        "montbrio_pazo_roxin",
        84,
        100,
        100_000,
        [("vbjax", {}, 1), ("tvb", dict(numba=True), 1), ("tvb", dict(numba=False, steps=10_000), 1)],
    ),
]


def delayed(args):
    rows = []
    for node, nodes, delays, steps, peers in DELAYED:
        for peer, more, lanes in peers:
            case = dict(node=node, nodes=nodes, delays=delays, steps=steps, lanes=lanes)
            given = dict(case, peer=peer, what="delays", seconds=args.seconds, **more)
            command = [python_of(peer), str(HERE / "mass_peers.py"), json.dumps(given)]
            name = peer + (", numba" if more.get("numba") else "")
            row = dict(case, peer=name)
            try:
                scale = steps / given["steps"]
                row["run_s"] = last_json(output_of(command), command)["run_s"] * scale
                shown = time_of(row["run_s"])
            except Failed as error:
                shown = f"{error}"
            print(f"{lanes} lanes, {node}, {name}: {shown}", file=sys.stderr)
            own = dict(case, noise="*", record="nothing" if peer == "tvbk" else "state", double=peer == "tvb", repeats=5, stable=node == "jansen_rit", dt=1.0 if node == "jansen_rit" else 0.01)
            command = [str(args.isospike), json.dumps(own)]
            row["isospike"] = last_json(output_of(command), command)
            print(f"{lanes} lanes, {node}, isospike: {time_of(row['isospike']['seconds'])}", file=sys.stderr)
            rows.append(row)
    return rows


def delayed_table(rows):
    lines = [
        "",
        "With delays, one thread. Beside tvbk nothing is recorded, beside the others all states are; The Virtual Brain is in f64, and so is "
        "isospike beside it. Its NumPy simulator ran 10,000 steps, and ten times that is written here; its numba backend compiles at each "
        "call, so its time is that of twice the steps less that of the steps. Gathered: what sums over edges read, over the whole time; reads: what reads of as many bytes side by side, anywhere in an array as large as a tile's rings, come to.",
        "",
        "| network | lanes | steps | peer | its time | isospike | times faster | million node-steps/s | gathered GB/s | reads GB/s |",
        "|---" * 10 + "|",
    ]
    for row in rows:
        own, peer = row["isospike"], row.get("run_s")
        cells = [f"{row['nodes']} x {row['node']}, below {row['delays']} steps", f"{row['lanes']:,}", f"{row['steps']:,}", row["peer"]]
        cells += [time_of(peer) if peer else "–", time_of(own["seconds"])]
        cells += [f"{peer / own['seconds']:.1f}" if peer else "–", f"{own['node_steps_per_s'] / 1e6:.1f}"]
        cells += [f"{own['gather_gb_s']:.1f}", f"{own['reads_gb_s']:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def many(args):
    """16,384 lanes, and a thousand with delays on two threads, for which 100 million node-steps/s are to be held."""
    cases = [
        ("16,384 lanes, signal, noise, 1 thread", dict(lanes=16384, noise="*")),
        ("16,384 lanes, signal, 1 thread", dict(lanes=16384)),
        ("1,024 lanes, delays below 255 steps, signal, 2 threads", dict(lanes=1024, delays=255, threads=2, stable=True)),
        ("1,024 lanes, delays below 255 steps, moments, 2 threads", dict(lanes=1024, delays=255, threads=2, stable=True, record="moments")),
    ]
    rows = []
    for name, case in cases:
        command = [str(args.isospike), json.dumps(dict(case, repeats=3))]
        rows.append(dict(name=name, **last_json(output_of(command), command)))
        print(f"{name}: {time_of(rows[-1]['seconds'])}", file=sys.stderr)
    return rows


def many_table(rows):
    lines = ["", "isospike alone, 32 columns, 1,024 steps:", "", "| case | time | million node-steps/s |", "|---|---|---|"]
    lines += [f"| {row['name']} | {time_of(row['seconds'])} | {row['node_steps_per_s'] / 1e6:.1f} |" for row in rows]
    return "\n".join(lines) + "\n"


def measure(args, lanes):
    row = dict(lanes=lanes, vbjax=[], isospike={})
    for unroll in UNROLL:
        try:
            result = vbjax(lanes, unroll, args.seconds)
            row["vbjax"].append(dict(unroll=unroll, **result))
            shown = time_of(result["run_s"])
        except Failed as error:
            shown = f"{error}"
        print(f"{lanes} lanes, vbjax, unroll {unroll}: {shown}", file=sys.stderr)
    for record, noise in (("state", True), ("signal", True), ("state", False), ("signal", False)):
        result = isospike(args.isospike, lanes, record, noise)
        row["isospike"][f"{record}{', noise' if noise else ''}"] = result
        print(f"{lanes} lanes, isospike, {record}, noise {noise}: {time_of(result['seconds'])}", file=sys.stderr)
    return row


def markdown(before, after, rows):
    kinds = list(rows[0]["isospike"])
    lines = [
        "# isospike beside vbjax 0.0.19, tvb-library 2.10.0 and tvbk 0.5",
        "",
        f"{before['cpu']}, {before['cores']} cores, {before['memory_gb']} GiB, {before['platform']}; load "
        f"{before['load'][0]:.1f} to {after['load'][0]:.1f}. One thread, f32: 32 columns of Jansen and Rit, dense, no delays, 1,024 "
        "steps of stochastic Heun. vbjax is given its noise and gives back all states; the best of its unrollings. isospike "
        "draws its noise meanwhile. In brackets: times faster than vbjax.",
        "",
        "| lanes | vbjax | " + " | ".join(f"isospike, {kind}" for kind in kinds) + " | to hold, all states and noise |",
        "|---" * (3 + len(kinds)) + "|",
    ]
    for row in rows:
        best = min((r["run_s"] for r in row["vbjax"]), default=None)
        cells = [f"{row['lanes']:,}", time_of(best) if best else "–"]
        for kind in kinds:
            own = row["isospike"][kind]["seconds"]
            cells.append(f"{time_of(own)}" + (f" ({best / own:.1f})" if best else ""))
        target = TARGETS[row["lanes"] > 1]
        met = best and best / row["isospike"][kinds[0]]["seconds"] >= target
        cells.append(f"{target} times: {'yes' if met else 'NO'}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lanes", type=lambda text: [int(n) for n in text.split(",")], default=LANES)
    parser.add_argument("--seconds", type=float, default=3.0, help="to measure vbjax for")
    parser.add_argument("--isospike", type=Path, default=ROOT / "target" / "release" / "mass")
    parser.add_argument("--out", type=Path, help="folder for table.md and runs.json")
    args = parser.parse_args()
    before = machine()
    rows = [measure(args, lanes) for lanes in args.lanes]
    late, alone = delayed(args), many(args)
    after = machine()
    table = markdown(before, after, rows) + delayed_table(late) + many_table(alone)
    print(table)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "table.md").write_text(table)
        report = dict(machine=before, load_after=after["load"], rows=rows, delayed=late, alone=alone)
        (args.out / "runs.json").write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
