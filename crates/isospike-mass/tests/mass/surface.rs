//! Sheets beside a plain loop, and the operator of diffusion on a sphere.

use isospike_lane::isa::Isa;
use isospike_lane::precise::exp;
use isospike_mass::{
    Connectome, CouplingStage, Integrator, Network, Plan, Sphere, Surface, Tile, Values, drift_at,
    models,
};
use ndarray::Array2;

const REGIONS: usize = 5;
const VERTICES: usize = 37;
const DT: f64 = 0.05;
const A: f64 = 0.3;

fn weight(to: usize, from: usize) -> f64 {
    if (3 * to + from).is_multiple_of(4) {
        0.0
    } else {
        ((7 * to + 5 * from) % 11) as f64 / 11.0 - 0.3
    }
}

fn lag(to: usize, from: usize) -> usize {
    (2 * to + 3 * from) % 4
}

fn region(vertex: usize) -> usize {
    (3 * vertex + vertex / 7) % REGIONS
}

/// To, from, weight.
fn local() -> Vec<(usize, usize, f64)> {
    let neighbours =
        |v: usize| [(v + VERTICES - 1) % VERTICES, (v + 1) % VERTICES, (v + 9) % VERTICES];
    let edge = |v: usize, u: usize| (v, u, 0.05 + 0.01 * ((v + 2 * u) % 5) as f64);
    let mut all: Vec<_> = (0..VERTICES).flat_map(|v| neighbours(v).map(|u| edge(v, u))).collect();
    all.sort_by_key(|e| (e.0, e.1));
    all
}

fn first(vertex: usize, lane: usize) -> [f64; 2] {
    [0.1 + 0.02 * vertex as f64, 0.3 - 0.01 * lane as f64]
}

fn network(lanes: usize, stage: CouplingStage) -> Network {
    let weights = Array2::from_shape_fn((REGIONS, REGIONS), |(i, j)| weight(i, j));
    let lags = Array2::from_shape_fn((REGIONS, REGIONS), |(i, j)| lag(i, j) as u32);
    let connectome = Connectome::with_lags(weights.view(), lags.view()).expect("square");
    let surface = Surface::new((0..VERTICES).map(|v| region(v) as u32).collect());
    let surface = surface.local(local()).expect("edges");
    let full = |k: usize| {
        let at = |i: usize| first(i / lanes, i % lanes)[k];
        Values::Full((0..VERTICES * lanes).map(at).collect())
    };
    Network::new(&models::SupHopf, connectome)
        .dt(DT)
        .and_then(|n| n.surface(surface))
        .and_then(|n| n.lanes(lanes, 0))
        .and_then(|n| n.coupling_param("a", Values::from(A)))
        .and_then(|n| n.initial("x", full(0)))
        .and_then(|n| n.initial("y", full(1)))
        .expect("a network")
        .integrator(Integrator::Heun, stage)
}

/// What arrives at every vertex, by input, as is defined: `past` has means of regions, the last one
/// of now.
fn inputs(now: &[[f64; 2]], past: &[Vec<[f64; 2]>], later: bool) -> Vec<[f64; 2]> {
    let t = past.len() - 1;
    let mean = means(now);
    let of_region = |to: usize, k: usize| {
        let mut sum = 0.0;
        for late in [true, false] {
            for from in (0..REGIONS).filter(|&from| weight(to, from) != 0.0) {
                let lag = lag(to, from);
                if (lag > 0) == late {
                    let back = if later { lag.saturating_sub(1) } else { lag };
                    let x =
                        if late { past[t.saturating_sub(back)][from][k] } else { mean[from][k] };
                    sum += weight(to, from) * x;
                }
            }
        }
        A * sum + 0.0
    };
    let local = local();
    let at = |v: usize, k: usize| {
        let mut sum = 0.0 + of_region(region(v), k);
        local.iter().filter(|e| e.0 == v).for_each(|e| sum += e.2 * now[e.1][k]);
        sum
    };
    (0..VERTICES).map(|v| [at(v, 0), at(v, 1)]).collect()
}

fn means(now: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mean = |r: usize, k: usize| {
        let own = || (0..VERTICES).filter(|&v| region(v) == r);
        own().map(|v| now[v][k]).fold(0.0, |sum, x| sum + x) * (1.0 / own().count() as f64)
    };
    (0..REGIONS).map(|r| [mean(r, 0), mean(r, 1)]).collect()
}

fn drift(state: &[f64; 2], input: &[f64; 2]) -> Vec<f64> {
    let params: Vec<f64> =
        models::by_name("sup_hopf").expect("bundled").params().iter().map(|p| p.default).collect();
    drift_at::<f64>(&models::SupHopf, &params, state, input)
}

/// A lane after some steps.
fn plain(lane: usize, steps: usize, again: bool) -> Vec<[f64; 2]> {
    let mut now: Vec<[f64; 2]> = (0..VERTICES).map(|v| first(v, lane)).collect();
    let mut past = vec![means(&now)];
    for _ in 0..steps {
        let c = inputs(&now, &past, false);
        let k1: Vec<_> = now.iter().zip(&c).map(|(x, c)| drift(x, c)).collect();
        let guess: Vec<[f64; 2]> =
            now.iter().zip(&k1).map(|(x, k)| [x[0] + DT * k[0], x[1] + DT * k[1]]).collect();
        let c = if again { inputs(&guess, &past, true) } else { c };
        for v in 0..VERTICES {
            let k2 = drift(&guess[v], &c[v]);
            for k in 0..2 {
                now[v][k] += 0.5 * DT * (k1[v][k] + k2[k]);
            }
        }
        past.push(means(&now));
    }
    now
}

#[test]
fn sheets_do_what_the_plain_loop_does() {
    for (stage, again) in [(CouplingStage::Hold, false), (CouplingStage::Reevaluate, true)] {
        let lanes = 25;
        let plan = Plan::<f64>::new(network(lanes, stage)).expect("a plan");
        let (mut state, mut rings) = (0, 0);
        for index in 0..plan.tiles() {
            let mut tile = Tile::new(&plan, index, Isa::detect());
            tile.run(11, |_| ());
            let own = plan.lanes(index);
            for (i, &lane) in own.iter().enumerate().step_by(7) {
                for (v, expected) in plain(lane, 11, again).iter().enumerate() {
                    let found = [0, 1].map(|k| tile.state(k)[v * own.len() + i]);
                    assert_eq!(&found, expected, "{stage:?}, lane {lane}, vertex {v}");
                }
            }
            state += tile.bytes().0;
            rings += tile.bytes().1;
        }
        let memory = plan.memory();
        assert_eq!((state as u64, rings as u64), (memory.state, memory.rings));
    }
}

/// A function of x, y, z.
type Field = fn([f64; 3]) -> f64;

/// Spherical harmonics are multiplied by -D l (l + 1), constants by 0, and areas are those of a
/// sphere.
#[test]
fn diffusion_multiplies_spherical_harmonics() {
    for (latitudes, longitudes) in [(4, 7), (9, 16), (16, 32)] {
        let sphere = Sphere::new(latitudes, longitudes).expect("a grid");
        let area: f64 = (0..sphere.points()).map(|i| sphere.area(i)).sum();
        assert!((area - 4.0 * std::f64::consts::PI).abs() < 1e-12);
        let k = sphere.diffusion(0.3, 3).expect("resolved");
        let harmonics: [(f64, Field); 7] = [
            (0.0, |_| 1.0),
            (1.0, |[_, _, z]| z),
            (1.0, |[x, ..]| x),
            (2.0, |[_, _, z]| 3.0 * z * z - 1.0),
            (2.0, |[x, y, _]| x * y),
            (3.0, |[_, _, z]| z * (5.0 * z * z - 3.0)),
            (3.0, |[x, y, _]| x * (x * x - 3.0 * y * y)),
        ];
        for (l, y) in harmonics {
            let y: Vec<f64> = (0..sphere.points()).map(|i| y(sphere.position(i))).collect();
            for (i, own) in y.iter().enumerate() {
                let found: f64 = k.row(i).iter().zip(&y).map(|(k, y)| k * y).sum();
                let expected = -0.3 * l * (l + 1.0) * own;
                assert!((found - expected).abs() < 1e-11, "degree {l}: {found}, not {expected}");
            }
        }
    }
    let sphere = Sphere::new(4, 9).expect("a grid");
    assert!(sphere.diffusion(1.0, 4).unwrap_err().to_string().contains("up to 3"));
    assert!(Sphere::new(9, 7).expect("a grid").diffusion(1.0, 4).is_err());
    assert!(Sphere::new(0, 7).unwrap_err().to_string().contains("latitudes"));
}

/// Heat on a sphere decays as it must: a field of degree l by exp(-D l (l + 1) t).
#[test]
fn heat_spreads() {
    let (d, dt, steps) = (0.05, 0.02, 100);
    let sphere = Sphere::new(6, 12).expect("a grid");
    let k = sphere.diffusion(d, 5).expect("resolved");
    let second = |i: usize| 3.0 * sphere.position(i)[2] * sphere.position(i)[2] - 1.0;
    let first: Vec<f64> = (0..sphere.points()).map(second).collect();
    let network = Network::new(&models::Linear, Connectome::new(k.view()).expect("square"))
        .dt(dt)
        .and_then(|n| n.param("gamma", Values::from(0.0)))
        .and_then(|n| n.coupling_param("a", Values::from(1.0)))
        .and_then(|n| n.initial("x", Values::PerNode(first.clone())))
        .expect("a network")
        .integrator(Integrator::RungeKutta4, CouplingStage::Reevaluate);
    let plan = Plan::<f64>::new(network).expect("a plan");
    let mut tile = Tile::new(&plan, 0, Isa::detect());
    tile.run(steps, |_| ());
    let left = exp(-d * 6.0 * dt * steps as f64);
    for (x, first) in tile.state(0).iter().zip(&first) {
        assert!((x - first * left).abs() < 1e-9, "{x} of {first}, not {}", first * left);
    }
}

#[test]
fn what_is_no_sheet_is_refused() {
    let two = || Network::new(&models::SupHopf, Connectome::none(2));
    let said = |surface: Surface| two().surface(surface).unwrap_err().to_string();
    assert!(said(Surface::new(vec![0, 2])).contains("region of vertex 1"));
    assert!(said(Surface::new(vec![0, 0])).contains("region 1 has no vertex"));
    let local = |edges: &[(usize, usize, f64)]| {
        Surface::new(vec![0, 1]).local(edges.iter().copied()).unwrap_err().to_string()
    };
    assert!(local(&[(0, 2, 1.0)]).contains("below 2"));
    assert!(local(&[(0, 1, f64::NAN)]).contains("finite"));
    assert!(local(&[(0, 1, 1.0), (0, 1, 2.0)]).contains("twice"));
    let far = Surface::new(vec![0, 1]).local([(0, 1, 1e39)]).expect("finite");
    let far = Plan::<f32>::new(two().surface(far).expect("a surface")).unwrap_err().to_string();
    assert!(far.contains("local weight of 0 from 1") && far.contains("finite as f32"), "{far}");
    let far = two().initial("x", Values::from(1e39)).expect("finite");
    assert!(Plan::<f32>::new(far).unwrap_err().to_string().contains("initial.x"));
    // parameters are those of vertices, those of coupling of regions
    let sheet = two().surface(Surface::new(vec![0, 1, 1])).expect("a surface");
    let three = Values::PerNode(vec![1.0; 3]);
    let fine = sheet.clone().param("a", three.clone()).expect("allowed");
    assert!(Plan::<f32>::new(fine).is_ok());
    let wrong = sheet.coupling_param("a", three).expect("allowed");
    assert!(Plan::<f32>::new(wrong).is_err());
}
