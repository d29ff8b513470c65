// Brings all plastic synapses up to date as of the next step: see synapses.cuh.

KERNEL(DELIVER_ITEMS)
settle(u64 *clock,
       const struct table *restrict tables,
       const struct learner *restrict learners, const u32 n_learners,
       const struct history *restrict histories,
       const u64 *restrict row_start, const u16 *restrict index16, const u32 *restrict index32,
       const u16 *restrict targets, const real *restrict params, real *weights,
       const u64 *restrict pre_time, const real *restrict pre_trace,
       const u64 *restrict post_time, const real *restrict post_trace,
       const u32 *restrict post_count, sum_t *pending)
{
    const u64 now = clock[CLOCK_NEXT], settled = clock[CLOCK_SETTLED];
    const struct plastic p = { row_start, index16,   index32,   targets,    params,
                               pre_time,  pre_trace, post_time, post_trace, post_count };
    for (u32 k = 0; k < n_learners; ++k) {
        const struct learner l = learners[k];
        const struct history h = histories[l.history];
        for (u32 flat = blockIdx.x; flat < l.sources; flat += gridDim.x)
            synapses(tables + l.table, &l, &h, flat, 0, now, settled, &p, clock, weights, pending);
    }
}
