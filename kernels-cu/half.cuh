// 16-bit floats, in which weights and state may be stored. Reading is exact, writing rounds to
// nearest, ties to even. The OpenCL twin is kernels-cl/half.cl.

INLINE f32 load_f16(const u16 *from, const u64 i)
{
    f32 x;
    asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(from[i]));
    return x;
}

INLINE void store_f16(u16 *to, const u64 i, const f32 x)
{
    u16 nearest;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(nearest) : "f"(x));
    to[i] = nearest;
}

INLINE f32 load_bf16(const u16 *from, const u64 i)
{
    return __uint_as_float((u32)from[i] << 16);
}

// A carry out of the digits is the next power of two, and beyond the last one infinity.
INLINE void store_bf16(u16 *to, const u64 i, const f32 x)
{
    const u32 bits = __float_as_uint(x);
    const u32 nearest = (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
    to[i] = (u16)((bits & 0x7FFFFFFFu) > 0x7F800000u ? bits >> 16 | 0x40u : nearest);
}
