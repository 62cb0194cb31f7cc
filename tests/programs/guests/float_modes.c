// build: gcc-O2, gcc-O0-musl, gcc-O3-pie
// flags: -frounding-math
// FPCR and FPSR: rounding modes through the C library and directly, flush to zero, default NaN, each exception's flag, saturation's flag, environments held and restored,
// and that they are each thread's own and kept over signals.
#include <arm_neon.h>
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits(double x) {
    uint64_t b;
    memcpy(&b, &x, 8);
    return b;
}
static double number(uint64_t b) {
    double x;
    memcpy(&x, &b, 8);
    return x;
}
static uint64_t control(void) {
    uint64_t x;
    __asm__ volatile("mrs %0, fpcr" : "=r"(x));
    return x;
}
static void set_control(uint64_t x) { __asm__ volatile("msr fpcr, %0" : : "r"(x) : "memory"); }
static uint64_t status(void) {
    uint64_t x;
    __asm__ volatile("mrs %0, fpsr" : "=r"(x) : : "memory");
    return x & 0x0800009f;
}
static void set_status(uint64_t x) { __asm__ volatile("msr fpsr, %0" : : "r"(x) : "memory"); }

/* Volatile, so that the operations happen here and in this order. */
static volatile double a, b, r;
static volatile float f, g;
static volatile long n;

static void flags(const char *what) {
    printf("%s: %02lx %016lx\n", what, status(), bits(r));
    set_status(0);
}

static void exceptions(void) {
    set_status(0);
    a = 0, b = 0, r = a / b, flags("0/0");
    a = INFINITY, b = INFINITY, r = a - b, flags("inf-inf");
    a = -1, r = sqrt(a), flags("sqrt(-1)");
    a = number(0x7ff4000000000123), b = 1, r = a + b, flags("signalling");
    a = number(0x7ff8000000000456), b = 1, r = b * a, flags("quiet");
    a = 1, b = 0, r = a / b, flags("1/0");
    a = -1, r = a / b, flags("-1/0");
    a = 1e308, b = 10, r = a * b, flags("overflow");
    a = 5e-324, b = 0.75, r = a * b, flags("underflow");
    a = 0x1p-1022, b = 0.5, r = a * b, flags("subnormal, exact");
    a = 1, b = 3, r = a / b, flags("inexact");
    a = 1, b = 2, r = a / b, flags("exact");
    a = 1e300, f = a, r = f, flags("narrowed");
    a = 1e20, n = a, r = n, flags("to integer");
    a = 2.5, n = a, r = n, flags("truncated");
    a = NAN, r = a < 1, flags("quiet less");
    r = a == 1, flags("quiet equal");
    n = (1L << 53) + 1, r = n, flags("from integer");
    a = 2.5, r = rint(a), flags("rint");
    r = nearbyint(a), flags("nearbyint");
    r = floor(a), flags("floor");
    a = 1.5, b = 1.5, r = fma(a, b, 0x1p-60), flags("fma");
    int8x16_t x = vdupq_n_s8(100);
    __asm__ volatile("sqadd %0.16b, %0.16b, %0.16b" : "+w"(x));
    flags("saturated");
}

static void modes(void) {
    static const int all[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    static const double values[] = {0.1, 1.0 / 3, 2.5, 1234567.890625, 1e-310, 9007199254740993.0};
    for (int m = 0; m < 4; m++) {
        fesetround(all[m]);
        for (int i = 0; i < 6; i++) {
            a = values[i], b = -3;
            r = a / b;
            double q = r;
            r = a * a;
            double p = r;
            r = a - 1e-17;
            double s = r;
            f = a;
            g = sqrtf(f);
            r = fma(a, b, 1e-20);
            printf("%016lx %016lx %016lx %a %a %016lx %ld %016lx\n", bits(q), bits(p), bits(s), f, g, bits(r), lrint(a), bits(rint(a)));
        }
        float32x4_t v = {1, 2, -3, 10}, w = vdupq_n_f32(3);
        v = vdivq_f32(v, w);
        printf("%a %a %a %a\n", vgetq_lane_f32(v, 0), vgetq_lane_f32(v, 1), vgetq_lane_f32(v, 2), vgetq_lane_f32(v, 3));
        char text[64];
        snprintf(text, sizeof text, "%.3f %.0f %.0f %.2e", 2.0005, 2.5, -2.5, 1e22 / 3);
        printf("%s %016lx %016lx\n", text, bits(strtod("0.1", NULL)), bits(strtod("-1e-320", NULL)));
    }
    fesetround(FE_TONEAREST);
}

static void flushing(void) {
    const uint64_t before = control();
    for (int i = 0; i < 4; i++) {
        set_control((uint64_t)(i & 1) << 24 | (uint64_t)(i >> 1) << 25);
        set_status(0);
        a = 1e-310, b = 2, r = a * b, flags("subnormal operand");
        a = 0x1p-1022, b = 0.25, r = a * b, flags("subnormal result");
        f = 1e-40f, g = f + f, r = g, flags("subnormal single");
        a = number(0xfff8000000000777), r = a + 1, flags("NaN");
        r = fmax(a, 1), flags("fmax");
    }
    set_control(before);
    set_status(0);
}

static void environments(void) {
    fenv_t held, now;
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(FE_OVERFLOW);
    printf("raised %x\n", fetestexcept(FE_ALL_EXCEPT));
    fesetround(FE_UPWARD);
    feholdexcept(&held);
    printf("held %x %d\n", fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_UPWARD);
    a = 1, b = 0, r = a / b;
    fesetround(FE_DOWNWARD);
    fegetenv(&now);
    feupdateenv(&held);
    printf("updated %x %d\n", fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_UPWARD);
    fesetenv(&now);
    printf("set %x %d\n", fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_DOWNWARD);
    fesetenv(FE_DFL_ENV);
    printf("default %x %d\n", fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_TONEAREST);
}

static void *thread(void *arg) {
    printf("thread: %x %d %02lx\n", fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_UPWARD, status());
    fesetround(FE_TOWARDZERO);
    a = 1, b = 0, r = a / b;
    return arg;
}

static volatile uint64_t in_handler;
static void handler(int signal) {
    (void)signal;
    in_handler = control();
    set_control(3 << 22);
    set_status(2);
}

/* Integer work, and then flags: what runs in between does not matter. */
static unsigned long work(unsigned long x) {
    for (int i = 0; i < 100000; i++)
        x = x * 6364136223846793005u + 1442695040888963407u;
    return x;
}

int main(void) {
    feclearexcept(FE_ALL_EXCEPT); /* which does not write where nothing is set */
    a = 1, b = 3, r = a / b;
    printf("first: %x\n", fetestexcept(FE_ALL_EXCEPT));
    exceptions();
    modes();
    flushing();
    environments();
    feclearexcept(FE_ALL_EXCEPT);
    fesetround(FE_UPWARD);
    a = 1e308, r = a * a;
    pthread_t t;
    pthread_create(&t, NULL, thread, NULL);
    pthread_join(t, NULL);
    printf("main: %x %d\n", fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_UPWARD);
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    printf("signal: %lx %x %d\n", in_handler, fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_UPWARD);
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    const unsigned long x = work(1);
    a = 1, b = 3, r = a / b;
    printf("%lx %x\n", x, fetestexcept(FE_ALL_EXCEPT));
    double sum = 0;
    for (int i = 1; i < 20000; i++)
        sum += 1.0 / i;
    printf("%.17g %x\n", sum, fetestexcept(FE_ALL_EXCEPT));
    return 0;
}
