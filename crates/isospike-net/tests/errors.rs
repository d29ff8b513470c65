//! Every mistake has a message that names the field, its value and what is allowed.

use isospike_net::NetworkFile;

const HEAD: &str = r#"
dt = 0.1
[populations.E]
model = "iaf_psc_exp"
size = 10
[populations.I]
model = "iaf_psc_exp"
size = 5
[populations.S]
size = 3
spikes = { step = [0], id = [0] }
"#;

fn message(text: &str) -> String {
    match NetworkFile::parse("test", text, "").and_then(|f| f.network()) {
        Ok(_) => panic!("no error: {text}"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn projections() {
    let table = [
        (
            "total = 5\nweigth = 3",
            "projections[0]: unknown key `weigth` (did you mean `weight`?); known: from, to, autapses, multapses, weight, delay, filter, port, storage, plasticity, all_to_all, one_to_one, probability, in_degree, out_degree, total, normal, uniform, mexican_hat, edges, matrix",
        ),
        (
            "",
            "projections[0] = incomplete: needs one of all_to_all, one_to_one, probability, in_degree, out_degree, total, normal, uniform, mexican_hat, edges, matrix",
        ),
        (
            "total = 5\nin_degree = 3",
            "projections[0] = in_degree and total: takes only one of all_to_all, one_to_one, probability, in_degree, out_degree, total, normal, uniform, mexican_hat, edges, matrix",
        ),
        (
            "all_to_all = false",
            "projections[0].all_to_all = false: must be true (leave it out otherwise)",
        ),
        ("probability = 1.5", "projections[0].probability = 1.5: must lie between 0 and 1"),
        ("probability = -0.1", "projections[0].probability = -0.1: must lie between 0 and 1"),
        (
            "in_degree = -3",
            "projections[0].in_degree = -3: must be a whole number between 0 and 4294967295",
        ),
        (
            "in_degree = 2.5",
            "projections[0].in_degree = 2.5: must be a whole number between 0 and 4294967295",
        ),
        (
            "in_degree = 10\nautapses = false\nmultapses = false",
            "projections[0].in_degree = 10: at most 9, the number of sources other than itself, without multapses",
        ),
        (
            "out_degree = 11\nmultapses = false",
            "projections[0].out_degree = 11: at most 10, the number of targets, without multapses",
        ),
        (
            "total = 101\nmultapses = false",
            "projections[0].total = 101: at most 100, the number of pairs, without multapses",
        ),
        (
            "one_to_one = true\nautapses = false",
            "projections[0].one_to_one = a population: connects each neuron to itself, which autapses = false forbids",
        ),
        (
            "total = 5\ndelay = -1",
            "projections[0].delay = -1 ms: must lie between 0.1 ms and 104857.6 ms, at least one step",
        ),
        (
            "total = 5\ndelay = 0.04",
            "projections[0].delay = 0.04 ms: must lie between 0.1 ms and 104857.6 ms, at least one step",
        ),
        (
            "total = 5\ndelay = 0",
            "projections[0].delay = 0 ms: must lie between 0.1 ms and 104857.6 ms, at least one step",
        ),
        (
            "total = 5\ndelay = 1.23",
            "projections[0].delay = 1.23 ms: must be a multiple of dt = 0.1 ms",
        ),
        (
            "total = 5\ndelay = \"1 mV\"",
            "projections[0].delay = \"1 mV\": must be a time: a number, in ms if without a unit",
        ),
        (
            "total = 5\ndelay = { uniform = [0, 1] }",
            "projections[0].delay = uniform in [0, 1 ms]: delays must be at least 0.1 ms, but a draw can be 1.16415e-10 ms: set min, to 0.05 or more, and outside = \"redraw\" or \"clip\"",
        ),
        (
            "total = 5\ndelay = { uniform = [1, 1e6] }",
            "projections[0].delay = uniform in [1, 1000000 ms]: delays must be at most 104857.6 ms, but a draw can be 1000000 ms",
        ),
        (
            "total = 5\nweight = { normal = [1, -2] }",
            "projections[0].weight = normal (1 ± -2 pA): the standard deviation must be >= 0",
        ),
        (
            "total = 5\nweight = { uniform = [2, 1] }",
            "projections[0].weight = uniform in [2, 1 pA]: the lower end must not exceed the upper",
        ),
        (
            "total = 5\nweight = { normal = [1, 2], min = 3, max = 2 }",
            "projections[0].weight = normal (1 ± 2 pA) clipped to [3, 2 pA]: min must not exceed max",
        ),
        (
            "total = 5\nweight = { normal = [1, 0.1], min = 3, outside = \"redraw\" }",
            "projections[0].weight = normal (1 ± 0.1 pA) redrawn into [3, inf pA]: cannot be redrawn into its bounds, which hold 0e0 of it; at least 1e-6 is needed",
        ),
        (
            "total = 5\nweight = { constant = 1, max = 0, outside = \"redraw\" }",
            "projections[0].weight = 1 pA redrawn into [-inf, 0 pA]: cannot be redrawn into its bounds, which hold 0e0 of it; at least 1e-6 is needed",
        ),
        (
            "total = 5\nweight = { normal = [1, 2], outside = \"again\" }",
            "projections[0].weight.outside: unknown choice `again`; known: clip, redraw",
        ),
        (
            "total = 5\nweight = { normal = [1] }",
            "projections[0].weight.normal = [1]: must be two numbers [a, b]",
        ),
        (
            "total = 5\nweight = { min = 1 }",
            "projections[0].weight = incomplete: needs one of constant, uniform, normal, lognormal",
        ),
        ("total = 5\nweight = inf", "projections[0].weight = inf pA: must be finite"),
        (
            "total = 5\nweight = { lognormal = [800, 1] }",
            "projections[0].weight = lognormal (800, 1): draws must be finite",
        ),
        (
            "total = 5\nport = \"exc\"",
            "projections[0].port: unknown port `exc` (did you mean `ex`?); known: ex, inh",
        ),
        (
            "total = 5\nstorage = \"half\"",
            "projections[0].storage: unknown storage `half`; known: auto, exact, i8, i16, f16, bf16",
        ),
        ("total = 5\nautapses = 1", "projections[0].autapses = 1: must be true or false"),
        ("total = 5\nlike = \"x\"", "projections[0].like: unknown template `x`; known: none"),
        (
            "total = 5\nplasticity = { rule = \"stpd\", w_max = 1 }",
            "projections[0].plasticity.rule: unknown rule `stpd` (did you mean `stdp`?); known: stdp, stdp_pl",
        ),
        (
            "total = 5\nplasticity = { rule = \"stdp\" }",
            "projections[0].plasticity.w_max = missing: is needed",
        ),
        (
            "total = 5\nstorage = \"i8\"\nplasticity = { rule = \"stdp\", w_max = 2 }",
            "projections[0].storage = i8: plastic weights are floats: f16, bf16, auto or exact",
        ),
        (
            "total = 5\nstorage = \"bf16\"\nplasticity = { rule = \"stdp\", w_max = 2.01 }",
            "projections[0].plasticity.w_max = 2.01: must be a number of bf16, in which the weights are stored; the nearest is 2.015625",
        ),
        (
            "total = 5\nstorage = \"f16\"\nplasticity = { rule = \"stdp\", w_max = 1e6 }",
            "projections[0].plasticity.w_max = 1000000: must be a number of f16, in which the weights are stored; the nearest is 65504",
        ),
        (
            "total = 5\nplasticity = { rule = \"stdp\", w_max = 2, tau_plus = 0 }",
            "projections[0].plasticity.tau_plus = 0 ms: must be > 0 ms",
        ),
        (
            "total = 5\nplasticity = { rule = \"stdp\", w_max = 2, mu_plus = 2 }",
            "projections[0].plasticity.mu_plus = 2: must lie between 0 and 1",
        ),
        (
            "total = 5\nplasticity = { rule = \"stdp\", w_max = 2, tau_minus = 1e-40 }",
            "projections[0].plasticity.tau_minus = 1e-40 ms: dt/tau_minus must be finite in single precision",
        ),
        (
            "total = 5\nplasticity = { rule = \"stdp\", w_max = 2, alpha = 1e30, lambda = 1e30 }",
            "projections[0].plasticity.alpha = 1e30: alpha lambda must be finite in single precision",
        ),
        (
            "total = 5\nweight = 0\nplasticity = { rule = \"stdp\", w_max = 1e-50 }",
            "projections[0].plasticity.w_max = 1e-50: must not vanish in single precision",
        ),
        (
            "total = 5\nweight = 3\nplasticity = { rule = \"stdp\", w_max = 2 }",
            "projections[0].plasticity.w_max = 2 for weights in [3, 3]: plastic weights must start between 0 and w_max",
        ),
        (
            "edges = { pre = [0], post = [0, 1] }",
            "projections[0].edges.post = 2 values: one per entry of pre (1) is needed",
        ),
        (
            "edges = { pre = [0], post = [0], delay = [] }",
            "projections[0].edges.delay = 0 values: one per entry of pre (1) is needed",
        ),
        (
            "edges = { pre = [0, 12], post = [0, 1] }",
            "projections[0].edges.pre[1] = 12: must be below the size 10",
        ),
        (
            "edges = { pre = [0], post = [0], weight = [nan] }",
            "projections[0].edges.weight[0] = NaN: must be finite",
        ),
        (
            "edges = { pre = [0], post = [0], delay = [0] }",
            "projections[0].edges.delay[0] = 0 ms: must lie between 0.1 ms and 104857.6 ms, at least one step",
        ),
        (
            "edges = { pre = [1, 2], post = [0, 2] }\nautapses = false",
            "projections[0].edges[1] = 2: connects a neuron to itself, which autapses = false forbids",
        ),
        (
            "edges = { pre = [1, 1], post = [0, 0] }\nmultapses = false",
            "projections[0].edges = 1 -> 0 twice: multapses = false forbids that",
        ),
        (
            "edges = { pre = [1, -1], post = [0, 0] }",
            "projections[0].edges.pre[1] = -1: must be a whole number between 0 and 4294967295",
        ),
    ];
    for (body, expected) in table {
        let text = format!("{HEAD}\n[[projections]]\nfrom = \"E\"\nto = \"E\"\n{body}\n");
        assert_eq!(message(&text), expected);
    }
}

#[test]
fn ends_of_projections() {
    let table = [
        ("to = \"E\"\ntotal = 1", "projections[0].from = missing: is needed"),
        (
            "from = \"E\"\nto = \"F\"\ntotal = 1",
            "projections[0].to: unknown population `F`; known: E, I, S",
        ),
        (
            "from = \"E\"\nto = \"I\"\none_to_one = true",
            "projections[0].one_to_one = 10 to 5 neurons: sizes must be equal",
        ),
        (
            "from = \"E\"\nto = \"S\"\ntotal = 1",
            "projections[0].to = S: emits given spikes and cannot receive any",
        ),
    ];
    for (body, expected) in table {
        assert_eq!(message(&format!("{HEAD}\n[[projections]]\n{body}\n")), expected);
    }
}

#[test]
fn populations() {
    let table = [
        ("model = \"iaf_psc_exp\"\nsize = 0", "populations.E.size = 0 neurons: must be >= 1"),
        ("model = \"iaf_psc_exp\"", "populations.E.size = missing: is needed"),
        ("size = 1", "populations.E = incomplete: needs one of model, spikes"),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\nparam.a = 1",
            "populations.E: unknown key `param` (did you mean `params`?); known: model, spikes, size, params, initial, random, filters, inputs, state",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\nparams.tau_n = 1",
            "populations.E.params: unknown parameter `tau_n` (did you mean `tau_m`?); known: C_m, tau_m, E_L, V_th, V_reset, t_ref, tau_syn_ex, tau_syn_in, I_e",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\nparams.tau_m = 0",
            "populations.E.params.tau_m = 0 ms: must be > 0 ms",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\nparams.tau_m = nan",
            "populations.E.params.tau_m = NaN ms: must be finite",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\nparams.tau_m = \"10 mV\"",
            "populations.E.params.tau_m = \"10 mV\": must be a time: a number, in ms if without a unit",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 3\nparams.tau_m = [1, 2]",
            "populations.E.params.tau_m = 2 values: one per neuron (3) is needed",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 3\nparams.tau_m = [1, 2, -3]",
            "populations.E.params.tau_m[2] = -3 ms: must be > 0 ms",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 3\nparams.tau_m = { uniform = [-1, 1] }",
            "populations.E.params.tau_m = uniform in [-1, 1 ms]: must be > 0 ms, but a draw can be -1: set min and max",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 3\nparams.tau_m = { polynomial = [1, -2], of = \"r\" }\nrandom.r = { uniform = [0, 1] }",
            "populations.E.params.tau_m = polynomial [1.0, -2.0] of uniform in [0, 1]: must be > 0 ms, but can be 0",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 3\nparams.tau_m = { polynomial = [1, 2], of = \"q\" }\nrandom.r = 1",
            "populations.E.params.tau_m.of: unknown random variable `q`; known: r",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\nparams.V_th = -80",
            "populations.E.params = values: V_reset = -70 mV must lie below V_th = -80 mV",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 2\nparams.V_th = [-50, -80]",
            "populations.E.params = values of neuron 1: V_reset = -70 mV must lie below V_th = -80 mV",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninitial.v_m = -80",
            "populations.E.initial: unknown state `v_m` (did you mean `V_m`?); known: V_m, I_syn_ex, I_syn_in, refractory",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninitial.V_m = inf",
            "populations.E.initial.V_m = inf mV: must be finite in single precision",
        ),
        (
            "model = \"iaf_psc_exq\"\nsize = 1",
            "populations.E.model: unknown model `iaf_psc_exq` (did you mean `iaf_psc_exp`?); known: ",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ poisson = -1, weight = 1 }]",
            "populations.E.inputs[0].poisson = -1 Hz: must be >= 0 Hz",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ poisson = 1 }]",
            "populations.E.inputs[0].weight = missing: is needed",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ poisson = 1, weight = 1, port = \"in\" }]",
            "populations.E.inputs[0].port: unknown port `in` (did you mean `inh`?); known: ex, inh",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ noise = [0, -1] }]",
            "populations.E.inputs[0].noise[1] = -1 pA: the standard deviation must be >= 0 pA",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ noise = [0, 1], weight = 3 }]",
            "populations.E.inputs[0].weight = 3: is for poisson inputs only",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ steps = [[0.25, 1]] }]",
            "populations.E.inputs[0].steps[0][0] = 0.25 ms: must be a multiple of dt = 0.1 ms",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ steps = [[1, 1], [1, 2]] }]",
            "populations.E.inputs[0].steps[1][0] = 1 ms: must come after 1 ms",
        ),
        (
            "model = \"iaf_psc_exp\"\nsize = 1\ninputs = [{ steps = [[-1, 1]] }]",
            "populations.E.inputs[0].steps[0][0] = -1 ms: must be >= 0 ms",
        ),
        (
            "size = 1\nspikes = { step = [0], id = [1] }",
            "populations.E.spikes[0] = neuron 1: must be below the size 1",
        ),
        (
            "size = 1\nspikes = { time = [0], id = [0] }",
            "populations.E.spikes.time[0] = 0 ms: must be a multiple of dt = 0.1 ms, and at least one dt",
        ),
        (
            "size = 1\nspikes = { time = [0.25], id = [0] }",
            "populations.E.spikes.time[0] = 0.25 ms: must be a multiple of dt = 0.1 ms, and at least one dt",
        ),
        (
            "size = 1\nspikes = { time = [0.1, 0.2], id = [0] }",
            "populations.E.spikes.id = 1 values: one per time (2) is needed",
        ),
        (
            "size = 1\nspikes = \"x.npz\"\nparams = {}",
            "populations.E.params = {}: is for neurons of a model, not for given spikes",
        ),
    ];
    for (body, expected) in table {
        let got = message(&format!("[populations.E]\n{body}\n"));
        assert!(
            if expected.ends_with(": ") { got.starts_with(expected) } else { got == expected },
            "{got}\n{expected}"
        );
    }
}

#[test]
fn networks() {
    let table = [
        ("dt = 0", "dt = 0 ms: must be > 0 ms"),
        ("dt = -0.1", "dt = -0.1 ms: must be > 0 ms"),
        ("dt = \"1 mV\"", "dt = \"1 mV\": must be a time: a number, in ms if without a unit"),
        (
            "sede = 0",
            "network: unknown key `sede` (did you mean `seed`?); known: name, dt, seed, batch, lane_seeds, precision, sums, equilibration, scale, variant, about, populations, projections, templates, variants, scaling",
        ),
        ("seed = -1", "seed = -1: must be a whole number between 0 and 9223372036854775807"),
        ("batch = 0", "batch = 0: must lie between 1 and 16777216"),
        ("lane_seeds = []", "lane_seeds = []: must hold one seed per lane"),
        (
            "lane_seeds = [1]\nbatch = 2",
            "network = batch and lane_seeds: takes only one of batch, lane_seeds",
        ),
        (
            "precision = \"f16\"",
            "precision: unknown precision `f16` (did you mean `f32`?); known: f32, f64",
        ),
        ("scale = 2", "scale = 2: needs a [scaling] section that says what changes with the size"),
        ("scale = 0\nscaling = {}", "scale = 0: must be > 0"),
        (
            "scale = 2\nscaling = { weights = \"sqrt\", degrees = \"keep\" }",
            "scaling.weights = sqrt: needs degrees = \"scale\": with constant degrees the input stays",
        ),
        ("scaling = { rates_hz = { F = 1 } }", "scaling.rates_hz: unknown key `F`; known: E"),
        ("variant = \"x\"", "variant: unknown variant `x`; known: none"),
    ];
    for (body, expected) in table {
        let rest = "[populations.E]\nmodel = \"iaf_psc_exp\"\nsize = 1\n";
        assert_eq!(message(&format!("{body}\n{rest}")), expected);
    }
    assert_eq!(message("dt = 0.1"), "populations = missing: is needed");
    assert_eq!(message("[populations]"), "populations = none: must hold at least one");
    let e = message("[populations.\"E 1\"]\nmodel = \"iaf_psc_exp\"\nsize = 1");
    assert_eq!(e, "populations = `E 1`: must be a name of letters, digits, `_` and `-`");
    let e = message("dt = = 0.1");
    assert!(e.starts_with("test: TOML parse error at line 1, column 6"), "{e}");
    let e = message(
        "scale = 2\nscaling = { weights = \"sqrt\" }\n[populations.E]\nmodel = \"iaf_psc_exp\"\nsize = 2\n\
         [[projections]]\nfrom = \"E\"\nto = \"E\"\ntotal = 2",
    );
    assert_eq!(e, "scaling.rates_hz.E = missing: the mean rate of the full network is needed");
    let e = message(
        "scale = 2\nscaling = {}\n[populations.E]\nmodel = \"iaf_psc_exp\"\nsize = 2\nparams.tau_m = [10, 11]",
    );
    assert_eq!(
        e,
        "populations.E.params.tau_m = a value for each neuron: cannot be scaled: only scale = 1 is possible"
    );
    let e = message(
        "[templates.a]\nlike = \"b\"\n[templates.b]\nlike = \"a\"\n[populations.E]\nlike = \"a\"",
    );
    assert!(e.ends_with("templates refer to each other in a circle"), "{e}");
}

#[test]
fn few_bits() {
    let network = |top: &str, population: &str, projection: &str| {
        message(&format!(
            "{top}\ndt = 0.1\n[populations.E]\nmodel = \"iaf_psc_exp\"\nsize = 3\n{population}\n\
             [[projections]]\nfrom = \"E\"\nto = \"E\"\ntotal = 5\n{projection}"
        ))
    };
    let plastic = "storage = \"f16\"\nplasticity = { rule = \"stdp\", w_max = 2 }";
    let table = [
        (
            network("precision = \"f64\"", "", plastic),
            "projections[0].storage = f16: plastic weights in 16 bits are computed in single precision: set precision = f32",
        ),
        (
            network("precision = \"f64\"", "state = \"f16\"", ""),
            "populations.E.state = f16: is computed in single precision: set precision = f32",
        ),
        (
            network("", "state = \"f8\"", ""),
            "populations.E.state: unknown format `f8` (did you mean `f16`?); known: full, f16, bf16",
        ),
        (
            network("", "state = \"bf16\"\nparams.t_ref = 25.7", ""),
            "populations.E.state = bf16: counts to 256 at most, and refractory steps would be 257: make it shorter or dt longer",
        ),
        (
            network("", "state = \"f16\"\nparams.t_ref = [2, 204.8, 204.9]", ""),
            "populations.E.state = f16: counts to 2048 at most, and refractory steps would be 2049: make it shorter or dt longer",
        ),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
    assert_eq!(
        message("[populations.S]\nsize = 3\nspikes = { step = [0], id = [0] }\nstate = \"f16\""),
        "populations.S.state = \"f16\": is for neurons of a model, not for given spikes"
    );
}
