//! The exponents of all ports: chosen from estimates, proved with exact sums.

use super::build::Draft;
use super::fill::Sums;
use super::scale::{Load, exponent, resolves, tail};
use super::{Accumulator, PortPlan};
use crate::{Error, ErrorKind, Result};
use isospike_net::Connector;

impl Draft<'_> {
    /// What can arrive at each port of a population in one step.
    fn loads(&self, population: usize, port: usize) -> Vec<Load> {
        let mut loads = Vec::new();
        for (m, member) in self.members.iter().enumerate().filter(|(_, m)| m.target == population) {
            let p = self.projection(m);
            let targets = f64::from(self.populations[population].size);
            let mean_degree = member.synapses as f64 / targets;
            let exact = matches!(
                p.connector,
                Connector::AllToAll | Connector::OneToOne | Connector::FixedInDegree(_)
            );
            let s = &member.stats;
            let times = f64::from(self.populations[p.source].multiplicity);
            let (largest, median) = match &p.plasticity {
                Some(rule) => (rule.w_max, rule.w_max),
                None => (s.max.abs().max(s.min.abs()), s.median_abs),
            };
            let serves = |sign: usize| member.ports[sign] == port;
            if serves(0) && s.max >= 0.0 || serves(1) && s.min < 0.0 {
                let (mean, rms) = match &p.plasticity {
                    Some(rule) => (rule.w_max, rule.w_max),
                    None => (s.mean_abs, s.rms),
                };
                // an edge list can be as uneven as it likes: the exact sums will tell
                let sum = times * tail(mean_degree.max(1.0), !exact, mean, rms, largest);
                loads.push(Load { sum, median });
            }
        }
        loads.extend(self.poisson[population].iter().filter(|i| i.port == port).map(|i| i.load()));
        loads
    }

    pub(super) fn choose_exponents(&mut self) -> Result<()> {
        if self.take(Accumulator::I32).is_none() {
            return Ok(());
        }
        self.take(Accumulator::I64).map_or(Ok(()), |at| Err(self.too_wide(at)))
    }

    /// Takes an accumulator and the exponents for it; the first port that it does not resolve.
    fn take(&mut self, accumulator: Accumulator) -> Option<(usize, usize, Vec<Load>)> {
        self.accumulator = accumulator;
        for population in 0..self.populations.len() {
            let Some(n) = &self.populations[population].neurons else { continue };
            let max = accumulator.max();
            let ports = (0..n.ports.len())
                .map(|port| PortPlan { exponent: exponent(&self.loads(population, port), max) })
                .collect();
            self.populations[population].neurons.as_mut().expect("checked").ports = ports;
        }
        self.unresolved()
    }

    /// The first port whose exponent rounds a median weight by too much.
    fn unresolved(&self) -> Option<(usize, usize, Vec<Load>)> {
        let neurons = self.populations.iter().enumerate();
        let ports = neurons.flat_map(|(i, p)| {
            let ports = p.neurons.iter().flat_map(|n| n.ports.iter().enumerate());
            ports.map(move |(port, plan)| (i, port, plan.exponent))
        });
        ports
            .map(|(population, port, k)| (population, port, k, self.loads(population, port)))
            .find(|(.., k, loads)| !resolves(loads, *k))
            .map(|(population, port, _, loads)| (population, port, loads))
    }

    fn too_wide(&self, (population, port, loads): (usize, usize, Vec<Load>)) -> Error {
        let population = &self.populations[population];
        let model = population.neurons.as_ref().expect("it has ports").model;
        let sum: f64 = loads.iter().map(|l| l.sum).sum();
        let medians = loads.iter().map(|l| l.median).filter(|m| *m > 0.0);
        let median = medians.fold(f64::INFINITY, f64::min);
        let message = format!(
            "weights to {}, port {}: a median |weight| of {median} and a sum of |weights| of about {sum} \
             at one neuron lie too far apart for a 64-bit accumulator; their ratio may be at most about \
             2^47 = 1.4e14",
            population.name,
            model.ports()[port].name,
        );
        Error::new(ErrorKind::Invalid, message)
    }

    /// The proof: with the exact sums, can any accumulator overflow? Lowers the exponents that are
    /// too high.
    pub(super) fn lower_exponents(&mut self, sums: &Sums) -> Result<bool> {
        let mut lowered = false;
        for population in 0..self.populations.len() {
            let Some(n) = &self.populations[population].neurons else { continue };
            let mut ports = n.ports.clone();
            for (port, plan) in ports.iter_mut().enumerate() {
                let inputs = self.poisson[population].iter().filter(|i| i.port == port);
                let constant: u64 =
                    inputs.map(|i| i.bound(plan.exponent)).fold(0, u64::saturating_add);
                let most = sums.most(&self.layout, population, port).saturating_add(constant);
                if most > self.accumulator.max() {
                    plan.exponent -= 1 + (most / self.accumulator.max()).ilog2() as i32;
                    lowered = true;
                }
            }
            self.populations[population].neurons.as_mut().expect("checked").ports = ports;
        }
        if !lowered {
            return Ok(false);
        }
        let mut unresolved = self.unresolved();
        if unresolved.is_some() && self.accumulator == Accumulator::I32 {
            unresolved = self.take(Accumulator::I64);
        }
        if let Some(at) = unresolved {
            return Err(self.too_wide(at));
        }
        self.choose_specs();
        Ok(true)
    }
}
