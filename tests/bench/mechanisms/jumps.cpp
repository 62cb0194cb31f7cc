// Non-local exits: a C++ exception through ten frames, and longjmp.
#include <csetjmp>
#include <cstdio>
#include <stdexcept>
#include <time.h>

static double now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static volatile int sink;

struct Guard {
    int n;
    ~Guard() { sink = sink + n; }
};

__attribute__((noinline)) static int frames(int depth, int value) {
    if (depth == 0)
        throw std::runtime_error("thrown");
    Guard guard{value};
    int result = frames(depth - 1, value + 1);
    return result + sink;
}

static jmp_buf env;

__attribute__((noinline)) static void jumps(int depth) {
    if (depth == 0)
        longjmp(env, 1);
    jumps(depth - 1);
    sink = sink + 1;
}

int main() {
    const int throws = 20000, longjmps = 200000;
    double start = now();
    int caught = 0;
    for (int i = 0; i < throws; i++) {
        try {
            frames(10, i);
        } catch (const std::exception &e) {
            caught += e.what()[0] == 't';
        }
    }
    double end = now();
    if (caught != throws)
        return 1;
    printf("C++ throw through 10 frames|%.9f\n", (end - start) / throws);
    start = now();
    for (volatile int i = 0; i < longjmps; i = i + 1)
        if (setjmp(env) == 0)
            jumps(3);
    end = now();
    printf("setjmp and longjmp|%.9f\n", (end - start) / longjmps);
    return 0;
}
