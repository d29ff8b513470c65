// What a sheet of vertices adds: regions of which connections know, and neighbours. An item of a
// vertex reads what regions and neighbours had before the launch; regions follow in launches of their
// own. What vertices show lies in two arrays that launches read and write in turn.

// Whether the launch of a step that begins with this stage reads the second array.
INLINE bool sheet_flip(const u64 step, const u32 first)
{
    return ((step * PARTS + (PARTS > 1 ? first : 0)) & 1) != 0;
}

// What a vertex receives of its region.
INLINE void sheet_receive(const real *restrict numbers, const u32 *restrict at,
                          const u32 node, const u32 regions, const u32 lane, const u32 lanes,
                          const real *restrict arrived, const real *restrict means,
                          real *c)
{
    const u64 i = (u64)node * lanes + lane, places = (u64)regions * lanes;
    real sums[ROOM(NUMBERS)], mean_of[ROOM(COUPLED)];
    for (u32 k = 0; k < NUMBERS; ++k)
        sums[k] = arrived[k * places + i];
    for (u32 k = 0; k < COUPLED; ++k)
        mean_of[k] = means[k * places + i];
    receive_of(KNOWN_HERE, sums, mean_of, c);
}

// What its neighbours add to that.
INLINE void sheet_near(const u32 node, const u32 nodes, const u32 lane, const u32 lanes,
                       const u32 *restrict counts, const u32 *restrict wires,
                       const real *restrict weights, const real *restrict seen,
                       real *c)
{
    if (!LOCAL_COUPLING)
        return;
    for (u32 k = 0; k < COUPLED; ++k) {
        real sum;
        term((real)0, (real)1, c[input_of(k)], &sum);
        for (u32 e = 0; e < counts[2 * node + 1]; ++e) {
            const u64 edge = (u64)e * nodes + node;
            const u64 from = ((u64)k * nodes + wires[2 * edge]) * lanes + lane;
            term(sum, weights[edge], seen[from], &sum);
        }
        c[input_of(k)] = sum;
    }
}
