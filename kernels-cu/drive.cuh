// Poisson input: how many spikes a random word stands for.

// How many thresholds the word reaches, plus the base: found from the guide in a few comparisons.
INLINE u32 poisson_count(const u32 *restrict table, const u32 word)
{
    const u32 length = table[1];
    const u32 *thresholds = table + 2 + 256;
    u32 n = table[2 + (word >> 24)];
    while (n < length && thresholds[n] <= word)
        ++n;
    return table[0] + n;
}

// Padding repeats the last neuron.
INLINE u64 own_element(const struct piece *p, const u32 element)
{
    const u64 neuron = p->first + element;
    return neuron < p->neurons ? neuron : p->neurons - 1;
}
