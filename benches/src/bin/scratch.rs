//! scratch
use isospike_backend::*;
use isospike_net::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let scale: f64 = a[1].parse().unwrap();
    let threads: usize = a[2].parse().unwrap();
    let steps: u64 = a[3].parse().unwrap();
    let names = ["L23E","L23I","L4E","L4I","L5E","L5I","L6E","L6I"];
    let n_full = [20683.0f64,5834.,21915.,5479.,4850.,1065.,14395.,2948.];
    let c = [
[0.1009,0.1689,0.0437,0.0818,0.0323,0.,0.0076,0.],[0.1346,0.1371,0.0316,0.0515,0.0755,0.,0.0042,0.],
[0.0077,0.0059,0.0497,0.1350,0.0067,0.0003,0.0453,0.],[0.0691,0.0029,0.0794,0.1597,0.0033,0.,0.1057,0.],
[0.1004,0.0622,0.0505,0.0057,0.0831,0.3726,0.0204,0.],[0.0548,0.0269,0.0257,0.0022,0.0600,0.3158,0.0086,0.],
[0.0156,0.0066,0.0211,0.0166,0.0572,0.0197,0.0396,0.2252],[0.0364,0.0010,0.0034,0.0005,0.0277,0.0080,0.0658,0.1443f64]];
    let dc = [561.974,526.851,737.591,667.345,702.468,667.345,1018.579,737.591];
    let rates=[0.903,2.965,4.414,5.876,7.569,8.633,1.105,7.829];
    let v0 = [-68.28,-63.16,-63.33,-63.45,-63.11,-61.66,-66.72,-61.43];
    let sd = [5.36,4.57,4.74,4.94,4.94,4.55,5.46,4.48];
    let w0 = 87.80849352920843;
    let mut pops = vec![];
    let q = |t: usize, s: usize| -> f64 { ((1.0-c[t][s]).ln() / ((n_full[t]*n_full[s]-1.0)/(n_full[t]*n_full[s])).ln()).round() };
    for i in 0..8 {
        let mut extra = 0.0;
        for s in 0..8 { let w = if s%2==0 {if i==0&&s==2 {2.0*w0} else {w0}} else {-4.0*w0}; extra += w*q(i,s)/n_full[i]*rates[s]; }
        let i_e = dc[i] + 0.001*0.5*(1.0-scale.sqrt())*extra;
        let mut params = BTreeMap::new();
        for (k,v) in [("C_m",250.),("tau_m",10.),("E_L",-65.),("V_th",-50.),("V_reset",-65.),("t_ref",2.),("tau_syn_ex",0.5),("tau_syn_in",0.5),("I_e",i_e)] { params.insert(k.to_string(), Value::Constant(v)); }
        let mut initial = BTreeMap::new();
        initial.insert("V_m".into(), Value::Random(Distribution{shape:Shape::Normal(v0[i],sd[i]),min:-200.,max:0.,outside:Outside::Clip}));
        pops.push(Population{name:names[i].into(),size:(n_full[i]*scale).round() as u32,dynamics:Dynamics::Model(Neurons{model:isospike_model::by_name("iaf_psc_exp").unwrap(),params,initial,inputs:vec![]})});
    }
    let mut proj = vec![];
    for t in 0..8 { for s in 0..8 { if c[t][s]==0.0 {continue}
        let n = (q(t,s)*scale*scale).round() as u64;
        let exc = s%2==0;
        let w = (if exc {if t==0&&s==2 {2.0*w0} else {w0}} else {-4.0*w0})/scale.sqrt();
        let (d,dsd) = if exc {(1.5,0.75)} else {(0.75,0.375)};
        proj.push(Projection{source:s,target:t,connector:Connector::FixedTotal(n),autapses:true,multapses:true,
          weight:Distribution{shape:Shape::Normal(w,0.1*w.abs()),min:if exc {0.} else {f64::NEG_INFINITY},max:if exc {f64::INFINITY} else {0.},outside:Outside::Redraw},
          delay_ms:Distribution{shape:Shape::Normal(d,dsd),min:0.05,max:f64::INFINITY,outside:Outside::Redraw},
          port:None,storage:WeightStorage::Auto,plasticity:None});
    }}
    let net = Arc::new(Network{name:"pd".into(),dt_ms:0.1,seed:1,lane_seeds:vec![1],precision:Precision::F32,populations:pops,projections:proj});
    let t0 = Instant::now();
    let dev = isospike_cpu::CpuDevice::new(isospike_cpu::Cpu::with_threads(threads)).unwrap();
    let plan = Arc::new(Plan::new(net, &PlanOptions{blocks:dev.capability().blocks,threads,..Default::default()}).unwrap_or_else(|e| panic!("{e}")));
    println!("plan {:.2}s synapses {} planned {} blocks {} acc {:?} mind {}", t0.elapsed().as_secs_f64(), plan.n_synapses(), memory::human(plan.memory.total_bytes()), plan.layout().blocks.len(), plan.accumulator, plan.min_delay);
    for t in plan.tables() { println!("  table {} src {} n {} delays {}+{} groups {} {}", t.name, t.source, t.len(), t.first_delay, t.delays, t.groups.len(), match &t.synapses {plan::Synapses::U16{multiplier,..}=>format!("u16 x{multiplier}"), _=>"other".into()}); }
    let mut s = dev.compile(plan.clone()).unwrap();
    assert_eq!(s.allocated_bytes(), plan.memory.total_bytes());
    for _ in 0..2 {
    let mut digest = SpikeDigest::default();
    let t1 = Instant::now();
    let mut counts = vec![0u64; 8];
    let mut events = 0u64;
    s.run_all(steps, |sp| { digest.update(sp); for x in sp { let p = plan.populations.partition_point(|p| p.first_id <= x.id)-1; counts[p]+=1;
       let l = x.id - plan.populations[p].first_id; for t in plan.tables() { if t.source==p { events += t.row_start[l as usize+1]-t.row_start[l as usize]; } } } }).unwrap();
    let e = t1.elapsed().as_secs_f64();
    let ms = steps as f64*0.1;
    println!("sim {:.3}s rtf {:.3} events {:.3e} {:.2} ns/event digest {}", e, e/(ms*1e-3), events as f64, e*1e9/events as f64, &digest.hex()[..16]);
    println!("rates {:?}", (0..8).map(|p| (counts[p] as f64/plan.populations[p].size as f64/(ms*1e-3)*1000.0).round()/1000.0).collect::<Vec<_>>());
    }
    println!("{}", std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmHWM")).collect::<String>());
}
