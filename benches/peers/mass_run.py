#!/usr/bin/env python3
"""Runs isospike and vbjax 0.0.19 side by side on the notebook vbjax is measured by; writes a table and JSON.

    cargo build --release -p isospike-benches --bin mass
    python3 benches/peers/mass_run.py --out benches/runs/2026-01-31-mass

32 columns of Jansen and Rit, dense weights without delays, stochastic Heun, 1,024 steps, f32, one thread. vbjax is given its
noise, an array per lane made before the clock starts, and gives back all states; its loop is unrolled by what suits it best.
isospike draws its noise while the clock runs, once for all states kept and once for the signal y1 - y2 alone.
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
        "# isospike beside vbjax 0.0.19",
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
    after = machine()
    table = markdown(before, after, rows)
    print(table)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "table.md").write_text(table)
        report = dict(machine=before, load_after=after["load"], rows=rows)
        (args.out / "runs.json").write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
