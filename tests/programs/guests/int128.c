// build: gcc-O2, gcc-O0-musl, gcc-O3-pie, zig-Os, zig-O1-pie
// 128-bit integers: add with carry, multiply-high, division in libgcc, shifts, comparisons, conversions; factorials and Fibonacci.
#include <stdint.h>
#include <stdio.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

static void print(const char *name, u128 x) {
    char digits[40];
    int n = 40;
    digits[--n] = 0;
    do
        digits[--n] = (char)('0' + (int)(x % 10));
    while (x /= 10);
    printf("%s = %s\n", name, digits + n);
}
static void print_signed(const char *name, i128 x) {
    if (x < 0)
        printf("-");
    print(name, x < 0 ? -(u128)x : (u128)x);
}

static uint64_t state = 1;
static uint64_t next_random(void) { return state = state * 6364136223846793005u + 1442695040888963407u, state ^ (state >> 29); }

static u128 power_mod(u128 base, uint64_t exponent, uint64_t modulus) {
    u128 result = 1;
    for (base %= modulus; exponent; exponent >>= 1, base = base * base % modulus)
        if (exponent & 1)
            result = result * base % modulus;
    return result;
}

int main(void) {
    u128 factorial = 1, a = 0, b = 1;
    for (int i = 1; i <= 34; i++)
        factorial *= i;
    print("34!", factorial);
    for (int i = 0; i < 185; i++) {
        u128 next = a + b;
        a = b;
        b = next;
    }
    print("fib(185)", a);
    print("2^128-1", ~(u128)0);
    print_signed("minimum", (i128)1 << 127);
    unsigned wrong = 0;
    uint64_t mix = 0;
    for (int i = 0; i < 2000; i++) {
        u128 x = (u128)next_random() << 64 | next_random();
        u128 y = ((u128)next_random() << 64 | next_random()) >> (next_random() & 127);
        if (!y)
            y = 1;
        wrong += x / y * y + x % y != x;
        i128 sx = (i128)x, sy = (i128)y >> 3;
        if (sy)
            wrong += sx / sy * sy + sx % sy != sx;
        unsigned shift = (unsigned)(next_random() & 127);
        mix = mix * 31 + (uint64_t)(x >> shift) + (uint64_t)((x << shift) >> 64) * 3 + (uint64_t)(sx >> shift);
        mix += (x < y) + 2 * (sx < sy) + 4 * (x * y > x) + 8 * __builtin_add_overflow(x, y, &x);
        mix ^= (uint64_t)((u128)next_random() * next_random() >> 64) ^ (uint64_t)((i128)(int64_t)next_random() * (int64_t)next_random() >> 64);
    }
    printf("%u wrong, mix %016lx\n", wrong, mix);
    print("3^(2^61-2) mod 2^61-1", power_mod(3, (1ull << 61) - 2, (1ull << 61) - 1));
    print("7^1e18 mod 1e18+9", power_mod(7, 1000000000000000000u, 1000000000000000009u));
    printf("%.17g %.9g %.17g\n", (double)factorial, (float)a, (double)-(i128)factorial);
    print("(u128)1e38", (u128)1e38);
    print_signed("(i128)-1.5e30", (i128)-1.5e30);
    return wrong != 0;
}
