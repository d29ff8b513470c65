//! `isospike tune`: values on stdout, a network in a file, or nothing at all.

use crate::support::Dir;

const NETWORK: &str = r#"
name = "pair"
dt = 1.0
seed = 5
projections = [{ from = "E", to = "I", probability = 0.2, weight = 0.3, delay = 1 }]

[populations]
E = { model = "bernoulli_glm", size = 60 }
I = { model = "poisson_glm", size = 30, params = { T = 5, alpha = 100 } }
"#;

#[test]
fn what_is_found_can_be_run() {
    let dir = Dir::new();
    dir.write("pair.toml", NETWORK);
    let tuned = dir.json(&[
        "tune",
        "pair.toml",
        "--parameter=E.theta=0..10",
        "--parameter=I.alpha=1..500",
        "--rate=20Hz",
        "--rate=I=0.03kHz",
        "--tolerance=1Hz",
        "--out=tuned.toml",
        "--quiet",
    ]);
    let theta = tuned["parameters"][0]["value"].as_f64().unwrap();
    assert_eq!(tuned["parameters"][0]["name"], "E.theta");
    assert!((3.0..4.5).contains(&theta), "{theta}");
    assert_eq!(
        (&tuned["rates"][0]["population"], &tuned["rates"][1]["population"]),
        (&"I".into(), &"E".into())
    );
    let run = dir.json(&["run", "tuned.toml", "--time=20s", "--no-files"]);
    let rates = &run["rates_hz"];
    assert!((rates["E"].as_f64().unwrap() - 20.0).abs() < 1.5, "{rates}");
    assert!((rates["I"].as_f64().unwrap() - 30.0).abs() < 1.5, "{rates}");
    assert!(dir.others().is_empty(), "{:?}", dir.others());
}

#[test]
fn values_are_printed_as_they_are_set() {
    let dir = Dir::new();
    dir.write("pair.toml", NETWORK);
    let text =
        dir.ok(&["tune", "pair.toml", "--parameter=E.theta=0..10", "--rate=20", "--tolerance=2"]);
    assert!(text.lines().last().unwrap().starts_with("pair --set E.theta="), "{text}");
}

#[test]
fn what_cannot_be_is_refused_and_nothing_written() {
    let dir = Dir::new();
    dir.write("pair.toml", NETWORK);
    for (arguments, message) in [
        (["--parameter=E.theta=0..10", "--rate=20ms"], "must be a rate"),
        (["--parameter=E.theta=0", "--rate=20"], "must be POPULATION.PARAMETER=LOW..HIGH"),
        (["--parameter=E.thetta=0..1", "--rate=20"], "did you mean `theta`?"),
        (["--parameter=F.theta=0..1", "--rate=20"], "unknown population `F`"),
        (["--parameter=E.theta=5..9", "--rate=200"], "out of reach within the bounds"),
        (["--parameter=E.theta=0..1", "--rate=I=20"], "must be of a population that a rate"),
    ] {
        let all = [&["tune", "pair.toml", "--out=tuned.toml"], &arguments[..]].concat();
        let out = dir.isospike(&all);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(message), "{arguments:?}: {text}");
    }
    assert!(!dir.path().join("tuned.toml").exists() && dir.others().is_empty());
}
