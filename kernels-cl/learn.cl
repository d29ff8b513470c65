// The spikes of a step reach the plastic synapses of their sources: see synapses.cl.
//
// Where blocks are owned, item b has the learners of block b. Elsewhere the groups share the
// spikes, and the items of a group share a source's synapses.

// How often the i-th of some spikes is among them, if it is the first of its kind: those of a kind
// lie side by side.
INLINE u32 times_of(GLOBAL const u32 *ids, const u32 i, const u32 spikes)
{
    u32 n = 1;
    if (i > 0 && ids[i - 1] == ids[i])
        return 0;
    while (i + n < spikes && ids[i + n] == ids[i])
        ++n;
    return n;
}

__kernel __attribute__((reqd_work_group_size(DELIVER_ITEMS, 1, 1)))
void learn(GLOBAL u64 *clock,
           GLOBAL const struct pair *teachers, const u32 n_teachers,
           GLOBAL const struct table *tables, GLOBAL const struct learner *learners,
           GLOBAL const struct history *histories, GLOBAL const struct piece *pieces,
           GLOBAL const u32 *now, GLOBAL const u32 *counts, GLOBAL const u32 *ring,
           GLOBAL const struct train *trains, GLOBAL const u64 *train_steps,
           GLOBAL const u32 *train_ids,
           GLOBAL const u64 *row_start, GLOBAL const u16 *index16, GLOBAL const u32 *index32,
           GLOBAL const u16 *targets, GLOBAL const real *params, GLOBAL real *weights,
           GLOBAL u64 *pre_time, GLOBAL real *pre_trace,
           GLOBAL const u64 *post_time, GLOBAL const real *post_trace,
           GLOBAL const u32 *post_count, GLOBAL sum_t *pending)
{
    if (clock[CLOCK_HALTED])
        return;
    const u64 t = clock[CLOCK_NOW], settled = clock[CLOCK_SETTLED];
    const struct plastic p = { row_start, index16,   index32,   targets,    params,
                               pre_time,  pre_trace, post_time, post_trace, post_count };
#if OWNED
    const u32 groups = 1;
    u32 next = 0;
#else
    const u32 groups = (u32)get_num_groups(0);
    u32 next = (u32)get_group_id(0);
#endif
    for (u32 i = 0; i < n_teachers; ++i) {
        const struct pair teacher = teachers[i];
        GLOBAL const u32 *ids;
        u32 spikes;
        if (teacher.is_train) {
            GLOBAL const struct train *train = trains + teacher.source;
            GLOBAL const u64 *steps = train_steps + train->first;
            const u64 from = steps_before(steps, train->length, t);
            spikes = (u32)(steps_before(steps, train->length, t + 1) - from);
            ids = train_ids + train->first + from;
        } else {
            GLOBAL const struct piece *piece = pieces + teacher.source;
            const u32 slot = now[teacher.source];
            spikes = counts[piece->counts + slot];
            ids = ring + piece->ring + slot * piece->most;
        }
        const struct table table = tables[teacher.table];
        for (; next < spikes; next += groups) {
            const u32 flat = ids[next];
            const u32 times = times_of(ids, next, spikes);
            for (u64 k = table.first_route; times > 0 && k < table.end_route; ++k) {
                const struct learner l = learners[k];
                const struct history h = histories[l.history];
#if OWNED
                if (l.block != get_group_id(0))
                    continue;
#endif
                synapses(&table, &l, &h, flat, times, t + 1, settled, &p, clock, weights, pending);
#if !OWNED
                // All items have read the trace when it changes.
                barrier(CLK_GLOBAL_MEM_FENCE);
#endif
                if (FIRST_ITEM == 0) {
                    real trace = pre_trace[l.traces + flat];
                    u64 last = pre_time[l.traces + flat];
                    for (u32 time = 0; time < times; ++time) {
                        const i64 steps = (i64)(t + 1 - last);
#define PRE_TRACE(rule) pre_trace_##rule(trace, steps, &trace)
                        WITH_RULE(h.rule, PRE_TRACE)
                        last = t + 1;
                    }
                    pre_trace[l.traces + flat] = trace;
                    pre_time[l.traces + flat] = last;
                }
            }
        }
        next -= spikes;
    }
}
