//! What a PTX text does with floats, and what of that NUMERICS.md does not allow.

/// What may be done with floats besides arithmetic: moving, comparing, choosing, and what is exact.
const EXACT: &[&str] =
    &["abs", "copysign", "ld", "mov", "neg", "selp", "set", "setp", "slct", "st"];

/// Arithmetic, which says how it rounds.
const ROUNDED: &[&str] = &["add", "div", "mul", "rcp", "sqrt", "sub"];

/// How many instructions round a float.
pub(crate) fn floats(ptx: &str) -> usize {
    let rounds = |words: &Vec<&str>| ROUNDED.contains(&words[0]) && has_float(words);
    instructions(ptx).filter(rounds).count()
}

/// The instructions that could come out differently elsewhere.
pub(crate) fn wrong(ptx: &str) -> Vec<String> {
    instructions(ptx).filter(|words| !is_allowed(words)).map(|words| words.join(".")).collect()
}

/// The instructions, each as the words between its dots.
fn instructions(ptx: &str) -> impl Iterator<Item = Vec<&str>> {
    ptx.split([';', '{', '}', '\n']).filter_map(|statement| {
        let statement = statement.split("//").next().unwrap_or_default().trim();
        let statement = match statement.strip_prefix('@') {
            Some(guarded) => guarded.split_once(char::is_whitespace).map_or("", |(_, s)| s.trim()),
            None => statement,
        };
        let opcode = statement.split_whitespace().next()?;
        let is_opcode = opcode.starts_with(|c: char| c.is_ascii_lowercase());
        (is_opcode && !opcode.ends_with(':')).then(|| opcode.split('.').collect())
    })
}

fn is_float(word: &str) -> bool {
    matches!(word, "f16" | "bf16" | "f16x2" | "tf32" | "f32" | "f64" | "f32x2")
}

fn has_float(words: &[&str]) -> bool {
    words.iter().any(|word| is_float(word))
}

fn is_allowed(words: &[&str]) -> bool {
    let has = |word: &str| words.contains(&word);
    if has("ftz") || has("approx") || has("full") || has("call") || has("tex") {
        return false;
    }
    if !has_float(words) {
        return true;
    }
    match words[0] {
        op if EXACT.contains(&op) => true,
        op if ROUNDED.contains(&op) => has("rn"),
        "cvt" => conversion_is_allowed(words),
        _ => false,
    }
}

/// `cvt.<rounding>.<to>.<from>`.
fn conversion_is_allowed(words: &[&str]) -> bool {
    let [.., to, from] = words else { return false };
    let has = |word: &str| words.contains(&word);
    match (is_float(to), is_float(from)) {
        // to a whole number in the same type
        (true, true) if to == from => has("rni") || has("rmi") || has("rzi"),
        // wider, which is exact; narrower, to nearest
        (true, true) => (*to, *from) == ("f64", "f32") || has("rn"),
        (true, false) => has("rn"),
        (false, _) => has("rzi"),
    }
}

#[test]
fn what_differs_elsewhere_is_found() {
    let ptx = "
        .visible .entry k(.param .u64 p) // fma.rn.f32
        {
        @%p1 bra $L__1;
        add.rn.f32 %f1, %f2, %f3;
        mad.lo.s32 %r1, %r2, %r3, %r4;
        { .reg .b32 t; mov.b64 {t, %r5}, %fd1; }
        cvt.rzi.s32.f32 %r1, %f1;
        cvt.rni.f32.f32 %f1, %f2;
        @!%p2 mul.rn.f64 %fd1, %fd2, %fd3;
        $L__1:
        ret;
        }";
    assert_eq!(wrong(ptx), [""; 0]);
    assert_eq!(floats(ptx), 2);
    for bad in [
        "fma.rn.f32",
        "mad.f32",
        "add.f32",
        "add.rz.f32",
        "add.rn.ftz.f32",
        "div.approx.f32",
        "div.full.f32",
        "sqrt.approx.ftz.f32",
        "rcp.approx.f32",
        "rsqrt.approx.f64",
        "ex2.approx.f32",
        "min.f32",
        "cvt.rz.f32.s32",
        "cvt.rni.s32.f32",
        "cvt.f32.f64",
        "red.global.add.f32",
        "atom.global.add.f64",
        "call.uni",
    ] {
        assert_eq!(wrong(&format!("  @%p1 {bad} %f1, %f2;")), [bad]);
    }
}
