// build: gcc-O2, gcc-O0-pie, gcc-O2-musl, zig-O3
// long double is binary128 here, done in software: arithmetic, comparison, conversion, mathematics, printing.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile long double one = 1, three = 3;

static void bytes(long double x) {
    unsigned char raw[16];
    memcpy(raw, &x, 16);
    for (int i = 15; i >= 0; i--)
        printf("%02x", raw[i]);
    putchar('\n');
}

int main(void) {
    printf("%d %d %d\n", LDBL_MANT_DIG, LDBL_MAX_EXP, (int)sizeof(long double));
    printf("%.36Lg %.36Lg %.36Lg\n", one / three, three * three - one, one - 1e-30L);
    bytes(one / three);
    bytes(-sqrtl(2));
    bytes(LDBL_MAX);
    bytes(LDBL_MAX * 2);
    bytes(LDBL_TRUE_MIN / 2 + LDBL_TRUE_MIN);
    long double pi = 0;
    for (int k = 0; k < 30; k++)
        pi += (4 / (8 * k + one) - 2 / (8 * k + 4 * one) - 1 / (8 * k + 5 * one) - 1 / (8 * k + 6 * one)) / powl(16, k);
    printf("%.33Lf\n", pi);
    long double e = 1, term = 1;
    for (int k = 1; k < 40; k++)
        e += term /= k;
    printf("%.33Lf\n", e);
    printf("%d %d %d %d %d\n", one < three, one == three, -one > three, isnan(one / 0 - one / 0), one / 0 > LDBL_MAX);
    long double nan = one / 0 - one / 0;
    printf("%d %d %d %d\n", nan < one, nan > one, nan == nan, nan != nan);
    printf("%d %ld %lld %u %lu\n", (int)(three * -1.4L), (long)(1e18L + 0.5L), (long long)-7.9L, (unsigned)4e9L, (unsigned long)1.8e19L);
    printf("%.20Lg %.20Lg %.20Lg\n", (long double)0.1, (long double)0.1f, (long double)(unsigned long)-1);
    printf("%.17g %.9g %.17g\n", (double)(one / three), (float)(one / three), (double)(1 + 0x1p-53L + 0x1p-110L));
    printf("%.30Lg %.30Lg %.30Lg\n", sinl(1), expl(1), logl(10));
    printf("%.30Lg %.30Lg %.30Lg\n", fmodl(1e25L, 7), floorl(-2.5L), ldexpl(one, -16000));
    long double x = strtold("3.14159265358979323846264338327950288419716939937510", NULL);
    printf("%.34Lg %d\n", x, fabsl(x - pi) < 1e-32L);
    long double sum = 0;
    for (int i = 1; i <= 2000; i++)
        sum += one / i / i;
    printf("%.30Lg\n", sum);
    return 0;
}
