//! Files and statistics against what they stand for, in plain loops over all spikes.

mod checkpoint;
mod chunks;
mod dense;
mod events;
mod filter;
mod probe;
mod refusals;
mod sonata;
mod statistics;
mod support;
