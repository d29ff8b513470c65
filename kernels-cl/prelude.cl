// What every OpenCL C source of isospike begins with: types and the arithmetic contract. The CUDA
// twin is kernels-cu/prelude.cuh.

// One rounding per operation: a * b + c stays a product and a sum.
#pragma OPENCL FP_CONTRACT OFF
#ifdef __FAST_RELAXED_MATH__
#error "isospike refuses -cl-fast-relaxed-math: results would differ from other backends"
#endif

typedef int i32;
typedef uint u32;
typedef long i64;
typedef ulong u64;
typedef float f32;
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double f64;
#endif

// Division and square root of f32, correctly rounded. OpenCL leaves a device 2.5 and 3 ulp unless it
// offers -cl-fp32-correctly-rounded-divide-sqrt. Where its own are wrong the build defines the names
// below and they go through f64. Two roundings are then as good as one: 53 >= 2 * 24 + 2.
#ifdef ISOSPIKE_DIV_F32_THROUGH_F64
#define ISOSPIKE_DIV_F32(a, b) ((f32)((f64)(a) / (f64)(b)))
#else
#define ISOSPIKE_DIV_F32(a, b) ((a) / (b))
#endif
#ifdef ISOSPIKE_SQRT_F32_THROUGH_F64
#define ISOSPIKE_SQRT_F32(a) ((f32)sqrt((f64)(a)))
#else
#define ISOSPIKE_SQRT_F32(a) sqrt(a)
#endif

// The high half of a product of u32. Compilers make one instruction of it, while the builtin of some
// libraries is a sum of products of halves. Some libraries have a macro for it.
#undef mul_hi
#define mul_hi(a, b) ((u32)(((u64)(a) * (u64)(b)) >> 32))
