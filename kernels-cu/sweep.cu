// Every primitive on every row of operands: `sweep_row` is generated.

extern "C" __global__ void sweep(const u64 *in, u64 *out, const u32 rows)
{
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += gridDim.x * blockDim.x)
        sweep_row(in + (u64)i * SWEEP_ARGS, out + (u64)i * SWEEP_OUTPUTS);
}

// What is nearest to a float in both 16-bit formats, and how that is read.
extern "C" __global__ void sweep_half(const u32 *in, u16 *narrow, u32 *wide, const u32 rows)
{
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += gridDim.x * blockDim.x) {
        const f32 x = __uint_as_float(in[i]);
        const u64 f16 = 2 * (u64)i, bf16 = f16 + 1;
        store_f16(narrow, f16, x);
        store_bf16(narrow, bf16, x);
        wide[f16] = __float_as_uint(load_f16(narrow, f16));
        wide[bf16] = __float_as_uint(load_bf16(narrow, bf16));
    }
}
