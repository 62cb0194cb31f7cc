// build: gcc-O2, gcc-O0, zig-O2, gcc-O2-strip
// Calls through pointers that pass the frame of an enclosing function: in x18, as GCC does for nested functions that are called by descriptors (Ada, Fortran), and in x15, as LLVM does.
#include <stdio.h>

long in_x18(long a, long b);
long in_x15(long a, long b);
long neither(long a, long b);
__asm__(".text\n"
        ".global in_x18\n.type in_x18, %function\nin_x18: ldr x9, [x18]\n madd x0, x0, x9, x1\n ldr x9, [x18, 8]\n add x0, x0, x9\n ret\n.size in_x18, . - in_x18\n"
        ".global in_x15\n.type in_x15, %function\nin_x15: ldp x9, x10, [x15]\n mul x9, x9, x0\n sub x0, x9, x1\n add x0, x0, x10\n ret\n.size in_x15, . - in_x15\n"
        ".global neither\n.type neither, %function\nneither: sub x0, x0, x1\n ret\n.size neither, . - neither\n");

struct closure {
    long (*code)(long, long);
    long *frame;
};

// `blr` with both set.
__attribute__((noinline)) static long call(struct closure *c, long a, long b) {
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long *x15 __asm__("x15") = c->frame;
    register long *x18 __asm__("x18") = c->frame;
    __asm__ volatile("blr %[code]"
                     : "+r"(x0), "+r"(x1), "+r"(x15), "+r"(x18)
                     : [code] "r"(c->code)
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x16", "x17", "x30", "memory", "cc");
    return x0;
}

static long (*volatile functions[])(long, long) = {in_x18, in_x15, neither};

int main(void) {
    long frame[2] = {3, 1000}, total = 0;
    for (int i = 0; i < 3000; i++) {
        struct closure c = {functions[i % 3], frame};
        long r = call(&c, i, total);
        total = r & 0xffffff;
        frame[0] = i & 7;
        frame[1] += r & 15;
    }
    printf("%ld %ld\n", total, frame[1]);
    return 0;
}
