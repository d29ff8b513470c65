//! Optimisers and the schedule against PyTorch 2.15 in f64: `torch.optim.SGD`, `Adam`, `AdamW` and
//! `CosineAnnealingLR(T_max=5, eta_min=0.001)`, rates of 0.1, five steps.

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::isa::Isa;
use isospike_layer::compute::Computer;
use isospike_train::{Adam, Cosine, Optimiser, Parameter, Sgd};

/// Where they end, after the derivatives g of steps t = 0 to 4.
fn after_five(optimiser: &mut dyn Optimiser<f64>, rate: impl Fn(usize) -> f64) -> Vec<f64> {
    let cpu = Cpu { threads: 1, isa: Isa::Baseline };
    let on: Computer<f64> = CpuDevice::new(cpu).expect("threads start").computer();
    let mut p = Parameter::new(&on, "p", &[3], &[0.5, -1.0, 2.0]).expect("room");
    for step in 0..5 {
        let t = step as f64;
        let g = [0.25 * (t + 1.0), -0.5 + 0.125 * t * t, 1e-3 * (t - 2.0)];
        on.write(&mut p.gradient, 0, &g).expect("it fits");
        optimiser.step(&on, &mut [&mut p], rate(step)).expect("a step");
    }
    on.numbers(&p.value).expect("numbers")
}

fn close(found: &[f64], expected: &[f64]) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-13 * b.abs(), "{found:?}, not {expected:?}");
    }
}

#[test]
fn they_go_where_those_of_pytorch_go() {
    let constant = |_| 0.1;
    let sgd = after_five(&mut Sgd::new(0.9, 0.01), constant);
    close(&sgd, &[-0.29786899358572566, -0.9230531440160489, 1.974542446857578]);
    let adam = after_five(&mut Adam::default(), constant);
    close(&adam, &[0.014916915561781999, -0.7687344473232194, 2.280562661753162]);
    let adam_w = after_five(&mut Adam::with_decay(0.05), constant);
    close(&adam_w, &[0.007402699513651315, -0.7482066176421823, 2.2268144889623227]);
    let cosine = Cosine { first: 0.1, last: 0.001, steps: 5 };
    let scheduled = after_five(&mut Adam::default(), |step| cosine.at(step));
    close(&scheduled, &[0.20565220602201745, -0.7648420159267637, 2.2408677203243035]);
}
