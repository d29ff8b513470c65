// The functions of NVRTC that isospike-cuda calls: a text is compiled by the compiler of the host,
// to a library of which the path is the image. What was compiled before is kept.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <regex>
#include <sstream>
#include <string>
#include <unistd.h>

#define API extern "C" __attribute__((visibility("default")))

namespace {

struct Program {
    std::string text, image, log;
};

// Folder of the emulator's sources, and where libraries are kept: said by who builds it.
const std::string SOURCES = EMULATOR_SOURCES, KEPT = EMULATOR_KEPT;

std::string with_entries(const std::string &text)
{
    std::string all = "#include \"" + SOURCES + "/kernels.hpp\"\n#line 1 \"kernel\"\n" + text + "\n";
    const std::regex kernel("(?:KERNEL\\([A-Z_]+\\)|__global__ void)\\s+([a-z]\\w*)\\(");
    for (std::sregex_iterator k(text.begin(), text.end(), kernel), end; k != end; ++k)
        all += "EMULATED_KERNEL(" + (*k)[1].str() + ")\n";
    return all;
}

std::string read(const std::string &path)
{
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

} // namespace

API const char *nvrtcGetErrorString(int status)
{
    return status == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR";
}
API int nvrtcVersion(int *major, int *minor) { return *major = 0, *minor = 0, 0; }
API int nvrtcGetNumSupportedArchs(int *n) { return *n = 1, 0; }
API int nvrtcGetSupportedArchs(int *all) { return *all = 90, 0; }
API int nvrtcCreateProgram(Program **program, const char *text, const char *, int,
                           const char *const *, const char *const *)
{
    *program = new Program{text, "", ""};
    return 0;
}
API int nvrtcDestroyProgram(Program **program) { return delete *program, 0; }
API int nvrtcCompileProgram(Program *program, int, const char *const *)
{
    const std::string text = with_entries(program->text);
    const std::string depends = text + read(SOURCES + "/kernels.hpp");
    char name[32];
    std::snprintf(name, sizeof name, "%016zx", std::hash<std::string>()(depends));
    const std::string path = KEPT + "/" + name;
    program->image = path + ".so";
    if (std::ifstream(program->image))
        return 0;
    // Others, of this process too, may compile the same at the same time.
    static std::atomic<unsigned> compiled_here;
    const std::string own =
        path + "." + std::to_string(getpid()) + "." + std::to_string(compiled_here++);
    std::ofstream(own + ".cpp") << text;
    const std::string command = "c++ -std=c++17 -O1 -w -ffp-contract=off -fno-fast-math -shared -fPIC "
                                "-o '" + own + ".so' '" + own + ".cpp' '" + KEPT +
                                "/libcuda.so' 2> '" + own + ".log'";
    const bool compiled = std::system(command.c_str()) == 0;
    program->log = read(own + ".log");
    std::remove((own + ".log").c_str());
    if (!compiled)
        return 6;
    std::remove((own + ".cpp").c_str());
    std::rename((own + ".so").c_str(), program->image.c_str());
    return 0;
}
API int nvrtcGetProgramLogSize(Program *p, size_t *n) { return *n = p->log.size() + 1, 0; }
API int nvrtcGetProgramLog(Program *p, char *to)
{
    std::memcpy(to, p->log.c_str(), p->log.size() + 1);
    return 0;
}
API int nvrtcGetCUBINSize(Program *p, size_t *n) { return *n = p->image.size() + 1, 0; }
API int nvrtcGetCUBIN(Program *p, char *to)
{
    std::memcpy(to, p->image.c_str(), p->image.size() + 1);
    return 0;
}
API int nvrtcGetPTXSize(Program *p, size_t *n) { return nvrtcGetCUBINSize(p, n); }
API int nvrtcGetPTX(Program *p, char *to) { return nvrtcGetCUBIN(p, to); }
