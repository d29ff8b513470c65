//! Planned bytes are allocated bytes: `memory`.

use super::net::examples;
use super::plasticity::among_others;
use crate::hand::precisions;
use crate::plastic::recurrent;
use crate::{Case, Outcome, Target, same};
use isospike_net::{Network, Precision};

/// `memory::examples::f32`, ...
pub fn cases() -> Vec<Case> {
    let both = |name: &str, networks: fn() -> Vec<Network>| {
        [Precision::F32, Precision::F64].map(|precision| {
            Case::new(format!("memory::{name}::{precision}"), move |target| {
                let can = |n: &Network| precisions(n).contains(&precision);
                let with = |network| Network { precision, ..network };
                let mut networks = networks().into_iter().filter(can).map(with);
                networks.try_for_each(|n| planned_is_allocated(target, &n))
            })
        })
    };
    let examples = || examples().into_iter().map(|e| e.network).collect();
    let plastic = || vec![among_others(), recurrent()];
    [both("examples", examples), both("plastic", plastic)].into_iter().flatten().collect()
}

/// At the start, and after a run. Every model in every size: [`super::model`].
fn planned_is_allocated(target: &Target<'_>, network: &Network) -> Outcome {
    let mut session = target.session(network)?;
    let planned = session.plan().memory.total_bytes();
    assert_eq!(session.allocated_bytes(), planned, "{}: at the start", network.name);
    same::advance(&mut *session, 5, 5);
    assert_eq!(session.allocated_bytes(), planned, "{}: after a run", network.name);
    Ok(())
}
