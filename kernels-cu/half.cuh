// 16-bit floats, in which weights and state may be stored. Reading is exact, writing rounds to
// nearest, ties to even. The OpenCL twin is kernels-cl/half.cl.

// The bits of a float in the place they have in one of 32 bits, and what is missing in the exponent.
INLINE f32 load_f16(const u16 *from, const u64 i)
{
    const u32 bits = from[i];
    const u32 sign = (bits & 0x8000u) << 16, size = bits & 0x7FFFu;
    const u32 finite = __float_as_uint(__fmul_rn(__uint_as_float(size << 13), 0x1p112f));
    return __uint_as_float(sign | (size < 0x7C00u ? finite : size << 13 | 0x7F800000u));
}

INLINE void store_f16(u16 *to, const u64 i, const f32 x)
{
    const u32 bits = __float_as_uint(x);
    const u32 sign = bits >> 16 & 0x8000u, size = bits & 0x7FFFFFFFu;
    u32 nearest;
    if (size >= 0x47800000u) // 2^16
        nearest = size > 0x7F800000u ? 0x7E00u : 0x7C00u;
    else if (size < 0x38800000u) // 2^-14: the last place of a sum with one half is 2^-24
        nearest = __float_as_uint(__fadd_rn(__uint_as_float(size), 0.5f)) - 0x3F000000u;
    else // a carry out of the digits is the next power of two, and beyond the last one infinity
        nearest = (size - 0x38000000u + 0xFFFu + (size >> 13 & 1u)) >> 13;
    to[i] = (u16)(sign | nearest);
}

INLINE f32 load_bf16(const u16 *from, const u64 i)
{
    return __uint_as_float((u32)from[i] << 16);
}

INLINE void store_bf16(u16 *to, const u64 i, const f32 x)
{
    const u32 bits = __float_as_uint(x);
    const u32 nearest = (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
    to[i] = (u16)((bits & 0x7FFFFFFFu) > 0x7F800000u ? bits >> 16 | 0x40u : nearest);
}
