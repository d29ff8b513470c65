//! The exponents of all ports: chosen from estimates, proved with exact sums.

use super::build::Draft;
use super::scale::{K_RANGE, Load, Origin, exponent, resolves, tail};
use super::sums::Sums;
use super::{Accumulator, PortPlan};
use crate::{Error, ErrorKind, Result};
use isospike_model::Shown;
use isospike_net::{Connector, Precision, SumBits};

/// A port whose exponent rounds a median weight by too much.
struct Unresolved {
    population: usize,
    port: usize,
    loads: Vec<Load>,
}

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
                loads.push(Load { sum, median, from: Origin::Projection(m) });
            }
        }
        loads.extend(self.poisson[population].iter().filter(|i| i.port == port).map(|i| i.load()));
        loads
    }

    pub(super) fn choose_exponents(&mut self) -> Result<()> {
        match self.network.sums {
            SumBits::Auto => self
                .try_accumulator(Accumulator::I32)
                .or_else(|_| self.try_accumulator(Accumulator::I64)),
            SumBits::I64 => self.try_accumulator(Accumulator::I64),
        }
        .map_err(|at| self.unfit(&at))
    }

    /// Takes an accumulator and the exponents for it.
    fn try_accumulator(&mut self, accumulator: Accumulator) -> Result<(), Unresolved> {
        self.accumulator = accumulator;
        for population in 0..self.populations.len() {
            let Some(n) = &self.populations[population].neurons else { continue };
            let max = accumulator.max();
            let ports = (0..n.ports.len())
                .map(|port| PortPlan { exponent: exponent(&self.loads(population, port), max) })
                .collect();
            self.set_ports(population, ports);
        }
        self.check_resolved()
    }

    fn set_ports(&mut self, population: usize, ports: Vec<PortPlan>) {
        self.populations[population].neurons.as_mut().expect("it has ports").ports = ports;
    }

    /// Whether every exponent resolves the median weights.
    fn check_resolved(&self) -> Result<(), Unresolved> {
        for (population, p) in self.populations.iter().enumerate() {
            let ports = p.neurons.iter().flat_map(|n| &n.ports);
            for (port, plan) in ports.enumerate() {
                let loads = self.loads(population, port);
                // The sum becomes a float before the model sees it.
                let sum = self.network.precision.finite(loads.iter().map(|l| l.sum).sum());
                if sum.is_err() || !resolves(&loads, plan.exponent) {
                    return Err(Unresolved { population, port, loads });
                }
            }
        }
        Ok(())
    }

    /// The field of the network that decides a load.
    fn field(&self, population: usize, from: Origin) -> String {
        match from {
            Origin::Projection(m) if self.projection(m).plasticity.is_some() => {
                format!("projections[{m}].plasticity.w_max")
            }
            Origin::Projection(m) => format!("projections[{m}].weight"),
            Origin::Input(i) => {
                format!("populations.{}.inputs[{i}].weight", self.populations[population].name)
            }
        }
    }

    fn unfit(&self, at: &Unresolved) -> Error {
        let population = &self.populations[at.population];
        let model = self.neurons_of(at.population).model;
        let sum: f64 = at.loads.iter().map(|l| l.sum).sum();
        let medians = at.loads.iter().filter(|l| l.median > 0.0);
        let finest = medians.min_by(|a, b| a.median.total_cmp(&b.median));
        let heaviest = at.loads.iter().max_by(|a, b| a.sum.total_cmp(&b.sum));
        let field = |l: &Load| {
            let field = self.field(at.population, l.from);
            format!("{field} (median {})", Shown(l.median))
        };
        let mut fields: Vec<_> = finest.into_iter().chain(heaviest).map(field).collect();
        fields.dedup();
        let most = match self.network.precision {
            Precision::F32 => "2^127 = 2e38",
            Precision::F64 => "2^159 = 7e47",
        };
        let message = format!(
            "{}: weights to {}, port {}: a median |weight| of {} and a sum of |weights| of about {sum:.1e} \
             at one neuron lie too far apart for a 64-bit accumulator; their ratio may be at most about \
             2^47 = 1.4e14, and both must lie between 2^-81 = 4e-25 and {most}",
            fields.join(", "),
            population.name,
            model.ports()[at.port].name,
            Shown(finest.map_or(0.0, |l| l.median)),
        );
        Error::new(ErrorKind::Invalid, message)
    }

    /// The proof: with the exact sums, can any accumulator overflow? Lowers the exponents that are
    /// too high; then the synapses have to be made again.
    pub(super) fn lower_exponents(&mut self, sums: &Sums) -> Result<bool> {
        let max = self.accumulator.max();
        let (mut lowered, mut unresolved) = (false, Ok(()));
        for population in 0..self.populations.len() {
            let Some(n) = &self.populations[population].neurons else { continue };
            let mut ports = n.ports.clone();
            for (port, plan) in ports.iter_mut().enumerate() {
                let inputs = self.poisson[population].iter().filter(|i| i.port == port);
                let constant: u64 =
                    inputs.map(|i| i.bound(plan.exponent)).fold(0, u64::saturating_add);
                let most = sums.most(&self.layout, population, port).saturating_add(constant);
                if most > max {
                    plan.exponent -= 1 + (most / max).ilog2() as i32;
                    lowered = true;
                    if !K_RANGE.contains(&plan.exponent) {
                        let loads = self.loads(population, port);
                        unresolved = Err(Unresolved { population, port, loads });
                    }
                }
            }
            self.set_ports(population, ports);
        }
        if !lowered {
            return Ok(false);
        }
        unresolved = unresolved.and_then(|()| self.check_resolved());
        if unresolved.is_err() && self.accumulator == Accumulator::I32 {
            unresolved = self.try_accumulator(Accumulator::I64);
        }
        unresolved.map_err(|at| self.unfit(&at))?;
        self.choose_specs()?;
        Ok(true)
    }
}
