// build: gcc-O2, gcc-O0, gcc-O3-musl, zig-O1-pie
// Bit manipulation: counting, reversing, rotating, bit fields, overflow checks, signed and unsigned division and shifts, population counts, CRC instructions.
#include <stdint.h>
#include <stdio.h>
#include <limits.h>

static uint64_t state = 7;
static uint64_t next_random(void) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
    return z ^ z >> 27;
}

static uint64_t slow_reverse(uint64_t x) {
    uint64_t r = 0;
    for (int i = 0; i < 64; i++)
        r |= (x >> i & 1) << (63 - i);
    return r;
}
static uint64_t rbit(uint64_t x) {
    __asm__("rbit %0, %0" : "+r"(x));
    return x;
}
static int slow_count(uint64_t x) {
    int n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
}

struct fields { unsigned a : 5; signed b : 7; unsigned long c : 33; signed long d : 19; unsigned e : 1; };

int main(void) {
    int wrong = 0;
    uint64_t mix = 0;
    for (int i = 0; i < 3000; i++) {
        uint64_t x = next_random() >> (i & 63), y = next_random() << (i % 50);
        int64_t sx = (int64_t)x, sy = (int64_t)y;
        uint32_t wx = (uint32_t)x, wy = (uint32_t)(y >> 20);
        int32_t swx = (int32_t)wx, swy = (int32_t)wy;
        unsigned s = (unsigned)(next_random() & 63), t = s & 31;
        wrong += rbit(x) != slow_reverse(x);
        wrong += __builtin_popcountll(x) != slow_count(x) || __builtin_popcount(wy) != slow_count(wy);
        wrong += x && (__builtin_clzll(x) != __builtin_ctzll(slow_reverse(x)));
        wrong += wx && (1u << (31 - __builtin_clz(wx))) > wx;
        wrong += __builtin_parityll(y) != (slow_count(y) & 1);
        wrong += __builtin_bswap64(__builtin_bswap64(x)) != x || __builtin_bswap32(wx) != (uint32_t)(__builtin_bswap64(wx) >> 32);
        mix ^= (x >> s | x << (-s & 63)) + (wx >> t | wx << (-t & 31)) + (uint64_t)(sx >> s) + (uint64_t)(int64_t)(swx >> t);
        mix = mix * 31 + __builtin_clrsbll(sx) + (uint64_t)__builtin_ffsll(sy) + __builtin_bswap16((uint16_t)x);
        if (wy && !(swx == INT_MIN && swy == -1))
            mix += wx / wy * 3 + wx % wy * 5 + (uint64_t)(swx / swy) * 7 + (uint64_t)(swx % swy) * 11;
        if (y && !(sx == INT64_MIN && sy == -1))
            mix += x / y * 3 + x % y * 5 + (uint64_t)(sx / sy) * 7 + (uint64_t)(sx % sy) * 11;
        mix += (uint64_t)(sx / 7) + x / 10 + x % 1000 + (uint64_t)(swx / -13) + (uint64_t)(swx % 64) + wx / 641;
        int64_t o;
        int32_t o32;
        uint64_t u;
        mix = mix * 3 + __builtin_add_overflow(sx, sy, &o) + 2 * __builtin_sub_overflow(swx, swy, &o32) + 4 * __builtin_mul_overflow(sx, sy, &o) + 8 * __builtin_mul_overflow(x, y, &u) + 16 * __builtin_add_overflow(x, y, &u);
        mix += (uint64_t)o + u;
        struct fields f = {wx, swy, x, sy, wy};
        f.a += 3;
        f.b -= f.a;
        f.c ^= (uint64_t)f.b;
        f.d *= 3;
        f.e = !f.e;
        mix = (mix << 7 | mix >> 57) ^ f.a ^ (uint64_t)f.b << 8 ^ f.c ^ (uint64_t)f.d << 20 ^ f.e;
        uint64_t extracted, inserted = y, zeroed;
        __asm__("extr %0, %1, %2, #23" : "=r"(extracted) : "r"(x), "r"(y));
        __asm__("bfi %0, %1, #13, #17" : "+r"(inserted) : "r"(x));
        __asm__("ubfx %0, %1, #5, #40\n\tsbfx %w0, %w0, #3, #9" : "=&r"(zeroed) : "r"(x));
        wrong += extracted != (y >> 23 | x << 41) || inserted != ((y & ~(0x1ffffull << 13)) | (x & 0x1ffff) << 13);
        mix += zeroed;
        uint64_t high = ((unsigned __int128)x * y) >> 64;
        int64_t shigh = (int64_t)(((__int128)sx * sy) >> 64);
        mix ^= high + (uint64_t)shigh * 3;
        uint64_t flags;
        __asm__("adds xzr, %1, %2\n\tadcs x9, %2, %1\n\tsbcs x9, x9, %1\n\tccmp %2, #7, #5, hi\n\tcset %0, vs\n\tcinc %0, %0, cs\n\tcinv %0, %0, mi\n\tcneg %0, %0, le" : "=&r"(flags) : "r"(x), "r"(y) : "x9", "cc");
        mix = mix * 5 + flags;
    }
    printf("%d wrong, mix %016lx\n", wrong, mix);
    uint32_t crc = ~0u;
    for (const char *s = "123456789"; *s; s++)
        __asm__(".arch_extension crc\n\tcrc32b %w0, %w0, %w1" : "+r"(crc) : "r"(*s));
    uint32_t castagnoli = ~0u;
    uint64_t eight = 0x3837363534333231;
    __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %1\n\tcrc32cb %w0, %w0, %w2" : "+r"(castagnoli) : "r"(eight), "r"('9'));
    printf("%08x %08x\n", ~crc, ~castagnoli);
    return wrong != 0 || ~crc != 0xcbf43926 || ~castagnoli != 0xe3069283;
}
