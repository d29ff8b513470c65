//! Random networks of every model, connector, input and storage against the slow reference: every
//! spike, and every state variable after every step, to the bit.

use isospike::Network;
use isospike_tests::strategy::{config, networks};
use isospike_tests::watch::hold;
use proptest::prelude::*;

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn random_networks(mut network in networks()) {
        // plastic networks: stdp.rs
        network.projections.iter_mut().for_each(|p| p.plasticity = None);
        let network = Network { name: "random".into(), ..network };
        hold(&network, 100);
    }
}
