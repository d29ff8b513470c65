//! What a backend must do, in groups.
//!
//! | group | what it asks | of what |
//! |---|---|---|
//! | [`ops`](arithmetic) | every primitive on adversarial operands, exactly |
//! `isospike_lane::primitives` on the host |
//! | [`math`](arithmetic) | every function and distribution, to the bit | the table of known bits
//! of `isospike-lane` |
//! | [`rng`] | Philox, and the address of every random word | the published known answers;
//! `isospike_lane::word` |
//! | [`model`] | every bundled model in sizes around every boundary, batches of 1, 3, 64 | its
//! graph, interpreted |
//! | [`net`] | networks that break the bookkeeping, storage in [few bits](few_bits) | values by hand,
//! and the reference |
//! | [`glm`] | filters, several spikes a step, stimuli, parameters by neuron and lane, snapshots of
//! them | the reference |
//! | [`plasticity`] | both rules: weights (in 16 bits too), traces, histories, what is under way |
//! the reference |
//! | [`invariance`] | blocks, portions of a run, lanes, a full record, snapshots, also to the
//! reference and back | itself |
//! | [`train`] | trainable layers forwards and backwards, in every storage, with every memory |
//! the reference |
//! | [`train`](arrays) | arrays, everything that is done to them, networks in training | the
//! reference |
//! | [`train`](tools) | what surrounds such networks: planned memory, batches of any size,
//! statistics of spikes, vectors by cosine | the plan; the reference |
//! | [`mass`] | networks of neural masses: every node, coupling function and integrator, delays,
//! noise, everything that is observed | tiles of one lane |
//! | [`memory`] | planned bytes are allocated bytes | the plan |
//! | [`errors`] | what cannot be is an error of the right kind, and changes nothing | |
//!
//! The seam has no way to ask for an addition: arithmetic is reached through models made for the
//! purpose, whose state is read back ([`probe`]).

pub mod arithmetic;
pub mod arrays;
pub mod errors;
pub mod few_bits;
pub mod glm;
pub mod invariance;
pub mod mass;
pub mod memory;
pub mod model;
pub mod net;
pub mod plasticity;
pub mod probe;
pub mod rng;
pub mod tools;
pub mod train;

use crate::Case;

/// Every case, in the order of the table.
pub fn all() -> Vec<Case> {
    let groups = [
        arithmetic::cases,
        rng::cases,
        model::cases,
        net::cases,
        glm::cases,
        plasticity::cases,
        invariance::cases,
        train::cases,
        arrays::cases,
        tools::cases,
        mass::cases,
        memory::cases,
        errors::cases,
    ];
    groups.into_iter().flat_map(|cases| cases()).collect()
}
