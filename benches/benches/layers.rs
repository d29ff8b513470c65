//! `layers`: passes of trainable layers on one thread; an element is a neuron in a step. The id
//! says neuron, `forward` or `train` (forward, kept, and backward), instruction set and steps times
//! neurons; all arrays stay in the second-level cache.

mod common;

use common::PerElement;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use isospike::lane::isa::Isa;
use isospike_cpu::{Cpu, CpuDevice};
use isospike_layer::{
    Backward, Forward, Keep, Layer, NEURONS, NeuronRef, Saved, Shape, Spikes, State, Stored,
};

const SHAPE: Shape = Shape { steps: 8, batch: 1, neurons: 8192 };

/// One layer and what its passes read and write.
struct Passes {
    device: CpuDevice,
    layer: Layer,
    x: Vec<f32>,
    spikes: Vec<f32>,
    by_x: Vec<f32>,
    saved: Option<Saved<f32>>,
}

impl Passes {
    fn new(neuron: NeuronRef, isa: Isa, train: bool) -> Self {
        let layer = Layer::new(neuron);
        let n = SHAPE.count();
        let saved = train.then(|| Saved::new(&layer, SHAPE, Keep::Potentials).expect("room"));
        Passes {
            device: CpuDevice::new(Cpu { threads: 1, isa }).expect("a CPU"),
            x: (0..n).map(|i| (1 + i * 7 % 16) as f32 / 8.0).collect(),
            spikes: vec![1.0; n],
            by_x: vec![1.0; n],
            layer,
            saved,
        }
    }

    #[inline(never)]
    fn run(&mut self) {
        let (layers, x) = (self.device.layers(), Stored::Full(&self.x[..]));
        let pass = Forward {
            shape: SHAPE,
            x,
            state: &mut State::new(&self.layer, SHAPE.batch, SHAPE.neurons),
            spikes: Some(Spikes::Values(Stored::Full(&mut self.spikes))),
            v: None,
            saved: self.saved.as_mut(),
        };
        layers.forward(&self.layer, pass).expect("a pass");
        if let Some(saved) = &self.saved {
            let pass = Backward {
                shape: SHAPE,
                saved,
                x: Some(x),
                by_spikes: Some(Stored::Full(&self.spikes)),
                by_v: None,
                by_state: &mut State::zero(&self.layer, SHAPE.batch, SHAPE.neurons),
                by_x: Some(Stored::Full(&mut self.by_x)),
            };
            layers.backward(&self.layer, pass).expect("a pass");
        }
    }
}

fn layers(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group("layers");
    group.throughput(Throughput::Elements(SHAPE.count() as u64));
    for neuron in NEURONS {
        for isa in common::instruction_sets() {
            for (pass, train) in [("forward", false), ("train", true)] {
                let name = format!("{}/{pass}/{}", neuron.name(), isa.name());
                let id = BenchmarkId::new(name, format!("{}x{}", SHAPE.steps, SHAPE.neurons));
                let mut passes = Passes::new(*neuron, isa, train);
                group.bench_function(id, |b| b.iter(|| passes.run()));
                assert!(passes.spikes.contains(&1.0), "{}: nothing fired", neuron.name());
            }
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = common::short(); targets = layers }
criterion_main!(benches);
