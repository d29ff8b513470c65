// Adds what arrives in a step to the accumulators: the synapses of each spike that was emitted a
// delay ago. Sums are integers, so their order is free.
//
// A warp takes a spike and walks its segments; the threads of a warp stand side by side in a
// segment, so that they read synapses that lie side by side. Where a row has many segments they are
// short: then the threads look up a segment each, and take the synapses of all of them as if they
// were one row, so that each thread has a synapse.

// So few segments are walked one after another.
#define FEW_SEGMENTS 4u

// Adds a synapse. `sums` begins with the spike's lane of the batch.
INLINE void add_synapse(const struct table *table, const u64 synapse,
                        const u16 *restrict targets, const u32 *restrict packed,
                        const u8 *restrict weights8, const i32 *restrict weights32,
                        const i64 *restrict weights64, sum_t *sums)
{
    const sum_t factor = (sum_t)table->factor;
    // of 16-bit floats: a power of two, so that the product is exact where it counts for anything
    const f32 scale = __uint_as_float((u32)table->factor);
    const u64 place = table->synapses + synapse, weight = table->weights + synapse;
    const u16 *high_halves = (const u16 *)packed + 1;
#define UNITS(weight) rintf(__fmul_rn(weight, scale))
#define ADD(target, weight) add_to_sum(sums + (u64)(target) * BATCH, (sum_t)(weight))
    switch (table->format) {
    case FORMAT_CONSTANT:
        ADD(targets[place], factor);
        break;
    case FORMAT_U8:
        ADD(targets[place], (sum_t)weights8[weight] * factor);
        break;
    case FORMAT_I8:
        ADD(targets[place], (sum_t)(i8)weights8[weight] * factor);
        break;
    case FORMAT_U16:
        ADD(packed[place] & 0xFFFFu, (sum_t)(packed[place] >> 16) * factor);
        break;
    case FORMAT_I16:
        ADD(packed[place] & 0xFFFFu, (sum_t)((i32)packed[place] >> 16) * factor);
        break;
    case FORMAT_F16:
        ADD(packed[place] & 0xFFFFu, UNITS(load_f16(high_halves, 2 * place)));
        break;
    case FORMAT_BF16:
        ADD(packed[place] & 0xFFFFu, UNITS(load_bf16(high_halves, 2 * place)));
        break;
    case FORMAT_I32:
        ADD(targets[place], (sum_t)weights32[weight] * factor);
        break;
    case FORMAT_I64:
        ADD(targets[place], weights64[weight]);
        break;
    }
}

// The synapses of a source in a segment: where they begin in the table, and how many.
INLINE u64 segment(const struct table *table, const u32 source, const u64 at,
                   const u64 *restrict row_start, const u16 *restrict index16,
                   const u32 *restrict index32, u32 *length)
{
    const u64 entry = table->index + source * table->stride + at;
    const u32 from = table->wide ? index32[entry] : index16[entry];
    const u32 to = table->wide ? index32[entry + 1] : index16[entry + 1];
    *length = to - from;
    return row_start[table->row + source] + from;
}

// The last pair whose running sum is not above the unit: the threads of a warp ask at 32 places at
// once.
INLINE u32 pair_of(const u32 unit, const u32 *restrict running, const u32 n_pairs)
{
    u32 first = 0, n = n_pairs;
    while (n > 1) {
        const u32 apart = (n + WARP - 1) / WARP;
        const u32 mine = threadIdx.x % WARP * apart;
        const bool reached = mine < n && running[first + mine] <= unit;
        const u32 last = (u32)__popc(__ballot_sync(ALL, reached)) - 1;
        first += last * apart;
        n = min(apart, n - last * apart);
    }
    return first;
}

KERNEL(DELIVER_ITEMS)
deliver(const u64 *restrict clock,
        const struct pair *restrict pairs, const u32 n_pairs,
        const struct table *restrict tables, const struct route *restrict routes,
        const u32 *restrict running, const u64 *restrict places,
        const u32 *restrict ring, const u32 *restrict train_ids,
        const u64 *restrict row_start, const u16 *restrict index16, const u32 *restrict index32,
        const u16 *restrict targets, const u32 *restrict packed,
        const u8 *restrict weights8, const i32 *restrict weights32,
        const i64 *restrict weights64, sum_t *sums)
{
    if (clock[CLOCK_HALTED])
        return;
    const u32 total = running[n_pairs];
    const u32 thread = threadIdx.x % WARP;
    const u32 warps = gridDim.x * (DELIVER_ITEMS / WARP);
    for (u32 unit = (blockIdx.x * DELIVER_ITEMS + threadIdx.x) / WARP; unit < total;
         unit += warps) {
        const u32 k = pair_of(unit, running, n_pairs);
        const struct pair pair = pairs[k];
        const struct table table = tables[pair.table];
        const u32 flat = ((pair.is_train ? train_ids : ring) + places[k])[unit - running[k]];
        const u32 source = flat / BATCH, lane = flat % BATCH;
        const u32 at_once = table.end_route - table.first_route > FEW_SEGMENTS ? WARP : 1;
        for (u64 r = table.first_route; r < table.end_route; r += at_once) {
            const u32 segments = (u32)min(table.end_route - r, (u64)at_once);
            // threads without a segment of their own look at the last
            const struct route route = routes[r + min(thread, segments - 1)];
            const u64 at = route.group * table.delays + (pair.delay - table.first_delay);
            u32 length;
            const u64 start = segment(&table, source, at, row_start, index16, index32, &length);
            const u64 to = route.sums + lane;
            u32 before = 0, all = length;
            if (segments > 1) {
                length = thread < segments ? length : 0;
                const u32 end = warp_running_sum(length);
                before = end - length;
                all = __shfl_sync(ALL, end, WARP - 1);
            }
            for (u32 turn = 0; turn < all; turn += WARP) {
                const u32 i = turn + thread;
                u64 synapse = start + i, sum = to;
                if (segments > 1) {
                    // the last segment that does not begin behind it: one without synapses is
                    // followed by another that begins there
                    u32 mine = 0;
                    for (u32 away = WARP / 2; away > 0; away /= 2) {
                        if (away >= segments)
                            continue;
                        const u32 begins = __shfl_sync(ALL, before, mine + away);
                        mine += begins <= i ? away : 0;
                    }
                    const u32 behind = i - __shfl_sync(ALL, before, mine);
                    synapse = __shfl_sync(ALL, start, mine) + behind;
                    sum = __shfl_sync(ALL, to, mine);
                }
                if (i < all)
                    add_synapse(&table, synapse, targets, packed, weights8, weights32, weights64,
                                sums + sum);
            }
        }
    }
}
