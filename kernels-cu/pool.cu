// Pools. ADD adds two numbers, TIMES multiplies two; both are printed.

// An item is a channel of a stop. `factor` is one number; without it, the largest is taken, the first
// of several, and its place in the window goes to `which`.
extern "C" __global__ void pool(const u32 places, WINDOW, const real *restrict factor,
                   const real *restrict x, real *restrict y,
                   real *restrict which)
{
    const u64 item = ITEM;
    const u64 place = item / channels;
    if (place >= places)
        return;
    const u64 picture = place / (down * across) * height;
    const u32 stop = (u32)(place % (down * across));
    const i32 top = (i32)(stop / across * stride_y) - (i32)padding_y;
    const i32 left = (i32)(stop % across * stride_x) - (i32)padding_x;
    real sum = 0;
    u32 largest = 0;
    for (u32 k = 0; k < kernel_y * kernel_x; ++k) {
        const i32 row = top + (i32)(k / kernel_x);
        const i32 column = left + (i32)(k % kernel_x);
        const bool inside = row >= 0 && row < (i32)height && column >= 0 && column < (i32)width;
        const u64 at = ((picture + (u64)row) * width + (u64)column) * channels + item % channels;
        const real own = inside ? x[at] : (real)0;
        if (factor) {
            ADD(sum, own);
        } else if (k == 0 || own > sum) {
            sum = own;
            largest = k;
        }
    }
    if (factor)
        TIMES(sum, factor[0]);
    y[item] = sum;
    if (which)
        which[item] = (real)largest;
}

// An item is a channel of a place.
extern "C" __global__ void pool_back(const u32 places, WINDOW, const real *restrict factor,
                        const real *restrict by_y, const real *restrict which,
                        real *restrict by_x)
{
    const u64 item = ITEM;
    const u64 place = item / channels;
    if (place >= places)
        return;
    const u64 picture = place / (height * width) * down;
    const i32 row = (i32)(place % (height * width) / width + padding_y);
    const i32 column = (i32)(place % width + padding_x);
    real sum = 0;
    // stops upwards: the last place of the window first
    for (u32 k = kernel_y * kernel_x; k-- > 0;) {
        const i32 top = row - (i32)(k / kernel_x);
        const i32 left = column - (i32)(k % kernel_x);
        if (top < 0 || left < 0 || top % (i32)stride_y != 0 || left % (i32)stride_x != 0)
            continue;
        const u64 y = (u64)(top / (i32)stride_y);
        const u64 x = (u64)(left / (i32)stride_x);
        if (y >= down || x >= across)
            continue;
        const u64 at = ((picture + y) * across + x) * channels + item % channels;
        if (factor) {
            real part = by_y[at];
            TIMES(part, factor[0]);
            ADD(sum, part);
        } else if (which[at] == (real)k) {
            ADD(sum, by_y[at]);
        }
    }
    by_x[item] = sum;
}
