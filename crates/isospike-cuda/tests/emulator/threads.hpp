// What kernels and the emulator know of each other: where a thread is, and what it does with others.
// No header is included, so that kernels compile fast.
#pragma once

typedef unsigned int emulated_u32;
typedef unsigned long long emulated_u64;

struct uint3 { emulated_u32 x, y, z; };

// The thread that runs: the emulator sets it whenever it goes from one to another.
struct emulated_place { uint3 thread, block, threads, blocks; };
extern "C" emulated_place *emulated_here;

// What threads do together: the emulator lets others run until all are there.
extern "C" int emulated_barrier(int any);
extern "C" emulated_u64 emulated_exchange(emulated_u32 mask, emulated_u64 value, emulated_u32 from);
extern "C" emulated_u32 emulated_ballot(emulated_u32 mask, int vote);

// Runs a launch to its end.
void run_launch(void (*kernel)(const emulated_u64 *), const emulated_u64 *args, unsigned blocks,
                unsigned threads);
