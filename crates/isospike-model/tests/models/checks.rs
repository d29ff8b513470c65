//! Tables and parameter checks of all models.

use isospike_model::{MAX_DRAWS, MAX_SLOTS, MODELS, ModelRef, Sign, by_name};
use std::collections::BTreeSet;

fn defaults(m: ModelRef) -> Vec<f64> {
    m.params().iter().map(|p| p.default).collect()
}

/// What `check` says about the defaults with some parameters changed.
fn check(model: &str, changes: &[(&str, f64)]) -> Result<(), String> {
    let m = by_name(model).unwrap();
    let mut values = defaults(m);
    for (name, x) in changes {
        values[m.params().iter().position(|p| p.name == *name).expect(name)] = *x;
    }
    m.check(&values)
}

#[test]
fn tables_are_sound() {
    let names: BTreeSet<_> = MODELS.iter().map(|m| m.name()).collect();
    assert_eq!(names.len(), MODELS.len());
    for &m in MODELS {
        let name = m.name();
        assert!(by_name(name).is_some());
        assert_eq!(m.ports().len(), m.signs().len(), "{name}");
        assert!(m.draws() <= MAX_DRAWS && m.consts().len() <= MAX_SLOTS, "{name}");
        let unique = |names: &mut dyn Iterator<Item = &'static str>| {
            let mut seen = BTreeSet::new();
            names.for_each(|n| assert!(seen.insert(n), "{name}: {n} twice"));
        };
        unique(&mut m.params().iter().map(|p| p.name));
        for slots in [m.state(), m.consts(), m.ports()] {
            unique(&mut slots.iter().map(|s| s.name));
        }
        // A network file sets parameters and initial state side by side.
        unique(&mut m.params().iter().map(|p| p.name).chain(m.state().iter().map(|s| s.name)));
        for p in m.params() {
            assert!(p.range.contains(p.default), "{name}: default of {}", p.name);
            assert!(!p.doc.is_empty(), "{name}: {}", p.name);
        }
        let about = m.about();
        assert!(about.summary.ends_with('.') && !about.equations.is_empty(), "{name}");
    }
}

#[test]
fn defaults_make_finite_constants_and_states() {
    for &m in MODELS {
        let values = defaults(m);
        m.check(&values).unwrap();
        for dt in [0.01, 0.1, 0.25, 1.0] {
            let consts = m.derive(&values, dt);
            assert_eq!(consts.len(), m.consts().len());
            assert!(consts.iter().all(|&x| (x as f32).is_finite()), "{}: {consts:?}", m.name());
        }
        let user = m.initial(&values);
        assert_eq!(user.len(), m.state().len());
        let back = m.to_user(&values, &m.from_user(&values, &user));
        assert!(user.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-12), "{}", m.name());
    }
}

#[test]
fn signed_weights_find_their_ports() {
    for &m in MODELS {
        match m.signs() {
            [] | [Sign::Any] | [Sign::Positive, Sign::Negative] => {}
            other => panic!("{}: {other:?}", m.name()),
        }
    }
}

#[test]
fn reset_lies_below_threshold() {
    for m in ["iaf_psc_delta", "iaf_psc_exp", "iaf_psc_alpha", "iaf_cond_exp"] {
        let message = check(m, &[("V_reset", -50.0), ("V_th", -55.0)]).unwrap_err();
        assert_eq!(message, "V_reset = -50 mV must lie below V_th = -55 mV");
        assert!(check(m, &[("V_reset", -55.0), ("V_th", -55.0)]).is_err());
        check(m, &[("V_reset", -55.1), ("V_th", -55.0)]).unwrap();
    }
    for m in ["izhikevich", "izhikevich2003"] {
        assert!(check(m, &[("c", 30.0)]).unwrap_err().contains("V_th"));
    }
}

#[test]
fn adex_orders_its_potentials() {
    let m = "aeif_cond_exp";
    assert!(check(m, &[("V_reset", 1.0)]).unwrap_err().contains("V_peak"));
    assert!(check(m, &[("V_peak", -51.0)]).unwrap_err().contains("V_th"));
    // Without upstroke V_th is the threshold, and V_peak has no meaning.
    check(m, &[("Delta_T", 0.0), ("V_peak", -51.0)]).unwrap();
    assert!(check(m, &[("Delta_T", 0.0), ("V_reset", -50.0)]).unwrap_err().contains("V_th"));
}

#[test]
fn ranges() {
    let range = |m: &str, p: &str| {
        by_name(m).unwrap().params().iter().find(|i| i.name == p).expect(p).range
    };
    for &m in MODELS {
        for p in m.params().iter().filter(|p| p.name.starts_with("tau") || p.name == "C_m") {
            assert!(!p.range.contains(0.0) && !p.range.contains(-1.0), "{} {}", m.name(), p.name);
        }
        for p in m.params() {
            assert!(!p.range.contains(f64::NAN) && !p.range.contains(f64::INFINITY));
        }
    }
    assert!(!range("poisson_source", "rate").contains(-1.0));
    assert!(!range("iaf_psc_exp", "t_ref").contains(-0.1));
    assert!(range("aeif_cond_exp", "Delta_T").contains(0.0));
}
