// build: gcc-O2, gcc-O0, gcc-O3-musl-pie, zig-O2, zig-O0-pie
// setjmp and longjmp: out of loops, of deep recursion, of library callbacks, many times, with floats and saved registers; ucontext-free coroutines are not here.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf outer, inner;
static int depth_reached;

__attribute__((noinline)) static void descend(int n) {
    depth_reached++;
    if (n == 0)
        longjmp(outer, depth_reached);
    descend(n - 1);
    depth_reached = -1;
}

__attribute__((noinline)) static int parse(const char *s) {
    int value = 0;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            longjmp(inner, *s);
        value = value * 10 + *s - '0';
    }
    return value;
}

static int compare(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    if (x == 13 || y == 13)
        longjmp(inner, 1313);
    return x - y;
}

/* Values in callee-saved registers, integer and floating, must be those of the frame that called setjmp. */
__attribute__((noinline)) static double registers(long a, long b, long c, double x, double y, double z, int n) {
    long sum = a * 3 + b * 5 + c * 7;
    double product = x * y + z;
    volatile int tries = 0;
    int code = setjmp(inner);
    tries = tries + 1;
    if (tries < n) {
        for (volatile int i = 0; i < 3; i++)
            if (i == 2)
                longjmp(inner, tries + 100);
    }
    return product + sum + code + tries;
}

struct handler { jmp_buf at; struct handler *next; };
static struct handler *handlers;
static void throw_(int code) {
    struct handler *top = handlers;
    handlers = top->next;
    longjmp(top->at, code);
}
__attribute__((noinline)) static int nested(int level) {
    struct handler mine;
    mine.next = handlers;
    handlers = &mine;
    int code = setjmp(mine.at);
    if (code == 0) {
        if (level == 0)
            throw_(1);
        int result = nested(level - 1);
        handlers = mine.next;
        return result + 1;
    }
    if (level < 20)
        throw_(code * 2 % 1009 + 1);
    return code;
}

int main(void) {
    int code = setjmp(outer);
    if (code == 0)
        descend(1000);
    printf("%d %d\n", code, depth_reached);
    static const char *const numbers[] = {"12", "3x4", "567", "8-", ""};
    for (volatile int i = 0; i < 5; i++) {
        int bad = setjmp(inner);
        if (bad == 0)
            printf("%d\n", parse(numbers[i]));
        else
            printf("unexpected %c\n", bad);
    }
    int values[] = {5, 99, 2, 13, 7, 1};
    if ((code = setjmp(inner)) == 0) {
        qsort(values, 6, sizeof *values, compare);
        puts("not reached");
    } else {
        printf("left qsort with %d\n", code);
    }
    printf("%g\n", registers(1, 2, 3, 1.5, 2.5, 0.25, 10));
    printf("%d\n", nested(40));
    volatile long total = 0;
    for (volatile int i = 0; i < 20000; i++)
        if (setjmp(inner) == 0)
            longjmp(inner, 1);
        else
            total += i;
    printf("%ld\n", total);
    sigjmp_buf masked;
    if ((code = sigsetjmp(masked, 1)) == 0)
        siglongjmp(masked, 0);
    printf("%d\n", code);
    return 0;
}
