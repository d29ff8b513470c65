// Looks for NaN and infinities in the state of all neurons.

__kernel void check(GLOBAL u64 *clock, GLOBAL const struct piece *pieces, const u32 n_pieces,
                    GLOBAL const real *state, GLOBAL const u16 *narrow)
{
    for (u32 piece = 0; piece < n_pieces; ++piece) {
        GLOBAL const struct piece *p = pieces + piece;
        for (u64 slot = 0; slot < p->states; ++slot) {
            const u64 first = p->state + slot * p->flat;
            for (u64 i = get_global_id(0); i < p->live; i += get_global_size(0)) {
                const bool finite = p->infinite
                    ? (narrow[first + i] & p->infinite) != p->infinite
                    : IS_FINITE(state[first + i]);
                if (!finite)
                    clock[CLOCK_NOT_FINITE] = 1;
            }
        }
    }
}
