//! `isospike size`: owners, phases, sweeps, fits, comparisons; and what is said of too little
//! memory.

use crate::support::Dir;

#[test]
fn every_byte_and_synapse_is_somebodys() {
    let dir = Dir::new();
    let size = dir.json(&["size", "small.toml"]);
    let of = |list: &str, field: &str| -> u64 {
        let list = size[list].as_array().unwrap();
        list.iter().map(|x| x[field].as_u64().unwrap()).sum()
    };
    let bytes = of("populations", "n_bytes") + of("projections", "n_bytes");
    assert_eq!(bytes + size["shared_bytes"].as_u64().unwrap(), size["total_bytes"]);
    assert_eq!(of("projections", "n_conns"), size["n_synapses"]);
    assert_eq!(of("populations", "n_conns"), size["n_synapses"]);
    assert_eq!(of("populations", "n_neurons"), size["n_neurons"]);
    assert_eq!(size["phases"]["run"]["host_bytes"], size["total_bytes"]);
    let text = dir.ok(&["size", "small.toml"]);
    for word in
        ["n_conns", "E -> I", "shared", "code", "arrays", "built", "--measure", "a synapse)"]
    {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("Spikeometric"), "{text}");
}

#[test]
fn measured_beside_planned() {
    let dir = Dir::new();
    let size = dir.json(&["size", "small.toml", "--measure"]);
    let measured = &size["measured"];
    assert_eq!(measured["allocated_bytes"], size["total_bytes"]);
    assert_eq!(measured["n_steps"], 100);
    assert!(dir.json(&["size", "small.toml"]).get("measured").is_none());
    let text = dir.ok(&["size", "small.toml", "--measure"]);
    assert!(text.contains("measured after 100 steps"), "{text}");
    assert_eq!(dir.others(), [""; 0], "nothing is written");
}

#[test]
fn sweeps() {
    let dir = Dir::new();
    let rows = |network: &str, sweep: &str| {
        let page = dir.json(&["size", network, "--sweep", sweep]);
        page["rows"].as_array().unwrap().clone()
    };
    let batches = rows("small.toml", "batch=1..64");
    let lanes: Vec<_> = batches.iter().map(|r| r["batch"].as_u64().unwrap()).collect();
    assert_eq!(lanes, [1, 2, 4, 8, 16, 32, 64]);
    for row in &batches {
        let lanes = row["batch"].to_string();
        let size = dir.json(&["size", "small.toml", "--batch", &lanes]);
        assert_eq!(row["total_bytes"], size["total_bytes"]);
        let groups = row["bytes"].as_object().unwrap().values();
        assert_eq!(groups.map(|b| b.as_u64().unwrap()).sum::<u64>(), row["total_bytes"]);
    }
    let sizes = rows("small.toml", "E.size=100..10000:3:log");
    let sizes: Vec<_> = sizes.iter().map(|r| r["n_neurons"].as_u64().unwrap()).collect();
    assert_eq!(sizes, [140, 1040, 10_040]);
    for row in rows("brunel", "synapses=1e5..1e7:3:log") {
        let (n, wanted) = (row["n_synapses"].as_f64().unwrap(), row["value"].as_f64().unwrap());
        assert!((n / wanted - 1.0).abs() < 0.02, "{row}");
        let scale = row["scale"].to_string();
        let size = dir.json(&["size", "brunel", "--scale", &scale]);
        assert_eq!(size["n_synapses"], row["n_synapses"], "it is what --scale {scale} gives");
    }
    let text = dir.ok(&["size", "brunel", "--sweep", "neurons=1000..4000:2"]);
    for word in ["neurons", "scale", "bytes a synapse", "neurons are reached by --scale"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let limited = ["size", "brunel", "--sweep", "scale=0.01..1:2", "--memory-limit", "10MB"];
    let page = dir.json(&limited);
    let fits: Vec<_> = page["rows"].as_array().unwrap().iter().map(|r| &r["fits"]).collect();
    assert_eq!(fits, [true, false]);
}

#[test]
fn sweeps_that_cannot_be() {
    let dir = Dir::new();
    let refused = |sweep: &str, words: &[&str]| {
        let out = dir.isospike(&["size", "small.toml", "--sweep", sweep]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{sweep}: {text}");
        words.iter().for_each(|word| assert!(text.contains(word), "{sweep}: {word}: {text}"));
    };
    refused("synapses", &["NAME=VALUES"]);
    refused("speed=1..2", &["speed", "known"]);
    refused("synapses=1e3..1e4", &["scal"]);
    refused("batch=0..0", &["batch = 0; must be a whole number > 0"]);
    refused("batch=1.5,2.5", &["batch = 1.5; must be a whole number > 0"]);
    refused("scale=a,b", &["scale = a; must be a number > 0"]);
    // One of the values has a network.
    let page = dir.json(&["size", "small.toml", "--sweep", "I.size=0..40:2"]);
    assert!(page["rows"][0]["error"].as_str().unwrap().contains("populations.I.size"), "{page}");
    assert_eq!(page["rows"][1]["n_neurons"], 200);
}

#[test]
fn the_largest_that_fits() {
    let dir = Dir::new();
    let page = dir.json(&["size", "brunel", "--fit", "100MB"]);
    let scale = page["scale"].to_string();
    let size = dir.json(&["size", "brunel", "--scale", &scale]);
    for field in ["n_neurons", "n_synapses", "total_bytes"] {
        assert_eq!(page[field], size[field], "{field}");
    }
    assert!(page["total_bytes"].as_u64().unwrap() <= 100_000_000);
    let text = dir.ok(&["size", "brunel", "--fit", "100MB"]);
    assert!(text.contains(&format!("--scale {scale}")) && text.contains("synapses"), "{text}");
    for (args, word) in [(["small.toml", "1MB"], "scal"), (["brunel", "10kB"], "at any scale")] {
        let out = dir.isospike(&["size", args[0], "--fit", args[1]]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert!(out.status.code() == Some(2) && text.contains(word), "{args:?}: {text}");
    }
}

#[test]
fn spikeometric_beside_a_glm() {
    let dir = Dir::new();
    let size = dir.json(&["size", "glm_ring", "--time", "100ms"]);
    let peer = &size["spikeometric"];
    // 100 neurons, 9,900 synapses, T = 20, 1000 steps
    assert_eq!(peer["documented_bytes"], 4 * 20 * 9900 + 8 * 9900 + 100 * 1000);
    let kept = (4 * 20 + 16 + 4) * 9900 + 4 * 100 * (1000 + 20);
    assert_eq!(peer["total_bytes"], kept + 12 * 20 * 9900);
    let text = dir.ok(&["size", "glm_ring"]);
    assert!(text.contains("Spikeometric 1.0.3") && text.contains("bits"), "{text}");
}

/// Everything that is advised fits when it is done.
#[test]
fn advice_that_holds() {
    let dir = Dir::new();
    let network = ["small.toml", "--precision", "f64", "--batch", "16"];
    let size = dir.json(&[&["size"], &network[..]].concat());
    let all = size["total_bytes"].as_u64().unwrap();
    let mut seen = Vec::new();
    for part in [95, 60, 30] {
        let limit = (all * part / 100).to_string();
        let args = [&["size"], &network[..], &["--memory-limit", &limit]].concat();
        let out = dir.isospike(&args);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{text}");
        assert!(text.contains("biggest: "), "{text}");
        for line in text.lines().filter(|line| line.contains("would fit")) {
            let command = line.split('`').nth(1).unwrap();
            let flags: Vec<_> = command.split_whitespace().map(|f| f.trim_matches('\'')).collect();
            let (base, kept): (Vec<_>, _) = match flags.contains(&"--precision") {
                true => {
                    (network[..1].iter().chain(&network[3..]).copied().collect(), flags.clone())
                }
                false => (network.to_vec(), flags.clone()),
            };
            seen.push(flags[0].to_owned());
            let command = match flags[0] {
                "isospike" => {
                    [&["run"], &base[..], &kept[2..], &["--time", "1ms", "--no-files"]].concat()
                }
                _ => [&["size"], &base[..], &kept[..]].concat(),
            };
            dir.ok(&[&command[..], &["--memory-limit", &limit]].concat());
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["--precision", "isospike"]);
}
