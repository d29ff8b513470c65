//! What becomes of a session when the device runs out of memory, or is lost: an error that says so,
//! and says it again.

#[path = "../emulated/emulator.rs"]
mod emulator;

use emulator::start;
use isospike::{ErrorKind, Options, Simulation};
use isospike_tests::bundled::load;

/// One test, because the emulated device is lost for good.
#[test]
fn a_session_outlives_its_device() {
    let Some(emulator) = start("lost::a_session_outlives_its_device") else { return };
    let network = load("cuba", 0.1, &[]);
    let options = Options { device: "cuda:0".to_owned(), ..Options::default() };
    let mut sim = Simulation::new(network.clone(), &options).expect("it runs");
    sim.run(10.0, |_| ()).expect("it runs");

    // SAFETY: the functions are the emulator's, and have these types there.
    let (keep, lose) = unsafe {
        let keep = emulator.get::<unsafe extern "C" fn(usize)>("emulator_keep");
        (keep.expect("it is there"), emulator.get::<unsafe extern "C" fn()>("emulator_lose"))
    };
    // SAFETY: as above.
    unsafe { keep(10_000) };
    let e = Simulation::new(network.clone(), &options).err().expect("there is no memory");
    assert_eq!(e.kind(), ErrorKind::OutOfMemory, "{e}");
    let said: Vec<&str> = e.context().iter().map(|(key, _)| *key).collect();
    assert_eq!(said, ["requested", "available"], "{e}");
    // the first session never noticed
    sim.run(10.0, |_| ()).expect("it runs");

    // SAFETY: as above.
    unsafe { lose.expect("it is there")() };
    for _ in 0..2 {
        let e = sim.run(10.0, |_| ()).expect_err("the device is lost");
        assert_eq!(e.kind(), ErrorKind::Device, "{e}");
        assert!(e.to_string().contains("an illegal memory access was encountered"), "{e}");
    }
    assert_eq!(sim.state_digest().expect_err("it is lost").kind(), ErrorKind::Device);
    let e = Simulation::new(network, &options).err().expect("the device is lost");
    assert_eq!(e.kind(), ErrorKind::Device, "{e}");
}
