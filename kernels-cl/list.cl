// What begins a step: who spiked a delay ago, and what current flows. One work-group.
//
// A pair is what a table delivers of one source piece (or spike train) with one delay. The running
// sum of their spikes numbers all units of work of `deliver`. When the record of a piece has no
// room for a step in which all its neurons spike, or a plastic history is full, this step and all
// later ones do nothing.

__kernel __attribute__((reqd_work_group_size(LIST_ITEMS, 1, 1)))
void list(GLOBAL u64 *clock,
          GLOBAL const struct piece *pieces, const u32 n_pieces,
          GLOBAL const struct pair *pairs, const u32 n_pairs,
          GLOBAL const struct train *trains, GLOBAL const u64 *train_steps,
          GLOBAL const u64 *current_steps, GLOBAL const real *current_values,
          GLOBAL real *base, GLOBAL u32 *now, GLOBAL u32 *counts, GLOBAL const u32 *recorded,
          GLOBAL u32 *running, GLOBAL u64 *places)
{
    LOCAL u32 halted;
    LOCAL u32 carry;
    LOCAL u32 part[LIST_ITEMS];
    const u32 item = (u32)get_local_id(0);
    const u64 t = clock[CLOCK_NEXT];
    if (item == 0) {
        halted = clock[CLOCK_FULL] != 0;
        carry = 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (u32 i = item; i < n_pieces; i += LIST_ITEMS) {
        if (recorded[i] + pieces[i].most > pieces[i].room)
            halted = 1;
    }
    // All items have read the clock when it changes.
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    if (item == 0) {
        if (halted) {
            clock[CLOCK_HALTED] = 1;
        } else {
            clock[CLOCK_NOW] = t;
            clock[CLOCK_NEXT] = t + 1;
        }
    }
    for (u32 i = item; i < n_pieces && !halted; i += LIST_ITEMS) {
        GLOBAL const struct piece *p = pieces + i;
        const u32 slot = (u32)(t % p->slots);
        now[i] = slot;
        counts[p->counts + slot] = 0;
        const u64 n = steps_before(current_steps + p->current, p->currents, t + 1);
        base[i] = n == 0 ? (real)0 : current_values[p->current + n - 1];
    }
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    for (u32 first = 0; first < n_pairs && !halted; first += LIST_ITEMS) {
        const u32 i = first + item;
        u32 spikes = 0;
        if (i < n_pairs) {
            const struct pair pair = pairs[i];
            u64 place = 0;
            if (pair.delay <= t) {
                if (pair.is_train) {
                    GLOBAL const struct train *train = trains + pair.source;
                    GLOBAL const u64 *steps = train_steps + train->first;
                    const u64 from = steps_before(steps, train->length, t - pair.delay);
                    const u64 to = steps_before(steps, train->length, t - pair.delay + 1);
                    spikes = (u32)(to - from);
                    place = train->first + from;
                } else {
                    GLOBAL const struct piece *p = pieces + pair.source;
                    const u32 slots = (u32)p->slots;
                    u32 slot = now[pair.source] + slots - pair.delay;
                    slot = slot < slots ? slot : slot - slots;
                    spikes = counts[p->counts + slot];
                    place = p->ring + slot * p->most;
                }
            }
            places[i] = place;
        }
#if LIST_ITEMS == 1
        running[i] = carry;
        carry += spikes;
#else
        part[item] = spikes;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (u32 away = 1; away < LIST_ITEMS; away *= 2) {
            const u32 before = item >= away ? part[item - away] : 0;
            barrier(CLK_LOCAL_MEM_FENCE);
            part[item] += before;
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        if (i < n_pairs)
            running[i] = carry + part[item] - spikes;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item == 0)
            carry += part[LIST_ITEMS - 1];
        barrier(CLK_LOCAL_MEM_FENCE);
#endif
    }
    if (item == 0)
        running[n_pairs] = carry;
}
