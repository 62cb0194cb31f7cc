// build: gcc-O2, gcc-O0, zig-O2
// elfconv: --catch-faults
// Bad accesses with handlers: null and wild pointers, reads and writes, handlers that jump away, and one that repairs the pointer and lets the instruction run again.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static sigjmp_buf away;
static volatile uintptr_t where;
static long good[8] = {11, 22, 33, 44, 55, 66, 77, 88};

static void jumps(int signal, siginfo_t *info, void *context) {
    where = (uintptr_t)info->si_addr;
    siglongjmp(away, signal);
}

// Each register that holds the bad base, or a place behind it, gets the good one.
static void repairs(int signal, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    for (int i = 0; i < 31; i++)
        if (u->uc_mcontext.regs[i] - 0x123400000000 < sizeof good)
            u->uc_mcontext.regs[i] += (uintptr_t)good - 0x123400000000;
    where = 1;
}

struct node {
    struct node *next;
    long value[20];
};

__attribute__((noinline)) static long sum(struct node *list, int n) {
    long total = 0;
    for (int i = 0; i < n; i++) {
        total += list->value[i % 20];
        list = list->next;
    }
    return total;
}

__attribute__((noinline)) static void writes(long *p, long v) {
    p[3] = v;
}

__attribute__((noinline)) static long reads(volatile long *p, long a, long b, long c) {
    return p[1] * a + p[2] * b + p[3] * c;
}

static void handle(void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
}

int main(void) {
    static struct node third = {NULL, {5, 6, 7}}, second = {&third, {3, 4, 9}}, first = {&second, {1, 2, 8}};
    handle(jumps);
    for (volatile int n = 0; n < 6; n++) {
        if (sigsetjmp(away, 1) == 0)
            printf("%d: %ld\n", n, sum(&first, n));
        else
            printf("%d: fault at %lx\n", n, (long)where);
    }
    volatile int caught = 0;
    for (volatile int i = 0; i < 1000; i++)
        if (sigsetjmp(away, 1) == 0)
            writes(i & 1 ? (long *)0 : (long *)0x7000000000000000, i);
        else
            caught++;
    printf("%d, last at %lx\n", caught, (long)where);
    handle(repairs);
    where = 0;
    printf("%ld", reads((long *)0x123400000000, 3, 5, 7));
    printf(" repaired %d\n", (int)where);
    return 0;
}
