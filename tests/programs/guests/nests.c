// build: gcc-O2, gcc-O1-musl, zig-O3
// oracle: native
// engines
// Loops in loops that call nobody: signals arrive in them although most turns skip what is inside, values survive it, and handlers may leave.
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks;
static sigjmp_buf out;
static volatile int leave_at;

static void tick(int number) {
    (void)number;
    ticks++;
    if (leave_at && ticks >= leave_at)
        siglongjmp(out, 1);
}

static void timer(int microseconds) {
    struct itimerval every = {{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &every, NULL);
}

enum { SIZE = 3000000 };
static unsigned char composite[SIZE + 1];

/* Few turns have an inner loop, and these are long. */
__attribute__((noinline)) static int sieve(void) {
    int count = 0;
    for (int i = 2; i <= SIZE; i++) {
        if (composite[i])
            continue;
        count++;
        if (i > 1700)
            continue;
        for (int j = i * i; j <= SIZE; j += i)
            composite[j] = 1;
    }
    return count;
}

/* Two inner loops on one way, none on another, and a way out of both. */
__attribute__((noinline)) static double sums(const double *a, int n, uint32_t seed, double limit) {
    double sum = 0, other = 1;
    uint32_t x = seed;
    for (int i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        if (x >> 29) {
            sum += a[x >> 24];
            continue;
        }
        for (int j = 0; j < 64; j++) {
            sum = sum * 0.5 + a[j];
            if (sum > limit)
                return -sum;
        }
        for (uint32_t y = x | 16; y < 0xf0000000; y += y >> 4)
            other += (double)(y & 15);
        if (i % 3 == 1)
            other = other * 0.25 + sum;
    }
    return sum + other;
}

/* Three deep. */
__attribute__((noinline)) static uint64_t cube(unsigned n, unsigned step) {
    uint64_t all = 0;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++) {
            if ((i ^ j) % 5 != step)
                continue;
            for (unsigned k = 0; k < n; k++)
                all = all * 3 + (i ^ j * k);
        }
    return all;
}

/* Whether signals arrive before the loops have ended; a handler leaves the second round. */
static void with_signals(const char *name, const double *a) {
    for (int round = 0; round < 2; round++) {
        ticks = 0;
        leave_at = round;
        timer(500);
        double result = 0;
        if (!sigsetjmp(out, 1))
            result = *name == 'c' ? (double)cube(420, 2) : sums(a, 4000000, 7, 1e9);
        int arrived = ticks > 0;
        timer(0);
        printf("%s %.17g %d\n", name, result, arrived);
    }
}

int main(void) {
    double a[256];
    for (int i = 0; i < 256; i++)
        a[i] = 1.0 / (i + 1);
    signal(SIGALRM, tick);
    with_signals("cube", a);
    with_signals("sums", a);
    leave_at = 0;
    timer(300);
    printf("sieve %d\n", sieve());
    timer(0);
    printf("%.17g %.17g\n", sums(a, 1000, 3, 1.2), sums(a, 1000, 5, 2));
    return 0;
}
