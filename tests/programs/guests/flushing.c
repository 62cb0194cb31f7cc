// build: gcc-O2, gcc-O0, gcc-O3, zig-O2
// flags: -ffast-math
// Linked with -ffast-math, FPCR.FZ is set before main: subnormal numbers count as zeros, and what would be one is zero. In single and double precision, scalars and vectors, and with
// results that only rounding makes normal. Then without FZ, and with it again.
#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef float floats __attribute__((vector_size(16)));
typedef double doubles __attribute__((vector_size(16)));

static uint64_t control(void) {
    uint64_t x;
    __asm__ volatile("mrs %0, fpcr" : "=r"(x));
    return x;
}

static uint64_t bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

static uint32_t bits_f(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

static volatile double least = DBL_MIN, half = 0.5, one = 1, subnormal = 0x1p-1060, below = 0x1.fffffffffffffp0;
static volatile float least_f = FLT_MIN, half_f = 0.5f, one_f = 1, subnormal_f = 0x1p-140f, below_f = 0x1.fffffep0f;

static __attribute__((noinline)) double decay(double x, int n) {
    while (n-- > 0)
        x *= 0.75;
    return x;
}

static __attribute__((noinline)) void filter(float *to, const float *from, int n) {
    for (int i = 0; i < n; i++)
        to[i] = from[i] * 0.5f + to[i] * 0.25f;
}

static void show(const char *when) {
    printf("%s: fpcr %llx\n", when, (unsigned long long)control());
    printf("%016llx %016llx %016llx\n", (unsigned long long)bits(least * half), (unsigned long long)bits(-least * half), (unsigned long long)bits(subnormal + subnormal));
    printf("%016llx %016llx %016llx\n", (unsigned long long)bits(subnormal * 0x1p100), (unsigned long long)bits(least * 1.5 - least), (unsigned long long)bits(subnormal / least));
    // Just below the least number, which the product, the quotient and the sum round to.
    double product, quotient, sum, exact;
    float product_f, quotient_f, sum_f, narrowed;
    __asm__("fmul %d0, %d1, %d2" : "=w"(product) : "w"(below), "w"(least * half));
    __asm__("fmul %d0, %d1, %d2" : "=w"(product) : "w"(below), "w"(0x1p-1022 / 2));
    __asm__("fmul %d0, %d1, %d2" : "=w"(product) : "w"(below * 0x1p-500), "w"(0x1p-523));
    __asm__("fmul %d0, %d1, %d2" : "=w"(exact) : "w"(0x1p-500), "w"(0x1p-522));
    __asm__("fdiv %d0, %d1, %d2" : "=w"(quotient) : "w"(below * 0x1p-1000), "w"(0x1p23));
    __asm__("fmadd %d0, %d1, %d2, %d3" : "=w"(sum) : "w"(-0x1p-600), "w"(0x1p-600), "w"(least));
    __asm__("fmul %s0, %s1, %s2" : "=w"(product_f) : "w"(below_f * 0x1p-60f), "w"(0x1p-67f));
    __asm__("fdiv %s0, %s1, %s2" : "=w"(quotient_f) : "w"(below_f * 0x1p-100f), "w"(0x1p27f));
    __asm__("fmadd %s0, %s1, %s2, %s3" : "=w"(sum_f) : "w"(-0x1p-80f), "w"(0x1p-80f), "w"(least_f));
    __asm__("fcvt %s0, %d1" : "=w"(narrowed) : "w"(0x1.ffffffffp-127 * one));
    printf("%016llx %016llx %016llx %016llx\n", (unsigned long long)bits(product), (unsigned long long)bits(exact), (unsigned long long)bits(quotient), (unsigned long long)bits(sum));
    printf("%08x %08x %08x %08x\n", bits_f(product_f), bits_f(quotient_f), bits_f(sum_f), bits_f(narrowed));
    printf("%08x %08x %08x %d %d\n", bits_f(least_f * half_f), bits_f(subnormal_f + subnormal_f), bits_f(subnormal_f * 0x1p60f), subnormal > 0, subnormal_f == 0);
    double ceiling, recip;
    float estimate;
    int64_t up;
    __asm__("frintp %d0, %d1" : "=w"(ceiling) : "w"(subnormal));
    __asm__("fcvtps %0, %d1" : "=r"(up) : "w"(subnormal));
    __asm__("frecpe %d0, %d1" : "=w"(recip) : "w"(0x1p1023));
    __asm__("frsqrte %s0, %s1" : "=w"(estimate) : "w"(subnormal_f));
    printf("%g %lld %016llx %08x\n", ceiling, (long long)up, (unsigned long long)bits(recip), bits_f(estimate));
    printf("%016llx %016llx\n", (unsigned long long)bits(decay(one, 2461)), (unsigned long long)bits(decay(one, 2500)));
    float from[] = {1, FLT_MIN, FLT_MIN * 1.5f, -FLT_MIN, 0x1p-140f, 3, -0.0f, FLT_MIN * 2}, to[8] = {FLT_MIN, FLT_MIN, FLT_MIN * 2, 0, 1, 2, FLT_MIN, -FLT_MIN};
    filter(to, from, 8);
    for (int i = 0; i < 8; i++)
        printf("%08x%c", bits_f(to[i]), i == 7 ? '\n' : ' ');
    floats a = {FLT_MIN, 1, -FLT_MIN, 0x1.fffffep-60f}, b = {0.5f, 2, 0.25f, 0x1p-67f}, c;
    doubles d = {DBL_MIN, 0x1.fffffffffffffp-500}, e = {-0.5, 0x1p-523}, f;
    __asm__("fmul %0.4s, %1.4s, %2.4s" : "=w"(c) : "w"(a), "w"(b));
    __asm__("fmul %0.2d, %1.2d, %2.2d" : "=w"(f) : "w"(d), "w"(e));
    printf("%08x %08x %08x %08x %016llx %016llx\n", bits_f(c[0]), bits_f(c[1]), bits_f(c[2]), bits_f(c[3]), (unsigned long long)bits(f[0]), (unsigned long long)bits(f[1]));
}

int main(void) {
    show("at start");
    __asm__ volatile("msr fpcr, xzr" ::: "memory");
    show("without");
    __asm__ volatile("msr fpcr, %0" : : "r"(1ull << 24) : "memory");
    show("again");
    return 0;
}
