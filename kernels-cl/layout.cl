// What lies where in device memory: the structs of isospike-gpu's layout.rs, word for word, and the
// words by which the generated code and the kernels of both dialects say the same.

typedef char i8;
typedef uchar u8;
typedef ushort u16;

#define GLOBAL __global
#define LOCAL __local
#define INLINE static inline __attribute__((always_inline))

// Infinity minus itself is NaN, and NaN equals nothing.
#define IS_FINITE(x) ((x) - (x) == 0)

#if WIDE_SUMS && !OWNED
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#define ADD_TO_SUM(at, weight) atom_add(at, weight)
#else
#define ADD_TO_SUM(at, weight) atomic_add(at, weight)
#endif

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
INLINE u64 steps_before(GLOBAL const u64 *steps, const u64 length, const u64 step)
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
