// What lies where in device memory: the structs of isospike-gpu's layout.rs, word for word, and the
// words by which the generated code and the kernels of both dialects say the same.

typedef signed char i8;
typedef unsigned char u8;
typedef unsigned short u16;

#define GLOBAL
#define INLINE static __device__ __forceinline__
#define restrict __restrict__
#define KERNEL(items) extern "C" __global__ void __launch_bounds__(items)

// All bits of an exponent are set in infinities and NaN alone.
INLINE bool is_finite(const f32 x) { return (__float_as_int(x) & 0x7F800000) != 0x7F800000; }
INLINE bool is_finite(const f64 x)
{
    return (__double_as_longlong(x) & 0x7FF0000000000000) != 0x7FF0000000000000;
}

// All threads of a warp take part in what it does together.
#define WARP 32u
#define ALL 0xFFFFFFFFu

// The sum of the numbers of this thread and all before it in its warp.
INLINE u32 warp_running_sum(const u32 number)
{
    const u32 lane = threadIdx.x % WARP;
    u32 sum = number;
    for (u32 away = 1; away < WARP; away *= 2) {
        const u32 before = __shfl_up_sync(ALL, sum, away);
        sum += lane >= away ? before : 0;
    }
    return sum;
}

// Additions whose result nobody reads: the compiler makes reductions of them, which do not wait.
// 64-bit sums wrap like unsigned ones.
INLINE void add_to_sum(i32 *at, const i32 weight) { atomicAdd(at, weight); }
INLINE void add_to_sum(i64 *at, const i64 weight) { atomicAdd((u64 *)at, (u64)weight); }

// Words of the clock: the next step, the step that is being done, the step that records count from,
// whether a record or a history is full and nothing more is done, whether a state is not finite,
// whether a history is full, the time as of which all plastic synapses were brought up to date last,
// whether a plastic weight became NaN or infinite.
#define CLOCK_NEXT 0
#define CLOCK_NOW 1
#define CLOCK_DRAINED 2
#define CLOCK_HALTED 3
#define CLOCK_NOT_FINITE 4
#define CLOCK_FULL 5
#define CLOCK_SETTLED 6
#define CLOCK_BROKEN 7

struct piece {
    u64 state, states, flat, live;
    u64 sums, port_stride;
    u64 each, padded, params, drives;
    u64 stream, first, neurons;
    u64 slots, ring, counts;
    u64 record, room;
    u64 current, currents;
    u64 first_group;
    u64 pending, pending_steps;
    u64 first_history, end_history;
    u64 most, filters, stimuli;
    u64 infinite;
};

#define FORMAT_CONSTANT 0
#define FORMAT_U16 1
#define FORMAT_I16 2
#define FORMAT_I32 3
#define FORMAT_I64 4
#define FORMAT_PLASTIC 5
#define FORMAT_U8 6
#define FORMAT_I8 7
#define FORMAT_F16 8
#define FORMAT_BF16 9

struct table {
    u64 row, index, wide, stride, first_delay, delays;
    u64 format, synapses, weights;
    i64 factor;
    u64 first_route, end_route;
};

struct route {
    u64 group, block, sums;
};

struct learner {
    u64 table, group, block;
    u64 history, offset;
    u64 pending, pending_stride, pending_steps;
    u64 traces, sources;
    u64 params;
};

struct history {
    u64 rule, flat, entries, room, counts, longest;
};

struct pair {
    u32 table, delay, source, is_train;
};

struct train {
    u64 first, length;
};

// How many of `length` ascending steps lie before `step`.
INLINE u64 steps_before(const u64 *steps, const u64 length, const u64 step)
{
    u64 low = 0, high = length;
    while (low < high) {
        const u64 middle = low + (high - low) / 2;
        if (steps[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
