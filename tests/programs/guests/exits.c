// build: gcc-O2, gcc-O0-musl, zig-O2
// run: return 7
// exit: 7
// run: exit 300
// exit: 44
// run: _exit 9
// exit: 9
// run: quick 3
// exit: 3
// run: raise 15
// exit: 143
// run: raise 9
// exit: 137
// run: raise 10
// exit: 138
// run: raise 17
// exit: 1
// run: ignore 15
// exit: 2
// run: abort 0
// exit: 134
// run: null 0
// exit: 139
// run: store 0
// exit: 139
// run: jump 64
// exit: 139
// run: undefined 0
// exit: 132
// run: trap 0
// exit: 133
// run: divide 0
// exit: 0
// run: readonly 0
// exit: 139
// Ways to end: statuses, signals with their default action, faults. What was printed but not flushed is lost with _exit and signals.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void at_end(void) { puts("at exit"); }
static void at_quick(void) { write(1, "at quick exit\n", 14); }
static const int constant = 5;

int main(int argc, char **argv) {
    const char *way = argv[1];
    int n = atoi(argv[2]);
    atexit(at_end);
    at_quick_exit(at_quick);
    printf("unflushed %s\n", way);
    if (!strcmp(way, "return")) return n;
    if (!strcmp(way, "exit")) exit(n);
    if (!strcmp(way, "_exit")) _exit(n);
    if (!strcmp(way, "quick")) quick_exit(n);
    if (!strcmp(way, "raise")) { raise(n); return 1; }
    if (!strcmp(way, "ignore")) { signal(n, SIG_IGN); raise(n); kill(getpid(), n); return 2; }
    if (!strcmp(way, "abort")) abort();
    if (!strcmp(way, "null")) return *(volatile int *)(long)n;
    if (!strcmp(way, "store")) { *(volatile long *)(long)(n + 16) = 1; return 1; }
    if (!strcmp(way, "jump")) ((void (*)(void))(long)n)();
    if (!strcmp(way, "undefined")) __asm__ volatile(".inst 0");
    if (!strcmp(way, "trap")) __asm__ volatile("brk #1");
    if (!strcmp(way, "divide")) {
        long q, r = n;
        __asm__ volatile("sdiv %0, %1, %2" : "=r"(q) : "r"(100L), "r"(r));
        printf("%ld\n", q);
        return 0;
    }
    if (!strcmp(way, "readonly")) {
        char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        page[5] = 1;
        munmap(page, 4096);
        *(volatile char *)16 = 2;
        return constant;
    }
    return 99;
}
