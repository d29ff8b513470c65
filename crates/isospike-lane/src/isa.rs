//! One inlined computation, compiled for several instruction sets and picked at run time.
//!
//! The instruction set changes speed only: no kernel may contain a fused or approximate operation,
//! and the compiler adds none (rustc never contracts `a * b + c`).

/// An instruction set a kernel can be compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// What every machine of the architecture has (SSE2 on x86-64, NEON on AArch64).
    Baseline,
    /// AVX2, 256-bit.
    Avx2,
    /// AVX-512 F, BW, DQ and VL, 512-bit.
    Avx512,
}

impl Isa {
    /// All instruction sets, weakest first.
    pub const ALL: [Isa; 3] = [Isa::Baseline, Isa::Avx2, Isa::Avx512];

    /// The strongest instruction set of this machine.
    pub fn detect() -> Isa {
        *Isa::ALL.iter().rfind(|i| i.available()).expect("the baseline is always available")
    }

    /// Whether this machine can run it.
    #[inline]
    pub fn available(self) -> bool {
        match self {
            Isa::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// Its name on the command line and in summaries.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Baseline => "baseline",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }
}

/// A computation generic over the vector width. `run` must be `#[inline(always)]`, and so must
/// everything hot that it calls: only inlined code takes on the instruction set of its caller.
pub trait Kernel {
    /// What it returns.
    type Output;
    /// The computation, N lanes at a time.
    fn run<const N: usize>(self) -> Self::Output;
}

/// Runs a kernel with the given instruction set; falls back to the baseline where it is not
/// available.
#[inline]
pub fn dispatch<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2<K: Kernel>(k: K) -> K::Output {
            k.run::<8>()
        }
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        fn avx512<K: Kernel>(k: K) -> K::Output {
            k.run::<16>()
        }
        match isa {
            // SAFETY: the features were detected on this machine.
            Isa::Avx512 if isa.available() => return unsafe { avx512(kernel) },
            // SAFETY: as above.
            Isa::Avx2 if isa.available() => return unsafe { avx2(kernel) },
            _ => {}
        }
    }
    let _ = isa;
    kernel.run::<8>()
}
