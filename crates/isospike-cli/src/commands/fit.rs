//! The size at which a network fits into its memory limit.

use super::network::load;
use crate::args::NetworkArgs;
use crate::failure::Failure;
use isospike::{Error, ErrorKind, Options, Plan};
use std::sync::Arc;

/// The failure of a plan: of one above the memory limit with a scale that fits, if there is one.
pub(super) fn failure(args: &NetworkArgs, options: &Options, error: Error) -> Failure {
    let scale = match error.kind() {
        ErrorKind::MemoryLimit => largest_scale(args, options),
        _ => None,
    };
    let failure = Failure::from(error);
    match scale {
        Some(scale) => failure.help(format!(
            "`--scale {scale}` would fit; `isospike size` shows where the memory goes"
        )),
        None => failure,
    }
}

/// The largest scale of two digits whose plan was measured and fits; `None` if the network cannot
/// be scaled or is too large at every size.
fn largest_scale(args: &NetworkArgs, options: &Options) -> Option<f64> {
    /// One in ten thousand.
    const LEAST: i32 = -4;
    let scale = |k: usize| two_digits(k, LEAST);
    let asked = args.scale.unwrap_or(1.0);
    let scales = (0..).take_while(|&k| scale(k) < asked).count();
    let network = |k: usize| load(&NetworkArgs { scale: Some(scale(k)), ..args.clone() });
    // Said once, before data files are read again and again: some networks have one size only.
    network(scales.checked_sub(1)?).ok()?;
    let (_device, plan) = options.open().ok()?;
    let (mut fits, mut from, mut to) = (None, 0, scales);
    while from < to {
        let k = from + (to - from) / 2;
        let measured = network(k).map(|n| Plan::measure(Arc::new(n), &plan));
        match measured {
            Ok(Err(e)) if e.kind() == ErrorKind::MemoryLimit => to = k,
            // What is not even valid is too small: there are fewer neurons than a degree asks for.
            Ok(Err(_)) | Err(_) => from = k + 1,
            Ok(Ok(_)) => (fits, from) = (Some(scale(k)), k + 1),
        }
    }
    fits
}

/// The numbers of two digits in ascending order, from a power of ten on.
fn two_digits(k: usize, power: i32) -> f64 {
    let (digits, tens) = (10 + k % 90, k / 90);
    let text = format!("{digits}e{}", power - 1 + tens as i32);
    text.parse().expect("a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_two_digits() {
        let of = |ks: [usize; 5]| ks.map(|k| two_digits(k, -2));
        assert_eq!(of([0, 1, 89, 90, 180]), [0.01, 0.011, 0.099, 0.1, 1.0]);
    }
}
