// Takes nodes of a network of neural masses through a step. An item is a node in a lane; the lanes
// of a node lie side by side: `[row][node][lane]`. All arithmetic is generated; what is here moves
// data.
//
// What a node sends is kept in a ring: slot `head` holds what is sent in the state that a step
// begins with. A ring has two slots more than its longest delay, so that what a step writes, one
// slot further, is read by nobody meanwhile. Edges of a node lie `[edge][node]`, those with a delay
// first.

#define RUNS 0xFFFFFFFFFFFFFFFFul

// Whether a node sends something that is not finite, in any of its numbers.
INLINE bool wild(const real *x, const u32 n)
{
    bool found = false;
    for (u32 k = 0; k < n; ++k)
        found = found || !IS_FINITE(x[k]);
    return found;
}

// Adds what arrives over some edges, as of `ahead` steps later.
INLINE void arrive(real *sums, const u32 first, const u32 end, const u32 ahead, const u32 node,
                   const u32 nodes, const u32 lane, const u32 lanes,
                   GLOBAL const u32 *restrict wires, GLOBAL const real *restrict weights,
                   GLOBAL const u32 *restrict rings, GLOBAL const u32 *restrict heads,
                   GLOBAL const real *restrict ring)
{
    for (u32 e = first; e < end; ++e) {
        const u64 at = (u64)e * nodes + node;
        const u32 from = wires[2 * at], lag = wires[2 * at + 1] - ahead;
        const u32 head = heads[from];
        const u32 back = head < lag ? head + rings[2 * from + 1] - lag : head - lag;
        const u64 slot = (u64)(rings[2 * from] + back) * NUMBERS;
        const real w = weights[at];
        for (u32 k = 0; k < NUMBERS; ++k)
            term(sums[k], w, ring[(slot + k) * lanes + lane], &sums[k]);
    }
}

// The same of what nodes send within a step.
INLINE void arrive_now(real *sums, const u32 first, const u32 end, const u32 node, const u32 nodes,
                       const u32 lane, const u32 lanes, GLOBAL const u32 *restrict wires,
                       GLOBAL const real *restrict weights, GLOBAL const real *restrict now)
{
    for (u32 e = first; e < end; ++e) {
        const u64 at = (u64)e * nodes + node;
        const u64 from = (u64)wires[2 * at] * lanes + lane;
        for (u32 k = 0; k < NUMBERS; ++k)
            term(sums[k], weights[at], now[(u64)k * nodes * lanes + from], &sums[k]);
    }
}

// Puts what a node sends into a slot of its ring.
INLINE void keep(const real *sent, const u64 slot, const u32 lane, const u32 lanes,
                 GLOBAL real *restrict ring)
{
    for (u32 k = 0; k < NUMBERS; ++k)
        ring[(slot * NUMBERS + k) * lanes + lane] = sent[k];
}

// What arrives at a node for a stage of a step: sums over edges, those with a delay first. Where
// later stages look at others, sums over delayed edges of the next step are there before it begins.
INLINE void collect(real *sums, const u32 stage, const u32 node, const u32 nodes, const u32 lane,
                    const u32 lanes, GLOBAL const u32 *restrict counts,
                    GLOBAL const u32 *restrict wires, GLOBAL const real *restrict weights,
                    GLOBAL const u32 *restrict rings, GLOBAL const u32 *restrict heads,
                    GLOBAL const real *restrict ring, GLOBAL real *restrict late,
                    GLOBAL const real *restrict now)
{
    const u32 delayed = counts[2 * node], all = counts[2 * node + 1];
    const u64 i = (u64)node * lanes + lane, places = (u64)nodes * lanes;
    for (u32 k = 0; k < NUMBERS; ++k)
        sums[k] = LATE && stage != 1 ? late[k * places + i] : (real)0;
    if (stage == 0) {
        arrive(sums, LATE ? delayed : 0, all, 0, node, nodes, lane, lanes, wires, weights, rings,
               heads, ring);
        return;
    }
    if (LATE && stage == 1) {
        arrive(sums, 0, delayed, 1, node, nodes, lane, lanes, wires, weights, rings, heads, ring);
        for (u32 k = 0; k < NUMBERS; ++k)
            late[k * places + i] = sums[k];
    }
    if (INSTANT)
        arrive_now(sums, delayed, all, node, nodes, lane, lanes, wires, weights,
                   now + (stage & 1) * NUMBERS * places);
}

// From the drift d of a stage to what the next one begins with, or to the next state.
INLINE void combine(KNOWN, const u32 stage, const real *x, const real *d, const real *add,
                    real *kept, real *y)
{
    for (u32 k = 0; k < VARIABLES; ++k) {
        bool noisy = NOISY;
#if SCHEME == TRAPEZOIDAL
        const real last = y[k];
#endif
#if SCHEME == RUNGE_KUTTA_4
        noisy = noisy && stage == 3;
        if (stage == 0)
            kept[k] = d[k];
        else if (stage < 3)
            twice(kept[k], d[k], &kept[k]);
        else
            plus(kept[k], d[k], &kept[k]);
        along(x[k], stage < 2 ? HALF : stage == 2 ? DT : SIXTH, stage < 3 ? d[k] : kept[k], &y[k]);
#elif SCHEME == EULER
        along(x[k], DT, d[k], &y[k]);
#else
        if (stage == 0) {
            kept[k] = d[k];
            along(x[k], DT, d[k], &y[k]);
        } else {
            mean(x[k], HALF, kept[k], d[k], &y[k]);
        }
#endif
        if (noisy)
            plus(y[k], add[k], &y[k]);
        bound_of(KNOWN_HERE, k, &y[k]);
#if SCHEME == TRAPEZOIDAL
        if (stage > 0)
            relaxed(last, y[k], &y[k]);
#endif
    }
}

// Stages `first` to `end` of a step. Before another one, nodes say what they send meanwhile; on a
// sheet vertices show their own values, and regions do the rest.
__kernel void mass_step(const u32 first, const u32 end, const u32 nodes, const u32 lanes,
#if SHEET
                    const u32 regions,
#endif
                    GLOBAL const real *restrict numbers, GLOBAL const u32 *restrict at,
                    GLOBAL const u32 *restrict keys, GLOBAL real *restrict state,
                    GLOBAL real *restrict work, GLOBAL u64 *restrict clock,
                    GLOBAL const u64 *restrict stopped, GLOBAL u32 *restrict doomed,
#if SHEET
                    GLOBAL const u32 *restrict region,
                    GLOBAL const u32 *restrict near_counts, GLOBAL const u32 *restrict near_wires,
                    GLOBAL const real *restrict near_weights, GLOBAL const real *restrict arrived,
                    GLOBAL const real *restrict means, GLOBAL real *restrict show_a,
                    GLOBAL real *restrict show_b)
#else
                    GLOBAL const u32 *restrict counts, GLOBAL const u32 *restrict wires,
                    GLOBAL const real *restrict weights, GLOBAL const u32 *restrict rings,
                    GLOBAL const u32 *restrict heads, GLOBAL real *restrict ring,
                    GLOBAL real *restrict late, GLOBAL real *restrict now)
#endif
{
    const u64 i = ITEM, places = (u64)nodes * lanes;
    if (i == 0 && end == STAGES)
        clock[1] = clock[0] + 1;
    if (i >= places)
        return;
    const u32 node = (u32)(i / lanes), lane = (u32)(i % lanes);
    if (stopped[lane] != RUNS)
        return;
    real x[VARIABLES], y[VARIABLES], d[VARIABLES], kept[VARIABLES], add[VARIABLES];
    real own[ROOM(COUPLED)], c[ROOM(INPUTS)];
#if !SHEET
    real sums[ROOM(NUMBERS)];
#endif
    for (u32 k = 0; k < VARIABLES; ++k) {
        x[k] = state[k * places + i];
        y[k] = first == 0 ? x[k] : work[k * places + i];
        kept[k] = first == 0 ? (real)0 : work[(VARIABLES + k) * places + i];
        add[k] = 0;
#if NOISY
        if (first > 0)
            add[k] = work[(2 * VARIABLES + k) * places + i];
#endif
    }
#if SHEET
    const bool flip = sheet_flip(clock[0], first);
    GLOBAL const real *restrict seen = flip ? show_b : show_a;
    GLOBAL real *restrict shown = flip ? show_a : show_b;
#endif
#if NOISY
    if (first == 0)
        noise_of(KNOWN_HERE, nodes, keys, clock[0], x, add);
#endif
    for (u32 stage = first; stage < end; ++stage) {
        if (stage == 0 || AGAIN) {
#if SHEET
            sheet_receive(numbers, at, region[node], regions, lane, lanes, arrived, means, c);
            sheet_near(node, nodes, lane, lanes, near_counts, near_wires, near_weights, seen, c);
#else
            own_of(y, own);
            collect(sums, stage, node, nodes, lane, lanes, counts, wires, weights, rings, heads,
                    ring, late, now);
            receive_of(KNOWN_HERE, sums, own, c);
#endif
        }
        drift_of(KNOWN_HERE, y, c, d);
        combine(KNOWN_HERE, stage, x, d, add, kept, y);
    }
    own_of(y, own);
#if SHEET
    for (u32 k = 0; k < COUPLED; ++k)
        shown[k * places + i] = own[k];
    const bool lost = wild(own, COUPLED);
#else
    real sent[ROOM(NUMBERS)];
    send_of(KNOWN_HERE, own, sent);
    const bool lost = wild(sent, NUMBERS);
#endif
    if (lost || (end == STAGES && wild(y, VARIABLES)))
        doomed[lane] = 1;
    if (end < STAGES) {
        for (u32 k = 0; k < VARIABLES; ++k) {
            work[k * places + i] = y[k];
            work[(VARIABLES + k) * places + i] = kept[k];
            if (NOISY)
                work[(2 * VARIABLES + k) * places + i] = add[k];
        }
#if !SHEET
        for (u32 k = 0; k < NUMBERS; ++k)
            now[((u64)(end & 1) * NUMBERS + k) * places + i] = sent[k];
#endif
        return;
    }
    for (u32 k = 0; k < VARIABLES; ++k)
        state[k * places + i] = y[k];
#if !SHEET
    const u32 slots = rings[2 * node + 1];
    if (slots > 0)
        keep(sent, (u64)rings[2 * node] + (heads[node] + 1) % slots, lane, lanes, ring);
#endif
}

// What a node sends in the first state; it was the same before. (Regions of a sheet: `sheet_send`.)
__kernel void mass_begin(const u32 nodes, const u32 lanes, GLOBAL const real *restrict numbers,
                    GLOBAL const u32 *restrict at, GLOBAL const u32 *restrict rings,
                    GLOBAL real *restrict ring, GLOBAL const real *restrict state,
                    GLOBAL u32 *restrict doomed)
{
    const u64 i = ITEM, places = (u64)nodes * lanes;
    if (i >= places)
        return;
    const u32 node = (u32)(i / lanes), lane = (u32)(i % lanes);
    real x[VARIABLES], own[ROOM(COUPLED)], sent[ROOM(NUMBERS)];
    for (u32 k = 0; k < VARIABLES; ++k)
        x[k] = state[k * places + i];
    own_of(x, own);
    send_of(KNOWN_HERE, own, sent);
    if (wild(sent, NUMBERS))
        doomed[lane] = 1;
    for (u32 slot = 0; slot < rings[2 * node + 1]; ++slot)
        keep(sent, (u64)rings[2 * node] + slot, lane, lanes, ring);
}

// Sums over edges with a delay, for the first step.
__kernel void mass_sums(const u32 nodes, const u32 lanes, GLOBAL const u32 *restrict counts,
                    GLOBAL const u32 *restrict wires, GLOBAL const real *restrict weights,
                    GLOBAL const u32 *restrict rings, GLOBAL const u32 *restrict heads,
                    GLOBAL const real *restrict ring, GLOBAL real *restrict late)
{
    const u64 i = ITEM, places = (u64)nodes * lanes;
    if (i >= places)
        return;
    const u32 node = (u32)(i / lanes), lane = (u32)(i % lanes);
    real sums[ROOM(NUMBERS)];
    for (u32 k = 0; k < NUMBERS; ++k)
        sums[k] = 0;
    arrive(sums, 0, counts[2 * node], 0, node, nodes, lane, lanes, wires, weights, rings, heads,
           ring);
    for (u32 k = 0; k < NUMBERS; ++k)
        late[k * places + i] = sums[k];
}

// After each step: lanes that are no more finite stop, and rings go on. An item is a lane and a
// node. The step writes one word of the clock and this one the other, so that both can read.
__kernel void mass_tick(const u32 nodes, const u32 lanes, GLOBAL const u32 *restrict rings,
                    GLOBAL u32 *restrict heads, GLOBAL u64 *restrict clock,
                    GLOBAL u64 *restrict stopped, GLOBAL const u32 *restrict doomed)
{
    const u64 i = ITEM, done = clock[1];
    if (i == 0)
        clock[0] = done;
    if (i < lanes && doomed[i] && stopped[i] == RUNS)
        stopped[i] = done;
    if (i < nodes && rings[2 * i + 1] > 0)
        heads[i] = (heads[i] + 1) % rings[2 * i + 1];
}

// Looks at a variable, or at the difference of two, once in `every` steps or at the mean of so
// many: row after row of `rows`, which has room for so many.
__kernel void mass_look(const u32 nodes, const u32 lanes, const u32 variable, const u32 minus,
                    const u32 every, const u32 is_mean, const u32 room,
                    GLOBAL const real *restrict factor, GLOBAL const u64 *restrict clock,
                    GLOBAL const u64 *restrict stopped, GLOBAL const real *restrict state,
                    GLOBAL real *restrict sums, GLOBAL real *restrict rows)
{
    const u64 i = ITEM, places = (u64)nodes * lanes;
    if (i >= places)
        return;
    const u64 done = clock[0];
    real x = state[variable * places + i];
    if (minus < VARIABLES)
        less(x, state[minus * places + i], &x);
    if (stopped[i % lanes] != RUNS)
        x = factor[1];
    if (is_mean) {
        plus(sums[i], x, &x);
        sums[i] = done % every == 0 ? (real)0 : x;
        times(x, factor[0], &x);
    }
    if (done % every == 0)
        rows[(done / every - 1) % room * places + i] = x;
}
