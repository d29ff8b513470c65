"""One layer in SpikingJelly 2.0.0; prints one JSON line. Run by spikingjelly_run.py inside its own venv.

The layer is a JSON object: `neuron` (`lif`), `steps`, `neurons`, `train` (whether passes go back, too), `threads`, `seconds`
to measure for. A pass is that of SpikingJelly's tutorial: forward and reset, or forward, `sum().backward()`, reset and
`x.grad.zero_()`.
"""

import hashlib
import json
import statistics
import sys
import time

import numpy as np
import torch
from spikingjelly.activation_based import functional, neuron, surrogate

from report import emit, peak_rss_mb

FEWEST = 3


def inputs(steps, neurons):
    """Between 0 and 2; every language makes them to the bit."""
    bits = (np.arange(steps * neurons, dtype=np.uint32) * np.uint32(2654435761)) >> np.uint32(8)
    return torch.from_numpy((bits.astype(np.float32) / np.float32(1 << 23)).reshape(steps, neurons))


def main():
    case = json.loads(sys.argv[1])
    torch.set_num_threads(case["threads"])
    assert case["neuron"] == "lif", case["neuron"]
    node = neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan(2.0), step_mode="m")
    x = inputs(case["steps"], case["neurons"])
    x.requires_grad_(case["train"])

    def once():
        with torch.set_grad_enabled(case["train"]):
            spikes = node(x)
        if case["train"]:
            spikes.sum().backward()
        functional.reset_net(node)
        return spikes.detach()

    spikes = once()
    bits = np.packbits(spikes.numpy().reshape(-1) != 0, bitorder="little")
    digest = hashlib.sha256(bits.tobytes()).hexdigest()
    rate = torch.count_nonzero(spikes).item() / spikes.numel()
    by_x = hashlib.sha256(x.grad.numpy().tobytes()).hexdigest() if case["train"] else None
    del spikes
    times, end = [], time.perf_counter() + case["seconds"]
    while len(times) < FEWEST or time.perf_counter() < end:
        start = time.perf_counter()
        once()
        if case["train"]:
            x.grad.zero_()
        times.append(time.perf_counter() - start)
    emit(
        pass_s=statistics.median(times),
        pass_min_s=min(times),
        passes=len(times),
        rate=rate,
        spikes=digest,
        by_x=by_x,
        rss_mb=peak_rss_mb(),
        torch=torch.__version__,
    )


if __name__ == "__main__":
    main()
