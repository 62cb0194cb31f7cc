// build: gcc-O0, gcc-O2, gcc-O3
// What invalid operations make has no sign, whatever the processor that the engine runs on makes of them; what was there keeps its own.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile double zero = 0, one = 1, infinity = INFINITY, negative = -1;
static volatile float zero_f = 0, infinity_f = INFINITY, negative_f = -1;

typedef float quad __attribute__((vector_size(16)));

struct pair {
    double a, b;
};

static __attribute__((noinline)) double difference(double a, double b) { return a - b; }
static __attribute__((noinline)) struct pair both(double a, double b) { return (struct pair){a * b, a / a}; }
static __attribute__((noinline)) void store(double *to, double a, double b) { *to = a - b; }

static void bits(const char *what, double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    printf("%s %016llx %g\n", what, (unsigned long long)bits, value);
}

static void bits_f(const char *what, float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    printf("%s %08x %g\n", what, bits, value);
}

int main(void) {
    bits("0/0", zero / zero);
    bits("inf-inf", infinity - infinity);
    bits("0*inf", zero * infinity);
    bits("inf/inf", infinity / infinity);
    bits("sqrt(-1)", sqrt(negative));
    bits("fma", fma(zero, infinity, one));
    bits("-(0/0)", -(zero / zero));
    bits("fabs", fabs(infinity - infinity));
    bits("copysign", copysign(infinity - infinity, negative));
    bits_f("0/0", zero_f / zero_f);
    bits_f("inf-inf", infinity_f - infinity_f);
    bits_f("0*inf", zero_f * infinity_f);
    bits_f("sqrtf(-1)", sqrtf(negative_f));
    bits_f("to single", (float)(infinity - infinity));
    bits("to double", infinity_f - infinity_f);
    printf("%f %f %f %f %f\n", log(negative), acos(one + one), fmod(one, zero), pow(negative, 0.5), tgamma(negative));
    printf("%f %f\n", difference(infinity, infinity), difference(infinity, infinity) * one + one);
    struct pair pair = both(zero, infinity);
    bits("product", pair.a);
    bits("quotient", pair.b);
    double stored;
    store(&stored, infinity, infinity);
    bits("stored", stored);


    // Minimum and maximum of a NaN that is there, at once and in a loop; as halves too.
    double least, most;
    __asm__("fmin %d0, %d1, %d2" : "=w"(least) : "w"((double)NAN), "w"(one));
    __asm__("fmax %d0, %d1, %d2" : "=w"(most) : "w"(one), "w"((double)NAN));
    bits("fmin", least);
    bits("fmax", most);
    volatile float samples[] = {NAN, 2, NAN, -1};
    float limited[4], lanes[4];
    for (int i = 0; i < 4; i++)
        __asm__("fmax %s0, %s1, %s2" : "=w"(limited[i]) : "w"(samples[i]), "w"(zero_f));
    __asm__("fmin v0.4s, %1.4s, %2.4s\n\tstr q0, %0" : "=m"(lanes) : "w"((quad){NAN, 1, 0, NAN}), "w"((quad){1, NAN, 2, NAN}) : "v0");
    for (int i = 0; i < 4; i++) {
        bits_f("limited", limited[i]);
        bits_f("lanes", lanes[i]);
    }

    // Vectors.
    typedef double doubles __attribute__((vector_size(16)));
    typedef float floats __attribute__((vector_size(16)));
    volatile doubles a = {0, INFINITY}, b = {0, 2};
    volatile floats c = {INFINITY, 1, 0, -1}, d = {INFINITY, 2, 0, 3};
    doubles quotients = a / b, differences = a - a;
    floats products = c * (d - d), sums = c - d;
    for (int i = 0; i < 2; i++) {
        bits("quotient", quotients[i]);
        bits("difference", differences[i]);
    }
    for (int i = 0; i < 4; i++) {
        bits_f("product", products[i]);
        bits_f("sum", sums[i]);
    }

    // Averages of nothing, in a loop.
    double sums_of[3] = {0, 2, 0}, counts[3] = {0, 4, 1}, means[3];
    for (int i = 0; i < 3; i++)
        means[i] = sums_of[i] / (counts[i] * one);
    for (int i = 0; i < 3; i++)
        printf("%f %f\n", means[i], means[i] * 100);

    // What the program says itself.
    double quiet = strtod("nan", NULL), minus = strtod("-nan", NULL);
    bits("nan", quiet);
    bits("-nan", minus);
    bits("nan+1", quiet + one);
    printf("%d %d %d\n", isnan(zero / zero), zero / zero == zero / zero, (int)(zero / zero));
    return 0;
}
