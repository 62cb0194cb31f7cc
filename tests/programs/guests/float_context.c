// build: gcc-O2, gcc-O0-musl, zig-O1
// Contexts that are saved and restored with FPSR, and a context that is recorded, and looked at: before anything else in the program looks at FPSR.
#include <stdint.h>
#include <stdio.h>

/* Compares, saves and restores flags and FPSR around other work; gives whether the comparison has survived. */
int kept(long x, long y);
/* The same with single stores. */
int kept_singly(long x, long y);
/* Records flags and FPSR in its frame, and gives the latter. */
uint64_t recorded(void);
__asm__(".globl kept\n.type kept, %function\nkept:\n"
        "sub sp, sp, #32\ncmp x0, x1\n"
        "mrs x2, nzcv\nmrs x3, fpsr\nstp x2, x3, [sp]\n"
        "cmp xzr, xzr\nfmov d0, #1.0\nfmov d1, #3.0\nfdiv d0, d0, d1\n"
        "ldp x2, x3, [sp]\nmsr nzcv, x2\nmsr fpsr, x3\n"
        "cset w0, lt\nadd sp, sp, #32\nret\n.size kept, . - kept\n"
        ".globl kept_singly\n.type kept_singly, %function\nkept_singly:\n"
        "sub sp, sp, #32\ncmp x0, x1\n"
        "mrs x2, nzcv\nstr x2, [sp, #8]\nmrs x2, fpsr\nstr x2, [sp, #16]\n"
        "cmp xzr, xzr\n"
        "ldr x2, [sp, #16]\nmsr fpsr, x2\nldr x2, [sp, #8]\nmsr nzcv, x2\n"
        "cset w0, lt\nadd sp, sp, #32\nret\n.size kept_singly, . - kept_singly\n"
        ".globl recorded\n.type recorded, %function\nrecorded:\n"
        "sub sp, sp, #32\n"
        "mrs x2, nzcv\nstr x2, [sp, #8]\nmrs x2, fpsr\nstr x2, [sp, #16]\n"
        "ldr x0, [sp, #16]\nadd sp, sp, #32\nret\n.size recorded, . - recorded\n");

static volatile double a = 1, b = 3, r;

int main(void) {
    for (int i = 0; i < 4; i++) {
        r = a / b;
        printf("%d %d %.17g\n", kept(i, 2), kept_singly(i, 2), r);
    }
    /* From the first time on it counts. */
    (void)recorded();
    r = a / b;
    printf("inexact %d\n", (int)(recorded() >> 4 & 1));
    printf("%d %d\n", kept(1, 2), kept_singly(3, 2));
    printf("inexact %d\n", (int)(recorded() >> 4 & 1));
    return 0;
}
