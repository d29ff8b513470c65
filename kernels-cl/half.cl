// 16-bit floats, in which weights and state may be stored. Reading is exact, writing rounds to
// nearest, ties to even; nothing here needs cl_khr_fp16.

INLINE f32 load_f16(GLOBAL const u16 *from, const u64 i)
{
    return vload_half(i, (GLOBAL const half *)from);
}

INLINE void store_f16(GLOBAL u16 *to, const u64 i, const f32 x)
{
    vstore_half_rte(x, i, (GLOBAL half *)to);
}

INLINE f32 load_bf16(GLOBAL const u16 *from, const u64 i)
{
    return as_float((u32)from[i] << 16);
}

// A carry out of the digits is the next power of two, and beyond the last one infinity.
INLINE void store_bf16(GLOBAL u16 *to, const u64 i, const f32 x)
{
    const u32 bits = as_uint(x);
    const u32 nearest = (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
    to[i] = (u16)(isnan(x) ? bits >> 16 | 0x40u : nearest);
}
