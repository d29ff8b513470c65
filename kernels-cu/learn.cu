// The spikes of a step reach the plastic synapses of their sources: see synapses.cuh. The blocks
// share the spikes, and the threads of a block share a source's synapses.

// How often the i-th of some spikes is among them, if it is the first of its kind: those of a kind
// lie side by side.
INLINE u32 times_of(const u32 *ids, const u32 i, const u32 spikes)
{
    u32 n = 1;
    if (i > 0 && ids[i - 1] == ids[i])
        return 0;
    while (i + n < spikes && ids[i + n] == ids[i])
        ++n;
    return n;
}

KERNEL(DELIVER_ITEMS)
learn(u64 *clock,
      const struct pair *restrict teachers, const u32 n_teachers,
      const struct table *restrict tables, const struct learner *restrict learners,
      const struct history *restrict histories, const struct piece *restrict pieces,
      const u32 *restrict now, const u32 *restrict counts, const u32 *restrict ring,
      const struct train *restrict trains, const u64 *restrict train_steps,
      const u32 *restrict train_ids,
      const u64 *restrict row_start, const u16 *restrict index16, const u32 *restrict index32,
      const u16 *restrict targets, const real *restrict params, real *weights,
      u64 *pre_time, real *pre_trace,
      const u64 *restrict post_time, const real *restrict post_trace,
      const u32 *restrict post_count, sum_t *pending)
{
    if (clock[CLOCK_HALTED])
        return;
    const u64 t = clock[CLOCK_NOW], settled = clock[CLOCK_SETTLED];
    const struct plastic p = { row_start, index16,   index32,   targets,    params,
                               pre_time,  pre_trace, post_time, post_trace, post_count };
    u32 next = blockIdx.x;
    for (u32 i = 0; i < n_teachers; ++i) {
        const struct pair teacher = teachers[i];
        const u32 *ids;
        u32 spikes;
        if (teacher.is_train) {
            const struct train *train = trains + teacher.source;
            const u64 *steps = train_steps + train->first;
            const u64 from = steps_before(steps, train->length, t);
            spikes = (u32)(steps_before(steps, train->length, t + 1) - from);
            ids = train_ids + train->first + from;
        } else {
            const struct piece *piece = pieces + teacher.source;
            const u32 slot = now[teacher.source];
            spikes = counts[piece->counts + slot];
            ids = ring + piece->ring + slot * piece->most;
        }
        const struct table *table = tables + teacher.table;
        for (; next < spikes; next += gridDim.x) {
            const u32 flat = ids[next];
            const u32 times = times_of(ids, next, spikes);
            for (u64 k = table->first_route; times > 0 && k < table->end_route; ++k) {
                const struct learner l = learners[k];
                const struct history h = histories[l.history];
                synapses(table, &l, &h, flat, times, t + 1, settled, &p, clock, weights, pending);
                // All threads have read the trace when it changes.
                __syncthreads();
                if (threadIdx.x == 0) {
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
