//! A surface as kernels read it.

use super::wires::Edges;
use isospike_mass::{Real, Surface, Wire};

/// Regions, their vertices, and neighbours.
pub(super) struct Sheet<F> {
    /// `[vertex]`
    pub(super) region: Vec<u32>,
    /// `[region]`, and the end: where its vertices begin among `members`.
    pub(super) begins: Vec<u32>,
    pub(super) members: Vec<u32>,
    /// 1 over the number of vertices, `[region]`.
    pub(super) shares: Vec<F>,
    pub(super) near: Edges<F>,
}

impl<F: Real> Sheet<F> {
    pub(super) fn new(surface: &Surface, regions: usize) -> Self {
        let region = surface.regions().to_vec();
        let mut members: Vec<u32> = (0..region.len() as u32).collect();
        members.sort_by_key(|&vertex| region[vertex as usize]);
        let mut begins = vec![0u32; regions + 1];
        region.iter().for_each(|&region| begins[region as usize + 1] += 1);
        let sizes = begins[1..].iter();
        let shares = sizes.map(|&n| F::from_f64(1.0 / f64::from(n))).collect();
        (0..regions).for_each(|r| begins[r + 1] += begins[r]);
        let wire = |&(to, from, weight): &(u32, u32, f64)| Wire {
            to,
            from,
            lag: 0,
            weight: F::from_f64(weight),
        };
        let near: Vec<Wire<F>> = surface.edges().iter().map(wire).collect();
        let near = Edges::new(region.len(), &near);
        Sheet { region, begins, members, shares, near }
    }

    /// Bytes on the device.
    pub(super) fn bytes(&self) -> usize {
        let words = [&self.region, &self.begins, &self.members];
        let words: usize = words.iter().map(|all| size_of_val(&all[..])).sum();
        words + size_of_val(&self.shares[..]) + self.near.bytes()
    }
}
