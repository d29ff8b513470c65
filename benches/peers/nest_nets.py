"""The benchmark networks in NEST; prints one JSON line. Run by run.py inside its own venv."""

import time

import numpy as np

import nest
import params as p
from report import MODEL_MS, arguments, emit, peak_rss_mb, rates_hz


def cuba(args):
    neuron = {k: v for k, v in p.VA_NEURON.items() if not k.startswith("tau_")}
    neuron |= dict(E_L=p.CUBA_E_L, tau_m=p.VA_NEURON["tau_m"])
    neuron |= dict(tau_syn_ex=p.VA_NEURON["tau_ex"], tau_syn_in=p.VA_NEURON["tau_in"])
    return vogels_abbott("iaf_psc_exp", neuron, p.CUBA_W)


def coba(args):
    neuron = {k: v for k, v in p.VA_NEURON.items() if not k.startswith("tau_")}
    neuron |= dict(E_L=p.COBA_E_L, g_L=p.VA_NEURON["C_m"] / p.VA_NEURON["tau_m"])
    neuron |= dict(E_ex=p.COBA_E_EX, E_in=p.COBA_E_IN)
    neuron |= dict(tau_syn_ex=p.VA_NEURON["tau_ex"], tau_syn_in=p.VA_NEURON["tau_in"])
    # NEST's sign of a conductance weight selects the receptor.
    pops = vogels_abbott("iaf_cond_exp", neuron, (p.COBA_W[0], -p.COBA_W[1]))
    rng = np.random.default_rng(args.seed)
    for pop in pops.values():
        for name, (mean, sd) in zip(("g_ex", "g_in"), p.COBA_G0):
            pop.set({name: np.maximum(rng.normal(mean, sd, len(pop)), 0.0)})
    return pops


def vogels_abbott(model, neuron, weights):
    pops = {name: nest.Create(model, n, params=neuron) for name, n in p.VA_N.items()}
    for pop in pops.values():
        pop.V_m = nest.random.uniform(*p.VA_V0)
    rule = {"rule": "pairwise_bernoulli", "p": p.VA_P}
    for source, weight in zip(pops.values(), weights):
        for target in pops.values():
            nest.Connect(source, target, rule, {"weight": weight, "delay": p.VA_DELAY})
    return pops


def brunel_delta(args):
    return brunel("iaf_psc_delta", p.BRUNEL_NEURON | {"C_m": 1.0}, *p.brunel_delta_drive())


def brunel_alpha(args):
    tau = p.BRUNEL_ALPHA_TAU
    neuron = p.BRUNEL_NEURON | {"C_m": p.BRUNEL_ALPHA_C, "tau_syn_ex": tau, "tau_syn_in": tau}
    return brunel("iaf_psc_alpha", neuron, *p.brunel_alpha_drive())


def brunel(model, neuron, weight, rate):
    neuron = neuron | {"V_m": 0.0}
    pops = {name: nest.Create(model, n, params=neuron) for name, n in p.BRUNEL_N.items()}
    noise = nest.Create("poisson_generator", params={"rate": rate})
    weights = (weight, -p.BRUNEL_G * weight)
    for source, indegree, w in zip(pops.values(), p.BRUNEL_K, weights):
        for target in pops.values():
            rule = {"rule": "fixed_indegree", "indegree": indegree}
            nest.Connect(source, target, rule, {"weight": w, "delay": p.BRUNEL_DELAY})
    for target in pops.values():
        nest.Connect(noise, target, syn_spec={"weight": weight, "delay": p.BRUNEL_DELAY})
    return pops


def microcircuit(args):
    column = p.Microcircuit(args.scale)
    neuron = {k: v for k, v in p.PD_NEURON.items() if k != "tau_syn"}
    neuron |= {"tau_syn_ex": p.PD_NEURON["tau_syn"], "tau_syn_in": p.PD_NEURON["tau_syn"]}
    pops = {}
    for i, name in enumerate(p.PD_NAMES):
        pop = nest.Create("iaf_psc_exp", int(column.n[i]), params=neuron | {"I_e": column.dc[i]})
        pop.V_m = nest.random.normal(p.PD_V0_MEAN[i], p.PD_V0_SD[i])
        noise = nest.Create("poisson_generator", params={"rate": p.PD_EXT_RATE * column.ext_k[i]})
        nest.Connect(noise, pop, syn_spec={"weight": column.ext_weight, "delay": p.PD_EXT_DELAY})
        pops[name] = pop
    for i, target in enumerate(pops.values()):
        for j, source in enumerate(pops.values()):
            if column.synapses[i, j] == 0:
                continue
            mean, inhibitory = column.weight[i, j], j % 2
            low, high = (-1e9, 0.0) if inhibitory else (0.0, 1e9)
            weight = nest.random.normal(mean, abs(mean) * p.PD_W_SD)
            delay = nest.random.normal(*p.PD_DELAY[inhibitory])
            synapse = {
                "weight": nest.math.redraw(weight, min=low, max=high),
                "delay": nest.math.redraw(delay, min=0.5 * p.H, max=1e9),
            }
            rule = {"rule": "fixed_total_number", "N": int(column.synapses[i, j])}
            nest.Connect(source, target, rule, synapse)
    return pops


def main():
    args = arguments(__doc__).parse_args()
    model_ms = args.model_ms or MODEL_MS[args.network]
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.resolution = p.H
    nest.local_num_threads = args.threads
    nest.rng_seed = args.seed

    start = time.perf_counter()
    pops = globals()[args.network](args)
    recorders = {name: nest.Create("spike_recorder") for name in pops}
    n_before = nest.num_connections
    for name, pop in pops.items():
        nest.Connect(pop, recorders[name])
    nest.Prepare()
    build_s = time.perf_counter() - start

    start = time.perf_counter()
    nest.Run(model_ms)
    simulate_s = time.perf_counter() - start
    nest.Cleanup()

    sizes = {name: len(pop) for name, pop in pops.items()}
    spikes = {name: int(recorder.n_events) for name, recorder in recorders.items()}
    n_neurons = sum(sizes.values())
    # Poisson generators connect once to each neuron; those are not synapses of the network.
    driven = len(nest.GetNodes({"model": "poisson_generator"})) > 0
    emit(
        simulator="nest",
        version=nest.__version__,
        network=args.network,
        threads=args.threads,
        precision="f64",
        model_ms=model_ms,
        build_s=build_s,
        simulate_s=simulate_s,
        n_neurons=n_neurons,
        n_synapses=n_before - n_neurons * driven,
        n_spikes=sum(spikes.values()),
        rate_hz=rates_hz(spikes, sizes, model_ms),
        rss_mb=peak_rss_mb(),
    )


if __name__ == "__main__":
    main()
