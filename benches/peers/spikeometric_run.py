#!/usr/bin/env python3
"""Runs isospike and Spikeometric 1.0.3 side by side on the same GLMs; writes a table, JSON and plots.

    cargo build --release -p isospike-benches --bin glm
    python3 benches/peers/spikeometric_run.py --out benches/runs/2026-01-31-spikeometric

Spikeometric is installed on first use into a virtual environment beside this file (4 GB: its torch brings CUDA along), which
takes Python 3.8 to 3.11. Every repetition runs both in turn, so that a slow minute of the machine touches both; medians are
reported. `--only synapses,T` runs part of it; `--isospike-only` measures isospike anew beside the figures of a former run.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

import run
from run import HERE, ROOT, Failed, last_json, machine, output_of, python_of
from spikeometric_published import published

run.REQUIREMENTS["spikeometric"] = ["torch==1.13.1", "torch-geometric==2.3.1", "spikeometric==1.0.3"]

# Bytes that Spikeometric needs a synapse: weights and edges, and by lag its filter and two temporaries.
BYTES_OF_SYNAPSE, BYTES_OF_LAG = 32, 12

# What is to hold: times faster per step, and most resident MB of isospike.
TARGETS = {
    "synapses 2.5e6": (300, 150),
    "synapses 5e7": (None, 500),
    "T 10": (300, 150),
    "T 100": (1000, 150),
    "small": (100, None),
    "dense": (5, None),
}


def even(x):
    return max(4, 2 * round(x / 2))


def neurons_for(synapses):
    """Neurons of which half of all pairs are connected."""
    return even(math.sqrt(2 * synapses))


def bernoulli(synapses, T=10, **changes):
    """Theirs: normal weights of standard deviation 5 / sqrt(n), refractory as far as the filter goes back."""
    absolute = min(3, T)
    params = dict(theta=5.0, coupling_window=T, alpha=0.2, abs_ref_scale=absolute, abs_ref_strength=-100.0)
    params |= dict(rel_ref_scale=min(7, T - absolute), rel_ref_strength=-30.0, beta=0.5, r=1.0)
    case = dict(model="bernoulli_glm", neurons=neurons_for(synapses), std=5.0, dt=1.0, batch=1)
    return case | dict(params=params | changes)


def dense(synapses):
    """Every neuron spikes with probability 1/2 in every step: no threshold, not refractory, weak weights."""
    return bernoulli(synapses, theta=0.0, abs_ref_strength=0.0, rel_ref_strength=0.0) | dict(std=0.2)


def other(model, neurons, T=1):
    """The other models with the parameters of their stored tests."""
    drive = dict(r=0.025, b=0.001, tau=10.0)
    lnp = dict(lambda_0=9.8, theta=-0.002)
    params = {
        "poisson_glm": dict(alpha=15.9, beta=10.0, T=T) | drive,
        "rectified_lnp": lnp | dict(T=T) | drive,
        "rectified_sam": dict(lambda_0=1.0861, theta=-0.0137) | drive,
        "threshold_sam": dict(theta=0.001378, sigma=0.3, rho=0.07) | drive,
    }[model]
    # PoissonGLM is right for a time step of 1 ms only: elsewhere its counts are multiplied by it.
    dt = 1.0 if model == "poisson_glm" else 0.1
    return dict(model=model, neurons=neurons, std=5.0, dt=dt, batch=1, params=params)


def cases():
    """(group, name, x of the plot, network)."""
    for name in ("1e3", "1e4", "1e5", "1e6", "2.5e6", "1e7", "5e7"):
        yield "synapses", name, float(name), bernoulli(float(name))
    yield "synapses", "5e7, T = 1", 5e7, bernoulli(5e7, T=1)
    for T in (1, 10, 20, 50, 100):
        yield "T", str(T), T, bernoulli(2.5e6, T=T)
    for batch in (1, 2, 4, 6, 10, 20, 30, 60):
        yield "batch", str(batch), batch, bernoulli(2.5e5) | dict(batch=batch)
    n = neurons_for(2.5e6)
    for model, T in (("poisson_glm", 1), ("poisson_glm", 10), ("rectified_lnp", 1), ("rectified_lnp", 10)):
        yield "models", f"{model}, T = {T}", None, other(model, n, T)
    for model in ("rectified_sam", "threshold_sam"):
        yield "models", model, None, other(model, n)
    for n in (20, 50, 100):
        yield "small", f"bernoulli_glm, {n} neurons", None, bernoulli(n * n / 2)
        # with a standard deviation of 5 the rates of some draws of 50 weights run away in both simulators
        yield "small", f"rectified_lnp, {n} neurons", None, other("rectified_lnp", n, T=20) | dict(std=1.0)
        yield "small", f"rectified_sam, {n} neurons", None, other("rectified_sam", n)
    for name in ("1e4", "1e6", "2.5e6"):
        yield "dense", name, None, dense(float(name))


def needed_mb(case):
    """About what Spikeometric will need."""
    synapses = case["batch"] * case["neurons"] ** 2 / 2
    params = case["params"]
    refractory = params.get("abs_ref_scale", 0) + params.get("rel_ref_scale", 0)
    lags = max(params.get("T", params.get("coupling_window", 1)), refractory)
    return synapses * (BYTES_OF_SYNAPSE + BYTES_OF_LAG * lags) / 2**20 + 400


def available_mb():
    with open("/proc/meminfo") as meminfo:
        line = next(line for line in meminfo if line.startswith("MemAvailable"))
    return int(line.split()[1]) / 1024


def spikeometric(case):
    needed, available = needed_mb(case), available_mb()
    if needed > 0.8 * available:
        raise Failed(f"needs about {needed:.0f} MB; {available:.0f} MB are free")
    command = [python_of("spikeometric"), str(HERE / "spikeometric_nets.py"), json.dumps(case)]
    return last_json(output_of(command), command)


def isospike(binary, case):
    command = [str(binary), json.dumps(case)]
    return last_json(output_of(command), command)


def middle(rows):
    """The median run by its time of a step, and the extremes of all."""
    row = sorted(rows, key=lambda r: r["step_s"])[len(rows) // 2]
    steps = [r["step_s"] for r in rows]
    return row | dict(step_low_s=min(steps), step_high_s=max(steps))


def measure(args, group, name, case, former):
    """Both simulators in turn; what cannot be run is said."""
    case = case | dict(seconds=args.seconds, threads=args.threads)
    row = dict(group=group, name=name, case=case)
    runners = dict(spikeometric=lambda: spikeometric(case), isospike=lambda: isospike(args.isospike, case))
    if group == "batch" and case["batch"] > 1:
        runners["lanes"] = lambda: isospike(args.isospike, case | dict(batch=1, lanes=case["batch"]))
    if args.isospike_only:
        row["spikeometric"] = former.get((group, name), {}).get("spikeometric")
        del runners["spikeometric"]
    results = {simulator: [] for simulator in runners}
    for repeat in range(args.repeats):
        for simulator, runner in runners.items():
            if f"{simulator}_failure" in row:
                continue
            try:
                result = runner()
                results[simulator].append(result)
                shown = f"{1e6 * result['step_s']:.4g} us a step, {result['rss_mb']:.0f} MB"
            except (Failed, OSError, KeyError, json.JSONDecodeError) as error:
                shown = row[f"{simulator}_failure"] = f"{error}"
            print(f"{group} {name}, {simulator} {repeat + 1} of {args.repeats}: {shown}", file=sys.stderr)
    for simulator, rows in results.items():
        if rows:
            row[simulator] = middle(rows)
    theirs, ours = row.get("spikeometric"), row.get("isospike")
    if theirs and ours:
        row["ratio"] = theirs["step_s"] / ours["step_s"]
    return row


def targets(rows):
    """(what, least ratio or most MB, measured, met)."""
    found = []
    for what, (ratio, rss) in TARGETS.items():
        own = [r for r in rows if what in (r["group"], f"{r['group']} {r['name']}") and "isospike" in r]
        ratios = [r["ratio"] for r in own if "ratio" in r]
        if ratio and own and not ratios:
            found.append((what, f"at least {ratio} times faster", "not measured", False))
        elif ratio and own:
            found.append((what, f"at least {ratio} times faster", f"{min(ratios):.0f}", min(ratios) >= ratio))
        if rss and own:
            most = max(r["isospike"]["rss_mb"] for r in own)
            found.append((what, f"under {rss} MB", f"{most:.0f} MB", most < rss))
    return found


def time_of(seconds):
    for unit, factor in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


TITLES = {
    "synapses": "Time per step against synapses, Bernoulli GLM, T = 10",
    "T": "Time per step against the length of the filter, Bernoulli GLM, 2.5 million synapses",
    "batch": "Networks in one run, Bernoulli GLM, T = 10, 250,000 synapses each",
    "models": "Other models, 2.5 million synapses",
    "small": "Small networks",
    "dense": "Dense regime: every neuron spikes with probability 1/2, Bernoulli GLM, T = 10",
}


def markdown(args, before, after, rows):
    load = f"{before['load'][0]:.1f} to {after['load'][0]:.1f}"
    lines = [
        "# isospike beside Spikeometric 1.0.3",
        "",
        f"{before['cpu']}, {before['cores']} cores, {before['memory_gb']} GiB, {before['platform']}; load {load}. "
        f"{args.threads} thread each; the median of {args.repeats} runs in turn, of which each gives a median over its steps. "
        "Spikes per step are those of isospike, with Spikeometric's in brackets: weights and random numbers are other draws "
        "of the same distributions. MB: peak of the whole process.",
        "",
        "| to hold | | measured | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {what} | {wanted} | {got} | {'yes' if met else 'NO'} |" for what, wanted, got, met in targets(rows)]
    for group, title in TITLES.items():
        own = [r for r in rows if r["group"] == group]
        if not own:
            continue
        lanes = group == "batch"
        lines += ["", f"## {title}", ""]
        lines += ["| | neurons | synapses | spikes per step | Spikeometric | MB | isospike | MB | times faster | its documentation |"]
        lines[-1] += " isospike, one network, as many seeds |" if lanes else ""
        lines += ["|---" * (11 if lanes else 10) + "|"]
        for row in own:
            theirs, ours = row.get("spikeometric"), row.get("isospike")
            shown = ours or theirs
            if shown is None:
                lines.append(f"| {row['name']} | not run |" + " |" * (9 if lanes else 8))
                continue
            spikes = f"{shown['spikes_per_step']:.3g}" + (f" ({theirs['spikes_per_step']:.3g})" if theirs and ours else "")
            cells = [row["name"], f"{shown['neurons']:,}", f"{shown['synapses']:,}", spikes]
            for simulator, result in (("spikeometric", theirs), ("isospike", ours)):
                cells += (
                    [time_of(result["step_s"]), f"{result['rss_mb']:.0f}"]
                    if result
                    else [row.get(f"{simulator}_failure", "not run"), "–"]
                )
            cells += [f"{row['ratio']:,.0f}" if "ratio" in row else "–", published(group, row["x"]) or "–"]
            if lanes:
                cells += [time_of(row["lanes"]["step_s"]) if "lanes" in row else "–"]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"of {', '.join(TITLES)}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="to measure for in a run")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--isospike", type=Path, default=ROOT / "target" / "release" / "glm")
    parser.add_argument("--isospike-only", action="store_true", help="keep Spikeometric's figures that are in --out")
    parser.add_argument("--out", type=Path, help="folder for table.md, runs.json and plots")
    args = parser.parse_args()
    unknown = [name for name in args.only or [] if name not in TITLES]
    if unknown:
        parser.error(f"not known: {', '.join(unknown)}")
    if not args.isospike.exists():
        parser.error(f"{args.isospike} is missing: cargo build --release -p isospike-benches --bin glm")
    former = {}
    if args.out and (args.out / "runs.json").exists():
        kept = json.loads((args.out / "runs.json").read_text())["rows"]
        former = {(row["group"], row["name"]): row for row in kept}
    if args.isospike_only and not former:
        parser.error("--isospike-only needs the runs.json of a former run in --out")

    before = machine()
    rows = []
    for group, name, x, case in cases():
        if args.only is None or group in args.only:
            rows.append(measure(args, group, name, case, former) | dict(x=x))
        elif (group, name) in former:
            rows.append(former[group, name])
    after = machine()

    table = markdown(args, before, after, rows)
    print(table)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "table.md").write_text(table)
        report = dict(machine=before, load_after=after["load"], repeats=args.repeats, rows=rows)
        (args.out / "runs.json").write_text(json.dumps(report, indent=1) + "\n")
        plot = [python_of("spikeometric"), str(HERE / "spikeometric_plot.py"), str(args.out)]
        subprocess.run(plot, check=True)
    missed = [what for what, _, _, met in targets(rows) if not met]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed or any("isospike_failure" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
