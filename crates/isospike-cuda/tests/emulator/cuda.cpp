// The functions of libcuda that isospike-cuda calls, for a device that is this processor. Everything
// is done before a call returns, except what a graph captures.
#include "threads.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

typedef int Result;
typedef emulated_u64 Pointer;

constexpr Result OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_IMAGE = 200,
                 INVALID_DEVICE = 101, ILLEGAL_ADDRESS = 700, NOT_FOUND = 500;
constexpr size_t MEMORY = size_t(1) << 30;
// What can be allocated of it.
size_t available = MEMORY;

struct Module {
    void *library;
};
struct Function {
    int (*pack)(void **, emulated_u64 *);
    void (*call)(const emulated_u64 *);
};
struct Launch {
    void (*call)(const emulated_u64 *);
    unsigned blocks, threads;
    emulated_u64 args[64];
};
struct Graph {
    std::vector<Launch> launches;
};
struct Stream {
    Graph *captures = nullptr;
};

std::mutex one_at_a_time;
Result lost = OK;
// Each stretch of memory lies between two of these, which nobody may write to.
constexpr size_t FENCE = 64;
constexpr unsigned char FENCE_BYTE = 0xA5, NEW_BYTE = 0xCD;
std::map<Pointer, size_t> stretches;
thread_local void *current;
int context;

void die(const char *why)
{
    std::fprintf(stderr, "emulator: %s\n", why);
    std::abort();
}

void check_fences(Pointer at, size_t bytes)
{
    const auto *begin = reinterpret_cast<const unsigned char *>(at);
    for (size_t i = 0; i < FENCE; ++i)
        if (begin[-1 - (long)i] != FENCE_BYTE || begin[bytes + i] != FENCE_BYTE)
            die("a kernel wrote beside a buffer");
}

// Whether all bytes lie in one stretch.
bool is_ours(Pointer at, size_t bytes)
{
    auto after = stretches.upper_bound(at);
    if (after == stretches.begin())
        return false;
    const auto &[first, length] = *--after;
    return at + bytes <= first + length;
}

void run(const Launch &l) { run_launch(l.call, l.args, l.blocks, l.threads); }

} // namespace

#define API extern "C" __attribute__((visibility("default")))
// A device that is lost answers nothing else.
#define LOCKED                                                                                     \
    std::lock_guard<std::mutex> lock(one_at_a_time);                                               \
    if (lost != OK)                                                                                \
        return lost;

// From now on the device is lost, as after a kernel that read where nothing is.
API void emulator_lose() { lost = ILLEGAL_ADDRESS; }
// From now on there is no more memory than that.
API void emulator_keep(size_t bytes) { available = bytes; }

API Result cuInit(unsigned) { return OK; }
API Result cuGetErrorString(Result error, const char **text)
{
    switch (error) {
    case INVALID_VALUE: *text = "invalid argument"; return OK;
    case OUT_OF_MEMORY: *text = "out of memory"; return OK;
    case INVALID_IMAGE: *text = "device kernel image is invalid"; return OK;
    case INVALID_DEVICE: *text = "invalid device ordinal"; return OK;
    case NOT_FOUND: *text = "named symbol not found"; return OK;
    case ILLEGAL_ADDRESS: *text = "an illegal memory access was encountered"; return OK;
    default: return INVALID_VALUE;
    }
}
API Result cuDeviceGetCount(int *count) { return *count = 1, OK; }
API Result cuDeviceGet(int *device, int ordinal)
{
    *device = ordinal;
    return ordinal == 0 ? OK : INVALID_DEVICE;
}
API Result cuDeviceGetName(char *name, int length, int)
{
    std::snprintf(name, length, "CUDA emulator");
    return OK;
}
API Result cuDeviceTotalMem_v2(size_t *bytes, int) { return *bytes = MEMORY, OK; }
API Result cuDeviceGetAttribute(int *value, int attribute, int)
{
    switch (attribute) {
    case 16: *value = 1; break;  // multiprocessors
    case 75: *value = 9; break;  // compute capability
    case 76: *value = 0; break;
    case 115: *value = 1; break; // memory pools
    default: return INVALID_VALUE;
    }
    return OK;
}
API Result cuDevicePrimaryCtxRetain(void **c, int) { return *c = &context, OK; }
API Result cuDevicePrimaryCtxRelease_v2(int) { return OK; }
API Result cuCtxGetCurrent(void **c) { return *c = current, OK; }
API Result cuCtxSetCurrent(void *c) { return current = c, OK; }
API Result cuCtxSynchronize() { LOCKED return OK; }

API Result cuStreamCreate(Stream **stream, unsigned) { return *stream = new Stream, OK; }
API Result cuStreamDestroy_v2(Stream *stream) { return delete stream, OK; }
API Result cuStreamSynchronize(Stream *stream)
{
    LOCKED
    return stream->captures != nullptr ? INVALID_VALUE : OK;
}
API Result cuEventCreate(void **event, unsigned) { return *event = &context, OK; }
API Result cuEventDestroy_v2(void *) { return OK; }
API Result cuEventSynchronize(void *) { LOCKED return OK; }

API Result cuMemAllocAsync(Pointer *at, size_t bytes, Stream *)
{
    LOCKED
    if (bytes > available)
        return OUT_OF_MEMORY;
    const size_t whole = (bytes + 3 * FENCE - 1) / FENCE * FENCE;
    auto *memory = static_cast<unsigned char *>(std::aligned_alloc(FENCE, whole));
    std::memset(memory, FENCE_BYTE, bytes + 2 * FENCE);
    std::memset(memory + FENCE, NEW_BYTE, bytes);
    *at = reinterpret_cast<Pointer>(memory + FENCE);
    stretches[*at] = bytes;
    available -= bytes;
    return OK;
}
API Result cuMemFreeAsync(Pointer at, Stream *)
{
    LOCKED
    const auto stretch = stretches.find(at);
    if (stretch == stretches.end())
        return INVALID_VALUE;
    check_fences(at, stretch->second);
    available += stretch->second;
    stretches.erase(stretch);
    std::free(reinterpret_cast<unsigned char *>(at) - FENCE);
    return OK;
}
API Result cuMemAlloc_v2(Pointer *at, size_t bytes) { return cuMemAllocAsync(at, bytes, nullptr); }
API Result cuMemFree_v2(Pointer at) { return cuMemFreeAsync(at, nullptr); }
API Result cuMemGetInfo_v2(size_t *left, size_t *all)
{
    LOCKED
    *left = available;
    *all = MEMORY;
    return OK;
}
API Result cuMemHostAlloc(void **at, size_t bytes, unsigned) { return *at = std::malloc(bytes), OK; }
API Result cuMemFreeHost(void *at) { return std::free(at), OK; }
API Result cuMemsetD8Async(Pointer at, unsigned char value, size_t bytes, Stream *)
{
    LOCKED
    if (!is_ours(at, bytes))
        return INVALID_VALUE;
    std::memset(reinterpret_cast<void *>(at), value, bytes);
    return OK;
}
API Result cuMemcpyHtoDAsync_v2(Pointer to, const void *from, size_t bytes, Stream *)
{
    LOCKED
    if (!is_ours(to, bytes))
        return INVALID_VALUE;
    std::memcpy(reinterpret_cast<void *>(to), from, bytes);
    return OK;
}
API Result cuMemcpyDtoHAsync_v2(void *to, Pointer from, size_t bytes, Stream *)
{
    LOCKED
    if (!is_ours(from, bytes))
        return INVALID_VALUE;
    std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
    return OK;
}

// An image is the path of the library that the emulated NVRTC made.
API Result cuModuleLoadData(Module **module, const void *image)
{
    LOCKED
    void *library = dlopen(static_cast<const char *>(image), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::fprintf(stderr, "emulator: %s\n", dlerror());
        return INVALID_IMAGE;
    }
    *module = new Module{library};
    return OK;
}
API Result cuModuleUnload(Module *module)
{
    dlclose(module->library);
    return delete module, OK;
}
API Result cuModuleGetFunction(Function **function, Module *module, const char *name)
{
    LOCKED
    const auto find = [&](const char *prefix) {
        return dlsym(module->library, (std::string(prefix) + name).c_str());
    };
    void *pack = find("emulated_pack_"), *call = find("emulated_call_");
    if (pack == nullptr || call == nullptr)
        return NOT_FOUND;
    *function = new Function{reinterpret_cast<int (*)(void **, emulated_u64 *)>(pack),
                             reinterpret_cast<void (*)(const emulated_u64 *)>(call)};
    return OK;
}
API Result cuLaunchKernel(Function *f, unsigned blocks, unsigned by, unsigned bz, unsigned threads,
                          unsigned ty, unsigned tz, unsigned, Stream *stream, void **args, void **)
{
    LOCKED
    if (blocks == 0 || threads == 0 || threads > 1024 || by * bz * ty * tz != 1)
        return INVALID_VALUE;
    Launch launch{f->call, blocks, threads, {}};
    f->pack(args, launch.args);
    if (stream->captures != nullptr)
        stream->captures->launches.push_back(launch);
    else
        run(launch);
    return OK;
}

API Result cuStreamBeginCapture_v2(Stream *stream, int)
{
    LOCKED
    stream->captures = new Graph;
    return OK;
}
API Result cuStreamEndCapture(Stream *stream, Graph **graph)
{
    LOCKED
    *graph = stream->captures;
    stream->captures = nullptr;
    return OK;
}
API Result cuGraphInstantiateWithFlags(Graph **executable, Graph *graph, emulated_u64)
{
    LOCKED
    *executable = new Graph(*graph);
    return OK;
}
API Result cuGraphLaunch(Graph *graph, Stream *)
{
    LOCKED
    for (const Launch &launch : graph->launches)
        run(launch);
    return OK;
}
API Result cuGraphDestroy(Graph *graph) { return delete graph, OK; }
API Result cuGraphExecDestroy(Graph *graph) { return delete graph, OK; }
