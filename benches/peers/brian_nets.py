"""The benchmark networks in Brian2's C++ standalone mode. Run by run.py inside its own venv.

One compilation, then `--repeats` runs of the program, one JSON line each. With `--wait` every run waits for a line on
standard input, so that the caller can take turns with other simulators.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import brian2 as b
import numpy as np

import params as p
from report import MODEL_MS, arguments, emit, rates_hz

# A refractory neuron is frozen for one step fewer than in NEST.
REFRACTORY_EXTRA = p.H

# The program notes its own figures: Brian2's timer counts processor time, not wall time, with one thread, and getrusage
# of a child would include the parent's memory.
START = "const auto loop_start = std::chrono::steady_clock::now();"
STOP = """
const std::chrono::duration<double> loop_s = std::chrono::steady_clock::now() - loop_start;
std::ofstream("figures") << loop_s.count() << std::endl;
"""
PEAK_RSS = """
{
    std::ifstream status("/proc/self/status");
    std::ofstream out("figures", std::ios::app);
    std::string line;
    while (std::getline(status, line)) if (line.compare(0, 6, "VmHWM:") == 0) out << line.substr(6);
}
"""


def neurons(n, equations, variables, v_th, v_reset, t_ref, method):
    return b.NeuronGroup(
        n,
        equations,
        threshold="v >= V_th",
        reset="v = V_reset",
        refractory=(t_ref + REFRACTORY_EXTRA) * b.ms,
        method=method,
        namespace=variables | dict(V_th=v_th * b.mV, V_reset=v_reset * b.mV),
    )


def populations(group, sizes):
    ends = np.cumsum(list(sizes.values()))
    return [group[int(end - n) : int(end)] for end, n in zip(ends, sizes.values())]


def cuba(args):
    equations = """
    dv/dt = (E_L - v) / tau_m + (i_ex + i_in) / C : volt (unless refractory)
    di_ex/dt = -i_ex / tau_ex : amp
    di_in/dt = -i_in / tau_in : amp
    """
    variables = dict(E_L=p.CUBA_E_L * b.mV)
    return vogels_abbott(equations, variables, ("i_ex", "i_in"), p.CUBA_W, b.pA, "exact")


def coba(args):
    equations = """
    dv/dt = ((E_L - v) / tau_m + (g_ex * (E_ex - v) + g_in * (E_in - v)) / C) : volt (unless refractory)
    dg_ex/dt = -g_ex / tau_ex : siemens
    dg_in/dt = -g_in / tau_in : siemens
    """
    variables = dict(E_L=p.COBA_E_L * b.mV, E_ex=p.COBA_E_EX * b.mV, E_in=p.COBA_E_IN * b.mV)
    inputs = ("g_ex", "g_in")
    net = vogels_abbott(equations, variables, inputs, p.COBA_W, b.nS, "exponential_euler")
    for name, (mean, sd) in zip(inputs, p.COBA_G0):
        setattr(net["group"], name, f"clip({mean} + {sd} * randn(), 0, inf) * nS")
    return net


def vogels_abbott(equations, variables, inputs, weights, unit, method):
    neuron = p.VA_NEURON
    variables |= {name: neuron[name] * b.ms for name in ("tau_m", "tau_ex", "tau_in")}
    variables |= dict(C=neuron["C_m"] * b.pF)
    threshold = neuron["V_th"], neuron["V_reset"], neuron["t_ref"]
    n = sum(p.VA_N.values())
    group = neurons(n, equations, variables, *threshold, method)
    low, high = p.VA_V0
    group.v = f"({low} + rand() * {high - low}) * mV"
    synapses = []
    for source, name, weight in zip(populations(group, p.VA_N), inputs, weights):
        synapse = b.Synapses(
            source, group, on_pre=f"{name}_post += w", delay=p.VA_DELAY * b.ms, namespace={"w": weight * unit}
        )
        synapse.connect(p=p.VA_P)
        synapses.append(synapse)
    return dict(group=group, synapses=synapses, sizes=p.VA_N)


def brunel_delta(args):
    weight, rate = p.brunel_delta_drive()
    equations = "dv/dt = -v / tau_m : volt (unless refractory)"
    variables = dict(tau_m=p.BRUNEL_NEURON["tau_m"] * b.ms)
    return brunel(equations, variables, "v", weight * b.mV, rate)


def brunel_alpha(args):
    weight, rate = p.brunel_alpha_drive()
    equations = """
    dv/dt = -v / tau_m + i_syn / C : volt (unless refractory)
    di_syn/dt = (x_syn - i_syn) / tau_s : amp
    dx_syn/dt = -x_syn / tau_s : amp
    """
    variables = dict(
        tau_m=p.BRUNEL_NEURON["tau_m"] * b.ms, tau_s=p.BRUNEL_ALPHA_TAU * b.ms, C=p.BRUNEL_ALPHA_C * b.pF
    )
    # A jump of e * w in x_syn makes a current that peaks at w.
    return brunel(equations, variables, "x_syn", np.e * weight * b.pA, rate)


def brunel(equations, variables, name, weight, rate):
    neuron = p.BRUNEL_NEURON
    n = sum(p.BRUNEL_N.values())
    threshold = neuron["V_th"], neuron["V_reset"], neuron["t_ref"]
    group = neurons(n, equations, variables, *threshold, "exact")
    synapses = []
    weights = (weight, -p.BRUNEL_G * weight)
    for source, indegree, w in zip(populations(group, p.BRUNEL_N), p.BRUNEL_K, weights):
        synapse = b.Synapses(
            source, group, on_pre=f"{name}_post += w", delay=p.BRUNEL_DELAY * b.ms, namespace={"w": w}
        )
        synapse.connect(i=f"k for k in sample(N_pre, size={indegree})")
        synapses.append(synapse)
    n_external = p.BRUNEL_K[0]
    drive = b.PoissonInput(group, name, n_external, rate / n_external * b.Hz, weight)
    return dict(group=group, synapses=synapses, sizes=p.BRUNEL_N, inputs=[drive])


def redraw(rng, mean, sd, accept):
    """Normal numbers, drawn again where `accept` says no; `mean` and `sd` are arrays."""
    values = rng.normal(mean, sd)
    while not (good := accept(values)).all():
        values[~good] = rng.normal(mean[~good], sd[~good])
    return values


def microcircuit(args):
    column = p.Microcircuit(args.scale)
    neuron = p.PD_NEURON
    equations = """
    dv/dt = (E_L - v) / tau_m + (i_syn + i_dc) / C : volt (unless refractory)
    di_syn/dt = -i_syn / tau_s : amp
    i_dc : amp (constant)
    """
    variables = dict(
        E_L=neuron["E_L"] * b.mV, C=neuron["C_m"] * b.pF, tau_m=neuron["tau_m"] * b.ms, tau_s=neuron["tau_syn"] * b.ms
    )
    threshold = neuron["V_th"], neuron["V_reset"], neuron["t_ref"]
    group = neurons(int(column.n.sum()), equations, variables, *threshold, "exact")
    sizes = {name: int(n) for name, n in zip(p.PD_NAMES, column.n)}
    inputs = []
    for i, pop in enumerate(populations(group, sizes)):
        pop.v = f"({p.PD_V0_MEAN[i]} + {p.PD_V0_SD[i]} * randn()) * mV"
        pop.i_dc = column.dc[i] * b.pA
        rate = p.PD_EXT_RATE * b.Hz
        inputs.append(b.PoissonInput(pop, "i_syn", int(column.ext_k[i]), rate, column.ext_weight * b.pA))

    rng = np.random.default_rng(args.seed)
    starts = np.concatenate(([0], np.cumsum(column.n)[:-1]))
    rows = []
    for (i, j), count in np.ndenumerate(column.synapses):
        source = starts[j] + rng.integers(column.n[j], size=count)
        target = starts[i] + rng.integers(column.n[i], size=count)
        rows.append((source, target, np.full(count, column.weight[i, j]), np.full(count, j % 2)))
    source, target, mean, inhibitory = (np.concatenate(column) for column in zip(*rows))
    sign = np.sign(mean)
    weight = sign * redraw(rng, np.abs(mean), p.PD_W_SD * np.abs(mean), lambda w: w > 0.0)
    delay_mean, delay_sd = np.array(p.PD_DELAY)[inhibitory].T
    delay = redraw(rng, delay_mean, delay_sd, lambda d: d >= 0.5 * p.H)
    delay = np.maximum(np.round(delay / p.H), 1.0) * p.H

    synapse = b.Synapses(group, group, "w : amp", on_pre="i_syn_post += w")
    synapse.connect(i=source, j=target)
    synapse.w = weight * b.pA
    synapse.delay = delay * b.ms
    return dict(group=group, synapses=[synapse], sizes=sizes, inputs=inputs)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--precision", choices=("f32", "f64"), default="f64")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--wait", action="store_true", help="run at each line on standard input")
    args = parser.parse_args()
    model_ms = args.model_ms or MODEL_MS[args.network]

    directory = Path(tempfile.mkdtemp(prefix=".build-", dir=Path(__file__).parent))
    try:
        b.set_device("cpp_standalone", directory=str(directory), build_on_run=False)
        b.prefs.devices.cpp_standalone.openmp_threads = 0 if args.threads == 1 else args.threads
        b.prefs.core.default_float_dtype = np.float32 if args.precision == "f32" else np.float64
        b.prefs.codegen.cpp.headers += ["<chrono>"]
        b.defaultclock.dt = p.H * b.ms
        b.seed(args.seed)

        start = time.perf_counter()
        net = globals()[args.network](args)
        monitor = b.SpikeMonitor(net["group"])
        network = b.Network(net["group"], *net["synapses"], *net.get("inputs", []), monitor)
        b.device.insert_code("before_network_run", START)
        b.device.insert_code("after_network_run", STOP)
        b.device.insert_code("before_end", PEAK_RSS)
        network.run(model_ms * b.ms)
        b.device.build(directory=str(directory), compile=True, run=False, with_output=False)
        compile_s = time.perf_counter() - start

        for _ in range(args.repeats):
            if args.wait and not sys.stdin.readline():
                break
            start = time.perf_counter()
            b.device.run(with_output=False)
            wall_s = time.perf_counter() - start
            report(args, model_ms, net, monitor, directory, compile_s, wall_s)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def report(args, model_ms, net, monitor, directory, compile_s, wall_s):
    simulate_s, peak_kb, _ = (directory / "figures").read_text().split()
    counts = np.bincount(np.asarray(monitor.i), minlength=len(net["group"]))
    ends = np.cumsum(list(net["sizes"].values()))
    spikes = {
        name: int(counts[end - n : end].sum()) for (name, n), end in zip(net["sizes"].items(), ends)
    }
    emit(
        simulator="brian2",
        version=b.__version__,
        network=args.network,
        threads=args.threads,
        precision=args.precision,
        model_ms=model_ms,
        build_s=wall_s - float(simulate_s),
        compile_s=compile_s,
        simulate_s=float(simulate_s),
        n_neurons=len(net["group"]),
        n_synapses=sum(len(synapse) for synapse in net["synapses"]),
        n_spikes=int(counts.sum()),
        rate_hz=rates_hz(spikes, net["sizes"], model_ms),
        rss_mb=round(int(peak_kb) / 1024.0, 1),
    )


if __name__ == "__main__":
    main()
