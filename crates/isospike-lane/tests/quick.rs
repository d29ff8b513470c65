use isospike_lane::Math;
use isospike_lane::Lane;
fn ulp64(a:f64,b:f64)->f64{ if a==b {return 0.0} let e=(b.abs().to_bits()>>52) as i32 - 1023-52; (a-b)/2f64.powi(e) }
fn ulp32(a:f32,b:f64)->f64{ let e=(((b as f32).abs().to_bits()>>23) as i32).max(1) - 127-23; (a as f64-b)/2f64.powi(e) }
#[test] fn q(){
  let mut s=1u64; let mut rnd=||{s=s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (s>>11) as f64/(1u64<<53) as f64};
  let fns:[(&str,fn(f64)->f64,fn(f32)->f32,fn(f64)->f64,f64,f64);6]=[
   ("exp",Math::exp,Math::exp,f64::exp,-87.0,88.0),("expm1",Math::expm1,Math::expm1,f64::exp_m1,-5.0,5.0),
   ("log",Math::log,Math::log,f64::ln,0.0,5.0),("log1p",Math::log1p,Math::log1p,f64::ln_1p,-1.0,2.0),("tanh",Math::tanh,Math::tanh,f64::tanh,-3.0,3.0),
   ("sigmoid",Math::sigmoid,Math::sigmoid,|x|1.0/(1.0+(-x).exp()),-20.0,20.0)];
  for (n,f,g,r,a,b) in fns { let (mut m,mut k)=(0f64,0f64); for _ in 0..1000000 { let x=a+(b-a)*rnd(); m=m.max(ulp64(f(x),r(x)).abs()); let x=x as f32; k=k.max(ulp32(g(x),r(x as f64)).abs()); } println!("{n} f64 {m} f32 {k}"); }
  println!("{} {} {}", Math::exp(-745.0f64), Math::exp(f64::NAN), Math::exp(f64::INFINITY));
  for p in [1e-300f64,1e-20,0.001,0.07,0.1,0.3,0.5,0.9,0.999]{ println!("{p} {:e} {:e}",Math::inverse_normal(p),Math::inverse_normal(p as f32)); }
  let z:f64=isospike_lane::distribution::normal(0); let y:f32=isospike_lane::distribution::normal(0); println!("{z} {y}");
  let _ = <f32 as Lane>::lit(0.0);
}
