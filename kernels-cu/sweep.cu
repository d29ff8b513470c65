// Every primitive on every row of operands: `sweep_row` is generated.

extern "C" __global__ void sweep(const u64 *in, u64 *out, const u32 rows)
{
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += gridDim.x * blockDim.x)
        sweep_row(in + (u64)i * SWEEP_ARGS, out + (u64)i * SWEEP_OUTPUTS);
}
