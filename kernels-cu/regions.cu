// Regions of a sheet: means of what their vertices show, what they send, and what arrives at them.

// Own values of vertices in the first state.
extern "C" __global__ void sheet_begin(const u32 nodes, const u32 lanes, const real *restrict state,
                    u32 *restrict doomed, real *restrict shown)
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
extern "C" __global__ void sheet_send(const u32 end, const u32 nodes, const u32 regions,
                    const u32 lanes,
                    const real *restrict numbers, const u32 *restrict at,
                    const u32 *restrict begins, const u32 *restrict members,
                    const real *restrict shares, const u32 *restrict rings,
                    const u32 *restrict heads, const real *restrict show_a,
                    const real *restrict show_b, const u64 *restrict clock,
                    const u64 *restrict stopped, u32 *restrict doomed,
                    real *restrict means, real *restrict ring,
                    real *restrict now)
{
    const u64 i = ITEM, places = (u64)regions * lanes;
    if (i >= places)
        return;
    const u32 node = (u32)(i / lanes), lane = (u32)(i % lanes);
    if (stopped[lane] != RUNS)
        return;
    real own[ROOM(COUPLED)], sent[ROOM(NUMBERS)];
    const bool first_array = end == 0 || sheet_flip(clock[0], end - 1);
    const real *restrict shown = first_array ? show_a : show_b;
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
extern "C" __global__ void sheet_arrive(const u32 stage, const u32 regions, const u32 lanes,
                    const u32 *restrict counts, const u32 *restrict wires,
                    const real *restrict weights, const u32 *restrict rings,
                    const u32 *restrict heads, const real *restrict ring,
                    real *restrict late, const real *restrict now,
                    real *restrict arrived)
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
