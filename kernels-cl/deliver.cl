// Adds what arrives in a step to the accumulators: the synapses of each spike that was emitted a
// delay ago. Sums are integers, so their order is free.
//
// Where blocks are owned, item b walks all segments that end in block b and adds plainly. Elsewhere
// the groups share the spikes, the items of a group share a segment, and additions are atomic.

#if OWNED
#define FIRST_SYNAPSE 0u
#define ADD(target, weight) sums[(u64)(target) * BATCH] += (weight)
#else
#define FIRST_SYNAPSE ((u32)get_local_id(0))
#define ADD(target, weight) ADD_TO_SUM(sums + (u64)(target) * BATCH, weight)
#endif

// `sums` begins with the spike's lane.
INLINE void walk(GLOBAL const struct table *table, const u64 start, const u32 length,
                 GLOBAL const u16 *restrict targets, GLOBAL const u32 *restrict packed,
                 GLOBAL const u8 *restrict weights8, GLOBAL const i32 *restrict weights32,
                 GLOBAL const i64 *restrict weights64, GLOBAL sum_t *restrict sums)
{
    const sum_t factor = (sum_t)table->factor;
    // of 16-bit floats: a power of two, so that the product is exact where it counts for anything
    const f32 scale = as_float((u32)table->factor);
    const u64 first = table->synapses + start;
#define HIGH_HALVES ((GLOBAL const u16 *)(packed + first) + 1)
    switch (table->format) {
    case FORMAT_CONSTANT:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS)
            ADD(targets[first + i], factor);
        break;
    case FORMAT_U8:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS)
            ADD(targets[first + i], (sum_t)weights8[table->weights + start + i] * factor);
        break;
    case FORMAT_I8:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS)
            ADD(targets[first + i], (sum_t)(i8)weights8[table->weights + start + i] * factor);
        break;
    case FORMAT_U16:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS) {
            const u32 synapse = packed[first + i];
            ADD(synapse & 0xFFFFu, (sum_t)(synapse >> 16) * factor);
        }
        break;
    case FORMAT_I16:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS) {
            const u32 synapse = packed[first + i];
            ADD(synapse & 0xFFFFu, (sum_t)((i32)synapse >> 16) * factor);
        }
        break;
    case FORMAT_F16:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS)
            ADD(packed[first + i] & 0xFFFFu, (sum_t)rint(load_f16(HIGH_HALVES, 2 * i) * scale));
        break;
    case FORMAT_BF16:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS)
            ADD(packed[first + i] & 0xFFFFu, (sum_t)rint(load_bf16(HIGH_HALVES, 2 * i) * scale));
        break;
    case FORMAT_I32:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS)
            ADD(targets[first + i], (sum_t)weights32[table->weights + start + i] * factor);
        break;
    case FORMAT_I64:
        for (u32 i = FIRST_SYNAPSE; i < length; i += DELIVER_ITEMS)
            ADD(targets[first + i], (sum_t)weights64[table->weights + start + i]);
        break;
    }
}

// The synapses of a source in a segment: where they begin in the table, and how many.
INLINE u64 segment(GLOBAL const struct table *table, const u32 source, const u64 at,
                   GLOBAL const u64 *row_start, GLOBAL const u16 *index16,
                   GLOBAL const u32 *index32, u32 *length)
{
    const u64 entry = table->index + source * table->stride + at;
    const u32 from = table->wide ? index32[entry] : index16[entry];
    const u32 to = table->wide ? index32[entry + 1] : index16[entry + 1];
    *length = to - from;
    return row_start[table->row + source] + from;
}

__kernel __attribute__((reqd_work_group_size(DELIVER_ITEMS, 1, 1)))
void deliver(GLOBAL const u64 *clock,
             GLOBAL const struct pair *pairs, const u32 n_pairs,
             GLOBAL const struct table *tables, GLOBAL const struct route *routes,
             GLOBAL const u32 *running, GLOBAL const u64 *places,
             GLOBAL const u32 *ring, GLOBAL const u32 *train_ids,
             GLOBAL const u64 *row_start, GLOBAL const u16 *index16, GLOBAL const u32 *index32,
             GLOBAL const u16 *targets, GLOBAL const u32 *packed,
             GLOBAL const u8 *weights8, GLOBAL const i32 *weights32,
             GLOBAL const i64 *weights64, GLOBAL sum_t *sums)
{
    if (clock[CLOCK_HALTED])
        return;
#if OWNED
    const u32 block = (u32)get_group_id(0);
    for (u32 k = 0; k < n_pairs; ++k) {
        const u32 spikes = running[k + 1] - running[k];
        if (spikes == 0)
            continue;
        const struct pair pair = pairs[k];
        GLOBAL const struct table *table = tables + pair.table;
        GLOBAL const u32 *ids = (pair.is_train ? train_ids : ring) + places[k];
        for (u64 r = table->first_route; r < table->end_route; ++r) {
            const struct route route = routes[r];
            if (route.block != block)
                continue;
            const u64 at = route.group * table->delays + (pair.delay - table->first_delay);
            for (u32 i = 0; i < spikes; ++i) {
                const u32 source = ids[i] / BATCH, lane = ids[i] % BATCH;
                u32 length;
                const u64 start =
                    segment(table, source, at, row_start, index16, index32, &length);
                walk(table, start, length, targets, packed, weights8, weights32, weights64,
                     sums + route.sums + lane);
            }
        }
    }
#else
    const u32 total = running[n_pairs];
    for (u32 unit = (u32)get_group_id(0); unit < total; unit += (u32)get_num_groups(0)) {
        // the last pair whose running sum is not above the unit
        u32 k = 0, end = n_pairs;
        while (end - k > 1) {
            const u32 middle = k + (end - k) / 2;
            if (running[middle] <= unit)
                k = middle;
            else
                end = middle;
        }
        const struct pair pair = pairs[k];
        GLOBAL const struct table *table = tables + pair.table;
        const u32 flat = ((pair.is_train ? train_ids : ring) + places[k])[unit - running[k]];
        const u32 source = flat / BATCH, lane = flat % BATCH;
        for (u64 r = table->first_route; r < table->end_route; ++r) {
            const struct route route = routes[r];
            const u64 at = route.group * table->delays + (pair.delay - table->first_delay);
            u32 length;
            const u64 start = segment(table, source, at, row_start, index16, index32, &length);
            walk(table, start, length, targets, packed, weights8, weights32, weights64,
                 sums + route.sums + lane);
        }
    }
#endif
}
