// Advances the neurons of a kind by one step and files their spikes.
//
// 64 neurons are a group, which shares 16 blocks of random words per draw: a thread serves the
// elements e, e + 16, e + 32 and e + 48 of a group in one lane of the batch. What a step of a neuron
// is, and which words it takes, is the generated `advance`.

#if LEARNS
// What plastic synapses have sent for step t: a row of accumulators per port.
#define PENDING_OF(p, t) ((p).pending + (t) % (p).pending_steps * (PORTS * (p).flat))
#else
#define PENDING_OF(p, t) 0u
#endif

// One thread, the `within`-th of a group: four neurons in one lane of the batch, the first of them
// the `first`-th of the group. The j-th SPIKE_BITS bits of the result: how often the j-th of them
// spikes.
INLINE u32 update_item(const struct piece *p, const u32 group, const u32 within, const u32 first,
                       const u64 key, const u64 t, const real base,
                       state_t *restrict state, sum_t *restrict sums, sum_t *restrict pending,
                       const real *restrict each, const real *restrict params,
                       const u64 *restrict drives, const u32 *restrict poisson,
                       const u64 *restrict filters, const real *restrict kernels,
                       real *restrict past, const u64 *restrict stimuli,
                       const real *restrict values)
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

// Files the spikes of a warp: bit j of `spikes` is the neuron at `at + j * 16 * BATCH`. One thread
// takes room for all of them in the slot of this step, for delivery, and in the record. Their order
// is free: sums are integers, and whoever reads a record sorts it.
#if SPIKE_BITS == 1
INLINE void file_spikes(const struct piece *p, const u32 spikes, const u64 at, const u32 slot,
                        const u64 since, u32 *counts, u32 *ring, u32 *recorded, u64 *record)
{
    const u32 thread = threadIdx.x % WARP;
    u32 who[4], n = 0;
    for (u32 j = 0; j < 4; ++j) {
        who[j] = __ballot_sync(ALL, spikes >> j & 1u);
        n += (u32)__popc(who[j]);
    }
    if (n == 0)
        return;
    u32 place = 0, entry = 0;
    if (thread == 0) {
        place = atomicAdd(counts + p->counts + slot, n);
        entry = atomicAdd(recorded, n);
    }
    place = __shfl_sync(ALL, place, 0);
    entry = __shfl_sync(ALL, entry, 0);
    for (u32 j = 0; j < 4; ++j) {
        if (spikes >> j & 1u) {
            const u32 before = (u32)__popc(who[j] & ((1u << thread) - 1));
            const u32 id = (u32)(p->first * BATCH + at + j * 16u * BATCH);
            ring[p->ring + slot * p->most + place + before] = id;
            record[p->record + entry + before] = since << 32 | id;
        }
        place += (u32)__popc(who[j]);
        entry += (u32)__popc(who[j]);
    }
}

#else
// Where a neuron can spike several times, every thread takes room for its own.
INLINE void file_spikes(const struct piece *p, const u32 spikes, const u64 at, const u32 slot,
                        const u64 since, u32 *counts, u32 *ring, u32 *recorded, u64 *record)
{
    for (u32 j = 0; j < 4; ++j) {
        const u32 n = spikes >> j * SPIKE_BITS & ((1u << SPIKE_BITS) - 1);
        if (n == 0)
            continue;
        const u32 id = (u32)(p->first * BATCH + at + j * 16u * BATCH);
        const u32 place = atomicAdd(counts + p->counts + slot, n);
        const u32 entry = atomicAdd(recorded, n);
        for (u32 k = 0; k < n; ++k) {
            ring[p->ring + slot * p->most + place + k] = id;
            record[p->record + entry + k] = since << 32 | id;
        }
    }
}
#endif

KERNEL(UPDATE_ITEMS)
update(u64 *clock, const struct piece *restrict pieces,
       const u32 first_piece, const u32 end_piece, const u64 *restrict keys,
       state_t *restrict state, sum_t *restrict sums,
       const real *restrict each, const real *restrict params,
       const u64 *restrict drives, const u32 *restrict poisson,
       const real *restrict base, const u32 *restrict now,
       u32 *restrict counts, u32 *restrict ring,
       u32 *restrict recorded, u64 *restrict record,
       sum_t *restrict pending, const struct history *restrict histories,
       u64 *restrict post_time, real *restrict post_trace, u32 *restrict post_count,
       const u64 *restrict filters, const real *restrict kernels, real *restrict past,
       const u64 *restrict stimuli, const real *restrict values)
{
    if (clock[CLOCK_HALTED])
        return;
    const u64 t = clock[CLOCK_NOW];
    const u64 since = t - clock[CLOCK_DRAINED];
    // the last piece that does not begin behind this block
    u32 piece = first_piece;
    for (u32 end = end_piece; end - piece > 1;) {
        const u32 middle = piece + (end - piece) / 2;
        if (pieces[middle].first_group <= blockIdx.x)
            piece = middle;
        else
            end = middle;
    }
    const struct piece p = pieces[piece];
    const u32 item = (blockIdx.x - (u32)p.first_group) * UPDATE_ITEMS + threadIdx.x;
    const u32 group = item / (16u * BATCH), within = item % (16u * BATCH);
    u32 spikes = 0;
    if (group * 64u < p.padded)
        spikes = update_item(&p, group, within, within / BATCH, keys[within % BATCH], t,
                             base[piece], state + p.state, sums + p.sums,
                             pending + PENDING_OF(p, t), each + p.each, params + p.params,
                             drives + 2 * p.drives, poisson, filters + FILTER_WORDS * p.filters,
                             kernels, past, stimuli + p.stimuli,
                             values + t % STIMULUS_STEPS * STIMULUS_ROW);
    // Padding spikes too, and nobody is told.
    const u64 at = (u64)group * (64u * BATCH) + within;
    for (u32 j = 0; j < 4; ++j)
        spikes &= at + j * 16u * BATCH < p.live
            ? ~0u
            : ~(((1u << SPIKE_BITS) - 1) << j * SPIKE_BITS);
    file_spikes(&p, spikes, at, now[piece], since, counts, ring, recorded + piece, record);
#if LEARNS
    for (u32 j = 0; j < 4; ++j) {
        // whoever learns spikes at most once
        if (!(spikes >> j & 1u))
            continue;
        for (u64 i = p.first_history; i < p.end_history; ++i) {
            const struct history h = histories[i];
            remember(&h, at + j * 16u * BATCH, t + 1, clock, post_time, post_trace, post_count);
        }
    }
#endif
}
