//! Functions of single numbers that several modules use.

use isospike_lane::Lane;
use isospike_layer::compute::Elementwise;

/// x = read + x
pub(crate) struct Add;

impl Elementwise<0, 1, 1> for Add {
    const NAME: &'static str = "add";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [y]: [L; 1], [x]: [L; 1]) -> [L; 1] {
        [y + x]
    }
}

/// x = x read
pub(crate) struct Multiply;

impl Elementwise<0, 1, 1> for Multiply {
    const NAME: &'static str = "multiply";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [y]: [L; 1], [x]: [L; 1]) -> [L; 1] {
        [x * y]
    }
}

/// x = x number
pub(crate) struct Scale;

impl Elementwise<1, 0, 1> for Scale {
    const NAME: &'static str = "scale";
    #[inline(always)]
    fn at<L: Lane>([by]: [L; 1], []: [L; 0], [x]: [L; 1]) -> [L; 1] {
        [x * by]
    }
}

/// x = read read
pub(crate) struct Square;

impl Elementwise<0, 1, 1> for Square {
    const NAME: &'static str = "square";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [y]: [L; 1], _: [L; 1]) -> [L; 1] {
        [y * y]
    }
}
