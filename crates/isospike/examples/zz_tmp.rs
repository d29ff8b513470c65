use isospike::{Network, Options, Simulation};
fn main() -> isospike::Result<()> {
    let n = Network::build("x")
        .population("E", 100, "iaf_psc_exp", |p| p.poisson(4_200.0, 60.0))
        .finish()?;
    let mut s = Simulation::new(n, &Options::default())?;
    let snap = s.snapshot()?;
    let mut a = Vec::new();
    s.run(100.0, |x| a.extend_from_slice(x))?;
    let d = s.digest();
    s.restore(&snap)?;
    let mut b = Vec::new();
    s.run(100.0, |x| b.extend_from_slice(x))?;
    println!("{} {} {:?} {:?} {} {}", a.len(), b.len(), a.first(), b.first(), d, s.digest());
    Ok(())
}
