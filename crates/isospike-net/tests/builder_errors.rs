//! Mistakes in Rust have the messages of mistakes in a file.

use isospike_net::{Distribution, Input, Network};

#[test]
fn builders() {
    let build = |name: &str, weight: f64| {
        Network::build("b")
            .population("E", 2, name, |p| p)
            .population("I", 2, name, |p| {
                p.input(Input::Poisson { rate_hz: 1.0.into(), weight, port: None })
            })
            .project("E", "J", |c| c.weight(Distribution::constant(1.0)))
            .finish()
            .unwrap_err()
            .to_string()
    };
    assert!(build("iaf", 1.0).starts_with("populations.E.model: unknown model `iaf`"));
    assert_eq!(build("iaf_psc_exp", 1.0), "projections[0].to: unknown population `J`; known: E, I");
    let twice = Network::build("b")
        .population("E", 2, "iaf_psc_exp", |p| p)
        .population("E", 2, "iaf_psc_exp", |p| p)
        .finish();
    assert_eq!(twice.unwrap_err().to_string(), "populations.E = twice: names must be unique");
    let lanes = Network::build("b").batch(0).population("E", 2, "iaf_psc_exp", |p| p).finish();
    assert_eq!(lanes.unwrap_err().to_string(), "batch = 0: must lie between 1 and 16777216");
    let nan = Network::build("b").population("E", 2, "iaf_psc_exp", |p| p.poisson(1.0, f64::NAN));
    assert_eq!(
        nan.finish().unwrap_err().to_string(),
        "populations.E.inputs[0].weight = NaN: must be finite"
    );
}
