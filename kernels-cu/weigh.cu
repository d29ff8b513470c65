// Weights: windows over pictures, forwards, back, and what they learn. ADD_PRODUCT adds a product, both
// rounded, ADD adds two numbers; both are printed. What a window sees outside the picture is 0, and
// products with 0 change no sum that begins with +0, so they are left out.


// Places that an item works out at once.
#define PLACES 4
#define BLOCK 256

// Places p are stops of the window, picture after picture. An item is an output of some places.
extern "C" __global__ void weigh(const u32 places, WINDOW, const real *restrict x,
                    const real *restrict weights, const real *restrict bias,
                    real *restrict out)
{
    const u64 item = ITEM;
    const u32 o = (u32)(item % outputs);
    const u64 first = item / outputs * PLACES;
    if (first >= places)
        return;
    real sums[PLACES];
    u64 pictures[PLACES];
    i32 tops[PLACES];
    i32 lefts[PLACES];
    for (u32 j = 0; j < PLACES; ++j) {
        const u64 place = first + j < places ? first + j : places - 1;
        const u32 stop = (u32)(place % (down * across));
        sums[j] = 0;
        pictures[j] = place / (down * across) * height * width * channels;
        tops[j] = (i32)(stop / across * stride_y) - (i32)padding_y;
        lefts[j] = (i32)(stop % across * stride_x) - (i32)padding_x;
    }
    for (u32 ky = 0; ky < kernel_y; ++ky)
        for (u32 kx = 0; kx < kernel_x; ++kx) {
            u64 from[PLACES];
            bool inside[PLACES];
            for (u32 j = 0; j < PLACES; ++j) {
                const i32 row = tops[j] + (i32)ky;
                const i32 column = lefts[j] + (i32)kx;
                inside[j] = row >= 0 && row < (i32)height && column >= 0 && column < (i32)width;
                from[j] = inside[j] ? pictures[j] + ((u64)row * width + (u64)column) * channels : 0;
            }
            const real *w = weights + (u64)(ky * kernel_x + kx) * channels * outputs + o;
            for (u32 c = 0; c < channels; ++c) {
                const real weight = w[(u64)c * outputs];
                for (u32 j = 0; j < PLACES; ++j)
                    if (inside[j])
                        ADD_PRODUCT(sums[j], x[from[j] + c], weight);
            }
        }
    for (u32 j = 0; j < PLACES; ++j)
        if (first + j < places) {
            if (bias)
                ADD(sums[j], bias[o]);
            out[(first + j) * outputs + o] = sums[j];
        }
}

// Weights [tap, channel, output] as [tap, output, channel], the last tap first.
extern "C" __global__ void turn(const u32 taps, const u32 channels, const u32 outputs,
                   const real *restrict weights, real *restrict turned)
{
    const u64 i = ITEM;
    if (i >= (u64)taps * channels * outputs)
        return;
    const u64 c = i % channels;
    const u64 o = i / channels % outputs;
    const u64 tap = i / channels / outputs;
    turned[i] = weights[((taps - 1 - tap) * channels + c) * outputs + o];
}

// Places are those of the pictures. An item is a channel of some places.
extern "C" __global__ void weigh_back(const u32 places, WINDOW, const real *restrict by_out,
                         const real *restrict turned, real *restrict by_x)
{
    const u64 item = ITEM;
    const u32 c = (u32)(item % channels);
    const u64 first = item / channels * PLACES;
    if (first >= places)
        return;
    real sums[PLACES];
    u64 pictures[PLACES];
    i32 rows[PLACES];
    i32 columns[PLACES];
    for (u32 j = 0; j < PLACES; ++j) {
        const u64 place = first + j < places ? first + j : places - 1;
        const u32 own = (u32)(place % (height * width));
        sums[j] = 0;
        pictures[j] = place / (height * width) * down * across * outputs;
        rows[j] = (i32)(own / width + padding_y);
        columns[j] = (i32)(own % width + padding_x);
    }
    for (u32 i = 0; i < kernel_y * kernel_x; ++i) {
        // stops upwards: the last tap first
        const i32 ky = (i32)(kernel_y - 1 - i / kernel_x);
        const i32 kx = (i32)(kernel_x - 1 - i % kernel_x);
        u64 from[PLACES];
        bool stopped[PLACES];
        for (u32 j = 0; j < PLACES; ++j) {
            const i32 y = rows[j] - ky;
            const i32 x = columns[j] - kx;
            stopped[j] = y >= 0 && x >= 0 && y % (i32)stride_y == 0 && x % (i32)stride_x == 0 &&
                         y / (i32)stride_y < (i32)down && x / (i32)stride_x < (i32)across;
            const u64 stop = (u64)(y / (i32)stride_y) * across + (u64)(x / (i32)stride_x);
            from[j] = stopped[j] ? pictures[j] + stop * outputs : 0;
        }
        const real *w = turned + (u64)i * outputs * channels + c;
        for (u32 o = 0; o < outputs; ++o) {
            const real weight = w[(u64)o * channels];
            for (u32 j = 0; j < PLACES; ++j)
                if (stopped[j])
                    ADD_PRODUCT(sums[j], by_out[from[j] + o], weight);
        }
    }
    for (u32 j = 0; j < PLACES; ++j)
        if (first + j < places)
            by_x[(first + j) * channels + c] = sums[j];
}

// Places in blocks, of which an item takes `own` and adds them in pairs: a power of two, so that they
// are a part of the tree. An item is a weight in a part.
extern "C" __global__ void weigh_learn(const u32 places, WINDOW, const u32 own, const real *restrict x,
                          const real *restrict by_out, real *restrict parts)
{
    const u64 item = ITEM;
    const u64 weights = (u64)kernel_y * kernel_x * channels * outputs;
    const u64 blocks = ((u64)places + BLOCK - 1) / BLOCK;
    const u64 first = item / weights * own;
    if (first >= blocks)
        return;
    const u32 o = (u32)(item % outputs);
    const u32 k = (u32)(item % weights / outputs);
    const u32 c = k % channels;
    const i32 ky = (i32)(k / channels / kernel_x);
    const i32 kx = (i32)(k / channels % kernel_x);
    const u64 end = first + own < blocks ? first + own : blocks;
    real waiting[32];
    u32 depth = 0;
    for (u64 block = first; block < end; ++block) {
        const u64 last = (block + 1) * BLOCK < places ? (block + 1) * BLOCK : places;
        real sum = 0;
        for (u64 place = block * BLOCK; place < last; ++place) {
            const u32 stop = (u32)(place % (down * across));
            const i32 row = (i32)(stop / across * stride_y) - (i32)padding_y + ky;
            const i32 column = (i32)(stop % across * stride_x) - (i32)padding_x + kx;
            if (row < 0 || row >= (i32)height || column < 0 || column >= (i32)width)
                continue;
            const u64 picture = place / (down * across) * height;
            const u64 at = ((picture + (u64)row) * width + (u64)column) * channels + c;
            ADD_PRODUCT(sum, x[at], by_out[place * outputs + o]);
        }
        for (u64 n = block - first; n % 2; n /= 2) {
            real pair = waiting[--depth];
            ADD(pair, sum);
            sum = pair;
        }
        waiting[depth++] = sum;
    }
    while (depth > 1) {
        const real later = waiting[--depth];
        ADD(waiting[depth - 1], later);
    }
    parts[item] = waiting[0];
}
