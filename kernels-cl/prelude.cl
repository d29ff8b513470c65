// What every OpenCL C source of isospike begins with: types, the arithmetic contract, random words.
// The CUDA twin is kernels-cu/prelude.cuh.

// One rounding per operation: a * b + c stays a product and a sum.
#pragma OPENCL FP_CONTRACT OFF
#ifdef __FAST_RELAXED_MATH__
#error "isospike refuses -cl-fast-relaxed-math: results would differ from other backends"
#endif

typedef int i32;
typedef uint u32;
typedef long i64;
typedef ulong u64;
typedef float f32;
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double f64;
#endif

// Division and square root of f32, correctly rounded. OpenCL leaves a device 2.5 and 3 ulp unless it
// offers -cl-fp32-correctly-rounded-divide-sqrt. Where its own are wrong the build defines the names
// below and they go through f64. Two roundings are then as good as one: 53 >= 2 * 24 + 2.
#ifdef ISOSPIKE_DIV_F32_THROUGH_F64
#define ISOSPIKE_DIV_F32(a, b) ((f32)((f64)(a) / (f64)(b)))
#else
#define ISOSPIKE_DIV_F32(a, b) ((a) / (b))
#endif
#ifdef ISOSPIKE_SQRT_F32_THROUGH_F64
#define ISOSPIKE_SQRT_F32(a) ((f32)sqrt((f64)(a)))
#else
#define ISOSPIKE_SQRT_F32(a) sqrt(a)
#endif

// The high half of a product of u32. Compilers make one instruction of it, while the builtin of some
// libraries is a sum of products of halves.
#define mul_hi(a, b) ((u32)(((u64)(a) * (u64)(b)) >> 32))

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC '11,
// doi:10.1145/2063384.2063405): a counter and a key in, four random words out.
static inline uint4 isospike_philox(uint4 counter, uint2 key)
{
    for (int round = 0; round < 10; ++round) {
        const u32 hi0 = mul_hi(counter.x, 0xD2511F53u);
        const u32 lo0 = counter.x * 0xD2511F53u;
        const u32 hi1 = mul_hi(counter.z, 0xCD9E8D57u);
        const u32 lo1 = counter.z * 0xCD9E8D57u;
        counter = (uint4)(hi1 ^ counter.y ^ key.x, lo1, hi0 ^ counter.w ^ key.y, lo0);
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return counter;
}

// The four words of a block: of the elements e, e + 16, e + 32 and e + 48 for which
// block == (e >> 6) * 16 + (e & 15) and e has neither bit 4 nor bit 5. `draw` is purpose << 10 | n.
static inline uint4 isospike_block(u64 key, u64 step, u32 draw, u32 stream, u32 block)
{
    const u32 low = (u32)step;
    const u32 high = (u32)(step >> 32) << 16 | draw;
    return isospike_philox((uint4)(block, low, high, stream), (uint2)((u32)key, (u32)(key >> 32)));
}

// One random word: isospike_lane::random::word.
static inline u32 isospike_word(u64 key, u64 step, u32 draw, u32 stream, u32 element)
{
    const u32 block = (element >> 6) * 16u + (element & 15u);
    const uint4 words = isospike_block(key, step, draw, stream, block);
    const u32 even = (element & 32u) ? words.z : words.x;
    const u32 odd = (element & 32u) ? words.w : words.y;
    return (element & 16u) ? odd : even;
}
