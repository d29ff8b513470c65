// Poisson input: how many spikes a random word stands for.

#ifdef POISSON_IS_SHORT
// How many thresholds the word reaches, plus the base: as many are looked at as the longest table
// has, so that nothing branches. Beyond its own a table repeats its last, which ascending order
// makes the one that is reached last: if it is, all its own are.
INLINE u32 poisson_count(GLOBAL const u32 *table, const u32 word)
{
    const u32 length = table[1];
    GLOBAL const u32 *thresholds = table + 2 + 256;
    const u32 last = max(length, 1u) - 1u;
    u32 count = 0;
#pragma unroll
    for (u32 i = 0; i < SHORT_POISSON; ++i)
        count += word >= thresholds[min(i, last)];
    return table[0] + min(count, length);
}
#else
// The same, found from the guide in a few comparisons.
INLINE u32 poisson_count(GLOBAL const u32 *table, const u32 word)
{
    const u32 length = table[1];
    GLOBAL const u32 *thresholds = table + 2 + 256;
    u32 n = table[2 + (word >> 24)];
    while (n < length && thresholds[n] <= word)
        ++n;
    return table[0] + n;
}
#endif

// Padding repeats the last neuron.
INLINE u64 own_element(const struct piece *p, const u32 element)
{
    const u64 neuron = p->first + element;
    return neuron < p->neurons ? neuron : p->neurons - 1;
}
