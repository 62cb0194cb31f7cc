// build: gcc-O2, gcc-O0
// Code made at run time: written, called, rewritten and called again; with calls back into the program, loops, pages that are writable or executable in turns, and code that moves.
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef long (*Function)(long, long);

struct buffer { uint32_t *at, *start; };

static void emit(struct buffer *b, uint32_t word) { *b->at++ = word; }
static void flush(struct buffer *b) { __builtin___clear_cache((char *)b->start, (char *)b->at); }
static uint32_t movz(int rd, unsigned imm, int shift) { return 0xd2800000u | (uint32_t)(shift / 16) << 21 | imm << 5 | (uint32_t)rd; }
static uint32_t movk(int rd, unsigned imm, int shift) { return 0xf2800000u | (uint32_t)(shift / 16) << 21 | imm << 5 | (uint32_t)rd; }
static void constant(struct buffer *b, int rd, uint64_t value) {
    emit(b, movz(rd, value & 0xffff, 0));
    for (int shift = 16; shift < 64; shift += 16)
        if (value >> shift & 0xffff)
            emit(b, movk(rd, value >> shift & 0xffff, shift));
}
static const uint32_t RET = 0xd65f03c0, BLR_X9 = 0xd63f0120, PUSH = 0xa9bf7bfd, POP = 0xa8c17bfd;

static struct buffer code(size_t size, int prot) {
    struct buffer b;
    b.start = b.at = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b.start == MAP_FAILED)
        abort();
    return b;
}

static long helper(long a, long b) { return a * 10 + b; }

/* Reverse Polish notation over the two arguments. */
static Function compile(struct buffer *b, const char *source) {
    uint32_t *entry = b->at;
    int depth = 2;
    for (; *source; source++) {
        int top = depth + 8;
        switch (*source) {
        case 'a': emit(b, 0xaa0003e0u | (uint32_t)(top + 1)); depth++; break;
        case 'b': emit(b, 0xaa0103e0u | (uint32_t)(top + 1)); depth++; break;
        case '+': emit(b, 0x8b000000u | (uint32_t)(top << 16 | (top - 1) << 5 | (top - 1))); depth--; break;
        case '-': emit(b, 0xcb000000u | (uint32_t)(top << 16 | (top - 1) << 5 | (top - 1))); depth--; break;
        case '*': emit(b, 0x9b007c00u | (uint32_t)(top << 16 | (top - 1) << 5 | (top - 1))); depth--; break;
        default: constant(b, top + 1, (uint64_t)(*source - '0')); depth++; break;
        }
    }
    emit(b, 0xaa0003e0u | (uint32_t)(depth + 8) << 16);
    emit(b, RET);
    b->start = entry;
    flush(b);
    return (Function)entry;
}

static jmp_buf out;
static void leave(void) { longjmp(out, 7); }

int main(void) {
    struct buffer b = code(65536, PROT_READ | PROT_WRITE | PROT_EXEC);
    uint32_t *page = b.start;
    long total = 0;
    /* The same address with other code each time. */
    for (int i = 0; i < 300; i++) {
        b.at = b.start = page;
        constant(&b, 0, (uint64_t)i * 0x10001);
        emit(&b, RET);
        flush(&b);
        total += ((Function)page)(0, 0);
    }
    printf("rewritten: %ld\n", total);
    /* One word of a loop's body is changed while the function stays. */
    b.at = b.start = page;
    emit(&b, movz(2, 0, 0));
    uint32_t *patched = b.at;
    emit(&b, 0x91000442); /* add x2, x2, #1 */
    emit(&b, 0xf1000400); /* subs x0, x0, #1 */
    emit(&b, 0x54ffffc1); /* b.ne -8 */
    emit(&b, 0xaa0203e0); /* mov x0, x2 */
    emit(&b, RET);
    flush(&b);
    printf("loop: %ld", ((Function)page)(1000, 0));
    *patched = 0x91000c42; /* add x2, x2, #3 */
    __builtin___clear_cache((char *)patched, (char *)(patched + 1));
    printf(" %ld\n", ((Function)page)(1000, 0));
    /* Calls of the program's functions. */
    long sum = 0;
    uint32_t *second = page + 512;
    struct buffer c = {second, second};
    emit(&c, PUSH);
    constant(&c, 9, (uint64_t)(uintptr_t)helper);
    emit(&c, BLR_X9);
    emit(&c, movz(1, 3, 0));
    constant(&c, 9, (uint64_t)(uintptr_t)helper);
    emit(&c, BLR_X9);
    emit(&c, POP);
    emit(&c, RET);
    flush(&c);
    for (long i = 0; i < 2000; i++)
        sum += ((Function)second)(i, 1);
    printf("callback: %ld\n", sum);
    /* A compiler. */
    b.at = b.start = page + 1024;
    printf("compiled: %ld", compile(&b, "ab+ab-*")(7, 3));
    printf(" %ld", compile(&b, "aa*bb*+5+")(12, 5));
    printf(" %ld\n", compile(&b, "ab*3*a9*-b-")(6, 4));
    /* Writable and executable in turns, moved, and taken away. */
    struct buffer x = code(4096, PROT_READ | PROT_WRITE);
    for (int i = 1; i <= 3; i++) {
        mprotect(x.start, 4096, PROT_READ | PROT_WRITE);
        x.at = x.start;
        emit(&x, 0x8b010000u | (uint32_t)(i << 10)); /* add x0, x0, x1, lsl #i */
        emit(&x, RET);
        mprotect(x.start, 4096, PROT_READ | PROT_EXEC);
        flush(&x);
        printf("flip: %ld\n", ((Function)x.start)(100, 5));
    }
    uint32_t *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(copy, x.start, 4096);
    __builtin___clear_cache((char *)copy, (char *)copy + 4096);
    munmap(x.start, 4096);
    printf("moved: %ld\n", ((Function)copy)(1, 2));
    /* longjmp through a frame that nobody has compiled, out of a callback. */
    b.at = b.start = page + 2048;
    emit(&b, PUSH);
    constant(&b, 9, (uint64_t)(uintptr_t)leave);
    emit(&b, BLR_X9);
    emit(&b, POP);
    emit(&b, RET);
    flush(&b);
    int code = setjmp(out);
    if (code == 0)
        ((Function)b.start)(0, 0);
    printf("left: %d\n", code);
    return 0;
}
