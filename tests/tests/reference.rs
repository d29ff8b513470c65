//! Random networks of every model, connector, input and storage against the slow reference: every
//! spike, and every state variable after every step, to the bit.

use isospike::Network;
use isospike_tests::strategy::networks;
use isospike_tests::watch::hold;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

fn config() -> ProptestConfig {
    let persistence = FileFailurePersistence::WithSource("regressions");
    ProptestConfig {
        cases: 48,
        failure_persistence: Some(Box::new(persistence)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_networks(mut network in networks()) {
        // plastic networks: stdp.rs
        network.projections.iter_mut().for_each(|p| p.plasticity = None);
        let network = Network { name: "random".into(), ..network };
        hold(&network, 100);
    }
}
