//! The bundled networks are what was published.

#![allow(clippy::disallowed_methods)] // the standard library is the oracle here

use isospike_net::*;

fn load(name: &str, overrides: &[&str], scale: Option<f64>) -> Network {
    let overrides = overrides.iter().map(|s| s.to_string()).collect();
    let loader = Loader { scale, overrides, ..Loader::default() };
    loader.load(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn synapses(n: &Network) -> f64 {
    let of = |p: &Projection| {
        let [source, target] = [p.source, p.target].map(|i| f64::from(n.populations[i].size));
        match &p.connector {
            Connector::AllToAll => source * target,
            Connector::OneToOne => source,
            Connector::FixedProbability(q) => q * source * target,
            Connector::FixedInDegree(k) => f64::from(*k) * target,
            Connector::FixedOutDegree(k) => f64::from(*k) * source,
            Connector::FixedTotal(k) => *k as f64,
            Connector::Generated(g) => g.mean_synapses(n.populations[p.target].size),
            Connector::Edges(e) => e.pre.len() as f64,
        }
    };
    n.projections.iter().map(of).sum()
}

#[test]
fn all_are_valid_with_every_variant() {
    for (name, _) in BUNDLED {
        let network = load(name, &[], None);
        assert_eq!(network.name, *name);
        for variant in NetworkFile::bundled(name).unwrap().variants() {
            load(name, &[&format!("variant={variant}")], None);
        }
    }
}

#[test]
fn sizes_and_synapses() {
    let table = [
        ("brunel", 12_500, 15_625_000.0),
        ("brunel_delta", 12_500, 15_625_000.0),
        ("brunel_alpha", 12_500, 15_625_000.0),
        ("cuba", 4000, 320_000.0),
        ("coba", 4000, 320_000.0),
        ("cobahh", 4000, 320_000.0),
        ("glm_ring", 100, 9900.0),
        ("izhikevich2003", 1000, 1_000_000.0),
        ("microcircuit", 77_169, 298_880_968.0),
        ("hpc", 11_250, 126_562_500.0),
    ];
    assert_eq!(table.len(), BUNDLED.len());
    for (name, neurons, expected) in table {
        let network = load(name, &[], None);
        assert_eq!(network.neurons(), neurons, "{name}");
        assert!((synapses(&network) - expected).abs() < 1e-6 * expected, "{name}");
    }
}

/// Published connection probabilities, target by source.
const C: [[f64; 8]; 8] = [
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
    [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
];

#[test]
fn microcircuit_follows_the_published_formula() {
    let n = load("microcircuit", &[], None);
    let mut found = 0;
    for (target, row) in C.iter().enumerate() {
        for (source, &c) in row.iter().enumerate() {
            let pairs =
                f64::from(n.populations[source].size) * f64::from(n.populations[target].size);
            let total = ((1.0 - c).ln() / (-1.0 / pairs).ln_1p()).round();
            let p = n.projections.iter().find(|p| (p.source, p.target) == (source, target));
            match p {
                None => assert_eq!(total, 0.0),
                Some(p) => {
                    let Connector::FixedTotal(k) = p.connector else { panic!() };
                    // Two of the published integers are off by one: they come from ln((P - 1) / P)
                    // in f64.
                    assert!((k as f64 - total).abs() <= 1.0, "{k} {total}");
                    let double = (source, target) == (2, 0);
                    let factor = if source % 2 == 1 { -4.0 } else { 1.0 + f64::from(double) };
                    assert!((p.weight.mean() / 87.80849352920843 - factor).abs() < 1e-12);
                    found += 1;
                }
            }
        }
    }
    assert_eq!(found, n.projections.len());
    let dc = load("microcircuit", &["variant=dc"], None);
    let current = |name: &str| match dc.param(n.population_index(name).unwrap(), "I_e").unwrap() {
        Column::Uniform(x) => x,
        Column::Each(_) => panic!(),
    };
    assert!((current("L23E") - 561.974).abs() < 1e-3);
    assert!((current("L6E") - 1018.579).abs() < 1e-3);
    let (lo, hi) = n.projections[0].weight.range();
    assert!(lo >= 0.0 && hi < 150.0);
}

#[test]
fn microcircuit_scaled_down() {
    let f: f64 = 0.1;
    let full = load("microcircuit", &["variant=dc"], None);
    let small = load("microcircuit", &["variant=dc"], Some(f));
    assert_eq!(small.populations[0].size, 2068);
    assert!((synapses(&small) / synapses(&full) - f * f).abs() < 1e-6);
    let rates = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829];
    for k in 0..8 {
        let mean: f64 = full
            .projections
            .iter()
            .filter(|p| p.target == k)
            .map(|p| {
                let Connector::FixedTotal(n) = p.connector else { panic!() };
                let in_degree = n as f64 / f64::from(full.populations[k].size);
                p.weight.mean() * in_degree * rates[p.source] * 0.5e-3
            })
            .sum();
        let extra = small.param(k, "I_e").unwrap().at(0) - full.param(k, "I_e").unwrap().at(0);
        assert!((extra - (1.0 - f.sqrt()) * mean).abs() < 1e-9);
    }
    let ratio = small.projections[0].weight.mean() / full.projections[0].weight.mean();
    assert!((ratio - 1.0 / f.sqrt()).abs() < 1e-12);
    // With Poisson drive its share of the mean is given back too.
    let poisson = load("microcircuit", &[], Some(f));
    let Dynamics::Model(n) = &poisson.populations[0].dynamics else { panic!() };
    let Input::Poisson { weight, .. } = n.inputs[0] else { panic!() };
    assert!((weight - 87.80849352920843 / f.sqrt()).abs() < 1e-9);
    assert!((poisson.input_rate(0, 0).unwrap().at(0) - 1280.0).abs() < 1e-9);
    let dc = small.param(0, "I_e").unwrap().at(0) - 561.974_358_586_934;
    let expected = dc + (1.0 - f.sqrt()) * 561.974_358_586_934;
    assert!((poisson.param(0, "I_e").unwrap().at(0) - expected).abs() < 1e-9);
}

#[test]
fn brunel_orders() {
    let n = load("brunel_delta", &[], Some(0.8));
    assert_eq!(n.neurons(), 10_000);
    let in_degrees: Vec<_> = n.projections.iter().map(|p| p.connector.clone()).collect();
    assert_eq!(in_degrees[0], Connector::FixedInDegree(800));
    assert_eq!(in_degrees[3], Connector::FixedInDegree(200));
    assert_eq!(n.projections[0].weight, Distribution::constant(0.1));
    assert_eq!(n.input_rate(0, 0), Some(Column::Uniform(20_000.0)));
    let n = load("brunel_delta", &["variant=si_slow"], None);
    assert_eq!(n.input_rate(1, 0), Some(Column::Uniform(9_000.0)));
    assert_eq!(n.param(1, "V_reset"), Some(Column::Uniform(10.0)));
    assert_eq!(n.projections[3].weight, Distribution::constant(-0.45));
    assert_eq!(n.projections[1].weight, Distribution::constant(0.1));
}

#[test]
fn brunel_by_one_name() {
    for (variant, name) in [("", "brunel_delta"), ("variant=alpha", "brunel_alpha")] {
        let variants: Vec<_> = Some(variant).filter(|v| !v.is_empty()).into_iter().collect();
        let network = load("brunel", &variants, Some(0.8));
        assert_eq!(Network { name: name.into(), ..network }, load(name, &[], Some(0.8)));
    }
    let alpha = load("brunel_alpha", &[], None);
    assert!((alpha.projections[0].weight.mean() - 20.680_155).abs() < 1e-6);
    assert_eq!(alpha.param(0, "tau_syn_ex"), Some(Column::Uniform(0.5)));
    assert!(NetworkFile::bundled("brunel_alpha").unwrap().variants().is_empty());
}

#[test]
fn scaling_keeps_degrees_where_it_says_so() {
    let n = load("cuba", &[], Some(2.0));
    assert_eq!(n.projections[0].connector, Connector::FixedProbability(0.01));
    let n = load("hpc", &[], Some(0.1));
    assert_eq!(n.projections[2].connector, Connector::FixedInDegree(2250));
    assert_eq!(n.neurons(), 1125);
}

#[test]
fn izhikevich_parameters_go_together() {
    let n = load("izhikevich2003", &[], None);
    let [c, d] = ["c", "d"].map(|p| n.param(0, p).unwrap());
    for i in 0..800 {
        let r2 = (c.at(i) + 65.0) / 15.0;
        assert!((0.0..1.0).contains(&r2) && (d.at(i) - (8.0 - 6.0 * r2)).abs() < 1e-12);
    }
    let [a, b] = ["a", "b"].map(|p| n.param(1, p).unwrap());
    let r = (a.at(7) - 0.02) / 0.08;
    assert!((b.at(7) - (0.25 - 0.05 * r)).abs() < 1e-12);
    assert_eq!(n.initial_table(1, 0)[1].at(7), b.at(7) * -65.0);
}

#[test]
fn plastic_variant() {
    let n = load("hpc", &["variant=plastic"], None);
    assert!(n.projections[1..].iter().all(|p| p.plasticity.is_none()));
    let expected = Plasticity {
        tau_plus: 15.0,
        tau_minus: 30.0,
        alpha: 0.0513,
        ..Plasticity::power_law(456.096003165)
    };
    assert_eq!(n.projections[0].plasticity, Some(expected));
}
