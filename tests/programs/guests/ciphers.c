// build: gcc-O2, gcc-O0-musl
// flags: -march=armv8-a+crypto
// AES rounds and carry-less products of 64 bits, each fed with the results of the others.
#include <arm_neon.h>
#include <stdio.h>
int main(void) {
    uint8x16_t state, key;
    for (int i = 0; i < 16; i++) {
        state[i] = i * 17 + 3;
        key[i] = i * 29 + 7;
    }
    unsigned long hash = 0;
    for (int n = 0; n < 1000; n++) {
        uint8x16_t e = vaesmcq_u8(vaeseq_u8(state, key)), d = vaesimcq_u8(vaesdq_u8(state, key));
        poly128_t low = vmull_p64(vgetq_lane_u64(vreinterpretq_u64_u8(e), 0), vgetq_lane_u64(vreinterpretq_u64_u8(d), 1));
        poly128_t high = vmull_high_p64(vreinterpretq_p64_u8(e), vreinterpretq_p64_u8(d));
        state = veorq_u8(e, vreinterpretq_u8_p128(low));
        key = veorq_u8(d, vreinterpretq_u8_p128(high));
        hash = hash * 31 + vgetq_lane_u64(vreinterpretq_u64_u8(state), 0) + vgetq_lane_u64(vreinterpretq_u64_u8(key), 1);
    }
    printf("%lx\n", hash);
    for (int i = 0; i < 16; i++)
        printf("%02x%02x ", state[i], key[i]);
    puts("");
    return 0;
}
