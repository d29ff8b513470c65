// Advances the neurons of a kind by one step and files their spikes.
//
// 64 neurons are a group, which shares 16 blocks of random words per draw: an item serves the
// elements e, e + 16, e + 32 and e + 48 of a group in one lane. What a step of a neuron is, and
// which words it takes, is the generated `advance`. State is stored as `state_t`.

#if LEARNS
// What plastic synapses have sent for step t: a row of accumulators per port.
#define PENDING_OF(p, t) ((p).pending + (t) % (p).pending_steps * (PORTS * (p).flat))
#else
#define PENDING_OF(p, t) 0u
#endif

// A spike goes to the slot of this step, for delivery, to the record, and to the histories that
// plasticity keeps. Their order is free: sums are integers, and whoever reads a record sorts it.
// Those of one neuron lie side by side.
INLINE void file_spike(const struct piece *p, const u64 at, const u32 times, const u32 slot,
                       const u64 since, GLOBAL u32 *counts, GLOBAL u32 *ring,
                       GLOBAL u32 *recorded, GLOBAL u64 *record)
{
    const u32 id = (u32)(p->first * BATCH + at);
    const u32 place = atomic_add(counts + p->counts + slot, times);
    const u32 entry = atomic_add(recorded, times);
    for (u32 k = 0; k < times; ++k) {
        ring[p->ring + slot * p->most + place + k] = id;
        record[p->record + entry + k] = since << 32 | id;
    }
}

// How often the j-th neuron of an item spikes.
#define TIMES(spikes, j) ((spikes) >> (j) * SPIKE_BITS & ((1u << SPIKE_BITS) - 1))

// One item, the `within`-th of a group: four neurons in one lane, the first of them the `first`-th
// of the group. The j-th SPIKE_BITS bits of the result: how often the j-th of them spikes.
INLINE u32 update_item(const struct piece *p, const u32 group, const u32 within, const u32 first,
                       const u64 key, const u64 t, const real base,
                       GLOBAL state_t *restrict state, GLOBAL sum_t *restrict sums,
                       GLOBAL sum_t *restrict pending, GLOBAL const real *restrict each,
                       GLOBAL const real *restrict params, GLOBAL const u64 *restrict drives,
                       GLOBAL const u32 *restrict poisson,
                       GLOBAL const u64 *restrict filters, GLOBAL const real *restrict kernels,
                       GLOBAL real *restrict past, GLOBAL const u64 *restrict stimuli,
                       GLOBAL const real *restrict values)
{
    const u64 at = (u64)group * (64u * BATCH) + within;
    const u32 element = group * 64u + first, lane = within - first * BATCH;
#if DRAWS
    const u32 block = ((u32)p->first >> 6) * 16u + group * 16u + first;
#define DRAW_BLOCK(n, a, b, c, d)                                                                  \
    philox_block((u32)key, (u32)(key >> 32), (u32)t, (u32)(t >> 32) << 16 | (n), (u32)p->stream,   \
                 block, a, b, c, d)
    DRAW_WORDS(DRAW_BLOCK)
#endif
#define ADVANCE(j)                                                                                 \
    advance(p, at + j * 16u * BATCH, element + j * 16u, lane, t, state, sums, pending, each,       \
            params, drives, poisson, filters, kernels, past, stimuli, values, base DRAWN(j))
    return ADVANCE(0) | ADVANCE(1) << SPIKE_BITS | ADVANCE(2) << 2u * SPIKE_BITS
        | ADVANCE(3) << 3u * SPIKE_BITS;
}

#if OWNED
#define GROUP_SIZE 1
// Items that are done in one loop: what the loop remembers of each lies on the stack, which must
// not grow with the batch.
#if 16 * BATCH < 256
#define TILE (16u * BATCH)
#else
#define TILE 256u
#endif
#else
#define GROUP_SIZE UPDATE_ITEMS
#endif

__kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1)))
void update(GLOBAL u64 *clock, GLOBAL const struct piece *restrict pieces,
            const u32 first_piece, const u32 end_piece, GLOBAL const u64 *restrict keys,
            GLOBAL state_t *restrict state, GLOBAL sum_t *restrict sums,
            GLOBAL const real *restrict each, GLOBAL const real *restrict params,
            GLOBAL const u64 *restrict drives, GLOBAL const u32 *restrict poisson,
            GLOBAL const real *restrict base, GLOBAL const u32 *restrict now,
            GLOBAL u32 *restrict counts, GLOBAL u32 *restrict ring,
            GLOBAL u32 *restrict recorded, GLOBAL u64 *restrict record,
            GLOBAL sum_t *restrict pending, GLOBAL const struct history *restrict histories,
            GLOBAL u64 *restrict post_time, GLOBAL real *restrict post_trace,
            GLOBAL u32 *restrict post_count,
            GLOBAL const u64 *restrict filters, GLOBAL const real *restrict kernels,
            GLOBAL real *restrict past, GLOBAL const u64 *restrict stimuli,
            GLOBAL const real *restrict values)
{
    if (clock[CLOCK_HALTED])
        return;
    const u64 t = clock[CLOCK_NOW];
    const u64 since = t - clock[CLOCK_DRAINED];
    const u32 work_group = (u32)get_group_id(0);
    // the last piece that does not begin behind this group
    u32 piece = first_piece;
    for (u32 end = end_piece; end - piece > 1;) {
        const u32 middle = piece + (end - piece) / 2;
        if (pieces[middle].first_group <= work_group)
            piece = middle;
        else
            end = middle;
    }
    const struct piece p = pieces[piece];
    const u32 slot = now[piece];
#define UPDATE_ITEM(group, within, first, key)                                                     \
    update_item(&p, group, within, first, key, t, base[piece], state + p.state, sums + p.sums,     \
                pending + PENDING_OF(p, t), each + p.each, params + p.params,                      \
                drives + 2 * p.drives, poisson, filters + FILTER_WORDS * p.filters, kernels, past, \
                stimuli + p.stimuli, values + t % STIMULUS_STEPS * STIMULUS_ROW)
#if LEARNS
#define REMEMBER(at)                                                                               \
    for (u64 i = p.first_history; i < p.end_history; ++i) {                                        \
        const struct history h = histories[i];                                                     \
        remember(&h, at, t + 1, clock, post_time, post_trace, post_count);                         \
    }
#else
#define REMEMBER(at)
#endif
    // Padding spikes too, and nobody is told.
#define FILE_SPIKES(spikes, group, within)                                                         \
    for (u32 j = 0; j < 4; ++j) {                                                                  \
        const u64 at = (u64)(group) * (64u * BATCH) + (within) + j * 16u * BATCH;                  \
        const u32 times = at < p.live ? TIMES(spikes, j) : 0;                                      \
        if (times > 0) {                                                                           \
            file_spike(&p, at, times, slot, since, counts, ring, recorded + piece, record);        \
            REMEMBER(at) /* whoever learns spikes at most once */                                  \
        }                                                                                          \
    }
    const u32 first_item = (work_group - (u32)p.first_group) * UPDATE_ITEMS;
#if OWNED
    // Whole groups, in loops that become vector instructions. Neither division nor remainder is in
    // them: LLVM 15 makes wrong vectors of those by 2.
    const u32 first = first_item / (16u * BATCH);
    const u32 last = min(first + UPDATE_ITEMS / (16u * BATCH), (u32)p.padded / 64u);
    for (u32 begin = 0, element = 0, lane = 0; begin < 16u * BATCH; begin += TILE) {
        const u32 items = min(TILE, 16u * BATCH - begin);
        u32 firsts[TILE];
        u64 lane_keys[TILE];
        for (u32 i = 0; i < items; ++i) {
            firsts[i] = element;
            lane_keys[i] = keys[lane];
            ++lane;
            element += lane == BATCH;
            lane = lane == BATCH ? 0 : lane;
        }
        for (u32 group = first; group < last; ++group) {
            u32 spikes[TILE];
            u32 any = 0;
#if !FILTERS // whose own loops stand in the way
#pragma clang loop vectorize(assume_safety) vectorize_width(16)
#endif
            for (u32 i = 0; i < items; ++i)
                spikes[i] = UPDATE_ITEM(group, begin + i, firsts[i], lane_keys[i]);
            for (u32 i = 0; i < items; ++i)
                any |= spikes[i];
            for (u32 i = 0; any && i < items; ++i)
                FILE_SPIKES(spikes[i], group, begin + i);
        }
    }
#else
    const u32 item = first_item + (u32)get_local_id(0);
    const u32 group = item / (16u * BATCH), within = item % (16u * BATCH);
    if (group * 64u < p.padded) {
        const u32 spikes = UPDATE_ITEM(group, within, within / BATCH, keys[within % BATCH]);
        FILE_SPIKES(spikes, group, within);
    }
#endif
}
