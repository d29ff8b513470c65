"""Parameters of the benchmark networks, shared by every peer script (ms, mV, pA, pF, nS, Hz).

Sources: Brette et al. 2007 (cuba, coba), Brunel 2000 (brunel_*), Potjans and Diesmann 2014 (microcircuit).
"""

import math

import numpy as np

H = 0.1

# --- Vogels and Abbott 2005 as in Brette et al. 2007: 4,000 neurons, p = 0.02 --------------------------------------

VA_N = {"E": 3200, "I": 800}
VA_P = 0.02
VA_DELAY = 0.2
VA_V0 = (-60.0, -50.0)  # uniform
VA_NEURON = dict(C_m=200.0, tau_m=20.0, V_th=-50.0, V_reset=-60.0, t_ref=5.0, tau_ex=5.0, tau_in=10.0)

CUBA_E_L = -49.0
CUBA_W = (16.2, -90.0)  # pA

COBA_E_L, COBA_E_EX, COBA_E_IN = -60.0, 0.0, -80.0
COBA_W = (6.0, 67.0)  # nS
# Activity is metastable from rest, so it starts with open conductances: normal (mean, sd) in nS, clipped at 0.
COBA_G0 = ((40.0, 15.0), (200.0, 120.0))

# --- Brunel 2000, order 2,000: 10,000 neurons, 1,000 synapses each ---------------------------------------------------

BRUNEL_N = {"E": 8000, "I": 2000}
BRUNEL_K = (800, 200)
BRUNEL_NEURON = dict(tau_m=20.0, t_ref=2.0, V_th=20.0, V_reset=0.0, E_L=0.0)
BRUNEL_DELAY = 1.5
BRUNEL_J, BRUNEL_G, BRUNEL_ETA = 0.1, 5.0, 2.0
BRUNEL_ALPHA_C, BRUNEL_ALPHA_TAU = 250.0, 0.5


def brunel_delta_drive():
    """(weight in mV, external rate in Hz per neuron)."""
    neuron = BRUNEL_NEURON
    nu_threshold = neuron["V_th"] / (BRUNEL_J * BRUNEL_K[0] * neuron["tau_m"])  # per ms and synapse
    return BRUNEL_J, 1000.0 * BRUNEL_ETA * nu_threshold * BRUNEL_K[0]


def alpha_psp_max(tau_m, tau_s, c_m):
    """Peak potential (mV) of one alpha-shaped current of 1 pA; the peak is found by bisection."""
    b = 1.0 / tau_s - 1.0 / tau_m

    def current(t):
        return t * math.exp(-t / tau_s)

    def potential(t):
        return ((math.exp(-t / tau_m) - math.exp(-t / tau_s)) / b - current(t)) / b

    low, high = tau_s, 5.0 * (tau_s + tau_m)
    for _ in range(200):
        t = 0.5 * (low + high)
        rising = current(t) > potential(t) / tau_m
        low, high = (t, high) if rising else (low, t)
    return math.e / (tau_s * c_m) * potential(low)


def brunel_alpha_drive():
    """(weight in pA that gives a potential of BRUNEL_J, external rate in Hz per neuron)."""
    tau_m, theta = BRUNEL_NEURON["tau_m"], BRUNEL_NEURON["V_th"]
    j = BRUNEL_J / alpha_psp_max(tau_m, BRUNEL_ALPHA_TAU, BRUNEL_ALPHA_C)
    nu_threshold = theta * BRUNEL_ALPHA_C / (j * BRUNEL_K[0] * math.e * tau_m * BRUNEL_ALPHA_TAU)
    return j, 1000.0 * BRUNEL_ETA * nu_threshold * BRUNEL_K[0]


# --- Potjans and Diesmann 2014 -----------------------------------------------------------------------------------

PD_NAMES = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
PD_N = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
PD_P = np.array(  # [target][source]
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
    ]
)
PD_K_EXT = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
PD_EXT_RATE = 8.0
PD_RATES = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])  # full scale, for the compensation
PD_V0_MEAN = np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43])
PD_V0_SD = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48])
PD_NEURON = dict(C_m=250.0, tau_m=10.0, V_th=-50.0, V_reset=-65.0, E_L=-65.0, t_ref=2.0, tau_syn=0.5)
PD_PSP, PD_G, PD_W_SD = 0.15, -4.0, 0.1
PD_DELAY = ((1.5, 0.75), (0.75, 0.375))  # (mean, sd) from excitatory and inhibitory sources
PD_EXT_DELAY = 1.5


class Microcircuit:
    """The column with neurons and in-degrees scaled by `scale`, weights and direct current compensating."""

    def __init__(self, scale):
        c, tm, ts = PD_NEURON["C_m"], PD_NEURON["tau_m"], PD_NEURON["tau_syn"]
        sub = 1.0 / (ts - tm)
        frac = (tm / ts) ** sub
        w = PD_PSP / (tm * ts / c * sub * (frac**tm - frac**ts))
        full_w = np.tile(np.where(np.arange(8) % 2 == 0, w, PD_G * w), (8, 1))
        full_w[0, 2] *= 2.0

        pairs = np.outer(PD_N, PD_N).astype(float)
        full_synapses = np.round(np.log(1.0 - PD_P) / np.log((pairs - 1.0) / pairs))
        full_k = full_synapses / PD_N[:, None]

        self.n = np.round(PD_N * scale).astype(int)
        self.synapses = np.round(full_synapses * scale * scale).astype(int)
        self.weight = full_w / math.sqrt(scale)
        self.ext_weight = w / math.sqrt(scale)
        self.ext_k = np.round(PD_K_EXT * scale).astype(int)
        recurrent = (full_w * full_k) @ PD_RATES
        external = w * PD_K_EXT * PD_EXT_RATE
        self.dc = 0.001 * ts * (1.0 - math.sqrt(scale)) * (recurrent + external)
