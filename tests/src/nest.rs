//! Reference networks made with NEST 3.10 (see `data/nest/README.md`).

use isospike::net::{
    Connector, Dynamics, Edges, Network, Neurons, Plasticity, Population, Projection, StdpRule,
    Value, WeightStorage,
};
use isospike_conformance::hand::{one_lane, params, projection};
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

/// NEST's resolution in all reference networks (ms).
pub const DT: f64 = 0.1;

/// What NEST found: spikes as (step, id) with isospike's stamps, ascending.
pub struct Reference {
    /// Spikes.
    pub spikes: Vec<(u64, u32)>,
    /// Membrane potentials after the last step (mV).
    pub v_end: Vec<f64>,
}

/// Opens a file of reference data.
pub fn open(name: &str) -> NpzReader<File> {
    let path = format!("{}/data/nest/{name}.npz", env!("CARGO_MANIFEST_DIR"));
    NpzReader::new(File::open(&path).unwrap_or_else(|e| panic!("{path}: {e}")))
        .expect("an npz file")
}

macro_rules! vector {
    ($npz:expr, $name:literal, $t:ty) => {
        $npz.by_name::<ndarray::OwnedRepr<$t>, ndarray::Ix1>($name)
            .unwrap_or_else(|e| panic!("{}: {e}", $name))
            .to_vec()
    };
}

/// NEST's spike in step k lies at k dt; isospike stamps the step that starts at (k - 1) dt.
fn spikes(npz: &mut NpzReader<File>, id: &str, step: &str) -> Vec<(u64, u32)> {
    let id: Array1<u32> = npz.by_name(id).expect("ids");
    let step: Array1<u32> = npz.by_name(step).expect("steps");
    let mut all: Vec<_> = step.iter().zip(&id).map(|(s, i)| (u64::from(s - 1), *i)).collect();
    all.sort_unstable();
    all
}

/// A recurrent reference network: one population with explicit edges.
pub fn network(name: &str, model: &str, parameters: &[(&str, f64)]) -> (Network, Reference) {
    let mut npz = open(name);
    let v0 = vector!(npz, "v0", f64);
    let mut params = params(parameters);
    params.insert("I_e".into(), Value::PerNeuron(Arc::new(vector!(npz, "i_e", f64))));
    let edges = Edges {
        pre: vector!(npz, "pre", u32),
        post: vector!(npz, "post", u32),
        weight: Some(vector!(npz, "weight", f32).into_iter().map(f64::from).collect()),
        delay_ms: Some(vector!(npz, "delay", u8).into_iter().map(|d| f64::from(d) * DT).collect()),
    };
    let population = Population {
        name: "pop".into(),
        size: v0.len() as u32,
        dynamics: Dynamics::Model(Neurons {
            params,
            initial: BTreeMap::from([("V_m".to_owned(), Value::PerNeuron(Arc::new(v0)))]),
            ..Neurons::of(isospike::model::by_name(model).expect("a model"))
        }),
    };
    let projection = Projection {
        storage: WeightStorage::Exact,
        ..projection(0, 0, Connector::Edges(Arc::new(edges)), 1.0, DT)
    };
    let network = one_lane(name, vec![population], vec![projection]);
    let reference = Reference {
        spikes: spikes(&mut npz, "spike_id", "spike_step"),
        v_end: vector!(npz, "v_end", f64),
    };
    (network, reference)
}

/// `stdp20`: sources with given trains, all-to-all plastic synapses.
pub struct Stdp {
    /// The network.
    pub network: Network,
    /// Spikes of the targets.
    pub reference: Reference,
    /// Source spikes (step, id).
    pub trains: Vec<(u64, u32)>,
    /// Weights at the end, `[source][target]`.
    pub w_end: Vec<f64>,
}

/// Loads `stdp20`.
pub fn stdp() -> Stdp {
    let mut npz = open("stdp20");
    let w0: Array2<f64> = npz.by_name("w0").expect("w0");
    let w_end: Array2<f64> = npz.by_name("w_end").expect("w_end");
    let (targets, sources) = w0.dim();
    let trains = spikes(&mut npz, "source_id", "source_step");
    let pairs = || (0..sources as u32).flat_map(|s| (0..targets as u32).map(move |t| (s, t)));
    let of =
        |w: &Array2<f64>| pairs().map(|(s, t)| w[[t as usize, s as usize]]).collect::<Vec<_>>();
    let edges = Edges {
        pre: pairs().map(|p| p.0).collect(),
        post: pairs().map(|p| p.1).collect(),
        weight: Some(of(&w0)),
        delay_ms: None,
    };
    let source = Population {
        name: "source".into(),
        size: sources as u32,
        dynamics: Dynamics::Spikes(Arc::new(trains.clone())),
    };
    let parameters = [
        ("C_m", 200.0),
        ("tau_m", 20.0),
        ("E_L", -70.0),
        ("V_th", -50.0),
        ("V_reset", -60.0),
        ("t_ref", 2.0),
        ("tau_syn_ex", 5.0),
        ("tau_syn_in", 10.0),
    ];
    let target = Population {
        name: "target".into(),
        size: targets as u32,
        dynamics: Dynamics::Model(Neurons {
            params: params(&parameters),
            ..Neurons::of(isospike::model::by_name("iaf_psc_exp").expect("a model"))
        }),
    };
    let plasticity = Plasticity {
        rule: StdpRule::Pair,
        tau_plus: 20.0,
        tau_minus: 25.0,
        lambda: 0.01,
        alpha: 1.05,
        mu_plus: 0.4,
        mu_minus: 1.0,
        w_max: 60.0,
    };
    let p = projection(0, 1, Connector::Edges(Arc::new(edges)), 1.0, 1.0);
    let network = one_lane(
        "stdp20",
        vec![source, target],
        vec![Projection { plasticity: Some(plasticity), ..p }],
    );
    let reference = Reference {
        spikes: spikes(&mut npz, "spike_id", "spike_step"),
        v_end: vector!(npz, "v_end", f64),
    };
    Stdp { network, reference, trains, w_end: of(&w_end) }
}
