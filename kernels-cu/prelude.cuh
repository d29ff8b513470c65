// What every CUDA C++ source of isospike begins with: types, zeros, random words. It needs no
// header. The OpenCL twin is kernels-cl/prelude.cl. Generated code names the rounding of every
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

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC '11,
// doi:10.1145/2063384.2063405): a counter and a key in, four random words out.
__device__ __forceinline__ uint4 isospike_philox(uint4 counter, uint2 key)
{
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const u32 hi0 = __umulhi(counter.x, 0xD2511F53u);
        const u32 lo0 = counter.x * 0xD2511F53u;
        const u32 hi1 = __umulhi(counter.z, 0xCD9E8D57u);
        const u32 lo1 = counter.z * 0xCD9E8D57u;
        counter = make_uint4(hi1 ^ counter.y ^ key.x, lo1, hi0 ^ counter.w ^ key.y, lo0);
        key = make_uint2(key.x + 0x9E3779B9u, key.y + 0xBB67AE85u);
    }
    return counter;
}

// The four words of a block: of the elements e, e + 16, e + 32 and e + 48 for which
// block == (e >> 6) * 16 + (e & 15) and e has neither bit 4 nor bit 5. `draw` is purpose << 10 | n.
__device__ __forceinline__ uint4 isospike_block(u64 key, u64 step, u32 draw, u32 stream, u32 block)
{
    const u32 low = (u32)step;
    const u32 high = (u32)(step >> 32) << 16 | draw;
    return isospike_philox(make_uint4(block, low, high, stream), make_uint2((u32)key, (u32)(key >> 32)));
}

// One random word: isospike_lane::random::word.
__device__ __forceinline__ u32 isospike_word(u64 key, u64 step, u32 draw, u32 stream, u32 element)
{
    const u32 block = (element >> 6) * 16u + (element & 15u);
    const uint4 words = isospike_block(key, step, draw, stream, block);
    const u32 even = (element & 32u) ? words.z : words.x;
    const u32 odd = (element & 32u) ? words.w : words.y;
    return (element & 16u) ? odd : even;
}
