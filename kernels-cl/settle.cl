// Brings all plastic synapses up to date as of the next step: see synapses.cl.

__kernel __attribute__((reqd_work_group_size(DELIVER_ITEMS, 1, 1)))
void settle(GLOBAL u64 *clock,
            GLOBAL const struct table *tables,
            GLOBAL const struct learner *learners, const u32 n_learners,
            GLOBAL const struct history *histories,
            GLOBAL const u64 *row_start, GLOBAL const u16 *index16, GLOBAL const u32 *index32,
            GLOBAL const u16 *targets, GLOBAL const real *params, GLOBAL real *weights,
            GLOBAL const u64 *pre_time, GLOBAL const real *pre_trace,
            GLOBAL const u64 *post_time, GLOBAL const real *post_trace,
            GLOBAL const u32 *post_count, GLOBAL sum_t *pending)
{
    const u64 now = clock[CLOCK_NEXT], settled = clock[CLOCK_SETTLED];
    const struct plastic p = { row_start, index16,   index32,   targets,    params,
                               pre_time,  pre_trace, post_time, post_trace, post_count };
    for (u32 k = 0; k < n_learners; ++k) {
        const struct learner l = learners[k];
        const struct table table = tables[l.table];
        const struct history h = histories[l.history];
#if OWNED
        if (l.block != get_group_id(0))
            continue;
        for (u32 flat = 0; flat < l.sources; ++flat)
#else
        for (u32 flat = (u32)get_group_id(0); flat < l.sources; flat += (u32)get_num_groups(0))
#endif
            synapses(&table, &l, &h, flat, 0, now, settled, &p, clock, weights, pending);
    }
}
