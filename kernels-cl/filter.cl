// What filters make of the last values of a port or state slot. A filter is four words: its ring
// of values, `[step modulo steps][element][lane]`, its kernel, newest first, steps, and whether each
// value has a kernel of its own, `[age][element][lane]`.

// Takes the value of step t and gives the filtered sum, from the newest value to the oldest.
INLINE real filtered(GLOBAL const u64 *filter, const u64 t, const u64 flat, const u64 at,
                     const real x, GLOBAL const real *kernels, GLOBAL real *past)
{
    const u64 steps = filter[2];
    real sum = 0;
    if (steps == 0)
        return sum;
    const u64 own = filter[3], first = filter[1] + own * at, stride = own != 0 ? flat : 1;
    u64 slot = t % steps;
    past[filter[0] + slot * flat + at] = x;
    for (u64 k = 0; k < steps; ++k) {
        filter_term(sum, kernels[first + k * stride], past[filter[0] + slot * flat + at], &sum);
        slot = (slot == 0 ? steps : slot) - 1;
    }
    return sum;
}
