// What every CUDA C++ source of isospike begins with: types and zeros. It needs no header. The
// OpenCL twin is kernels-cl/prelude.cl. Generated code names the rounding of every
// operation (__fadd_rn, __fdiv_rn, ...), so that it needs no macros here.

typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
typedef float f32;
typedef double f64;

// A zero of which the compiler does not know that it is one. NVRTC 12.9 makes a minimum of
// `x < 0 ? x : 0`, and the minimum of -0 and +0 is -0, where the choice is +0.
__device__ __forceinline__ f32 isospike_zero(f32 zero)
{
    asm("" : "+f"(zero));
    return zero;
}
__device__ __forceinline__ f64 isospike_zero(f64 zero)
{
    asm("" : "+d"(zero));
    return zero;
}
