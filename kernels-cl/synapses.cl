// The plastic synapses of one source that a learner has: which spikes are new to each, the
// equations, in NEST's order, and what goes out.
//
// A postsynaptic spike at time p reaches a synapse of delay d at p + d. A synapse is up to date as
// of the last spike of its source, or as of the last time all were brought up to date. From there
// to `now` it potentiates once for every postsynaptic spike that has reached it; then, if the
// source fires, it depresses with the postsynaptic trace just before `now` and sends its weight,
// which arrives d later.
//
// A processor takes so many synapses at a time that the equations become vectors; elsewhere an item
// takes one. Every synapse goes through its own operations in its own order.

#if OWNED
#define BUNDLE 32u
#define EACH_OF_BUNDLE                                                                             \
    _Pragma("clang loop vectorize(assume_safety)") for (u32 c = 0; c < BUNDLE; ++c)
#define SEND(at, units) pending[at] += (units)
#define FIRST_ITEM 0u
#else
#define BUNDLE 1u
#define EACH_OF_BUNDLE for (u32 c = 0; c < BUNDLE; ++c)
#define SEND(at, units) ADD_TO_SUM(pending + (at), units)
#define FIRST_ITEM ((u32)get_local_id(0))
#endif

#if WIDE_SUMS
#define DEPRESS_TO_UNITS(rule, w, post, steps, scale, most, units)                                 \
    {                                                                                              \
        i32 high, middle, low;                                                                     \
        depress_##rule(w, post, steps, scale, most, &w, &high, &middle, &low);                     \
        units = (i64)high * 4294967296L + (i64)middle * 65536 + low;                                     \
    }
#else
#define DEPRESS_TO_UNITS(rule, w, post, steps, scale, most, units)                                 \
    {                                                                                              \
        depress_##rule(w, post, steps, scale, most, &w, &units);                                   \
    }
#endif

// What all synapses are made of.
struct plastic {
    GLOBAL const u64 *row_start;
    GLOBAL const u16 *index16;
    GLOBAL const u32 *index32;
    GLOBAL const u16 *targets;
    GLOBAL const real *params;
    GLOBAL const u64 *pre_time;
    GLOBAL const real *pre_trace;
    GLOBAL const u64 *post_time;
    GLOBAL const real *post_trace;
    GLOBAL const u32 *post_count;
};

// An index entry of a table.
INLINE u32 entry(const struct table *table, const struct plastic *p, const u64 at)
{
    return table->wide ? p->index32[at] : p->index16[at];
}

// A source, as a flat id, that fires `times` times, or not at all.
INLINE void synapses(const struct table *table, const struct learner *l,
                     const struct history *h, const u32 flat, const u32 times,
                     const u64 now, const u64 settled, const struct plastic *p,
                     GLOBAL u64 *clock, GLOBAL real *weights, GLOBAL sum_t *pending)
{
    const u32 source = flat / BATCH, lane = flat % BATCH;
    const u64 first_entry = table->index + source * table->stride + l->group * table->delays;
    const u64 row = p->row_start[table->row + source];
    const u32 from = entry(table, p, first_entry);
    const u32 to = entry(table, p, first_entry + table->delays);
    const u64 last = p->pre_time[l->traces + flat];
    const real pre = p->pre_trace[l->traces + flat];
    const u64 done = last > settled ? last : settled;
    const real scale = p->params[l->params], most = p->params[l->params + 1];
    const u32 slot_now = (u32)((now - 1) % l->pending_steps);
    u32 delay = 0, end = entry(table, p, first_entry + 1);
    for (u32 first = from + FIRST_ITEM * BUNDLE; first < to; first += DELIVER_ITEMS * BUNDLE) {
        const u32 n = min(to - first, BUNDLE);
        real w[BUNDLE], post[BUNDLE];
        i64 since_post[BUNDLE], since_pre[BUNDLE];
        u64 next[BUNDLE], out[BUNDLE];
        u32 d[BUNDLE], left[BUNDLE], some[BUNDLE];
        u32 rounds = 0;
        for (u32 c = 0; c < BUNDLE; ++c) {
            if (c >= n) {
                w[c] = post[c] = 0;
                since_post[c] = since_pre[c] = 0;
                left[c] = some[c] = 0;
                continue;
            }
            while (end <= first + c)
                end = entry(table, p, first_entry + ++delay + 1);
            d[c] = (u32)table->first_delay + delay;
            const u64 synapse = row + first + c;
            w[c] = weights[table->weights + synapse * BATCH + lane];
            const u64 target = (p->targets[table->synapses + synapse] - l->offset) * BATCH + lane;
            const u32 slot = slot_now + d[c];
            const u32 steps = (u32)l->pending_steps;
            out[c] = l->pending + (slot < steps ? slot : slot - steps) * l->pending_stride + target;
            // The latest spikes are looked at first: what is new is among them.
            const u64 entries = h->entries + target * h->room;
            u32 k = p->post_count[h->counts + target];
            while (k > 0 && p->post_time[entries + k - 1] + d[c] > now)
                --k;
            const u32 together = k > 0 && p->post_time[entries + k - 1] + d[c] == now;
            const u32 before = k - together;
            post[c] = before == 0 ? (real)0 : p->post_trace[entries + before - 1];
            since_post[c] =
                before == 0 ? 0 : (i64)(now - d[c] - p->post_time[entries + before - 1]);
            left[c] = 0;
            while (left[c] < k && p->post_time[entries + k - left[c] - 1] + d[c] > done)
                ++left[c];
            next[c] = entries + k - left[c];
            rounds = max(rounds, left[c]);
        }
        for (; rounds > 0; --rounds) {
            for (u32 c = 0; c < n; ++c) {
                some[c] = left[c] > 0;
                since_pre[c] = some[c] ? (i64)(p->post_time[next[c]] + d[c] - last) : 0;
                left[c] -= some[c];
                next[c] += some[c];
            }
#define POTENTIATE(rule)                                                                           \
    EACH_OF_BUNDLE                                                                                 \
    {                                                                                              \
        real after;                                                                                \
        potentiate_##rule(w[c], pre, since_pre[c], &after);                                        \
        w[c] = some[c] ? after : w[c];                                                             \
    }
            WITH_RULE(h->rule, POTENTIATE)
        }
        for (u32 time = 0; time < times; ++time) {
            sum_t units[BUNDLE];
#define DEPRESS(rule)                                                                              \
    EACH_OF_BUNDLE DEPRESS_TO_UNITS(rule, w[c], post[c], since_post[c], scale, most, units[c])
            WITH_RULE(h->rule, DEPRESS)
            for (u32 c = 0; c < n; ++c)
                SEND(out[c], units[c]);
        }
        for (u32 c = 0; c < n; ++c) {
            weights[table->weights + (row + first + c) * BATCH + lane] = w[c];
            if (!IS_FINITE(w[c]))
                clock[CLOCK_BROKEN] = 1;
        }
    }
}
