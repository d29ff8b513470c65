#!/usr/bin/env python3
"""Runs isospike and SpikingJelly 2.0.0 side by side on the layers of SpikingJelly's tutorial; writes a table and JSON.

    cargo build --release -p isospike-benches --bin layers
    python3 benches/peers/spikingjelly_run.py --out benches/runs/2026-01-31-spikingjelly

SpikingJelly is installed on first use into a virtual environment beside this file (6 GB: its torch brings CUDA along). Every
repetition runs both in turn, so that a slow minute of the machine touches both; medians are reported. A row is shown only if
the spikes of both are equal to the bit. `--only 40` or `--only 1048576` runs the layers with so many neurons, `--steps 8,16`
those of so many steps.
"""

import argparse
import json
import sys
from pathlib import Path

import run
from run import HERE, ROOT, Failed, last_json, machine, output_of, python_of
from spikeometric_run import available_mb, time_of

run.REQUIREMENTS["spikingjelly"] = ["torch", "spikingjelly==2.0.0"]

STEPS = (8, 16, 32, 64, 128)
NEURONS = (40, 1 << 20)
THREADS = (1, 2)

# How many times faster isospike is to be with so many neurons.
TARGETS = {40: 100, 1 << 20: 10}

# Numbers per neuron and step that SpikingJelly holds at most, measured: its graph keeps what each operation made.
HELD = {False: 11, True: 18}


def cases():
    for neurons in NEURONS:
        for train in (False, True):
            for steps in STEPS:
                yield dict(neuron="lif", steps=steps, neurons=neurons, train=train)


def spikingjelly(case):
    needed = 4 * HELD[case["train"]] * case["steps"] * case["neurons"] / 2**20 + 600
    available = available_mb()
    if needed > 0.8 * available:
        raise Failed(f"needs about {needed:.0f} MB; {available:.0f} MB are free")
    command = [python_of("spikingjelly"), str(HERE / "spikingjelly_layer.py"), json.dumps(case)]
    return last_json(output_of(command), command)


def isospike(binary, case):
    command = [str(binary), json.dumps(case)]
    return last_json(output_of(command), command)


def name_of(case):
    way = "forward and backward" if case["train"] else "forward"
    return f"{way}, T = {case['steps']}, N = {case['neurons']}, {case['threads']} threads"


def middle(rows):
    row = sorted(rows, key=lambda r: r["pass_s"])[len(rows) // 2]
    return row | dict(pass_low_s=min(r["pass_s"] for r in rows), pass_high_s=max(r["pass_s"] for r in rows))


def measure(args, case):
    """Both in turn; what cannot be run, and spikes that differ, are said."""
    row = dict(case=case)
    runners = dict(spikingjelly=lambda: spikingjelly(case), isospike=lambda: isospike(args.isospike, case))
    results = {simulator: [] for simulator in runners}
    for repeat in range(args.repeats):
        for simulator, runner in runners.items():
            if f"{simulator}_failure" in row:
                continue
            try:
                result = runner()
                results[simulator].append(result)
                shown = f"{time_of(result['pass_s'])} a pass, {result['rss_mb']:.0f} MB"
            except (Failed, OSError, KeyError, json.JSONDecodeError) as error:
                shown = row[f"{simulator}_failure"] = f"{error}"
            print(f"{name_of(case)}, {simulator} {repeat + 1} of {args.repeats}: {shown}", file=sys.stderr)
    for simulator, rows in results.items():
        if rows:
            row[simulator] = middle(rows)
    if len({r["spikes"] for rows in results.values() for r in rows}) > 1:
        row["isospike_failure"] = "its spikes are others"
        del row["isospike"]
    theirs, ours = row.get("spikingjelly"), row.get("isospike")
    if theirs and ours:
        row["ratio"] = theirs["pass_s"] / ours["pass_s"]
    return row


def targets(rows):
    """(what, least ratio, measured, met)."""
    for neurons, ratio in TARGETS.items():
        found = [r["ratio"] for r in rows if r["case"]["neurons"] == neurons and "ratio" in r]
        if found:
            yield f"N = {neurons:,}", f"at least {ratio} times faster", f"{min(found):.1f}", min(found) >= ratio


def gradients(row):
    """What became of the derivatives by the inputs, which the two round in another order."""
    theirs, ours = (row[simulator]["by_x"] for simulator in ("spikingjelly", "isospike"))
    return "–" if ours is None else "the same bits" if theirs == ours else "other bits"


def markdown(args, before, after, rows):
    load = f"{before['load'][0]:.1f} to {after['load'][0]:.1f}"
    lines = [
        "# isospike beside SpikingJelly 2.0.0",
        "",
        f"{before['cpu']}, {before['cores']} cores, {before['memory_gb']} GiB, {before['platform']}; load {load}. "
        f"`lif` with tau 2, hard reset and ATan(2), inputs between 0 and 2; f32, equal spikes in all rows. "
        f"The median of {args.repeats} runs in turn, of which each gives a median over its passes; both forget their state "
        "after a pass. GB/s count 8 B per neuron and step forward, 24 with the way back. MB: peak of the whole process.",
        "",
        "| to hold | | measured | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {what} | {wanted} | {got} | {'yes' if met else 'NO'} |" for what, wanted, got, met in targets(rows)]
    for neurons in NEURONS:
        for train in (False, True):
            own = [r for r in rows if r["case"]["neurons"] == neurons and r["case"]["train"] == train]
            if not own:
                continue
            lines += ["", f"## N = {neurons:,}, forward{' and backward' if train else ''}", ""]
            lines += ["| T | threads | rate | SpikingJelly | MB | isospike | MB | GB/s | times faster | derivatives |"]
            lines += ["|---" * 10 + "|"]
            for row in own:
                theirs, ours = row.get("spikingjelly"), row.get("isospike")
                cells = [str(row["case"]["steps"]), str(row["case"]["threads"])]
                cells += [f"{(ours or theirs)['rate']:.3f}" if ours or theirs else "–"]
                for simulator in ("spikingjelly", "isospike"):
                    result = row.get(simulator)
                    cells += (
                        [time_of(result["pass_s"]), f"{result['rss_mb']:.0f}"]
                        if result
                        else [row.get(f"{simulator}_failure", "not run"), "–"]
                    )
                moved = (24 if train else 8) * row["case"]["steps"] * neurons
                cells += [f"{moved / ours['pass_s'] / 1e9:.1f}" if ours else "–"]
                cells += [f"{row['ratio']:,.0f}", gradients(row)] if "ratio" in row else ["–", "–"]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, choices=NEURONS, help="neurons")
    parser.add_argument("--steps", type=lambda text: [int(n) for n in text.split(",")], default=STEPS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="to measure for in a run")
    parser.add_argument("--isospike", type=Path, default=ROOT / "target" / "release" / "layers")
    parser.add_argument("--out", type=Path, help="folder for table.md and runs.json")
    args = parser.parse_args()
    if not args.isospike.exists():
        parser.error(f"{args.isospike} is missing: cargo build --release -p isospike-benches --bin layers")

    before = machine()
    rows = []
    for case in cases():
        if args.only in (None, case["neurons"]) and case["steps"] in args.steps:
            rows += [measure(args, case | dict(threads=n, seconds=args.seconds)) for n in THREADS]
    after = machine()

    table = markdown(args, before, after, rows)
    print(table)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "table.md").write_text(table)
        report = dict(machine=before, load_after=after["load"], repeats=args.repeats, rows=rows)
        (args.out / "runs.json").write_text(json.dumps(report, indent=1) + "\n")
    missed = [what for what, _, _, met in targets(rows) if not met]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed or any("isospike_failure" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
