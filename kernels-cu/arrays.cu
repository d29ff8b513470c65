// What moves arrays and adds their columns. ADD is a sum of two numbers, printed.

#define BLOCK 256

extern "C" __global__ void copy(const u32 n, const real *restrict from, const u32 at,
                   real *restrict to, const u32 to_at)
{
    const u64 i = ITEM;
    if (i < n)
        to[to_at + i] = from[at + i];
}

extern "C" __global__ void pack_bytes(const u32 n, const real *restrict from, u8 *restrict to)
{
    const u64 i = ITEM;
    if (i < n)
        to[i] = from[i] != 0;
}

extern "C" __global__ void unpack_bytes(const u32 n, const u8 *restrict from, real *restrict to)
{
    const u64 i = ITEM;
    if (i < n)
        to[i] = from[i] ? (real)1 : (real)0;
}

// An item is a word of 32 spikes.
extern "C" __global__ void pack_bits(const u32 n, const real *restrict from, u32 *restrict to)
{
    const u64 word = ITEM;
    u32 bits = 0;
    for (u32 i = 0; i < 32; ++i)
        if (32 * word + i < n && from[32 * word + i] != 0)
            bits |= 1u << i;
    if (32 * word < n)
        to[word] = bits;
}

extern "C" __global__ void unpack_bits(const u32 n, const u32 *restrict from, real *restrict to)
{
    const u64 i = ITEM;
    if (i < n)
        to[i] = from[i / 32] >> i % 32 & 1u ? (real)1 : (real)0;
}

extern "C" __global__ void pack_f16(const u32 n, const real *restrict from, u16 *restrict to)
{
    const u64 i = ITEM;
    if (i < n)
        store_f16(to, i, (f32)from[i]);
}

extern "C" __global__ void unpack_f16(const u32 n, const u16 *restrict from, real *restrict to)
{
    const u64 i = ITEM;
    if (i < n)
        to[i] = load_f16(from, i);
}

extern "C" __global__ void pack_bf16(const u32 n, const real *restrict from, u16 *restrict to)
{
    const u64 i = ITEM;
    if (i < n)
        store_bf16(to, i, (f32)from[i]);
}

extern "C" __global__ void unpack_bf16(const u32 n, const u16 *restrict from, real *restrict to)
{
    const u64 i = ITEM;
    if (i < n)
        to[i] = load_bf16(from, i);
}

// An item looks at every `items`-th number.
extern "C" __global__ void look(const u32 n, const u32 items, const real *restrict x, const u32 slot,
                     u32 *restrict highest, u32 *restrict marks,
                     real *restrict found)
{
    const u64 first = ITEM;
    if (first >= items)
        return;
    for (u64 i = first; i < n; i += items)
        if (!is_finite(x[i])) {
            note(highest, marks, found, slot, first, (u32)i, x[i]);
            return;
        }
}

// Rows of a block, downwards. An item is a column of a block.
extern "C" __global__ void block_sums(const u32 rows, const u32 columns, const real *restrict x,
                         real *restrict sums)
{
    const u64 item = ITEM;
    const u64 first = item / columns * BLOCK;
    if (first >= rows)
        return;
    const u64 end = first + BLOCK < rows ? first + BLOCK : rows;
    real sum = 0;
    for (u64 row = first; row < end; ++row)
        ADD(sum, x[row * columns + item % columns]);
    sums[item] = sum;
}

// Rows in pairs, again and again; one without a neighbour waits. An item is a column.
extern "C" __global__ void pair_sums(const u32 rows, const u32 columns, real *restrict sums,
                        real *restrict out)
{
    const u64 column = ITEM;
    if (column >= columns)
        return;
    for (u64 n = rows; n > 1; n = (n + 1) / 2) {
        for (u64 i = 0; i < n / 2; ++i) {
            real sum = sums[2 * i * columns + column];
            ADD(sum, sums[(2 * i + 1) * columns + column]);
            sums[i * columns + column] = sum;
        }
        if (n % 2)
            sums[n / 2 * columns + column] = sums[(n - 1) * columns + column];
    }
    out[column] = sums[column];
}
