// Looks for NaN and infinities in the state of all neurons.

__kernel void check(GLOBAL u64 *clock, GLOBAL const struct piece *pieces, const u32 n_pieces,
                    GLOBAL const real *state)
{
    for (u32 piece = 0; piece < n_pieces; ++piece) {
        GLOBAL const struct piece *p = pieces + piece;
        for (u64 slot = 0; slot < p->states; ++slot) {
            GLOBAL const real *values = state + p->state + slot * p->flat;
            for (u64 i = get_global_id(0); i < p->live; i += get_global_size(0)) {
                // infinity minus itself is NaN, and NaN equals nothing
                const real difference = values[i] - values[i];
                if (!(difference == 0))
                    clock[CLOCK_NOT_FINITE] = 1;
            }
        }
    }
}
