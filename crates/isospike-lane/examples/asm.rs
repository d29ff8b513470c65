//! scratch
use isospike_lane::{Math, W, distribution};
#[unsafe(no_mangle)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub fn zz_exp32(x: &[f32], out: &mut [f32]) {
    for (x, o) in x.chunks_exact(16).zip(out.chunks_exact_mut(16)) {
        Math::exp(W::<f32, 16>::load(x)).store(o);
    }
}
#[unsafe(no_mangle)]
#[target_feature(enable = "avx2")]
pub fn zz_exp32_avx2(x: &[f32], out: &mut [f32]) {
    for (x, o) in x.chunks_exact(8).zip(out.chunks_exact_mut(8)) {
        Math::exp(W::<f32, 8>::load(x)).store(o);
    }
}
#[unsafe(no_mangle)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub fn zz_normal64(x: &[u32], out: &mut [f64]) {
    for (x, o) in x.chunks_exact(16).zip(out.chunks_exact_mut(16)) {
        distribution::normal::<W<f64, 16>>(W::<u32, 16>::load(x)).store(o);
    }
}
fn main() {
    let x = vec![1.0; 64];
    let mut o = vec![0.0; 64];
    let mut d = vec![0.0; 64];
    unsafe {
        zz_exp32(&x, &mut o);
        zz_exp32_avx2(&x, &mut o);
        zz_normal64(&vec![3; 64], &mut d);
    }
    println!("{} {}", o[3], d[3]);
}
