"""Draws runs.json of spikeometric_run.py: time per step against synapses, length of the filter and batch, beside what
Spikeometric's documentation shows."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt
from spikeometric_published import MILLION, MS, V100, V100_BATCH, V100_T, XEON

def series(rows, simulator, per_network=False):
    points = [(r["x"], r[simulator]["step_s"], r["case"]["batch"]) for r in rows if r.get(simulator) and r["x"]]
    return [x for x, _, _ in points], [t / (batch if per_network else 1) for _, t, batch in points]


def draw(out, group, rows, xlabel, published, per_network=False, log=True, title=""):
    figure, axes = plt.subplots(figsize=(6.4, 4.2))
    for simulator, style in (("spikeometric", "o-C1"), ("isospike", "o-C0"), ("lanes", "o--C0")):
        x, y = series(rows, simulator, per_network)
        label = {"spikeometric": "Spikeometric, here", "isospike": "isospike, here"}
        label |= {"lanes": "isospike, here, one network with as many seeds"}
        if x:
            axes.plot(x, y, style, label=label[simulator], markersize=4)
    for label, (x, y), style in published:
        axes.plot(x, [t * MS for t in y], style, label=label, markersize=3, linewidth=1)
    axes.set_xscale("log" if log else "linear")
    axes.set_yscale("log")
    axes.set_xlabel(xlabel)
    axes.set_ylabel("s per step and network" if per_network else "s per step")
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.3)
    # below, where no point is hidden
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=2)
    figure.savefig(out / f"{group}.svg", metadata={"Date": None}, bbox_inches="tight")


def main():
    out = Path(sys.argv[1])
    rows = json.loads((out / "runs.json").read_text())["rows"]
    of = lambda group: [row for row in rows if row["group"] == group and row["x"] and "," not in row["name"]]
    published = [
        ("Spikeometric's documentation, Xeon, T = 1", (list(XEON), list(XEON.values())), "s:C2"),
        ("Spikeometric's documentation, V100, T = 1", ([2.5 * MILLION * (k + 1) for k in range(20)], V100), "s:C4"),
    ]
    draw(out, "synapses", of("synapses"), "synapses", published, title="Bernoulli GLM, T = 10, one thread")
    published = [("Spikeometric's documentation, V100, LNP", ([1, *range(5, 101, 5)], V100_T), "s:C4")]
    title = "Bernoulli GLM, 2.5 million synapses, one thread"
    draw(out, "T", of("T"), "T (steps)", published, log=False, title=title)
    batch = list(V100_BATCH), list(V100_BATCH.values())
    published = [("Spikeometric's documentation, V100, 2.5 million synapses", batch, "s:C4")]
    title = "Bernoulli GLM, T = 10, 250,000 synapses a network, one thread"
    draw(out, "batch", of("batch"), "networks in one run", published, per_network=True, title=title)


if __name__ == "__main__":
    main()
