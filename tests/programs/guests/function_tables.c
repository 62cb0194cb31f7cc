// build: gcc-O2, gcc-O0-musl, gcc-O3-pie, zig-O1
// Tables of function pointers with many signatures, pointers returned and passed, callbacks that call back.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef long (*binary)(long, long);
static long add(long a, long b) { return a + b; }
static long sub(long a, long b) { return a - b; }
static long mul(long a, long b) { return a * b; }
static long dvd(long a, long b) { return b ? a / b : 0; }
static long mod(long a, long b) { return b ? a % b : 0; }
static long pow_(long a, long b) { long r = 1; while (b-- > 0) r *= a; return r; }
static const struct { char symbol; binary apply; int priority; } operators[] = {{'+', add, 1}, {'-', sub, 1}, {'*', mul, 2}, {'/', dvd, 2}, {'%', mod, 2}, {'^', pow_, 3}};

typedef double (*real)(double);
static double half(double x) { return x / 2; }
static double square(double x) { return x * x; }
static real volatile reals[] = {half, square, sqrt, fabs, floor};

typedef struct { double x, y, z; } vector;
typedef vector (*transform)(vector, double);
static vector scale(vector v, double k) { return (vector){v.x * k, v.y * k, v.z * k}; }
static vector turn(vector v, double k) { return (vector){v.y + k, v.z, v.x}; }
static transform volatile transforms[] = {scale, turn};

typedef float (*mixed)(int, float, long, double, char, float);
static float mix(int a, float b, long c, double d, char e, float f) { return (float)(a + b * c - d * e + f); }
static float xim(int a, float b, long c, double d, char e, float f) { return (float)(f - a - b - c - d - e); }
static mixed volatile mixes[] = {mix, xim};

typedef long (*many)(long, long, long, long, long, long, long, long, long, long, long, long);
static long twelve(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k, long l) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k + 12 * l;
}
static many volatile manys = twelve;

static binary chosen(char symbol) {
    for (unsigned i = 0; i < sizeof operators / sizeof *operators; i++)
        if (operators[i].symbol == symbol)
            return operators[i].apply;
    return NULL;
}

/* A calculator by precedence climbing over the table. */
static const char *at;
static long expression(int priority) {
    long value;
    if (*at == '(') {
        at++;
        value = expression(0);
        at++;
    } else {
        value = strtol(at, (char **)&at, 10);
    }
    for (;;) {
        unsigned i = 0;
        while (i < 6 && operators[i].symbol != *at)
            i++;
        if (i == 6 || operators[i].priority < priority)
            return value;
        at++;
        value = operators[i].apply(value, expression(operators[i].priority + 1));
    }
}

static void for_each(int n, void (*visit)(int, void *), void *context) {
    for (int i = 0; i < n; i++)
        visit(i, context);
}
static void nested(int i, void *context) { *(long *)context += i; }
static void visitor(int i, void *context) {
    *(long *)context *= 3;
    for_each(i, nested, context);
}

typedef void *(*self_returning)(int *);
static void *state_a(int *n), *state_b(int *n), *state_c(int *n);
static void *state_a(int *n) { putchar('a'); return *n > 20 ? NULL : (*n += 3, *n % 2 ? (void *)state_b : (void *)state_c); }
static void *state_b(int *n) { putchar('b'); *n += 1; return (void *)state_c; }
static void *state_c(int *n) { putchar('c'); *n -= 1; return (void *)state_a; }

int main(void) {
    for (const char *s = "+-*/%^"; *s; s++)
        printf("17 %c 5 = %ld\n", *s, chosen(*s)(17, 5));
    for (int i = 0; i < 5; i++)
        printf("%g ", reals[i](6.25));
    vector v = {1, 2, 3};
    for (int i = 0; i < 6; i++)
        v = transforms[i % 2](v, 1.5);
    printf("\n%g %g %g\n", v.x, v.y, v.z);
    printf("%g %g\n", mixes[0](1, 2, 3, 4, 5, 6), mixes[1](1, 2, 3, 4, 5, 6));
    printf("%ld\n", manys(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
    static const char *const expressions[] = {"1+2*3", "(1+2)*3", "2^3^2", "100/7%5-3*(4-6)", "((((5))))*-3"};
    for (int i = 0; i < 5; i++) {
        at = expressions[i];
        printf("%s = %ld\n", expressions[i], expression(0));
    }
    long total = 1;
    for_each(12, visitor, &total);
    printf("%ld\n", total);
    int n = 0;
    for (self_returning state = state_a; state; state = (self_returning)state(&n)) {
    }
    printf(" %d\n", n);
    return 0;
}
