// Looks for NaN and infinities in the state of all neurons.

// All bits of an exponent are set in infinities and NaN alone.
INLINE bool is_finite(const f32 x) { return (__float_as_int(x) & 0x7F800000) != 0x7F800000; }
INLINE bool is_finite(const f64 x)
{
    return (__double_as_longlong(x) & 0x7FF0000000000000) != 0x7FF0000000000000;
}

extern "C" __global__ void check(u64 *clock, const struct piece *restrict pieces,
                                 const u32 n_pieces, const real *restrict state)
{
    for (u32 piece = 0; piece < n_pieces; ++piece) {
        const struct piece *p = pieces + piece;
        for (u64 slot = 0; slot < p->states; ++slot) {
            const real *values = state + p->state + slot * p->flat;
            for (u64 i = blockIdx.x * blockDim.x + threadIdx.x; i < p->live;
                 i += gridDim.x * blockDim.x) {
                if (!is_finite(values[i]))
                    clock[CLOCK_NOT_FINITE] = 1;
            }
        }
    }
}
