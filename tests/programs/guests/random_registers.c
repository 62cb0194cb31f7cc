// build: gcc-O2, gcc-O0-musl
// RNDR and RNDRRS: numbers that differ, in all bits, and flags that say that there was one; HWCAP2 and the ID register report them. PSTATE.DIT and PSTATE.SSBS keep what is written.
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>

static uint64_t rndr(unsigned *flags) {
    uint64_t x, f;
    __asm__ volatile("subs xzr, xzr, xzr\n\tmrs %0, s3_3_c2_c4_0\n\tmrs %1, nzcv" : "=r"(x), "=r"(f) : : "cc");
    *flags = (unsigned)f;
    return x;
}

static uint64_t rndrrs(unsigned *flags) {
    uint64_t x;
    int none;
    __asm__ volatile("mrs %0, s3_3_c2_c4_1\n\tcset %w1, eq" : "=r"(x), "=r"(none) : : "cc");
    *flags = (unsigned)none;
    return x;
}

int main(void) {
    uint64_t id, kept, all = 0, none = ~0ull, last = 0;
    unsigned bad = 0, same = 0, flags;
    for (int i = 0; i < 2000; i++) {
        uint64_t x = i & 1 ? rndrrs(&flags) : rndr(&flags);
        bad += flags != 0;
        same += x == last;
        last = x;
        all |= x;
        none &= x;
    }
    printf("flags %u, repeated %u, bits %016llx and %016llx\n", bad, same, (unsigned long long)all, (unsigned long long)none);
    __asm__("mrs %0, id_aa64isar0_el1" : "=r"(id));
    printf("HWCAP2 %d, ID register %d\n", (int)(getauxval(AT_HWCAP2) >> 16 & 1), (int)(id >> 60));
    __asm__ volatile("msr s3_3_c4_c2_5, %1\n\tmrs %0, s3_3_c4_c2_5\n\tmsr s3_3_c4_c2_5, xzr" : "=r"(kept) : "r"(~0ull));
    printf("DIT %llx", (unsigned long long)kept);
    __asm__ volatile("msr s3_3_c4_c2_6, %1\n\tmrs %0, s3_3_c4_c2_6\n\tmsr s3_3_c4_c2_6, xzr" : "=r"(kept) : "r"(~0ull));
    printf(", SSBS %llx\n", (unsigned long long)kept);
    return 0;
}
