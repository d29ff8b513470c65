// Advances the neurons of a kind by one step and files their spikes.
//
// 64 neurons are a group, which shares 16 blocks of random words per draw: an item serves the
// elements e, e + 16, e + 32 and e + 48 of a group in one lane. What a step of a neuron is, and
// which words it takes, is the generated `advance`.

// A spike goes to the slot of this step, for delivery, and to the record. Their order is free: sums
// are integers, and whoever reads a record sorts it.
INLINE void file_spike(GLOBAL const struct piece *p, const u32 id, const u32 slot, const u64 since,
                       GLOBAL u32 *counts, GLOBAL u32 *ring,
                       GLOBAL u32 *recorded, GLOBAL u64 *record)
{
    ring[p->ring + slot * p->live + atomic_inc(counts + p->counts + slot)] = id;
    record[p->record + atomic_inc(recorded)] = since << 32 | id;
}

__kernel __attribute__((reqd_work_group_size(UPDATE_ITEMS, 1, 1)))
void update(GLOBAL const u64 *restrict clock, GLOBAL const struct piece *restrict pieces,
            const u32 first_piece, const u32 end_piece, GLOBAL const u64 *restrict keys,
            GLOBAL real *restrict state, GLOBAL sum_t *restrict sums,
            GLOBAL const real *restrict each, GLOBAL const real *restrict params,
            GLOBAL const u64 *restrict drives, GLOBAL const u32 *restrict poisson,
            GLOBAL const real *restrict base, GLOBAL const u32 *restrict now,
            GLOBAL u32 *restrict counts, GLOBAL u32 *restrict ring,
            GLOBAL u32 *restrict recorded, GLOBAL u64 *restrict record)
{
    const u64 t = clock[CLOCK_NOW];
    const u64 since = t - clock[CLOCK_DRAINED];
    const u32 work_group = (u32)get_group_id(0);
    u32 piece = first_piece;
    while (piece + 1 < end_piece && pieces[piece + 1].first_group <= work_group)
        ++piece;
    GLOBAL const struct piece *p = pieces + piece;
    const u32 first_item = (work_group - (u32)p->first_group) * UPDATE_ITEMS;
    const u32 slot = now[piece];
#define GROUP_OF(item) ((item) / (16u * BATCH))
#define FLAT_OF(item) (GROUP_OF(item) * (64u * BATCH) + (item) % (16u * BATCH))
#define FILE_SPIKE(at)                                                                             \
    if ((at) < p->live)                                                                            \
    file_spike(p, (u32)(p->first * BATCH + (at)), slot, since, counts, ring, recorded + piece,     \
               record)
#if OWNED
    LOCAL u32 flags[UPDATE_ITEMS];
#endif
    u32 spikes = 0;
    const u32 item = first_item + (u32)get_local_id(0);
    const u32 flat = FLAT_OF(item);
    if (flat < p->flat && !clock[CLOCK_HALTED]) {
        const u32 element = GROUP_OF(item) * 64u + item % (16u * BATCH) / BATCH;
#if DRAWS
        const u64 key = keys[item % BATCH];
        const u32 block = ((u32)p->first >> 6) * 16u + GROUP_OF(item) * 16u + element % 16u;
#define DRAW_BLOCK(n, a, b, c, d)                                                                  \
    philox_block((u32)key, (u32)(key >> 32), (u32)t, (u32)(t >> 32) << 16 | (n), (u32)p->stream,   \
                 block, a, b, c, d)
        DRAW_WORDS(DRAW_BLOCK)
#endif
#define ADVANCE(j)                                                                                 \
    advance(p, flat + j * 16u * BATCH, element + j * 16u, state + p->state, sums + p->sums,        \
            each + p->each, params + p->params, drives + 2 * p->drives, poisson,                   \
            base[piece] DRAWN(j))
        spikes = ADVANCE(0) | ADVANCE(1) << 1 | ADVANCE(2) << 2 | ADVANCE(3) << 3;
    }
#if OWNED
    flags[get_local_id(0)] = spikes;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (get_local_id(0) == 0) {
        u32 any = 0;
        for (u32 i = 0; i < UPDATE_ITEMS; ++i)
            any |= flags[i];
        if (any) {
            for (u32 i = 0; i < UPDATE_ITEMS; ++i) {
                const u32 at = FLAT_OF(first_item + i);
                for (u32 j = 0; j < 4; ++j) {
                    if (flags[i] >> j & 1u)
                        FILE_SPIKE(at + j * 16u * BATCH);
                }
            }
        }
    }
#else
    for (u32 j = 0; j < 4; ++j) {
        if (spikes >> j & 1u)
            FILE_SPIKE(flat + j * 16u * BATCH);
    }
#endif
}
