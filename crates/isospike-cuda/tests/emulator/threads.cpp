// Runs a launch on the host: each thread of a block is a fiber, which runs until it waits for others
// or ends. Blocks run one after another, in another order each time.
#include "threads.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <ucontext.h>
#include <vector>

namespace {

constexpr unsigned WARP = 32;
constexpr size_t STACK = 256 * 1024;

// What a thread waits for.
enum class Waits { nothing, barrier, warp, ended };

struct Fiber {
    std::unique_ptr<char[]> stack{new char[STACK]};
    ucontext_t first;
    jmp_buf now;
    bool begun = false;
    emulated_place place{};
    Waits waits = Waits::nothing;
    // How often it has met its warp.
    unsigned meetings = 0;
};

struct Warp {
    // Values of this meeting and of the one before, which some may still be reading.
    emulated_u64 values[2][WARP];
    unsigned here = 0;
};

std::vector<std::unique_ptr<Fiber>> fibers;
std::vector<Warp> warps;
Fiber *running;
jmp_buf scheduler;
void (*kernel)(const emulated_u64 *);
const emulated_u64 *arguments;
unsigned threads, at_barrier;
bool any[2];
unsigned barriers;
unsigned launches;

[[noreturn]] void die(const char *why)
{
    std::fprintf(stderr, "emulator: %s\n", why);
    std::abort();
}

// Back to the scheduler, until somebody resumes this fiber.
void pause()
{
    if (_setjmp(running->now) == 0)
        _longjmp(scheduler, 1);
}

// A fiber serves one thread after another.
void serve()
{
    for (;;) {
        kernel(arguments);
        running->waits = Waits::ended;
        pause();
    }
}

void resume(Fiber &fiber)
{
    running = &fiber;
    emulated_here = &fiber.place;
    if (_setjmp(scheduler) != 0)
        return;
    if (fiber.begun)
        _longjmp(fiber.now, 1);
    fiber.begun = true;
    getcontext(&fiber.first);
    fiber.first.uc_stack.ss_sp = fiber.stack.get();
    fiber.first.uc_stack.ss_size = STACK;
    fiber.first.uc_link = nullptr;
    makecontext(&fiber.first, serve, 0);
    setcontext(&fiber.first);
}

void run_block()
{
    at_barrier = 0;
    any[0] = any[1] = false;
    for (Warp &warp : warps)
        warp.here = 0;
    for (unsigned i = 0; i < threads; ++i) {
        fibers[i]->waits = Waits::nothing;
        fibers[i]->meetings = 0;
    }
    for (;;) {
        bool ended = true, ran = false;
        for (unsigned k = 0; k < threads; ++k) {
            const unsigned i = launches % 2 ? threads - 1 - k : k;
            if (fibers[i]->waits == Waits::nothing) {
                resume(*fibers[i]);
                ran = true;
            }
            ended = ended && fibers[i]->waits == Waits::ended;
        }
        if (ended)
            return;
        if (!ran)
            die("threads wait for others that have ended or wait for something else");
    }
}

Warp &meet(emulated_u32 mask, emulated_u64 value)
{
    if (mask != ~0u)
        die("only whole warps are emulated");
    Fiber &me = *running;
    const unsigned lane = me.place.thread.x % WARP, first = me.place.thread.x - lane;
    Warp &warp = warps[first / WARP];
    warp.values[me.meetings % 2][lane] = value;
    ++me.meetings;
    if (++warp.here == WARP) {
        warp.here = 0;
        for (unsigned i = first; i < first + WARP; ++i)
            fibers[i]->waits = Waits::nothing;
    } else {
        me.waits = Waits::warp;
        pause();
    }
    return warp;
}

} // namespace

emulated_place *emulated_here;

int emulated_barrier(int vote)
{
    // A thread may be at the next barrier while others still read what came out of this one.
    bool &out = any[barriers % 2];
    out = out || vote != 0;
    if (++at_barrier == threads) {
        at_barrier = 0;
        any[++barriers % 2] = false;
        for (unsigned i = 0; i < threads; ++i)
            fibers[i]->waits = Waits::nothing;
    } else {
        running->waits = Waits::barrier;
        pause();
    }
    return out;
}

emulated_u64 emulated_exchange(emulated_u32 mask, emulated_u64 value, emulated_u32 from)
{
    const Warp &warp = meet(mask, value);
    return warp.values[(running->meetings - 1) % 2][from];
}

emulated_u32 emulated_ballot(emulated_u32 mask, int vote)
{
    const Warp &warp = meet(mask, vote != 0);
    emulated_u32 all = 0;
    for (unsigned i = 0; i < WARP; ++i)
        all |= (emulated_u32)warp.values[(running->meetings - 1) % 2][i] << i;
    return all;
}

void run_launch(void (*f)(const emulated_u64 *), const emulated_u64 *args, unsigned blocks,
                unsigned threads_of_block)
{
    kernel = f;
    arguments = args;
    threads = threads_of_block;
    ++launches;
    while (fibers.size() < threads)
        fibers.push_back(std::make_unique<Fiber>());
    warps.resize((threads + WARP - 1) / WARP);
    for (unsigned k = 0; k < blocks; ++k) {
        const unsigned block = (k + launches) % blocks;
        for (unsigned i = 0; i < threads; ++i)
            fibers[i]->place = {{i, 0, 0}, {block, 0, 0}, {threads, 1, 1}, {blocks, 1, 1}};
        run_block();
    }
}
