"""What every peer script prints: one JSON object per measured run, on one line."""

import argparse
import json

# Model time of a measured run, in ms: long enough for the rate to settle, short enough for the slowest peer.
MODEL_MS = {
    "cuba": 1000.0,
    "coba": 1000.0,
    "brunel_delta": 200.0,
    "brunel_alpha": 200.0,
    "microcircuit": 500.0,
}

# With this seed the activity of `coba`, which can die out at any time, lasts a second in every simulator.
SEED = 3


def arguments(description):
    """Arguments common to the peer scripts."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("network", choices=MODEL_MS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--model-ms", type=float, help="model time; each network has its own default")
    parser.add_argument("--scale", type=float, default=0.1, help="of the microcircuit")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


def peak_rss_mb():
    """Peak resident memory of this process; unlike getrusage it says nothing about the parent."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024.0, 1)


def rates_hz(spikes, sizes, model_ms):
    """Mean rate of each population from its number of spikes."""
    return {name: round(spikes[name] / n / (0.001 * model_ms), 3) for name, n in sizes.items()}


def emit(**fields):
    """Print one result."""
    print(json.dumps(fields), flush=True)
