"""One network in Spikeometric 1.0.3; prints one JSON line. Run by spikeometric_run.py inside its own venv.

The network is a JSON object: `model`, `neurons`, `std` of the weights, `dt`, `params` by Spikeometric's names, `batch` (how
many different networks in one run), `seconds` to measure for, `threads`.
"""

import json
import statistics
import sys
import time

import torch
from spikeometric.datasets import NormalGenerator
from spikeometric.models import BernoulliGLM, PoissonGLM, RectifiedLNP, RectifiedSAM, ThresholdSAM
from torch_geometric.loader import DataLoader

from report import emit, peak_rss_mb

MODELS = {
    "bernoulli_glm": BernoulliGLM,
    "poisson_glm": PoissonGLM,
    "rectified_lnp": RectifiedLNP,
    "rectified_sam": RectifiedSAM,
    "threshold_sam": ThresholdSAM,
}
WHOLE = ("T", "coupling_window", "abs_ref_scale", "rel_ref_scale")
FEWEST_STEPS = 3


def clock(model):
    """The times at which its steps begin: a stimulus of nothing is asked for in each."""
    times = []
    nothing = torch.tensor(0.0)

    def stimulus(_):
        times.append(time.perf_counter())
        return nothing

    model.add_stimulus(stimulus)
    return times


def main():
    case = json.loads(sys.argv[1])
    torch.set_num_threads(case["threads"])
    torch.manual_seed(1)
    rng = torch.Generator().manual_seed(1)
    params = {k: int(v) if k in WHOLE else v for k, v in case["params"].items()}

    start = time.perf_counter()
    networks = NormalGenerator(case["neurons"], mean=0, std=case["std"], glorot=True, rng=rng).generate(case["batch"])
    data = next(iter(DataLoader(networks, batch_size=case["batch"])))
    del networks
    model = MODELS[case["model"]](**params, dt=case["dt"], rng=torch.Generator().manual_seed(2))
    build_s = time.perf_counter() - start

    times = clock(model)
    with torch.no_grad():
        # How long a step takes, to know how many there is time for.
        model.simulate(data, n_steps=FEWEST_STEPS, verbose=False, equilibration_steps=0)
        step = times[-1] - times[-2]
        steps = max(FEWEST_STEPS, min(20_000, int(case["seconds"] / step)))
        times.clear()
        spikes = model.simulate(data, n_steps=steps + 1, verbose=False, equilibration_steps=min(100, steps))
    measured = [b - a for a, b in zip(times[-steps - 1 :], times[-steps:])]
    emit(
        step_s=statistics.median(measured),
        step_min_s=min(measured),
        steps=steps,
        build_s=build_s,
        neurons=data.num_nodes,
        synapses=data.edge_index.shape[1],
        spikes_per_step=float(spikes.double().sum() / spikes.shape[1]),
        rss_mb=peak_rss_mb(),
    )


if __name__ == "__main__":
    main()
