//! Random networks of every model, connector, input and storage against the plain backend: every
//! spike, and every state variable after every step, to the bit.

use isospike_conformance::saved::tried;
use isospike_conformance::strategy::{config, networks};
use isospike_tests::broken;
use isospike_tests::watch::hold;
use proptest::prelude::*;

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn random_networks(network in networks()) {
        tried(&broken(), "reference", &network, || {
            hold(&network, 100);
            Ok::<(), String>(())
        })?;
    }
}
