//! What a trace records, how it is shown, and what it refuses.

use isospike_lane::{Int, Lane, Mask};
use isospike_trace::{
    Binary, Evaluator, Graph, Kind, Op, Shift, Sym, SymInt, SymMask, Tracer, Type, Value, trace,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

type S = Sym<f32>;

/// What a panic says.
fn panic_of<R>(f: impl FnOnce(&Tracer) -> R) -> String {
    let run = || trace(|t| drop(f(t)));
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it should panic");
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|s| s.to_string())).expect("a message")
}

fn sample() -> Graph {
    trace(|t| {
        let (v, i): (S, S) = (t.arg("state.v"), t.arg("in"));
        let _: SymMask = t.arg("unused");
        let word: SymInt<u32> = t.arg("draw.0");
        let next = t.name("decayed", v * S::lit(0.5)) + i;
        let spikes = next.ge(S::lit(1.0)).and(word.shr(8).lt(SymInt::lit(1 << 20)));
        t.output("v", S::select(spikes, S::lit(0.0), next));
        t.output("spikes", spikes);
    })
}

#[test]
fn equal_nodes_are_shared() {
    let graph = trace(|t| {
        let (a, b): (S, S) = (t.arg("a"), t.arg("b"));
        t.output("x", (a + b) * (a + b));
        t.output("y", a + b);
    });
    let stats = graph.stats();
    assert_eq!(stats.count(Kind::Binary(Binary::Add)), 1, "{graph}");
    assert_eq!((graph.nodes().len(), stats.operations()), (4, 2));
    assert_eq!(graph.node(graph.outputs()[1].node).op.kind(), Kind::Binary(Binary::Add));
}

#[test]
fn no_algebra_is_done() {
    let graph = trace(|t| {
        let (a, b): (S, S) = (t.arg("a"), t.arg("b"));
        t.output("commuted", (a + b) - (b + a));
        t.output("identities", -(-(a * S::lit(1.0) + S::lit(0.0))));
        t.output("constants", S::lit(1.0) + S::lit(2.0));
        t.output("same", S::select(a.lt(b), a, a));
    });
    assert_eq!(graph.stats().operations(), 3 + 4 + 1 + 2, "{graph}");
}

#[test]
fn literals_are_shared_by_bits_and_type() {
    let graph = trace(|t| {
        t.output("zero", S::lit(0.0));
        t.output("minus_zero", S::lit(-0.0));
        t.output("nan", S::lit(f64::NAN));
        t.output("nan_again", S::lit(f64::NAN));
        t.output("int", SymInt::<i32>::lit(0));
        t.output("wide", SymInt::<i64>::lit(0));
        t.output("truncated", SymInt::<i32>::lit(1 << 32));
        t.output("double", Sym::<f64>::lit(0.0));
        t.output("false", SymMask::splat(false));
    });
    assert_eq!(graph.stats().count(Kind::Lit), 7, "{graph}");
    assert_eq!(graph.eval(&[])[6], Value::I32(0));
}

#[test]
fn dead_nodes_are_dropped_and_arguments_kept() {
    let graph = trace(|t| {
        let (a, b): (S, S) = (t.arg("a"), t.arg("b"));
        let dead = (b * b).sqrt();
        let _ = dead / a;
        t.output("x", -a);
    });
    assert_eq!(graph.nodes().len(), 2, "{graph}");
    assert_eq!(graph.args().len(), 2);
    assert!(graph.arg_node(0).is_some());
    assert_eq!(graph.arg_node(1), None);
    assert_eq!(graph.eval(&[1.0f32.into(), 2.0f32.into()]), [Value::F32(-1.0)]);
}

#[test]
fn fewer_outputs_need_fewer_nodes() {
    let mut graph = sample();
    let whole = graph.content_hash();
    graph.retain_outputs(|name| name == "spikes");
    assert_eq!(graph.outputs().len(), 1);
    assert_eq!(graph.stats().count(Kind::Select), 0, "{graph}");
    assert_ne!(graph.content_hash(), whole);
    let args = [2.0f32.into(), 0.0f32.into(), false.into(), 0u32.into()];
    assert_eq!(graph.eval(&args), [Value::Mask(true)]);
}

#[test]
fn graphs_read_as_statements() {
    let text = "\
arg state_v: f32
arg in: f32
arg unused: mask (unused)
arg draw_0: u32
t3: f32 = lit 0.5
decayed: f32 = mul state_v, t3
t5: f32 = add decayed, in
t6: f32 = lit 1.0
t7: mask = le t6, t5
t8: u32 = shr draw_0, 8
t9: u32 = lit 1048576
t10: mask = lt t8, t9
spikes: mask = and t7, t10
t12: f32 = lit 0.0
v: f32 = select spikes, t12, t5
out v = v
out spikes = spikes
";
    assert_eq!(sample().to_string(), text);
}

#[test]
fn labels_are_identifiers_of_their_own() {
    let graph = trace(|t| {
        let (a, b): (S, S) = (t.arg("x.y"), t.arg("x_y"));
        let c: S = t.arg("t3");
        let d = t.name("x_y", a + b);
        let e = t.name("x_y", d + c);
        t.output("z", -e);
    });
    assert_eq!(graph.labels(), ["x_y", "x_y_1", "t3", "x_y_3", "x_y_4", "z"]);
}

#[test]
fn the_first_name_of_a_temporary_stays() {
    let graph = trace(|t| {
        let a: S = t.arg("a");
        t.name("first", -a);
        t.output("x", t.name("second", -a));
    });
    assert_eq!(graph.name(graph.outputs()[0].node), Some("first"));
}

#[test]
fn statistics_count_the_type_worked_on() {
    let graph = trace(|t| {
        let (a, u): (Sym<f64>, SymInt<u32>) = (t.arg("a"), t.arg("u"));
        t.output("less", a.lt(Sym::from_u32(u.shl(3))));
    });
    let by_kind = graph.stats().by_kind;
    assert_eq!(by_kind[&(Kind::Binary(Binary::Lt), Type::F64)], 1);
    assert_eq!(by_kind[&(Kind::Unary(isospike_trace::Unary::Convert), Type::U32)], 1);
    assert_eq!(by_kind[&(Kind::Shift(Shift::Left), Type::U32)], 1);
    assert_eq!(graph.stats().to_string().lines().count(), 5);
}

#[test]
fn the_content_hash_is_fixed() {
    // Caches of compiled modules outlive builds: a change here must be meant.
    assert_eq!(format!("{:032x}", sample().content_hash()), "511ab7425917581f53e599c54888e776");
}

#[test]
fn the_content_hash_tells_meaning() {
    let one = |f: &dyn Fn(&Tracer, S, S)| trace(|t| f(t, t.arg("a"), t.arg("b"))).content_hash();
    let base = one(&|t, a, b| t.output("x", a + b));
    assert_eq!(base, one(&|t, a, b| t.output("x", t.name("sum", a + b))), "names of temporaries");
    for (what, other) in [
        ("operands", one(&|t, a, b| t.output("x", b + a))),
        ("operation", one(&|t, a, b| t.output("x", a - b))),
        ("output's name", one(&|t, a, b| t.output("y", a + b))),
        ("literal", one(&|t, a, _| t.output("x", a + S::lit(1.0)))),
        ("another literal", one(&|t, a, _| t.output("x", a + S::lit(2.0)))),
        ("arguments", trace(|t| t.output("x", t.arg::<S>("a") + t.arg("c"))).content_hash()),
        ("precision", trace(|t| t.output("x", t.arg::<Sym<f64>>("a") + t.arg("b"))).content_hash()),
    ] {
        assert_ne!(base, other, "{what}");
    }
}

#[test]
fn an_evaluator_can_be_used_again() {
    let mut e = Evaluator::new(&sample());
    e.set(1, 0.25f32);
    e.set(3, 0u32);
    let mut fired = 0;
    for step in 0..100 {
        e.set(0, step as f32 * 0.02);
        e.run();
        fired += usize::from(e.get::<bool>(1));
        assert_eq!(e.value(0).ty(), Type::F32);
    }
    // 0.5 v + 0.25 >= 1 from v = 1.5 on.
    assert_eq!(fired, (0..100).filter(|&k| k as f32 * 0.02 * 0.5 + 0.25 >= 1.0).count());
}

#[test]
#[should_panic(expected = "argument 0 is f32, not f64")]
fn an_argument_of_another_type_is_refused() {
    Evaluator::new(&sample()).set(0, 1.0f64);
}

#[test]
#[should_panic(expected = "1 values for the 4 arguments")]
fn too_few_arguments_are_refused() {
    sample().eval(&[Value::F32(1.0)]);
}

#[test]
fn traces_nest() {
    let mut inner = None;
    let outer = trace(|t| {
        let a: S = t.arg("a");
        inner = Some(sample());
        t.output("x", a + S::lit(1.0));
    });
    assert_eq!(inner, Some(sample()));
    assert_eq!(outer.eval(&[1.0f32.into()]), [Value::F32(2.0)]);
}

#[test]
fn a_panic_leaves_nothing_behind() {
    assert_eq!(panic_of(|_| panic!("the author's")), "the author's");
    let outer = trace(|t| {
        let a: S = t.arg("a");
        let inside = panic_of(|t| {
            t.arg::<S>("b");
            panic!("inner")
        });
        assert_eq!(inside, "inner");
        t.output("x", -a);
    });
    assert_eq!(outer.nodes().len(), 2);
    assert_eq!(outer.args().len(), 1);
}

#[test]
fn symbols_do_not_stray() {
    let another = "a symbol of another trace was used";
    let mut kept: Option<S> = None;
    trace(|t| kept = Some(t.arg("a")));
    let old = kept.expect("set by the trace");
    assert!(panic_of(|t| t.output("x", old)).starts_with(another));
    assert!(panic_of(|_| old + S::lit(1.0)).starts_with(another));
    // Out of an inner trace, and into it.
    trace(|t| {
        let mine: S = t.arg("mine");
        assert!(panic_of(|_| -mine).starts_with(another));
        let nested = "a tracer was used inside a trace nested in its own";
        assert_eq!(panic_of(|_| t.output("x", mine)), nested);
        t.output("x", mine);
    });
    let outside = catch_unwind(|| S::lit(1.0)).expect_err("no trace is running");
    let text = outside.downcast_ref::<String>().expect("a message");
    assert!(text.contains("outside of `isospike_trace::trace`"), "{text}");
}

#[test]
fn names_are_checked() {
    let twice = panic_of(|t| (t.arg::<S>("a"), t.arg::<S>("a")));
    assert_eq!(twice, "two arguments are named `a`");
    assert!(panic_of(|t| t.arg::<S>("2a")).contains("`2a` cannot name a symbol"));
    assert!(panic_of(|t| t.arg::<S>("a..b")).contains("cannot name a symbol"));
    assert!(panic_of(|t| t.arg::<S>("")).contains("cannot name a symbol"));
    let outputs = panic_of(|t| {
        t.output("x", S::lit(0.0));
        t.output("x", S::lit(1.0));
    });
    assert_eq!(outputs, "two outputs are named `x`");
}

#[test]
fn shifts_stay_below_the_width() {
    assert_eq!(
        panic_of(|t| t.arg::<SymInt<i32>>("a").shl(32)),
        "a shift by 32 of a 32-bit integer"
    );
    let graph = trace(|t| t.output("x", t.arg::<SymInt<i64>>("a").shl(32)));
    assert!(matches!(graph.nodes()[1].op, Op::Shift(Shift::Left, _, 32)));
}

#[test]
fn threads_trace_side_by_side() {
    let graphs: Vec<Graph> = std::thread::scope(|s| {
        let threads: Vec<_> = (0..4).map(|_| s.spawn(sample)).collect();
        threads.into_iter().map(|t| t.join().expect("traces do not interfere")).collect()
    });
    assert!(graphs.iter().all(|g| *g == sample()));
}
