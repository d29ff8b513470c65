use isospike_net::*;
#[test]
fn z() {
    let mut zs = vec![];
    for seed in 1..1500 {
        let n = Loader { seed: Some(seed), ..Default::default() }.load("cuba").unwrap();
        let mut tot = [0u64; 4];
        for p in 0..4 {
            tot[p] = Wiring::new(&n, p, 1).unwrap().synapses();
        }
        let exp = [3200. * 3200., 3200. * 800., 800. * 3200., 800. * 800.];
        let z: Vec<f64> = (0..4)
            .map(|p| (tot[p] as f64 - 0.02 * exp[p]) / (exp[p] * 0.02 * 0.98f64).sqrt())
            .collect();
        if seed < 5 {
            println!("{seed} {z:.2?}");
        }
        zs.extend(z);
    }
    let m = zs.iter().sum::<f64>() / zs.len() as f64;
    let v = zs.iter().map(|z| z * z).sum::<f64>() / zs.len() as f64;
    println!(
        "max {:?} over3 {}",
        zs.iter().fold(0f64, |a, z| a.max(z.abs())),
        zs.iter().filter(|z| z.abs() > 3.0).count()
    );
    println!("mean {m:.3} var {v:.3} n {}", zs.len());
    // binomial mean by u grid
    let _ = ();
}
