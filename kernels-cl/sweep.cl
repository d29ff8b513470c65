// Every primitive on every row of operands: `sweep_row` is generated.

__kernel void sweep(GLOBAL const u64 *in, GLOBAL u64 *out, const u32 rows)
{
    for (u32 i = (u32)get_global_id(0); i < rows; i += (u32)get_global_size(0))
        sweep_row(in + (u64)i * SWEEP_ARGS, out + (u64)i * SWEEP_OUTPUTS);
}

// What is nearest to a float in both 16-bit formats, and how that is read.
__kernel void sweep_half(GLOBAL const u32 *in, GLOBAL u16 *narrow, GLOBAL u32 *wide, const u32 rows)
{
    for (u32 i = (u32)get_global_id(0); i < rows; i += (u32)get_global_size(0)) {
        const f32 x = as_float(in[i]);
        const u64 f16 = 2 * (u64)i, bf16 = f16 + 1;
        store_f16(narrow, f16, x);
        store_bf16(narrow, bf16, x);
        wide[f16] = as_uint(load_f16(narrow, f16));
        wide[bf16] = as_uint(load_bf16(narrow, bf16));
    }
}
