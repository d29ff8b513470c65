//! A network written as text reads back to the same.

use isospike_conformance::strategy::{config, networks};
use isospike_net::{BUNDLED, Network, NetworkFile};
use proptest::prelude::*;

fn read_back(network: &Network) -> Network {
    let text = network.to_toml();
    let file = NetworkFile::parse("written", &text, "").unwrap_or_else(|e| panic!("{e}\n{text}"));
    file.network().unwrap_or_else(|e| panic!("{e}\n{text}"))
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn random_networks(network in networks()) {
        prop_assert_eq!(read_back(&network), network);
    }
}

#[test]
fn bundled_networks() {
    for (name, _) in BUNDLED {
        let network = NetworkFile::bundled(name).and_then(|file| file.network()).expect(name);
        assert_eq!(read_back(&network), network, "{name}");
    }
}
