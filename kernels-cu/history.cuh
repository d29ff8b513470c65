// The last spikes of neurons that plastic synapses reach, with the trace just after each, oldest
// first. Times are steps plus one: 0 is never.

// Appends a spike. When there is no room for another, the clock stops, and the host has all
// synapses brought up to date and the past forgotten.
INLINE void remember(const struct history *h, const u64 flat, const u64 time, u64 *clock,
                     u64 *post_time, real *post_trace, u32 *post_count)
{
    const u64 first = h->entries + flat * h->room;
    const u32 n = post_count[h->counts + flat];
    real trace = n == 0 ? (real)0 : post_trace[first + n - 1];
    const i64 steps = n == 0 ? 0 : (i64)(time - post_time[first + n - 1]);
#define POST_TRACE(rule) post_trace_##rule(trace, steps, &trace)
    WITH_RULE(h->rule, POST_TRACE)
    post_time[first + n] = time;
    post_trace[first + n] = trace;
    post_count[h->counts + flat] = n + 1;
    if (n + 1 == h->room)
        clock[CLOCK_FULL] = 1;
}
