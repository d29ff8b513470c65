//! The commands that list things.

use crate::support::Dir;

#[test]
fn models_show_every_parameter() {
    let dir = Dir::new();
    let list = dir.ok(&["models"]);
    for m in isospike::model::MODELS {
        assert!(list.contains(m.name()), "{}", m.name());
        let text = dir.ok(&["models", m.name()]);
        let json = dir.json(&["models", m.name()]);
        for p in m.params() {
            assert!(text.contains(p.name) && text.contains(p.doc), "{}.{}", m.name(), p.name);
            let parameters = json["parameters"].as_array().unwrap();
            assert!(parameters.iter().any(|q| q["name"] == p.name && q["default"] == p.default));
        }
        for s in m.state().iter().chain(m.ports()) {
            assert!(text.contains(s.name) && text.contains(s.doc), "{}.{}", m.name(), s.name);
        }
        for f in m.filters() {
            assert!(text.contains(f.name) && text.contains(f.doc), "{}.{}", m.name(), f.name);
        }
        assert!(text.contains(m.about().equations.lines().next().unwrap()));
    }
    for (model, missing) in [("iaf_psc_delta", "refractory_input"), ("iaf_psc_exp", "rho, delta")] {
        let text = dir.ok(&["models", model]);
        let line = text.lines().find(|l| l.contains(missing));
        assert!(line.is_some_and(|l| l.contains("NEST")), "{model}: what is missing is named");
    }
    let out = dir.isospike(&["models", "iaf_psc_xp"]);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(text.contains("did you mean `iaf_psc_exp`?"), "{text}");
}

/// Nodes of networks of neural masses are shown like models of neurons.
#[test]
fn nodes_are_shown() {
    let dir = Dir::new();
    let page = dir.json(&["models", "jansen_rit"]);
    let names = |of: &str| -> Vec<String> {
        let all = page[of].as_array().unwrap().iter();
        all.map(|p| p["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names("parameters").contains(&"mu".to_owned()));
    assert_eq!((names("state").len(), names("ports")), (6, vec!["c".to_owned()]));
    assert!(dir.ok(&["models"]).contains("wilson_cowan"));
}

#[test]
fn networks_and_devices() {
    let dir = Dir::new();
    let json = dir.json(&["networks"]);
    let bundled = isospike::net::BUNDLED.len() + isospike::mass::MASSES.len();
    assert_eq!(json.as_array().unwrap().len(), bundled);
    for n in json.as_array().unwrap() {
        assert!(n["summary"].as_str().unwrap().len() > 10, "{n}");
    }
    let json = dir.json(&["devices"]);
    assert_eq!(json[0]["backend"], "cpu");
    assert_eq!(json[0]["devices"][0]["device"], "cpu:0");
    assert_eq!(json[0]["devices"][0]["verdict"], "exact");
    let can = &json[0]["devices"][0]["capability"];
    for what in ["f64_state", "filters", "counts", "stimuli", "processor"] {
        assert_eq!(can[what], true, "{what}: {can}");
    }
    assert!(can["largest_buffer_bytes"].is_null(), "{can}");
    assert_eq!(can["through_f64"], serde_json::json!([]));
    for group in json.as_array().unwrap() {
        let empty = group["devices"].as_array().unwrap().is_empty();
        assert_eq!(empty, group["reason"].is_string(), "a reason, or devices: {group}");
    }
    let text = dir.ok(&["devices"]);
    for word in ["cpu:0", "exact", "filters", "counts", "stimuli"] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}
