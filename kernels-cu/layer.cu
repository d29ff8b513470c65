// Takes the neurons of a layer through steps, forwards and backwards. An item is a neuron of an item
// of the batch: what it carries from step to step stays in registers. All arithmetic is generated:
// CHARGE steps a neuron, BACK takes it back, SLOPE is the surrogate; STATE names what it carries.
// `base` is the step of the first row of potentials.

// Neurons are noted step by step, in a step number by number.
#define WATCH(of, which, x)                                                                        \
    if (!is_finite(x))                                                                             \
        note(highest, marks, found, slot, i, (step * of + which) * width + (u32)i, x);

extern "C" __global__ void layer_forward(const u32 width, const u32 first, const u32 end, const u32 base,
                            const real *restrict consts, const real *restrict x,
                            real *restrict state, real *restrict spikes,
                            real *restrict after, real *restrict potentials,
                            const u32 slot, u32 *restrict highest,
                            u32 *restrict marks, real *restrict found)
{
    const u64 i = ITEM;
    if (i >= width)
        return;
    real v = state[i];
    LOAD_HIDDEN(state)
    for (u32 t = first; t < end; ++t) {
        const u64 at = (u64)t * width + i;
        real h;
        bool spike;
        CHARGE
        if (spikes)
            spikes[at] = spike ? (real)1 : (real)0;
        if (after)
            after[at] = v;
        if (potentials)
            potentials[at - (u64)base * width] = h;
        const u32 step = t;
        WATCH(WATCHED, 0, h)
        WATCH_HIDDEN
    }
    state[i] = v;
    STORE_HIDDEN(state)
}

// `kept` is the potential before the step `first`; `carried` are derivatives by the state, `learned`
// sums over neurons' steps.
extern "C" __global__ void layer_backward(const u32 width, const u32 first, const u32 end, const u32 base,
                             const real *restrict consts,
                             const real *restrict potentials,
                             const real *restrict kept, const real *restrict x,
                             const real *restrict by_spikes,
                             const real *restrict by_v, real *restrict carried,
                             real *restrict learned, real *restrict by_x,
                             const u32 steps, const u32 slot, u32 *restrict highest,
                            u32 *restrict marks, real *restrict found)
{
    const u64 i = ITEM;
    if (i >= width)
        return;
    real carry = carried[i];
    LOAD_HIDDEN(carried)
    LOAD_LEARNED
    for (u32 t = end; t-- > first;) {
        const u64 at = (u64)t * width + i;
        const bool settled = t == first;
        const u64 row = at - (u64)base * width;
        const real h = potentials[row];
        const real before = settled ? kept[i] : potentials[row - width];
        const real input = x ? x[at] : (real)0;
        const real by_spike = by_spikes ? by_spikes[at] : (real)0;
        const real by_after = by_v ? by_v[at] : (real)0;
        real slope, out;
        SLOPE
        BACK
        by_x[at] = out;
        const u32 step = steps - 1 - t;
        WATCH(2u, 0, out)
        WATCH(2u, 1, carry)
    }
    carried[i] = carry;
    STORE_HIDDEN(carried)
    STORE_LEARNED
}
