//! Every kernel as NVRTC compiles it: only exact operations, each rounded to nearest. It needs
//! NVRTC, but neither a device nor a driver.
//!
//! The texts are those that sessions build: of every model, in both precisions, with both widths of
//! accumulators, with every input, with and without plastic synapses, with state in every format,
//! of layers of every neuron and every surrogate, of arrays, of networks of
//! neural masses, and of the sweep.

mod check;
mod compiler;

use check::{floats, of_floats, read_after_adding, wrong};
use compiler::Compiler;
use isospike_backend::memory::Buffers;
use isospike_backend::plan::Accumulator;
use isospike_backend::{Plan, PlanOptions};
use isospike_conformance::groups::arrays::course;
use isospike_conformance::plastic::{W_MAX, rules};
use isospike_cuda::{Nvrtc, Target, source};
use isospike_gpu::{GpuCompute, GpuLayers, GpuMasses, GpuSession, sweep};
use isospike_lane::Lane;
use isospike_layer::compute::Computer;
use isospike_layer::{Forward, Layer, NEURONS, Passes, Real, Shape, State, Stored, surrogates};
use isospike_mass::couplings::COUPLINGS;
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Masses, Network as MassNetwork, NodeRef, Observation,
    Plan as MassPlan, Profile, Source, Surface, Values, models,
};
use isospike_model::{MODELS, ModelRef};
use isospike_net::{
    BUNDLED, Course, Distribution, Half, Loader, Network, Precision, Stimulus, WeightStorage,
};
use isospike_trace::print::{Dialect, function};
use isospike_trace::{Sym, trace};
use isospike_train::Storage;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The compiler that `cargo xtask test` keeps in the build folder, or that of this machine.
fn nvrtc(test: &str) -> Option<&'static Nvrtc> {
    static KEPT: OnceLock<Option<Nvrtc>> = OnceLock::new();
    let kept = KEPT.get_or_init(|| {
        let program = std::env::current_exe().expect("this program lies somewhere");
        let folder = program.ancestors().map(|f| f.join("nvrtc")).find(|f| f.is_dir())?;
        Some(Nvrtc::open(&folder).unwrap_or_else(|e| panic!("{e}")))
    });
    match kept.as_ref().map_or_else(Nvrtc::find, Ok) {
        Ok(nvrtc) => Some(nvrtc),
        Err(reason) => {
            println!("SKIPPED {test}: {reason}");
            None
        }
    }
}

/// Hopper, where the compiler knows it.
fn architecture(nvrtc: &Nvrtc) -> u32 {
    let known = nvrtc.supported();
    if known.contains(&90) { 90 } else { known[known.len() - 1] }
}

/// Every model that has ports, driven by everything there is, connected in every way that makes
/// another kernel.
fn everything(precision: Precision, weights: [f64; 2]) -> Network {
    let mut network = Network::build("everything").precision(precision).batch(2);
    network = network.spikes("train", 4, vec![(3, 1)]);
    for model in MODELS {
        let name = model.name();
        network = network.population(name, 70, name, |p| match model.ports() {
            [] => p,
            _ => {
                let p = p.poisson(900.0, weights[0]).noise(1.0, 2.0).steps(&[(1.0, 3.0)]);
                let gain = Distribution::uniform(0.0, 1.0).into();
                let values = Arc::new(vec![0.5; 70]);
                let kernels = model.filters().iter().filter(|_| name.starts_with("glm_"));
                kernels
                    .fold(p, |p, filter| p.filter(filter.name, [0.5, -0.2]))
                    .stimulus(Stimulus::new(Course::Samples(values.clone())))
                    .stimulus(Stimulus { gain, ..Stimulus::new(Course::Frames(values)) })
            }
        });
        if !model.ports().is_empty() {
            network = network
                .project("train", name, |c| c.in_degree(2).weight(weights[1]))
                .project(name, name, |c| c.in_degree(3).weight(weights[0]));
        }
    }
    network.finish().unwrap_or_else(|e| panic!("{e}"))
}

/// The same models, reached by plastic synapses of every rule, their state in a format, weights in
/// 16 bits.
fn learning(precision: Precision, weights: [f64; 2], state: Option<Half>) -> Network {
    let mut network = Network::build("learning").precision(precision).batch(2);
    network = network.spikes("train", 4, vec![(3, 1)]);
    let rules = rules();
    let models = MODELS.iter().filter(|model| learns(**model));
    let storages = [WeightStorage::F16, WeightStorage::BF16];
    for (i, model) in models.enumerate() {
        let name = model.name();
        network = network
            .population(name, 70, name, |p| {
                let p = p.poisson(900.0, weights[0]).noise(1.0, 2.0);
                match state {
                    None => p,
                    Some(format) => p.state(format),
                }
            })
            .project("train", name, |c| {
                let storage = storages[i % 2];
                c.in_degree(2).weight(weights[1]).storage(storage)
            });
        // there are about as many rules as models
        for rule in rules.iter().skip(i).step_by(models_that_learn()) {
            network = network
                .project("train", name, |c| c.in_degree(3).weight(0.5 * W_MAX).plasticity(*rule));
        }
    }
    network.finish().unwrap_or_else(|e| panic!("{e}"))
}

/// Whether plastic synapses may reach a model.
fn learns(model: ModelRef) -> bool {
    !model.ports().is_empty() && model.counts().is_none()
}

fn models_that_learn() -> usize {
    MODELS.iter().filter(|model| learns(**model)).count()
}

/// Builds a session's kernels.
fn build(compiler: &Arc<Compiler>, network: Network) -> Accumulator {
    let options = PlanOptions { buffers: Buffers::Device, ..PlanOptions::default() };
    let name = network.name.clone();
    let plan = Plan::new(Arc::new(network), &options).unwrap_or_else(|e| panic!("{name}: {e}"));
    let plan = Arc::new(plan);
    GpuSession::new(compiler.clone(), plan.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
    plan.accumulator
}

/// Builds the kernels of every neuron, and of every surrogate, in a format.
fn build_layers<F: Real>(compiler: &Arc<Compiler>) {
    let layers = GpuLayers::new(compiler.clone(), true);
    let run = |layer: &Layer| {
        let shape = Shape { steps: 1, batch: 1, neurons: 1 };
        let (x, mut v) = ([F::default()], [F::default()]);
        let mut state = State::new(layer, 1, 1);
        let (x, v) = (Stored::Full(&x[..]), Some(&mut v[..]));
        let pass = Forward { shape, x, state: &mut state, spikes: None, v, saved: None };
        (&layers as &dyn Passes).forward(layer, pass).unwrap_or_else(|e| panic!("{e}"));
    };
    NEURONS.iter().for_each(|neuron| run(&Layer::new(*neuron)));
    macro_rules! every {
        ($($surrogate:ident),*) => {
            $(run(&Layer::new(NEURONS[0]).surrogate(surrogates::$surrogate::default()).expect("fine"));)*
        };
    }
    every!(
        Atan,
        Erf,
        FastSigmoid,
        PiecewiseExp,
        PiecewiseQuadratic,
        Rectangle,
        Sigmoid,
        SoftSign,
        SuperSpike,
        Triangle
    );
}

/// Builds what is done to arrays: all kernels, and the maps of a network in training.
fn build_arrays<F: Real>(compiler: &Arc<Compiler>) {
    let arrays = GpuCompute::<F, _>::new(compiler.clone(), "compiler".to_owned());
    let on = Computer::new(Arc::new(arrays.expect("it compiles")));
    // nothing runs, so all that comes back is 0, which no module minds
    course(&on, Storage::default());
}

/// Builds the kernels of networks of neural masses: every node, coupling function and integrator.
fn build_masses<F: isospike_mass::Real>(compiler: &Arc<Compiler>) {
    let masses = GpuMasses::new(compiler.clone(), u64::MAX);
    let weights = ndarray::array![[0.0, 1.0], [1.0, 0.0]];
    let lags = ndarray::array![[0, 2], [0, 0]];
    let connectome = Connectome::with_lags(weights.view(), lags.view()).expect("square");
    let on = |node: NodeRef| {
        let (first, one) = (node.state()[0].name, Values::from(1.0));
        MassNetwork::new(node, connectome.clone()).noise(first, one).expect("a variable")
    };
    let run = |network: MassNetwork| {
        let x = Observation::samples(Source { variable: 0, minus: None });
        let plan = MassPlan::<F>::new(network).expect("a plan");
        masses.start(plan, &[x]).map(drop).unwrap_or_else(|e| panic!("{e}"));
    };
    models::NODES.iter().for_each(|node| run(on(*node)));
    COUPLINGS.iter().for_each(|coupling| run(on(&models::SupHopf).coupling(*coupling)));
    for integrator in Integrator::ALL {
        let again =
            MassNetwork::new(&models::SupHopf, Connectome::new(weights.view()).expect("square"));
        run(on(&models::SupHopf).integrator(integrator, CouplingStage::Hold));
        run(again.integrator(integrator, CouplingStage::Reevaluate));
    }
    let surface = Surface::new(vec![0, 0, 1]).local([(0, 1, 0.5), (1, 0, 0.5)]).expect("edges");
    run(on(&models::SupHopf).surface(surface).expect("a surface"));
    let times = on(&models::SupHopf).noise_times("y", Values::from(0.1), 1.0, 2.0);
    run(times.expect("a variable").profile(Profile::Tvb));
}

fn assert_exact(compiler: &Compiler) {
    let built = compiler.built();
    for (text, ptx) in &built {
        let found = wrong(ptx);
        assert!(found.is_empty(), "{found:#?}\nin what NVRTC makes of\n{text}");
        if text.contains("deliver(") {
            assert_delivery(text, ptx);
        }
    }
    let rounded: usize = built.iter().map(|(_, ptx)| floats(ptx)).sum();
    assert!(rounded > 1000, "the check sees arithmetic: {rounded}");
}

/// Floats are computed where models are, but for what makes whole units of a weight stored in 16
/// bits, all of it exact: the exponent of an f16 is put right; either is scaled by a power of two,
/// rounded, and taken for the integer that it is.
fn assert_delivery(text: &str, ptx: &str) {
    let integer = if text.contains("typedef i64 sum_t;") { "s64" } else { "s32" };
    let to_integer = format!("cvt.rzi.{integer}.f32");
    let units = ["mul.rn.f32", "cvt.rni.f32.f32", &to_integer];
    let expected = [&["mul.rn.f32"][..], &units, &units].concat();
    let found = of_floats(ptx);
    let mut sorted = [found.clone(), expected.iter().map(|s| (*s).to_owned()).collect()];
    sorted.iter_mut().for_each(|names| names.sort());
    assert_eq!(sorted[0], sorted[1], "{found:?}\nin what NVRTC makes of\n{text}");
}

/// Names of all kernels, as their files have them.
fn kernels() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kernels-cu");
    let files = folder.read_dir().expect("it is there").map(|entry| entry.expect("readable"));
    let texts = files.filter(|file| file.path().extension().is_some_and(|e| e == "cu"));
    let texts = texts.map(|file| std::fs::read_to_string(file.path()).expect("it is text"));
    let names = |text: String| {
        // `KERNEL(ITEMS)` or `extern "C" __global__ void`, and the name
        let named = text.split('(').filter_map(|head| {
            let (before, name) = head.rsplit_once([' ', '\n'])?;
            let begins = before.ends_with("__global__ void") || before.ends_with("_ITEMS)");
            begins.then(|| name.to_owned())
        });
        named.collect::<Vec<_>>()
    };
    texts.flat_map(names).collect()
}

/// What was built holds every kernel, every rule in `learn`, state in every format.
fn assert_complete(compiler: &Compiler) {
    let built = compiler.built();
    let found = kernels();
    assert!(found.len() >= 9, "the files' kernels: {found:?}");
    for kernel in found {
        let entry = format!(".entry {kernel}(");
        assert!(built.iter().any(|(_, ptx)| ptx.contains(&entry)), "{kernel} is not checked");
    }
    let updates = |what: &str| {
        let mut texts = built.iter().map(|(text, _)| text).filter(|t| t.contains("update("));
        assert!(texts.any(|text| text.contains(what)), "no update has {what}");
    };
    updates("#define LEARNS 0");
    updates("#define LEARNS 1");
    updates("typedef real state_t;");
    updates("#define STORE_STATE store_f16");
    updates("#define STORE_STATE store_bf16");
    let last = format!("depress_{}(", rules().len() - 1);
    assert!(built.iter().any(|(text, _)| text.contains("learn(") && text.contains(&last)));
}

#[test]
fn every_kernel_is_exact() {
    const TEST: &str = "ptx::every_kernel_is_exact";
    let Some(nvrtc) = nvrtc(TEST) else { return };
    let compiler = Arc::new(Compiler::new(nvrtc, Target::Ptx(architecture(nvrtc))));
    for precision in [Precision::F32, Precision::F64] {
        let narrow = build(&compiler, everything(precision, [1.0, -2.0]));
        let wide = build(&compiler, everything(precision, [1e-4, 1e5]));
        assert_eq!((narrow, wide), (Accumulator::I32, Accumulator::I64));
        // state in 16 bits is single precision's
        let states: &[Option<Half>] = match precision {
            Precision::F32 => &[None, Some(Half::F16), Some(Half::BF16)],
            Precision::F64 => &[None],
        };
        for &state in states {
            let narrow = build(&compiler, learning(precision, [1.0, -2.0], state));
            let wide = build(&compiler, learning(precision, [1e-4, 1e5], state));
            assert_eq!((narrow, wide), (Accumulator::I32, Accumulator::I64));
        }
        match precision {
            Precision::F32 => {
                build_layers::<f32>(&compiler);
                build_arrays::<f32>(&compiler);
                build_masses::<f32>(&compiler);
            }
            Precision::F64 => {
                build_layers::<f64>(&compiler);
                build_arrays::<f64>(&compiler);
                build_masses::<f64>(&compiler);
            }
        }
        // what came out is compared by devices, not here
        sweep(&*compiler, precision).expect("it compiles");
    }
    for (name, _) in BUNDLED {
        let whole = ["izhikevich2003", "glm_ring"].contains(name);
        let scale = if whole { None } else { Some(0.02) };
        build(&compiler, Loader { scale, ..Loader::default() }.load(name).expect("bundled"));
    }
    assert_exact(&compiler);
    assert_complete(&compiler);
    println!("{} kernel texts, NVRTC {}", compiler.built().len(), nvrtc.version());
}

/// Nobody reads what these additions return, so the assembler makes reductions of them.
#[test]
fn deliveries_are_reductions() {
    let Some(nvrtc) = nvrtc("ptx::deliveries_are_reductions") else { return };
    let compiler = Arc::new(Compiler::new(nvrtc, Target::Ptx(architecture(nvrtc))));
    build(&compiler, everything(Precision::F32, [1.0, -2.0]));
    build(&compiler, everything(Precision::F32, [1e-4, 1e5]));
    for (text, ptx) in compiler.built().iter().filter(|(text, _)| text.contains("deliver(")) {
        assert!(ptx.contains("atom.") || ptx.contains("red."), "{text}");
        assert_eq!(read_after_adding(ptx), [""; 0], "{text}");
    }
}

/// The assembler takes it too: what a session loads is machine code.
#[test]
fn machine_code_comes_out() {
    let Some(nvrtc) = nvrtc("ptx::machine_code_comes_out") else { return };
    let compiler = Arc::new(Compiler::new(nvrtc, Target::Binary(architecture(nvrtc))));
    build(&compiler, everything(Precision::F32, [1.0, -2.0]));
    assert!(compiler.images().iter().all(|image| image.starts_with(b"\x7fELF")));
}

#[test]
fn what_does_not_compile_says_why() {
    let Some(nvrtc) = nvrtc("ptx::what_does_not_compile_says_why") else { return };
    let target = Target::Ptx(architecture(nvrtc));
    let e = nvrtc.compile("extern \"C\" __global__ void k() { unheard_of(); }", target);
    let e = e.expect_err("there is no such function");
    assert!(e.contains("NVRTC_ERROR_COMPILATION") && e.contains("unheard_of"), "{e}");
}

/// NVRTC makes minima and maxima of choices, and of those with zeros wrong ones, unless it does not
/// see the zero.
#[test]
fn choices_of_zero_are_kept() {
    let Some(nvrtc) = nvrtc("ptx::choices_of_zero_are_kept") else { return };
    let graph = trace(|t| {
        let x: Sym<f32> = t.arg("x");
        t.output("low", x.min(Sym::lit(0.0)));
        t.output("high", x.max(Sym::lit(-0.0)));
        t.output("other", x.min(Sym::lit(1.0)));
    });
    let function = function(&graph, "choose", Dialect::Cuda);
    let target = Target::Ptx(architecture(nvrtc));
    let found = |function: &str| {
        let text = format!(
            "{}{function}extern \"C\" __global__ void k(f32 *x) {{ choose(*x, x, x + 1, x + 2); }}",
            source("prelude")
        );
        let ptx = nvrtc.compile(&text, target).unwrap_or_else(|e| panic!("{e}\n{text}"));
        wrong(&String::from_utf8(ptx).expect("PTX is text"))
    };
    assert_eq!(found(&function), [""; 0]);
    let seen = found(&function.replace("isospike_zero", ""));
    assert!(seen.len() == 2 || seen.is_empty(), "a newer NVRTC may know better: {seen:?}");
}
