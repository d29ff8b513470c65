//! What synapses, models and memory leave no room for.

use isospike_net::{Distribution, Edges, Network, NetworkFile, Plasticity, Precision};

fn message(text: &str) -> String {
    match NetworkFile::parse("test", text, "").and_then(|f| f.network()) {
        Ok(_) => panic!("no error: {text}"),
        Err(e) => e.to_string(),
    }
}

/// A plastic synapse looks back from the arrival of a spike, so it needs a step.
#[test]
fn plastic_synapses_need_a_step() {
    let build = |plastic: bool, delay: Distribution, edges: Option<Vec<f64>>| {
        let network = Network::build("p").spikes("S", 2, vec![(0, 0)]).population(
            "A",
            2,
            "iaf_psc_exp",
            |p| p,
        );
        let network = network.project("S", "A", |c| {
            let c = match edges {
                None => c.all_to_all(),
                Some(d) => c.edges(Edges {
                    pre: vec![0, 1],
                    post: vec![0, 1],
                    weight: None,
                    delay_ms: Some(d),
                }),
            };
            let c = c.delay(delay);
            if plastic { c.plasticity(Plasticity::pair(2.0)) } else { c }
        });
        network.finish().map(|_| ()).map_err(|e| e.to_string())
    };
    let constant = Distribution::constant;
    let drawn = || Distribution::uniform(0.0, 1.0);
    let table = [
        (
            constant(0.0),
            None,
            "projections[0].delay = 0 ms: must lie between 0.1 ms and 104857.6 ms, at least one step where weights are plastic",
        ),
        (
            drawn(),
            None,
            "projections[0].delay = uniform in [0, 1 ms]: delays must be at least 0.1 ms where weights are plastic, but a draw can be 1.16415e-10 ms: set min, to 0.05 or more, and outside = \"redraw\" or \"clip\"",
        ),
        (
            constant(1.0),
            Some(vec![0.1, 0.0]),
            "projections[0].edges.delay[1] = 0 ms: must lie between 0.1 ms and 104857.6 ms, at least one step where weights are plastic",
        ),
    ];
    for (delay, edges, expected) in table {
        assert_eq!(build(true, delay, edges.clone()), Err(expected.into()));
        assert_eq!(build(false, delay, edges), Ok(()));
    }
    assert_eq!(build(true, constant(0.1), None), Ok(()));
    assert_eq!(build(true, drawn().clipped(0.05, 1.0), None), Ok(()));
    assert_eq!(build(true, constant(0.0), Some(vec![0.1, 0.2])), Ok(()));
}

/// NEST adds the absolute value of a negative weight to the inhibitory conductance.
#[test]
fn conductances_do_not_become_negative() {
    let text = |model: &str, body: &str| {
        format!(
            "[populations.A]\nmodel = \"{model}\"\nsize = 3\n\
             [[projections]]\nfrom = \"A\"\nto = \"A\"\n{body}\n"
        )
    };
    let inh = "must be <= 0: port inh of iaf_cond_exp adds its absolute value to a conductance";
    let ex = "must be >= 0: port ex of iaf_cond_exp adds it to a conductance";
    let table = [
        ("all_to_all = true\nport = \"inh\"\nweight = 3", "weight = 3 nS", inh),
        ("all_to_all = true\nport = \"ex\"\nweight = -3", "weight = -3 nS", ex),
        ("all_to_all = true\nport = \"inh\"\nweight = { uniform = [-1, 1] }", "weight = 1 nS", inh),
        (
            "edges = { pre = [0, 1], post = [0, 1], weight = [-1, 2] }\nport = \"inh\"",
            "edges.weight = 2 nS",
            inh,
        ),
        (
            "all_to_all = true\nport = \"inh\"\nweight = 0\nplasticity = { rule = \"stdp\", w_max = 5 }",
            "weight = 5 nS",
            inh,
        ),
    ];
    for (body, value, allowed) in table {
        let expected = format!("projections[0].{value}: {allowed}");
        assert_eq!(message(&text("iaf_cond_exp", body)), expected);
    }
    let input = "[populations.A]\nmodel = \"aeif_cond_exp\"\nsize = 3\n\
                 inputs = [{ poisson = 1, weight = 2, port = \"inh\" }]\n";
    assert_eq!(
        message(input),
        "populations.A.inputs[0].weight = 2 nS: must be <= 0: port inh of aeif_cond_exp adds its \
         absolute value to a conductance"
    );
    for (model, body) in [
        ("iaf_cond_exp", "all_to_all = true\nport = \"inh\"\nweight = -3"),
        ("iaf_cond_exp", "all_to_all = true\nport = \"inh\"\nweight = 0"),
        ("iaf_cond_exp", "all_to_all = true\nport = \"ex\"\nweight = 3"),
        ("iaf_cond_exp", "all_to_all = true\nweight = { normal = [0, 1] }"),
        // Currents of either sign are currents.
        ("iaf_psc_exp", "all_to_all = true\nport = \"inh\"\nweight = 3"),
    ] {
        let file = NetworkFile::parse("test", &text(model, body), "").unwrap();
        file.network().unwrap_or_else(|e| panic!("{e}"));
    }
}

/// Refused before anything of that size is made: the test would run out of memory.
#[test]
fn sizes_and_lanes_have_bounds() {
    let text = |top: &str, size: &str| {
        format!("{top}\n[populations.A]\nmodel = \"iaf_psc_exp\"\nsize = {size}\n")
    };
    assert_eq!(
        message(&text("batch = 4000000000", "1")),
        "batch = 4000000000: must be a whole number between 0 and 16777216"
    );
    assert_eq!(
        message(&text("batch = 10000000", "4000")),
        "populations.A.size = 4000 neurons in 10000000 lanes: size times batch must be below 2^31 = 2147483648"
    );
    assert_eq!(
        message(&text("", "2147483648")),
        "populations.A.size = 2147483648 neurons: size times batch must be below 2^31 = 2147483648"
    );
    assert_eq!(
        message(&text("batch = 10000000\nscale = 1000\nscaling = {}", "4")),
        "populations.A.size = 4000 neurons in 10000000 lanes: size times batch must be below 2^31 = 2147483648"
    );
    let build = |lanes: usize| {
        let network = Network::build("b").population("A", 1000, "iaf_psc_exp", |p| p);
        network.batch(lanes).finish().unwrap_err().to_string()
    };
    assert_eq!(
        build(usize::MAX),
        format!("batch = {}: must lie between 1 and 16777216", usize::MAX)
    );
    assert_eq!(
        build(10_000_000),
        "populations.A.size = 1000 neurons in 10000000 lanes: size times batch must be below 2^31 = 2147483648"
    );
}

/// Conditions between parameters are checked a part of a population at a time.
#[test]
fn the_last_neuron_of_many_is_checked() {
    let n = 200_000;
    let mut v_th = vec![-50.0; n];
    v_th[n - 1] = -80.0;
    let network = Network::build("many").population("A", n as u32, "iaf_psc_exp", |p| {
        p.param("V_th", v_th).param("tau_m", Distribution::uniform(10.0, 20.0))
    });
    assert_eq!(
        network.finish().unwrap_err().to_string(),
        "populations.A.params = values of neuron 199999: V_reset = -70 mV must lie below V_th = -80 mV"
    );
}

#[test]
fn precisions_have_names() {
    for precision in [Precision::F32, Precision::F64] {
        assert_eq!(precision.to_string().parse(), Ok(precision));
    }
    assert_eq!(
        "f16".parse::<Precision>().unwrap_err().to_string(),
        "precision: unknown precision `f16` (did you mean `f32`?); known: f32, f64"
    );
}
