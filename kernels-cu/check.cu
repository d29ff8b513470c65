// Looks for NaN and infinities in the state of all neurons.

extern "C" __global__ void check(u64 *clock, const struct piece *restrict pieces,
                                 const u32 n_pieces, const real *restrict state,
                                 const u16 *restrict narrow)
{
    for (u32 piece = 0; piece < n_pieces; ++piece) {
        const struct piece *p = pieces + piece;
        for (u64 slot = 0; slot < p->states; ++slot) {
            const u64 first = p->state + slot * p->flat;
            for (u64 i = blockIdx.x * blockDim.x + threadIdx.x; i < p->live;
                 i += gridDim.x * blockDim.x) {
                const bool finite = p->infinite
                    ? (narrow[first + i] & p->infinite) != p->infinite
                    : is_finite(state[first + i]);
                if (!finite)
                    clock[CLOCK_NOT_FINITE] = 1;
            }
        }
    }
}
