// What begins a step: who spiked a delay ago, and what current flows. One block.
//
// A pair is what a table delivers of one source piece (or spike train) with one delay. The running
// sum of their spikes numbers all units of work of `deliver`. When the record of a piece has no
// room for a step in which all its neurons spike, or a plastic history is full, this step and all
// later ones do nothing.

#define LIST_WARPS (LIST_ITEMS / WARP)

// The sum of the numbers of all threads before this one in the block, and of all. `of_warps` must
// be another array in the next call: threads may be there while others still read this one.
INLINE u32 block_running_sum(const u32 number, u32 *of_warps, u32 *all)
{
    const u32 lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    const u32 sum = warp_running_sum(number);
    if (lane == WARP - 1)
        of_warps[warp] = sum;
    __syncthreads();
    const u32 sums = warp_running_sum(lane < LIST_WARPS ? of_warps[lane] : 0);
    const u32 before = __shfl_sync(ALL, sums, warp == 0 ? 0 : warp - 1);
    *all = __shfl_sync(ALL, sums, WARP - 1);
    return sum - number + (warp == 0 ? 0 : before);
}

KERNEL(LIST_ITEMS)
list(u64 *clock,
     const struct piece *restrict pieces, const u32 n_pieces,
     const struct pair *restrict pairs, const u32 n_pairs,
     const struct train *restrict trains, const u64 *restrict train_steps,
     const u64 *restrict current_steps, const real *restrict current_values,
     real *restrict base, u32 *now, u32 *counts, const u32 *restrict recorded,
     u32 *restrict running, u64 *restrict places)
{
    __shared__ u32 of_warps[2][WARP];
    const u32 item = threadIdx.x;
    const u64 t = clock[CLOCK_NEXT];
    bool full = clock[CLOCK_FULL] != 0;
    for (u32 i = item; i < n_pieces; i += LIST_ITEMS)
        full = full || recorded[i] + pieces[i].most > pieces[i].room;
    // everybody has read the clock
    const bool halted = __syncthreads_or(full);
    if (item == 0) {
        if (halted) {
            clock[CLOCK_HALTED] = 1;
        } else {
            clock[CLOCK_NOW] = t;
            clock[CLOCK_NEXT] = t + 1;
        }
    }
    if (halted)
        return;
    for (u32 i = item; i < n_pieces; i += LIST_ITEMS) {
        const struct piece *p = pieces + i;
        const u32 slot = (u32)(t % p->slots);
        now[i] = slot;
        counts[p->counts + slot] = 0;
        const u64 n = steps_before(current_steps + p->current, p->currents, t + 1);
        base[i] = n == 0 ? (real)0 : current_values[p->current + n - 1];
    }
    __syncthreads();
    u32 carry = 0;
    for (u32 first = 0, turn = 0; first < n_pairs; first += LIST_ITEMS, turn ^= 1) {
        const u32 i = first + item;
        u32 spikes = 0;
        if (i < n_pairs) {
            const struct pair pair = pairs[i];
            u64 place = 0;
            if (pair.delay <= t) {
                if (pair.is_train) {
                    const struct train *train = trains + pair.source;
                    const u64 *steps = train_steps + train->first;
                    const u64 from = steps_before(steps, train->length, t - pair.delay);
                    const u64 to = steps_before(steps, train->length, t - pair.delay + 1);
                    spikes = (u32)(to - from);
                    place = train->first + from;
                } else {
                    const struct piece *p = pieces + pair.source;
                    const u32 slots = (u32)p->slots;
                    u32 slot = now[pair.source] + slots - pair.delay;
                    slot = slot < slots ? slot : slot - slots;
                    spikes = counts[p->counts + slot];
                    place = p->ring + slot * p->most;
                }
            }
            places[i] = place;
        }
        u32 all;
        const u32 before = block_running_sum(spikes, of_warps[turn], &all);
        if (i < n_pairs)
            running[i] = carry + before;
        carry += all;
    }
    if (item == 0)
        running[n_pairs] = carry;
}
