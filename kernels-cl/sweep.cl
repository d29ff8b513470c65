// Every primitive on every row of operands: `sweep_row` is generated.

__kernel void sweep(GLOBAL const u64 *in, GLOBAL u64 *out, const u32 rows)
{
    for (u32 i = (u32)get_global_id(0); i < rows; i += (u32)get_global_size(0))
        sweep_row(in + (u64)i * SWEEP_ARGS, out + (u64)i * SWEEP_OUTPUTS);
}
