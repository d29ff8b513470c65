//! The leak that leaky neurons share: towards `rest` with the time constant `tau`.

use isospike_lane::Lane;

/// The potential one step later. An input inside the leak (`DECAY`) is divided by `tau` too.
#[inline(always)]
pub(super) fn charge<const DECAY: bool, L: Lane>(v: L, x: L, tau: L, rest: L) -> L {
    if DECAY { v + (x - (v - rest)) / tau } else { (v - (v - rest) / tau) + x }
}

/// The derivatives by x and v.
#[inline(always)]
pub(super) fn back<const DECAY: bool, L: Lane>(gh: L, tau: L) -> (L, L) {
    let part = gh / tau;
    (if DECAY { part } else { gh }, gh - part)
}
