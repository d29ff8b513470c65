"""Networks of neural masses in vbjax 0.0.19, tvb-library 2.10.0 and tvbk 0.5; prints one JSON line. Run by mass_run.py in their venvs.

The case is a JSON object. `{"peer": "vbjax", "what": "time", "lanes": 8, "steps": 1024, "nodes": 32, "own_noise": true,
"unroll": 1}` times the batched notebook: columns of Jansen and Rit, dense weights, stochastic Heun. `"what": "states"` gives
the states after each step of a network whose weights, lengths, initial state and, with noise, variates it is given. `"what":
"delays"` times dense random weights with delays drawn below `"delays"` steps: Montbrio, Pazo and Roxin's node, or columns of
Jansen and Rit (tvbk alone).
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
    timed(lambda: run(x, z).block_until_ready(), case["seconds"])


def timed(run, seconds, least=3):
    """Times of calls after the first one, which compiles."""
    run()
    times, end = [], time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    emit(run_s=statistics.median(times), least_s=min(times), rss_mb=peak_rss_mb())


def dense(case):
    rng = np.random.default_rng(42)
    n = case["nodes"]
    weights = rng.uniform(0, 1, size=(n, n))
    return weights / weights.sum(axis=1, keepdims=True), rng.integers(1, case["delays"], size=(n, n))


def vbjax_delays(case):
    import jax
    import jax.numpy as jnp
    import vbjax as vb

    weights, lags = dense(case)
    dt = 0.01
    helper = vb.make_delay_helper(weights, lags * dt, dt, 1.0)

    def coupled(buf, x, t, p):
        c = 1e-2 * vb.delay_apply(helper, t, buf)
        return vb.mpr_dfun(x, (c[0], c[1]), p)

    _, loop = vb.make_sdde(dt, helper.max_lag, coupled, 1e-3, adhoc=lambda x, p: vb.mpr_r_positive(x, p))
    shape = (helper.max_lag + 1 + case["steps"], 2, case["nodes"])
    buf = jnp.array(np.random.default_rng(1).normal(size=shape), dtype=jnp.float32)
    run = jax.jit(lambda buf: loop(buf, vb.mpr_default_theta)[1])
    timed(lambda: run(buf).block_until_ready(), case["seconds"])


def tvb_delays(case):
    from tvb.datatypes.connectivity import Connectivity
    from tvb.simulator import coupling, integrators, models, monitors, noise, simulator
    from tvb.simulator.backend.nb_mpr import NbMPRBackend

    weights, lags = dense(case)
    n, dt = case["nodes"], 0.01
    connectivity = Connectivity(
        weights=weights,
        tract_lengths=lags * dt,
        speed=np.array([1.0]),
        region_labels=np.array([str(i) for i in range(n)]),
        centres=np.zeros((n, 3)),
    )
    sim = simulator.Simulator(
        model=models.MontbrioPazoRoxin(),
        connectivity=connectivity,
        coupling=coupling.Linear(a=np.array([1e-2])),
        integrator=integrators.HeunStochastic(dt=dt, noise=noise.Additive(nsig=np.array([1e-6, 1e-6]))),
        monitors=[monitors.Raw()],
        simulation_length=dt * case["steps"],
    )
    sim.configure()
    if case["numba"]:
        # every call compiles: twice the steps take longer by what the steps take
        def once(steps):
            start = time.perf_counter()
            NbMPRBackend().run_sim(sim, nstep=steps)
            return time.perf_counter() - start

        times = [once(2 * case["steps"]) - once(case["steps"]) for _ in range(3)]
        emit(run_s=statistics.median(times), least_s=min(times), rss_mb=peak_rss_mb())
    else:
        timed(lambda: [None for _ in sim()], case["seconds"], least=1)


def tvbk_delays(case):
    import tvbk

    weights, lags = dense(case)
    n, batches = case["nodes"], case["lanes"] // 8
    conn = tvbk.Conn(n, n * n)
    conn.weights[:] = (1e-2 * weights).ravel()
    conn.indptr[:] = np.arange(n + 1) * n
    conn.indices[:] = np.tile(np.arange(n), n)
    conn.idelays[:] = lags.ravel() + 2
    cx = tvbk.Cx8s(n, 1 << int(np.ceil(np.log2(case["delays"] + 3))), batches)
    cx.buf[:] = 0.0
    step, variables, defaults = {
        "jansen_rit": (tvbk.step_jr, 6, [3.25, 22.0, 0.1, 0.05, 5.52, 0.0025, 0.56, 135.0, 1.0, 0.8, 0.25, 0.25, 0.22, 0.0]),
        "montbrio_pazo_roxin": (tvbk.step_mpr, 2, [1.0, 0.0, -5.0, 15.0, 1.0, 0.0]),
    }[case["node"]]
    room = lambda *shape: np.zeros(shape, np.float32)
    x, y = (room(batches, variables, n, 8) for _ in range(2))
    z = room(batches, variables, 8)
    params = np.broadcast_to(np.array(defaults, np.float32)[:, None], (batches, n, len(defaults), 8)).copy()
    seed = np.random.default_rng(1).integers(1, 1 << 62, size=(batches, 8, 4), dtype=np.uint64)
    timed(lambda: step(cx, conn, x, y, z, params, 0, case["steps"], 0.01, seed), case["seconds"])


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
    from tvb.simulator import coupling, integrators, models, monitors, noise, simulator

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
    if case["noise"] is None:
        integrator = integrators.HeunDeterministic(dt=case["dt"])
    else:
        normals = iter(np.array(case["normals"])[..., None])

        class Given(noise.Additive):
            def white(self, shape):
                return np.sqrt(self.dt) * next(normals)

        size = np.full((len(case["initial"]), 1, 1), case["noise"])
        integrator = integrators.HeunStochastic(dt=case["dt"], noise=Given(nsig=size))
    sim = simulator.Simulator(
        model=model,
        connectivity=connectivity,
        coupling=couple,
        integrator=integrator,
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
    peers = {
        "vbjax": {"time": vbjax_time, "states": vbjax_states, "delays": vbjax_delays},
        "tvb": {"states": tvb_states, "delays": tvb_delays},
        "tvbk": {"delays": tvbk_delays},
    }
    peers[case["peer"]][case["what"]](case)


if __name__ == "__main__":
    main()
