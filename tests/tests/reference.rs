//! Random networks of every model, connector, input and storage against the plain backend, with
//! spikes pushed to their sources: every spike, and every state variable after every step, to the
//! bit.

use isospike_conformance::saved::tried;
use isospike_conformance::strategy::{config, networks, pushes};
use isospike_tests::broken;
use isospike_tests::watch::hold_pushed;
use proptest::prelude::*;

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn random_networks(network in networks()) {
        tried(&broken(), "reference", &network, || {
            hold_pushed(&network, &pushes(&network, 100), 100);
            Ok::<(), String>(())
        })?;
    }
}
