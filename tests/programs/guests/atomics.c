// build: gcc-O2, gcc-O0-pie, zig-O2, gcc-O2-musl
// Atomic operations of every size: inline exclusive loops, libgcc's outline atomics, and by hand; fences; compare-exchange that fails.
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define EXERCISE(T)                                                                                             \
    do {                                                                                                        \
        _Atomic T a = 5;                                                                                        \
        T expected = 6, sum = 0;                                                                                \
        sum += atomic_fetch_add(&a, 3) + atomic_fetch_sub(&a, 1) * 2 + atomic_fetch_or(&a, 0x50) * 3;           \
        sum += atomic_fetch_and(&a, 0x1f) * 5 + atomic_fetch_xor(&a, -1) * 7 + atomic_exchange(&a, 100) * 11;   \
        int failed = !atomic_compare_exchange_strong(&a, &expected, 9);                                         \
        int done = atomic_compare_exchange_strong(&a, &expected, 77);                                           \
        while (!atomic_compare_exchange_weak_explicit(&a, &expected, expected + 1, memory_order_acq_rel, memory_order_relaxed)) { \
        }                                                                                                       \
        atomic_thread_fence(memory_order_seq_cst);                                                              \
        atomic_store_explicit(&a, a + 2, memory_order_release);                                                 \
        printf("%s: %ld %ld %d %d\n", #T, (long)sum, (long)atomic_load_explicit(&a, memory_order_acquire), failed, done); \
    } while (0)

struct pair { uint64_t low, high; } __attribute__((aligned(16)));

int main(void) {
    EXERCISE(int8_t);
    EXERCISE(uint8_t);
    EXERCISE(int16_t);
    EXERCISE(uint16_t);
    EXERCISE(int32_t);
    EXERCISE(uint32_t);
    EXERCISE(int64_t);
    EXERCISE(uint64_t);
    atomic_flag flag = ATOMIC_FLAG_INIT;
    printf("%d %d\n", atomic_flag_test_and_set(&flag), atomic_flag_test_and_set(&flag));
    atomic_flag_clear(&flag);
    int *_Atomic pointer;
    static int array[10];
    atomic_store(&pointer, array);
    atomic_fetch_add(&pointer, 3);
    printf("%d\n", (int)(pointer - array));
    _Atomic double x = 1.5;
    for (double old = x; !atomic_compare_exchange_weak(&x, &old, old * 2);) {
    }
    printf("%g\n", x);

    /* Exclusive pairs by hand. */
    struct pair p = {1, 2};
    uint64_t low, high;
    uint32_t status, tries = 0;
    do {
        tries++;
        __asm__ volatile("ldaxp %0, %1, [%3]\n\tadd %0, %0, #10\n\tadd %1, %1, #20\n\tstlxp %w2, %0, %1, [%3]"
                         : "=&r"(low), "=&r"(high), "=&r"(status) : "r"(&p) : "memory");
    } while (status && tries < 1000);
    printf("%lu %lu %u\n", p.low, p.high, status);
    /* A store without the monitor set must fail. */
    uint64_t value = 7;
    __asm__ volatile("clrex\n\tstxr %w0, %1, [%2]" : "=&r"(status) : "r"(9ul), "r"(&value) : "memory");
    printf("%u %lu\n", status, value);
    __asm__ volatile("ldxr %0, [%1]\n\tstxr %w2, %3, [%1]" : "=&r"(low), "+r"((uint64_t *){&value}), "=&r"(status) : "r"(11ul) : "memory");
    printf("%u %lu %lu\n", status, low, value);
    uint32_t half;
    __asm__ volatile("ldarh %w0, [%1]\n\tdmb ish\n\tdsb sy\n\tisb" : "=r"(half) : "r"(&value) : "memory");
    printf("%u\n", half);
    return 0;
}
