"""Networks of neural masses in vbjax 0.0.19 and tvb-library 2.10.0; prints one JSON line. Run by mass_run.py in their venvs.

The case is a JSON object. `{"peer": "vbjax", "what": "time", "lanes": 8, "steps": 1024, "nodes": 32, "own_noise": true,
"unroll": 1}` times the batched notebook: columns of Jansen and Rit, dense weights, stochastic Heun. `"what": "states"` gives
the states after each step of a deterministic network whose weights, lengths and initial state it is given.
"""

import json
import os
import statistics
import sys
import time

import numpy as np

from report import emit, peak_rss_mb


def vbjax_time(case):
    import jax
    import jax.numpy as jnp
    import vbjax as vb

    n, lanes, steps = case["nodes"], case["lanes"], case["steps"]
    rng = np.random.default_rng(42)
    weights = jnp.array(rng.normal(size=(n, n)), dtype=jnp.float32)

    def net(x, p):
        return vb.jr_dfun(x, 1e-2 * (weights @ (x[1] - x[2])), p)

    _, loop = vb.make_sde(1.0, net, 0.1, unroll=case.get("unroll", 10))
    own = case["own_noise"] and lanes > 1
    shape = (steps, 6, n) if not own else (steps, 6, n, lanes)
    z = jnp.array(1e-2 * rng.normal(size=shape), dtype=jnp.float32)
    run = jax.jit(lambda x, z: loop(x, z, vb.jr_default_theta))
    x = jnp.zeros((6, n) if lanes == 1 else (6, n, lanes), dtype=jnp.float32)
    if lanes > 1 and not own:
        z = z[..., None]
    run(x, z).block_until_ready()
    times, end = [], time.perf_counter() + case["seconds"]
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run(x, z).block_until_ready()
        times.append(time.perf_counter() - start)
    emit(run_s=statistics.median(times), least_s=min(times), rss_mb=peak_rss_mb())


def vbjax_states(case):
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import vbjax as vb

    weights, lengths = np.array(case["weights"]), np.array(case["lengths"])
    dt, speed = case["dt"], case["speed"]
    # vbjax 0.0.19 pairs the weight from i to j with the delay from j to i: `Wt` meets lags that are not transposed
    helper = vb.make_delay_helper(weights.T, lengths, dt, speed)
    x0 = np.array(case["initial"])
    dfun, theta = {
        "jansen_rit": (vb.jr_dfun, vb.jr_default_theta),
        "montbrio_pazo_roxin": (vb.mpr_dfun, vb.mpr_default_theta),
    }[case["node"]]
    a = case["a"]

    def coupled(buf, x, t, p):
        c = a * vb.delay_apply(helper, t, buf)
        if case["node"] == "jansen_rit":
            return dfun(x, c[1], p)
        return dfun(x, (c[0], c[1]), p)

    adhoc = (lambda x, p: x) if case["node"] == "jansen_rit" else (lambda x, p: vb.mpr_r_positive(x, p))
    _, loop = vb.make_sdde(dt, helper.max_lag, coupled, 0.0, adhoc=adhoc)
    buf = jnp.zeros((helper.max_lag + 1 + case["steps"],) + x0.shape) + x0
    _, states = loop(buf, theta)
    emit(states=np.asarray(states)[-case["steps"]:].tolist())


def tvb_states(case):
    from tvb.datatypes.connectivity import Connectivity
    from tvb.simulator import coupling, integrators, models, monitors, simulator

    weights, lengths = np.array(case["weights"]), np.array(case["lengths"])
    n = len(weights)
    connectivity = Connectivity(
        weights=weights,
        tract_lengths=lengths,
        speed=np.array([case["speed"]]),
        region_labels=np.array([str(i) for i in range(n)]),
        centres=np.zeros((n, 3)),
    )
    connectivity.configure()
    model = {
        "jansen_rit": models.JansenRit,
        "montbrio_pazo_roxin": models.MontbrioPazoRoxin,
        "generic_2d_oscillator": models.Generic2dOscillator,
        "epileptor": models.Epileptor,
        "wilson_cowan": models.WilsonCowan,
        "kuramoto": models.Kuramoto,
        "sup_hopf": models.SupHopf,
        "reduced_wong_wang": models.ReducedWongWang,
        "reduced_wong_wang_exc_inh": models.ReducedWongWangExcInh,
    }[case["node"]]()
    for name, value in case["params"].items():
        setattr(model, name, np.array([value]))
    model.variables_of_interest = model.state_variables
    couple = {
        "linear": lambda: coupling.Linear(a=np.array([case["a"]])),
        "difference": lambda: coupling.Difference(a=np.array([case["a"]])),
        "kuramoto": lambda: coupling.Kuramoto(a=np.array([case["a"]])),
        "sigmoidal": lambda: coupling.Sigmoidal(a=np.array([case["a"]])),
        "hyperbolic_tangent": lambda: coupling.HyperbolicTangent(a=np.array([case["a"]])),
    }[case["coupling"]]()
    sim = simulator.Simulator(
        model=model,
        connectivity=connectivity,
        coupling=couple,
        integrator=integrators.HeunDeterministic(dt=case["dt"]),
        monitors=[monitors.Raw()],
        simulation_length=case["dt"] * case["steps"],
    )
    x0 = np.array(case["initial"])
    horizon = int(np.rint(lengths / case["speed"] / case["dt"]).max()) + 1
    sim.initial_conditions = np.broadcast_to(x0[None, :, :, None], (horizon,) + x0.shape + (1,)).copy()
    sim.configure()
    ((_, states),) = sim.run()
    emit(states=states[:, :, :, 0].tolist())


def main():
    case = json.loads(sys.stdin.read() if sys.argv[1] == "-" else sys.argv[1])
    os.environ.setdefault("XLA_FLAGS", f"--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads={case.get('threads', 1)}")
    {"vbjax": {"time": vbjax_time, "states": vbjax_states}, "tvb": {"states": tvb_states}}[case["peer"]][case["what"]](case)


if __name__ == "__main__":
    main()
