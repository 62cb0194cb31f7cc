// build: gcc-O3, gcc-O2-musl, gcc-O0, zig-O3, zig-O2-pie-strip, gcc-O3-pie-strip
// Loops that compilers vectorise, over every element type, with odd lengths and offsets, against sums known by formula or by a second way.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 1003
static uint8_t u8[N], v8[N];
static int8_t i8[N];
static uint16_t u16[N];
static int16_t i16[N], j16[N];
static uint32_t u32[N];
static int32_t i32[N], j32[N];
static uint64_t u64[N];
static int64_t i64[N];
static float f32[N], g32[N];
static double f64[N], g64[N];

#define LOOP for (int i = first; i < last; i++)
#define NOINLINE __attribute__((noinline)) static

NOINLINE uint32_t sum_u8(int first, int last) { uint32_t s = 0; LOOP s += u8[i]; return s; }
NOINLINE int32_t dot_i8(int first, int last) { int32_t s = 0; LOOP s += i8[i] * (int8_t)u8[i]; return s; }
NOINLINE uint32_t sad(int first, int last) { uint32_t s = 0; LOOP s += abs(u8[i] - v8[i]); return s; }
NOINLINE void saturate(int first, int last) { LOOP { int x = u8[i] + v8[i]; v8[i] = x > 255 ? 255 : x; } }
NOINLINE void average(int first, int last) { LOOP v8[i] = (u8[i] + v8[i] + 1) >> 1; }
NOINLINE int64_t dot_i16(int first, int last) { int64_t s = 0; LOOP s += i16[i] * j16[i]; return s; }
NOINLINE void clamp_i16(int first, int last) { LOOP { int x = i32[i] >> 3; j16[i] = x > 32767 ? 32767 : x < -32768 ? -32768 : x; } }
NOINLINE void mul_shift(int first, int last) { LOOP j16[i] = (int16_t)((i16[i] * j16[i] + 0x4000) >> 15); }
NOINLINE int32_t max_i32(int first, int last) { int32_t m = INT32_MIN; LOOP m = i32[i] > m ? i32[i] : m; return m; }
NOINLINE uint32_t min_u32(int first, int last) { uint32_t m = UINT32_MAX; LOOP m = u32[i] < m ? u32[i] : m; return m; }
NOINLINE int count_if(int first, int last) { int n = 0; LOOP n += i32[i] > j32[i] && u8[i] != 7; return n; }
NOINLINE void select_(int first, int last) { LOOP j32[i] = i32[i] < 0 ? -i32[i] * 3 : i32[i] ^ j32[i]; }
NOINLINE void shifts(int first, int last) { LOOP { u32[i] = u32[i] << 7 | u32[i] >> 25; j32[i] = i32[i] >> (u8[i] & 15); } }
NOINLINE uint64_t wide(int first, int last) { uint64_t s = 0; LOOP s += (uint64_t)u32[i] * u32[N - 1 - i]; return s; }
NOINLINE int64_t xor_i64(int first, int last) { int64_t s = 0; LOOP s ^= i64[i] + (int64_t)u64[i] * 3; return s; }
NOINLINE int64_t max_i64(int first, int last) { int64_t m = INT64_MIN; LOOP m = i64[i] > m ? i64[i] : m; return m; }
NOINLINE void axpy(int first, int last, float a) { LOOP g32[i] = a * f32[i] + g32[i]; }
NOINLINE void daxpy(int first, int last, double a) { LOOP g64[i] = a * f64[i] - g64[i]; }
NOINLINE void convert(int first, int last) { LOOP { f32[i] = (float)i32[i]; f64[i] = (double)i32[i] / 4; } }
NOINLINE void convert_back(int first, int last) { LOOP { j32[i] = (int32_t)f32[i]; i16[i] = (int16_t)f64[i]; } }
NOINLINE void widen(int first, int last) { LOOP { i64[i] = i32[i]; u64[i] = u8[i]; u16[i] = u8[i] * 257; } }
NOINLINE void interleave(int first, int last) { for (int i = first; i < last / 2; i++) { u8[2 * i] = (uint8_t)i; u8[2 * i + 1] = (uint8_t)(i >> 3); } }
NOINLINE int stride3(int first, int last) { int r = 0, g = 0, b = 0; for (int i = first; i + 2 < last; i += 3) { r += u8[i]; g += u8[i + 1]; b += u8[i + 2]; } return r * 3 + g * 5 + b * 7; }
NOINLINE void reverse(int first, int last) { LOOP v8[last - 1 - i + first] = u8[i]; }
NOINLINE float fmaxmin(int first, int last) { float s = 0; LOOP { float x = f32[i] > g32[i] ? f32[i] : g32[i]; s += x < 5 ? x : 5; } return s; }

static void reset(void) {
    uint32_t x = 12345;
    for (int i = 0; i < N; i++) {
        x = x * 1664525 + 1013904223;
        u8[i] = x >> 24;
        v8[i] = x >> 16;
        i8[i] = (int8_t)(x >> 11);
        u16[i] = x >> 9;
        i16[i] = (int16_t)(x >> 7);
        j16[i] = (int16_t)(x >> 13);
        u32[i] = x * 7;
        i32[i] = (int32_t)(x * 5) >> 4;
        j32[i] = (int32_t)x >> 4;
        u64[i] = (uint64_t)x << 13 ^ x;
        i64[i] = (int64_t)u64[i] * -3;
        f32[i] = (float)(x >> 20) / 16;
        g32[i] = (float)(x >> 22);
        f64[i] = (x >> 12) / 64.0;
        g64[i] = x >> 9;
    }
}

static uint64_t hash(const void *data, size_t size) {
    const unsigned char *bytes = data;
    uint64_t h = 14695981039346656037u;
    while (size--)
        h = (h ^ *bytes++) * 1099511628211u;
    return h;
}

int main(void) {
    static const struct { int first, last; } ranges[] = {{0, N}, {1, N - 1}, {3, 19}, {5, 5}, {7, 8}, {16, 80}, {33, 1000}};
    for (unsigned r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        int a = ranges[r].first, b = ranges[r].last;
        reset();
        printf("%u %d %u ", sum_u8(a, b), dot_i8(a, b), sad(a, b));
        saturate(a, b);
        average(a, b);
        printf("%016lx %ld ", hash(v8, sizeof v8), dot_i16(a, b));
        clamp_i16(a, b);
        mul_shift(a, b);
        printf("%016lx %d %u %d\n", hash(j16, sizeof j16), max_i32(a, b), min_u32(a, b), count_if(a, b));
        select_(a, b);
        shifts(a, b);
        printf("%016lx %016lx %lu %ld %ld ", hash(j32, sizeof j32), hash(u32, sizeof u32), wide(a, b), xor_i64(a, b), max_i64(a, b));
        axpy(a, b, 1.5f);
        daxpy(a, b, 0.25);
        printf("%016lx %016lx\n", hash(g32, sizeof g32), hash(g64, sizeof g64));
        printf("%g ", fmaxmin(a, b));
        convert(a, b);
        convert_back(a, b);
        widen(a, b);
        printf("%016lx %016lx %016lx %016lx %016lx\n", hash(f32, sizeof f32), hash(f64, sizeof f64), hash(j32, sizeof j32), hash(i64, sizeof i64), hash(u16, sizeof u16));
        interleave(a, b);
        reverse(a, b);
        printf("%016lx %016lx %d\n", hash(u8, sizeof u8), hash(v8, sizeof v8), stride3(a, b));
    }
    return 0;
}
