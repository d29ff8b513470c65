// Regions of a sheet: means of what their vertices show, what they send, and what arrives at them.

// Own values of vertices in the first state.
__kernel void sheet_begin(const u32 nodes, const u32 lanes, GLOBAL const real *restrict state,
                    GLOBAL u32 *restrict doomed, GLOBAL real *restrict shown)
{
    const u64 i = ITEM, places = (u64)nodes * lanes;
    if (i >= places)
        return;
    real x[VARIABLES], own[ROOM(COUPLED)];
    for (u32 k = 0; k < VARIABLES; ++k)
        x[k] = state[k * places + i];
    own_of(x, own);
    if (wild(own, COUPLED))
        doomed[i % lanes] = 1;
    for (u32 k = 0; k < COUPLED; ++k)
        shown[k * places + i] = own[k];
}

// The means of regions, and what they send: before all steps (`end` 0), within a step, or after it.
// Vertices of a region lie side by side in `members`, ascending, from `begins` on.
__kernel void sheet_send(const u32 end, const u32 nodes, const u32 regions, const u32 lanes,
                    GLOBAL const real *restrict numbers, GLOBAL const u32 *restrict at,
                    GLOBAL const u32 *restrict begins, GLOBAL const u32 *restrict members,
                    GLOBAL const real *restrict shares, GLOBAL const u32 *restrict rings,
                    GLOBAL const u32 *restrict heads, GLOBAL const real *restrict show_a,
                    GLOBAL const real *restrict show_b, GLOBAL const u64 *restrict clock,
                    GLOBAL const u64 *restrict stopped, GLOBAL u32 *restrict doomed,
                    GLOBAL real *restrict means, GLOBAL real *restrict ring,
                    GLOBAL real *restrict now)
{
    const u64 i = ITEM, places = (u64)regions * lanes;
    if (i >= places)
        return;
    const u32 node = (u32)(i / lanes), lane = (u32)(i % lanes);
    if (stopped[lane] != RUNS)
        return;
    real own[ROOM(COUPLED)], sent[ROOM(NUMBERS)];
    const bool first_array = end == 0 || sheet_flip(clock[0], end - 1);
    GLOBAL const real *restrict shown = first_array ? show_a : show_b;
    for (u32 k = 0; k < COUPLED; ++k) {
        real sum = 0;
        for (u32 m = begins[node]; m < begins[node + 1]; ++m)
            plus(sum, shown[((u64)k * nodes + members[m]) * lanes + lane], &sum);
        times(sum, shares[node], &own[k]);
    }
    single_of(own);
    for (u32 k = 0; k < COUPLED; ++k)
        means[k * places + i] = own[k];
    send_of(KNOWN_HERE, own, sent);
    if (wild(sent, NUMBERS))
        doomed[lane] = 1;
    const u32 first = rings[2 * node], slots = rings[2 * node + 1];
    if (end == 0) {
        for (u32 slot = 0; slot < slots; ++slot)
            keep(sent, (u64)first + slot, lane, lanes, ring);
    } else if (end < STAGES) {
        for (u32 k = 0; INSTANT && k < NUMBERS; ++k)
            now[((u64)(end & 1) * NUMBERS + k) * places + i] = sent[k];
    } else if (slots > 0) {
        keep(sent, (u64)first + (heads[node] + 1) % slots, lane, lanes, ring);
    }
}

// What arrives at regions for a stage.
__kernel void sheet_arrive(const u32 stage, const u32 regions, const u32 lanes,
                    GLOBAL const u32 *restrict counts, GLOBAL const u32 *restrict wires,
                    GLOBAL const real *restrict weights, GLOBAL const u32 *restrict rings,
                    GLOBAL const u32 *restrict heads, GLOBAL const real *restrict ring,
                    GLOBAL real *restrict late, GLOBAL const real *restrict now,
                    GLOBAL real *restrict arrived)
{
    const u64 i = ITEM, places = (u64)regions * lanes;
    if (i >= places)
        return;
    const u32 node = (u32)(i / lanes), lane = (u32)(i % lanes);
    real sums[ROOM(NUMBERS)];
    collect(sums, stage, node, regions, lane, lanes, counts, wires, weights, rings, heads, ring,
            late, now);
    for (u32 k = 0; k < NUMBERS; ++k)
        arrived[k * places + i] = sums[k];
}
