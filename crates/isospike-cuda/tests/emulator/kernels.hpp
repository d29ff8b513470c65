// Stands before a kernel text that the emulator compiles: the words of CUDA C++ as C++ of the host.
// One function per intrinsic, each with the one rounding that CUDA promises; built without
// contraction. It includes no header, so that texts compile fast.
#pragma once

#include "threads.hpp"

struct uint2 { emulated_u32 x, y; };
struct uint4 { emulated_u32 x, y, z, w; };
static inline uint2 make_uint2(emulated_u32 x, emulated_u32 y) { return {x, y}; }
static inline uint4 make_uint4(emulated_u32 x, emulated_u32 y, emulated_u32 z, emulated_u32 w)
{
    return {x, y, z, w};
}

#define threadIdx (emulated_here->thread)
#define blockIdx (emulated_here->block)
#define blockDim (emulated_here->threads)
#define gridDim (emulated_here->blocks)

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
// One block runs at a time, and what it shares begins as whatever the one before left.
#define __shared__ static
#define asm(...)

#define __syncthreads() ((void)emulated_barrier(0))
#define __syncthreads_or(any) emulated_barrier(any)
#define __ballot_sync(mask, vote) emulated_ballot(mask, vote)
#define __any_sync(mask, vote) (emulated_ballot(mask, vote) != 0)
#define __syncwarp() ((void)emulated_ballot(~0u, 0))

template <class T> static inline T emulated_take(emulated_u32 mask, T value, emulated_u32 from)
{
    emulated_u64 bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    bits = emulated_exchange(mask, bits, from);
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}
static inline emulated_u32 emulated_lane() { return threadIdx.x % 32u; }
template <class T> static inline T __shfl_sync(emulated_u32 mask, T value, emulated_u32 lane)
{
    return emulated_take(mask, value, lane % 32u);
}
template <class T> static inline T __shfl_up_sync(emulated_u32 mask, T value, emulated_u32 away)
{
    const emulated_u32 me = emulated_lane();
    return emulated_take(mask, value, me < away ? me : me - away);
}
template <class T> static inline T __shfl_down_sync(emulated_u32 mask, T value, emulated_u32 away)
{
    const emulated_u32 me = emulated_lane();
    return emulated_take(mask, value, me + away > 31u ? me : me + away);
}
template <class T> static inline T __shfl_xor_sync(emulated_u32 mask, T value, emulated_u32 bits)
{
    return emulated_take(mask, value, emulated_lane() ^ bits);
}

// One thread runs at a time.
template <class T, class U> static inline T atomicAdd(T *at, U value)
{
    const T old = *at;
    *at = (T)((emulated_u64)old + (emulated_u64)(T)value);
    return old;
}
template <class T, class U> static inline T atomicOr(T *at, U value)
{
    const T old = *at;
    *at = old | (T)value;
    return old;
}
template <class T, class U> static inline T atomicMax(T *at, U value)
{
    const T old = *at;
    *at = old < (T)value ? (T)value : old;
    return old;
}
template <class T, class U> static inline T atomicExch(T *at, U value)
{
    const T old = *at;
    *at = (T)value;
    return old;
}
template <class T> static inline T __ldg(const T *at) { return *at; }
#define __threadfence() ((void)0)

static inline emulated_u32 min(emulated_u32 a, emulated_u32 b) { return a < b ? a : b; }
static inline emulated_u32 max(emulated_u32 a, emulated_u32 b) { return a > b ? a : b; }
static inline emulated_u64 min(emulated_u64 a, emulated_u64 b) { return a < b ? a : b; }
static inline emulated_u64 max(emulated_u64 a, emulated_u64 b) { return a > b ? a : b; }
static inline int __popc(emulated_u32 x) { return __builtin_popcount(x); }
static inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz((emulated_u32)x); }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline emulated_u32 __umulhi(emulated_u32 a, emulated_u32 b)
{
    return (emulated_u32)((emulated_u64)a * b >> 32);
}

static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }
static inline double __dadd_rn(double a, double b) { return a + b; }
static inline double __dsub_rn(double a, double b) { return a - b; }
static inline double __dmul_rn(double a, double b) { return a * b; }
static inline double __ddiv_rn(double a, double b) { return a / b; }
static inline double __dsqrt_rn(double a) { return __builtin_sqrt(a); }

#define fabsf __builtin_fabsf
#define fabs __builtin_fabs
#define rintf __builtin_rintf
#define rint __builtin_rint
#define floorf __builtin_floorf
#define floor __builtin_floor
#define truncf __builtin_truncf
#define trunc __builtin_trunc
#define copysignf __builtin_copysignf
#define copysign __builtin_copysign

template <class To, class From> static inline To emulated_cast(From x)
{
    static_assert(sizeof(To) == sizeof(From), "bits of the same number");
    To y;
    __builtin_memcpy(&y, &x, sizeof y);
    return y;
}
static inline float __uint_as_float(emulated_u32 x) { return emulated_cast<float>(x); }
static inline float __int_as_float(int x) { return emulated_cast<float>(x); }
static inline int __float_as_int(float x) { return emulated_cast<int>(x); }
static inline emulated_u32 __float_as_uint(float x) { return emulated_cast<emulated_u32>(x); }
static inline double __longlong_as_double(long long x) { return emulated_cast<double>(x); }
static inline long long __double_as_longlong(double x) { return emulated_cast<long long>(x); }

// To nearest even, which is how the host converts; towards zero and saturated, as CUDA does.
static inline float __int2float_rn(int x) { return (float)x; }
static inline float __uint2float_rn(emulated_u32 x) { return (float)x; }
static inline float __ll2float_rn(long long x) { return (float)x; }
static inline double __int2double_rn(int x) { return x; }
static inline double __uint2double_rn(emulated_u32 x) { return x; }
static inline double __ll2double_rn(long long x) { return (double)x; }
static inline int __double2int_rz(double x)
{
    return x != x ? 0 : x >= 2147483647.0 ? 2147483647 : x <= -2147483648.0 ? -2147483647 - 1 : (int)x;
}
static inline int __float2int_rz(float x) { return __double2int_rz(x); }
static inline long long __double2ll_rz(double x)
{
    const long long most = 9223372036854775807ll;
    if (x != x)
        return -most - 1;
    return x >= 9223372036854775808.0 ? most : x <= -9223372036854775808.0 ? -most - 1 : (long long)x;
}
static inline long long __float2ll_rz(float x) { return __double2ll_rz(x); }

// A launch keeps its arguments in places of eight bytes.
template <class... A> static int emulated_pack(void (*)(A...), void **from, emulated_u64 *to)
{
    int i = 0;
    ((__builtin_memcpy(to + i, from[i], sizeof(A)), ++i), ...);
    return i;
}
template <class T> static inline T emulated_argument(const emulated_u64 *at)
{
    T value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}
template <int... I> struct emulated_numbers {};
template <int N, int... I> struct emulated_count : emulated_count<N - 1, N - 1, I...> {};
template <int... I> struct emulated_count<0, I...> { typedef emulated_numbers<I...> type; };
template <class... A, int... I>
static void emulated_apply(void (*f)(A...), const emulated_u64 *args, emulated_numbers<I...>)
{
    f(emulated_argument<A>(args + I)...);
}
template <class... A> static void emulated_call(void (*f)(A...), const emulated_u64 *args)
{
    emulated_apply(f, args, typename emulated_count<sizeof...(A)>::type());
}
// Stands after the text, once for each kernel.
#define EMULATED_KERNEL(name)                                                                      \
    extern "C" int emulated_pack_##name(void **from, emulated_u64 *to)                             \
    {                                                                                              \
        return emulated_pack(name, from, to);                                                      \
    }                                                                                              \
    extern "C" void emulated_call_##name(const emulated_u64 *args) { emulated_call(name, args); }
