//! Where networks run: what `auto` chooses, and that no place changes a bit.

use crate::support::Dir;

#[test]
fn auto_says_what_it_chose_and_why() {
    let dir = Dir::new();
    let run = ["run", "small.toml", "--time", "20ms", "--no-files", "--quiet"];
    let out = dir.isospike(&[&run[..], &["--device", "auto", "--json"]].concat());
    let stderr = String::from_utf8(out.stderr).unwrap();
    let auto: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let named = dir.json(&run);
    assert_eq!(auto["digest"], named["digest"]);
    assert_eq!(auto["state_digest"], named["state_digest"]);
    // A small network stays on the first processor.
    assert_eq!(auto["device"], "auto");
    assert_eq!(auto["device_choice"]["device"], "cpu:0");
    let why = auto["device_choice"]["why"].as_str().unwrap();
    assert!(why.starts_with("200 neurons") && why.contains("accelerator"), "{why}");
    assert!(stderr.contains(&format!("device auto: cpu:0: {why}")), "{stderr}");
    // Nobody who named a device is told about a choice.
    assert!(named.get("device_choice").is_none());
    let page = dir.ok(&[&run[..], &["--device", "auto"]].concat());
    assert!(page.contains("cpu:0, chosen by auto"), "{page}");
    let size = dir.json(&["size", "small.toml", "--device", "auto"]);
    assert_eq!(size["device_choice"]["device"], "cpu:0");
}

#[test]
fn auto_names_every_device_that_cannot() {
    let dir = Dir::new();
    let args = ["run", "small.toml", "--device", "auto", "--memory-limit", "10kB", "--no-files"];
    let out = dir.isospike(&args);
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{stderr}");
    for words in ["no device can run this network", "cpu:0: the plan needs", "10.00 kB"] {
        assert!(stderr.contains(words), "no {words:?} in {stderr}");
    }
}

#[test]
fn every_place_gives_the_same_bits() {
    let dir = Dir::new();
    let args = ["verify", "small.toml", "--time", "50ms"];
    let page = dir.json(&[&args[..], &["--quiet"]].concat());
    assert_eq!((&page["equal"], &page["n_steps"]), (&true.into(), &500.into()));
    let run = dir.json(&["run", "small.toml", "--time", "50ms", "--no-files"]);
    let runs = page["runs"].as_array().unwrap();
    let ran: Vec<_> = runs.iter().filter(|r| r["verdict"] == "equal").collect();
    // One thread on each instruction set, all threads on the strongest.
    assert!(ran.len() >= 2 && ran.iter().any(|r| r["threads"].as_u64() > Some(1)), "{page}");
    for r in ran {
        assert_eq!((&r["digest"], &r["state_digest"]), (&run["digest"], &run["state_digest"]));
    }
    let text = dir.ok(&args);
    assert!(text.contains("cpu:0, 1 thread, baseline") && text.contains("all equal"), "{text}");
}

/// Every backend of the build is in the list: with devices, or with the reason why not.
#[test]
fn devices_that_cannot_run_a_network_say_why() {
    let dir = Dir::new();
    let plastic = "plasticity = { rule = \"stdp\", w_max = 500 }\nweight = 50";
    dir.write("plastic.toml", &crate::support::NETWORK.replacen("weight = 50", plastic, 1));
    let page = dir.json(&["verify", "plastic.toml", "--time", "20ms", "--quiet"]);
    assert_eq!(page["equal"], true, "{page}");
    for group in dir.json(&["devices"]).as_array().unwrap() {
        let backend = group["backend"].as_str().unwrap();
        let mine = |r: &&serde_json::Value| r["device"].as_str().unwrap().starts_with(backend);
        let mut listed = page["runs"].as_array().unwrap().iter().filter(mine).peekable();
        let names = |a: &serde_json::Value| a["device"].as_str().unwrap().starts_with(backend);
        let absent = page["absent"].as_array().unwrap().iter().any(names);
        assert!(absent || listed.peek().is_some(), "{backend}: {page}");
        for r in listed {
            assert_eq!(r["verdict"] == "not run", r["reason"].is_string(), "{r}");
        }
    }
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let dir = Dir::new();
    for (args, word) in [
        (&["verify", "absent.toml"][..], "absent.toml"),
        (&["verify", "small.toml", "--time", "0.25ms"], "multiple of dt"),
        (&["verify", "small.toml", "--device", "cpu"], "--device"),
        // Nothing ran, so nothing is equal.
        (&["verify", "small.toml", "--memory-limit", "10kB"], "nothing to compare"),
    ] {
        let out = dir.isospike(args);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains(word), "{args:?}: {text}");
    }
}
