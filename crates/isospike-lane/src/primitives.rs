//! Every primitive of [`Lane`], [`Int`] and [`Word`] under a name, and operands that break those
//! that are not exact: what a device is tried with.

use crate::lane::{Int, Lane, Mask, Word};
use crate::philox::philox4x32_10;

/// What the primitives are applied to.
#[derive(Clone, Copy)]
pub struct Operands<L: Lane> {
    /// Floats.
    pub floats: [L; 2],
    /// Signed integers, 32 bits.
    pub i32s: [L::I32; 2],
    /// Signed integers, 64 bits.
    pub i64s: [L::I64; 2],
    /// Unsigned integers.
    pub u32s: [L::U32; 2],
}

/// What a primitive gives.
#[derive(Clone, Copy)]
pub enum Out<L: Lane> {
    /// A float.
    Float(L),
    /// A signed integer, 32 bits.
    I32(L::I32),
    /// A signed integer, 64 bits.
    I64(L::I64),
    /// An unsigned integer.
    U32(L::U32),
    /// A truth value.
    Mask(L::Mask),
}

macro_rules! integers {
    ($t:literal, $out:expr, $a:expr, $b:expr, $most:expr, $wrap:expr) => {{
        let (a, b) = ($a, $b);
        $out(concat!($t, "_add"), $wrap(a.wrapping_add(b)));
        $out(concat!($t, "_sub"), $wrap(a.wrapping_sub(b)));
        $out(concat!($t, "_mul"), $wrap(a.wrapping_mul(b)));
        $out(concat!($t, "_and"), $wrap(a.and(b)));
        $out(concat!($t, "_or"), $wrap(a.or(b)));
        $out(concat!($t, "_xor"), $wrap(a.xor(b)));
        $out(concat!($t, "_shl_7"), $wrap(a.shl(7)));
        $out(concat!($t, "_shr_7"), $wrap(a.shr(7)));
        $out(concat!($t, "_shr_most"), $wrap(a.shr($most)));
        $out(concat!($t, "_lt"), Out::Mask(Int::lt(a, b)));
        $out(concat!($t, "_eq"), Out::Mask(Int::eq(a, b)));
    }};
}

/// Applies every primitive and shows each result to `out` under its name, always in the same order.
#[inline(always)]
pub fn each<L: Lane>(x: &Operands<L>, out: &mut impl FnMut(&'static str, Out<L>)) {
    let ([a, b], [i, _], [k, _], [u, v]) = (x.floats, x.i32s, x.i64s, x.u32s);
    let mut float = |name, x| out(name, Out::Float(x));
    float("add", a + b);
    float("sub", a - b);
    float("mul", a * b);
    float("div", a / b);
    float("sqrt", a.sqrt());
    float("neg", -a);
    float("abs", a.abs());
    float("copysign", a.copysign(b));
    float("rint", a.rint());
    float("floor", a.floor());
    float("trunc", a.trunc());
    float("mul_add_apart", a * b + a);
    float("select", L::select(a.lt(b), a, b));
    float("from_i32", L::from_i32(i));
    float("from_i64", L::from_i64(k));
    float("from_u32", L::from_u32(u));
    let limit = L::lit(2_147_483_000.0);
    let clamped = L::select(a.lt(limit), L::select((-limit).lt(a), a, -limit), limit);
    out("to_i32", Out::I32(clamped.to_i32()));
    let nan = a + -a; // where a is infinite
    out("lt", Out::Mask(a.lt(b)));
    out("le", Out::Mask(a.le(b)));
    out("eq", Out::Mask(Lane::eq(a, b)));
    out("lt_nan", Out::Mask(nan.lt(b).or(nan.le(b)).or(Lane::eq(nan, nan))));
    integers!("i32", out, x.i32s[0], x.i32s[1], 31, Out::I32);
    integers!("i64", out, x.i64s[0], x.i64s[1], 63, Out::I64);
    integers!("u32", out, u, v, 31, Out::U32);
    out("u32_mul_hi", Out::U32(u.mul_hi(v)));
}

/// The operands of one evaluation as words: two floats (bits), two i32, two i64, two u32. None of
/// the floats is NaN: what becomes of the bits of one is nobody's promise.
pub type Row = [u64; 8];

/// Adversarial and random operands for floats of 32 bits.
pub fn rows_f32() -> Vec<Row> {
    let limits = [1, 2, 0x7F_FFFF, 0x80_0000, 0x80_0001, 0x7F7F_FFFF, 0x3F7F_FFFF, 0x3F80_0001];
    let both = limits.into_iter().flat_map(|x: u32| [x, x | 1 << 31]);
    let specials = both.chain(specials().map(|x| (x as f32).to_bits())).map(u64::from);
    let mut rows = rows(&specials.collect::<Vec<_>>());
    rows.retain(|r| r[..2].iter().all(|&x| !f32::from_bits(x as u32).is_nan()));
    rows
}

/// Adversarial and random operands for floats of 64 bits.
pub fn rows_f64() -> Vec<Row> {
    const ONE: u64 = 1.0f64.to_bits();
    let (normal, most) = (f64::MIN_POSITIVE.to_bits(), f64::MAX.to_bits());
    let limits = [1, 2, normal - 1, normal, normal + 1, most, ONE - 1, ONE + 1];
    let both = limits.into_iter().flat_map(|x: u64| [x, x | 1 << 63]);
    let mut rows = rows(&both.chain(specials().map(f64::to_bits)).collect::<Vec<_>>());
    rows.retain(|r| r[..2].iter().all(|&x| !f64::from_bits(x).is_nan()));
    rows
}

/// Random rows, after all pairs of special floats.
const RANDOM_ROWS: u32 = 4096;

/// All pairs of special floats, then random bits; integers are random throughout, small and large.
fn rows(specials: &[u64]) -> Vec<Row> {
    let pairs = specials.iter().flat_map(|&a| specials.iter().map(move |&b| (a, b)));
    let random = (0..RANDOM_ROWS).map(|i| {
        let [w, x, y, z] = philox4x32_10([i, 1, 0, 0], [7, 7]);
        // every fourth pair lies close together, where sums cancel and quotients are near one
        let a = u64::from(w) << 32 | u64::from(x);
        (a, if i % 4 == 0 { a ^ u64::from(y & 0xFFF) } else { u64::from(y) << 32 | u64::from(z) })
    });
    let all = pairs.chain(random).enumerate();
    all.map(|(n, (a, b))| {
        let words = |m: u32| philox4x32_10([n as u32, m, 0, 0], [1, 2]).map(u64::from);
        let ([i, j, u, v], [k0, k1, l0, l1]) = (words(2), words(3));
        let small = |x: u64| if n % 3 == 0 { x & 0xFF } else { x };
        [a, b, small(i), j, k0 << 32 | k1, l0 << small(l1 & 31), small(u), v]
    })
    .collect()
}

/// Zeros, subnormals, ones, ties, the ends of ranges, infinities.
fn specials() -> impl Iterator<Item = f64> {
    let positive = [
        0.0,
        0.5,
        1.0,
        1.5,
        2.0,
        2.5,
        3.0,
        0.1,
        1.0 / 3.0,
        4.0,
        7.0,
        10.0,
        255.5,
        256.5,
        65_535.5,
        8_388_607.5,
        8_388_608.0,
        16_777_215.0,
        16_777_217.0,
        2_147_483_647.0,
        2_147_483_648.0,
        4_503_599_627_370_495.5,
        9_007_199_254_740_993.0,
        1e-30,
        1e30,
        f64::INFINITY,
    ];
    positive.into_iter().flat_map(|x| [x, -x])
}
