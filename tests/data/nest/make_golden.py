"""Single-neuron traces from NEST 3.10.0, for crates/isospike-model/tests.

usage: make_golden.py FIRST.json OUT.json, with nest-simulator==3.10.0 from PyPI (one thread, no random numbers)

FIRST.json holds the first ten cases, recorded with the same wheel; the others are recorded here. The output holds numbers
only. A trace is one string of the bit patterns of its values, 16 hex digits for a float64; the adaptively integrated
aeif and hh cases, which are compared with a tolerance, are stored in 8 digits as float32.
"""
import json
import struct
import sys

import nest

TIMES = [[1.0, 1.1, 4.0, 9.0, 9.5, 17.0, 24.0, 24.1], [2.0, 12.0, 12.2, 20.0]]  # excitatory, inhibitory

# name: model, parameters, weights, recorded, h, ms
CASES = {
    "psc_exp_singular": ("iaf_psc_exp", dict(I_e=420.0, tau_syn_ex=10.0, tau_syn_in=10.00001), [300.0, -250.0],
                         ["V_m"], 0.1, 40.0),
    "psc_alpha_ei": ("iaf_psc_alpha", dict(I_e=420.0, tau_syn_ex=0.3, tau_syn_in=10.0, V_min=-70.5), [2500.0, -300.0],
                     ["V_m"], 0.1, 40.0),
    "psc_delta_ei": ("iaf_psc_delta", dict(I_e=400.0, V_min=-70.5), [7.0, -6.0], ["V_m"], 0.1, 40.0),
    "izh_jumps": ("izhikevich", dict(I_e=5.0, V_min=-70.0), [6.0, -9.0], ["V_m", "U_m"], 0.1, 40.0),
    "izh_2003": ("izhikevich", dict(I_e=4.0, consistent_integration=False), [9.0, -7.0], ["V_m", "U_m"], 1.0, 200.0),
    "cond_exp_ei": ("iaf_cond_exp", dict(I_e=200.0), [90.0, 30.0], ["V_m", "g_ex", "g_in"], 0.1, 40.0),
    "aeif_ei": ("aeif_cond_exp", dict(I_e=600.0, t_ref=2.0), [150.0, 20.0], ["V_m", "w"], 0.1, 40.0),
    "hh_ei": ("hh_cond_exp_traub", dict(I_e=100.0), [20.0, 30.0], ["V_m", "Act_m", "Inact_h", "Act_n"], 0.1, 40.0),
}


def record(model, params, weights, names, h, ms):
    nest.ResetKernel()
    nest.resolution = h
    n = nest.Create(model, params=params)
    delay = 2 * h if h < 1 else 1.0
    inputs = []
    for times, w in zip(TIMES, weights):
        times = sorted({float(round(t * (1 if h < 1 else 7))) if h >= 1 else t for t in times})
        if model.endswith(("cond_exp", "traub")) and times[0] == TIMES[1][0]:
            w = -w  # inhibitory conductances have negative weights
        g = nest.Create("spike_generator", params=dict(spike_times=times))
        nest.Connect(g, n, syn_spec=dict(weight=w, delay=delay))
        inputs.append(dict(times=times, weight=w, delay=delay))
    meter = nest.Create("multimeter", params=dict(interval=h, record_from=names))
    nest.Connect(meter, n, syn_spec=dict(delay=h))
    spikes = nest.Create("spike_recorder")
    nest.Connect(n, spikes, syn_spec=dict(delay=h))
    nest.Simulate(ms)
    model = "izhikevich2003" if params.get("consistent_integration") is False else model
    params = {k: v for k, v in params.items() if k != "consistent_integration"}
    e = meter.events
    assert [round(t / h) for t in e["times"]] == list(range(1, len(e["times"]) + 1))
    return dict(model=model, params=params, inputs=inputs, h=h, spike_steps=[round(t / h) for t in spikes.events["times"]],
                rec={k: list(map(float, e[k])) for k in names})


def first(c):
    inputs = [dict(times=c["in_spikes"], weight=c["weight"], delay=c["delay"])] if c["in_spikes"] else []
    rec = {k: [float.fromhex(x) for x in v] for k, v in c["rec"].items()}
    rec.pop("w", None)  # for size; aeif_ei has it
    return dict(model=c["model"], params=c["params"], inputs=inputs, h=c["h"], spike_steps=c["spike_steps"], rec=rec)


def pack(case):
    code = ">f" if case["model"].startswith(("aeif", "hh")) else ">d"
    rec = {k: "".join(struct.pack(code, x).hex() for x in v) for k, v in case["rec"].items() if any(v)}
    return dict(case, rec=rec)


if __name__ == "__main__":
    cases = {k: first(c) for k, c in json.load(open(sys.argv[1]))["cases"].items()}
    cases |= {k: record(*c) for k, c in CASES.items()}
    for k, c in cases.items():
        print(k, c["spike_steps"])
    body = ",\n".join(f'"{k}":{json.dumps(pack(c), separators=(",", ":"))}' for k, c in cases.items())
    with open(sys.argv[2], "w") as f:
        f.write('{"source":"NEST 3.10.0, PyPI wheel cp311 manylinux2014 x86_64, 1 thread; numbers only",\n"cases":{\n' + body + "}}\n")
