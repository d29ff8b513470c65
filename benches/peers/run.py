#!/usr/bin/env python3
"""Runs isospike, NEST and Brian2 side by side on the same networks and writes a table with the ratios.

    cargo build --release
    python3 benches/peers/run.py --out benches/runs/2026-01-31-peers

Each simulator is installed on first use into a virtual environment beside this file; on Debian 12 that takes
`apt-get install python3-venv g++ make`. Every repetition runs all simulators in turn, so that a slow minute of the
machine touches all of them; medians are reported.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from report import MODEL_MS, SEED

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

REQUIREMENTS = {
    "nest": ["nest-simulator==3.10.0", "scipy", "numpy"],
    "brian2": ["brian2==2.9.0", "numpy<2.3"],
}

# How `isospike run` is asked for the same network: 4,000 neurons; order 2,000; a tenth of the column, Poisson drive.
ISOSPIKE = {
    "cuba": ["cuba"],
    "coba": ["coba"],
    "brunel_delta": ["brunel_delta", "--scale", "0.8"],
    "brunel_alpha": ["brunel_alpha", "--scale", "0.8"],
    "microcircuit": ["microcircuit", "--scale", "0.1"],
}

# A row whose mean rate is further than this from the median of the simulators did not simulate the same thing.
RATE_TOLERANCE = 0.25


class Failed(Exception):
    """A simulator gave no result; the message says why."""


def python_of(simulator):
    """The interpreter of this simulator's virtual environment, which is made when it is missing."""
    venv = HERE / f".venv-{simulator.removesuffix('2')}"
    python = venv / "bin" / "python"
    stamp = venv / "requirements.txt"
    wanted = "\n".join(REQUIREMENTS[simulator]) + "\n"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {' '.join(REQUIREMENTS[simulator])} into {venv.name}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *REQUIREMENTS[simulator]], check=True)
        stamp.write_text(wanted)
    return str(python)


def last_json(text, command):
    """The last line of `text` that is a JSON object."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise Failed(f"no result from: {' '.join(command)}")


def output_of(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        tail = (result.stderr or result.stdout).strip().splitlines()[-1:]
        raise Failed(f"exit {result.returncode}: {' '.join(tail)}")
    return result.stdout


class Isospike:
    """One process a repetition."""

    def __init__(self, binary, network, threads, precision, model_ms, seed):
        self.network, self.model_ms = network, model_ms
        self.binary = str(binary)
        self.command = [self.binary, "run", *ISOSPIKE[network], "--json", "--device", "cpu"]
        self.command += ["--threads", str(threads), "--precision", precision]
        self.command += ["--time", f"{model_ms:g}ms", "--seed", str(seed)]

    def run(self):
        version = output_of([self.binary, "--version"]).split()[-1]
        with tempfile.TemporaryDirectory() as out:
            command = [*self.command, "--out", out]
            row = json.loads(output_of(command))
        return row | dict(
            simulator="isospike",
            version=version,
            network=self.network,
            model_ms=self.model_ms,
            rate_hz=row["rates_hz"],
            rss_mb=row["peak_rss_bytes"] / 2**20,
        )

    def close(self):
        pass


class Nest:
    """One process a repetition, so that peak memory is that of one run."""

    def __init__(self, network, threads, model_ms, seed):
        self.command = [python_of("nest"), str(HERE / "nest_nets.py"), network]
        self.command += ["--threads", str(threads), "--model-ms", str(model_ms), "--seed", str(seed)]

    def run(self):
        return last_json(output_of(self.command), self.command)

    def close(self):
        pass


class Brian:
    """One process for all repetitions, because it compiles once; each line sent to it is one run."""

    def __init__(self, network, threads, precision, model_ms, seed):
        self.command = [python_of("brian2"), str(HERE / "brian_nets.py"), network, "--wait", "--repeats", "1000"]
        self.command += ["--threads", str(threads), "--model-ms", str(model_ms), "--seed", str(seed)]
        self.command += ["--precision", precision]
        self.process = None

    def run(self):
        if self.process is None:
            self.log = tempfile.TemporaryFile("w+")
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=self.log, text=True)
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the end of its output says why
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        self.log.seek(0)
        raise Failed(" ".join(self.log.read().strip().splitlines()[-1:]) or "ended without a result")

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def contestants(args, network, threads, model_ms):
    """(simulator, precision, object that runs it) in the order of a repetition."""
    chosen = []
    if "isospike" in args.simulators:
        for precision in ("f32", "f64"):
            chosen.append(
                ("isospike", precision, Isospike(args.isospike, network, threads, precision, model_ms, args.seed))
            )
    if "nest" in args.simulators:
        chosen.append(("nest", "f64", Nest(network, threads, model_ms, args.seed)))
    if "brian2" in args.simulators:
        for precision in ("f32", "f64"):
            chosen.append(("brian2", precision, Brian(network, threads, precision, model_ms, args.seed)))
    return chosen


def measure(args, network, threads):
    """One summary row for each simulator and precision, from `args.repeats` repetitions."""
    model_ms = args.model_ms or MODEL_MS[network]
    chosen = contestants(args, network, threads, model_ms)
    results = {(simulator, precision): [] for simulator, precision, _ in chosen}
    failures = {}
    try:
        for repeat in range(args.repeats):
            for simulator, precision, runner in chosen:
                key = simulator, precision
                if key in failures:
                    continue
                label = f"{network} {threads} threads, {simulator} {precision}, {repeat + 1} of {args.repeats}"
                try:
                    row = runner.run()
                    results[key].append(row)
                    print(f"{label}: {row['simulate_s']:.3f} s", file=sys.stderr)
                except (Failed, OSError, KeyError, json.JSONDecodeError) as error:
                    failures[key] = f"{type(error).__name__}: {error}"
                    print(f"{label}: {failures[key]}", file=sys.stderr)
    finally:
        for _, _, runner in chosen:
            runner.close()
    return [
        summary(network, threads, model_ms, simulator, precision, results[simulator, precision])
        | ({"failure": failures[simulator, precision]} if (simulator, precision) in failures else {})
        for simulator, precision, _ in chosen
    ]


def summary(network, threads, model_ms, simulator, precision, rows):
    row = dict(network=network, simulator=simulator, precision=precision, threads=threads, model_ms=model_ms)
    if not rows:
        return row
    for key in ("build_s", "compile_s", "simulate_s", "rss_mb"):
        values = [r[key] for r in rows if key in r]
        if values:
            row[key] = dict(median=statistics.median(values), min=min(values), max=max(values))
    row["real_time_factor"] = row["simulate_s"]["median"] / (0.001 * model_ms)
    for key in ("version", "n_neurons", "n_synapses", "n_spikes", "rate_hz", "digest"):
        if key in rows[0]:
            row[key] = rows[0][key]
    row["mean_rate_hz"] = row["n_spikes"] / row["n_neurons"] / (0.001 * model_ms)
    digests = {r["digest"] for r in rows if "digest" in r}
    if len(digests) > 1:
        row["failure"] = f"MISMATCH: {len(digests)} different digests"
    return row


def add_ratios(rows):
    """How many times longer than isospike (same network, threads) each row took, and whether its rate fits."""
    by_key = {(r["network"], r["threads"], r["simulator"], r["precision"]): r for r in rows if "simulate_s" in r}
    rates = {}
    for row in by_key.values():
        rates.setdefault(row["network"], {}).setdefault(row["simulator"], []).append(row["mean_rate_hz"])
    for (network, threads, _, precision), row in by_key.items():
        for name, own in (("f32", "f32"), ("same", precision)):
            ours = by_key.get((network, threads, "isospike", own))
            if ours is not None:
                row[f"times_isospike_{name}"] = row["simulate_s"]["median"] / ours["simulate_s"]["median"]
        middle = statistics.median(map(statistics.median, rates[network].values()))
        row["comparable"] = abs(row["mean_rate_hz"] - middle) <= RATE_TOLERANCE * middle


def machine():
    info = dict(platform=platform.platform(), cores=os.cpu_count(), load=os.getloadavg())
    with open("/proc/cpuinfo") as cpuinfo:
        names = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    with open("/proc/meminfo") as meminfo:
        info["memory_gb"] = round(int(meminfo.readline().split()[1]) / 2**20, 1)
    return info | dict(cpu=names[0] if names else platform.machine())


def markdown(args, before, after, rows):
    def spread(value):
        return f"{value['median']:.3g} [{value['min']:.3g}..{value['max']:.3g}]" if value else "–"

    def ratio(value):
        return f"{value:.2f}" if value else "–"

    load = " to ".join(f"{info['load'][0]:.1f}" for info in (before, after))
    lines = [
        "# isospike beside its peers",
        "",
        f"{before['cpu']}, {before['cores']} cores, {before['memory_gb']} GiB, {before['platform']}; load {load}. "
        f"Medians [min..max] of {args.repeats} repetitions, all simulators taking turns. simulate = the time loop "
        "with its spikes handed over; build = the network in memory, ready to run; compile = Brian2's code generation "
        "and C++ compiler. "
        "× isospike = simulate time over isospike's with the same threads, in the same precision and in f32. A rate "
        f"marked ! is more than {RATE_TOLERANCE:.0%} off the median of the simulators, and its row not comparable.",
    ]
    for network in args.networks:
        own = [row for row in rows if row["network"] == network]
        first = next((row for row in own if "n_neurons" in row), None)
        size = f", {first['n_neurons']:,} neurons, {first['n_synapses']:,} synapses" if first else ""
        lines += [
            "",
            f"## {network}, {own[0]['model_ms']:g} ms{size}",
            "",
            "| simulator | precision | threads | simulate s | per model second | × isospike, same | × isospike f32 "
            "| build s | compile s | RSS MB | spikes | rates Hz |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for row in own:
            head = f"| {row['simulator']} {row.get('version', '')} | {row['precision']} | {row['threads']} "
            if "simulate_s" not in row:
                lines.append(head + f"| n/a ({row.get('failure', 'not run')}) |" + " |" * 8)
                continue
            rates = ", ".join(f"{name} {rate:.3g}" for name, rate in row["rate_hz"].items())
            compile_s = row.get("compile_s")
            lines.append(
                head + f"| {spread(row['simulate_s'])} | {row['real_time_factor']:.3g} "
                f"| {ratio(row.get('times_isospike_same'))} | {ratio(row.get('times_isospike_f32'))} "
                f"| {spread(row['build_s'])} | {format(compile_s['median'], '.3g') if compile_s else '–'} "
                f"| {row['rss_mb']['median']:.0f} | {row['n_spikes']} "
                f"| {rates}{'' if row['comparable'] else ' !'}{' ' + row['failure'] if 'failure' in row else ''} |"
            )
        for precision in ("f32", "f64"):
            digests = {row["digest"] for row in own if "digest" in row and row["precision"] == precision}
            if digests:
                verdict = "the same for all threads" if len(digests) == 1 else "MISMATCH"
                shown = ", ".join(f"`{digest}`" for digest in sorted(digests))
                lines += ["", f"isospike {precision} digest, {verdict}: {shown}"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = lambda text: text.split(",")
    parser.add_argument("--networks", type=words, default=list(MODEL_MS), help="comma-separated")
    parser.add_argument("--simulators", type=words, default=["isospike", "nest", "brian2"], help="comma-separated")
    parser.add_argument("--threads", type=words, default=["1", "2"], help="comma-separated")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--model-ms", type=float, help="model time of every network, instead of its own default")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--isospike", type=Path, default=ROOT / "target" / "release" / "isospike")
    parser.add_argument("--out", type=Path, help="folder for peers.md and peers.json")
    args = parser.parse_args()
    unknown = [name for name in args.networks if name not in MODEL_MS]
    unknown += [name for name in args.simulators if name not in ("isospike", "nest", "brian2")]
    if unknown:
        parser.error(f"not known: {', '.join(unknown)}")
    if "isospike" in args.simulators and not args.isospike.exists():
        parser.error(f"{args.isospike} is missing: cargo build --release")

    before = machine()
    rows = []
    for network in args.networks:
        for threads in map(int, args.threads):
            rows += measure(args, network, threads)
    add_ratios(rows)
    after = machine()

    table = markdown(args, before, after, rows)
    print(table)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "peers.md").write_text(table)
        report = dict(machine=before, load_after=after["load"], repeats=args.repeats, seed=args.seed, rows=rows)
        (args.out / "peers.json").write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any("failure" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
