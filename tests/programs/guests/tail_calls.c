// build: gcc-O2, gcc-O3-pie, zig-O2, gcc-Os-musl, gcc-O0
// Tail calls: self, mutual, through pointers, with other numbers of arguments, into library functions. At -O0 they are ordinary calls.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline, noclone)) static
NOINLINE long sum(long n, long total) { return n == 0 ? total : sum(n - 1, total + n); }
NOINLINE int ping(int n, int a, int b);
NOINLINE int pong(int n, int a) { return n == 0 ? a : ping(n - 1, a * 3 + 1, n); }
NOINLINE int ping(int n, int a, int b) { return n == 0 ? b : pong(n - 1, a ^ b); }

typedef unsigned (*step)(const char *, unsigned);
NOINLINE unsigned letter(const char *s, unsigned h);
NOINLINE unsigned digit(const char *s, unsigned h);
NOINLINE unsigned finish(const char *s, unsigned h) { return h ^ h >> 7; }
static step volatile steps[] = {finish, letter, digit};
static int class_of(char c) { return c == 0 ? 0 : c >= '0' && c <= '9' ? 2 : 1; }
NOINLINE unsigned letter(const char *s, unsigned h) { return steps[class_of(s[1])](s + 1, h * 33 + (unsigned char)*s); }
NOINLINE unsigned digit(const char *s, unsigned h) { return steps[class_of(s[1])](s + 1, h * 10 + (unsigned)(*s - '0')); }

NOINLINE size_t length(const char *s) { return strlen(s); }
NOINLINE void *allocate(size_t n) { return calloc(n, 1); }
NOINLINE double convert(const char *s) { return strtod(s, NULL); }
NOINLINE int more(int a, int b, int c, int d, int e, int f, int g, int h, int i) { return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9; }
NOINLINE int fewer(int a, int b) { return more(b, a, b, a, b, a, b, a, b); }
NOINLINE double to_float(double x, int n) { return n == 0 ? x : to_float(x * 0.5 + n, n - 1); }
NOINLINE void append(char *out, int n) {
    if (n == 0) {
        *out = 0;
        return;
    }
    *out = (char)('a' + n % 26);
    append(out + 1, n - 1);
}

int main(void) {
    printf("%ld\n", sum(50000, 0));
    printf("%d %d\n", ping(30001, 5, 7), pong(30000, 9));
    printf("%u\n", letter("abc123def4567890xyz", 5381));
    char *text = allocate(40);
    printf("%zu %g %d %.9f\n", length("twelve chars"), convert("-2.5e3"), fewer(3, 4), to_float(1, 1000));
    append(text, 30);
    puts(text);
    free(text);
    return 0;
}
