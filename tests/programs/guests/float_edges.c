// build: gcc-O2, gcc-O0, gcc-O3-pie, zig-O2
// flags: -frounding-math
// Floating point at its edges, by instructions: NaN, infinities, subnormals, rounding to integer in every direction, saturating conversion,
// minimum and maximum, fused multiply-add, rounding modes, exceptions' flags.
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const double values[] = {0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 4503599627370497.5, 1e10, -1e10, 2147483647.5, 2147483648.0, -2147483648.9,
                                4294967295.5, 9223372036854775807.0, 1.8446744073709552e19, 1e300, -1e300, 5e-324, 1e-310, INFINITY, -INFINITY, NAN};
enum { COUNT = sizeof values / sizeof *values };

static uint64_t bits(double x) {
    uint64_t b;
    memcpy(&b, &x, 8);
    return x != x ? 0x7ff8 : b; /* the sign and payload of a NaN are looked at elsewhere */
}
static uint32_t bits32(float x) {
    uint32_t b;
    memcpy(&b, &x, 4);
    return x != x ? 0x7fc0 : b;
}

#define UNARY(op) static double op##_(double x) { __asm__(#op " %d0, %d1" : "=w"(x) : "w"(x)); return x; }
UNARY(frintn) UNARY(frintp) UNARY(frintm) UNARY(frintz) UNARY(frinta) UNARY(frinti) UNARY(frintx) UNARY(fsqrt) UNARY(fabs) UNARY(fneg)
#define BINARY(op) static double op##_(double x, double y) { __asm__(#op " %d0, %d1, %d2" : "=w"(x) : "w"(x), "w"(y)); return x; }
BINARY(fadd) BINARY(fsub) BINARY(fmul) BINARY(fdiv) BINARY(fmin) BINARY(fmax) BINARY(fminnm) BINARY(fmaxnm) BINARY(fnmul)
#define CONVERT(op) static uint64_t op##_(double x) { uint64_t w, l; __asm__(#op " %w0, %d2\n\t" #op " %x1, %d2" : "=&r"(w), "=&r"(l) : "w"(x)); return w * 0x9e3779b97f4a7c15u + l; }
CONVERT(fcvtzs) CONVERT(fcvtzu) CONVERT(fcvtns) CONVERT(fcvtnu) CONVERT(fcvtps) CONVERT(fcvtpu) CONVERT(fcvtms) CONVERT(fcvtmu) CONVERT(fcvtas) CONVERT(fcvtau)

static double (*const unary[])(double) = {frintn_, frintp_, frintm_, frintz_, frinta_, frinti_, frintx_, fsqrt_, fabs_, fneg_};
static double (*const binary[])(double, double) = {fadd_, fsub_, fmul_, fdiv_, fmin_, fmax_, fminnm_, fmaxnm_, fnmul_};
static uint64_t (*const convert[])(double) = {fcvtzs_, fcvtzu_, fcvtns_, fcvtnu_, fcvtps_, fcvtpu_, fcvtms_, fcvtmu_, fcvtas_, fcvtau_};

static void conditions(double x, double y) {
    printf("%d%d%d%d%d%d%d%d ", x < y, x <= y, x == y, x != y, x > y, x >= y, isunordered(x, y), islessgreater(x, y));
}

int main(void) {
    for (unsigned f = 0; f < sizeof unary / sizeof *unary; f++)
        for (int i = 0; i < COUNT; i++)
            printf("%016lx%c", bits(unary[f](values[i])), i + 1 < COUNT ? ' ' : '\n');
    for (unsigned f = 0; f < sizeof binary / sizeof *binary; f++) {
        uint64_t hash = 0;
        for (int i = 0; i < COUNT; i++)
            for (int j = 0; j < COUNT; j++)
                hash = hash * 1099511628211u + bits(binary[f](values[i], values[j]));
        printf("binary %u: %016lx\n", f, hash);
    }
    for (unsigned f = 0; f < sizeof convert / sizeof *convert; f++)
        for (int i = 0; i < COUNT; i++)
            printf("%016lx%c", convert[f](values[i]), i + 1 < COUNT ? ' ' : '\n');
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j += 5)
            conditions(values[i], values[j]);
    puts("");
    for (int i = 0; i < COUNT; i++) {
        float single = (float)values[i];
        float narrow;
        __asm__("fcvt %h0, %d1" : "=w"(narrow) : "w"(values[i]));
        printf("%08x ", bits32(narrow));
        printf("%08x %016lx %d ", bits32(single), bits((double)single), fpclassify(values[i]));
    }
    puts("");
    for (int i = 0; i < COUNT; i++)
        printf("%016lx %08x ", bits(fma(values[i], 3.0, -values[(i + 1) % COUNT])), bits32(fmaf((float)values[i], 1.1f, 0.1f)));
    printf("\n%016lx %08x\n", bits(fma(1 + 0x1p-52, 1 - 0x1p-52, -1.0)), bits32(fmaf(1 + 0x1p-23f, 1 - 0x1p-23f, -1.0f)));
    printf("%016lx\n", bits(fma(0x1.fffffffffffffp-1022, 0x1p-1, 0x1p-1074)));

    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int m = 0; m < 4; m++) {
        fesetround(modes[m]);
        volatile double one = 1, ten = 10, three = -3;
        volatile float f1 = 1, f3 = 3;
        printf("%d %016lx %016lx %08x %ld %ld %016lx\n", fegetround() == modes[m], bits(one / ten), bits(one / three), bits32(f1 / f3), lrint(2.5), lrint(-2.5), bits(rint(-0.7)));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double zero = 0, huge = 1e308, tiny = 1e-308, r;
    r = zero / zero;
    printf("%d ", fetestexcept(FE_INVALID) != 0);
    r = 1 / zero;
    printf("%d ", fetestexcept(FE_DIVBYZERO) != 0);
    printf("%g %g %g %a\n", -zero, huge * 10, -huge * 10, tiny / 1e10);
    printf("%g %g %d\n", fmod(-7.5, 2), remainder(7.5, 2), ilogb(0x1p-1070));
    int exponent;
    double fraction = frexp(5e-324, &exponent);
    printf("%g %d %016lx %016lx\n", fraction, exponent, bits(nextafter(1, 2)), bits(nextafter(0, -1)));
    printf("%g %g %g\n", copysign(3, -0.0), fdim(3, 5), hypot(3e200, 4e200));
    return 0;
}
