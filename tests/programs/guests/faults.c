// build: gcc-O2, gcc-O0, gcc-O2-musl, zig-O2
// Illegal instructions and breakpoints, with handlers that go on behind them, change registers, or jump away.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static volatile int seen, code;
static sigjmp_buf away;

static void skip(int signal, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    seen = signal;
    code = info->si_code;
    if ((uintptr_t)info->si_addr != u->uc_mcontext.pc)
        code = -1;
    u->uc_mcontext.pc += 4;
    u->uc_mcontext.regs[0] += 1000;
}

static void jump(int signal, siginfo_t *info, void *context) {
    siglongjmp(away, signal);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(signal, &action, NULL);
}

__attribute__((noinline)) static long breakpoint(long a, long b) {
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    __asm__ volatile("brk #7\n\tadd x0, x0, x1" : "+r"(x0) : "r"(x1) : "memory");
    return x0;
}

__attribute__((noinline)) static long illegal(long a) {
    register long x0 __asm__("x0") = a;
    __asm__ volatile("udf #3" : "+r"(x0) : : "memory");
    return x0;
}

/* Values in callee-saved registers must be there behind the fault, and in the handler's frame's caller. */
__attribute__((noinline)) static long many(long n) {
    long a = n * 3, b = n * 5, c = n * 7, d = n * 11, e = n * 13, sum = 0;
    for (long i = 0; i < n; i++) {
        sum += i & 1 ? breakpoint(i, a) : illegal(i);
        a ^= b, b += c, c ^= d, d += e, e += sum;
    }
    return a + b + c + d + e + sum;
}

__attribute__((noinline)) static void deep(int n) {
    volatile char space[100];
    memset((char *)space, n, sizeof space);
    if (n == 0)
        __builtin_trap();
    deep(n - 1);
    space[0]++;
}

int main(void) {
    handle(SIGTRAP, skip);
    handle(SIGILL, skip);
    long value = breakpoint(1, 2);
    printf("%ld %d %d\n", value, seen, code);
    value = illegal(5);
    printf("%ld %d %d\n", value, seen, code > 0);
    printf("%ld\n", many(1000));
    handle(SIGTRAP, jump);
    handle(SIGILL, jump);
    volatile int caught = 0;
    for (volatile int i = 0; i < 100; i++) {
        int signal = sigsetjmp(away, 1);
        if (signal == 0) {
            deep(i % 10);
            puts("not reached");
        }
        caught += signal;
    }
    printf("%d\n", caught);
    return 0;
}
