// build: gcc-O2, gcc-O0-musl, zig-O2
// Calls on another stack that come back to the one that they left, by a routine that finds both stack pointers in memory: on stacks below and above, deep recursion there, a stack on a stack, and one that changes x28 and puts it back.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stack {
    char *sp;    // Where calls on it begin.
    char *saved; // The stack pointer of who is there.
    long x28;
};

// long call_on(struct stack *, long (*)(long), long)
__asm__(".text\n.global call_on\n.type call_on, %function\n"
        "call_on:\n"
        "  stp x29, x30, [sp, #-32]!\n"
        "  stp x19, x28, [sp, #16]\n"
        "  mov x29, sp\n"
        "  mov x19, x0\n"
        "  mov x9, sp\n"
        "  str x9, [x0, #8]\n"
        "  ldr x28, [x0, #16]\n"
        "  ldr x10, [x0]\n"
        "  mov sp, x10\n"
        "  mov x0, x2\n"
        "  blr x1\n"
        "  ldr x9, [x19, #8]\n"
        "  mov sp, x9\n"
        "  ldp x19, x28, [sp, #16]\n"
        "  ldp x29, x30, [sp], #32\n"
        "  ret\n"
        ".size call_on, .-call_on\n");
long call_on(struct stack *, long (*)(long), long);

#define SIZE (24 << 20)
static struct stack stacks[24];
static volatile int depth_seen;

static struct stack *make(int n, size_t size) {
    char *bytes = malloc(size);
    memset(bytes, n, 64);
    stacks[n].sp = (char *)((unsigned long)(bytes + size) & ~15ul);
    stacks[n].x28 = n;
    return &stacks[n];
}

__attribute__((noinline)) static long recurse(long n) {
    volatile char here[48];
    here[n % 48] = n;
    if (n == 0)
        return 1;
    long below = recurse(n - 1);
    return below + here[n % 48] % 3;
}

static long square(long n) { return n * n; }

// On stack n, then on that of n - 1.
static long nested(long n) {
    depth_seen++;
    long sum = recurse(100 * n);
    if (n > 0)
        sum += call_on(&stacks[n - 1], nested, n - 1);
    return sum + recurse(50);
}

static long both(long n) {
    long sum = 0;
    for (long i = 0; i < n; i++)
        sum += call_on(&stacks[1 + i % 2], i % 3 ? square : recurse, i % 100);
    return sum;
}

// A variable-length array is given back before each call.
__attribute__((noinline)) static long arrays(long n) {
    long sum = 0;
    for (long i = 1; i < n; i++) {
        char array[i * 7 % 301 + 1];
        memset(array, i, sizeof array);
        sum += array[i % sizeof array] + recurse(i % 20) + (i % 50 ? 0 : call_on(&stacks[3], recurse, i));
    }
    return sum;
}

int main(void) {
    for (int n = 0; n < 24; n++)
        make(n, n < 4 ? SIZE : 256 << 10);
    printf("%ld\n", call_on(&stacks[0], square, 12));
    printf("deep %ld\n", call_on(&stacks[0], recurse, 150000));
    char below[1000];
    struct stack here = {(char *)((unsigned long)(below + sizeof below) & ~15ul), 0, 99};
    printf("here %ld\n", call_on(&here, square, 13));
    printf("nested %ld, %d\n", call_on(&stacks[23], nested, 23), depth_seen);
    printf("both %ld\n", both(3000));
    printf("both on one %ld\n", call_on(&stacks[0], both, 3000));
    printf("arrays %ld\n", arrays(2000));
    printf("arrays on one %ld\n", call_on(&stacks[0], arrays, 2000));
    printf("deep %ld\n", recurse(50000));
    return 0;
}
