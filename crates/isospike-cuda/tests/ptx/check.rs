//! What a PTX text does with floats, and what of that NUMERICS.md does not allow.
//!
//! NVRTC makes a minimum of `x < c ? x : c` and a maximum of `x > c ? x : c` for a constant c. PTX
//! says what they are: of a number and NaN the number, and -0 is less than +0. So they are the
//! choices they were made of, but for a minimum with +0 and a maximum with -0, where x may be the
//! other zero.

/// What may be done with floats besides arithmetic: moving, comparing, choosing, and what is exact.
const EXACT: &[&str] =
    &["abs", "copysign", "ld", "mov", "neg", "selp", "set", "setp", "slct", "st"];

/// Arithmetic, which says how it rounds.
const ROUNDED: &[&str] = &["add", "div", "mul", "rcp", "sqrt", "sub"];

/// An instruction: the words between the dots of its name, and what it is applied to.
struct Instruction<'a> {
    words: Vec<&'a str>,
    operands: &'a str,
}

/// How many instructions round a float.
pub(crate) fn floats(ptx: &str) -> usize {
    instructions(ptx).filter(|i| ROUNDED.contains(&i.words[0]) && i.has_float()).count()
}

/// The names of the instructions that compute with floats or convert them, in their order.
pub(crate) fn of_floats(ptx: &str) -> Vec<String> {
    let computes = |i: &Instruction<'_>| i.words[0] == "cvt" || ROUNDED.contains(&i.words[0]);
    let computing = instructions(ptx).filter(|i| i.has_float() && computes(i));
    computing.map(|i| i.words.join(".")).collect()
}

/// The instructions that could come out differently elsewhere.
pub(crate) fn wrong(ptx: &str) -> Vec<String> {
    let wrong = instructions(ptx).filter(|i| !i.is_allowed());
    wrong.map(|i| format!("{} {}", i.words.join("."), i.operands)).collect()
}

/// Registers that atomic additions leave their old values in, and that are read.
pub(crate) fn read_after_adding(ptx: &str) -> Vec<&str> {
    // each kernel has registers of its own
    ptx.split(".entry")
        .flat_map(|kernel| {
            let added = instructions(kernel).filter(|i| i.words[0] == "atom");
            let registers = added.filter_map(|i| i.operands.split(',').next());
            let named = |register: &str| {
                let is_word = |c: char| c.is_ascii_alphanumeric() || c == '%';
                kernel.split(|c| !is_word(c)).filter(|word| *word == register).count()
            };
            registers.filter(move |register| named(register) > 1)
        })
        .collect()
}

fn instructions(ptx: &str) -> impl Iterator<Item = Instruction<'_>> {
    ptx.split([';', '{', '}', '\n']).filter_map(|statement| {
        let statement = statement.split("//").next().unwrap_or_default().trim();
        let statement = match statement.strip_prefix('@') {
            Some(guarded) => guarded.split_once(char::is_whitespace).map_or("", |(_, s)| s.trim()),
            None => statement,
        };
        let name = statement.split_whitespace().next()?;
        let is_instruction = name.starts_with(|c: char| c.is_ascii_lowercase());
        let operands = statement[name.len()..].trim();
        (is_instruction && !name.ends_with(':'))
            .then(|| Instruction { words: name.split('.').collect(), operands })
    })
}

fn is_float(word: &str) -> bool {
    matches!(word, "f16" | "bf16" | "f16x2" | "tf32" | "f32" | "f64" | "f32x2")
}

impl Instruction<'_> {
    fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    fn has_float(&self) -> bool {
        self.words.iter().any(|word| is_float(word))
    }

    fn is_allowed(&self) -> bool {
        if ["ftz", "approx", "full", "call", "tex"].iter().any(|word| self.has(word)) {
            return false;
        }
        match self.words[0] {
            _ if !self.has_float() => true,
            name if EXACT.contains(&name) => true,
            name if ROUNDED.contains(&name) => self.has("rn"),
            "max" => self.is_limit(["0f80000000", "0d8000000000000000"]),
            "min" => self.is_limit(["0f00000000", "0d0000000000000000"]),
            "cvt" => self.is_exact_conversion(),
            _ => false,
        }
    }

    /// With a constant, which is not the zero that may stand in for the other one.
    fn is_limit(&self, zeros: [&str; 2]) -> bool {
        let limit = self.operands.rsplit(',').next().unwrap_or_default().trim();
        (limit.starts_with("0f") || limit.starts_with("0d")) && !zeros.contains(&limit)
    }

    /// `cvt.<rounding>.<to>.<from>`.
    fn is_exact_conversion(&self) -> bool {
        let [.., to, from] = self.words[..] else { return false };
        match (is_float(to), is_float(from)) {
            // to a whole number in the same type
            (true, true) if to == from => ["rni", "rmi", "rzi"].iter().any(|r| self.has(r)),
            // wider, which is exact; narrower, to nearest
            (true, true) => (to, from) == ("f64", "f32") || self.has("rn"),
            (true, false) => self.has("rn"),
            (false, _) => self.has("rzi"),
        }
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
        max.f32 %f1, %f2, 0f00000000;
        min.f64 %fd1, %fd2, 0d3FF0000000000000;
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
        "min.f32 %f1, %f2, 0f00000000",
        "max.f64 %f1, %f2, 0d8000000000000000",
        "cvt.rz.f32.s32",
        "cvt.rni.s32.f32",
        "cvt.f32.f64",
        "red.global.add.f32",
        "atom.global.add.f64",
        "call.uni",
    ] {
        let bad = if bad.contains(' ') { bad.to_owned() } else { format!("{bad} %f1, %f2") };
        assert_eq!(wrong(&format!("  @%p1 {bad};")), [bad]);
    }
}
