// build: gcc-O2, gcc-O0-pie, gcc-O3-musl-strip, zig-O3, zig-Os-pie
// engines
// SHA-256, MD5, CRC-32, SipHash-2-4, xxHash64 against published test vectors, then over a long generated text.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint32_t rotl(uint32_t x, int n) { return x << n | x >> (32 - n); }
static uint64_t rotl64(uint64_t x, int n) { return x << n | x >> (64 - n); }

static uint32_t k256[64];
static uint32_t k5[64];

/* The constants are fractional parts of cube roots of primes, and of sines: computed in integers and by a Taylor series. */
static void constants(void) {
    int n = 0;
    for (int candidate = 2; n < 64; candidate++) {
        int prime = 1;
        for (int d = 2; d * d <= candidate; d++)
            prime &= candidate % d != 0;
        if (!prime)
            continue;
        unsigned __int128 target = (unsigned __int128)candidate << 96;
        uint64_t root = 0;
        for (int bit = 35; bit >= 0; bit--) {
            unsigned __int128 trial = root | 1ull << bit;
            if (trial * trial * trial <= target)
                root = (uint64_t)trial;
        }
        k256[n++] = (uint32_t)root;
    }
    for (int i = 0; i < 64; i++) {
        double x = i + 1;
        while (x > 3.14159265358979323846)
            x -= 2 * 3.14159265358979323846;
        double term = x, sum = x;
        for (int j = 1; j < 20; j++) {
            term *= -x * x / ((2 * j) * (2 * j + 1));
            sum += term;
        }
        k5[i] = (uint32_t)(4294967296.0 * (sum < 0 ? -sum : sum));
    }
}

static void sha256_block(uint32_t *h, const uint8_t *p) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] + (rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3) + (rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (rotr(s[4], 6) ^ rotr(s[4], 11) ^ rotr(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k256[i] + w[i];
        uint32_t t2 = (rotr(s[0], 2) ^ rotr(s[0], 13) ^ rotr(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}

static void md5_block(uint32_t *h, const uint8_t *p) {
    static const uint8_t turns[] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
    uint32_t m[16], a = h[0], b = h[1], c = h[2], d = h[3];
    memcpy(m, p, 64);
    for (int i = 0; i < 64; i++) {
        uint32_t f;
        int g;
        switch (i / 16) {
        case 0: f = (b & c) | (~b & d); g = i; break;
        case 1: f = (d & b) | (~d & c); g = 5 * i + 1; break;
        case 2: f = b ^ c ^ d; g = 3 * i + 5; break;
        default: f = c ^ (b | ~d); g = 7 * i;
        }
        uint32_t t = d;
        d = c;
        c = b;
        b += rotl(a + f + k5[i] + m[g & 15], turns[i / 16 * 4 + i % 4]);
        a = t;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
}

static void digest(const void *data, size_t size, uint32_t *h, void (*block)(uint32_t *, const uint8_t *), int big_endian) {
    const uint8_t *p = data;
    uint8_t last[128] = {0};
    size_t rest = size % 64;
    for (size_t i = 0; i + 64 <= size; i += 64)
        block(h, p + i);
    memcpy(last, p + size - rest, rest);
    last[rest] = 0x80;
    size_t end = rest < 56 ? 64 : 128;
    for (int i = 0; i < 8; i++)
        last[big_endian ? end - 1 - i : end - 8 + i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
    block(h, last);
    if (end == 128)
        block(h, last + 64);
}

static void sha256(const void *data, size_t size, char *hex) {
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    digest(data, size, h, sha256_block, 1);
    for (int i = 0; i < 8; i++)
        sprintf(hex + 8 * i, "%08x", h[i]);
}

static void md5(const void *data, size_t size, char *hex) {
    uint32_t h[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    digest(data, size, h, md5_block, 0);
    for (int i = 0; i < 16; i++)
        sprintf(hex + 2 * i, "%02x", ((uint8_t *)h)[i]);
}

static uint32_t crc32(const uint8_t *p, size_t size) {
    static uint32_t table[256];
    if (!table[1])
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t c = i;
            for (int k = 0; k < 8; k++)
                c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
            table[i] = c;
        }
    uint32_t c = ~0u;
    while (size--)
        c = table[(c ^ *p++) & 255] ^ c >> 8;
    return ~c;
}

static uint64_t siphash(const uint8_t *p, size_t size, uint64_t k0, uint64_t k1) {
    uint64_t a = k0 ^ 0x736f6d6570736575u, b = k1 ^ 0x646f72616e646f6du, c = k0 ^ 0x6c7967656e657261u, d = k1 ^ 0x7465646279746573u;
#define ROUND (a += b, b = rotl64(b, 13) ^ a, a = rotl64(a, 32), c += d, d = rotl64(d, 16) ^ c, a += d, d = rotl64(d, 21) ^ a, c += b, b = rotl64(b, 17) ^ c, c = rotl64(c, 32))
    uint64_t m;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&m, p + i, 8);
        d ^= m;
        ROUND, ROUND;
        a ^= m;
    }
    m = (uint64_t)size << 56;
    for (size_t j = 0; i + j < size; j++)
        m |= (uint64_t)p[i + j] << (8 * j);
    d ^= m;
    ROUND, ROUND;
    a ^= m;
    c ^= 255;
    ROUND, ROUND, ROUND, ROUND;
    return a ^ b ^ c ^ d;
}

int main(void) {
    constants();
    int wrong = 0;
    char hex[65];
#define EXPECT(text) wrong += strcmp(hex, text) != 0, puts(hex)
    sha256("", 0, hex);
    EXPECT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256("abc", 3, hex);
    EXPECT("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    EXPECT("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    md5("", 0, hex);
    EXPECT("d41d8cd98f00b204e9800998ecf8427e");
    md5("message digest", 14, hex);
    EXPECT("f96b697d7cb7938d525a2f31aaf161d0");
    md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890", 80, hex);
    EXPECT("57edf4a22be3c955ac49da2e2107b67a");
    wrong += crc32((const uint8_t *)"123456789", 9) != 0xcbf43926;
    uint8_t ramp[64];
    for (int i = 0; i < 64; i++)
        ramp[i] = (uint8_t)i;
    wrong += siphash(ramp, 15, 0x0706050403020100, 0x0f0e0d0c0b0a0908) != 0xa129ca6149be45e5;
    size_t size = 300000;
    uint8_t *text = malloc(size);
    uint32_t x = 1;
    for (size_t i = 0; i < size; i++) {
        x = x * 69069 + 1;
        text[i] = (uint8_t)(x >> 24);
    }
    sha256(text, size, hex);
    puts(hex);
    md5(text, size, hex);
    puts(hex);
    printf("%08x %016lx\n%d wrong\n", crc32(text, size), siphash(text, size, 1, 2), wrong);
    return wrong;
}
