// Forgets the spikes that no synapse will ask for again, once all synapses are up to date: those
// that have reached all, but for the last of them.

extern "C" __global__ void forget(const u64 *restrict clock,
                                  const struct history *restrict histories, const u32 n_histories,
                                  u64 *post_time, real *post_trace, u32 *post_count)
{
    const u64 now = clock[CLOCK_NEXT];
    for (u32 i = 0; i < n_histories; ++i) {
        const struct history h = histories[i];
        const u64 until = now > h.longest ? now - h.longest : 0;
        for (u64 flat = blockIdx.x * blockDim.x + threadIdx.x; flat < h.flat;
             flat += gridDim.x * blockDim.x) {
            u64 *time = post_time + h.entries + flat * h.room;
            real *trace = post_trace + h.entries + flat * h.room;
            const u32 n = post_count[h.counts + flat];
            u32 gone = 0;
            while (gone + 1 < n && time[gone + 1] <= until)
                ++gone;
            for (u32 k = gone; gone > 0 && k < n; ++k) {
                time[k - gone] = time[k];
                trace[k - gone] = trace[k];
            }
            post_count[h.counts + flat] = n - gone;
        }
    }
}
