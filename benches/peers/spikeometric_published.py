"""What Spikeometric's documentation shows, in ms a step: read off its pictures, so to about 3 %; a V100, and a Xeon for the
processor."""

MILLION, MS = 1e6, 1e-3

# Bernoulli GLM, T = 1 as far as can be told: a processor, and a V100 with up to 50 million synapses.
XEON = {1e3: 0.15, 0.5e6: 5.9, 1e6: 11.8, 1.5e6: 17.5, 2e6: 23.0, 2.5e6: 29.0}
V100 = [0.35, 0.42, 0.46, 0.66, 0.76, 0.87, 0.99, 1.11, 1.28, 1.37, 1.49, 1.69, 1.81, 1.87, 2.01, 2.13, 2.27, 2.5, 2.5, 2.67]
# 2.5 million synapses, T = 1, 5, 10, ..., 100.
V100_T = [0.35, 0.55, 0.98, 1.27, 1.82, 2.13, 2.42, 3.18, 3.52, 3.79, 4.10, 4.40, 4.69, 5.02, 5.31, 5.76, 6.06, 6.31, 6.60]
V100_T += [6.94, 7.39]
# Per network and step, 2.5 million synapses each.
V100_BATCH = {1: 0.345, 2: 0.177, 3: 0.160, 4: 0.155, 5: 0.154, 6: 0.154, 10: 0.154, 12: 0.151, 15: 0.151, 20: 0.151}
V100_BATCH |= {30: 0.150, 60: 0.147}


def published(group, x):
    """What is shown for a case, in words; nothing, if it is not."""
    found = []
    if group == "synapses":
        v100 = x / (2.5 * MILLION)
        found = [(XEON.get(x), "Xeon"), (V100[round(v100) - 1] if v100 in range(1, 21) else None, "V100")]
    elif group == "T" and (x == 1 or x % 5 == 0):
        found = [(V100_T[x // 5], "V100, LNP")]
    elif group == "batch":
        found = [(V100_BATCH.get(x, 0) * x or None, "V100, 2.5e6 synapses each")]
    return "; ".join(f"{ms:.3g} ms ({machine})" for ms, machine in found if ms)
