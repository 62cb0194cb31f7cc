// build: gcc-O2, gcc-O1-musl-pie, zig-O0, gcc-O0-strip
// Decimal → binary → decimal, in both directions, for many values and for hard cases.
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void) {
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

int main(void) {
    static const char *const hard[] = {
        "0", "-0", "1", "0.1", "1e23", "8.5e22", "9007199254740993", "9007199254740992.999999999999999999", "2.2250738585072011e-308", "2.2250738585072014e-308",
        "4.9406564584124654e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e400", "-1e400", "1e-400",
        "0x1.8p3", "0x1.fffffffffffffp1023", "0x1p-1074", "0x.8p-1074", "inf", "-Infinity", "123456789012345678901234567890", "1e0000000000000000005", "  +12.5rest", "1.e5", ".5", "1e", "0x",
        "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        char *end;
        errno = 0;
        double value = strtod(hard[i], &end);
        printf("%016" PRIx64 " %.17g errno %d rest [%s]\n", bits_of(value), value, errno, end);
        errno = 0;
        float single = strtof(hard[i], NULL);
        printf("  %.9g errno %d\n", single, errno);
    }
    unsigned long failures = 0;
    char text[64];
    for (int i = 0; i < 3000; i++) {
        uint64_t bits = next_random();
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isnan(value) || isinf(value))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        failures += bits_of(strtod(text, NULL)) != bits;
        snprintf(text, sizeof text, "%a", value);
        failures += bits_of(strtod(text, NULL)) != bits;
        if (i % 300 == 0)
            printf("%.17g %.3g %.12e\n", value, value, value);
    }
    printf("%lu failures\n", failures);
    for (int exponent = -320; exponent <= 300; exponent += 31) {
        snprintf(text, sizeof text, "%d.%de%d", 1 + (exponent & 7), 12345 + exponent, exponent);
        printf("%s -> %.17g\n", text, strtod(text, NULL));
    }
    printf("%Lg %d\n", strtold("1e-4950", NULL), strtold("0.1", NULL) == 0.1L);
    printf("%ld %lu %lld %d\n", strtol("-0x7fffffffffffffff", NULL, 0), strtoul("-1", NULL, 10), strtoll("zz", NULL, 36), atoi("  -00042x"));
    return failures != 0;
}
