// build: gcc-O2, gcc-O1, gcc-O0, gcc-O3-pie-strip
// Handlers that lead back into loops with other values than all other ways: variables that only a handler changes, and stacks that grow in a loop (alloca).
#include <alloca.h>
#include <cstdio>
#include <cstring>

static volatile long limit = 700;

__attribute__((noinline)) static long may_throw(long i) {
    if (i % 97 == limit % 97)
        throw i;
    return i & 3;
}

__attribute__((noinline)) static long constants(long n) {
    long mode = 0, hits = 0, sum = 0;
    long last = -5;
    for (long i = 0; i < n; i++) {
        try {
            sum += may_throw(i);
        } catch (long v) {
            mode = 1;
            last = v;
            hits++;
        }
        for (volatile int k = 0; k < 3; k = k + 1)
            sum += mode * 7 + last;
        if (mode && i % 50 == 49)
            mode = 0;
    }
    return sum * 31 + hits;
}

__attribute__((noinline)) static long flag(long n) {
    bool caught = false;
    long sum = 0;
    for (long i = 0; i < n; i++) {
        try {
            sum ^= may_throw(i) << (i & 15);
        } catch (long) {
            caught = true;
        }
        if (caught)
            sum += i;
    }
    return sum;
}

__attribute__((noinline)) static long grows(long n) {
    long sum = 0, fixed[4] = {1, 2, 3, 4};
    for (long i = 0; i < n; i++) {
        char *p = static_cast<char *>(alloca(static_cast<size_t>(16 + (i & 31))));
        std::memset(p, static_cast<int>(i), 16);
        try {
            sum += may_throw(i) + p[3];
        } catch (long v) {
            sum += v * fixed[v & 3] + p[5];
        }
        fixed[i & 3] += sum & 7;
    }
    return sum + fixed[0] + fixed[1] * 3 + fixed[2] * 5 + fixed[3] * 7;
}

int main() {
    for (int i = 0; i < 3; i++)
        std::printf("%ld %ld %ld\n", constants(1500 + i), flag(2000 + i), grows(1000 + i));
    return 0;
}
