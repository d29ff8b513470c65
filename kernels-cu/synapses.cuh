// The plastic synapses of one source that a learner has: which spikes are new to each, the
// equations, in NEST's order, and what goes out.
//
// A postsynaptic spike at time p reaches a synapse of delay d at p + d. A synapse is up to date as
// of the last spike of its source, or as of the last time all were brought up to date. From there
// to `now` it potentiates once for every postsynaptic spike that has reached it; then, if the
// source fires, it depresses with the postsynaptic trace just before `now` and sends its weight,
// which arrives d later.
//
// A thread takes a synapse; the threads of a block stand side by side in the row.

#if WIDE_SUMS
#define DEPRESS_TO_UNITS(rule)                                                                     \
    {                                                                                              \
        i32 high, middle, low;                                                                     \
        depress_##rule(w, post, since_post, scale, most, &w, &high, &middle, &low);                \
        units = (i64)high * 4294967296ll + (i64)middle * 65536 + low;                              \
    }
#else
#define DEPRESS_TO_UNITS(rule) depress_##rule(w, post, since_post, scale, most, &w, &units)
#endif

// What all synapses are made of.
struct plastic {
    const u64 *row_start;
    const u16 *index16;
    const u32 *index32;
    const u16 *targets;
    const real *params;
    const u64 *pre_time;
    const real *pre_trace;
    const u64 *post_time;
    const real *post_trace;
    const u32 *post_count;
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
                     u64 *clock, real *weights, sum_t *pending)
{
    const u32 source = flat / BATCH, lane = flat % BATCH;
    const u64 first_entry = table->index + source * table->stride + l->group * table->delays;
    const u64 row = p->row_start[table->row + source];
    const u32 from = entry(table, p, first_entry);
    const u32 to = entry(table, p, first_entry + table->delays);
    const u64 last = p->pre_time[l->traces + flat];
    const real pre = p->pre_trace[l->traces + flat];
    const u64 done = max(last, settled);
    const real scale = p->params[l->params], most = p->params[l->params + 1];
    const u32 slot_now = (u32)((now - 1) % l->pending_steps);
    u32 delay = 0, end = entry(table, p, first_entry + 1);
    for (u32 i = from + threadIdx.x; i < to; i += DELIVER_ITEMS) {
        while (end <= i)
            end = entry(table, p, first_entry + ++delay + 1);
        const u32 d = (u32)table->first_delay + delay;
        const u64 synapse = row + i;
        real *weight = weights + table->weights + synapse * BATCH + lane;
        const u64 target = (p->targets[table->synapses + synapse] - l->offset) * BATCH + lane;
        const u64 entries = h->entries + target * h->room;
        // The latest spikes are looked at first: what is new is among them.
        u32 k = p->post_count[h->counts + target];
        while (k > 0 && p->post_time[entries + k - 1] + d > now)
            --k;
        const u32 together = k > 0 && p->post_time[entries + k - 1] + d == now;
        const u32 before = k - together;
        u32 next = k;
        while (next > 0 && p->post_time[entries + next - 1] + d > done)
            --next;
        real w = *weight;
        for (; next < k; ++next) {
            const i64 since_pre = (i64)(p->post_time[entries + next] + d - last);
#define POTENTIATE(rule) potentiate_##rule(w, pre, since_pre, &w)
            WITH_RULE(h->rule, POTENTIATE)
        }
        if (times > 0) {
            const real post = before == 0 ? (real)0 : p->post_trace[entries + before - 1];
            const i64 since_post =
                before == 0 ? 0 : (i64)(now - d - p->post_time[entries + before - 1]);
            const u32 slot = slot_now + d, steps = (u32)l->pending_steps;
            sum_t *out = pending + l->pending +
                         (slot < steps ? slot : slot - steps) * l->pending_stride + target;
            for (u32 time = 0; time < times; ++time) {
                sum_t units;
                WITH_RULE(h->rule, DEPRESS_TO_UNITS)
                add_to_sum(out, units);
            }
        }
        *weight = w;
        if (!is_finite(w))
            clock[CLOCK_BROKEN] = 1;
    }
}
