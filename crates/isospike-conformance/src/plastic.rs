//! Networks of plastic synapses.

use crate::hand::{model, network, neurons, projection, set_param, source};
use isospike_net::{
    Connector, Distribution, Input, Network, Plasticity, Population, Projection, StdpRule, Value,
    WeightStorage,
};

/// Largest weight (pA).
pub const W_MAX: f64 = 20.0;
/// Time step (ms).
pub const DT_MS: f64 = 0.1;
/// All sources fire together this often, so that all weights are up to date then.
pub const ROUND: u64 = 1500;

/// A rule with time constants and steps that show.
pub fn rule(kind: StdpRule, mu_plus: f64, mu_minus: f64) -> Plasticity {
    let (lambda, alpha) = match kind {
        StdpRule::Pair => (0.01, 1.05),
        StdpRule::PowerLaw => (0.02, 0.3),
    };
    Plasticity {
        rule: kind,
        tau_plus: 17.0,
        tau_minus: 31.0,
        lambda,
        alpha,
        mu_plus,
        mu_minus,
        w_max: W_MAX,
    }
}

/// Every rule and every kind of exponent.
pub fn rules() -> Vec<Plasticity> {
    let mus = [(0.0, 0.0), (1.0, 1.0), (0.4, 1.0), (0.0, 1.0), (0.5, 0.5), (0.02, 0.9)];
    let pair = mus.into_iter().map(|(p, m)| rule(StdpRule::Pair, p, m));
    pair.chain([0.0, 0.4, 0.7].map(|mu| rule(StdpRule::PowerLaw, mu, 1.0))).collect()
}

/// Numbers without a pattern.
pub struct Scatter(pub u64);

impl Scatter {
    /// The next one, below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Random trains: some dense, some sparse, one silent, some spikes double; and all at the end of a
/// round.
pub fn trains(sources: u32, steps: u64) -> Vec<(u64, u32)> {
    let mut random = Scatter(5);
    let mut spikes = Vec::new();
    for t in 0..steps {
        for i in 0..sources {
            let every = [20, 60, 200, 700][i as usize % 4];
            if i > 0 && random.below(every) == 0 {
                let times = if random.below(10) == 0 { 2 } else { 1 };
                spikes.extend([(t, i); 2].into_iter().take(times));
            }
        }
        if (t + 1) % ROUND == 0 {
            spikes.extend((0..sources).map(|i| (t, i)));
        }
    }
    spikes
}

/// Targets from silent to firing in every step, noisy, the noise different in every lane.
pub fn targets(size: u32) -> Population {
    let parameters = [("t_ref", 0.0), ("V_th", -55.0), ("V_reset", -60.0)];
    let mut p = neurons("target", "iaf_psc_exp", size, &parameters);
    let drive = |i: u32| match i % 6 {
        0 => 0.0,
        1 => 450.0,
        2 => 800.0,
        3 => 3000.0,
        4 => 9000.0,
        _ => 60_000.0,
    };
    set_param(&mut p, "I_e", (0..size).map(drive).collect());
    let rate_hz = Value::Constant(1500.0);
    model(&mut p).inputs = vec![Input::Poisson { rate_hz, weight: 40.0, port: None }];
    p
}

/// Plastic synapses of 0.1 to 3 ms from a source.
pub fn case(rule: Plasticity, lanes: u64, steps: u64) -> Network {
    let (sources, size) = (12, 30);
    let plastic = Projection {
        weight: Distribution::uniform(0.0, W_MAX),
        delay_ms: Distribution::uniform(0.1, 3.0),
        storage: WeightStorage::Exact,
        plasticity: Some(rule),
        ..projection(0, 1, Connector::FixedOutDegree(25), 1.0, 0.1)
    };
    let populations = vec![source("source", sources, trains(sources, steps)), targets(size)];
    let name = format!("{:?}, mu {} and {}", rule.rule, rule.mu_plus, rule.mu_minus);
    let lane_seeds = (0..lanes).map(|l| 3 + l).collect();
    Network { name, lane_seeds, ..network(populations, vec![plastic]) }
}

/// Two rules among neurons, and static synapses beside them.
pub fn recurrent() -> Network {
    let mut rules = [rule(StdpRule::Pair, 0.4, 1.0), rule(StdpRule::PowerLaw, 0.4, 1.0)];
    rules[1].tau_minus = 20.0;
    let plastic = |rule, from, to, degree| Projection {
        weight: Distribution::uniform(0.0, W_MAX),
        delay_ms: Distribution::uniform(0.1, 2.5),
        plasticity: Some(rule),
        ..projection(from, to, Connector::FixedInDegree(degree), 1.0, 0.1)
    };
    let fixed = projection(1, 0, Connector::FixedInDegree(4), -30.0, 1.0);
    let mut second = targets(18);
    second.name = "second".into();
    let projections = vec![
        plastic(rules[0], 0, 0, 6),
        plastic(rules[1], 0, 1, 5),
        fixed,
        plastic(rules[0], 1, 1, 3),
    ];
    network(vec![targets(30), second], projections)
}
