// build: gcc-O2, gcc-O0, gcc-O3-pie-strip
// Functions that return only by way of a handler: every path of them throws, or calls what does not return but throws.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

[[noreturn]] __attribute__((noinline)) static void always(long v) {
    if (v & 1)
        throw v;
    throw std::runtime_error("even");
}

struct Counts {
    long &n;
    ~Counts() { n++; }
};

static long cleanups;

// Cleans up on the way, and returns never.
[[noreturn]] __attribute__((noinline)) static void through(long v) {
    Counts counts{cleanups};
    always(v);
}

__attribute__((noinline)) static long caught(long v) {
    try {
        through(v * 3);
    } catch (long got) {
        return got + 1;
    } catch (const std::exception &e) {
        return e.what()[0];
    }
}

__attribute__((noinline)) static long mixed(long a, long b, long c, long d) {
    long sum = 0;
    for (long i = 0; i < 300; i++) {
        long got = caught(a + i);
        sum += got * b;
        b ^= c + got;
        c += d;
        d = d * 5 + i;
    }
    return sum ^ a ^ b ^ c ^ d;
}

int main() {
    std::printf("%ld\n", mixed(1, 2, 3, 4));
    std::printf("%ld %ld\n", mixed(5, 6, 7, 8), cleanups);
    return 0;
}
